package otelpay

import (
	"slices"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/supplierpay/supplierpay-go/payment"
)

const scope = "github.com/supplierpay/supplierpay-go/payment/otelpay"

// Option changes what [NewObserver] and [NewPayer] make.
type Option func(*config) error

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
	more    []attribute.KeyValue
	ids     bool
}

// WithTracerProvider takes the tracer from p and not from the global provider.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(c *config) error {
		if p == nil {
			return payment.InvalidField("TracerProvider", "nil")
		}
		c.tracers = p
		return nil
	}
}

// WithMeterProvider takes the meter from p and not from the global provider.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(c *config) error {
		if p == nil {
			return payment.InvalidField("MeterProvider", "nil")
		}
		c.meters = p
		return nil
	}
}

// WithAttributes adds attributes to all spans and metrics, such as the name of the account that a
// client pays with. Of two payers around each other it can tell which is which: without it their
// metrics add up, and a payment counts twice.
func WithAttributes(more ...attribute.KeyValue) Option {
	return func(c *config) error {
		for _, kv := range more {
			if !kv.Valid() {
				return payment.InvalidField("Attributes", "one has no key or no value")
			}
		}
		c.more = append(c.more, more...)
		return nil
	}
}

// WithIDs puts the order's id, the key and the payment's id on the spans of [NewPayer], so that one
// payment can be searched for. They never go onto metrics, which would grow without end. An
// [httpcall.Observer] does not know them.
func WithIDs() Option {
	return func(c *config) error { c.ids = true; return nil }
}

func newConfig(options []Option) (config, error) {
	c := config{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider()}
	for _, option := range options {
		if err := option(&c); err != nil {
			return config{}, err
		}
	}
	return c, nil
}

func (c config) tracer() trace.Tracer {
	return c.tracers.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
}

func (c config) meter() metric.Meter {
	return c.meters.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
}

// with returns own and the attributes of WithAttributes in a slice that nobody else holds.
func (c config) with(own ...attribute.KeyValue) []attribute.KeyValue {
	return slices.Concat(own, c.more)
}

// duration makes a histogram of seconds. Its buckets reach the minutes that some providers take for
// a payment.
func (c config) duration(name, description string) (metric.Float64Histogram, error) {
	h, err := c.meter().Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300))
	if err != nil {
		return nil, noInstrument(name, err)
	}
	return h, nil
}

func noInstrument(name string, cause error) error {
	return &payment.Error{Op: "otelpay", Outcome: payment.NotSent, Message: "no instrument " + name, Err: cause}
}
