package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	musementOrder = "51a0c0de-0000-4000-8000-000000000003"
	musementCart  = "51a0c0de-0000-4000-8000-000000000001"
)

func musementProvider() provider {
	return provider{name: "musement", calls: "GET, GET, POST", ours: musementOurs, hand: musementHand, login: true}
}

func musementOurs(t target) (peer, error) {
	opts := []musement.Option{musement.WithBaseURL(t.base)}
	if t.stub != nil {
		opts = append(opts, musement.WithRoundTripper(t.stub))
	} else {
		opts = append(opts, musement.WithTransport(t.transport), musement.WithIdleTimeout(idle))
	}
	c, err := musement.New(musement.Credentials{Application: payment.NewSecret("bench-application"), ClientID: "bench",
		ClientSecret: payment.NewSecret("bench-client-secret")}, opts...)
	if err != nil {
		return peer{}, err
	}
	amount, err := payment.ParseMoney("48.50", "EUR")
	if err != nil {
		return peer{}, err
	}
	return peer{
		pay: func(ctx context.Context, _ int) error {
			return settled(c.Pay(ctx, payment.Request{Key: key, OrderID: musementOrder, Amount: amount,
				Details: musement.Details{CartUUID: musementCart}}))
		},
		typed: func(ctx context.Context, _ int) error {
			o, err := c.PayWithoutCollecting(ctx, musementOrder)
			if err == nil && o.Status != musement.OrderOK {
				err = errNotPaid
			}
			return err
		},
	}, nil
}

type handMoney struct {
	Currency          string          `json:"currency"`
	Value             decimal.Decimal `json:"value"`
	FormattedValue    string          `json:"formatted_value"`
	FormattedISOValue string          `json:"formatted_iso_value"`
}

type handMusementOrder struct {
	UUID       string  `json:"uuid"`
	Identifier string  `json:"identifier"`
	Date       string  `json:"date"`
	Status     string  `json:"status"`
	Market     string  `json:"market"`
	Source     string  `json:"source"`
	ExtraData  *string `json:"extra_data"`
	IsPaid     *bool   `json:"is_paid"`
	IsAgency   *bool   `json:"is_agency"`
	Customer   struct {
		Email                   string          `json:"email"`
		Firstname               string          `json:"firstname"`
		Lastname                string          `json:"lastname"`
		EventsRelatedNewsletter string          `json:"events_related_newsletter"`
		MusementNewsletter      string          `json:"musement_newsletter"`
		ThirdpartyNewsletter    string          `json:"thirdparty_newsletter"`
		ExtraCustomerData       json.RawMessage `json:"extra_customer_data"`
	} `json:"customer"`
	Items []struct {
		UUID              string `json:"uuid"`
		TransactionCode   string `json:"transaction_code"`
		Status            string `json:"status"`
		Quantity          int    `json:"quantity"`
		ErrorStatus       *bool  `json:"error_status"`
		ExtraCustomerData []struct {
			Name  string          `json:"name"`
			Value json.RawMessage `json:"value"`
		} `json:"extra_customer_data"`
		Vouchers []struct {
			URL string `json:"url"`
		} `json:"vouchers"`
		Product *struct {
			ID                  string     `json:"id"`
			Type                string     `json:"type"`
			ActivityUUID        string     `json:"activity_uuid"`
			Title               string     `json:"title"`
			Date                string     `json:"date"`
			MaxConfirmationTime string     `json:"max_confirmation_time"`
			RetailPrice         *handMoney `json:"retail_price"`
			ServiceFee          *handMoney `json:"service_fee"`
		} `json:"product"`
		RetailPriceInOrderCurrency      *handMoney `json:"retail_price_in_order_currency"`
		TotalRetailPriceInOrderCurrency *handMoney `json:"total_retail_price_in_order_currency"`
	} `json:"items"`
	TotalPrice                      *handMoney `json:"total_price"`
	DiscountAmount                  *handMoney `json:"discount_amount"`
	TotalRetailPriceInOrderCurrency *handMoney `json:"total_retail_price_in_order_currency"`
	PromoCodes                      []struct {
		Code string `json:"code"`
	} `json:"promo_codes"`
}

func musementHand(h *hand) peer {
	amount := decimal.RequireFromString("48.50")
	header := []string{"Authorization", "Bearer sim-access-token-5f1d-00000005", "X-Musement-Application", "bench-application",
		"X-Musement-Version", "3.4.0", "User-Agent", "by-hand"}
	costs := func(o handMusementOrder) bool {
		return o.TotalPrice != nil && o.TotalPrice.Currency == "EUR" && o.TotalPrice.Value.Equal(amount)
	}
	check := func(ctx context.Context) error {
		var o handMusementOrder
		if err := h.call(ctx, http.MethodGet, "/orders/"+musementOrder, header, nil, &o); err != nil {
			return err
		}
		if o.UUID != musementOrder || !costs(o) {
			return errAmount
		}
		var state struct {
			OrderUUID string `json:"order_uuid"`
			Payment   struct {
				Paid   bool   `json:"paid"`
				Status string `json:"status"`
			} `json:"payment"`
		}
		if err := h.call(ctx, http.MethodGet, "/carts/"+musementCart+"/order-info", header, nil, &state); err != nil {
			return err
		}
		if state.OrderUUID != musementOrder || state.Payment.Paid || state.Payment.Status != "created" {
			return errNotPaid
		}
		return nil
	}
	typed := func(ctx context.Context, _ int) error {
		req := struct {
			UUID string `json:"uuid"`
		}{musementOrder}
		var o handMusementOrder
		if err := h.call(ctx, http.MethodPost, "/payments/no/payment", header, req, &o); err != nil {
			return err
		}
		switch {
		case o.UUID != musementOrder || o.Status != "OK":
			return errNotPaid
		case !costs(o):
			return errAmount
		}
		return nil
	}
	return peer{typed: typed, pay: func(ctx context.Context, caller int) error {
		if err := check(ctx); err != nil {
			return err
		}
		return typed(ctx, caller)
	}}
}
