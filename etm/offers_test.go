package etm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestSearchBody compares the bytes of a search with ETM's example.
func TestSearchBody(t *testing.T) {
	s := serve(t, map[string]answer{"POST /api/air/search": {body: fixture(t, "search.json")}})
	got, err := s.client(t).Search(t.Context(), SearchRequest{
		Directions: []SearchDirection{{DepartureCode: "MOW", ArrivalCode: "AYT", Date: "2025-09-01", Number: 1}},
		Adults:     1, Class: "Y", FareTypes: []string{"economy"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{compact(t, fixture(t, "search-request.json"))}, s.bodies); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	want := SearchResponse{Status: "ok", RequestID: "abc123", Currency: "EUR", Raw: []byte(fixture(t, "search.json"))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
}

// TestBooking goes the documented way from the search to the services, against the simulator.
func TestBooking(t *testing.T) {
	srv, c := simulate(t, nil)
	ctx := t.Context()
	found, err := c.Search(ctx, SearchRequest{Directions: []SearchDirection{{DepartureCode: "BER", ArrivalCode: "WAW", Date: "2024-11-22"}}, Adults: 1})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := c.WaitOffers(ctx, string(found.RequestID), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	wantOffers := Offers{
		Status: OffersReady, RequestID: "sim-1", Currency: "EUR", ServerTimeZone: "Europe/Moscow", AvailableCurrencies: []string{"EUR", "RUB"},
		Groups: []OfferGroup{{CarrierCode: "LO", CarrierName: "LOT", MinPrice: "221.92000000000002", Offers: []Offer{{
			MinPrice: "221.92000000000002", Segments: []OfferSegment{{
				SegmentID: "1", BuyID: "2275014016", Direction: "1", FlightNumber: "LO-388", DepartureAirport: "BER",
				ArrivalAirport: "WAW", Price: "221.92000000000002",
			}},
		}}}},
	}
	if diff := cmp.Diff(wantOffers, offers, cmpopts.IgnoreFields(Offers{}, "Raw")); diff != "" {
		t.Errorf("offers (-want +got):\n%s", diff)
	}
	buyID := string(offers.Groups[0].Offers[0].Segments[0].BuyID)

	smart, err := c.GetSmartOffers(ctx, buyID)
	if err != nil {
		t.Fatal(err)
	}
	wantSmart := SmartOffers{Status: "ok", Offers: []SmartOffer{{
		BuyID: "2275014017", Price: "240.5", Currency: "EUR", Type: "FF", BaseTotal: "200", TaxTotal: "40.5", Fee: "0", Comm: "0",
		PriceDetails: []PriceDetail{{
			PassengerType: "ADT", Quantity: "1", Base: "200.00", BaseAmount: "200", Tax: "40.50", TaxAmount: "40.5",
			TaxDetails: []TaxDetail{{"YQ", "40.5", "EUR"}}, Fee: "0.00", FeeAmount: "0", Single: "240.50", SingleAmount: "240.5",
			Total: "240.50", TotalAmount: "240.5", BaseTotal: "200", FeeTotal: "0", TaxTotal: "40.5",
		}},
		Legs: []SmartLeg{{"FLEX", []SmartSegment{{"1PC", "YFLEX", "Y", "E"}}}},
	}}}
	if diff := cmp.Diff(wantSmart, smart, cmpopts.IgnoreFields(SmartOffers{}, "Raw")); diff != "" {
		t.Errorf("smart offers (-want +got):\n%s", diff)
	}

	if raw, err := c.GetDocumentTypes(ctx, "DE", "7"); err != nil || len(raw) == 0 {
		t.Errorf("document types %s, %v", raw, err)
	}
	if q := srv.Requests(etmtest.DocumentTypes)[0].URL.RawQuery; q != "locale=DE&pid=7" {
		t.Errorf("document types of %s", q)
	}

	available, err := c.CheckAvailability(ctx, buyID)
	if err != nil || !available.Availability || available.CheckIn == nil || available.CheckIn.GDSID != "108" || !available.CheckIn.SeatSelectionRequired {
		t.Errorf("availability %+v, %v", available, err)
	}
	if _, err := c.CheckAvailability(ctx, buyID); payment.OutcomeOf(err) != payment.Unknown || !strings.Contains(err.Error(), "already allocated") {
		t.Errorf("a second time: %v", err)
	}

	services, err := c.GetAvailableServices(ctx, string(found.RequestID), buyID)
	if err != nil {
		t.Fatal(err)
	}
	if r := srv.Requests(etmtest.AdditionalServices)[0].URL.RequestURI(); r != "/api/air/offers/sim-1/additional-services?segment=2275014016" {
		t.Errorf("services of %s", r)
	}
	bag := services.Directions[0].Baggage.Checked.List[0]
	price, err := bag.Money()
	if err != nil || price.String() != "35.00 EUR" || bag.MaxQuantity != "1" || len(services.Directions[0].Legs[0].Services) != 1 {
		t.Errorf("bag %+v costs %v, %v", bag, price, err)
	}
}

// TestRecordedAnswers: the documents' answers are what the simulator says too.
func TestRecordedAnswers(t *testing.T) {
	s := serve(t, map[string]answer{
		"GET /api/air/offers/1/availability": {body: fixture(t, "availability.json")},
	})
	_, sim := simulate(t, nil)
	recorded, err := s.client(t).CheckAvailability(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := sim.CheckAvailability(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	ignore := cmp.Options{cmpopts.IgnoreFields(Availability{}, "Raw"), cmpopts.IgnoreFields(CheckInDetails{}, "RegistrationType")}
	if diff := cmp.Diff(recorded, simulated, ignore); diff != "" {
		t.Errorf("availability (-recorded +simulated):\n%s", diff)
	}
}

// polled answers polls in memory, so that a test can run on fake time.
type polled struct {
	polls int
	say   func(n int) string
}

func (p *polled) RoundTrip(r *http.Request) (*http.Response, error) {
	p.polls++
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(p.say(p.polls))), Request: r}, nil
}

func TestWaitOffers(t *testing.T) {
	for _, tt := range []struct {
		name  string
		say   func(n int) string
		polls int
		is    error // nil: they are ready
	}{
		{"ready at once", func(int) string { return `{"status":"Ready","offers":[]}` }, 1, nil},
		{"ready in another case", func(int) string { return `{"status":"READY"}` }, 1, nil},
		{"ready later", func(n int) string {
			return `{"status":"` + map[bool]string{true: "ready", false: "inProcess"}[n == 4] + `"}`
		}, 4, nil},
		{"never", func(int) string { return `{"status":"InProcess"}` }, 7, context.DeadlineExceeded},
		{"an unknown word", func(int) string { return `{"status":"Soon"}` }, 7, context.DeadlineExceeded},
		{"failed", func(int) string { return `{"status":"error","message":"x"}` }, 1, errAny},
		{"no status", func(int) string { return `{}` }, 1, errNoStatus},
		{"not JSON", func(int) string { return `x` }, 1, errNotObject},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &polled{say: tt.say}
				c := newTestClient(t, StageURL, fixed{testSession()}, WithRoundTripper(p))
				start := time.Now()
				got, err := c.WaitOffers(t.Context(), "abc123", 10*time.Second)
				if p.polls != tt.polls || time.Since(start) > 10*time.Second {
					t.Errorf("%d polls in %v, want %d", p.polls, time.Since(start), tt.polls)
				}
				if (err == nil) != (tt.is == nil) || tt.is != nil && tt.is != errAny && !errors.Is(err, tt.is) {
					t.Errorf("%+v, %v, want %v", got, err, tt.is)
				}
				if err != nil && payment.OutcomeOf(err) != payment.Unknown {
					t.Errorf("outcome %v", payment.OutcomeOf(err))
				}
			})
		})
	}
}

