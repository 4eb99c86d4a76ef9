package duffel_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// TestContract runs the contract of payers, for a client that pays at once and for one that reads the order first.
func TestContract(t *testing.T) {
	t.Run("plain", func(t *testing.T) { paymenttest.Run(t, contractHarness(payment.ErrOrderNotPayable)) })
	t.Run("verify", func(t *testing.T) {
		paymenttest.Run(t, contractHarness(payment.ErrAlreadyPaid, duffel.WithVerifyOrder()))
	})
}

// contractHarness makes harnesses, each an account of its own. instant is what Pay says of an order that was paid when it
// was booked.
func contractHarness(instant error, opts ...duffel.Option) func(testing.TB) paymenttest.Harness {
	var accounts atomic.Int64
	return func(tb testing.TB) paymenttest.Harness {
		srv := duffeltest.NewServer(duffeltest.WithoutListener(),
			duffeltest.WithToken(fmt.Sprintf("duffel_test_account_%d", accounts.Add(1)+1000)))
		tb.Cleanup(srv.Close)
		var keys atomic.Int64
		place := func(o duffeltest.Order) payment.Request {
			if o.Price.IsUnset() {
				o.Price = contractMoney(tb, fmt.Sprintf("%d.20", keys.Load()+30), "GBP")
			}
			return payment.Request{Key: fmt.Sprintf("key-%d", keys.Add(1)), OrderID: srv.AddOrder(o), Amount: o.Price}
		}
		refusal := func(name string, kind error, o duffeltest.Order) paymenttest.Refusal {
			return paymenttest.Refusal{Name: name, Kind: kind, Place: func() payment.Request { return place(o) }}
		}
		price := contractMoney(tb, "90.80", "GBP")
		return paymenttest.Harness{
			Handler: srv.Handler(),
			NewPayer: func(site paymenttest.Site) payment.Payer {
				c, err := duffel.New(srv.Token, append([]duffel.Option{duffel.WithBaseURL(site.BaseURL),
					duffel.WithTransport(site.Transport), duffel.WithTimeout(site.Timeout)}, opts...)...)
				if err != nil {
					tb.Fatal(err)
				}
				return c
			},
			Place:   func() payment.Request { return place(duffeltest.Order{}) },
			Taken:   srv.Taken,
			Secrets: []string{srv.Token},
			End: func(orderID string) {
				srv.UpdateOrder(orderID, func(o *duffeltest.Order) { o.CancelledAt = time.Now().Add(-2 * time.Hour) })
			},
			Refusals: []paymenttest.Refusal{
				refusal("instant order", instant, duffeltest.Order{Instant: true}),
				refusal("cancelled order", payment.ErrOrderNotPayable, duffeltest.Order{CancelledAt: time.Now()}),
				refusal("schedule changed", payment.ErrOrderNotPayable, duffeltest.Order{ScheduleChanged: true}),
				refusal("past the deadline", payment.ErrOrderNotPayable, duffeltest.Order{PaymentRequiredBy: time.Now().Add(-2 * time.Hour)}),
				refusal("price changed", payment.ErrPriceChanged, duffeltest.Order{Price: price, NextPrice: contractMoney(tb, "91.80", "GBP")}),
				refusal("declined", payment.ErrDeclined, duffeltest.Order{Mode: duffeltest.Fail}),
				{Name: "other currency", Kind: payment.ErrCurrencyMismatch, Place: func() payment.Request {
					req := place(duffeltest.Order{Price: price})
					req.Amount = contractMoney(tb, "90.80", "EUR")
					return req
				}},
				{Name: "unknown order", Kind: payment.ErrOrderNotFound, Place: func() payment.Request {
					return payment.Request{Key: "key", OrderID: "ord_nobody", Amount: price}
				}},
			},
			NewWord: func(body []byte) []byte {
				return bytes.Replace(body, []byte(`"status":"succeeded"`), []byte(`"status":"glorious"`), 1)
			},
		}
	}
}

func contractMoney(tb testing.TB, amount, currency string) payment.Money {
	tb.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}
