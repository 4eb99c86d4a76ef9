package duffeltest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// hold is the recorded request for the offer.
func hold(t *testing.T, offerID string) string {
	return strings.Replace(fixture(t, "create-order-request-hold.json"), "off_00009htYpSCXrwaB9DnUm0", offerID, 1)
}

func (c *caller) post(t *testing.T, path, body string) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", path, body)
}

// postTo is post to another origin.
func (c *caller) postTo(t *testing.T, url, path, body string) reply {
	t.Helper()
	moved := *c
	server := duffeltest.Server{URL: url, Token: c.Token}
	moved.Server = &server
	return moved.post(t, path, body)
}

func TestCreateOrderChecks(t *testing.T) {
	srv := newServer(t)
	srv.AddOffer(duffeltest.Offer{ID: "off_a"})
	srv.AddOffer(duffeltest.Offer{ID: "off_now", RequiresInstantPayment: true})
	srv.AddOffer(duffeltest.Offer{ID: "off_gone", Gone: true})
	srv.AddOffer(duffeltest.Offer{ID: "off_done"})
	if got := srv.post(t, "/air/orders", hold(t, "off_done")); got.Status != 201 {
		t.Fatalf("%+v", got)
	}
	instant := func(amount, currency string) string {
		return strings.Replace(strings.Replace(hold(t, "off_a"), `"hold"`, `"instant"`, 1), `"passengers"`,
			`"payments":[{"type":"balance","amount":"`+amount+`","currency":"`+currency+`"}],"passengers"`, 1)
	}
	for name, tt := range map[string]struct {
		body   string
		status int
		codes  []string
	}{
		"not JSON":        {`{`, 400, []string{"bad_request"}},
		"no data":         {`{}`, 400, []string{"missing_data_param"}},
		"nothing":         {`{"data":{}}`, 422, []string{"validation_required", "validation_length", "validation_required"}},
		"no email":        {strings.Replace(hold(t, "off_a"), `"email"`, `"x"`, 1), 422, []string{"validation_required"}},
		"other type":      {strings.Replace(hold(t, "off_a"), `"hold"`, `"pay_later"`, 1), 422, []string{"validation_inclusion"}},
		"unknown offer":   {hold(t, "off_b"), 404, []string{"not_found"}},
		"gone":            {hold(t, "off_gone"), 422, []string{"offer_no_longer_available"}},
		"instant only":    {hold(t, "off_now"), 422, []string{"invalid_order_create_type"}},
		"again":           {hold(t, "off_done"), 422, []string{"order_creation_already_attempted"}},
		"hold and pay":    {strings.Replace(instant("30.20", "GBP"), `"instant"`, `"hold"`, 1), 422, []string{"payments_not_allowed_for_order_type"}},
		"unpaid":          {strings.Replace(hold(t, "off_a"), `"hold"`, `"instant"`, 1), 422, []string{"validation_required"}},
		"other amount":    {instant("30.21", "GBP"), 422, []string{"payment_amount_does_not_match_order_amount"}},
		"other currency":  {instant("30.20", "EUR"), 422, []string{"payment_currency_does_not_match_order_currency"}},
		"unknown service": {strings.Replace(hold(t, "off_a"), `"passengers"`, `"services":[{"id":"x","quantity":1}],"passengers"`, 1), 422, []string{"validation_inclusion"}},
	} {
		t.Run(name, func(t *testing.T) { wantRefused(t, srv.post(t, "/air/orders", tt.body), tt.status, tt.codes...) })
	}
}

