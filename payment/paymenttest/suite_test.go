package paymenttest_test

import (
	"bytes"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"

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
