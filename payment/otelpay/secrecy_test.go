package otelpay_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// all is everything that an exporter gets to see.
func (r *recorder) all() string {
	r.tb.Helper()
	var b strings.Builder
	for _, s := range r.spans.GetSpans() {
		fmt.Fprintf(&b, "%q %q %+v %+v %+v\n", s.Name, s.Status.Description, s.Attributes, s.Events, s.Links)
	}
	for _, m := range r.metrics() {
		fmt.Fprintf(&b, "%q %q %+v\n", m.Name, m.Description, m.Data)
	}
	for _, line := range append(r.spanLines(), r.metricLines()...) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// TestNothingIsTold drives two clients through answers, refusals, failures and a second step, and
// looks for whatever only one request has.
func TestNothingIsTold(t *testing.T) {
	rec := newRecorder(t)
	told := driveDuffel(t, rec)
	told = append(told, driveMusement(t, rec)...)
	all := rec.all()
	for _, s := range told {
		if s == "" {
			t.Error("looking for nothing")
		} else if strings.Contains(all, s) {
			t.Errorf("%q is told", s)
		}
	}
	for _, want := range []string{"duffel lookup", "duffel pay", "musement continue", "error.type=already_paid", "error.type=price_changed", "status=failed"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q did not happen", want)
		}
	}

	// Names and templates are of a kind that does not grow with the number of payments.
	var templates []string
	for _, m := range regexp.MustCompile(`url\.template=(\S+)`).FindAllStringSubmatch(all, -1) {
		templates = append(templates, m[1])
	}
	slices.Sort(templates)
	want := []string{"/air/orders/{id}", "/air/payments", "/air/payments/{id}", "/carts/{cart}/order-info", "/login",
		"/orders/{order}", "/payments/split/complete_3d_secure", "/payments/split/payment"}
	if diff := cmp.Diff(want, slices.Compact(templates)); diff != "" {
		t.Error(diff)
	}
}

// driveDuffel returns what must not be told.
func driveDuffel(t *testing.T, rec *recorder) []string {
	t.Helper()
	srv := duffeltest.NewServer(duffeltest.WithToken("duffel_test_topsecret"))
	t.Cleanup(srv.Close)
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithObserver(rec.observer()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	payer := rec.payer(client)
	price := money(t, "1730.20", "GBP")
	told := []string{srv.Token, srv.URL, "1730.2", "Greetings to Ann Example", "GBP"}
	pay := func(o duffeltest.Order, faults ...duffeltest.Fault) {
		t.Helper()
		o.Price = price
		req := payment.Request{OrderID: srv.AddOrder(o), Amount: price, Description: "Greetings to Ann Example"}
		req.Key = "key-of-" + req.OrderID
		for _, f := range faults {
			srv.Fail(f)
		}
		a, err := payer.Prepare(req)
		if err != nil {
			t.Fatal(err)
		}
		p, err := payer.Pay(t.Context(), req)
		_, _ = payer.Pay(t.Context(), req)
		_, _ = payer.Lookup(t.Context(), a.After(p, err))
		told = append(told, req.OrderID, req.Key)
		if p.ID != "" {
			told = append(told, p.ID)
		}
	}
	pay(duffeltest.Order{})
	pay(duffeltest.Order{Mode: duffeltest.Fail})
	pay(duffeltest.Order{NextPrice: money(t, "1731.20", "GBP")})
	pay(duffeltest.Order{}, duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	body := []byte(`{"errors":[{"code":"validation_required","type":"validation_error","title":"Greetings to Ann Example","message":"Greetings to Ann Example"}]}`)
	pay(duffeltest.Order{}, duffeltest.Fault{Route: duffeltest.CreatePayment, NoAction: true, Status: 422, Body: body})
	pay(duffeltest.Order{}, duffeltest.Fault{Route: duffeltest.CreatePayment, NoAction: true, Status: 500, Body: []byte("Greetings to Ann Example")})
	return told
}

// driveMusement pays with a card and a second step.
func driveMusement(t *testing.T, rec *recorder) []string {
	t.Helper()
	srv := musementtest.NewServer()
	t.Cleanup(srv.Close)
	client := musementClient(t, srv, musement.WithBaseURL(srv.URL), musement.WithObserver(rec.observer()))
	t.Cleanup(client.CloseIdleConnections)
	payer := rec.payer(client)
	req := musementRequest(t, srv, 1917, musementtest.Order{})
	req.Key = "key-of-" + req.OrderID
	p, err := payer.Pay(t.Context(), req)
	if err != nil || p.Next == nil {
		t.Fatalf("%v, %v", p, err)
	}
	a, err := payer.Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	srv.PassChallenge(req.OrderID)
	if _, err := payer.(payment.Continuer).Continue(t.Context(), a.After(p, nil), musement.Continuation{}); err != nil {
		t.Fatal(err)
	}
	_, _ = payer.Lookup(t.Context(), a)
	d := req.Details.(musement.Details)
	return []string{srv.URL, srv.Application, srv.ClientID, srv.ClientSecret, req.OrderID, req.Key, "1927.2", d.CartUUID,
		cardToken, "203.0.113.7", "partner.example", p.Next.URL.Reveal()}
}
