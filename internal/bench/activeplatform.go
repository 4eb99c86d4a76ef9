package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	accountID = "2000532"
	// marker is what the client makes of key; the recorded answer has it.
	marker = "spay-6sj6worpohhl5hcn"
)

func activePlatformProvider() provider {
	return provider{name: "activeplatform", calls: "POST", ours: activePlatformOurs, hand: activePlatformHand}
}

func activePlatformOurs(t target) (peer, error) {
	opts := []activeplatform.Option{activeplatform.WithCurrency("USD")}
	if t.stub != nil {
		opts = append(opts, activeplatform.WithRoundTripper(t.stub))
	} else {
		opts = append(opts, activeplatform.WithTransport(t.transport), activeplatform.WithIdleTimeout(idle))
	}
	c, err := activeplatform.New(t.base, "manager-token-of-the-bench", opts...)
	if err != nil {
		return peer{}, err
	}
	amount, err := payment.ParseMoney("100.00", "USD")
	if err != nil {
		return peer{}, err
	}
	return peer{
		pay: func(ctx context.Context, _ int) error {
			return settled(c.Pay(ctx, payment.Request{Key: key, OrderID: accountID, Amount: amount}))
		},
		typed: func(ctx context.Context, _ int) error {
			p, err := c.CreatePayment(ctx, activeplatform.CreatePaymentRequest{AccountID: accountID, Total: amount, Comment: marker})
			if err == nil && p.Status != activeplatform.StatusCompleted {
				err = errNotPaid
			}
			return err
		},
	}, nil
}

type handTopUp struct {
	ID              int64           `json:"id"`
	DocumentID      string          `json:"document_id"`
	Status          string          `json:"status"`
	AccountID       int64           `json:"account_id"`
	Total           decimal.Decimal `json:"total"`
	Comment         string          `json:"comment"`
	CreatedAt       time.Time       `json:"created_at"`
	UpdatedAt       time.Time       `json:"updated_at"`
	RequesterIP     *string         `json:"requester_ip"`
	ManagerID       *int64          `json:"manager_id"`
	PaymentMethodID *int64          `json:"payment_method_id"`
	Denominated     bool            `json:"denominated"`
	ExpirationDate  *string         `json:"expiration_date"`
}

func activePlatformHand(h *hand) peer {
	amount := decimal.RequireFromString("100.00")
	header := []string{"Accept", "application/json", "User-Agent", "by-hand"}
	pay := func(ctx context.Context, _ int) error {
		req := struct {
			AccountID json.Number `json:"account_id"`
			Total     json.Number `json:"total"`
			Comment   string      `json:"comment"`
		}{accountID, json.Number(amount.StringFixed(2)), marker}
		var resp handTopUp
		path := "/api/vendor/v1/payments.json?api_token=manager-token-of-the-bench"
		if err := h.call(ctx, http.MethodPost, path, header, req, &resp); err != nil {
			return err
		}
		switch {
		case resp.Status != "completed" || !strings.HasPrefix(resp.Comment, marker):
			return errNotPaid
		case !resp.Total.Equal(amount):
			return errAmount
		}
		return nil
	}
	return peer{pay: pay, typed: pay}
}
