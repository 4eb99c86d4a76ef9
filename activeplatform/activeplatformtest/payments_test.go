package activeplatformtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
)

const createBody = `{"account_id":2000532,"total":100,"comment":"Cash"}`

// TestCreateV1 sends the documented request and compares the answer with the documented one.
func TestCreateV1(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	srv.SetTime(time.Date(2016, 10, 4, 7, 52, 17, 813_000_000, time.UTC))
	got := srv.v1(t, "POST", "/payments.json", "", fixture(t, "v1-create-request.json"))
	want := strings.NewReplacer("\n", "", " ", "").Replace(fixture(t, "v1-create.json"))
	if diff := cmp.Diff(strings.Replace(want, "178.159.242.50", "127.0.0.1", 1), got.Body); diff != "" || got.Status != 201 {
		t.Errorf("status %d (-documented +got):\n%s", got.Status, diff)
	}
	read := srv.v1(t, "GET", "/payments/2007039.json", "", "")
	if diff := cmp.Diff(strings.Replace(fixture(t, "v1-get.json"), "178.159.242.50", "127.0.0.1", 1), read.Body); diff != "" {
		t.Errorf("get (-documented +got):\n%s", diff)
	}
	srv.wantTaken(t, account)
}

// TestCreateV3 compares the shape of the answer with the documented one: names, kinds of values,
// times.
func TestCreateV3(t *testing.T) {
	srv := newServer(t)
	srv.AddAccount(activeplatformtest.Account{ID: "505"})
	srv.SetTime(time.Date(2025, 7, 28, 7, 44, 11, 723_416_000, time.UTC))
	got := srv.v3(t, "POST", "/payments", "", fixture(t, "v3-create-request.json"))
	if got.Status != 201 || got.header.Get("Content-Type") != "application/vnd.api+json" {
		t.Fatalf("%+v", got)
	}
	if diff := cmp.Diff(members(t, fixture(t, "v3-create.json")), members(t, got.Body)); diff != "" {
		t.Errorf("-documented +got:\n%s", diff)
	}
	for _, part := range []string{`"created_at":"2025-07-28T10:44:11.723416+0300"`, `"total":"199.99"`, `"id":"2007039"`, `"account_id":505`, `"purpose":"prepay payment"`} {
		if !strings.Contains(got.Body, part) {
			t.Errorf("%s is not in %s", part, got.Body)
		}
	}
}

func TestAmounts(t *testing.T) {
	srv := newServer(t)
	srv.AddAccount(activeplatformtest.Account{})
	for sent, want := range map[string]string{"100": "100.0", "1e2": "100.0", "0.5": "0.5", "199.99": "199.99", "21.00": "21.0"} {
		got := srv.v1(t, "POST", "/payments.json", "", strings.Replace(createBody, "100", sent, 1))
		if !strings.Contains(got.Body, `"total":"`+want+`"`) {
			t.Errorf("%s: %+v", sent, got)
		}
	}
}

