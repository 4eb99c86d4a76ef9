package duffel

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func splitPay(t testing.TB, amount string, credits ...string) payment.Request {
	d := Details{ThreeDSecureSessionID: payment.NewSecret("3ds_0000AWr2XsTR1F1Vp34gh5")}
	for i := 0; i < len(credits); i += 2 {
		d.AirlineCredits = append(d.AirlineCredits, CreditPart{ID: credits[i], Amount: mustMoney(t, credits[i+1], "USD")})
	}
	return payment.Request{
		Key: "k1", OrderID: "ord_00003x8pVDGcS8y2AWCoWv", Amount: mustMoney(t, amount, "USD"), Method: MethodCard, Details: d,
	}
}

// TestSplitBytes: Pay sends the split form, and the card pays what the credits leave.
func TestSplitBytes(t *testing.T) {
	s := serve(t, map[string]answer{"POST /air/payments": {201, nil, `{"data":{"id":"ord_00003x8pVDGcS8y2AWCoWv"}}`}})
	p, err := s.client(t).Pay(t.Context(), splitPay(t, "200.00", "acd_0000AuiZQIN1qg4B78P79U", "100.00"))
	if err != nil || p.Status != payment.Pending || p.ID != "" {
		t.Errorf("Pay: %+v, %v", p, err)
	}
	if diff := cmp.Diff([]string{fixture(t, "create-payment-request-split.json")}, s.bodies); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

// TestSplitAttempt: the digest tells splits apart that are not the same, and holds no session.
func TestSplitAttempt(t *testing.T) {
	c := newTestClient(t, "http://127.0.0.1:1")
	attempt := func(req payment.Request) payment.Attempt {
		a, err := c.Prepare(req)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := attempt(splitPay(t, "200.00", "acd_b", "100.00", "acd_a", "0.50"))
	if diff := cmp.Diff(map[string]string{"airline_credits": "acd_a=0.5,acd_b=100"}, a.Ref); diff != "" {
		t.Errorf("ref (-want +got):\n%s", diff)
	}
	same := splitPay(t, "200", "acd_a", "0.5", "acd_b", "100")
	same.Details = Details{ThreeDSecureSessionID: payment.NewSecret("3ds_another"), AirlineCredits: same.Details.(Details).AirlineCredits}
	if attempt(same).Digest != a.Digest {
		t.Error("another digest for the same split")
	}
	for _, other := range []payment.Request{splitPay(t, "200.00", "acd_a", "0.50"), splitPay(t, "200.00", "acd_a", "0.50", "acd_b", "100.01"), splitPay(t, "200.00", "acd_a", "0.50", "acd_c", "100.00")} {
		if attempt(other).Digest == a.Digest {
			t.Errorf("the same digest for %+v", other.Details)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	eur := splitPay(t, "200.00", "acd_a", "1.00")
	eur.Details.(Details).AirlineCredits[0].Amount = mustMoney(t, "1.00", "EUR")
	noSession := splitPay(t, "200.00", "acd_a", "1.00")
	noSession.Details = Details{AirlineCredits: noSession.Details.(Details).AirlineCredits}
	balance := splitPay(t, "200.00", "acd_a", "1.00")
	balance.Method = MethodBalance
	for name, tt := range map[string]struct {
		req   payment.Request
		field string
	}{
		"nothing for the card": {splitPay(t, "200.00", "acd_a", "200.00"), "AirlineCredits"},
		"too much":             {splitPay(t, "200.00", "acd_a", "150.00", "acd_b", "50.01"), "AirlineCredits"},
		"twice":                {splitPay(t, "200.00", "acd_a", "1.00", "acd_a", "1.00"), "AirlineCreditID"},
		"no id":                {splitPay(t, "200.00", "", "1.00"), "AirlineCreditID"},
		"separators in an id":  {splitPay(t, "200.00", "acd_a=1,acd_b", "1.00"), "AirlineCreditID"},
		"nothing":              {splitPay(t, "200.00", "acd_a", "0"), "Amount"},
		"other currency":       {eur, "AirlineCredits"},
		"no session":           {noSession, "ThreeDSecureSessionID"},
		"balance":              {balance, "Details"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil)
			_, err := s.client(t).Pay(t.Context(), tt.req)
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || len(s.requests()) != 0 {
				t.Errorf("error %v, sent %v", err, s.requests())
			}
		})
	}
}

// TestLookupOfSplit: all parts are the payment, one alone is not.
func TestLookupOfSplit(t *testing.T) {
	const (
		card   = `{"id":"pay_1","type":"card","status":"S","amount":"100.00","currency":"USD"}`
		credit = `{"id":"pay_2","type":"airline_credit","airline_credit_id":"acd_a","status":"S","amount":"99.5","currency":null}`
		second = `{"id":"pay_3","type":"airline_credit","airline_credit_id":"acd_b","status":"S","amount":"0.50","currency":"USD"}`
	)
	list := func(payments ...string) string { return `[` + strings.Join(payments, ",") + `]` }
	with := func(payment, status string) string { return strings.Replace(payment, `"S"`, `"`+status+`"`, 1) }
	open := `{"awaiting_payment":true,"payment_required_by":"2026-11-01T00:00:00Z","paid_at":null}`
	lapsed := `{"awaiting_payment":false,"payment_required_by":"2026-11-01T00:00:00Z","paid_at":null}`
	done := `{"awaiting_payment":false,"payment_required_by":"2026-11-01T00:00:00Z","paid_at":"2026-10-01T00:00:00Z"}`
	for name, tt := range map[string]struct {
		status, payments string
		want             any // a status or a sentinel
	}{
		"all made":           {open, list(with(card, "succeeded"), with(credit, "succeeded"), with(second, "succeeded")), payment.Succeeded},
		"one pending":        {open, list(with(card, "succeeded"), with(credit, "pending"), with(second, "succeeded")), payment.Pending},
		"one missing":        {lapsed, list(with(card, "succeeded"), with(credit, "succeeded")), payment.ErrInconclusive},
		"one failed":         {lapsed, list(with(card, "succeeded"), with(credit, "succeeded"), with(second, "failed")), payment.ErrInconclusive},
		"one failed, again":  {open, list(with(card, "succeeded"), with(second, "failed"), with(credit, "succeeded"), with(second, "succeeded")), payment.Succeeded},
		"one of another sum": {lapsed, list(with(card, "succeeded"), strings.Replace(with(credit, "succeeded"), "99.5", "99.4", 1), with(second, "succeeded")), payment.ErrInconclusive},
		"card is a balance":  {open, list(strings.Replace(with(card, "succeeded"), `"card"`, `"balance"`, 1), with(credit, "succeeded"), with(second, "succeeded")), payment.ErrInconclusive},
		"other credit":       {open, list(with(card, "succeeded"), strings.Replace(with(credit, "succeeded"), "acd_a", "acd_c", 1), with(second, "succeeded")), payment.ErrInconclusive},
		"none, but paid":     {done, list(), payment.Succeeded},
		"none, open":         {open, list(), payment.ErrInconclusive},
		"none, lapsed":       {lapsed, list(), payment.ErrNoPayment},
		"all failed, lapsed": {lapsed, list(with(card, "failed"), with(credit, "cancelled")), payment.ErrNoPayment},
		"another's, lapsed":  {lapsed, list(`{"id":"pay_9","type":"balance","status":"pending","amount":"200.00","currency":"USD"}`), payment.ErrInconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			req := splitPay(t, "200.00", "acd_a", "99.50", "acd_b", "0.50")
			s := serve(t, map[string]answer{
				"GET /air/orders/" + req.OrderID: {body: `{"data":{"id":"` + req.OrderID + `","payment_status":` + tt.status + `}}`},
				"GET /air/payments":              {body: `{"data":` + tt.payments + `}`},
			})
			c := s.client(t, withClock(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)))
			a, err := c.Prepare(req)
			if err != nil {
				t.Fatal(err)
			}
			refusedOddly(&a)
			p, err := c.Lookup(t.Context(), a)
			if sentinel, ok := tt.want.(error); ok {
				if !errors.Is(err, sentinel) {
					t.Errorf("%+v, %v, want %v", p, err, sentinel)
				}
			} else if err != nil || p.Status != tt.want || p.ID != "" || p.MatchedBy != payment.MatchedByOrder {
				t.Errorf("%+v, %v, want %v", p, err, tt.want)
			}
		})
	}
	c := newTestClient(t, "http://127.0.0.1:1")
	for _, ref := range []string{"", "x", "acd_a=", "a b=1", "acd_a=1e99"} {
		a := payment.Attempt{OrderID: testOrder, Amount: mustMoney(t, "1.00", "USD"), Ref: map[string]string{"airline_credits": ref}}
		if _, err := c.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInvalidRequest) || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("ref %q: %v", ref, err)
		}
	}
}

