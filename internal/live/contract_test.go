package live

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

func money(t *testing.T, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ours opens a gate to a simulator.
func ours(t *testing.T, addresses ...string) *Gate {
	t.Helper()
	gate, err := OpenGate("127.0.0.1", addresses...)
	if err != nil {
		t.Fatal(err)
	}
	return gate
}

func contract(t *testing.T, payer payment.Payer, gate *Gate) Contract {
	return Contract{Payer: payer, Gate: gate, Log: t.Logf, Pause: time.Millisecond, Patience: time.Minute}
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// system is a provider's simulator with an order, and two clients: a good one, and one with made-up
// credentials.
type system struct {
	payer         payment.Payer
	check, madeUp func(context.Context) error
	gate          *Gate
	req           payment.Request
	taken         func(orderID string) []payment.Money
	want          int // payments in the ledger
}

// TestContractOnSimulators runs for each provider what its live tests run.
func TestContractOnSimulators(t *testing.T) {
	for name, open := range map[string]func(*testing.T) system{
		"duffel": openDuffel, "etm": openETM, "travelport": openTravelport, "musement": openMusement,
		"activeplatform": openActivePlatform,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.req.Key = NewKey()
			c := contract(t, s.payer, s.gate)
			if err := c.Credentials(t.Context(), s.check, s.madeUp); err != nil {
				t.Error(err)
			}
			if err := c.Lookup(t.Context(), s.req); err != nil {
				t.Error(err)
			}
			if err := c.Pay(t.Context(), s.req); err != nil {
				t.Error(err)
			}
			if got := len(s.taken(s.req.OrderID)); got != s.want {
				t.Errorf("the ledger has %d payments, want %d", got, s.want)
			}
		})
	}
}

func openDuffel(t *testing.T) system {
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	gate := ours(t, srv.URL)
	client := func(token string) *duffel.Client {
		c := must[*duffel.Client](t)(duffel.New(token, duffel.WithBaseURL(srv.URL), duffel.WithMiddleware(gate.Wrap)))
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	good := client(srv.Token)
	price := money(t, "30.20", "GBP")
	req := payment.Request{OrderID: srv.AddOrder(duffeltest.Order{Price: price}), Amount: price}
	return system{good, good.Check, client("duffel_test_made_up").Check, gate, req, srv.Taken, 1}
}

func openETM(t *testing.T) system {
	srv := etmtest.NewServer()
	t.Cleanup(srv.Close)
	gate := ours(t, srv.URL)
	client := func(login, password string) *etm.Client {
		c := must[*etm.Client](t)(etm.New(srv.URL, etm.B2BLogin(login, password), etm.WithMiddleware(gate.Wrap)))
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	good := client(srv.Login, srv.Password)
	price := money(t, "132.5", "EUR")
	req := payment.Request{OrderID: srv.AddOrder(etmtest.Order{Price: price}), Amount: price}
	return system{good, good.Check, client("nobody@example.com", "made up").Check, gate, req, srv.Taken, 1}
}

func openTravelport(t *testing.T) system {
	srv := travelporttest.NewServer()
	t.Cleanup(srv.Close)
	gate := ours(t, srv.BaseURL, srv.TokenURL)
	client := func(user, password, id, secret string) *travelport.Client {
		c := must[*travelport.Client](t)(travelport.New(travelport.Credentials{
			Username: user, Password: payment.NewSecret(password), ClientID: id, ClientSecret: payment.NewSecret(secret),
			AccessGroup: srv.AccessGroup,
		}, travelport.WithBaseURL(srv.BaseURL), travelport.WithTokenURL(srv.TokenURL), travelport.WithMiddleware(gate.Wrap)))
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	good := client(srv.Username, srv.Password, srv.ClientID, srv.ClientSecret)
	price := money(t, "2773.50", "USD")
	locator := srv.AddReservation(travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: price}}})
	req := payment.Request{OrderID: locator, Amount: price, Details: travelport.Details{
		Parts: []travelport.Part{{FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}}},
	}}
	return system{good, good.Check, client("nobody", "made up", "nobody", "made up").Check, gate, req, srv.Taken, 1}
}

