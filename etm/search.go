package etm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// SearchRequest asks for flights: one direction for a single flight, two for a round trip. Members of ETM's that are not
// here are in no public page: who needs them calls [Client.Do].
type SearchRequest struct {
	Directions []SearchDirection `json:"directions"`
	Adults     int               `json:"adult_qnt"`
	Children   int               `json:"child_qnt"`
	Infants    int               `json:"infant_qnt"`
	// Class is the class of service; "Y" in ETM's example.
	Class string `json:"class,omitempty"`
	// FareTypes is {"economy"} in ETM's example.
	FareTypes []string `json:"fare_types,omitempty"`
}

// SearchDirection is one way of a journey.
type SearchDirection struct {
	DepartureCode string `json:"departure_code"` // IATA code of a city or an airport
	ArrivalCode   string `json:"arrival_code"`
	Date          string `json:"date"`                 // "2025-09-01"
	Number        int    `json:"dir_number,omitempty"` // from 1
}

// SearchResponse is the answer to a search; the offers follow under its RequestID.
type SearchResponse struct {
	Status    string `json:"status"`
	RequestID Text   `json:"request_id"`
	Currency  string `json:"currency"`
	IsRound   bool   `json:"is_round"`
	IsMulti   bool   `json:"is_multy"` // spelled so
	// Raw is the answer as it came.
	Raw json.RawMessage `json:"-"`
}

// errNoRequestID is an answer to a search that leads nowhere.
var errNoRequestID = errors.New("no request_id in the answer")

// Search starts a search (POST /api/air/search). It may be repeated; each one makes a search of its own. Its errors have
// outcome Unknown, as those of every read.
func (c *Client) Search(ctx context.Context, req SearchRequest) (SearchResponse, error) {
	if len(req.Directions) == 0 {
		return SearchResponse{}, unasked(payment.InvalidField("Directions", "missing"), "Search")
	}
	body, err := json.Marshal(req)
	if err != nil {
		return SearchResponse{}, unasked(payment.InvalidField("Directions", "cannot be written as JSON"), "Search")
	}
	var resp SearchResponse
	_, err = c.do(ctx, call.Operation{
		Kind: call.Read, Name: "Search", Method: http.MethodPost, Route: "/api/air/search",
		Path: []string{"api", "air", "search"}, Body: body,
	}, func(a *call.Answer) error {
		if err := c.checkEnvelope(a); err != nil {
			return err
		}
		resp.Raw = a.Body
		if err := wire.UnmarshalLenient(a.Body, &resp); err != nil {
			return err
		}
		if resp.RequestID == "" {
			return errNoRequestID
		}
		return nil
	})
	if err != nil {
		return SearchResponse{}, err
	}
	return resp, nil
}