func TestSplitAgainstSimulator(t *testing.T) {
	srv, c, req := cardSimulator(t, duffeltest.Order{
		CardSurcharge: mustMoney(t, "1.00", "GBP"), AirlineCredits: map[string]payment.Money{"acd_1": mustMoney(t, "10.20", "GBP")},
	})
	card, err := c.CreateCard(t.Context(), cardRequest())
	if err != nil {
		t.Fatal(err)
	}
	priced, err := c.PriceOrder(t.Context(), req.OrderID, IntendedMethod{Type: MethodCard, CardID: card.ID}, IntendedMethod{Type: MethodAirlineCredit, AirlineCreditID: "acd_1"})
	if err != nil {
		t.Fatal(err)
	}
	if req.Amount, err = priced.Charges(); err != nil || req.Amount.String() != "31.20 GBP" {
		t.Fatal(req.Amount, err)
	}
	session, err := c.CreateThreeDSecureSession(t.Context(), ThreeDSecureSessionRequest{CardID: card.ID, ResourceID: req.OrderID})
	if err != nil {
		t.Fatal(err)
	}
	credit, err := priced.IntendedPaymentMethods[1].Charge()
	if err != nil {
		t.Fatal(err)
	}
	req.Method = MethodCard
	req.Details = Details{ThreeDSecureSessionID: session.ID, AirlineCredits: []CreditPart{{ID: "acd_1", Amount: credit}}}
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	p, err := c.Pay(t.Context(), req)
	if payment.OutcomeOf(err) != payment.Unknown {
		t.Fatalf("Pay: %+v, %v", p, err)
	}
	a, prepareErr := c.Prepare(req)
	if prepareErr != nil {
		t.Fatal(prepareErr)
	}
	if err := srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found, err := c.Lookup(t.Context(), a.After(p, err)); err != nil || !found.Paid() || !found.Amount.Equal(req.Amount) {
		t.Errorf("Lookup: %+v, %v", found, err)
	}
	var got []string
	for _, m := range srv.Taken(req.OrderID) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff([]string{"21.00 GBP", "10.20 GBP"}, got); diff != "" || srv.Count(duffeltest.CreatePayment) != 1 {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}
