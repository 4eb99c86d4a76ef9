package house

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
	"github.com/supplierpay/supplierpay-go/travelport"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// observed is a client with two observers and an app's info, and a simulator that counts its
// requests.
type observed struct {
	payer    payment.Payer
	req      payment.Request
	requests func(route string) []*http.Request
	// login is how the path of a login ends, "" where there is none.
	login string
	// ids: the provider gives each answer an id.
	ids bool
	// calls are those of a payment in order: operation, method, route, status, whether it writes,
	// whether its body is to be had.
	calls []string
}

// TestObserve: observers and the caller are told of every call of a payment, in order, a login
// first and without its answer. The caller's header goes with every call but the login.
func TestObserve(t *testing.T) {
	for name, client := range map[string]func(t *testing.T, first, second httpcall.Observer) observed{
		"etm": observedETM, "travelport": observedTravelport, "musement": observedMusement,
		"activeplatform": observedActivePlatform, "duffel": observedDuffel,
	} {
		t.Run(name, func(t *testing.T) {
			var begun, ended, told []string
			line := func(r httpcall.Result) string {
				return fmt.Sprint(r.Operation, " ", r.Method, " ", r.Route, " ", r.Status, " ", r.Write, " ", len(r.Body()) > 0)
			}
			twice := 0
			o := client(t, func(ctx context.Context, call httpcall.Call) (context.Context, func(httpcall.Result)) {
				begun = append(begun, call.Operation)
				return ctx, func(r httpcall.Result) { ended = append(ended, line(r)) }
			}, func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) {
				twice++
				return ctx, nil
			})
			_, err := o.payer.Pay(httpcall.With(t.Context(), httpcall.Options{
				Header: http.Header{"X-Trace": {"t1"}},
				OnResult: func(r httpcall.Result) {
					told = append(told, line(r))
					if r.Provider != name || r.Err != nil || r.Tries != 1 || r.Duration <= 0 || o.ids && r.RequestID == "" {
						t.Errorf("%+v", r)
					}
				},
			}), o.req)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(o.calls, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(o.calls, ended); diff != "" || twice != len(o.calls) {
				t.Errorf("%d calls observed by the second, the first (-want +got):\n%s", twice, diff)
			}
			var want []string
			for _, call := range o.calls {
				operation, _, _ := strings.Cut(call, " ")
				want = append(want, operation)
			}
			if o.login != "" { // it begins inside of the call that needs it
				want[0], want[1] = want[1], want[0]
			}
			if diff := cmp.Diff(want, begun); diff != "" {
				t.Errorf("begun (-want +got):\n%s", diff)
			}
			o.checkRequests(t, name)
		})
	}
}

// checkRequests looks at the headers that arrived.
func (o *observed) checkRequests(t *testing.T, name string) {
	t.Helper()
	agent := regexp.MustCompile(`^supplierpay-go/\S+ \(` + name + `\) shop/1\.2$`)
	requests := o.requests("")
	if len(requests) != len(o.calls) {
		t.Errorf("%d requests, want %d", len(requests), len(o.calls))
	}
	for _, r := range requests {
		if !agent.MatchString(r.UserAgent()) {
			t.Errorf("%s: User-Agent %q", r.URL.Path, r.UserAgent())
		}
		want := []string{"t1"}
		if o.login != "" && strings.HasSuffix(r.URL.Path, o.login) {
			want = nil
		}
		if got := r.Header["X-Trace"]; !slices.Equal(got, want) {
			t.Errorf("%s: header %q, want %q", r.URL.Path, got, want)
		}
	}
}

func observedETM(t *testing.T, first, second httpcall.Observer) observed {
	srv := etmtest.NewServer()
	t.Cleanup(srv.Close)
	c := must(etm.New(srv.URL, etm.B2BLogin(srv.Login, srv.Password),
		etm.WithObserver(first), etm.WithObserver(second), etm.WithAppInfo("shop", "1.2")))
	t.Cleanup(c.CloseIdleConnections)
	return observed{
		payer:    c,
		req:      payment.Request{Key: "k1", OrderID: srv.AddOrder(etmtest.Order{}), Amount: money("221.92", "EUR")},
		requests: srv.Requests,
		login:    "/login",
		calls: []string{
			"Login POST Login 200 false false",
			"GetOrder GET /api/air/orders/{order_id} 200 false true",
			"CreatePayment POST /api/air/orders/{order_id}/payment 200 true true",
		},
	}
}