// TestTwoOrdersAtOnce: both were checked before either was booked, so both are booked.
func TestTwoOrdersAtOnce(t *testing.T) {
	srv := newServer(t)
	srv.AddOffer(duffeltest.Offer{ID: "off_a"})
	arrived, held := make(chan struct{}), make(chan struct{})
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreateOrder, Hold: held, Arrived: func() { close(arrived) }})
	first := make(chan reply)
	go func() { first <- srv.post(t, "/air/orders", hold(t, "off_a")) }()
	<-arrived
	if got := srv.post(t, "/air/orders", hold(t, "off_a")); got.Status != 201 {
		t.Errorf("second: %+v", got)
	}
	close(held)
	if got := <-first; got.Status != 201 {
		t.Errorf("first: %+v", got)
	}
	var list struct{ Data []struct{ ID string } }
	if srv.get(t, "/air/orders?offer_id=off_a", &list); len(list.Data) != 2 {
		t.Errorf("%d orders", len(list.Data))
	}
}

func TestFinishOrder(t *testing.T) {
	srv := newServer(t)
	srv.AddOffer(duffeltest.Offer{ID: "off_a", Booking: duffeltest.BookLater})
	srv.AddOffer(duffeltest.Offer{ID: "off_b", Booking: duffeltest.BookUnseen})
	for _, bad := range []string{"off_a", "off_c"} {
		if id, err := srv.FinishOrder(bad, true); err == nil {
			t.Errorf("finished %s: %s", bad, id)
		}
	}
	got := srv.post(t, "/air/orders", hold(t, "off_a"))
	if diff := cmp.Diff(fixture(t, "accepted-message.json"), got.Body); diff != "" || got.Status != 202 {
		t.Errorf("status %d (-recorded +got):\n%s", got.Status, diff)
	}
	if got := srv.post(t, "/air/orders", hold(t, "off_b")); got.Status != 200 {
		t.Errorf("unseen: %+v", got)
	}
	if id, err := srv.FinishOrder("off_a", false); id != "" || err != nil {
		t.Errorf("failed: %q, %v", id, err)
	}
	if id, err := srv.FinishOrder("off_b", false); err == nil {
		t.Errorf("an unseen order failed: %q", id)
	}
	id, err := srv.FinishOrder("off_b", true)
	if err != nil || srv.order(t, id).Data.ID != id {
		t.Errorf("%q, %v", id, err)
	}
	var types []string
	for _, w := range srv.Webhooks() {
		types = append(types, w.Type)
	}
	if diff := cmp.Diff([]string{"order.creation_failed", "order.created"}, types); diff != "" {
		t.Errorf("webhooks (-want +got):\n%s", diff)
	}
}

// TestOrigins: the vault has cards and nothing else, and the API has no cards.
func TestOrigins(t *testing.T) {
	for _, opts := range [][]duffeltest.Option{nil, {duffeltest.WithTLS()}} {
		srv := newServer(t, opts...)
		card := fixture(t, "create-card-request.json")
		if got := srv.postTo(t, srv.CardsURL, "/payments/cards", card); got.Status != 201 || !strings.Contains(got.Body, `"last_4_digits":"4242"`) {
			t.Errorf("card: %+v", got)
		}
		if got := srv.post(t, "/payments/cards", card); got.Status != 404 {
			t.Errorf("card at the API: %+v", got)
		}
		if got := srv.postTo(t, srv.CardsURL, "/air/orders", "{}"); got.Status != 404 {
			t.Errorf("order at the vault: %+v", got)
		}
		if n := srv.Count(duffeltest.CreateCard); n != 2 {
			t.Errorf("%d requests", n)
		}
	}
}

