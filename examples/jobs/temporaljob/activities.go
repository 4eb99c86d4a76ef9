package temporaljob

import (
	"context"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// Order is what a workflow pays. It stands in the workflow's history, so nothing in it is secret:
// an activity that needs card data must fetch it by the key.
type Order struct {
	Key     string // the payment's name, and the workflow's id
	OrderID string
	Amount  payment.Money
}

func (o Order) request() payment.Request {
	return payment.Request{Key: o.Key, OrderID: o.OrderID, Amount: o.Amount}
}

// Answer is what an activity learned.
type Answer struct {
	Next      payment.Action // what to do now
	Text      string         // and why
	Problem   string         // the error, "" without one; it holds no secret
	PaymentID string         // the provider's id, once it is known
}

// Activities are what touches the provider and the journal.
type Activities struct {
	Payer *once.Payer
}

// Pay pays the order, or answers with what became of an earlier payment under its key. Its error is
// always nil: Temporal must not decide what to do about a payment that failed.
func (a *Activities) Pay(ctx context.Context, o Order) (Answer, error) {
	return answer(a.Payer.Pay(ctx, o.request())), nil
}

// Lookup asks the provider what became of the order's payment, and tells the journal. It pays
// nothing: Temporal may repeat it.
func (a *Activities) Lookup(ctx context.Context, o Order) (Answer, error) {
	attempt, err := a.Payer.Prepare(o.request())
	if err != nil {
		return answer(payment.Payment{}, err), nil
	}
	return answer(a.Payer.Lookup(ctx, attempt)), nil
}

func answer(p payment.Payment, err error) Answer {
	next := payment.Next(p, err)
	ans := Answer{Next: next.Action, Text: next.Text, PaymentID: p.ID}
	if err != nil {
		ans.Problem = err.Error()
	}
	return ans
}