func observedTravelport(t *testing.T, first, second httpcall.Observer) observed {
	srv := travelporttest.NewServer()
	t.Cleanup(srv.Close)
	c := must(travelport.New(travelport.Credentials{
		Username: srv.Username, Password: payment.NewSecret(srv.Password), ClientID: srv.ClientID,
		ClientSecret: payment.NewSecret(srv.ClientSecret), AccessGroup: srv.AccessGroup,
	}, travelport.WithBaseURL(srv.BaseURL), travelport.WithTokenURL(srv.TokenURL), travelport.WithTransport(srv.Transport()),
		travelport.WithObserver(first), travelport.WithObserver(second), travelport.WithAppInfo("shop", "1.2")))
	t.Cleanup(c.CloseIdleConnections)
	total := money("300.01", "USD")
	locator := srv.AddReservation(travelporttest.Reservation{Offers: []travelporttest.Offer{{Price: total}}, Travelers: 2})
	cash := &travelport.FormOfPayment{Type: travelport.FormOfPaymentCash}
	return observed{
		payer: c,
		req: payment.Request{Key: "k1", OrderID: locator, Amount: total,
			Details: travelport.Details{Parts: []travelport.Part{{FormOfPayment: cash}}}},
		requests: srv.Requests,
		login:    "/token",
		calls: []string{
			"Login POST {token URL} 200 false false",
			"GetReservation GET /air/book/reservation/reservations/{identifier} 200 false true",
			"WorkbenchFromLocator POST /air/book/session/reservationworkbench/buildfromlocator 200 true true",
			"AddFormOfPayment POST /air/payment/reservationworkbench/{workbenchID}/formofpayment 201 true true",
			"RetrieveWorkbench GET /air/book/session/reservationworkbench/{workbenchID} 200 false true",
			"AddPayment POST /air/paymentoffer/reservationworkbench/{workbenchID}/payments 201 true true",
			"RetrieveWorkbench GET /air/book/session/reservationworkbench/{workbenchID} 200 false true",
			"Commit POST /air/book/reservation/reservations/{workbenchID} 200 true true",
			"GetReservation GET /air/book/reservation/reservations/{identifier} 200 false true",
		},
	}
}

func observedMusement(t *testing.T, first, second httpcall.Observer) observed {
	srv := musementtest.NewServer()
	t.Cleanup(srv.Close)
	c := must(musement.New(musement.Credentials{
		Application: payment.NewSecret(srv.Application), ClientID: srv.ClientID, ClientSecret: payment.NewSecret(srv.ClientSecret),
	}, musement.WithBaseURL(srv.URL), musement.WithObserver(first), musement.WithObserver(second), musement.WithAppInfo("shop", "1.2")))
	t.Cleanup(c.CloseIdleConnections)
	order := srv.AddOrder(musementtest.Order{Price: money("10", "USD")})
	return observed{
		payer: c,
		req: payment.Request{Key: "k1", OrderID: order.UUID, Amount: order.Price,
			Details: musement.Details{CartUUID: order.CartUUID}},
		requests: srv.Requests,
		login:    "/login",
		calls: []string{
			"Login POST /login 200 false false",
			"GetOrder GET /orders/{order} 200 false true",
			"GetOrderInfo GET /carts/{cart}/order-info 200 false true",
			"PayWithoutCollecting POST /payments/no/payment 200 true true",
		},
	}
}

func observedActivePlatform(t *testing.T, first, second httpcall.Observer) observed {
	srv := activeplatformtest.NewServer()
	t.Cleanup(srv.Close)
	c := must(activeplatform.New(srv.URL, srv.Token, activeplatform.WithCurrency("USD"), activeplatform.WithObserver(first),
		activeplatform.WithObserver(second), activeplatform.WithAppInfo("shop", "1.2")))
	t.Cleanup(c.CloseIdleConnections)
	return observed{
		payer: c,
		req: payment.Request{Key: "k1", OrderID: srv.AddAccount(activeplatformtest.Account{AutoComplete: true}),
			Amount: money("100", "USD"), Description: "Cash"},
		requests: srv.Requests,
		calls:    []string{"CreatePayment POST /api/vendor/v1/payments.json 201 true true"},
	}
}

func observedDuffel(t *testing.T, first, second httpcall.Observer) observed {
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	c := must(duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithVerifyOrder(),
		duffel.WithObserver(first), duffel.WithObserver(second), duffel.WithAppInfo("shop", "1.2")))
	t.Cleanup(c.CloseIdleConnections)
	return observed{
		payer:    c,
		req:      payment.Request{Key: "k1", OrderID: srv.AddOrder(duffeltest.Order{}), Amount: money("30.20", "GBP")},
		requests: srv.Requests,
		ids:      true,
		calls: []string{
			"GetOrder GET /air/orders/{id} 200 false true",
			"CreatePayment POST /air/payments 201 true true",
		},
	}
}
