package musementtest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// caller is a plain HTTP client of a simulator, logged in.
type caller struct {
	*musementtest.Server
	http  *http.Client
	token string
}

func newServer(t *testing.T, opts ...musementtest.Option) *caller {
	t.Helper()
	srv := musementtest.NewServer(opts...)
	tr := srv.Transport()
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	c := &caller{Server: srv, http: &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
	c.login(t)
	return c
}

func (c *caller) login(t *testing.T) {
	t.Helper()
	got := c.do(t.Context(), t, "POST", "/login", fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"grant_type":"client_credentials"}`, c.ClientID, c.ClientSecret))
	var w struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		TokenType   string `json:"token_type"`
	}
	if err := json.Unmarshal([]byte(got.Body), &w); err != nil || w.AccessToken == "" || w.ExpiresIn != 3600 || w.TokenType != "bearer" {
		t.Fatalf("login: %+v", got)
	}
	c.token = w.AccessToken
}

type reply struct {
	Status int
	Body   string
	header http.Header
	err    error
}

// do calls with all the headers that Musement wants; edit may spoil them.
func (c *caller) do(ctx context.Context, t *testing.T, method, path, body string, edit ...func(h http.Header)) reply {
	t.Helper()
	url := c.URL + path
	if strings.HasPrefix(path, "http") {
		url = path
	}
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("X-Musement-Application", c.Application)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edit {
		e(req.Header)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Body: string(got), header: resp.Header, err: err}
}

func (c *caller) pay(t *testing.T, o musementtest.Order) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", "/payments/no/payment", fmt.Sprintf(`{"uuid":%q}`, o.UUID))
}

func (c *caller) start(t *testing.T, o musementtest.Order) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", "/payments/split/payment",
		fmt.Sprintf(`{"order_uuid":%q,"adyen_token":"a","redirect_url_success_3d_secure":"https://shop.example/back"}`, o.UUID))
}

func (c *caller) complete(t *testing.T, o musementtest.Order, intent string) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", "/payments/split/complete_3d_secure",
		fmt.Sprintf(`{"order_uuid":%q,"payment_intent_id":%q}`, o.UUID, intent))
}

// state is "paid status" of order-info.
func (c *caller) state(t *testing.T, o musementtest.Order) string {
	t.Helper()
	got := c.do(t.Context(), t, "GET", "/carts/"+o.CartUUID+"/order-info", "")
	var w struct {
		OrderUUID string `json:"order_uuid"`
		Payment   struct {
			Paid   bool   `json:"paid"`
			Status string `json:"status"`
		} `json:"payment"`
	}
	if err := json.Unmarshal([]byte(got.Body), &w); err != nil || w.OrderUUID != o.UUID {
		t.Fatalf("order-info: %+v", got)
	}
	return fmt.Sprint(w.Payment.Paid, " ", w.Payment.Status)
}

func (c *caller) wantState(t *testing.T, o musementtest.Order, want string) {
	t.Helper()
	if got := c.state(t, o); got != want {
		t.Errorf("order-info says %q, want %q", got, want)
	}
}

func (c *caller) wantTaken(t *testing.T, o musementtest.Order, want ...string) {
	t.Helper()
	if err := c.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range c.Taken(o.UUID) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "musement", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func money(t *testing.T, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestChecks goes through what every call is checked for.
func TestChecks(t *testing.T) {
	c := newServer(t, musementtest.WithMarket("tui-it"))
	o := c.AddOrder(musementtest.Order{})
	set := func(k, v string) func(http.Header) { return func(h http.Header) { h.Set(k, v) } }
	for name, tt := range map[string]struct {
		edit   func(http.Header)
		status int
		body   string
	}{
		"no application": {func(h http.Header) { h.Del("X-Musement-Application") }, 400, fixture(t, "error-application-missing.json")},
		"market":         {set("X-Musement-Market", "nowhere"), 400, fixture(t, "error-unknown-market.json")},
		"no token":       {func(h http.Header) { h.Del("Authorization") }, 401, ""},
		"another token":  {set("Authorization", "Bearer x"), 401, ""},
		"own market":     {set("X-Musement-Market", "tui-it"), 200, ""},
	} {
		got := c.do(t.Context(), t, "GET", "/orders/"+o.UUID, "", tt.edit)
		if got.Status != tt.status || tt.body != "" && got.Body != tt.body {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := c.do(t.Context(), t, "GET", "/orders/"+"MUS0000001", ""); got.Status != 404 || got.Body != fixture(t, "error-not-found.json") {
		t.Errorf("by identifier: %+v", got)
	}
	c.Advance(time.Hour)
	if got := c.do(t.Context(), t, "GET", "/orders/"+o.UUID, ""); got.Status != 401 {
		t.Errorf("with an expired token: %+v", got)
	}
	c.login(t)
	if got := c.do(t.Context(), t, "POST", "/login", `{"client_id":"x","client_secret":"y","grant_type":"client_credentials"}`); got.Status != 401 {
		t.Errorf("wrong credentials: %+v", got)
	}
}

func TestNoPayment(t *testing.T) {
	c := newServer(t, musementtest.WithoutNoPayment())
	free, dear := c.AddOrder(musementtest.Order{Price: money(t, "0", "EUR")}), c.AddOrder(musementtest.Order{})
	if got := c.pay(t, dear); got.Status != 422 {
		t.Errorf("without permission: %+v", got)
	}
	if got := c.pay(t, free); got.Status != 200 {
		t.Errorf("an order of nothing: %+v", got)
	}
	if got := c.pay(t, free); got.Status != 423 {
		t.Errorf("again: %+v", got)
	}
	if got := c.pay(t, musementtest.Order{UUID: "x"}); got.Status != 404 {
		t.Errorf("unknown order: %+v", got)
	}
	c.wantState(t, dear, "false created")
	c.wantState(t, free, "true booking_ok")
	c.wantTaken(t, free, "0.00 EUR")
	c.wantTaken(t, dear)
}

// TestTwoInFlight: both are checked before either acts, and both take the money.
func TestTwoInFlight(t *testing.T) {
	c := newServer(t)
	o := c.AddOrder(musementtest.Order{})
	hold, arrived := make(chan struct{}), make(chan struct{}, 2)
	c.Fail(musementtest.Fault{Route: musementtest.NoPayment, Times: 2, Hold: hold, Arrived: func() { arrived <- struct{}{} }})
	answers := make(chan reply, 2)
	for range 2 {
		go func() { answers <- c.pay(t, o) }()
	}
	<-arrived
	<-arrived
	close(hold)
	for range 2 {
		if got := <-answers; got.Status != 200 {
			t.Errorf("%+v", got)
		}
	}
	c.wantTaken(t, o, "10.00 USD", "10.00 USD")
}

// TestCard goes through the shapes of the 3-D Secure step.
func TestCard(t *testing.T) {
	for name, tt := range map[string]struct {
		order  musementtest.Order
		start  int
		typ    string
		intent string
	}{
		"redirect":             {start: 302},
		"redirect in the body": {order: musementtest.Order{Challenge: musementtest.RedirectInBody}, start: 200, typ: "REDIRECT"},
		"form":                 {order: musementtest.Order{Challenge: musementtest.Form}, start: 200, typ: "FORM"},
		"script":               {order: musementtest.Order{Challenge: musementtest.Script}, start: 200, typ: "USE_STRIPE_SDK", intent: musementtest.PaymentIntentID},
	} {
		t.Run(name, func(t *testing.T) {
			c := newServer(t)
			o := c.AddOrder(tt.order)
			if got := c.complete(t, o, tt.intent); got.Status != 422 {
				t.Errorf("completed before the start: %+v", got)
			}
			got := c.start(t, o)
			if got.Status != tt.start || tt.typ != "" && !strings.Contains(got.Body, `"type":"`+tt.typ+`"`) {
				t.Fatalf("start: %+v", got)
			}
			if got := c.complete(t, o, tt.intent); got.Status != 422 {
				t.Errorf("completed before the bank: %+v", got)
			}
			if at := got.header.Get("Location"); at != "" {
				if got := c.do(t.Context(), t, "GET", at, ""); got.Status != 303 || got.header.Get("Location") != "https://shop.example/back" || c.BankVisits() != 1 {
					t.Errorf("the bank: %+v, %d visits", got, c.BankVisits())
				}
			} else {
				c.PassChallenge(o.UUID)
			}
			c.wantState(t, o, "false created")
			if tt.intent != "" {
				if got := c.complete(t, o, "pi_other"); got.Status != 422 {
					t.Errorf("another intent: %+v", got)
				}
			}
			c.wantTaken(t, o)
			if got := c.complete(t, o, tt.intent); got.Status != 200 {
				t.Errorf("complete: %+v", got)
			}
			c.wantTaken(t, o, "10.00 USD")
			c.wantState(t, o, "true booking_ok")
			for _, again := range []reply{c.start(t, o), c.complete(t, o, tt.intent), c.pay(t, o)} {
				if again.Status != 423 {
					t.Errorf("of a paid order: %+v", again)
				}
			}
		})
	}
}

func TestCardModes(t *testing.T) {
	c := newServer(t)
	begin := func(o musementtest.Order) musementtest.Order {
		t.Helper()
		o = c.AddOrder(o)
		if got := c.start(t, o); got.Status != 302 {
			t.Fatalf("start: %+v", got)
		}
		return o
	}
	if o := c.AddOrder(musementtest.Order{Mode: musementtest.DeclineStart}); c.start(t, o).Status != 422 || c.state(t, o) != "false payment_failed" {
		t.Error("DeclineStart")
	}
	if o := c.AddOrder(musementtest.Order{Foreign: true}); c.start(t, o).Status != 401 || c.complete(t, o, "").Status != 401 || c.pay(t, o).Status != 404 {
		t.Error("Foreign")
	}
	o := begin(musementtest.Order{Mode: musementtest.DeclineCompletion})
	if c.PassChallenge(o.UUID); c.complete(t, o, "").Status != 422 || c.state(t, o) != "false payment_failed" {
		t.Error("DeclineCompletion")
	}
	o = begin(musementtest.Order{})
	if c.FailChallenge(o.UUID); c.complete(t, o, "").Status != 422 || c.state(t, o) != "false authorization_failed" {
		t.Error("FailChallenge")
	}
	o = begin(musementtest.Order{})
	c.PassChallenge(o.UUID)
	c.Advance(musementtest.ChallengeLifetime)
	if c.complete(t, o, "").Status != 422 || c.state(t, o) != "false authorization_failed" {
		t.Error("a challenge that is too old")
	}
	c.wantTaken(t, o)
	for _, ok := range []bool{true, false} {
		o = begin(musementtest.Order{Mode: musementtest.Pend})
		c.PassChallenge(o.UUID)
		if c.complete(t, o, "").Status != 200 || c.state(t, o) != "false authorized" {
			t.Error("Pend")
		}
		c.wantTaken(t, o)
		if err := c.Settle(o.UUID, ok); err != nil {
			t.Error(err)
		}
		if c.Settle(o.UUID, ok) == nil {
			t.Error("settled twice")
		}
		if ok {
			c.wantState(t, o, "true booking_ok")
			c.wantTaken(t, o, "10.00 USD")
		} else {
			c.wantState(t, o, "false capture_failed")
			c.wantTaken(t, o)
		}
	}
	o = begin(musementtest.Order{Mode: musementtest.SecondRound})
	c.PassChallenge(o.UUID)
	if got := c.complete(t, o, ""); got.Status != 200 || !strings.Contains(got.Body, c.BankURL) {
		t.Errorf("SecondRound: %+v", got)
	}
	c.wantTaken(t, o)
	if c.PassChallenge(o.UUID); c.complete(t, o, "").Status != 200 {
		t.Error("SecondRound did not end")
	}
	c.wantTaken(t, o, "10.00 USD")
}

func TestLateVisibility(t *testing.T) {
	c := newServer(t)
	o := c.AddOrder(musementtest.Order{PaidFlag: musementtest.SnakeCase})
	c.Fail(musementtest.Fault{Route: musementtest.NoPayment, HideFor: time.Minute})
	if got := c.pay(t, o); got.Status != 200 || !strings.Contains(got.Body, `"is_paid":true`) {
		t.Errorf("the answer: %+v", got)
	}
	c.wantTaken(t, o, "10.00 USD")
	c.wantState(t, o, "false created")
	c.Advance(time.Minute)
	c.wantState(t, o, "true booking_ok")
}

// TestFaults: a held payment is taken after its caller has gone, and a fault that does nothing
// takes nothing.
func TestFaults(t *testing.T) {
	c := newServer(t)
	o, other := c.AddOrder(musementtest.Order{}), c.AddOrder(musementtest.Order{})
	hold := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	c.Fail(musementtest.Fault{Route: musementtest.NoPayment, Hold: hold, Arrived: cancel})
	if got := c.do(ctx, t, "POST", "/payments/no/payment", fmt.Sprintf(`{"uuid":%q}`, o.UUID)); got.err == nil {
		t.Errorf("an answer to a cancelled call: %+v", got)
	}
	if n := len(c.Taken(o.UUID)); n != 0 {
		t.Errorf("taken %d times while held", n)
	}
	close(hold)
	c.wantTaken(t, o, "10.00 USD")

	c.Fail(musementtest.Fault{Route: musementtest.NoPayment, Status: 500, Code: "0", Message: "There was an error", NoAction: true})
	if got := c.pay(t, other); got.Status != 500 || got.Body != fixture(t, "error-general.json") {
		t.Errorf("%+v", got)
	}
	c.wantTaken(t, other)
	c.Fail(musementtest.Fault{Status: 418})
	c.ClearFaults()
	if got := c.pay(t, other); got.Status != 200 || c.Count(musementtest.NoPayment) != 3 || len(c.Requests("")) != c.Count("") {
		t.Errorf("%+v, %d requests", got, c.Count(musementtest.NoPayment))
	}
}

func TestCartRules(t *testing.T) {
	c := newServer(t)
	o := c.AddOrder(musementtest.Order{})
	cart := "/carts/" + o.CartUUID
	customer := strings.ReplaceAll(fixture(t, "customer-request.json"), `"allow_profiling":"NO",`, "")
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"PUT", cart + "/customer", fixture(t, "customer-request.json"), 423, fixture(t, "error-cart-closed.json")},
		{"PUT", cart + "/customer", customer, 400, ""}, // as strict as production
		{"POST", cart + "/items", fixture(t, "cart-items-request.json"), 423, ""},
		{"DELETE", cart, "", 423, ""},
		{"POST", "/orders", fmt.Sprintf(`{"cart_uuid":%q}`, o.CartUUID), 423, ""},
		{"POST", "/orders", `{"cart_uuid":"x"}`, 404, ""},
		{"GET", "/carts/x", "", 404, fixture(t, "error-not-found.json")},
		{"DELETE", "/orders/" + o.UUID + "/items/x", fixture(t, "cancel-request.json"), 404, fixture(t, "error-not-found.json")},
		{"GET", "/orders/" + o.UUID + "/activities/" + musementtest.ActivityUUID + "/voucher", "", 404, fixture(t, "error-voucher.json")},
		{"GET", "/nowhere", "", 404, ""},
	} {
		got := c.do(t.Context(), t, tt.method, tt.path, tt.body)
		if got.Status != tt.status || tt.want != "" && got.Body != tt.want {
			t.Errorf("%s %s: %+v, want %d %s", tt.method, tt.path, got, tt.status, tt.want)
		}
	}
	made := c.do(t.Context(), t, "POST", "/carts", "{}")
	uuid := strings.Split(made.Body, `"`)[3]
	if got := c.do(t.Context(), t, "GET", "/carts/"+uuid+"/order-info", ""); got.Status != 404 || got.Body != fixture(t, "error-no-order.json") {
		t.Errorf("order-info without an order: %+v", got)
	}
	if got := c.do(t.Context(), t, "DELETE", "/carts/"+uuid, ""); got.Status != 200 || got.Body != "true" {
		t.Errorf("delete: %+v", got)
	}
}
