package activeplatform_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// TestContract runs the contract of payers for both APIs.
func TestContract(t *testing.T) {
	t.Run("v1", func(t *testing.T) { paymenttest.Run(t, contractHarness()) })
	t.Run("v3", func(t *testing.T) { paymenttest.Run(t, contractHarness(activeplatform.WithV3("1"))) })
}

// contractHarness makes harnesses, each an installation of its own whose payments complete by themselves.
func contractHarness(opts ...activeplatform.Option) func(testing.TB) paymenttest.Harness {
	var installations atomic.Int64
	return func(tb testing.TB) paymenttest.Harness {
		srv := activeplatformtest.NewServer(activeplatformtest.WithoutListener(),
			activeplatformtest.WithToken(fmt.Sprintf("manager-token-%d", installations.Add(1)+1000)))
		tb.Cleanup(srv.Close)
		var keys atomic.Int64
		return paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				c, err := activeplatform.New(site.BaseURL, srv.Token, append([]activeplatform.Option{
					activeplatform.WithCurrency("USD"), activeplatform.WithTransport(site.Transport),
					activeplatform.WithTimeout(site.Timeout)}, opts...)...)
				if err != nil {
					tb.Fatal(err)
				}
				return c
			},
			Place: func() payment.Request {
				n := keys.Add(1)
				amount, err := payment.ParseMoney(fmt.Sprintf("%d.20", n+100), "USD")
				if err != nil {
					tb.Fatal(err)
				}
				account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
				return payment.Request{Key: fmt.Sprintf("key-%d", n), OrderID: account, Amount: amount, Description: "Cash"}
			},
			Taken:   srv.Taken,
			Secrets: []string{srv.Token},
			NewWord: func(body []byte) []byte {
				return bytes.ReplaceAll(body, []byte(`"completed"`), []byte(`"glorious"`))
			},
		}
	}
}
