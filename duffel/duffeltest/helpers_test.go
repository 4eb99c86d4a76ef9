package duffeltest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// caller is a plain HTTP client of a simulator.
type caller struct {
	*duffeltest.Server
	http *http.Client
}

func newServer(t *testing.T, opts ...duffeltest.Option) *caller {
	t.Helper()
	srv := duffeltest.NewServer(opts...)
	tr := srv.Transport()
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	return &caller{Server: srv, http: &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

type reply struct {
	Status int
	Body   string
	header http.Header
	err    error
}

// do calls with all the headers that Duffel wants; edit may spoil them.
func (c *caller) do(ctx context.Context, t *testing.T, method, path, body string, edit ...func(h http.Header)) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Duffel-Version", "v2")
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edit {
		e(req.Header)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Body: string(got), header: resp.Header, err: err}
}

func (c *caller) get(t *testing.T, path string, into any) {
	t.Helper()
	got := c.do(t.Context(), t, "GET", path, "")
	if got.Status != 200 || got.err != nil {
		t.Fatalf("GET %s: %+v", path, got)
	}
	if err := json.Unmarshal([]byte(got.Body), into); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// balance is the body of a payment from the balance.
func balance(orderID, amount, currency string) string {
	return fmt.Sprintf(`{"data":{"order_id":%q,"payment":{"type":"balance","amount":%q,"currency":%q}}}`, orderID, amount, currency)
}

// pay pays 30.20 GBP, the default price.
func (c *caller) pay(t *testing.T, orderID string) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", "/air/payments", balance(orderID, "30.20", "GBP"))
}

func (c *caller) wantTaken(t *testing.T, orderID string, want ...string) {
	t.Helper()
	if err := c.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range c.Taken(orderID) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

type errorBody struct {
	Meta struct {
		Status    int    `json:"status"`
		RequestID string `json:"request_id"`
	} `json:"meta"`
	Errors []struct {
		Type   string `json:"type"`
		Code   string `json:"code"`
		Source any    `json:"source"`
	} `json:"errors"`
}

// wantRefused checks status and code, and that body, meta and header agree.
func wantRefused(t *testing.T, got reply, status int, codes ...string) errorBody {
	t.Helper()
	var body errorBody
	if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
		t.Fatalf("not an error body: %+v", got)
	}
	var found []string
	for _, e := range body.Errors {
		found = append(found, e.Code)
	}
	if diff := cmp.Diff(codes, found); diff != "" || got.Status != status || body.Meta.Status != status {
		t.Errorf("want status %d and codes (-want +got):\n%s in %+v", status, diff, got)
	}
	if id := got.header.Get("X-Request-Id"); id == "" || id != body.Meta.RequestID {
		t.Errorf("request id %q in the header, %q in the body", id, body.Meta.RequestID)
	}
	return body
}

type orderView struct {
	Data struct {
		ID            string  `json:"id"`
		Type          *string `json:"type"`
		CancelledAt   *string `json:"cancelled_at"`
		TotalAmount   string  `json:"total_amount"`
		TotalCurrency string  `json:"total_currency"`
		Documents     []any   `json:"documents"`
		PaymentStatus map[string]any
		RawStatus     json.RawMessage `json:"payment_status"`
	} `json:"data"`
}

func (c *caller) order(t *testing.T, id string) orderView {
	t.Helper()
	var v orderView
	c.get(t, "/air/orders/"+id, &v)
	if err := json.Unmarshal(v.Data.RawStatus, &v.Data.PaymentStatus); err != nil {
		t.Fatal(err)
	}
	return v
}

// fixture returns a recorded body.
func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "duffel", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func asJSON(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return v
}

func money(t *testing.T, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