// TestRefused: nothing is made of a request that is not right.
func TestRefused(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	wrap := func(attributes string) string { return `{"data":{"attributes":` + attributes + `}}` }
	for name, body := range map[string]string{
		"no account":      `{"total":100,"comment":"Cash"}`,
		"unknown account": `{"account_id":1,"total":100,"comment":"Cash"}`,
		"account as text": `{"account_id":"2000532","total":100,"comment":"Cash"}`,
		"no total":        `{"account_id":2000532,"comment":"Cash"}`,
		"total as text":   `{"account_id":2000532,"total":"100","comment":"Cash"}`,
		"zero":            `{"account_id":2000532,"total":0,"comment":"Cash"}`,
		"negative":        `{"account_id":2000532,"total":-1,"comment":"Cash"}`,
		"too fine":        `{"account_id":2000532,"total":0.001,"comment":"Cash"}`,
		"no comment":      `{"account_id":2000532,"total":100}`,
		"empty comment":   `{"account_id":2000532,"total":100,"comment":""}`,
	} {
		if got := srv.v1(t, "POST", "/payments.json", "", body); got.Status != 422 {
			t.Errorf("v1, %s: %+v", name, got)
		}
		if got := srv.v3(t, "POST", "/payments", "", wrap(body)); got.Status != 422 || !strings.HasPrefix(got.Body, `{"errors":{"title":"`) {
			t.Errorf("v3, %s: %+v", name, got)
		}
	}
	for _, body := range []string{"", "x", "[]"} {
		if got := srv.v1(t, "POST", "/payments.json", "", body); got.Status != 400 {
			t.Errorf("v1, %q: %+v", body, got)
		}
		if got := srv.v3(t, "POST", "/payments", "", body); got.Status != 400 {
			t.Errorf("v3, %q: %+v", body, got)
		}
	}
	if n := len(srv.Payments(account)); n != 0 {
		t.Errorf("%d payments made", n)
	}
	srv.wantTaken(t, account)
}

