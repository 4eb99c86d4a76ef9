package main

import (
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
)

// atSimulator runs the program with the arguments at a simulated Duffel.
func atSimulator(t *testing.T, srv *duffeltest.Server, token string, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	env := func(string) string { return token }
	err := run(t.Context(), &out, append([]string{"-provider", "duffel", "-order", "ord_1"}, args...), env, duffel.WithBaseURL(srv.URL))
	return out.String(), err
}

func newDuffel(t *testing.T, opts ...duffeltest.Option) *duffeltest.Server {
	t.Helper()
	srv := duffeltest.NewServer(opts...)
	t.Cleanup(srv.Close)
	srv.AddOrder(duffeltest.Order{ID: "ord_1"})
	return srv
}

func TestLive(t *testing.T) {
	srv := newDuffel(t)
	out, err := atSimulator(t, srv, srv.Token, "-live")
	if err != nil || !strings.Contains(out, "The order is paid.") || strings.Contains(out, "beware") {
		t.Errorf("%v\n%s", err, out)
	}
	if taken := srv.Taken("ord_1"); len(taken) != 1 {
		t.Errorf("taken: %v", taken)
	}
}

func TestLivePending(t *testing.T) {
	srv := newDuffel(t)
	srv.UpdateOrder("ord_1", func(o *duffeltest.Order) { o.Mode = duffeltest.Pend })
	if out, err := atSimulator(t, srv, srv.Token, "-live"); err != nil || !strings.Contains(out, "do not run this again") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLiveMovesNoRealMoney: the journal ends with the program, so that the next run would pay again.
func TestLiveMovesNoRealMoney(t *testing.T) {
	const token = "duffel_live_abc"
	srv := newDuffel(t, duffeltest.WithToken(token))
	out, err := atSimulator(t, srv, token, "-live")
	if err == nil || !strings.Contains(err.Error(), "begin with duffel_test_ alone") {
		t.Errorf("%v\n%s", err, out)
	}
	if n := srv.Count(duffeltest.GetOrder) + srv.Count(duffeltest.CreatePayment); n != 0 {
		t.Errorf("%d requests", n)
	}
	// Asking moves nothing.
	if out, err := atSimulator(t, srv, token, "-lookup"); err == nil || !strings.Contains(out, "proves nothing") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLookupAfterLostAnswer: a run whose answer is lost says how to ask, and asking finds the payment and pays nothing.
func TestLookupAfterLostAnswer(t *testing.T) {
	for name, args := range map[string][]string{"alone": {"-lookup"}, "beside -live": {"-live", "-lookup"}} {
		t.Run(name, func(t *testing.T) {
			srv := newDuffel(t)
			srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
			out, err := atSimulator(t, srv, srv.Token, "-live")
			if err == nil || !strings.Contains(out, "outcome   unknown") || !strings.Contains(out, "do not run this again; run it with -lookup") {
				t.Fatalf("%v\n%s", err, out)
			}
			sent := srv.Count(duffeltest.CreatePayment)
			out, err = atSimulator(t, srv, srv.Token, args...)
			if err != nil || !strings.Contains(out, "The order is paid.") {
				t.Errorf("%v\n%s", err, out)
			}
			if n := srv.Count(duffeltest.CreatePayment) - sent; n != 0 || len(srv.Taken("ord_1")) != 1 {
				t.Errorf("-lookup sent %d payments; taken: %v", n, srv.Taken("ord_1"))
			}
		})
	}
}

// TestLookupWithoutPayment: an order that may be paid yet proves nothing. Nor does one that is long cancelled, since the run
// before may have had an answer that this one does not know of.
func TestLookupWithoutPayment(t *testing.T) {
	srv := newDuffel(t)
	if out, err := atSimulator(t, srv, srv.Token, "-lookup"); err == nil || !strings.Contains(out, "never pay again") {
		t.Errorf("%v\n%s", err, out)
	}
	srv.UpdateOrder("ord_1", func(o *duffeltest.Order) { o.CancelledAt = time.Now().AddDate(0, 0, -1) })
	if out, err := atSimulator(t, srv, srv.Token, "-lookup"); err == nil || !strings.Contains(out, "it is not known what Duffel answered to the payment") ||
		!strings.Contains(out, "never pay again") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestLiveRefused(t *testing.T) {
	srv := newDuffel(t)
	out, err := atSimulator(t, srv, srv.Token, "-live", "-amount", "1.00", "-currency", "GBP")
	if err == nil || strings.Contains(out, "do not run this again") || len(srv.Taken("ord_1")) != 0 {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = atSimulator(t, srv, srv.Token, "-live", "-order", "../x", "-amount", "30.20", "-currency", "GBP")
	if err == nil || !strings.Contains(out, "field OrderID") {
		t.Errorf("a bad order id: %v\n%s", err, out)
	}
}
