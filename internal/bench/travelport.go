package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
)

const accessGroup = "19Y88702-C27A-4E5D-829A-89D7016688B1"

func travelportProvider() provider {
	return provider{name: "travelport", calls: "GET, POST, POST, GET, POST, GET, POST, GET", ours: travelportOurs, hand: travelportHand, login: true}
}

func travelportOurs(t target) (peer, error) {
	opts := []travelport.Option{travelport.WithBaseURL(t.base + "/11"), travelport.WithTokenURL(t.base + "/oauth/token")}
	if t.stub != nil {
		opts = append(opts, travelport.WithRoundTripper(t.stub))
	} else {
		opts = append(opts, travelport.WithTransport(t.transport), travelport.WithIdleTimeout(idle))
	}
	c, err := travelport.New(travelport.Credentials{Username: "bench", Password: payment.NewSecret("bench-password"),
		ClientID: "bench-client", ClientSecret: payment.NewSecret("bench-client-secret"), AccessGroup: accessGroup}, opts...)
	if err != nil {
		return peer{}, err
	}
	amount, err := payment.ParseMoney("1200.50", "USD")
	if err != nil {
		return peer{}, err
	}
	cash := travelport.Details{Parts: []travelport.Part{{FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}}}}
	workbenches := make([]*travelport.Workbench, callers)
	for caller := range workbenches {
		workbenches[caller] = c.Workbench(workbenchID(caller), traceOfCaller)
	}
	return peer{
		pay: func(ctx context.Context, caller int) error {
			return settled(c.Pay(ctx, payment.Request{Key: key, OrderID: locator(caller), Amount: amount, Details: cash}))
		},
		typed: func(ctx context.Context, caller int) error {
			_, err := workbenches[caller].AddPayment(ctx, travelport.Payment{
				ID: "payment_1", Amount: travelport.AmountOf(amount),
				FormOfPaymentIdentifier: &travelport.FormOfPaymentIdentifier{ID: "formOfPayment_1",
					Identifier: &travelport.Identifier{Authority: travelport.AuthorityTravelport, Value: formValue}},
				OfferIdentifier: []travelport.OfferIdentifier{{ID: "offer_1", OfferRef: "offer_1",
					Identifier: &travelport.Identifier{Authority: travelport.AuthorityTravelport, Value: offerValue}}},
			})
			return err
		},
	}, nil
}

// What the recorded answers name.
const (
	traceOfCaller = "082A81B0-A9A7-4509-BFEC-8B49D4A8836F"
	formValue     = "CE3C11F0-5336-4943-B6F2-AA53A842E063"
	offerValue    = "af076693-cfc3-49f3-b7d6-000000000002"
)

type handIdentifier struct {
	Authority string `json:"authority"`
	Value     string `json:"value"`
}

type handCurrency struct {
	Value        string `json:"value"`
	DecimalPlace int    `json:"decimalPlace"`
}

type handCurrencyAmount struct {
	Code           string          `json:"code"`
	MinorUnit      int             `json:"minorUnit"`
	CurrencySource string          `json:"currencySource"`
	Value          decimal.Decimal `json:"value"`
}

type handPaymentForm struct {
	Type             string         `json:"@type,omitempty"`
	ID               string         `json:"id"`
	FormOfPaymentRef string         `json:"FormOfPaymentRef"`
	Identifier       handIdentifier `json:"Identifier"`
}

type handPaidOffer struct {
	ID         string          `json:"id"`
	OfferRef   string          `json:"offerRef"`
	Identifier *handIdentifier `json:"Identifier,omitempty"`
}

type handResult struct {
	Status  string           `json:"status"`
	Error   []handTravelNote `json:"Error"`
	Warning []handTravelNote `json:"Warning"`
}

type handTravelNote struct {
	Message    string `json:"Message"`
	StatusCode int    `json:"StatusCode"`
	SourceCode string `json:"SourceCode"`
}

