package house

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/payment"
)

// asked is a payer that is asked about an attempt, and the id of the attempt's order.
type asked struct {
	payer payment.Payer
	order string
}

// TestNoAdviceToPayAgain: whatever a provider answers to the reads of Lookup, and whatever word of its own it uses, the
// advice is never to pay, neither with the same key nor with a new one.
func TestNoAdviceToPayAgain(t *testing.T) {
	words := []string{
		``, `{}`, `[]`, `null`, `{"data":null}`, `{"data":{}}`, `<html>`, `{"status":"error","message":"not found"}`,
		`{"errors":[{"title":"account must exist","status":"422"}]}`,
	}
	for _, code := range []string{
		"not_found", "already_paid", "already_cancelled", "price_changed", "insufficient_balance", "insufficient_permissions",
		"access_token_not_found", "rate_limit_exceeded", "unsupported_action", "bad_request", "airline_internal", "internal_server_error",
	} {
		words = append(words, `{"errors":[{"type":"invalid_state_error","code":"`+code+`","title":"x"}],"meta":{"request_id":"r"}}`)
	}
	type answer struct {
		status int
		body   string
	}
	var now atomic.Pointer[answer]
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/login" {
			_, _ = io.WriteString(w, `{"etm_auth_key":"session-key"}`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(now.Load().status)
		_, _ = io.WriteString(w, now.Load().body)
	}))
	defer srv.Close()
	askers := []asked{
		{must(duffel.New("token", duffel.WithBaseURL(srv.URL), duffel.WithReadTimeout(time.Second))), "ord_1"},
		{must(etm.New(srv.URL, etm.B2BLogin("agency", "password-1"))), "1053715"},
		{must(activeplatform.New(srv.URL, "token", activeplatform.WithCurrency("USD"))), "2000532"},
		{must(activeplatform.New(srv.URL, "token", activeplatform.WithCurrency("USD"), activeplatform.WithV3("1"))), "2000532"},
	}
	amount, err := payment.ParseMoney("30.20", "USD")
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{200, 202, 301, 400, 401, 403, 404, 409, 410, 422, 500} {
		for _, body := range words {
			now.Store(&answer{status, body})
			for _, a := range askers {
				attempt, err := a.payer.Prepare(payment.Request{Key: "k", OrderID: a.order, Amount: amount})
				if err != nil {
					t.Fatal(err)
				}
				attempt.SentAt = time.Now()
				for how, attempt := range map[string]payment.Attempt{
					"answered": attempt.After(payment.Payment{}, &payment.Error{Op: "POST /x", Status: 404}),
					"unread":   attempt,
					"with id":  attempt.After(payment.Payment{ID: "7"}, nil),
				} {
					p, err := a.payer.Lookup(t.Context(), attempt)
					name := fmt.Sprintf("%s, %s, HTTP %d %s", a.payer.Provider(), how, status, body)
					switch next := payment.Next(p, err).Action; {
					case next == payment.NextRetry, next == payment.NextNewRequest, next == payment.NextDone:
						t.Errorf("%s: %s after %+v, %v", name, next, p, err)
					case payment.OutcomeOf(err) != payment.Unknown && err != nil:
						t.Errorf("%s: outcome %v of %v", name, payment.OutcomeOf(err), err)
					}
				}
			}
		}
	}
}
