package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// DuffelURL is Duffel's address; the token decides between test and live mode.
const DuffelURL = "https://api.duffel.com"

// Offer is an offer that can be held, and the id of its one passenger.
type Offer struct {
	ID, PassengerID string
}

// duffelAirways is Duffel's own airline of the test mode. Those of others promise nothing.
const duffelAirways = "ZZ"

// DuffelOffer searches for an offer of Duffel Airways that can be held. All of its offers from JFK
// to EWR can.
func DuffelOffer(ctx context.Context, gate *Gate, baseURL, token string) (Offer, error) {
	calls, err := call.New(call.Config{
		Provider:     "duffel",
		BaseURL:      baseURL,
		Header:       http.Header{"Accept": {"application/json"}, "Duffel-Version": {"v2"}},
		Bearer:       payment.NewSecret(token),
		Middleware:   []func(http.RoundTripper) http.RoundTripper{gate.Wrap},
		WriteTimeout: 2 * time.Minute,
	})
	if err != nil {
		return Offer{}, err
	}
	defer calls.CloseIdleConnections()
	body, err := json.Marshal(map[string]any{"data": map[string]any{
		"slices":      []any{map[string]string{"origin": "JFK", "destination": "EWR", "departure_date": time.Now().AddDate(0, 2, 0).Format(time.DateOnly)}},
		"passengers":  []any{map[string]string{"type": "adult"}},
		"cabin_class": "economy",
	}})
	if err != nil {
		return Offer{}, err
	}
	var answer struct {
		Data struct {
			LiveMode bool `json:"live_mode"`
			Offers   []struct {
				ID    string `json:"id"`
				Owner struct {
					IATACode string `json:"iata_code"`
				} `json:"owner"`
				PaymentRequirements struct {
					RequiresInstantPayment *bool `json:"requires_instant_payment"`
				} `json:"payment_requirements"`
				Passengers []struct {
					ID string `json:"id"`
				} `json:"passengers"`
			} `json:"offers"`
		} `json:"data"`
	}
	_, err = calls.Do(ctx, call.Operation{
		Kind: call.Write, Name: "CreateOfferRequest", Method: http.MethodPost, Route: "/air/offer_requests",
		Path: []string{"air", "offer_requests"}, Body: body,
	}, func(a *call.Answer) error { return json.Unmarshal(a.Body, &answer) })
	if err != nil {
		return Offer{}, err
	}
	if answer.Data.LiveMode {
		return Offer{}, errors.New("refused: Duffel answers in live mode")
	}
	for _, o := range answer.Data.Offers {
		instant := o.PaymentRequirements.RequiresInstantPayment
		if o.Owner.IATACode == duffelAirways && len(o.Passengers) == 1 && instant != nil && !*instant {
			return Offer{ID: o.ID, PassengerID: o.Passengers[0].ID}, nil
		}
	}
	return Offer{}, fmt.Errorf("none of %d offers is one of Duffel Airways that can be held", len(answer.Data.Offers))
}
