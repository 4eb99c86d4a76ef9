package travelport

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// booked reads a reservation with two offers and a stranger's one, and these receipts.
func booked(t *testing.T, receipts string) *Reservation {
	t.Helper()
	var r Reservation
	body := `{"Offer":[{"id":"o1","Identifier":{"value":"A"}},{"id":"o2","Identifier":{"value":"B"}},{"id":"o3","Identifier":{"value":"C"}}],"Receipt":[` + receipts + `]}`
	if err := json.Unmarshal([]byte(body), &r); err != nil || r.doubt {
		t.Fatalf("%v, doubt %v", err, r.doubt)
	}
	return &r
}

const (
	ticket1  = `{"@type":"DocumentTicket","Number":"1","TravelerIdentifierRef":{"id":"t1"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":100}}`
	ticket1b = `{"@type":"DocumentTicket","Number":"1b","TravelerIdentifierRef":{"id":"t1"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":100}}`
	ticket2  = `{"@type":"DocumentTicket","Number":"2","TravelerIdentifierRef":{"id":"t2"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":"100.50"}}`
	noOne1   = `{"@type":"DocumentTicket","Number":"8"}`
	noOne2   = `{"@type":"DocumentTicket","Number":"9"}`
	onward1  = `{"@type":"DocumentTicket","Number":"4","TravelerIdentifierRef":{"id":"t1"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":60}}`
	noOne100 = `{"@type":"DocumentTicket","Number":"5","Amount":{"CurrencyCode":{"value":"USD"},"Total":100}}`
	emd      = `{"@type":"DocumentEMD","Number":"3","TravelerIdentifierRef":{"id":"t1"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":50}}`
	emdAgain = `{"@type":"DocumentEMD","Number":"6","TravelerIdentifierRef":{"id":"t1"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":50}}`
	emd2     = `{"@type":"DocumentEMD","Number":"7","TravelerIdentifierRef":{"id":"t2"},"Amount":{"CurrencyCode":{"value":"USD"},"Total":50}}`
)

func receipt(offers, documents string) string {
	if offers == "" {
		return `{"@type":"ReceiptPayment","Document":[` + documents + `]}`
	}
	return `{"@type":"ReceiptPayment","OfferRef":[` + offers + `],"Document":[` + documents + `]}`
}

