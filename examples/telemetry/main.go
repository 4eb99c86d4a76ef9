// Command telemetry pays at a simulated Duffel and prints what OpenTelemetry gets to see of it,
// first the spans, then the metrics:
//
//	go run .
//
// One payment goes well. The answer of the other is lost on the way, so that its second Pay asks
// instead of paying. Put other exporters in the place of the two that print, and nothing else
// changes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "telemetry:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	t, err := newTelemetry(out)
	if err != nil {
		return err
	}
	srv := duffeltest.NewServer() // in place of Duffel
	defer srv.Close()
	if err := pay(ctx, srv, t); err != nil {
		return errors.Join(err, t.shutdown(ctx))
	}
	return t.shutdown(ctx)
}

// telemetry are the providers that a program makes once.
type telemetry struct {
	tracers *sdktrace.TracerProvider
	meters  *sdkmetric.MeterProvider
}

func newTelemetry(out io.Writer) (*telemetry, error) {
	spans, err := stdouttrace.New(stdouttrace.WithWriter(out), stdouttrace.WithPrettyPrint())
	if err != nil {
		return nil, err
	}
	metrics, err := stdoutmetric.New(stdoutmetric.WithWriter(out), stdoutmetric.WithPrettyPrint())
	if err != nil {
		return nil, err
	}
	return &telemetry{
		tracers: sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans)),
		meters:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics))),
	}, nil
}

// shutdown prints what has not been printed yet.
func (t *telemetry) shutdown(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	return errors.Join(t.tracers.Shutdown(ctx), t.meters.Shutdown(ctx))
}

// pay makes a payer that is watched, and pays two orders.
func pay(ctx context.Context, srv *duffeltest.Server, t *telemetry) error {
	options := []otelpay.Option{otelpay.WithTracerProvider(t.tracers), otelpay.WithMeterProvider(t.meters)}
	observer, err := otelpay.NewObserver(options...)
	if err != nil {
		return err
	}
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithObserver(observer))
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	watched, err := otelpay.NewPayer(client, options...)
	if err != nil {
		return err
	}
	payer, err := once.New(watched, once.NewMemory(), once.Name("duffel-example"))
	if err != nil {
		return err
	}

	amount, err := payment.ParseMoney("90.80", "GBP")
	if err != nil {
		return err
	}
	good := payment.Request{Key: "booking-1", OrderID: srv.AddOrder(duffeltest.Order{Price: amount}), Amount: amount}
	if _, err := payer.Pay(ctx, good); err != nil {
		return err
	}
	lost := payment.Request{Key: "booking-2", OrderID: srv.AddOrder(duffeltest.Order{Price: amount}), Amount: amount}
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	if _, err := payer.Pay(ctx, lost); payment.OutcomeOf(err) != payment.Unknown {
		return fmt.Errorf("the answer was not lost: %w", err)
	}
	p, err := payer.Pay(ctx, lost)
	if err != nil {
		return err
	}
	if taken := srv.Taken(lost.OrderID); !p.Paid() || len(taken) != 1 {
		return fmt.Errorf("the payment is %s, and was taken %d times", p.Status, len(taken))
	}
	return nil
}
