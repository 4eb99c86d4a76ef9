package live

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// Contract is the part of a payer's promise that can be tried against a system which is not ours.
// Its methods return what is not as promised.
type Contract struct {
	Payer payment.Payer // a client that goes through Gate
	Gate  *Gate
	Log   func(format string, args ...any)
	// Pause is between two questions, 5 seconds by default, and Patience how long they go on, 2
	// minutes by default.
	Pause, Patience time.Duration
}

// NewKey returns a key that no run before has used.
func NewKey() string { return "live-" + rand.Text() }

// Credentials wants check to pass, and that of a client with made-up credentials to fail for them.
func (c Contract) Credentials(ctx context.Context, check, madeUp func(context.Context) error) error {
	if err := check(ctx); err != nil {
		return fmt.Errorf("the check of good credentials failed: %w", err)
	}
	err := madeUp(ctx)
	c.Log("made-up credentials: %v", err)
	if !errors.Is(err, payment.ErrUnauthenticated) {
		return fmt.Errorf("the check of made-up credentials answered %w, want %w", orNil(err), payment.ErrUnauthenticated)
	}
	return nil
}

// Lookup prepares the request and asks about it. Any answer is right that a provider can give about
// a payment which was never made by this key.
func (c Contract) Lookup(ctx context.Context, req payment.Request) error {
	a, err := c.Payer.Prepare(req)
	if err != nil {
		return err
	}
	again, err := c.Payer.Prepare(req)
	if err != nil || again.Digest != a.Digest {
		return fmt.Errorf("two calls of Prepare differ: %w", orNil(err))
	}
	_, before := c.Gate.Counts()
	p, err := c.Payer.Lookup(ctx, a)
	c.report("Lookup", p, err)
	if _, after := c.Gate.Counts(); after > before+1 { // one may have been a login
		return fmt.Errorf("Lookup sent %d requests that are no GET", after-before)
	}
	if err != nil && !errors.Is(err, payment.ErrNoPayment) && !errors.Is(err, payment.ErrInconclusive) {
		return err
	}
	return nil
}

// Pay pays the request through a journal, then asks as another process would, with nothing but the
// attempt, and tries to pay again by the same and by another key.
func (c Contract) Pay(ctx context.Context, req payment.Request) error {
	a, payer, err := c.begin(req)
	if err != nil {
		return err
	}
	a.SentAt = time.Now()
	p, err := payer.Pay(ctx, req)
	c.report("Pay", p, err)
	if err != nil {
		return fmt.Errorf("order %s, key %s: %w; %s", req.OrderID, req.Key, err, payment.Next(p, err))
	}
	if !p.Paid() && p.Status != payment.Pending {
		return fmt.Errorf("order %s, key %s: the payment is %s", req.OrderID, req.Key, p.Status)
	}
	if err := c.found(ctx, c.Payer, a, p.Paid()); err != nil {
		return err
	}
	return c.notAgain(ctx, payer, a, req, p.Paid())
}

// PayUnheard pays the request and throws the answer away: it must be unknown, found by asking, and
// never paid again.
func (c Contract) PayUnheard(ctx context.Context, req payment.Request) error {
	a, payer, err := c.begin(req)
	if err != nil {
		return err
	}
	_, before := c.Gate.Counts()
	c.Gate.LoseAnswer()
	p, err := payer.Pay(ctx, req)
	c.report("Pay, unheard", p, err)
	if err == nil || payment.OutcomeOf(err) != payment.Unknown {
		return fmt.Errorf("order %s: a lost answer is %w, want outcome unknown", req.OrderID, orNil(err))
	}
	if err := c.found(ctx, payer, a, true); err != nil {
		return err
	}
	if err := c.notAgain(ctx, payer, a, req, true); err != nil {
		return err
	}
	if _, after := c.Gate.Counts(); after != before+1 {
		return fmt.Errorf("order %s: %d requests that are no GET, want 1", req.OrderID, after-before)
	}
	return nil
}

func (c Contract) begin(req payment.Request) (payment.Attempt, *once.Payer, error) {
	a, err := c.Payer.Prepare(req)
	if err != nil {
		return payment.Attempt{}, nil, err
	}
	payer, err := once.New(c.Payer, once.NewMemory(), once.Name("live"))
	return a, payer, err
}

// found asks about the attempt until the answer is final, or at least a payment if it need not be
// paid.
func (c Contract) found(ctx context.Context, payer payment.Payer, a payment.Attempt, wantPaid bool) error {
	ctx, cancel := context.WithTimeout(ctx, or(c.Patience, 2*time.Minute))
	defer cancel()
	for {
		p, err := payer.Lookup(ctx, a)
		c.report("Lookup", p, err)
		switch {
		case errors.Is(err, payment.ErrNoPayment):
			return fmt.Errorf("order %s was paid, and Lookup claims a proof that it was not: %w", a.OrderID, err)
		case err == nil && !p.Amount.IsUnset() && !p.Amount.Equal(a.Amount):
			return fmt.Errorf("order %s: Lookup found %s, want %s", a.OrderID, p.Amount, a.Amount)
		case err == nil && (p.Paid() || !wantPaid && p.Status == payment.Pending):
			return nil
		}
		select {
		case <-time.After(or(c.Pause, 5*time.Second)):
		case <-ctx.Done():
			return fmt.Errorf("order %s was paid, and Lookup did not find it in time; its last answer: %s, %w", a.OrderID, p.Status,
				orNil(err))
		}
	}
}

// notAgain pays by the same key, which must send nothing that can move money, and by another key if
// payments of the order exclude each other.
func (c Contract) notAgain(ctx context.Context, payer payment.Payer, a payment.Attempt, req payment.Request, paid bool) error {
	requests, writes := c.Gate.Counts()
	p, err := payer.Pay(ctx, req)
	c.report("Pay again", p, err)
	if err != nil || p.Paid() != paid {
		return fmt.Errorf("order %s: the second Pay of its key answered %s, %w", req.OrderID, p.Status, orNil(err))
	}
	if a.Scope != "" {
		req.Key += "-other"
		p, err = payer.Pay(ctx, req)
		c.report("Pay by another key", p, err)
		if !errors.Is(err, payment.ErrScopeHeld) || payment.OutcomeOf(err) != payment.NotSent {
			return fmt.Errorf("order %s: Pay by another key answered %w, want %w", req.OrderID, orNil(err), payment.ErrScopeHeld)
		}
	}
	r, w := c.Gate.Counts()
	if w != writes || paid && r != requests {
		return fmt.Errorf("order %s: paying again sent %d requests, %d of them no GET", req.OrderID, r-requests, w-writes)
	}
	return nil
}

func (c Contract) report(step string, p payment.Payment, err error) {
	if err != nil {
		c.Log("%s: %q, outcome %v: %v", step, p.Status, payment.OutcomeOf(err), err)
		return
	}
	c.Log("%s: %q, id %q, %v, matched by %q", step, p.Status, p.ID, p.Amount, p.MatchedBy)
}

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

var errNone = errors.New("no error")

// orNil makes a missing error printable.
func orNil(err error) error {
	if err == nil {
		return errNone
	}
	return err
}