func TestJudge(t *testing.T) {
	air := expected{Offer: "A", ID: "o1", Kind: expectTicket, Travelers: 2}
	seat := expected{Offer: "B", ID: "o2", Kind: expectEMD, Documents: 1}
	back := expected{Offer: "B", ID: "o2", Kind: expectTicket, Travelers: 2}
	told := expected{Offer: "A", ID: "o1", Documents: 2}
	moved := expected{Offer: "A", ID: "offer_of_yesterday", Kind: expectTicket, Travelers: 2}
	single := expected{Offer: "A", ID: "o1", Kind: expectTicket, Travelers: 1}
	onward := expected{Offer: "B", ID: "o2", Kind: expectTicket, Travelers: 1}
	meal := expected{Offer: "C", ID: "o3", Kind: expectEMD, Documents: 1}
	for name, tt := range map[string]struct {
		plan     []expected
		known    []string
		receipts string
		asked    string // in USD
		have     int
		complete bool
		empty    bool
		dead     int
		taken    string
	}{
		"nothing":                      {plan: []expected{air}, empty: true},
		"both":                         {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1+","+ticket2), have: 2, complete: true, taken: "200.50 USD"},
		"in two receipts":              {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1) + "," + receipt(`"o1"`, ticket2), have: 2, complete: true, taken: "200.50 USD"},
		"without offers":               {plan: []expected{air}, receipts: receipt("", ticket1+","+ticket2), have: 2, complete: true, taken: "200.50 USD"},
		"ids of another answer":        {plan: []expected{moved}, receipts: receipt(`"o1"`, ticket1+","+ticket2), have: 2, complete: true, taken: "200.50 USD"},
		"one":                          {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1), have: 1},
		"one over two numbers":         {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1+","+ticket1b), have: 1},
		"the same number twice":        {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1+","+ticket1), have: 1},
		"of no traveler":               {plan: []expected{air}, receipts: receipt(`"o1"`, noOne1+","+noOne2), have: 0},
		"of no traveler, one wanted":   {plan: []expected{single}, receipts: receipt(`"o1"`, noOne1), have: 1, complete: true},
		"of no traveler, number told":  {plan: []expected{told}, receipts: receipt(`"o1"`, noOne1+","+noOne2), have: 2, complete: true},
		"long journey":                 {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1+","+ticket1b+","+ticket2), have: 2, complete: true},
		"another offer's":              {plan: []expected{air}, receipts: receipt(`"o3"`, ticket1+","+ticket2), empty: true},
		"with an EMD":                  {plan: []expected{air, seat}, receipts: receipt(`"o1"`, ticket1+","+ticket2) + "," + receipt(`"o2"`, emd), have: 3, complete: true, taken: "250.50 USD"},
		"with an EMD, one receipt":     {plan: []expected{air, seat}, receipts: receipt(`"o1","o2"`, ticket1+","+ticket2+","+emd), have: 3, complete: true, taken: "250.50 USD"},
		"with an EMD, no offers":       {plan: []expected{air, seat}, receipts: receipt("", ticket1+","+ticket2+","+emd), have: 3, complete: true, taken: "250.50 USD"},
		"EMD missing":                  {plan: []expected{air, seat}, receipts: receipt(`"o1","o2"`, ticket1+","+ticket2), have: 2},
		"EMD alone":                    {plan: []expected{air, seat}, receipts: receipt(`"o1","o2"`, emd), have: 1},
		"two flights, one ticket each": {plan: []expected{air, back}, receipts: receipt(`"o1","o2"`, ticket1+","+ticket2), have: 2},
		"two flights, one traveler's":  {plan: []expected{air, back}, receipts: receipt(`"o1","o2"`, ticket1+","+ticket1b+`,{"@type":"DocumentTicket","Number":"1c","TravelerIdentifierRef":{"id":"t1"}}`), have: 2},
		// One number may be another one of the same ticket, so that only amounts tell that each offer has its own.
		"long ticket of one flight":       {plan: []expected{single, onward}, receipts: receipt(`"o1","o2"`, ticket1+","+ticket1b), asked: "160", have: 2},
		"long ticket, no offers":          {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+ticket1b), asked: "160", have: 2},
		"long ticket, flights of a price": {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+ticket1b), asked: "200", have: 2},
		"long ticket, one number named":   {plan: []expected{single, onward}, receipts: receipt(`"o1"`, ticket1) + "," + receipt("", ticket1b), asked: "200", have: 2},
		"long ticket, one of no traveler": {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+noOne100), asked: "200", have: 2},
		"long ticket, no amounts":         {plan: []expected{single, onward}, receipts: receipt("", noOne1+","+noOne2), asked: "160", have: 2},
		"tickets of both":                 {plan: []expected{single, onward}, receipts: receipt(`"o1","o2"`, ticket1+","+onward1), asked: "160", have: 2, complete: true, taken: "160.00 USD"},
		"tickets of both, no offers":      {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+onward1), asked: "160", have: 2, complete: true, taken: "160.00 USD"},
		"tickets of both, other amount":   {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+onward1), asked: "160.01", have: 2},
		"tickets of both, nothing asked":  {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+onward1), have: 2},
		"tickets of both, long":           {plan: []expected{single, onward}, receipts: receipt("", ticket1+","+ticket1b+","+onward1), asked: "160", have: 2},
		"tickets of both, named":          {plan: []expected{single, onward}, receipts: receipt(`"o1"`, ticket1) + "," + receipt(`"o2"`, ticket1b), asked: "160", have: 2, complete: true, taken: "200.00 USD"},
		"tickets of both, named, long":    {plan: []expected{single, onward}, receipts: receipt(`"o1"`, ticket1+","+ticket1b) + "," + receipt(`"o2"`, onward1), asked: "160", have: 2, complete: true},
		"EMDs of both":                    {plan: []expected{seat, meal}, receipts: receipt(`"o2","o3"`, emd+","+emdAgain), asked: "100", have: 2, complete: true, taken: "100.00 USD"},
		"EMDs of one, for each traveler":  {plan: []expected{seat, meal}, receipts: receipt(`"o2","o3"`, emd+","+emd2), asked: "120", have: 2},
		"unknown class":                   {plan: []expected{air}, receipts: receipt(`"o1"`, `{"@type":"DocumentOfTomorrow","Number":"7"}`), have: 0},
		"no number":                       {plan: []expected{air}, receipts: receipt(`"o1"`, `{"@type":"DocumentTicket"}`), have: 0},
		"void":                            {plan: []expected{air}, receipts: receipt(`"o1"`, `{"@type":"DocumentTicketVoid","Number":"1"}`), empty: true, dead: 1},
		"historic":                        {plan: []expected{air}, receipts: receipt(`"o1"`, `{"@type":"DocumentTicket","Number":"1","historicInd":true}`), empty: true, dead: 1},
		"refunded":                        {plan: []expected{air}, receipts: receipt(`"o1"`, `{"@type":"DocumentTicketRefund","Number":"1"}`), empty: true, dead: 1},
		"void before":                     {plan: []expected{air}, known: []string{"1"}, receipts: receipt(`"o1"`, `{"@type":"DocumentTicketVoid","Number":"1"}`), empty: true},
		"issued and void in one answer":   {plan: []expected{air}, receipts: receipt(`"o1"`, ticket1+","+ticket2) + "," + receipt(`"o1"`, `{"@type":"DocumentTicketVoid","Number":"1"}`), have: 1, dead: 1},
		"plain documents":                 {plan: []expected{single}, receipts: receipt("", `{"@type":"Document","Number":"1"}`), have: 1, complete: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := plan{Offers: tt.plan, Known: tt.known}
			var asked payment.Money
			if tt.asked != "" {
				asked = mustMoney(t, tt.asked, "USD")
			}
			f := p.judge(booked(t, tt.receipts), asked)
			if f.have != tt.have || f.complete() != tt.complete || f.empty() != tt.empty || f.dead != tt.dead {
				t.Errorf("%+v, complete %v, empty %v", f, f.complete(), f.empty())
			}
			if tt.complete && f.taken.String() != tt.taken {
				t.Errorf("taken %s, want %s", f.taken, tt.taken)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	const offers = `[{"id":"offer_1","Identifier":{"value":"A"},"Price":{"TotalPrice":"250.01","CurrencyCode":{"value":"USD"}}},
		{"id":"an_o1","parentOfferRef":"offer_1","Identifier":{"value":"B"},"Price":{"TotalPrice":50,"CurrencyCode":{"value":"USD"}}}]`
	read := func(body string) *Reservation {
		var r Reservation
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatal(err)
		}
		return &r
	}
	full := read(`{"Offer":` + offers + `,"Traveler":[{"id":"t1"},{"id":"t2"}]}`)
	two := []part{{offers: []PaidOffer{{Offer: "A"}}}, {offers: []PaidOffer{{Offer: "offer_1", Documents: 3}, {Offer: "an_o1"}}}}
	b, err := resolve(two, full)
	if err != nil || len(b.plan.Offers) != 2 || b.plan.Offers[0].Documents != 3 || b.plan.Offers[1].Kind != expectEMD || len(b.offers[1]) != 2 {
		t.Errorf("%+v, %v", b, err)
	}
	if err := checkPrice(b, mustMoney(t, "300.01", "USD")); err != nil {
		t.Errorf("an offer that two forms pay counts once: %v", err)
	}
	for name, r := range map[string]*Reservation{
		"no travelers":     read(`{"Offer":` + offers + `}`),
		"no offers":        read(`{"Traveler":[{"id":"t1"}]}`),
		"one name for two": read(`{"Traveler":[{"id":"t1"}],"Offer":[{"id":"A","Identifier":{"value":"X"}},{"id":"offer_1","Identifier":{"value":"A"}}]}`),
		"no identifier":    read(`{"Traveler":[{"id":"t1"}],"Offer":[{"id":"A"}]}`),
	} {
		if b, err := resolve(two[:1], r); payment.OutcomeOf(err) != payment.NotSent || err == nil {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	odd := read(`{"Offer":[{"id":"offer_1","Identifier":{"value":"A"},"Price":{"TotalPrice":"much","CurrencyCode":{"value":"USD"}}}],"Traveler":[{"id":"t1"}]}`)
	if b, err = resolve(two[:1], odd); err != nil || checkPrice(b, mustMoney(t, "1", "USD")) == nil {
		t.Errorf("an unreadable price passed: %v", err)
	}
}

// TestFindingAmount: what was taken is what the documents cost, or where they do not say it, what the payments were.
func TestFindingAmount(t *testing.T) {
	usd := func(s string) payment.Money { return mustMoney(t, s, "USD") }
	paid := func(list string) ReservationResponse {
		var r Reservation
		if err := json.Unmarshal([]byte(`{"Payment":[`+list+`]}`), &r); err != nil {
			t.Fatal(err)
		}
		return ReservationResponse{Reservation: &r}
	}
	for name, tt := range map[string]struct {
		taken    payment.Money
		payments string
		want     string
		outcome  payment.Outcome
	}{
		"documents":           {usd("10"), `{"Amount":{"code":"USD","value":11}}`, "10.00 USD", payment.Accepted},
		"documents differ":    {usd("9"), "", "9.00 USD", payment.Accepted},
		"payments":            {payment.Money{}, `{"Amount":{"code":"USD","value":4}},{"Amount":{"code":"USD","value":"6.00"}}`, "10.00 USD", payment.Accepted},
		"payments differ":     {payment.Money{}, `{"Amount":{"code":"EUR","value":10}}`, "10.00 EUR", payment.Accepted},
		"neither":             {payment.Money{}, "", "", payment.Accepted},
		"two currencies":      {payment.Money{}, `{"Amount":{"code":"USD","value":4}},{"Amount":{"code":"EUR","value":6}}`, "", payment.Accepted},
		"payment of no value": {payment.Money{}, `{"Amount":{"code":"USD"}}`, "", payment.Accepted},
	} {
		f := finding{have: 1, want: 1, taken: tt.taken}
		p, err := f.payment(payment.Attempt{Amount: usd("10")}, paid(tt.payments), payment.MatchedByDocuments)
		differs := tt.want != "" && tt.want != "10.00 USD"
		if !p.Paid() || p.Amount.String() != tt.want || errors.Is(err, payment.ErrAmountMismatch) != differs || payment.OutcomeOf(err) != tt.outcome {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}