func TestSessions(t *testing.T) {
	srv := newServer(t)
	srv.AddOrder(duffeltest.Order{ID: "ord_a"})
	srv.AddOrder(duffeltest.Order{ID: "ord_b"})
	card := func() string {
		t.Helper()
		var v struct{ Data struct{ ID string } }
		if err := json.Unmarshal([]byte(srv.postTo(t, srv.CardsURL, "/payments/cards", fixture(t, "create-card-request.json")).Body), &v); err != nil {
			t.Fatal(err)
		}
		return v.Data.ID
	}
	session := func(cardID, resource string) reply {
		return srv.post(t, "/payments/three_d_secure_sessions", fmt.Sprintf(`{"data":{"card_id":%q,"resource_id":%q,"services":[]}}`, cardID, resource))
	}
	pay := func(orderID, sessionID string) reply {
		return srv.post(t, "/air/payments", fmt.Sprintf(`{"data":{"order_id":%q,"payment":{"type":"card","three_d_secure_session_id":%q,"amount":"30.20","currency":"GBP"}}}`, orderID, sessionID))
	}
	first := card()
	wantRefused(t, session("tcd_x", "ord_a"), 404, "not_found")
	wantRefused(t, session(first, "ord_x"), 404, "not_found")
	wantRefused(t, srv.post(t, "/payments/three_d_secure_sessions", `{"data":{"card_id":"a","resource_id":"b"}}`), 422, "validation_required")
	if got := session(first, "ord_a"); got.Status != 201 {
		t.Fatalf("%+v", got)
	}
	const id = "3ds_0000000000000000000001"
	wantRefused(t, pay("ord_b", id), 422, "three_d_secure_session_not_found")
	if got := pay("ord_a", id); got.Status != 201 {
		t.Fatalf("%+v", got)
	}
	wantRefused(t, session(first, "ord_b"), 404, "not_found") // the card is used up
	second := card()
	if got := session(second, "ord_b"); got.Status != 201 {
		t.Fatalf("%+v", got)
	}
	srv.Advance(26 * time.Minute)
	wantRefused(t, pay("ord_b", "3ds_0000000000000000000002"), 422, "three_d_secure_session_expired")
	srv.wantTaken(t, "ord_b")
}

// TestPricedCharges: after pricing, a card pays the charge and nothing else.
func TestPricedCharges(t *testing.T) {
	srv := newServer(t)
	srv.AddOrder(duffeltest.Order{ID: "ord_a", CardSurcharge: money(t, "1.00", "GBP"), AirlineCredits: map[string]payment.Money{"acd_a": money(t, "100", "GBP")}})
	var v struct{ Data struct{ ID string } }
	if err := json.Unmarshal([]byte(srv.postTo(t, srv.CardsURL, "/payments/cards", fixture(t, "create-card-request.json")).Body), &v); err != nil {
		t.Fatal(err)
	}
	price := func(methods string) reply {
		return srv.post(t, "/air/orders/ord_a/actions/price", `{"data":{"intended_payment_methods":[`+methods+`]}}`)
	}
	wantRefused(t, price(""), 422, "validation_required")
	wantRefused(t, price(`{"type":"card","card_id":"tcd_x"}`), 422, "validation_inclusion")
	wantRefused(t, price(`{"type":"airline_credit","airline_credit_id":"acd_x"}`), 422, "ineligible_airline_credit")
	if got := price(`{"type":"airline_credit","airline_credit_id":"acd_a"}`); !strings.Contains(got.Body, `"charge_amount":"30.20"`) {
		t.Errorf("a credit worth more: %+v", got)
	}
	if got := price(`{"type":"card","card_id":"` + v.Data.ID + `"}`); got.Status != 200 || !strings.Contains(got.Body, `"surcharge_amount":"1.00","surcharge_currency":"GBP","charge_amount":"31.20"`) {
		t.Fatalf("%+v", got)
	}
	pay := func(amount string) reply {
		return srv.post(t, "/air/payments", `{"data":{"order_id":"ord_a","payment":{"type":"card","three_d_secure_session_id":"3ds_x","amount":"`+amount+`","currency":"GBP"}}}`)
	}
	wantRefused(t, pay("30.20"), 422, "payment_amount_does_not_match_order_amount")
	if got := pay("31.20"); got.Status != 201 {
		t.Errorf("%+v", got)
	}
	srv.wantTaken(t, "ord_a", "31.20 GBP")
}

