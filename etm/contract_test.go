package etm_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// TestContract runs the contract of payers.
func TestContract(t *testing.T) {
	var accounts atomic.Int64
	paymenttest.Run(t, func(tb testing.TB) paymenttest.Harness {
		n := accounts.Add(1) + 1000
		srv := etmtest.NewServer(etmtest.WithoutListener(),
			etmtest.WithCredentials(fmt.Sprintf("PARTNER_%d", n), fmt.Sprintf("partner-password-%d", n)))
		tb.Cleanup(srv.Close)
		var keys atomic.Int64
		place := func(o etmtest.Order) payment.Request {
			var err error
			if o.Price, err = payment.ParseMoney(fmt.Sprintf("%d.92", keys.Load()+221), "EUR"); err != nil {
				tb.Fatal(err)
			}
			return payment.Request{Key: fmt.Sprintf("key-%d", keys.Add(1)), OrderID: srv.AddOrder(o), Amount: o.Price}
		}
		return paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				c, err := etm.New(site.BaseURL, etm.B2BLogin(srv.Login, srv.Password),
					etm.WithTransport(site.Transport), etm.WithTimeout(site.Timeout), etm.WithRefusalWords("declined"))
				if err != nil {
					tb.Fatal(err)
				}
				return c
			},
			Place:   func() payment.Request { return place(etmtest.Order{}) },
			Taken:   srv.Taken,
			Secrets: []string{srv.Password},
			// The answer to a payment names no order.
			Cannot: []paymenttest.Capability{paymenttest.TellOrders},
			Refusals: []paymenttest.Refusal{
				{Name: "word of the contract", Place: func() payment.Request { return place(etmtest.Order{RefusalWord: "declined"}) }},
				{Name: "order of another status", Kind: payment.ErrAlreadyPaid, Place: func() payment.Request { return place(etmtest.Order{Status: "X"}) }},
			},
		}
	})
}