// errAny stands for an error that has no name.
var errAny = errors.New("any error")

func TestWaitOffersStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &polled{say: func(int) string { return `{"status":"InProcess","currency":"EUR"}` }}
		c := newTestClient(t, StageURL, fixed{testSession()}, WithRoundTripper(p))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		got, err := c.WaitOffers(ctx, "abc123", time.Hour)
		if !errors.Is(err, context.DeadlineExceeded) || got.Currency != "EUR" || p.polls != 2 {
			t.Errorf("%+v, %v after %d polls", got, err, p.polls)
		}
	})
}

// TestReadFails: whatever comes back, a typed read ends in an error that is Unknown, or in a value.
func TestReadFails(t *testing.T) {
	for _, body := range []string{``, `null`, `[]`, `{`, `<html>`, `{"status":"error","message":"x"}`, `{"status":"Error"}`} {
		c := newTestClient(t, StageURL, fixed{testSession()}, WithRoundTripper(&polled{say: func(int) string { return body }}))
		ctx := t.Context()
		for name, read := range map[string]func() error{
			"Search": func() error {
				_, err := c.Search(ctx, SearchRequest{Directions: []SearchDirection{{}}})
				return err
			},
			"GetOffers":            func() error { _, err := c.GetOffers(ctx, "1"); return err },
			"GetSmartOffers":       func() error { _, err := c.GetSmartOffers(ctx, "1"); return err },
			"CheckAvailability":    func() error { _, err := c.CheckAvailability(ctx, "1"); return err },
			"GetAvailableServices": func() error { _, err := c.GetAvailableServices(ctx, "1", "2"); return err },
			"GetOrder":             func() error { _, err := c.GetOrder(ctx, "1"); return err },
			"ListOrders":           func() error { _, err := c.ListOrders(ctx, nil); return err },
		} {
			if err := read(); err == nil || payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%s of %q: %v", name, body, err)
			}
		}
	}
}

// TestReadsRefuse: an id that is none is not sent.
func TestReadsRefuse(t *testing.T) {
	s := serve(t, nil)
	c := s.client(t)
	ctx := t.Context()
	for _, bad := range []string{"", "..", "1/2", "a b", "x?y", strings.Repeat("1", 201)} {
		for name, read := range map[string]func() error{
			"GetOffers":            func() error { _, err := c.GetOffers(ctx, bad); return err },
			"WaitOffers":           func() error { _, err := c.WaitOffers(ctx, bad, time.Second); return err },
			"GetSmartOffers":       func() error { _, err := c.GetSmartOffers(ctx, bad); return err },
			"CheckAvailability":    func() error { _, err := c.CheckAvailability(ctx, bad); return err },
			"GetAvailableServices": func() error { _, err := c.GetAvailableServices(ctx, "1", bad); return err },
			"GetDocumentTypes":     func() error { _, err := c.GetDocumentTypes(ctx, "EN", bad); return err },
			"GetOrder":             func() error { _, err := c.GetOrder(ctx, bad); return err },
		} {
			if err := read(); !errors.Is(err, payment.ErrInvalidRequest) {
				t.Errorf("%s of %q: %v", name, bad, err)
			}
		}
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
	if _, err := c.WaitOffers(ctx, "1", 0); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("no limit: %v", err)
	}
}