func TestCancellationMatchesRecordedBody(t *testing.T) {
	srv := newServer(t)
	srv.SetTime(recorded)
	id := srv.AddOrder(duffeltest.Order{ID: "ord_00009hthhsUZ8W4LxQgkjo", Instant: true, Price: money(t, "90.80", "GBP"), RefundTo: "arc_bsp_cash"})
	got := srv.post(t, "/air/order_cancellations", `{"data":{"order_id":"`+id+`"}}`)
	want := asJSON(t, fixture(t, "order-cancellation.json"))
	data := want.(map[string]any)["data"].(map[string]any)
	data["id"], data["expires_at"] = "ore_0000000000000000000001", "2020-04-11T16:18:11Z"
	if diff := cmp.Diff(want, asJSON(t, got.Body)); diff != "" || got.Status != 201 {
		t.Errorf("status %d (-recorded +got):\n%s", got.Status, diff)
	}
	// Hidden from reads at first, the confirmation is in its own answer.
	hide := make(chan struct{})
	srv.Fail(duffeltest.Fault{Route: duffeltest.ConfirmOrderCancellation, Hide: hide})
	confirmed := srv.post(t, "/air/order_cancellations/ore_0000000000000000000001/actions/confirm", "")
	read := srv.do(t.Context(), t, "GET", "/air/order_cancellations/ore_0000000000000000000001", "")
	if strings.Contains(confirmed.Body, `"confirmed_at":null`) || !strings.Contains(read.Body, `"confirmed_at":null`) {
		t.Errorf("%s\n%s", confirmed.Body, read.Body)
	}
	close(hide)
	if read = srv.do(t.Context(), t, "GET", "/air/order_cancellations/ore_0000000000000000000001", ""); read.Body != confirmed.Body {
		t.Errorf("%s\n%s", confirmed.Body, read.Body)
	}
	wantRefused(t, srv.post(t, "/air/order_cancellations", `{"data":{"order_id":"`+id+`"}}`), 422, "already_cancelled")
}

func TestDeliver(t *testing.T) {
	srv := newServer(t)
	srv.SetTime(recorded)
	srv.pay(t, srv.AddOrder(duffeltest.Order{}))
	type arrival struct{ Type, Signature string }
	var got []arrival
	status := http.StatusInternalServerError
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var e struct{ Type string }
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		signed := "wrong"
		if r.Header.Get("X-Duffel-Signature") == duffeltest.SignWebhook("s", recorded.Add(-time.Minute), body) {
			signed = "late"
		} else if r.Header.Get("X-Duffel-Signature") == duffeltest.SignWebhook("s", recorded, body) {
			signed = "now"
		}
		got = append(got, arrival{e.Type, signed})
		w.WriteHeader(status)
	}))
	defer hook.Close()
	for _, tt := range []struct {
		d      duffeltest.Delivery
		answer int
		want   []arrival
	}{
		{duffeltest.Delivery{}, 500, []arrival{{"payment.created", "now"}, {"air.payment.succeeded", "now"}}},
		{duffeltest.Delivery{Late: time.Minute, Reverse: true}, 500, []arrival{{"air.payment.succeeded", "late"}, {"payment.created", "late"}}},
		{duffeltest.Delivery{Duplicate: true}, 204, []arrival{{"payment.created", "now"}, {"payment.created", "now"}, {"air.payment.succeeded", "now"}, {"air.payment.succeeded", "now"}}},
		{duffeltest.Delivery{}, 204, nil},
		{duffeltest.Delivery{Again: true}, 204, []arrival{{"payment.created", "now"}, {"air.payment.succeeded", "now"}}},
	} {
		got, status = nil, tt.answer
		tt.d.URL, tt.d.Secret = hook.URL, "s"
		statuses, err := srv.Deliver(t.Context(), tt.d)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil || len(statuses) != len(tt.want) {
			t.Errorf("%+v (-want +got):\n%s%v, %v", tt.d, diff, statuses, err)
		}
	}
	hook.Close()
	if _, err := srv.Deliver(t.Context(), duffeltest.Delivery{URL: hook.URL, Again: true}); err == nil {
		t.Error("delivered to nobody")
	}
}