func openMusement(t *testing.T) system {
	srv := musementtest.NewServer()
	t.Cleanup(srv.Close)
	gate := ours(t, srv.URL)
	client := func(id, secret string) *musement.Client {
		c := must[*musement.Client](t)(musement.New(musement.Credentials{
			Application: payment.NewSecret(srv.Application), ClientID: id, ClientSecret: payment.NewSecret(secret),
		}, musement.WithBaseURL(srv.URL), musement.WithMiddleware(gate.Wrap)))
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	good := client(srv.ClientID, srv.ClientSecret)
	o := srv.AddOrder(musementtest.Order{Price: money(t, "10.00", "USD")})
	req := payment.Request{OrderID: o.UUID, Amount: o.Price, Details: musement.Details{CartUUID: o.CartUUID}}
	return system{good, good.Check, client("nobody", "made-up").Check, gate, req, srv.Taken, 1}
}

// openActivePlatform has an account whose payments wait for somebody.
func openActivePlatform(t *testing.T) system {
	srv := activeplatformtest.NewServer()
	t.Cleanup(srv.Close)
	gate := ours(t, srv.URL)
	client := func(token string) *activeplatform.Client {
		c := must[*activeplatform.Client](t)(activeplatform.New(srv.URL, token, activeplatform.WithCurrency("USD"),
			activeplatform.WithMiddleware(gate.Wrap)))
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	good := client(srv.Token)
	req := payment.Request{OrderID: srv.AddAccount(activeplatformtest.Account{}), Amount: money(t, "1", "USD")}
	return system{good, good.Check, client("made-up").Check, gate, req, srv.Taken, 0}
}

// searchable is a simulated Duffel that also answers searches, with the offers given as JSON.
func searchable(t *testing.T, srv *duffeltest.Server, liveMode bool, offers string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", srv.Handler())
	mux.HandleFunc("POST /air/offer_requests", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		date := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
		want := `{"data":{"cabin_class":"economy","passengers":[{"type":"adult"}],` +
			`"slices":[{"departure_date":"` + date + `","destination":"EWR","origin":"JFK"}]}}`
		if string(body) != want || r.Header.Get("Authorization") != "Bearer "+srv.Token || r.Header.Get("Duffel-Version") != "v2" {
			t.Errorf("search %s, header %v", body, r.Header)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"id": "orq_1", "live_mode": liveMode, "offers": json.RawMessage(offers)}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// TestDuffelFlow searches, holds and pays, and pays once more with the answer thrown away.
func TestDuffelFlow(t *testing.T) {
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	base := searchable(t, srv, false, `[
		{"id":"off_other","owner":{"iata_code":"BA"},"payment_requirements":{"requires_instant_payment":false},"passengers":[{"id":"pas_1"}]},
		{"id":"off_instant","owner":{"iata_code":"ZZ"},"payment_requirements":{"requires_instant_payment":true},"passengers":[{"id":"pas_2"}]},
		{"id":"off_silent","owner":{"iata_code":"ZZ"},"payment_requirements":null,"passengers":[{"id":"pas_3"}]},
		{"id":"off_good","owner":{"iata_code":"ZZ"},"payment_requirements":{"requires_instant_payment":false},"passengers":[{"id":"pas_4"}]}]`)
	gate := ours(t, base)
	client := must[*duffel.Client](t)(duffel.New(srv.Token, duffel.WithBaseURL(base), duffel.WithMiddleware(gate.Wrap)))
	t.Cleanup(client.CloseIdleConnections)
	offer := must[Offer](t)(DuffelOffer(t.Context(), gate, base, srv.Token))
	if want := (Offer{ID: "off_good", PassengerID: "pas_4"}); offer != want {
		t.Fatalf("offer %+v, want %+v", offer, want)
	}
	c := contract(t, client, gate)
	id := srv.AddOrder(duffeltest.Order{Price: money(t, "30.20", "GBP")})
	if err := c.PayUnheard(t.Context(), payment.Request{Key: NewKey(), OrderID: id, Amount: money(t, "30.20", "GBP")}); err != nil {
		t.Error(err)
	}
	if got := len(srv.Taken(id)); got != 1 {
		t.Errorf("the ledger has %d payments, want 1", got)
	}
}

func TestDuffelOfferRefusals(t *testing.T) {
	for _, tc := range []struct {
		name     string
		liveMode bool
		offers   string
		want     string
	}{
		{"live mode", true, `[{"id":"off_1","owner":{"iata_code":"ZZ"},"payment_requirements":{"requires_instant_payment":false},"passengers":[{"id":"pas_1"}]}]`, "live mode"},
		{"no offer", false, `[]`, "none of 0 offers"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := duffeltest.NewServer()
			t.Cleanup(srv.Close)
			base := searchable(t, srv, tc.liveMode, tc.offers)
			if _, err := DuffelOffer(t.Context(), ours(t, base), base, srv.Token); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	answer := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	rejected := &payment.Error{Kind: payment.ErrUnauthenticated}
	c := contract(t, nil, nil)
	for _, tc := range []struct {
		name         string
		good, madeUp error
		ok           bool
	}{
		{"as it should be", nil, rejected, true},
		{"good ones rejected", rejected, rejected, false},
		{"made-up ones accepted", nil, nil, false},
		{"made-up ones fail for another reason", nil, errors.New("no route"), false},
	} {
		if err := c.Credentials(t.Context(), answer(tc.good), answer(tc.madeUp)); (err == nil) != tc.ok {
			t.Errorf("%s: %v", tc.name, err)
		}
	}
}
