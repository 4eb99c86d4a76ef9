package duffel

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/payment"
)

// refCredits is the entry of an attempt's Ref that holds the airline credits of a split payment: "acd_1=100,acd_2=50.5",
// by id. The card pays the rest of the amount.
const refCredits = "airline_credits"

// splitPart is what one way pays of a split payment.
type splitPart struct {
	creditID string // "" is the card
	amount   decimal.Decimal
}

// checkCredits checks the airline credits of a payment by card.
func (c *Client) checkCredits(req payment.Request, credits []CreditPart) error {
	rest := req.Amount.Decimal()
	seen := map[string]bool{}
	for _, credit := range credits {
		if err := checkID("AirlineCreditID", credit.ID); err != nil {
			return err
		}
		if seen[credit.ID] {
			return payment.InvalidField("AirlineCreditID", "given twice")
		}
		seen[credit.ID] = true
		if err := c.checkAmount(credit.Amount); err != nil {
			return err
		}
		if credit.Amount.Currency() != req.Amount.Currency() {
			e := payment.InvalidField("AirlineCredits", "not in the payment's currency: use CreatePayment")
			e.Kind = payment.ErrCurrencyMismatch
			return e
		}
		rest = rest.Sub(credit.Amount.Decimal())
	}
	if !rest.IsPositive() {
		return payment.InvalidField("AirlineCredits", "they leave nothing for the card to pay")
	}
	return nil
}

// creditsRef writes credits for an attempt: the same text for the same credits, however they were ordered or written.
func creditsRef(credits []CreditPart) map[string]string {
	if len(credits) == 0 {
		return nil
	}
	texts := make([]string, 0, len(credits))
	for _, credit := range credits {
		texts = append(texts, credit.ID+"="+plainDecimal(credit.Amount.Decimal()))
	}
	slices.Sort(texts)
	return map[string]string{refCredits: strings.Join(texts, ",")}
}

// plainDecimal prints a decimal without an exponent and without zeros at its end.
func plainDecimal(d decimal.Decimal) string {
	s := d.StringFixed(max(-d.Exponent(), 0))
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// splitOf reads the parts of an attempt at a split payment, the card's last; none for a payment in one way.
func splitOf(a payment.Attempt) ([]splitPart, error) {
	text, ok := a.Ref[refCredits]
	if !ok {
		return nil, nil
	}
	var parts []splitPart
	rest := a.Amount.Decimal()
	for credit := range strings.SplitSeq(text, ",") {
		id, amount, _ := strings.Cut(credit, "=")
		d, err := Amount(amount).Decimal()
		if err != nil || checkID("AirlineCreditID", id) != nil {
			return nil, payment.InvalidField("Ref", "the airline credits cannot be read")
		}
		parts = append(parts, splitPart{id, d})
		rest = rest.Sub(d)
	}
	return append(parts, splitPart{amount: rest}), nil
}

// splitRequest is the split form of a payment.
func splitRequest(req payment.Request, d Details) (CreatePaymentRequest, error) {
	split := CreatePaymentRequest{OrderID: req.OrderID}
	rest := req.Amount.Decimal()
	for _, credit := range d.AirlineCredits {
		rest = rest.Sub(credit.Amount.Decimal())
	}
	card, err := payment.MoneyFromDecimal(rest, req.Amount.Currency())
	if err != nil {
		return CreatePaymentRequest{}, payment.InvalidField("AirlineCredits", "what they leave for the card is no amount")
	}
	split.Payments = append(split.Payments, NewPayment{
		Type: MethodCard, Amount: card, ThreeDSecureSessionID: d.ThreeDSecureSessionID,
	})
	for _, credit := range d.AirlineCredits {
		split.Payments = append(split.Payments, NewPayment{
			Type: MethodAirlineCredit, Amount: credit.Amount, AirlineCreditID: credit.ID,
		})
	}
	return split, nil
}

// is reports whether p is a payment of this part.
func (s splitPart) is(p Payment, currency string) bool {
	if s.creditID == "" && p.Type != MethodCard ||
		s.creditID != "" && (p.AirlineCreditID == nil || *p.AirlineCreditID != s.creditID) {
		return false
	}
	got, err := p.Amount.Decimal()
	return err == nil && got.Equal(s.amount) && (p.currency() == "" || p.currency() == currency)
}

// judgeSplit draws the conclusion for a split payment. It is paid when every part is, or when the order says so; one part
// alone proves nothing about the others.
func (e *evidence) judgeSplit(parts []splitPart, now time.Time) (payment.Payment, error) {
	whole := payment.Payment{
		Provider: provider, OrderID: e.attempt.OrderID, MatchedBy: payment.MatchedByOrder, RequestID: e.requestID,
	}
	live := slices.DeleteFunc(slices.Clone(e.payments), func(p Payment) bool {
		status := p.Status.status()
		return status == payment.Failed || status == payment.Cancelled
	})
	found, made := 0, 0
	for _, part := range parts {
		of := slices.DeleteFunc(slices.Clone(live), func(p Payment) bool { return !part.is(p, e.attempt.Amount.Currency()) })
		if len(of) > 0 {
			found++
		}
		if slices.ContainsFunc(of, func(p Payment) bool { return p.Status.status() == payment.Succeeded }) {
			made++
		}
	}
	switch {
	case made == len(parts):
		whole.Status, whole.Amount = payment.Succeeded, e.attempt.Amount
		return whole, nil
	case isSet(e.order.PaymentStatus.PaidAt):
		return e.paidOrder(nil), nil
	case found == len(parts):
		whole.Status = payment.Pending
		return whole, nil
	case found > 0:
		return e.noProof(fmt.Sprintf("%d of %d parts of the payment are found", found, len(parts)))
	case len(live) > 0:
		return e.noProof("the order has a payment of another amount")
	default:
		return e.unpaid(now)
	}
}
