package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// running is a service with its provider.
type running struct {
	t    *testing.T
	url  string
	srv  *duffeltest.Server
	stop func() error
}

func start(t *testing.T) *running {
	t.Helper()
	db, store, err := openStore(t.Context(), filepath.Join(t.TempDir(), "payments.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	payer, err := once.New(client, store, once.Name("test"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- serve(ctx, l, &service{payer: payer, store: store, log: slog.New(slog.DiscardHandler)}, time.Hour)
	}()
	stopped := false
	stop := func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-ended
	}
	t.Cleanup(func() { _ = stop() })
	return &running{t: t, url: "http://" + l.Addr().String(), srv: srv, stop: stop}
}

// call sends a request, a POST if it has a body, and reads the answer into out.
func (r *running) call(path, body string, out any) int {
	r.t.Helper()
	method, reader := http.MethodGet, io.Reader(nil)
	if body != "" {
		method, reader = http.MethodPost, strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, reader)
	if err != nil {
		r.t.Error(err)
		return 0
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Error(err)
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		r.t.Error(err)
		return 0
	}
	return resp.StatusCode
}

// brief is the part of an answer that the tests look at.
type brief struct {
	Status  int
	Paid    bool
	Outcome string
	Next    string
}

func (r *running) pay(body string) brief {
	r.t.Helper()
	var a answer
	status := r.call("/payments", body, &a)
	return brief{status, a.Paid, a.Outcome, string(a.Next)}
}

func TestPay(t *testing.T) {
	r := start(t)
	for _, id := range []string{"ord_1", "ord_2", "ord_3"} {
		r.srv.AddOrder(duffeltest.Order{ID: id})
	}
	paid := brief{200, true, "accepted", "done"}
	body := func(key, order, amount string) string {
		return `{"key":"` + key + `","order_id":"` + order + `","amount":"` + amount + `","currency":"GBP"}`
	}
	rows := []struct {
		what, body string
		fault      *duffeltest.Fault
		want       brief
	}{
		{what: "a payment", body: body("k1", "ord_1", "30.20"), want: paid},
		{what: "again", body: body("k1", "ord_1", "30.20"), want: paid},
		{what: "the key for another amount", body: body("k1", "ord_1", "30.21"), want: brief{202, false, "not sent", "lookup"}},
		{what: "another key for the order", body: body("k2", "ord_1", "30.20"), want: brief{202, false, "not sent", "lookup"}},
		{what: "a wrong amount", body: body("k3", "ord_2", "30.21"), want: brief{422, false, "refused", "new_request"}},
		{what: "too many decimals", body: body("k4", "ord_2", "30.201"), want: brief{422, false, "not sent", "new_request"}},
		{what: "a lost answer", body: body("k5", "ord_3", "30.20"),
			fault: &duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer}, want: brief{202, false, "unknown", "lookup"}},
		{what: "and again", body: body("k5", "ord_3", "30.20"), want: paid},
	}
	for _, row := range rows {
		if row.fault != nil {
			r.srv.Fail(*row.fault)
		}
		if diff := cmp.Diff(row.want, r.pay(row.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.what, diff)
		}
	}
	for id, want := range map[string]int{"ord_1": 1, "ord_2": 0, "ord_3": 1} {
		if n := len(r.srv.Taken(id)); n != want {
			t.Errorf("%s taken %d times, want %d", id, n, want)
		}
	}
}

func TestGetResolveHealth(t *testing.T) {
	r := start(t)
	r.srv.AddOrder(duffeltest.Order{ID: "ord_1"})
	var health struct{ Overdue int }
	if status := r.call("/healthz", "", &health); status != 200 || health.Overdue != 0 {
		t.Errorf("health %d %+v", status, health)
	}
	var failure struct{ Error string }
	if status := r.call("/payments/k1", "", &failure); status != 404 {
		t.Errorf("an unknown key: %d %+v", status, failure)
	}
	r.srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeActing})
	r.pay(`{"key":"k1","order_id":"ord_1","amount":"30.20","currency":"GBP"}`)
	var rows []once.Row
	if status := r.call("/payments/k1", "", &rows); status != 200 || len(rows) != 1 || rows[0].State != once.Unknown {
		t.Errorf("%d %+v", status, rows)
	}
	if status := r.call("/payments/k1/resolve", `{"decision":"not_taken","by":"ann"}`, &failure); status != 422 {
		t.Errorf("without a note: %d %+v", status, failure)
	}
	if status := r.call("/payments/k1/resolve", `{"decision":"not_taken","by":"ann","note":"ticket 4711"}`, &failure); status != 409 {
		t.Errorf("too early for not taken: %d %+v", status, failure)
	}
	if status := r.call("/payments/k9/resolve", `{"decision":"paid","by":"ann","note":"ticket 4711"}`, &failure); status != 404 {
		t.Errorf("an unknown key: %d %+v", status, failure)
	}
	if status := r.call("/payments/k1/resolve", `{"decision":"paid","by":"ann","note":"ticket 4711"}`, &rows); status != 200 || rows[0].State != once.Paid {
		t.Errorf("resolve: %d %+v", status, rows)
	}
	if status := r.call("/payments", `{"surprise":1}`, &failure); status != 400 {
		t.Errorf("a strange body: %d", status)
	}
}

// TestStop: a stop waits for the payment under way.
func TestStop(t *testing.T) {
	r := start(t)
	r.srv.AddOrder(duffeltest.Order{ID: "ord_1"})
	arrived, hold := make(chan struct{}), make(chan struct{})
	r.srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Arrived: func() { close(arrived) }, Hold: hold})
	answered := make(chan brief, 1)
	go func() { answered <- r.pay(`{"key":"k1","order_id":"ord_1","amount":"30.20","currency":"GBP"}`) }()
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped in the middle of a payment: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(hold)
	if diff := cmp.Diff(brief{200, true, "accepted", "done"}, <-answered); diff != "" {
		t.Errorf("the payment under way (-want +got):\n%s", diff)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestJournalName: test and live payments must not share rows.
func TestJournalName(t *testing.T) {
	for token, want := range map[string]string{
		"": "duffel-simulated", "duffel_test_abc": "duffel-test", "duffel_live_abc": "duffel-live", "abc": "duffel-live",
	} {
		_, name, done, err := provider(token, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		done()
		if name != want {
			t.Errorf("the journal for token %q is %q, want %q", token, name, want)
		}
	}
}

// TestRun starts the whole program with its defaults, and stops it.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	listening := make(chan struct{})
	out := &watched{until: "listening", seen: listening}
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, out, []string{"-addr", "127.0.0.1:0"}, func(string) string { return "" }) }()
	select {
	case <-listening:
	case err := <-ended:
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), io.Discard, []string{"-reconcile", "0s"}, nil); err == nil {
		t.Error("-reconcile 0s was accepted")
	}
}

// watched closes seen when the text has been written.
type watched struct {
	until string
	seen  chan struct{}
	done  bool
}

func (w *watched) Write(b []byte) (int, error) {
	if !w.done && bytes.Contains(b, []byte(w.until)) {
		w.done = true
		close(w.seen)
	}
	return len(b), nil
}
