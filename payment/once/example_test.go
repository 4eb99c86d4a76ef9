package once_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// flaky is a provider whose first answer is lost after it took the money.
type flaky struct {
	taken []string
}

func (f *flaky) Provider() string { return "flaky" }

func (f *flaky) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil) // an order is paid once
}

func (f *flaky) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	if err := payment.CheckGate(ctx); err != nil {
		return payment.Payment{}, err
	}
	f.taken = append(f.taken, req.OrderID)
	return payment.Payment{}, &payment.Error{Provider: "flaky", Op: "Pay", Outcome: payment.Unknown, Message: "connection reset"}
}

func (f *flaky) Lookup(_ context.Context, a payment.Attempt) (payment.Payment, error) {
	for _, order := range f.taken {
		if order == a.OrderID {
			return payment.Payment{Provider: "flaky", OrderID: order, Status: payment.Succeeded, MatchedBy: payment.MatchedByOrder}, nil
		}
	}
	return payment.Payment{}, &payment.Error{Provider: "flaky", Op: "Lookup", Kind: payment.ErrInconclusive}
}

func Example() {
	provider := &flaky{}
	payer, err := once.New(provider, once.NewMemory(), once.Name("flaky-test"))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	request := payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount}

	_, err = payer.Pay(ctx, request)
	fmt.Println("first: ", err)

	p, err := payer.Pay(ctx, request) // the same key: asks the provider, and does not pay again
	fmt.Println("second:", p.Status, err)

	request.Key = "booking-17-again"
	_, err = payer.Pay(ctx, request)
	var held *once.ScopeHeldError
	if errors.As(err, &held) {
		fmt.Println("third: ", held)
	}
	fmt.Println("taken: ", len(provider.taken))
	// Output:
	// first:  flaky Pay: unknown: connection reset
	// second: succeeded <nil>
	// third:  "ord_1" is held by key "booking-17", which is paid
	// taken:  1
}

func ExamplePayer_Resolve() {
	payer, err := once.New(&flaky{}, once.NewMemory(), once.Name("flaky-test"),
		once.WithAudit(func(_ context.Context, e once.Event) {
			fmt.Printf("%s/%d: %q to %q (%s)\n", e.Key, e.N, e.From, e.To, e.Why)
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, err = payer.Pay(ctx, payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount})
	fmt.Println(payment.OutcomeOf(err))

	for row, err := range payer.Unresolved(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		key := row.Attempt.Key
		if err := payer.Resolve(ctx, key, once.DecidePaid, "ann", "support confirmed it, ticket 4711"); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// booking-17/1: "" to "started" (begin)
	// booking-17/1: "started" to "unknown" (answer)
	// unknown
	// booking-17/1: "unknown" to "paid" (resolve)
}

func ExamplePayer_Reconcile() {
	payer, err := once.New(&flaky{}, once.NewMemory(), once.Name("flaky-test"))
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	_, err = payer.Pay(ctx, payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount})
	fmt.Println("paid:", payment.OutcomeOf(err))

	// A service does this every minute or so, in every replica.
	report, err := payer.Reconcile(ctx)
	for _, left := range report.Left {
		fmt.Println("for a person, in time:", left.Key, left.State, left.Err)
	}
	fmt.Println("settled:", report.Settled, err)
	// Output:
	// paid: unknown
	// settled: 1 <nil>
}

// silent is a provider that loses its first answer, and shows no payment afterwards.
type silent struct{ flaky }

func (*silent) Lookup(context.Context, payment.Attempt) (payment.Payment, error) {
	return payment.Payment{}, &payment.Error{Provider: "flaky", Op: "Lookup", Kind: payment.ErrInconclusive}
}

// payOnce pays one order and loses the answer. Nobody knows then whether the money was taken.
func payOnce(ctx context.Context, provider payment.Payer, store once.Store) (*once.Payer, error) {
	payer, err := once.New(provider, store, once.Name("flaky-test"), once.WithOwner("replica-1"))
	if err != nil {
		return nil, err
	}
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		return nil, err
	}
	_, err = payer.Pay(ctx, payment.Request{Key: "booking-17", OrderID: "ord_1", Amount: amount})
	if payment.OutcomeOf(err) != payment.Unknown {
		return nil, fmt.Errorf("want an unknown payment: %w", err)
	}
	return payer, nil
}

// punctual is a flaky that knows its times.
type punctual struct{ flaky }

func (*punctual) Timing() payment.Timing {
	return payment.Timing{LongestCall: time.Minute, Settling: time.Hour}
}

// counting counts what is paid. It embeds the payer's own type: what that type can do besides, counting can do too.
type counting struct {
	*punctual
	paid atomic.Int64
}

func (c *counting) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	c.paid.Add(1)
	return c.punctual.Pay(ctx, req)
}

// hiding embeds the interface. It is a payment.Payer and nothing else.
type hiding struct{ payment.Payer }

