package etm

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// withoutRaw leaves the raw copies out of a comparison.
var withoutRaw = cmpopts.IgnoreFields(Order{}, "Raw")

// documentedOrder is the order of ETM's example.
func documentedOrder() Order {
	us := Agency{ID: "37594", Login: "TEST_API_ETS", Type: "O", Country: "RU"}
	agency := us
	agency.Zip = "0015"
	at := func(country, name, city, cityName, airport, airportName, terminal, clock string) Stop {
		return Stop{
			Country: Place{country, name}, City: Place{city, cityName}, Airport: Place{airport, airportName}, Terminal: terminal,
			Date: "2024-11-22", Time: clock, Timezone: "+01:00", Timestamp: 1732258800,
		}
	}
	return Order{
		OrderID: "1053715", BookID: "982871", BuyID: "2275014016", Status: StatusBooked, PNRNumber: "R5KN9G",
		Amount: "221.92000000000002", Currency: "EUR",
		Buyer: Buyer{
			Email: "support@etsgroup.travel", Phone: "(7) 9483889922", Country: Place{"RU", "Россия"}, City: "Odessa",
			Address: "Akademika Koroleva 5/4", Zip: "345341",
		},
		Agency: agency, Operator: us, RLNumber: Locators{"LO": "R5KN9G"}, StampCreate: "2024-11-19 06:16:00",
		TimeTillTicket: TimeTillTicket{"1", "23", "59", "2024-11-21 06:16:00"},
		LeftToVoid:     json.RawMessage("false"), LeftToVoidTime: "2024-11-19 06:16:00",
		Directions: []Direction{{
			ID: "2275014016", Direction: 1, Stops: "0", Duration: "01:10:00", DurationSeconds: 4200,
			Segments: Segments{{
				Number:    1,
				Departure: at("DE", "Германия", "BER", "Берлин", "BER", "BRANDENBURG", "1", "08:00:00"),
				Arrival:   at("PL", "Польша", "WAW", "Варшава", "WAW", "Варшава", "", "09:10:00"),
				Technical: json.RawMessage("[]"), Wait: json.RawMessage("null"), Duration: "01:10:00", DurationSeconds: 4200,
			}},
		}},
	}
}

// TestBrokenAnswersAreNotRead: what is no JSON as a whole shows no order, however whole the order in it looks.
func TestBrokenAnswersAreNotRead(t *testing.T) {
	c := newTestClient(t, StageURL, B2CLogin(testAppID, ""))
	const body = `{"status":"ok","data":{"order_id":7,"status":"B","stamp_ticket":null,"amount":1.5},"x":[1]}`
	if _, err := c.readOrder(&call.Answer{Status: 200, Body: []byte(body)}, "7"); err != nil {
		t.Fatal(err)
	}
	for i := range len(body) {
		for _, broken := range []string{body[:i], body[:i] + "\x00" + body[i:]} {
			if o, err := c.readOrder(&call.Answer{Status: 200, Body: []byte(broken)}, "7"); err == nil {
				t.Errorf("%q is read as %+v", broken, o)
			}
		}
	}
}

// TestDocumentedOrder: every member of ETM's example is typed, and what is not known is kept.
func TestDocumentedOrder(t *testing.T) {
	body := []byte(swap(fixture(t, "order-created.json"), `"data": {`, `"data": {"passengers":[{"type":"ADT"}],`))
	got, err := ParseOrder(body)
	if err != nil {
		t.Fatal(err)
	}
	clear(body) // the caller's to use again
	if diff := cmp.Diff(documentedOrder(), got, withoutRaw, cmpopts.IgnoreFields(Segment{}, "Raw")); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(got.Raw), `"passengers":[{"type":"ADT"}]`) || !strings.Contains(string(got.Directions[0].Segments[0].Raw), `"technical"`) {
		t.Error("the unknown members are lost")
	}
	total, err := got.Total()
	if err != nil || !total.Equal(mustMoney(t, "221.92", "EUR")) || total.Amount() != "221.92" {
		t.Errorf("total %v, %v", total, err)
	}
	exact, err := got.Amount.Decimal()
	if err != nil || exact.String() != "221.92000000000002" {
		t.Errorf("amount %v, %v", exact, err)
	}
}

