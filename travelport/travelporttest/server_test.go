package travelporttest_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

func TestLogin(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	good := func() url.Values {
		return url.Values{"grant_type": {"password"}, "username": {c.Username}, "password": {c.Password}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}
	}
	for name, tt := range map[string]struct{ key, value, want string }{
		"password": {"password", "x", "invalid_grant"}, "user": {"username", "x", "invalid_grant"},
		"secret": {"client_secret", "x", "invalid_client"}, "grant": {"grant_type", "implicit", "unsupported_grant_type"},
	} {
		v := good()
		v.Set(tt.key, tt.value)
		if got := c.form(t, v); got.Status != 400 || !strings.Contains(got.Body, tt.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := c.form(t, url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}); got.Status != 200 {
		t.Errorf("client credentials: %+v", got)
	}
	read := "/air/book/reservation/reservations/" + c.locator
	c.call(t, 200, "GET", read, "")
	c.Advance(25 * time.Hour)
	c.call(t, 401, "GET", read, "")
	c.login(t)
	c.call(t, 200, "GET", read, "")
	c.RevokeTokens()
	c.call(t, 401, "GET", read, "")
}

func TestHeaders(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	set := func(k, v string) func(http.Header) {
		return func(h http.Header) {
			delete(h, k)
			if v != "" {
				h[k] = []string{v}
			}
		}
	}
	group := "XAUTH_TRAVELPORT_ACCESSGROUP"
	for name, tt := range map[string]struct {
		edit   []func(http.Header)
		status int
		says   string
	}{
		"good":             {nil, 200, "ReservationResponse"},
		"PCC alone":        {[]func(http.Header){set(group, ""), set("TVP-PCC-CORE", c.PCC)}, 200, ""},
		"no group":         {[]func(http.Header){set(group, "")}, 401, "9006"},
		"another group":    {[]func(http.Header){set(group, "x")}, 401, "9003"},
		"another PCC":      {[]func(http.Header){set(group, ""), set("TVP-PCC-CORE", "x")}, 401, "9004"},
		"group beats PCC":  {[]func(http.Header){set("TVP-PCC-CORE", "x")}, 200, ""},
		"another token":    {[]func(http.Header){set("Authorization", "Bearer x")}, 401, "1012100"},
		"no token":         {[]func(http.Header){set("Authorization", "")}, 401, "1012100"},
		"no JSON":          {[]func(http.Header){set("Accept", "text/html")}, 400, "COMPRESSION AND JSON"},
		"no compression":   {[]func(http.Header){set("Accept-Encoding", "identity")}, 400, "COMPRESSION AND JSON"},
		"unknown resource": {nil, 404, "no such resource"},
	} {
		path := "/air/book/reservation/reservations/" + c.locator
		if tt.status == 404 {
			path = "/air/nothing"
		}
		got := c.do(t.Context(), t, "GET", path, "", tt.edit...)
		if got.Status != tt.status || !strings.Contains(got.Body, tt.says) || got.header.Get("E2ETrackingId") == "" || got.header.Get("TraceId") != "trace-1" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got := c.do(t.Context(), t, "POST", bench+"/buildfromlocator?Locator="+c.locator, "", set("Content-Type", "application/json"))
	if got.Status != 400 {
		t.Errorf("content type without content: %+v", got)
	}
	got = c.do(t.Context(), t, "POST", bench, `{"ReservationID":{}}`, set("Content-Type", "text/plain"))
	if got.Status != 400 || got.header.Get("Transactionid") == "" {
		t.Errorf("content of another type: %+v", got)
	}
}

func TestWorkbench(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	for _, body := range []string{`{"ReservationID":{}}`, `{"@type":"ReservationID"}`} {
		b := parse(t, c.call(t, 201, "POST", bench, body))
		if b.ReservationResponse.Reservation.Identifier == nil {
			t.Errorf("%s: %+v", body, b)
		}
	}
	c.call(t, 400, "POST", bench, `{"Reservation":{}}`)
	c.call(t, 404, "POST", bench+"/buildfromlocator?Locator=ZZZZZZ", "")
	id := c.open(t)
	if n := c.OpenWorkbenches(c.locator); n != 1 {
		t.Errorf("%d open", n)
	}
	c.call(t, 200, "GET", bench+"/"+id, "")
	c.call(t, 204, "DELETE", bench+"/"+id, "")
	for _, call := range []struct{ method, path, body string }{
		{"GET", bench + "/" + id, ""}, {"DELETE", bench + "/" + id, ""},
		{"POST", "/air/payment/reservationworkbench/" + id + "/formofpayment", cashForm},
		{"POST", "/air/paymentoffer/reservationworkbench/" + id + "/payments", c.payment("150.01", "offer_1")},
		{"POST", "/air/book/reservation/reservations/" + id, commitBody},
	} {
		if got := c.call(t, 400, call.method, call.path, call.body); !strings.Contains(got, "SESSION IDENTIFIER IS INVALID") {
			t.Errorf("%s %s on a closed workbench: %s", call.method, call.path, got)
		}
	}
	id = c.open(t)
	c.Advance(29 * time.Minute)
	c.call(t, 200, "GET", bench+"/"+id, "")
	c.Advance(time.Minute)
	c.call(t, 400, "GET", bench+"/"+id, "")
}

func TestOptions(t *testing.T) {
	inside := newServer(t, travelporttest.Reservation{}, travelporttest.WithIdentifierInside())
	if b := parse(t, inside.call(t, 200, "GET", bench+"/"+inside.open(t), "")); b.ReservationResponse.Identifier != nil {
		t.Errorf("inside: %+v", b)
	}
	exclusive := newServer(t, travelporttest.Reservation{}, travelporttest.WithExclusiveWorkbench())
	exclusive.open(t)
	if got := exclusive.call(t, 400, "POST", bench+"/buildfromlocator?Locator="+exclusive.locator, ""); !strings.Contains(got, "4350") {
		t.Error(got)
	}
	text := newServer(t, travelporttest.Reservation{}, travelporttest.WithStringAmounts())
	if got := text.call(t, 200, "GET", "/air/book/reservation/reservations/getbylocator?Locator="+text.locator, ""); !strings.Contains(got, `"TotalPrice":"100.01"`) {
		t.Error(got)
	}
	forgetful := newServer(t, travelporttest.Reservation{}, travelporttest.WithForgetfulForms())
	id := forgetful.open(t)
	if got := forgetful.call(t, 201, "POST", "/air/payment/reservationworkbench/"+id+"/formofpayment", cashForm); strings.Contains(got, "formOfPayment_1") || !strings.Contains(got, id) {
		t.Error(got)
	}
	own := newServer(t, travelporttest.Reservation{}, travelporttest.WithOwnFormIdentifiers())
	id = own.open(t)
	own.call(t, 201, "POST", "/air/payment/reservationworkbench/"+id+"/formofpayment", cashForm)
	if got := own.call(t, 200, "POST", "/air/paymentoffer/reservationworkbench/"+id+"/payments", own.payment("150.01", "offer_1")); !strings.Contains(got, "4178") {
		t.Error(got)
	}
	quiet := newServer(t, travelporttest.Reservation{}, travelporttest.WithQuietCommit(), travelporttest.WithTLS())
	if got := quiet.commit(t, quiet.fill(t)); got.Status != 200 || len(parse(t, got.Body).documents()) != 0 {
		t.Errorf("%+v", got)
	}
	quiet.wantTaken(t, "150.01 USD")
	if srv := travelporttest.NewServer(travelporttest.WithoutListener()); srv.Handler() == nil || srv.Transport() != nil || srv.URL != "" {
		t.Error("a server without a listener has one")
	}
}

func TestForms(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{StoredForms: []string{"FormOfPaymentInvoice"}})
	id := c.open(t)
	path := "/air/payment/reservationworkbench/" + id + "/formofpayment"
	card := strings.ReplaceAll(fixture(t, "fop-card-request.json"), "0161008D7C4E", "X")
	c.call(t, 201, "POST", path+"?authorizePaymentInd=true", card)
	if c.Holds(c.locator) != 1 || c.Holds("ZZZZZZ") != 0 {
		t.Errorf("%d holds", c.Holds(c.locator))
	}
	shown := c.call(t, 200, "GET", bench+"/"+id, "")
	if strings.Contains(shown, "4111111111111111") || !strings.Contains(shown, "4111XXXXXXXX1111") {
		t.Errorf("the card is not masked: %s", shown)
	}
	c.call(t, 200, "POST", path, card) // the same id again: an error under 200
	c.call(t, 204, "PUT", path+"/formOfPayment_4", card)
	c.call(t, 404, "DELETE", path+"/formOfPayment_9", "")
	c.call(t, 204, "DELETE", path+"/formOfPayment_4", "")
	if b := parse(t, c.call(t, 200, "GET", bench+"/"+id, "")); len(b.ReservationResponse.Reservation.FormOfPayment) != 1 {
		t.Errorf("%+v", b)
	}
	for name, body := range map[string]string{
		"no id":         `{"FormOfPaymentCash":{"Identifier":{"authority":"Travelport","value":"x"}}}`,
		"two refs":      strings.Replace(cashForm, `Ref":"formOfPayment_1`, `Ref":"formOfPayment_2`, 1),
		"no identifier": `{"FormOfPaymentCash":{"id":"f","FormOfPaymentRef":"f"}}`,
		"no card":       `{"FormOfPaymentPaymentCard":{"id":"f","FormOfPaymentRef":"f","Identifier":{"authority":"Travelport","value":"x"}}}`,
		"another class": `{"Payment":{"id":"f"}}`,
		"no JSON":       `{`,
	} {
		if got := c.call(t, 400, "POST", path, body); !strings.Contains(got, "1586") {
			t.Errorf("%s: %s", name, got)
		}
	}
	c.call(t, 201, "POST", path, `{"@type":"FormOfPaymentCash","id":"f7","FormOfPaymentRef":"f7","Identifier":{"authority":"Travelport","value":"x"}}`)
}

func TestPayments(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	id := c.open(t)
	path := "/air/paymentoffer/reservationworkbench/" + id + "/payments"
	good, seat := c.payment("150.01", "offer_1", "an_o1"), c.OfferIdentifier(c.locator, "an_o1")
	if got := c.call(t, 200, "POST", path, good); !strings.Contains(got, "4178") {
		t.Errorf("no form of payment: %s", got)
	}
	c.call(t, 201, "POST", "/air/payment/reservationworkbench/"+id+"/formofpayment", cashForm)
	for name, tt := range map[string]struct{ body, says string }{
		"other form identifier":  {strings.Replace(good, "FOP1", "FOP2", 1), "4178"},
		"other offer identifier": {strings.Replace(good, seat, "x", 1), "OFFER ID/IDENTIFIER"},
		"no minor unit":          {strings.Replace(good, `"minorUnit":2,`, "", 1), "1586"},
		"other minor unit":       {strings.Replace(good, `"minorUnit":2,`, `"minorUnit":0,`, 1), "1586"},
		"no currency":            {strings.Replace(good, `"code":"USD",`, "", 1), "1586"},
		"no currency source":     {strings.Replace(good, `"currencySource":"Charged",`, "", 1), "1586"},
		"no placeholder":         {strings.Replace(good, `"value":"P1"`, `"value":""`, 1), "1586"},
		"no authority":           {strings.Replace(good, `"authority":"Travelport","value":"P1"`, `"value":"P1"`, 1), "1586"},
		"no authority of form":   {strings.Replace(good, `"authority":"Travelport","value":"FOP1"`, `"value":"FOP1"`, 1), "1586"},
		"no authority of offer":  {strings.Replace(good, `"authority":"Travelport","value":"`+seat+`"`, `"value":"`+seat+`"`, 1), "1586"},
		"other form reference":   {strings.Replace(good, `"FormOfPaymentRef":"formOfPayment_1"`, `"FormOfPaymentRef":"formOfPayment_2"`, 1), "4178"},
		"other offer reference":  {strings.Replace(good, `"offerRef":"an_o1"`, `"offerRef":"offer_1"`, 1), "1586"},
		"no amount":              {strings.Replace(good, `"Amount"`, `"Other"`, 1), "1586"},
		"no offers":              {c.payment("1"), "1586"},
		"negative":               {c.payment("-1", "offer_1"), "1586"},
	} {
		if got := c.call(t, 200, "POST", path, tt.body); !strings.Contains(got, tt.says) || !strings.Contains(got, `"Error"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	c.call(t, 400, "POST", path, `{"Payments":{}}`)
	got := c.call(t, 201, "POST", path, good)
	if !strings.Contains(got, `"@type":"PaymentIdentifier"`) || strings.Contains(got, `"Error"`) {
		t.Error(got)
	}
	c.call(t, 201, "POST", path, strings.Replace(strings.Replace(good, "150.01", `"0"`, 1), `"offerRef":"an_o1",`, "", 1))
	c.call(t, 201, "POST", path, strings.Replace(strings.Replace(good, `"Amount"`, `"Other"`, 1), `"Payment":{`, `"Payment":{"Fees":{"TotalFees":1},`, 1))
	if n := len(parse(t, c.call(t, 200, "GET", bench+"/"+id, "")).ReservationResponse.Reservation.Payment); n != 3 {
		t.Errorf("%d payments queued", n)
	}
	c.wantTaken(t)
}

func TestCommit(t *testing.T) {
	all := []string{"DocumentTicket", "DocumentTicket", "DocumentEMD"}
	for name, tt := range map[string]struct {
		change func(r *travelporttest.Reservation)
		body   string
		docs   []string
		taken  []string
		says   string
	}{
		"all":               {docs: all, taken: []string{"150.01 USD"}},
		"flat":              {body: `{"@type":"ReservationQueryCommitReservation"}`, docs: all, taken: []string{"150.01 USD"}},
		"some":              {change: func(r *travelporttest.Reservation) { r.Issue = travelporttest.IssueSome }, docs: all[:1], taken: []string{"50.01 USD"}},
		"none":              {change: func(r *travelporttest.Reservation) { r.Issue = travelporttest.IssueNone }},
		"price":             {change: func(r *travelporttest.Reservation) { r.NewPrice = money(t, "101", "USD") }, says: "PRICE HAS CHANGED"},
		"price, no flag":    {change: func(r *travelporttest.Reservation) { r.NewPrice = money(t, "101", "USD") }, body: `{"ReservationQueryCommitReservation":{}}`, docs: all, taken: []string{"101.00 USD"}},
		"schedule":          {change: func(r *travelporttest.Reservation) { r.ScheduleChanged = true }, says: "SCHEDULE HAS CHANGED"},
		"schedule, no flag": {change: func(r *travelporttest.Reservation) { r.ScheduleChanged = true }, body: `{"ReservationQueryCommitReservation":{}}`, docs: all, taken: []string{"150.01 USD"}},
		"refusal":           {change: func(r *travelporttest.Reservation) { r.CommitRefusal = "COMMISSION PERCENTAGE MUST BE ENTERED" }, says: "COMMISSION"},
	} {
		t.Run(name, func(t *testing.T) {
			r := travelporttest.Reservation{Travelers: 2, Offers: []travelporttest.Offer{{Price: money(t, "100.01", "USD")}, {ID: "an_o1", Parent: "offer_1", Price: money(t, "50", "USD")}}}
			if tt.change != nil {
				tt.change(&r)
			}
			c := newServer(t, r)
			if tt.body == "" {
				tt.body = commitBody
			}
			id := c.fill(t)
			got := c.call(t, 200, "POST", "/air/book/reservation/reservations/"+id, tt.body)
			if diff := cmp.Diff(tt.docs, parse(t, got).documents()); diff != "" || !strings.Contains(got, tt.says) {
				t.Errorf("%s\n-want +got:\n%s", got, diff)
			}
			shown := parse(t, c.call(t, 200, "GET", "/air/book/reservation/reservations/"+c.locator, ""))
			if diff := cmp.Diff(tt.docs, shown.documents()); diff != "" || len(c.Documents(c.locator)) != len(tt.docs) {
				t.Errorf("read back -want +got:\n%s", diff)
			}
			c.wantTaken(t, tt.taken...)
			if open := c.OpenWorkbenches(c.locator); (open == 1) != (tt.says != "") {
				t.Errorf("%d workbenches open", open)
			}
		})
	}
}

// TestCommits: a commit of nothing takes nothing, and two workbenches may both issue.
func TestCommits(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	if got := c.commit(t, c.open(t)); got.Status != 200 || len(parse(t, got.Body).documents()) != 0 {
		t.Errorf("%+v", got)
	}
	c.wantTaken(t)
	first, second := c.open(t), c.open(t)
	for _, id := range []string{first, second} {
		c.call(t, 201, "POST", "/air/payment/reservationworkbench/"+id+"/formofpayment", cashForm)
		c.call(t, 201, "POST", "/air/paymentoffer/reservationworkbench/"+id+"/payments", c.payment("150.01", "offer_1", "an_o1"))
	}
	for _, id := range []string{first, second} {
		if got := c.commit(t, id); got.Status != 200 {
			t.Errorf("%+v", got)
		}
	}
	c.wantTaken(t, "150.01 USD", "150.01 USD")
}

func TestDocuments(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	list := "/air/receipt/reservations/" + c.locator + "/receipts"
	if got := c.call(t, 404, "GET", list, ""); !strings.Contains(got, "DOCUMENT TICKET DOES NOT EXIST") {
		t.Error(got)
	}
	c.Fail(travelporttest.Fault{Route: travelporttest.Commit, HideFor: time.Hour})
	if got := c.commit(t, c.fill(t)); got.Status != 200 || len(parse(t, got.Body).documents()) != 0 {
		t.Errorf("hidden documents show: %+v", got)
	}
	c.wantTaken(t, "150.01 USD")
	c.call(t, 404, "GET", list, "")
	c.Advance(time.Hour)
	c.call(t, 200, "GET", list, "")
	numbers := c.Documents(c.locator)
	void := "/air/ticket/tickets/updatestatus/"
	if got := c.call(t, 200, "PUT", void+numbers[0], `{"TicketQueryUpdateTicket":{}}`); !strings.Contains(got, `"Complete"`) {
		t.Error(got)
	}
	c.call(t, 400, "PUT", void+numbers[0], `{"TicketQueryUpdateTicket":{}}`)
	c.call(t, 400, "PUT", void+numbers[1], `{}`)
	batch := `{"locator":{"value":"` + c.locator + `"},"documentVoid":[{"documentType":"Ticket"},{"documentType":"EMD","number":["` + numbers[2] + `"]}]}`
	if got := c.call(t, 200, "POST", "/documents/void", batch); strings.Count(got, "VOID") != 2 {
		t.Error(got)
	}
	c.call(t, 404, "POST", "/documents/void", strings.Replace(batch, c.locator, "ZZZZZZ", 1))
	c.call(t, 400, "POST", "/documents/void", `{}`)
	shown := parse(t, c.call(t, 200, "GET", "/air/book/reservation/reservations/"+c.locator, ""))
	if diff := cmp.Diff([]string{"DocumentTicketVoid", "DocumentTicketVoid", "DocumentEMDVoid"}, shown.documents()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	c.call(t, 404, "GET", list, "")
}

// TestHeldCommit: a commit that arrived before a discard finds the workbench closed.
func TestHeldCommit(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	id := c.fill(t)
	arrived, hold := make(chan struct{}), make(chan struct{})
	c.Fail(travelporttest.Fault{Route: travelporttest.Commit, Arrived: func() { close(arrived) }, Hold: hold})
	done := make(chan reply)
	go func() { done <- c.commit(t, id) }()
	<-arrived
	c.call(t, 204, "DELETE", bench+"/"+id, "")
	close(hold)
	if got := <-done; got.Status != 400 || !strings.Contains(got.Body, "SESSION IDENTIFIER IS INVALID") {
		t.Errorf("%+v", got)
	}
	c.wantTaken(t)
}

// TestFaults: a caller who leaves does not stop a commit, and scripted answers arrive.
func TestFaults(t *testing.T) {
	c := newServer(t, travelporttest.Reservation{})
	id := c.fill(t)
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	c.Fail(travelporttest.Fault{Route: travelporttest.Commit, Arrived: cancel, Hold: hold})
	if got := c.do(ctx, t, "POST", "/air/book/reservation/reservations/"+id, commitBody); got.err == nil {
		t.Errorf("%+v", got)
	}
	close(hold)
	c.wantTaken(t, "150.01 USD")
	c.Fail(travelporttest.Fault{Route: travelporttest.GetReservation, NoAction: true, Status: 502, Damage: travelporttest.HTML, Times: -1})
	if got := c.call(t, 502, "GET", "/air/book/reservation/reservations/"+c.locator, ""); !strings.Contains(got, "<html>") {
		t.Error(got)
	}
	c.ClearFaults()
	c.call(t, 200, "GET", "/air/book/reservation/reservations/"+c.locator, "")
	if n := c.Count(travelporttest.GetReservation); n != 2 || len(c.Requests(travelporttest.GetReservation)) != 2 {
		t.Errorf("%d reads counted", n)
	}
	c.SetTime(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	if c.Now().Year() != 2026 || c.OfferIdentifier("ZZZZZZ", "x") != "" || c.Documents("ZZZZZZ") != nil {
		t.Error("clock or unknown reservation")
	}
	for _, r := range []travelporttest.Reservation{{}, {Locator: c.locator, Offers: []travelporttest.Offer{{Price: money(t, "1", "USD")}}}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%+v was added", r)
				}
			}()
			c.AddReservation(r)
		}()
	}
}
