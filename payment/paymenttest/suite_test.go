package paymenttest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// accounts gives every harness credentials of its own.
var accounts atomic.Int64

// parsed returns a base URL to which paths can be joined.
func parsed(base string) *url.URL {
	u, err := url.Parse(base + "/")
	if err != nil {
		panic(err)
	}
	return u
}

func newTillHarness(testing.TB) paymenttest.Harness {
	token := "till-token-" + strconv.FormatInt(accounts.Add(1)+1000, 10)
	server := newTillServer(token)
	return paymenttest.Harness{
		Handler: server,
		NewPayer: func(site paymenttest.Site) payment.Payer {
			return newTill(parsed(site.BaseURL), token, site.Transport, site.Timeout)
		},
		Place:   server.place,
		Taken:   server.ledger,
		Secrets: []string{token},
		Refusals: []paymenttest.Refusal{{Name: "another price", Kind: payment.ErrPriceChanged, Place: func() payment.Request {
			req := server.place()
			req.Amount = server.place().Amount
			return req
		}}},
		NewWord: func(body []byte) []byte { return bytes.Replace(body, []byte(`"paid"`), []byte(`"glorious"`), 1) },
	}
}

func TestTill(t *testing.T) { paymenttest.Run(t, newTillHarness) }

// TestTillLookup: the sample calls nothing paid that is another order's, and says what was taken.
func TestTillLookup(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		order, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/orders/"))
		if err != nil {
			t.Error(err)
		}
		answer := receipt{Order: order, Amount: "1.25 EUR", State: "paid"}
		if order == "swapped" {
			answer.Order = "order-1"
		}
		_ = json.NewEncoder(w).Encode(answer) // the client will see
	}))
	defer web.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	till := newTill(parsed(web.URL), "till-token", transport, time.Minute)
	for _, c := range []struct {
		order, agreed string
		paid          bool
		kind          error
	}{
		{"order-1", "1.25", true, nil},
		{"order-1", "1.26", true, payment.ErrAmountMismatch},
		{"swapped", "1.25", false, payment.ErrInconclusive},
		{"a/../order-1", "1.25", true, nil}, // an order of this name, and no other
		{"order-1?x=y", "1.25", true, nil},
	} {
		agreed, err := payment.ParseMoney(c.agreed, "EUR")
		if err != nil {
			t.Fatal(err)
		}
		p, err := till.Lookup(t.Context(), payment.Attempt{OrderID: c.order, Amount: agreed})
		if p.Paid() != c.paid || !errors.Is(err, c.kind) || c.paid && (p.OrderID != c.order || p.Amount.String() != "1.25 EUR") {
			t.Errorf("%q for %v: %+v, %v", c.order, agreed, p, err)
		}
		if wrong := errors.Is(err, payment.ErrAmountMismatch) && payment.OutcomeOf(err) != payment.Accepted; wrong {
			t.Errorf("%q: %v, want outcome accepted", c.order, err)
		}
	}
}