type handReservation struct {
	ID    string `json:"id"`
	Offer []struct {
		ID             string         `json:"id"`
		ParentOfferRef string         `json:"parentOfferRef"`
		Identifier     handIdentifier `json:"Identifier"`
		Price          *struct {
			CurrencyCode handCurrency    `json:"CurrencyCode"`
			TotalPrice   decimal.Decimal `json:"TotalPrice"`
		} `json:"Price"`
	} `json:"Offer"`
	Traveler []struct {
		ID                string `json:"id"`
		PassengerTypeCode string `json:"passengerTypeCode"`
		PersonName        struct {
			Given   string `json:"Given"`
			Surname string `json:"Surname"`
		} `json:"PersonName"`
	} `json:"Traveler"`
	FormOfPayment []handPaymentForm `json:"FormOfPayment"`
	Payment       []struct {
		ID                      string             `json:"id"`
		Identifier              handIdentifier     `json:"Identifier"`
		Amount                  handCurrencyAmount `json:"Amount"`
		FormOfPaymentIdentifier handPaymentForm    `json:"FormOfPaymentIdentifier"`
		OfferIdentifier         []handPaidOffer    `json:"OfferIdentifier"`
	} `json:"Payment"`
	Receipt []struct {
		Type         string    `json:"@type"`
		DateTime     time.Time `json:"dateTime"`
		OfferRef     []string  `json:"OfferRef"`
		Confirmation *struct {
			Locator struct {
				Value         string `json:"value"`
				LocatorType   string `json:"locatorType"`
				Source        string `json:"source"`
				SourceContext string `json:"sourceContext"`
			} `json:"Locator"`
		} `json:"Confirmation"`
		PaymentIdentifier *struct {
			ID         string         `json:"id"`
			Identifier handIdentifier `json:"Identifier"`
		} `json:"PaymentIdentifier"`
		Document []struct {
			Type          string `json:"@type"`
			Number        string `json:"Number"`
			ControlNumber string `json:"ControlNumber"`
			Traveler      struct {
				ID                string `json:"id"`
				PassengerTypeCode string `json:"passengerTypeCode"`
			} `json:"TravelerIdentifierRef"`
			Amount struct {
				CurrencyCode handCurrency    `json:"CurrencyCode"`
				Total        decimal.Decimal `json:"Total"`
			} `json:"Amount"`
		} `json:"Document"`
	} `json:"Receipt"`
}

type handReservationResponse struct {
	ReservationResponse struct {
		Identifier    handIdentifier   `json:"Identifier"`
		Reservation   *handReservation `json:"Reservation"`
		Result        handResult       `json:"Result"`
		TraceID       string           `json:"traceId"`
		TransactionID string           `json:"transactionId"`
	} `json:"ReservationResponse"`
}

type handAddPayment struct {
	Payment struct {
		ID                      string            `json:"id"`
		Identifier              handIdentifier    `json:"Identifier"`
		Amount                  handWrittenAmount `json:"Amount"`
		FormOfPaymentIdentifier handPaymentForm   `json:"FormOfPaymentIdentifier"`
		OfferIdentifier         [1]handPaidOffer  `json:"OfferIdentifier"`
	} `json:"Payment"`
}

// handWrittenAmount has the amount as the number that Travelport wants.
type handWrittenAmount struct {
	Code           string     `json:"code"`
	MinorUnit      int        `json:"minorUnit"`
	CurrencySource string     `json:"currencySource"`
	Value          handNumber `json:"value"`
}

type handNumber struct{ decimal.Decimal }

// MarshalJSON writes the number without quotes.
func (n handNumber) MarshalJSON() ([]byte, error) { return []byte(n.StringFixed(2)), nil }

type handAdded struct {
	PaymentResponse struct {
		Payment struct {
			Identifier handIdentifier `json:"Identifier"`
		} `json:"Payment"`
		Result handResult `json:"Result"`
	} `json:"PaymentResponse"`
}

func handGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// handTrip is a payment at Travelport by hand.
type handTrip struct {
	*hand
	amount decimal.Decimal
}

func travelportHand(h *hand) peer {
	t := &handTrip{hand: h, amount: decimal.RequireFromString("1200.50")}
	return peer{pay: t.pay, typed: func(ctx context.Context, caller int) error {
		return t.addPayment(ctx, travelportHeader(traceOfCaller), workbenchID(caller), formValue, offerValue)
	}}
}

func travelportHeader(trace string) []string {
	return []string{"Authorization", "Bearer token-of-the-simulator-3", "Accept", "application/json", "Cache-Control", "no-cache",
		"Accept-Version", "11", "Content-Version", "11", "XAUTH_TRAVELPORT_ACCESSGROUP", accessGroup, "TraceId", trace,
		"User-Agent", "by-hand"}
}

var errUnexpected = errors.New("not the expected answer")

// read makes a call that is answered with a reservation.
func (t *handTrip) read(ctx context.Context, method, path string, header []string, body any) (*handReservationResponse, error) {
	var resp handReservationResponse
	if err := t.call(ctx, method, "/11/air/"+path, header, body, &resp); err != nil {
		return nil, err
	}
	r := &resp.ReservationResponse
	if r.Reservation == nil || len(r.Result.Error) > 0 {
		return nil, errUnexpected
	}
	return &resp, nil
}

