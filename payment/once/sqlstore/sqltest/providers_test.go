package sqltest

import (
	"context"
	"net/http"
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

// access is what another process needs to pay one order at a simulator.
type access struct {
	URL, TokenURL    string
	User, Secret     string
	Client, Key      string // a second pair of credentials
	Application      string
	Order            string // "" makes one of every key
	Cart             string // what the order was made of
	Amount, Currency string
}

// request asks for the order under the key.
func (a access) request(p provider, key string) (payment.Request, error) {
	amount, err := payment.ParseMoney(a.Amount, a.Currency)
	req := payment.Request{Key: key, OrderID: a.Order, Amount: amount, Method: p.method}
	if a.Order == "" {
		req.OrderID = orderOf(key)
	}
	if p.details != nil {
		req.Details = p.details(a)
	}
	return req, err
}

// simulated is a provider's simulator with one order.
type simulated struct {
	access
	taken    func() int // money taken for the order
	requests func() int // payment requests that arrived
	// hold makes the next payment call arrived and then wait for release, before any money is taken.
	hold func(arrived func(), release <-chan struct{})
	idle func() // returns when no request is being worked on
	// later lets a day pass at the provider; nil where orders would lapse.
	later func()
	// approve is the customer who passes 3-D Secure; nil where a payment has one step.
	approve func()
}

// provider is one row of the table of providers that processes are killed at.
type provider struct {
	start  func(t testing.TB, key string) simulated
	client func(a access, transport *http.Transport) (payment.Payer, error)
	// details of every request; nil is none.
	details func(a access) payment.Details
	method  payment.Method // "" is the provider's usual one
	// call is how the request that moves the money begins.
	call string
	// marks: it records one before that request.
	marks bool
	// second is the second step, if there is one. It moves the money, so the process that is killed takes this step alone.
	second payment.Continuation
}

// simulator is what the simulators of all providers have in common.
type simulator interface {
	Close()
	Taken(order string) []payment.Money
	Count(route string) int
	WaitIdle(ctx context.Context) error
}

// watch is the part of simulated that is the same for all.
func watch(t testing.TB, srv simulator, route string, a access) simulated {
	t.Cleanup(srv.Close)
	return simulated{
		access:   a,
		taken:    func() int { return len(srv.Taken(a.Order)) },
		requests: func() int { return srv.Count(route) },
		idle: func() {
			if err := srv.WaitIdle(t.Context()); err != nil {
				t.Error(err)
			}
		},
	}
}

// providers is a function, because the processes of the tests look up their row in it too.
func providers() map[string]provider {
	return map[string]provider{
		"till": {
			start: startTill, call: "POST /take", marks: true,
			client: func(a access, tr *http.Transport) (payment.Payer, error) { return newTillPayer(a.URL, tr) },
		},
		"duffel": {
			start: startDuffel, call: "POST /air/payments",
			client: func(a access, tr *http.Transport) (payment.Payer, error) {
				return duffel.New(a.Secret, duffel.WithBaseURL(a.URL), duffel.WithTransport(tr))
			},
		},
		"etm": {
			start: startETM, call: "POST /api/air/orders/",
			client: func(a access, tr *http.Transport) (payment.Payer, error) {
				return etm.New(a.URL, etm.B2BLogin(a.User, a.Secret), etm.WithTransport(tr))
			},
		},
		"musement": {
			start: startMusement, call: "POST /payments/no/payment",
			client: newMusement,
		},
		"musement by card": {
			start: startMusementCard, call: "POST /payments/split/complete_3d_secure", marks: true,
			client: newMusement,
			details: func(a access) payment.Details {
				return musement.Details{CartUUID: a.Cart, AdyenToken: payment.NewSecret("made in the browser")}
			},
			method: musement.MethodSplit, second: musement.Continuation{},
		},
		"activeplatform": {
			start: startActivePlatform, call: "POST /api/vendor/v1/payments.json",
			client: func(a access, tr *http.Transport) (payment.Payer, error) {
				return activeplatform.New(a.URL, a.Secret, activeplatform.WithCurrency("USD"), activeplatform.WithTransport(tr))
			},
		},
		"travelport": {
			start: startTravelport, call: "POST /11/air/book/reservation/reservations/", marks: true,
			client: func(a access, tr *http.Transport) (payment.Payer, error) {
				return travelport.New(travelport.Credentials{Username: a.User, Password: payment.NewSecret(a.Secret),
					ClientID: a.Client, ClientSecret: payment.NewSecret(a.Key), PCC: a.Application},
					travelport.WithBaseURL(a.URL), travelport.WithTokenURL(a.TokenURL), travelport.WithTransport(tr))
			},
			details: func(access) payment.Details {
				return travelport.Details{Parts: []travelport.Part{{FormOfPayment: &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}}}}
			},
		},
	}
}

