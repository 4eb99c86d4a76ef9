package otelpay_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/otelpay"
)

// TestAroundAndInsideOnce pays through package once with a watched payer on either side of it: the
// outer one sees what the callers see, the inner one what the provider was asked.
func TestAroundAndInsideOnce(t *testing.T) {
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	rec := newRecorder(t)
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithObserver(rec.observer()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	side := func(name string) otelpay.Option { return otelpay.WithAttributes(attribute.String("side", name)) }
	journal, err := once.New(rec.payer(client, side("inside")), once.NewMemory(), once.Name("duffel-test"))
	if err != nil {
		t.Fatal(err)
	}
	payer := rec.payer(journal, side("outside"))

	price := money(t, "30.20", "GBP")
	req := payment.Request{Key: "key-17", OrderID: srv.AddOrder(duffeltest.Order{Price: price}), Amount: price}
	for range 2 {
		if p, err := payer.Pay(t.Context(), req); err != nil || !p.Paid() {
			t.Fatalf("%v, %v", p, err)
		}
	}
	req.Key = "key-18"
	if _, err := payer.Pay(t.Context(), req); !errors.Is(err, payment.ErrScopeHeld) {
		t.Fatalf("another key for the same order: %v", err)
	}
	if taken := len(srv.Taken(req.OrderID)); taken != 1 {
		t.Errorf("taken %d times", taken)
	}

	const paid = "supplierpay.operation=pay supplierpay.outcome=ok supplierpay.payment.method=balance supplierpay.payment.next=done " +
		"supplierpay.payment.status=succeeded supplierpay.provider=duffel"
	const call = "http.response.status_code=201 supplierpay.operation=CreatePayment supplierpay.outcome=ok supplierpay.provider=duffel"
	want := []string{
		"supplierpay.call.duration s | 1 | " + call,
		"supplierpay.call.requests {request} | 1 | " + call,
		"supplierpay.payment.duration s | 1 | error.type=scope_held side=outside supplierpay.operation=pay supplierpay.outcome=not sent " +
			"supplierpay.payment.method=balance supplierpay.payment.next=lookup supplierpay.provider=duffel",
		"supplierpay.payment.duration s | 1 | side=inside " + paid,
		"supplierpay.payment.duration s | 2 | side=outside " + paid,
	}
	if diff := cmp.Diff(want, rec.metricLines()); diff != "" {
		t.Error(diff)
	}

	// The call is below the payment inside, and that below the payment outside.
	spans := rec.spans.GetSpans()
	for i, want := range []string{"duffel CreatePayment", "duffel pay", "duffel pay"} {
		if spans[i].Name != want {
			t.Fatalf("span %d is %q, want %q", i, spans[i].Name, want)
		}
		if i < 2 && spans[i].Parent.SpanID() != spans[i+1].SpanContext.SpanID() {
			t.Errorf("span %d is not below the next", i)
		}
	}
}

// TestOnceFindsWhatItNeeds: through the watched payer package once still finds the second step, on
// both sides.
func TestOnceFindsWhatItNeeds(t *testing.T) {
	srv := musementtest.NewServer()
	t.Cleanup(srv.Close)
	rec := newRecorder(t)
	client := musementClient(t, srv, musement.WithBaseURL(srv.URL), musement.WithObserver(rec.observer()))
	t.Cleanup(client.CloseIdleConnections)
	journal, err := once.New(rec.payer(client), once.NewMemory(), once.Name("musement-test"))
	if err != nil {
		t.Fatal(err)
	}
	payer := rec.payer(journal)
	req := musementRequest(t, srv, 1, musementtest.Order{})
	p, err := payer.Pay(t.Context(), req)
	if err != nil || p.Status != payment.ActionRequired || p.Next == nil {
		t.Fatalf("%v, %v", p, err)
	}
	a, err := payer.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	srv.PassChallenge(req.OrderID)
	p, err = payer.(payment.Continuer).Continue(t.Context(), a, musement.Continuation{})
	if err != nil || !p.Paid() {
		t.Fatalf("%v, %v", p, err)
	}
	if taken := len(srv.Taken(req.OrderID)); taken != 1 {
		t.Errorf("taken %d times", taken)
	}
}

// TestOnceKeepsTheTiming: the shortest lease that package once allows follows from the payer's own
// times.
func TestOnceKeepsTheTiming(t *testing.T) {
	timed := struct {
		*fake
		clock
	}{fake: &fake{}}
	rec := newRecorder(t)
	for _, inner := range []payment.Payer{timed, &fake{}} {
		_, plain := once.New(inner, once.NewMemory(), once.Name("till"), once.WithLease(1))
		_, watched := once.New(rec.payer(inner), once.NewMemory(), once.Name("till"), once.WithLease(1))
		if plain == nil || watched == nil || plain.Error() != watched.Error() {
			t.Errorf("%v, want %v", watched, plain)
		}
	}
}