func TestAccess(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	body := `{"data":{"attributes":` + createBody + `}}`
	for name, got := range map[string]reply{
		"v1, wrong token": srv.v1(t, "POST", "/payments.json", "api_token=x", createBody),
		"v1, no token":    srv.do(t, "POST", "/api/vendor/v1/payments.json", createBody, nil),
		"v1, in a header": srv.do(t, "POST", "/api/vendor/v1/payments.json", createBody, func(h http.Header) { h.Set("X-Api-Token", srv.Token) }),
		"v3, wrong token": srv.v3(t, "POST", "/payments", "", body, func(h http.Header) { h.Set("X-Api-Token", "x") }),
		"v3, in a query":  srv.v3(t, "POST", "/payments", "api_token="+srv.Token, body, func(h http.Header) { h.Del("X-Api-Token") }),
	} {
		if got.Status != 401 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, tt := range map[string]struct {
		header, value string
		status        int
	}{
		"content type": {"Content-Type", "application/json", 415}, "accept": {"Accept", "*/*", 406},
	} {
		got := srv.v3(t, "GET", "/payments/1", "", "", func(h http.Header) { h.Set(tt.header, tt.value) })
		if got.Status != tt.status {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, target := range []string{"/api/v3/resellers/2/payments/1", "/api/vendor/v2/payments.json", "/"} {
		got := srv.do(t, "GET", target, "", func(h http.Header) {
			h.Set("X-Api-Token", srv.Token)
			h.Set("Content-Type", "application/vnd.api+json")
			h.Set("Accept", "application/vnd.api+json")
		})
		if got.Status != 404 {
			t.Errorf("%s: %+v", target, got)
		}
	}
	for _, got := range []reply{
		srv.v1(t, "GET", "/payments.json", "filters[created_at]=2020-01-01", ""),
		srv.v3(t, "GET", "/payments", "filter[account_id]=1", ""),
		srv.v3(t, "GET", "/payments/1", "include=orders", ""),
	} {
		if got.Status != 501 {
			t.Errorf("a parameter that is not simulated: %+v", got)
		}
	}
	srv.wantTaken(t, account)
}

// TestComplete: every way to complete takes the money once, and nothing completes twice.
func TestComplete(t *testing.T) {
	byMethod := `{"data":{"attributes":{"payment_method_id":2}}}`
	for name, complete := range map[string]func(srv *caller, id string) bool{
		"v1": func(srv *caller, id string) bool {
			return srv.v1(t, "POST", "/payments/"+id+"/complete.json", "", `{"payment_method_id":1}`).Status == 200
		},
		"v3": func(srv *caller, id string) bool {
			return srv.v3(t, "PATCH", "/payments/"+id, "", byMethod).Status == 200
		},
		"operator": func(srv *caller, id string) bool { return srv.Complete(id) == nil },
	} {
		srv := newServer(t)
		account := srv.AddAccount(activeplatformtest.Account{})
		id := srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x"})
		srv.wantTaken(t, account)
		if !complete(srv, id) {
			t.Errorf("%s: not completed", name)
		}
		if complete(srv, id) {
			t.Errorf("%s: completed twice", name)
		}
		srv.wantTaken(t, account, "5.00 USD")
		if got := srv.v3(t, "DELETE", "/payments/"+id, "", ""); got.Status != 422 {
			t.Errorf("%s: cancelled afterwards: %+v", name, got)
		}
	}
}

func TestPatchRefuses(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	id := srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x"})
	for _, attributes := range []string{`{}`, `{"payment_method_id":1,"status":"paid_from_balance"}`, `{"status":"completed"}`, `{"status":"paid_from_balance"}`} {
		if got := srv.v3(t, "PATCH", "/payments/"+id, "", `{"data":{"attributes":`+attributes+`}}`); got.Status != 422 {
			t.Errorf("%s: %+v", attributes, got)
		}
	}
	if got := srv.v1(t, "POST", "/payments/"+id+"/complete.json", "", `{}`); got.Status != 422 {
		t.Errorf("without a method: %+v", got)
	}
	srv.wantTaken(t, account)
}

func TestCancel(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	id := srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x"})
	got := srv.v3(t, "DELETE", "/payments/"+id, "", "")
	if got.Status != 200 || !strings.Contains(got.Body, `"status":"cancelled"`) || strings.Contains(got.Body, `"closed_at":null`) {
		t.Errorf("%+v", got)
	}
	again := srv.v3(t, "DELETE", "/payments/"+id, "", "")
	if diff := cmp.Diff(fixture(t, "v3-error-cancel.json"), again.Body); diff != "" || again.Status != 422 {
		t.Errorf("again: status %d (-documented +got):\n%s", again.Status, diff)
	}
	if srv.Complete(id) == nil || srv.Cancel(id) == nil {
		t.Error("a cancelled payment was changed")
	}
	srv.wantTaken(t, account)
}

// TestAutoComplete: an installation that completes payments by itself does so at once, or when its
// clock is there.
func TestAutoComplete(t *testing.T) {
	srv := newServer(t)
	now := srv.AddAccount(activeplatformtest.Account{ID: "2000532", AutoComplete: true})
	later := srv.AddAccount(activeplatformtest.Account{AutoComplete: true, CompleteAfter: time.Hour})
	got := srv.v1(t, "POST", "/payments.json", "", createBody)
	if !strings.Contains(got.Body, `"status":"completed"`) {
		t.Errorf("%+v", got)
	}
	srv.wantTaken(t, now, "100.00 USD")
	srv.v1(t, "POST", "/payments.json", "", strings.Replace(createBody, "2000532", later, 1))
	gone := srv.AddPayment(activeplatformtest.Payment{AccountID: later, Total: usd(t, "7"), Comment: "x"})
	if err := srv.Cancel(gone); err != nil {
		t.Fatal(err)
	}
	srv.Advance(59 * time.Minute)
	srv.wantTaken(t, later)
	srv.Advance(time.Minute)
	srv.wantTaken(t, later, "100.00 USD")
	srv.wantTaken(t, later, "100.00 USD")
}

// TestCustomer edits and joins.
func TestCustomer(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	other := srv.AddAccount(activeplatformtest.Account{})
	add := func(account, amount string) string {
		return srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, amount), Comment: "c" + amount})
	}
	a, b, c, d, foreign := add(account, "1"), add(account, "2"), add(account, "3"), add(account, "4"), add(other, "9")
	if err := srv.Edit(a, func(p *activeplatformtest.Payment) { p.Total, p.Comment = usd(t, "10"), "edited" }); err != nil {
		t.Fatal(err)
	}
	byHand, err := srv.Join("by hand", a, b)
	if err != nil {
		t.Fatal(err)
	}
	auto, err := srv.AutoJoin("auto", c, d)
	if err != nil {
		t.Fatal(err)
	}
	if got := srv.v1(t, "GET", "/payments/"+a+".json", "", ""); got.Status != 404 {
		t.Errorf("joined by hand: %+v", got)
	}
	if got := srv.v3(t, "GET", "/payments/"+c, "", ""); !strings.Contains(got.Body, `"status":"cancelled"`) {
		t.Errorf("joined by the platform: %+v", got)
	}
	var got []string
	for _, p := range srv.Payments(account) {
		got = append(got, fmt.Sprint(p.ID, " ", p.Total, " ", p.Comment, " ", p.Status))
	}
	want := []string{c + " 3.00 USD c3 cancelled", d + " 4.00 USD c4 cancelled",
		byHand + " 12.00 USD by hand waiting_for_payment", auto + " 7.00 USD auto waiting_for_payment"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, err := range map[string]error{
		"gone": srv.Complete(a), "unknown": srv.Cancel("1"), "no number": srv.Cancel("x"),
		"another account": second(srv.Join("x", byHand, foreign)), "nothing": second(srv.Join("x")),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := srv.Complete(byHand); err != nil {
		t.Error(err)
	}
	srv.wantTaken(t, account, "12.00 USD")
}

func second(_ string, err error) error { return err }

// TestTwice: nothing refuses a second payment.
func TestTwice(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	srv.v1(t, "POST", "/payments.json", "", createBody)
	srv.v1(t, "POST", "/payments.json", "", createBody)
	srv.wantTaken(t, account, "100.00 USD", "100.00 USD")
}

// TestFaults: the money follows what was done, not what was answered.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault activeplatformtest.Fault
		taken []string
	}{
		"before acting": {activeplatformtest.Fault{Cut: activeplatformtest.BeforeActing}, nil},
		"before answer": {activeplatformtest.Fault{Cut: activeplatformtest.BeforeAnswer}, []string{"100.00 USD"}},
		"in the body":   {activeplatformtest.Fault{Cut: activeplatformtest.InBody}, []string{"100.00 USD"}},
		"no action":     {activeplatformtest.Fault{NoAction: true}, nil},
		"a 500":         {activeplatformtest.Fault{Status: 500, Body: []byte("x")}, []string{"100.00 USD"}},
		"HTML":          {activeplatformtest.Fault{Damage: activeplatformtest.HTML}, []string{"100.00 USD"}},
	} {
		srv := newServer(t)
		account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
		tt.fault.Route = activeplatformtest.CreatePayment
		srv.Fail(tt.fault)
		srv.v1(t, "GET", "/payments.json", "", "") // is another route
		got := srv.v1(t, "POST", "/payments.json", "", createBody)
		if got.err == nil && got.Status == 201 && tt.fault.Damage == 0 {
			t.Errorf("%s: %+v", name, got)
		}
		srv.wantTaken(t, account, tt.taken...)
		srv.ClearFaults()
		if got := srv.v1(t, "POST", "/payments.json", "", createBody); got.Status != 201 {
			t.Errorf("%s: the next one: %+v", name, got)
		}
	}
}

func TestPanics(t *testing.T) {
	srv := newServer(t)
	srv.AddAccount(activeplatformtest.Account{ID: "5"})
	for name, f := range map[string]func(){
		"account twice":   func() { srv.AddAccount(activeplatformtest.Account{ID: "5"}) },
		"account no id":   func() { srv.AddAccount(activeplatformtest.Account{ID: "05"}) },
		"unknown account": func() { srv.AddPayment(activeplatformtest.Payment{AccountID: "6", Total: usd(t, "1")}) },
		"no total":        func() { srv.AddPayment(activeplatformtest.Payment{AccountID: "5"}) },
		"unknown route":   func() { srv.Count("GET /x") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
	if got := srv.v1(t, "GET", "/payments.json", "", ""); got.Status != 200 {
		t.Errorf("after the panics: %+v", got)
	}
}
