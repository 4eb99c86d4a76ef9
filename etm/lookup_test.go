package etm

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func cut(s, part string) string { return swap(s, part, "") }

// swap replaces a part that must be there.
func swap(s, part, by string) string {
	if strings.Count(s, part) != 1 {
		panic("not once in the text: " + part)
	}
	return strings.Replace(s, part, by, 1)
}

// TestLookup: a time of ticketing is the one proof there is, and it proves a payment, never its absence.
func TestLookup(t *testing.T) {
	order := func(status, stamp string) string {
		return `{"status":"ok","data":{"order_id":1053715,"status":"` + status + `","stamp_ticket":` + stamp + `}}`
	}
	for name, tt := range map[string]struct {
		status int
		body   string
		paid   bool
		kind   error
	}{
		"tickets":                {200, order("T", `"2024-11-20 10:00:00"`), true, nil},
		"tickets, still booked":  {200, order("B", `"2024-11-20 10:00:00"`), true, nil},
		"booked":                 {200, order("B", `null`), false, payment.ErrInconclusive},
		"another status":         {200, order("CANCELLED", `null`), false, payment.ErrInconclusive},
		"stamp absent":           {200, `{"status":"ok","data":{"order_id":1053715,"status":"T"}}`, false, payment.ErrInconclusive},
		"stamp empty":            {200, order("T", `""`), false, payment.ErrInconclusive},
		"stamp of zeros":         {200, order("T", `"0000-00-00 00:00:00"`), false, payment.ErrInconclusive},
		"stamp false":            {200, order("T", `false`), false, payment.ErrInconclusive},
		"stamp true":             {200, order("T", `true`), false, payment.ErrInconclusive},
		"another order":          {200, `{"status":"ok","data":{"order_id":1,"stamp_ticket":"2024-11-20 10:00:00"}}`, false, errOtherOrder},
		"no id":                  {200, `{"status":"ok","data":{"stamp_ticket":"2024-11-20 10:00:00"}}`, false, errNoID},
		"envelope not ok":        {200, `{"status":"error","data":{"order_id":1053715,"stamp_ticket":"2024-11-20 10:00:00"}}`, false, nil},
		"empty":                  {200, `{"status":"ok","data":[]}`, false, errNoData},
		"404":                    {404, fixture(t, "failure-200.json"), false, payment.ErrInconclusive},
		"401":                    {401, `{}`, false, payment.ErrInconclusive},
		"403":                    {403, `{}`, false, payment.ErrInconclusive},
		"500":                    {500, ``, false, payment.ErrUnavailable},
		"404 with an order":      {404, order("T", `"2024-11-20 10:00:00"`), false, payment.ErrInconclusive},
		"another address":        {302, ``, false, nil},
		"order_id as text, paid": {200, `{"status":"ok","data":{"order_id":"1053715","stamp_ticket":"2024-11-20 10:00:00"}}`, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"GET /api/air/orders/" + testOrder: {status: tt.status, body: tt.body}})
			zone := time.FixedZone("", 3*60*60)
			c := s.client(t, WithTimeZone(zone))
			a, err := c.Prepare(request(t, testOrder))
			if err != nil {
				t.Fatal(err)
			}
			a = a.After(payment.Payment{}, &payment.Error{Status: 500})
			p, err := c.Lookup(t.Context(), a)
			blind, unzoned := s.client(t).Lookup(t.Context(), a)
			if blind.Paid() != tt.paid || (unzoned == nil) != tt.paid || !blind.At.IsZero() {
				t.Errorf("without a zone: %+v, %v", blind, unzoned)
			}
			if tt.paid {
				if _, ok := p.Raw.(Order); !ok || err != nil {
					t.Fatalf("%+v, %v", p, err)
				}
				p.Raw = nil
				want := payment.Payment{
					Provider: "etm", OrderID: testOrder, Status: payment.Succeeded, MatchedBy: payment.MatchedByOrder,
					At: time.Date(2024, 11, 20, 10, 0, 0, 0, zone),
				}
				if diff := cmp.Diff(want, p); diff != "" {
					t.Errorf("payment (-want +got):\n%s", diff)
				}
				return
			}
			if err == nil || payment.OutcomeOf(err) != payment.Unknown || errors.Is(err, payment.ErrNoPayment) || p.Status != "" {
				t.Errorf("%+v, %v, want Unknown", p, err)
			}
			if tt.kind != nil && !errors.Is(err, tt.kind) {
				t.Errorf("%v, want %v", err, tt.kind)
			}
		})
	}
}

func TestLookupRefuses(t *testing.T) {
	c := newTestClient(t, StageURL, B2CLogin(testAppID, ""))
	if _, err := c.Lookup(t.Context(), payment.Attempt{OrderID: "../x"}); payment.OutcomeOf(err) != payment.Unknown ||
		!errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("%v, want Unknown", err)
	}
}

// TestLookupTicketsLate: tickets follow the debit, and until then nothing may be concluded.
func TestLookupTicketsLate(t *testing.T) {
	hide := make(chan struct{})
	srv, c := simulate(t, nil)
	id := srv.AddOrder(etmtest.Order{TicketDelay: time.Hour})
	srv.Fail(etmtest.Fault{Route: etmtest.OrderPayment, Hide: hide})
	if p, err := c.Pay(t.Context(), request(t, id)); err != nil || !p.Paid() {
		t.Fatalf("%+v, %v", p, err)
	}
	a, err := c.Prepare(request(t, id))
	if err != nil {
		t.Fatal(err)
	}
	look := func(when string, paid bool) {
		t.Helper()
		p, err := c.Lookup(t.Context(), a)
		if p.Paid() != paid || !paid && !errors.Is(err, payment.ErrInconclusive) {
			t.Errorf("%s: %+v, %v", when, p, err)
		}
	}
	look("at once", false)
	srv.Advance(2 * time.Hour)
	look("hidden", false)
	close(hide)
	look("in the end", true)
}
