package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/payment"
)

const etmOrder = "1053715"

func etmProvider() provider {
	return provider{name: "etm", calls: "GET, POST", ours: etmOurs, hand: etmHand}
}

func etmOurs(t target) (peer, error) {
	var opts []etm.Option
	if t.stub != nil {
		opts = append(opts, etm.WithRoundTripper(t.stub))
	} else {
		opts = append(opts, etm.WithTransport(t.transport), etm.WithIdleTimeout(idle))
	}
	c, err := etm.New(t.base, etm.B2BLogin("bench-login", "bench-password"), opts...)
	if err != nil {
		return peer{}, err
	}
	amount, err := payment.ParseMoney("221.92", "EUR")
	if err != nil {
		return peer{}, err
	}
	return peer{
		pay: func(ctx context.Context, _ int) error {
			return settled(c.Pay(ctx, payment.Request{Key: key, OrderID: etmOrder, Amount: amount}))
		},
		typed: func(ctx context.Context, _ int) error {
			resp, err := c.CreatePayment(ctx, etm.CreatePaymentRequest{OrderID: etmOrder, FOPType: etm.MethodCash, Amount: amount})
			if err == nil && !resp.Paid() {
				err = errNotPaid
			}
			return err
		},
	}, nil
}

type handETMPlace struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type handETMAccount struct {
	ID        int64   `json:"id"`
	Login     string  `json:"login"`
	Type      string  `json:"type"`
	Zip       string  `json:"zip"`
	Country   string  `json:"country"`
	Firstname *string `json:"firstname"`
	Lastname  *string `json:"lastname"`
}

type handETMStop struct {
	Country   handETMPlace `json:"country"`
	City      handETMPlace `json:"city"`
	Airport   handETMPlace `json:"airport"`
	Terminal  string       `json:"terminal"`
	Date      string       `json:"date"`
	Time      string       `json:"time"`
	Timezone  string       `json:"timezone"`
	Timestamp int64        `json:"timestamp"`
}

type handETMOrder struct {
	OrderID   int64           `json:"order_id"`
	BookID    int64           `json:"book_id"`
	BuyID     string          `json:"buy_id"`
	Status    string          `json:"status"`
	PNRNumber string          `json:"pnr_number"`
	Amount    decimal.Decimal `json:"amount"`
	Currency  string          `json:"currency"`
	Buyer     struct {
		Email   string       `json:"email"`
		Phone   string       `json:"phone"`
		Country handETMPlace `json:"country"`
		City    string       `json:"city"`
		Address string       `json:"address"`
		Zip     string       `json:"zip"`
	} `json:"buyer"`
	Agency         handETMAccount    `json:"agency"`
	Operator       handETMAccount    `json:"operator"`
	RLNumber       map[string]string `json:"rl_number"`
	StampCreate    string            `json:"stamp_create"`
	StampTicket    *string           `json:"stamp_ticket"`
	TimeTillTicket struct {
		Days    string `json:"days"`
		Hours   string `json:"hours"`
		Minutes string `json:"minutes"`
		Stamp   string `json:"stamp"`
	} `json:"time_till_ticket"`
	LeftToVoid     bool   `json:"left_to_void"`
	LeftToVoidTime string `json:"left_to_void_time"`
	Directions     []struct {
		ID        int64 `json:"id"`
		Direction int   `json:"direction"`
		Stops     int   `json:"stops"`
		Segments  map[string]struct {
			Number          int         `json:"number"`
			Departure       handETMStop `json:"departure"`
			Arrival         handETMStop `json:"arrival"`
			Duration        string      `json:"duration"`
			DurationSeconds int         `json:"duration_seconds"`
		} `json:"segments"`
	} `json:"directions"`
}

func etmHand(h *hand) peer {
	amount := decimal.RequireFromString("221.92")
	header := []string{"Etm-Auth-Key", "fe2bc0ead5d565ecc1b51f507c61ca04", "Accept", "application/json", "User-Agent", "by-hand"}
	check := func(ctx context.Context) error {
		var resp struct {
			Status  string       `json:"status"`
			Message string       `json:"message"`
			Data    handETMOrder `json:"data"`
		}
		if err := h.call(ctx, http.MethodGet, "/api/air/orders/"+etmOrder, header, nil, &resp); err != nil {
			return err
		}
		o := resp.Data
		switch {
		case resp.Status != "ok" || o.Status != "B" || o.StampTicket != nil:
			return fmt.Errorf("%w: order in status %s", errNotPaid, o.Status)
		case !o.Amount.Equal(amount) || o.Currency != "EUR":
			return errAmount
		}
		return nil
	}
	typed := func(ctx context.Context, _ int) error {
		req := struct {
			FOPType     string `json:"fop_type"`
			Currency    string `json:"currency"`
			TotalAmount string `json:"total_amount"`
		}{"cash", "EUR", amount.StringFixed(2)}
		var resp struct {
			Status  string `json:"status"`
			Payload struct {
				Status string `json:"status"`
			} `json:"payload"`
		}
		if err := h.call(ctx, http.MethodPost, "/api/air/orders/"+etmOrder+"/payment", header, req, &resp); err != nil {
			return err
		}
		if resp.Status != "ok" || resp.Payload.Status != "ok" {
			return errNotPaid
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
