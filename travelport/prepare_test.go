package travelport

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestPrepare(t *testing.T) {
	c, err := New(credentials())
	if err != nil {
		t.Fatal(err)
	}
	req := func(d payment.Details) payment.Request {
		return payment.Request{Key: "k1", OrderID: testLocator, Amount: mustMoney(t, "30.2", "GBP"), Details: d}
	}
	two := Details{AuthorizePayment: true, Parts: []Part{
		{FormOfPayment: card(), Amount: mustMoney(t, "30", "GBP"), Offers: []PaidOffer{{Offer: "offer_1"}, {Offer: "an_o1", Documents: 2}}},
		{Stored: "formOfPayment_9", Amount: mustMoney(t, "0.20", "GBP")},
	}}
	a, err := c.Prepare(req(two))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"authorize": "true",
		"part.1": `{"form":"FormOfPaymentPaymentCard","amount":"30.00000000","offers":[{"offer":"offer_1"},{"offer":"an_o1","documents":2}]}`,
		"part.2": `{"stored":"formOfPayment_9","amount":"0.20000000"}`}
	if diff := cmp.Diff(want, a.Ref); diff != "" || a.Scope != testLocator || a.OrderID != testLocator || a.Method != "" {
		t.Errorf("%+v, ref (-want +got):\n%s", a, diff)
	}
	back := partsOf(a)
	if len(back) != 2 || len(back[0].offers) != 2 || back[0].offers[1] != (PaidOffer{"an_o1", 2}) || back[1].stored != "formOfPayment_9" {
		t.Errorf("read back %+v", back)
	}
	// The same payment in other words, and with another card, has the same digest.
	whole, err1 := c.Prepare(req(Details{Parts: []Part{{FormOfPayment: card()}}}))
	same := req(Details{Parts: []Part{{FormOfPayment: card(), Amount: mustMoney(t, "30.20", "GBP")}}})
	same.Amount = mustMoney(t, "30.20", "GBP")
	named, err2 := c.Prepare(same)
	if err := errors.Join(err1, err2); err != nil || whole.Digest != named.Digest || whole.Digest == a.Digest {
		t.Errorf("digests %s and %s, %v", whole.Digest, named.Digest, err)
	}
}

func TestPrepareRefuses(t *testing.T) {
	c, err := New(credentials())
	if err != nil {
		t.Fatal(err)
	}
	gbp := func(s string) payment.Money { return mustMoney(t, s, "GBP") }
	good := Details{Parts: []Part{{FormOfPayment: cash()}}}
	parts := func(p ...Part) Details { return Details{Parts: p} }
	base := payment.Request{Key: "k1", OrderID: testLocator, Amount: gbp("30.20"), Details: good}
	with := func(change func(*payment.Request)) payment.Request {
		r := base
		change(&r)
		return r
	}
	odd, err := payment.MoneyFromDecimal(gbp("30.20").Decimal().Shift(-2), "GBP")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		req   payment.Request
		field string
	}{
		"no key":           {with(func(r *payment.Request) { r.Key = "" }), "Key"},
		"no locator":       {with(func(r *payment.Request) { r.OrderID = "" }), "OrderID"},
		"path":             {with(func(r *payment.Request) { r.OrderID = "../x" }), "OrderID"},
		"small letters":    {with(func(r *payment.Request) { r.OrderID = "g8a909" }), "OrderID"},
		"no amount":        {with(func(r *payment.Request) { r.Amount = payment.Money{} }), "Amount"},
		"zero":             {with(func(r *payment.Request) { r.Amount = gbp("0") }), "Amount"},
		"scale":            {with(func(r *payment.Request) { r.Amount = odd }), "Amount"},
		"method":           {with(func(r *payment.Request) { r.Method = "cash" }), "Method"},
		"no details":       {with(func(r *payment.Request) { r.Details = nil }), "Details"},
		"nil details":      {with(func(r *payment.Request) { r.Details = (*Details)(nil) }), "Details"},
		"pointer":          {with(func(r *payment.Request) { r.Details = &good }), "Details"},
		"foreign details":  {with(func(r *payment.Request) { r.Details = foreign{} }), "Details"},
		"no parts":         {with(func(r *payment.Request) { r.Details = parts() }), "Details.Parts"},
		"three parts":      {with(func(r *payment.Request) { r.Details = parts(Part{}, Part{}, Part{}) }), "Details.Parts"},
		"two without sums": {with(func(r *payment.Request) { r.Details = parts(good.Parts[0], good.Parts[0]) }), "Details.Parts[0].Amount"},
		"other sum":        {with(func(r *payment.Request) { r.Details = parts(Part{FormOfPayment: cash(), Amount: gbp("30.19")}) }), "Details.Parts"},
		"other currency": {with(func(r *payment.Request) {
			r.Details = parts(Part{FormOfPayment: cash(), Amount: mustMoney(t, "30.20", "USD")})
		}), "Details.Parts[0].Amount"},
		"zero part":       {with(func(r *payment.Request) { r.Details = parts(Part{FormOfPayment: cash(), Amount: gbp("0")}) }), "Details.Parts[0].Amount"},
		"no form":         {with(func(r *payment.Request) { r.Details = parts(Part{}) }), "Details.Parts[0].FormOfPayment"},
		"two forms":       {with(func(r *payment.Request) { r.Details = parts(Part{FormOfPayment: cash(), Stored: "f"}) }), "Details.Parts[0].FormOfPayment"},
		"odd stored form": {with(func(r *payment.Request) { r.Details = parts(Part{Stored: "a/b"}) }), "Details.Parts[0].Stored"},
		"card without card": {with(func(r *payment.Request) {
			r.Details = parts(Part{FormOfPayment: &FormOfPayment{Type: FormOfPaymentPaymentCard}})
		}), "FormOfPayment.PaymentCard"},
		"waiver": {with(func(r *payment.Request) {
			r.Details = parts(Part{FormOfPayment: &FormOfPayment{Type: FormOfPaymentForfeit}})
		}), "Details.Parts[0].FormOfPayment"},
		"offer twice": {with(func(r *payment.Request) {
			r.Details = parts(Part{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "a"}, {Offer: "a"}}})
		}), "Details.Parts[0].Offers[1]"},
		"no offer": {with(func(r *payment.Request) { r.Details = parts(Part{FormOfPayment: cash(), Offers: []PaidOffer{{}}}) }), "Details.Parts[0].Offers[0]"},
		"documents": {with(func(r *payment.Request) {
			r.Details = parts(Part{FormOfPayment: cash(), Offers: []PaidOffer{{Offer: "a", Documents: -1}}})
		}), "Details.Parts[0].Offers[0]"},
	} {
		for method, do := range map[string]func() error{
			"Prepare": func() error { _, err := c.Prepare(tt.req); return err },
			"Pay":     func() error { _, err := c.Pay(t.Context(), tt.req); return err },
		} {
			err := do()
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || !errors.Is(err, payment.ErrInvalidRequest) ||
				e.Provider != "travelport" || e.Op != method {
				t.Errorf("%s, %s: %v, want NotSent for field %s", method, name, err, tt.field)
			}
		}
	}
}

type foreign struct{}

func (foreign) PaymentDetails() string { return "other" }