// A payer around another one must not hide what the journal needs to know.
func ExampleNew_decorator() {
	_, err := once.New(&counting{punctual: &punctual{}}, once.NewMemory(), once.Name("flaky-test"))
	fmt.Println(err)
	_, err = once.New(hiding{&punctual{}}, once.NewMemory(), once.Name("flaky-test"))
	fmt.Println(err)
	// Output:
	// <nil>
	// payment: not sent: invalid request: field payer: once_test.hiding hides the payment.Timed of the *once_test.punctual in it
}

func ExamplePayer_Revoke() {
	ctx, store := context.Background(), once.NewMemory()
	payer, err := payOnce(ctx, &silent{}, store)
	if err != nil {
		fmt.Println(err)
		return
	}
	next := func() payment.Action {
		p, err := payer.Lookup(ctx, payment.Attempt{Key: "booking-17"})
		return payment.Next(p, err).Action
	}
	err = payer.Resolve(ctx, "booking-17", once.DecideNotTaken, "ann", "not in the statement of account")
	fmt.Println("too early:", errors.Is(err, payment.ErrTooEarly))

	store.Advance(time.Hour) // the quiet time is over
	err = payer.Resolve(ctx, "booking-17", once.DecideNotTaken, "ann", "not in the statement of account")
	fmt.Println("not taken:", next(), err)

	err = payer.Revoke(ctx, "booking-17", "ann", "that was the statement of another account")
	fmt.Println("revoked:  ", next(), err)
	// Output:
	// too early: true
	// not taken: retry <nil>
	// revoked:   lookup <nil>
}

func ExamplePayer_Confirm() {
	ctx, store := context.Background(), once.NewMemory()
	if _, err := payOnce(ctx, &silent{}, store); err != nil {
		fmt.Println(err)
		return
	}
	payer, err := once.New(&silent{}, store, once.Name("flaky-test"), once.WithFourEyes())
	if err != nil {
		fmt.Println(err)
		return
	}
	err = payer.Resolve(ctx, "booking-17", once.DecidePaid, "ann", "ticket 4711")
	fmt.Println("alone:     ", errors.Is(err, once.ErrFourEyes))

	fmt.Println("proposed:  ", payer.Propose(ctx, "booking-17", once.DecidePaid, "ann", "ticket 4711"))
	err = payer.Confirm(ctx, "booking-17", "ann")
	fmt.Println("same name: ", errors.Is(err, once.ErrFourEyes))
	fmt.Println("other name:", payer.Confirm(ctx, "booking-17", "bob"))
	// Output:
	// alone:      true
	// proposed:   <nil>
	// same name:  true
	// other name: <nil>
}

func ExamplePayer_History() {
	ctx := context.Background()
	payer, err := payOnce(ctx, &silent{}, once.NewMemory())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := payer.Resolve(ctx, "booking-17", once.DecidePaid, "ann", "ticket 4711"); err != nil {
		fmt.Println(err)
	}
	events, err := payer.History(ctx, "booking-17")
	if err != nil {
		fmt.Println(err)
	}
	for _, e := range events {
		fmt.Printf("%d %q to %q: %s by %s %q\n", e.N, e.From, e.To, e.Why, e.By, e.Note)
	}
	// Output:
	// 1 "" to "started": begin by replica-1 ""
	// 1 "started" to "unknown": answer by replica-1 ""
	// 1 "unknown" to "paid": resolve by ann "ticket 4711"
}

func ExamplePayer_ExportAudit() {
	ctx := context.Background()
	payer, err := payOnce(ctx, &silent{}, once.NewMemory())
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	var last once.AuditMark // of the export before; the zero AuditMark is the beginning
	mark, err := payer.ExportAudit(ctx, &file, last)
	fmt.Println("events:", strings.Count(file.String(), "\n"), err)

	read, err := once.VerifyAudit(strings.NewReader(file.String()), last)
	fmt.Println("whole:", read == mark, err)

	forged := strings.ReplaceAll(file.String(), "unknown", "paid")
	_, err = once.VerifyAudit(strings.NewReader(forged), last)
	fmt.Println(err)
	// Output:
	// events: 2 <nil>
	// whole: true <nil>
	// once: the audit chain is broken: line 1 is not the one that was written there
}

// A webhook names an order. It may be late, repeated or forged, so it settles nothing: it is only a reason to ask now.
func ExamplePayer_Unresolved() {
	ctx := context.Background()
	payer, err := payOnce(ctx, &flaky{}, once.NewMemory())
	if err != nil {
		fmt.Println(err)
		return
	}
	notified := "ord_1"
	for row, err := range payer.Unresolved(ctx) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if row.Attempt.OrderID == notified {
			p, err := payer.Lookup(ctx, payment.Attempt{Key: row.Attempt.Key})
			fmt.Println(row.Attempt.Key, payment.Next(p, err).Action)
		}
	}
	// Output: booking-17 done
}
