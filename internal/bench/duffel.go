package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
)

// key is the key of every payment. ActivePlatform's answer repeats a marker that is made of it.
const key = "k1"

var (
	errNotPaid = errors.New("not paid")
	errAmount  = errors.New("another amount than asked")
)

// settled turns the answer of Pay into nil or what is wrong with it.
func settled(p payment.Payment, err error) error {
	if err == nil && !p.Paid() {
		return fmt.Errorf("%w: %s", errNotPaid, p.Status)
	}
	return err
}

const duffelOrder = "ord_0000000000000000000001"

func duffelProvider() provider {
	return provider{name: "duffel", calls: "POST", ours: duffelOurs, hand: duffelHand}
}

func duffelClient(t target) (*duffel.Client, error) {
	opts := []duffel.Option{duffel.WithBaseURL(t.base)}
	if t.stub != nil {
		opts = append(opts, duffel.WithRoundTripper(t.stub))
	} else {
		opts = append(opts, duffel.WithTransport(t.transport), duffel.WithIdleTimeout(idle))
	}
	return duffel.New("duffel_test_token", opts...)
}

func duffelOurs(t target) (peer, error) {
	c, err := duffelClient(t)
	if err != nil {
		return peer{}, err
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		return peer{}, err
	}
	return peer{
		pay: func(ctx context.Context, _ int) error {
			return settled(c.Pay(ctx, payment.Request{Key: key, OrderID: duffelOrder, Amount: amount}))
		},
		typed: func(ctx context.Context, _ int) error {
			resp, err := c.CreatePayment(ctx, duffel.CreatePaymentRequest{OrderID: duffelOrder,
				Payment: &duffel.NewPayment{Type: duffel.MethodBalance, Amount: amount}})
			if err == nil && resp.Payment.Status != duffel.StatusSucceeded {
				err = errNotPaid
			}
			return err
		},
	}, nil
}

type handDuffelRequest struct {
	Data struct {
		OrderID string           `json:"order_id"`
		Payment handDuffelAmount `json:"payment"`
	} `json:"data"`
}

type handDuffelAmount struct {
	Type     string `json:"type"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type handDuffelPayment struct {
	ID              string          `json:"id"`
	OrderID         string          `json:"order_id"`
	Type            string          `json:"type"`
	Status          string          `json:"status"`
	FailureReason   *string         `json:"failure_reason"`
	Amount          decimal.Decimal `json:"amount"`
	Currency        *string         `json:"currency"`
	AirlineCreditID *string         `json:"airline_credit_id"`
	LiveMode        bool            `json:"live_mode"`
	CreatedAt       time.Time       `json:"created_at"`
}

func duffelHeader() []string {
	return []string{"Authorization", "Bearer duffel_test_token", "Duffel-Version", "v2", "Accept", "application/json",
		"User-Agent", "by-hand"}
}

func duffelHand(h *hand) peer {
	amount := decimal.RequireFromString("30.20")
	header := duffelHeader()
	pay := func(ctx context.Context, _ int) error {
		var req handDuffelRequest
		req.Data.OrderID = duffelOrder
		req.Data.Payment = handDuffelAmount{Type: "balance", Amount: amount.StringFixed(2), Currency: "GBP"}
		var resp struct {
			Data handDuffelPayment `json:"data"`
		}
		if err := h.call(ctx, http.MethodPost, "/air/payments", header, req, &resp); err != nil {
			return err
		}
		p := resp.Data
		switch {
		case p.Status != "succeeded" || p.OrderID != duffelOrder:
			return errNotPaid
		case !p.Amount.Equal(amount) || p.Currency == nil || *p.Currency != "GBP":
			return errAmount
		}
		return nil
	}
	return peer{pay: pay, typed: pay}
}