func (t *handTrip) addPayment(ctx context.Context, header []string, bench, form, offer string) error {
	var req handAddPayment
	p := &req.Payment
	p.ID, p.Identifier = "payment_1", handIdentifier{"Travelport", handGUID()}
	p.Amount = handWrittenAmount{Code: "USD", MinorUnit: 2, CurrencySource: "Charged", Value: handNumber{t.amount}}
	p.FormOfPaymentIdentifier = handPaymentForm{ID: "formOfPayment_1", FormOfPaymentRef: "formOfPayment_1",
		Identifier: handIdentifier{"Travelport", form}}
	p.OfferIdentifier[0] = handPaidOffer{ID: "offer_1", OfferRef: "offer_1", Identifier: &handIdentifier{"Travelport", offer}}
	var added handAdded
	err := t.call(ctx, http.MethodPost, "/11/air/paymentoffer/reservationworkbench/"+bench+"/payments", header, req, &added)
	if err == nil && (added.PaymentResponse.Payment.Identifier.Value == "" || len(added.PaymentResponse.Result.Error) > 0) {
		err = errUnexpected
	}
	return err
}

// pay makes the calls of our Pay: read, open, form of payment, read, payment, read, commit, read.
func (t *handTrip) pay(ctx context.Context, caller int) error {
	header := travelportHeader(handGUID())
	place := "book/reservation/reservations/" + locator(caller)
	held, err := t.read(ctx, http.MethodGet, place, header, nil)
	if err != nil {
		return err
	}
	if err := t.payable(held.ReservationResponse.Reservation); err != nil {
		return err
	}
	opened, err := t.read(ctx, http.MethodPost, "book/session/reservationworkbench/buildfromlocator?Locator="+locator(caller), header, nil)
	if err != nil {
		return err
	}
	if err := t.payable(opened.ReservationResponse.Reservation); err != nil {
		return err
	}
	bench := opened.ReservationResponse.Identifier.Value
	form, err := t.addForm(ctx, header, bench)
	if err != nil {
		return err
	}
	offer := opened.ReservationResponse.Reservation.Offer[0].Identifier.Value
	if err := t.addPayment(ctx, header, bench, form, offer); err != nil {
		return err
	}
	queued, err := t.read(ctx, http.MethodGet, "book/session/reservationworkbench/"+bench, header, nil)
	if err != nil {
		return err
	}
	if p := queued.ReservationResponse.Reservation.Payment; len(p) != 1 || !p[0].Amount.Value.Equal(t.amount) {
		return errAmount
	}
	commit := map[string]any{"ReservationQueryCommitReservation": struct {
		Schedule bool `json:"errorWhenScheduleChangesInd"`
		Price    bool `json:"errorWhenOfferPriceChangesInd"`
	}{true, true}}
	if _, err := t.read(ctx, http.MethodPost, "book/reservation/reservations/"+bench, header, commit); err != nil {
		return err
	}
	issued, err := t.read(ctx, http.MethodGet, place, header, nil)
	if err != nil {
		return err
	}
	return t.issued(issued.ReservationResponse.Reservation)
}

func (t *handTrip) payable(r *handReservation) error {
	if len(r.Offer) != 1 || len(r.Payment) > 0 || r.Offer[0].Price == nil {
		return errUnexpected
	}
	if p := r.Offer[0].Price; p.CurrencyCode.Value != "USD" || !p.TotalPrice.Equal(t.amount) {
		return errAmount
	}
	return nil
}

// addForm adds a form of payment and reads back what Travelport made of it.
func (t *handTrip) addForm(ctx context.Context, header []string, bench string) (string, error) {
	form := map[string]any{"FormOfPaymentCash": handPaymentForm{ID: "formOfPayment_1", FormOfPaymentRef: "formOfPayment_1",
		Identifier: handIdentifier{"Travelport", handGUID()}}}
	var added struct {
		FormOfPaymentResponse struct {
			FormOfPayment handPaymentForm `json:"FormOfPayment"`
			Result        handResult      `json:"Result"`
		} `json:"FormOfPaymentResponse"`
	}
	if err := t.call(ctx, http.MethodPost, "/11/air/payment/reservationworkbench/"+bench+"/formofpayment", header, form, &added); err != nil {
		return "", err
	}
	if len(added.FormOfPaymentResponse.Result.Error) > 0 {
		return "", errUnexpected
	}
	formed, err := t.read(ctx, http.MethodGet, "book/session/reservationworkbench/"+bench, header, nil)
	if err != nil {
		return "", err
	}
	for _, f := range formed.ReservationResponse.Reservation.FormOfPayment {
		if f.ID == "formOfPayment_1" {
			return f.Identifier.Value, nil
		}
	}
	return "", errUnexpected
}

func (t *handTrip) issued(r *handReservation) error {
	for _, receipt := range r.Receipt {
		for _, d := range receipt.Document {
			if d.Type == "DocumentTicket" && d.Number != "" && d.Amount.CurrencyCode.Value == "USD" && d.Amount.Total.Equal(t.amount) {
				return nil
			}
		}
	}
	return errNotPaid
}
