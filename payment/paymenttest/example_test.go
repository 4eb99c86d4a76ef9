package paymenttest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Till is a payer for a till, with nothing but net/http.
type Till struct {
	url   *url.URL
	token payment.Secret
	http  *http.Client // it follows no redirect
}

func (t *Till) Provider() string { return "till" }

func (t *Till) Prepare(req payment.Request) (payment.Attempt, error) {
	if req.Details != nil {
		return payment.Attempt{}, payment.InvalidField("Details", "the till needs none")
	}
	if err := payment.ISO4217().Check(req.Amount); err != nil {
		return payment.Attempt{}, err
	}
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (t *Till) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := t.Prepare(req)
	if err != nil {
		return payment.Payment{}, err
	}
	if ctx.Err() != nil || payment.CheckGate(ctx) != nil {
		return t.fail(payment.NotSent, nil)
	}
	connected, sending := false, context.WithoutCancel(ctx) // a caller who leaves does not lose the answer
	ctx = httptrace.WithClientTrace(sending, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})
	switch r, err := t.send(ctx, "POST", "/payments", fmt.Sprintf(`{"order":%q,"amount":%q}`, a.OrderID, a.Amount)); {
	case err != nil && !connected:
		return t.fail(payment.NotSent, payment.ErrUnavailable)
	case err == nil && r.Error == "another price":
		return t.fail(payment.Refused, payment.ErrPriceChanged)
	case err != nil || r.Order != a.OrderID || r.State != "paid":
		return t.fail(payment.Unknown, nil) // "already paid" among them: this very call may have done it
	default:
		return t.paid(a, r, payment.MatchedByAnswer)
	}
}

// paid is what a receipt of a's order says: the order is paid, perhaps with another amount than
// agreed.
func (t *Till) paid(a payment.Attempt, r receipt, by payment.Match) (payment.Payment, error) {
	amount, currency, _ := strings.Cut(r.Amount, " ")
	taken, err := payment.ParseMoney(amount, currency)
	if err != nil {
		return t.fail(payment.Unknown, nil)
	}
	p := payment.Payment{Provider: "till", OrderID: r.Order, Amount: taken, Status: payment.Succeeded, MatchedBy: by}
	if !taken.Equal(a.Amount) {
		_, err = t.fail(payment.Accepted, payment.ErrAmountMismatch)
	}
	return p, err
}

func (t *Till) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	r, err := t.send(ctx, "GET", "/orders/"+url.PathEscape(a.OrderID), "")
	if err != nil || r.Order != a.OrderID || r.State != "paid" {
		return t.fail(payment.Unknown, payment.ErrInconclusive) // an open order may be paid yet
	}
	return t.paid(a, r, payment.MatchedByOrder)
}

func (t *Till) send(ctx context.Context, method, path, body string) (r receipt, err error) {
	req := &http.Request{Method: method, URL: t.url.JoinPath(path), Body: io.NopCloser(strings.NewReader(body))} // sent once: net/http cannot rewind it
	req.Header = http.Header{"Authorization": {"Bearer " + t.token.Reveal()}}
	resp, err := t.http.Do(req.WithContext(ctx))
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	return r, json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 1<<20)).Decode(&r)
}

func (t *Till) fail(o payment.Outcome, kind error) (payment.Payment, error) {
	return payment.Payment{}, &payment.Error{Provider: "till", Op: "payments", Outcome: o, Kind: kind}
}

// newTill returns a payer for the till at base.
func newTill(base *url.URL, token string, transport *http.Transport, timeout time.Duration) *Till {
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Till{base, payment.NewSecret(token), &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: stay}}
}

// A payer of one's own, for a server that is not ours. Its test is one line, as the package
// documentation shows; the harness is newTillHarness.
func Example() {
	server := newTillServer("till-token-1")
	web := httptest.NewServer(server)
	defer web.Close()

	req := server.place()
	till := newTill(parsed(web.URL), "till-token-1", &http.Transport{}, time.Minute)
	p, err := till.Pay(context.Background(), req)
	fmt.Println(p.Amount, payment.Next(p, err))
	fmt.Println("taken:", server.ledger(req.OrderID))
	// Output:
	// 1.25 EUR The order is paid.
	// taken: [1.25 EUR]
}
