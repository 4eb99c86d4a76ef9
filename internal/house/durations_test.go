package house

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
)

const tenYears = 10 * 365 * 24 * time.Hour

// timed builds a client of one of the five with options.
type timed[O any] func(opts ...O) (payment.Timed, error)

// durationOptions are all options of a client that take a duration, by the field that their errors name.
type durationOptions[O any] map[string]func(time.Duration) O

// checkDurations: an absurd duration is an error that names the option, and the longest that are allowed add up to times
// that are positive and bounded. most is the longest duration of an option that has a bound of its own.
func checkDurations[O any](t *testing.T, build timed[O], options durationOptions[O], most map[string]time.Duration) {
	t.Helper()
	var all []O
	for field, option := range options {
		for _, d := range []time.Duration{math.MinInt64, -1, 0, tenYears + 1, 290 * 365 * 24 * time.Hour, math.MaxInt64} {
			_, err := build(option(d))
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != field || !errors.Is(err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
				t.Errorf("%s of %d: %v", field, d, err)
			}
		}
		longest := tenYears
		if bound, ok := most[field]; ok {
			longest = bound
		}
		for _, d := range []time.Duration{1, longest} {
			if _, err := build(option(d)); err != nil {
				t.Errorf("%s of %v: %v", field, d, err)
			}
		}
		all = append(all, option(longest))
	}
	c, err := build(all...)
	if err != nil {
		t.Fatal(err)
	}
	const bound = 6 * tenYears // of a sum; a Duration holds 29 times ten years
	got := c.Timing()
	if got.LongestCall <= 0 || got.LongestCall > bound || got.Settling <= 0 || got.Settling > tenYears {
		t.Errorf("times %+v", got)
	}
}

// TestDurations: no option of a client lets the sum of its times overflow.
func TestDurations(t *testing.T) {
	t.Run("duffel", func(t *testing.T) {
		checkDurations(t, func(opts ...duffel.Option) (payment.Timed, error) {
			return duffel.New("token", append(opts, duffel.WithVerifyOrder())...)
		}, durationOptions[duffel.Option]{
			"Timeout": duffel.WithTimeout, "ReadTimeout": duffel.WithReadTimeout, "IdleTimeout": duffel.WithIdleTimeout,
		}, nil)
	})
	t.Run("etm", func(t *testing.T) {
		checkDurations(t, func(opts ...etm.Option) (payment.Timed, error) {
			return etm.New(etm.StageURL, etm.B2BLogin("agency", "password"), opts...)
		}, durationOptions[etm.Option]{
			"Timeout": etm.WithTimeout, "ReadTimeout": etm.WithReadTimeout, "IdleTimeout": etm.WithIdleTimeout,
		}, nil)
	})
	t.Run("activeplatform", func(t *testing.T) {
		checkDurations(t, func(opts ...activeplatform.Option) (payment.Timed, error) {
			return activeplatform.New("https://billing.example.com", "token", append(opts, activeplatform.WithCurrency("USD"))...)
		}, durationOptions[activeplatform.Option]{
			"Timeout": activeplatform.WithTimeout, "ReadTimeout": activeplatform.WithReadTimeout,
			"IdleTimeout": activeplatform.WithIdleTimeout, "AbsenceProof": activeplatform.WithAbsenceProof,
		}, nil)
	})
	t.Run("travelport", func(t *testing.T) {
		checkDurations(t, func(opts ...travelport.Option) (payment.Timed, error) {
			return travelport.New(travelport.Credentials{
				Username: "u", Password: payment.NewSecret("p"), ClientID: "c", ClientSecret: payment.NewSecret("s"), AccessGroup: "g",
			}, opts...)
		}, durationOptions[travelport.Option]{
			"Timeout": travelport.WithTimeout, "ReadTimeout": travelport.WithReadTimeout,
			"IdleTimeout": travelport.WithIdleTimeout, "SetupTimeout": travelport.WithSetupTimeout,
		}, map[string]time.Duration{"SetupTimeout": 30 * time.Minute})
	})
	t.Run("musement", func(t *testing.T) {
		checkDurations(t, func(opts ...musement.Option) (payment.Timed, error) {
			return musement.New(musement.Credentials{
				Application: payment.NewSecret("a"), ClientID: "c", ClientSecret: payment.NewSecret("s"),
			}, opts...)
		}, durationOptions[musement.Option]{
			"Timeout": musement.WithTimeout, "ReadTimeout": musement.WithReadTimeout,
			"IdleTimeout": musement.WithIdleTimeout, "Settling": musement.WithSettling,
		}, nil)
	})
}
