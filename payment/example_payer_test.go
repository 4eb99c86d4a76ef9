package payment_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Desk is a payer for a supplier that keeps its books in memory. A payer for a real one sends requests where this one
// touches the books.
type Desk struct {
	mu    sync.Mutex
	taken map[string]payment.Money // by order
}

func (d *Desk) Provider() string { return "desk" }

// Prepare checks the request. The order can be paid only once, so it is the scope.
func (d *Desk) Prepare(req payment.Request) (payment.Attempt, error) {
	if err := payment.ISO4217().Check(req.Amount); err != nil {
		return payment.Attempt{}, err
	}
	if req.Method == "" {
		req.Method = "account"
	}
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (d *Desk) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := d.Prepare(req)
	if err != nil {
		return payment.Payment{}, err
	}
	// A journal may forbid the payment, because its lease is over. Nothing was sent yet, and the error says so.
	if err := payment.CheckGate(ctx); err != nil {
		return payment.Payment{}, &payment.Error{Provider: d.Provider(), Op: "Pay", Outcome: payment.NotSent, Err: err}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.taken[a.OrderID]; ok {
		// This very call may have paid it, had it been repeated somewhere on the way: the outcome is Unknown.
		return payment.Payment{}, &payment.Error{Provider: d.Provider(), Op: "Pay", Kind: payment.ErrAlreadyPaid}
	}
	d.taken[a.OrderID] = a.Amount
	return d.paid(a, payment.MatchedByAnswer), nil
}

func (d *Desk) Lookup(_ context.Context, a payment.Attempt) (payment.Payment, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken, ok := d.taken[a.OrderID]
	if !ok || !taken.Equal(a.Amount) {
		// That the books show nothing of ours yet does not prove that nothing comes.
		return payment.Payment{}, &payment.Error{Provider: d.Provider(), Op: "Lookup", Kind: payment.ErrInconclusive}
	}
	return d.paid(a, payment.MatchedByOrder), nil
}

func (d *Desk) paid(a payment.Attempt, by payment.Match) payment.Payment {
	return payment.Payment{Provider: d.Provider(), OrderID: a.OrderID, Status: payment.Succeeded, Amount: a.Amount, MatchedBy: by}
}

// A payer of one's own: Desk checks, pays and looks up.
func ExamplePayer() {
	ctx := context.Background()
	var payer payment.Payer = &Desk{taken: map[string]payment.Money{}}

	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	req := payment.Request{Key: "row-17", OrderID: "ord_1", Amount: amount}

	p, err := payer.Pay(ctx, req)
	fmt.Println(p.Amount, p.Paid(), payment.Next(p, err))

	// Paid again: the payer does not know by whom, and says so.
	p, err = payer.Pay(ctx, req)
	fmt.Println(err)
	fmt.Println(payment.Next(p, err))

	a, err := payer.Prepare(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err = payer.Lookup(ctx, a)
	fmt.Println(p.Paid(), p.MatchedBy, err)

	_, err = payer.Pay(ctx, payment.Request{Key: "row-18", Amount: amount})
	fmt.Println(err)
	// Output:
	// 30.20 GBP true The order is paid.
	// desk Pay: unknown: already paid or being paid
	// The provider says that the order is paid or being paid: ask Lookup by whom, and do not pay again.
	// true order <nil>
	// payment: not sent: invalid request: field OrderID: missing
}