// TestOrderAsRead: the simulator shows an order like the document does.
func TestOrderAsRead(t *testing.T) {
	srv, c := simulate(t, nil)
	id := srv.AddOrder(etmtest.Order{Lists: true})
	o, err := c.GetOrder(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.RLNumber) != 0 || len(o.Directions) != 1 || len(o.Directions[0].Segments) != 1 || o.StampTicket != nil || o.Agency.Login != mask {
		t.Errorf("order %+v", o)
	}
	list, err := c.ListOrders(t.Context(), url.Values{"page": {"1"}})
	if err != nil || !strings.HasPrefix(string(list.Data), `[{"order_id":`+id) || len(list.Raw) <= len(list.Data) {
		t.Errorf("list %s, %v", list.Data, err)
	}
	if q := srv.Requests(etmtest.ListOrders)[0].URL.RawQuery; q != "page=1" {
		t.Errorf("query %q", q)
	}
	resp, err := c.Do(t.Context(), Operation{
		Name: "CreateOrder", Method: "POST", Path: []string{"api", "air", "orders"}, Body: []byte(`{"buy_id":"2275014016"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	if o, err := ParseOrder(resp.Body); err != nil || o.OrderID == "" || string(o.OrderID) == id {
		t.Errorf("created %+v, %v", o, err)
	}
}

func TestParseOrderRefuses(t *testing.T) {
	for body, want := range map[string]error{
		``: errNotObject, `[]`: errNotObject, `{`: errNotObject, `{"status":"ok"}`: errNoData, `{"status":"ok","data":[]}`: errNoData,
		`{"status":"ok","data":{}}`: errNoID, `{"status":"ok","data":{"order_id":null}}`: errNoID,
	} {
		if _, err := ParseOrder([]byte(body)); !errors.Is(err, want) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
	var said *Error
	if _, err := ParseOrder([]byte(fixture(t, "failure-200.json"))); !errors.As(err, &said) || said.Status != "error" {
		t.Errorf("a failure: %v", err)
	}
}

// TestMaps: what PHP writes as an object or as a list is the same to us, in the order of its numbers.
func TestMaps(t *testing.T) {
	for in, want := range map[string]string{
		`{"10":{"number":10},"2":{"number":2},"1":{"number":1}}`: "1 2 10", `[{"number":1},{"number":2}]`: "1 2",
		`{}`: "", `[]`: "", `null`: "", `false`: "", `"x"`: "", `{"b":{"number":4},"1":{"number":3},"a":{"number":5}}`: "3 5 4",
		`[{"number":"x"},7]`: "0 0",
	} {
		var s Segments
		if err := json.Unmarshal([]byte(in), &s); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		var got []string
		for _, x := range s {
			got = append(got, itoa(x.Number))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
	for in, want := range map[string]Locators{
		`{"LO":"R5KN9G","SU":7}`: {"LO": "R5KN9G", "SU": "7"}, `[]`: {}, `["A"]`: {"0": "A"}, `null`: {}, `"x"`: {},
	} {
		var l Locators
		if err := json.Unmarshal([]byte(in), &l); err != nil {
			t.Errorf("%s: %v", in, err)
		}
		if diff := cmp.Diff(want, l, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}

func TestTotal(t *testing.T) {
	for _, tt := range []struct{ amount, currency, want string }{
		{"221.92000000000002", "EUR", "221.92 EUR"},
		{"221.91999999999999", "EUR", "221.92 EUR"},
		{"132933.7", "RUB", "132933.70 RUB"},
		{"1329337.0999999999", "RUB", "1329337.10 RUB"},
		{"500.00000000000006", "JPY", "500 JPY"},
		{"0.30000000000000004", "KWD", "0.300 KWD"},
		{"2.2192e2", "EUR", "221.92 EUR"},
		{"221.925", "EUR", "221.925 EUR"},         // not noise, and nothing rounds it
		{"221.9200001", "EUR", "221.9200001 EUR"}, // nor this
		{"221.92000000000002", "XQX", "221.92000000000002 XQX"},
		{"0", "EUR", "0.00 EUR"},
		{"-1", "EUR", ""},
		{"1e1000000000", "EUR", ""},
		{"NaN", "EUR", ""},
		{"", "EUR", ""},
		{"1", "", ""},
		{"1", "eur", ""},
	} {
		got, err := Order{Amount: Amount(tt.amount), Currency: tt.currency}.Total()
		if got.String() != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s %s: %v, %v, want %s", tt.amount, tt.currency, got, err, tt.want)
		}
		if err != nil && payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s %s: outcome %v", tt.amount, tt.currency, payment.OutcomeOf(err))
		}
	}
}

func TestStamp(t *testing.T) {
	zone := time.FixedZone("", 3*60*60)
	got, err := Stamp("2024-11-21 06:16:00").In(zone)
	if err != nil || !got.Equal(time.Date(2024, 11, 21, 3, 16, 0, 0, time.UTC)) {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []Stamp{"", "0000-00-00 00:00:00", "2024-11-21", "2024-11-21T06:16:00", "2024-11-21 06:16:00.5", "2024-13-21 06:16:00"} {
		if got, err := s.In(zone); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
	if _, err := Stamp("2024-11-21 06:16:00").In(nil); err == nil {
		t.Error("no zone, and no error")
	}
}