func startTill(t testing.TB, key string) simulated {
	s := newTill(t)
	return simulated{
		access: access{URL: s.srv.URL, Order: orderOf(key), Amount: "30.20", Currency: "GBP"},
		taken:  func() int { return s.count(key) }, requests: s.requests, idle: func() { s.idle(t) },
		hold: func(arrived func(), release <-chan struct{}) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.hold = func() { arrived(); <-release }
		},
	}
}

func startDuffel(t testing.TB, key string) simulated {
	srv := duffeltest.NewServer()
	order := srv.AddOrder(duffeltest.Order{ID: orderOf(key)})
	s := watch(t, srv, duffeltest.CreatePayment, access{URL: srv.URL, Secret: srv.Token, Order: order, Amount: "30.20", Currency: "GBP"})
	s.hold = func(arrived func(), release <-chan struct{}) {
		srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Arrived: arrived, Hold: release})
	}
	return s
}

func startETM(t testing.TB, _ string) simulated {
	srv := etmtest.NewServer()
	order := srv.AddOrder(etmtest.Order{})
	s := watch(t, srv, etmtest.OrderPayment, access{URL: srv.URL, User: srv.Login, Secret: srv.Password, Order: order, Amount: "221.92", Currency: "EUR"})
	s.hold = func(arrived func(), release <-chan struct{}) {
		srv.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Arrived: arrived, Hold: release})
	}
	return s
}

func newMusement(a access, tr *http.Transport) (payment.Payer, error) {
	return musement.New(musement.Credentials{Application: payment.NewSecret(a.Application), ClientID: a.User,
		ClientSecret: payment.NewSecret(a.Secret)}, musement.WithBaseURL(a.URL), musement.WithTransport(tr))
}

func startMusement(t testing.TB, _ string) simulated {
	return musementAt(t, musementtest.NewServer(), musementtest.NoPayment)
}

func startMusementCard(t testing.TB, _ string) simulated {
	srv := musementtest.NewServer()
	s := musementAt(t, srv, musementtest.Complete)
	s.approve = func() {
		if !srv.PassChallenge(s.Order) {
			t.Error("no challenge to pass")
		}
	}
	s.later = func() { srv.Advance(25 * time.Hour) }
	return s
}

// musementAt watches the route that takes the money.
func musementAt(t testing.TB, srv *musementtest.Server, route string) simulated {
	order := srv.AddOrder(musementtest.Order{})
	s := watch(t, srv, route, access{URL: srv.URL, User: srv.ClientID, Secret: srv.ClientSecret, Application: srv.Application,
		Order: order.UUID, Cart: order.CartUUID, Amount: order.Price.Amount(), Currency: order.Price.Currency()})
	s.hold = func(arrived func(), release <-chan struct{}) {
		srv.Fail(musementtest.Fault{Route: route, Arrived: arrived, Hold: release})
	}
	return s
}

func startActivePlatform(t testing.TB, _ string) simulated {
	srv := activeplatformtest.NewServer()
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	s := watch(t, srv, activeplatformtest.CreatePayment, access{URL: srv.URL, Secret: srv.Token, Order: account, Amount: "100.00", Currency: "USD"})
	s.hold = func(arrived func(), release <-chan struct{}) {
		srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.CreatePayment, Arrived: arrived, Hold: release})
	}
	return s
}

func startTravelport(t testing.TB, _ string) simulated {
	srv := travelporttest.NewServer()
	locator := srv.AddReservation(travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: money(t, "250.01", "USD")}}})
	s := watch(t, srv, travelporttest.Commit, access{URL: srv.BaseURL, TokenURL: srv.TokenURL, User: srv.Username, Secret: srv.Password,
		Client: srv.ClientID, Key: srv.ClientSecret, Application: srv.PCC, Order: locator, Amount: "250.01", Currency: "USD"})
	s.hold = func(arrived func(), release <-chan struct{}) {
		srv.Fail(travelporttest.Fault{Route: travelporttest.Commit, Arrived: arrived, Hold: release})
	}
	s.later = func() { srv.Advance(25 * time.Hour) }
	return s
}
