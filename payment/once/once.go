package once

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Times of payers that are not [payment.Timed].
const (
	defaultLongestCall = 5 * time.Minute
	defaultSettling    = 10 * time.Minute
)

// leaseMargin is added to the payer's longest call: the time that may pass between Begin and the first byte.
const leaseMargin = time.Minute

// Payer pays once per key: a [payment.Payer] around another one, with a journal of attempts. It is safe for concurrent
// use, in as many processes as share the store.
type Payer struct {
	payer payment.Payer
	store Store
	name  string
	owner string
	lease time.Duration // from Begin, a mark or Continue
	quiet time.Duration // behind the lease
	audit func(context.Context, Event)
	now   func() time.Time

	walking sync.Mutex // guards what follows
	walked  Position   // where the last walk of Reconcile was cut off
}

var (
	_ payment.Payer     = (*Payer)(nil)
	_ payment.Continuer = (*Payer)(nil)
)

// Option changes a [Payer] under construction.
type Option func(*Payer) error

// Name is required: the credential set that the payer uses, such as "duffel-live-eu". Keys and scopes of different names
// have nothing to do with each other. Never change it while rows are unresolved: they would not be found again.
func Name(name string) Option {
	return func(p *Payer) error {
		p.name = name
		return checkText("Name", name)
	}
}

// WithOwner names this process in rows and events. By default it is a random word.
func WithOwner(owner string) Option {
	return func(p *Payer) error {
		p.owner = owner
		return checkText("WithOwner", owner)
	}
}

// WithLease lengthens the lease, which is the time that a payment has from its Begin, or from its last mark, to its
// return: by default one minute more than the payer's longest call. After a crash the key cannot be settled before the
// lease is over.
func WithLease(d time.Duration) Option {
	return func(p *Payer) error {
		if d < p.lease {
			return payment.InvalidField("WithLease", fmt.Sprintf("shorter than the %v that this payer needs", p.lease))
		}
		p.lease = d
		return nil
	}
}

// WithQuiet lengthens the quiet time, which is how long after the end of a lease [payment.ErrNoPayment] is not believed:
// by default the payer's longest call and its provider's settling time together.
func WithQuiet(d time.Duration) Option {
	return func(p *Payer) error {
		if d < p.quiet {
			return payment.InvalidField("WithQuiet", fmt.Sprintf("shorter than the %v that this payer needs", p.quiet))
		}
		p.quiet = d
		return nil
	}
}

// WithAudit calls f after every change of a row's state that the store has confirmed. A change whose confirmation was
// lost may be reported twice, and not at all if the process dies in between: the rows are the truth. f must return soon;
// its context is not cancelled with the caller's.
func WithAudit(f func(context.Context, Event)) Option {
	return func(p *Payer) error {
		if f == nil {
			return payment.InvalidField("WithAudit", "nil")
		}
		p.audit = f
		return nil
	}
}

// New returns a Payer around payer with its rows in store. The lease and the quiet time follow from the payer's
// [payment.Timed]; for others 5 minutes are the longest call and 10 the settling time.
func New(payer payment.Payer, store Store, options ...Option) (*Payer, error) {
	if payer == nil {
		return nil, payment.InvalidField("payer", "nil")
	}
	if store == nil {
		return nil, payment.InvalidField("store", "nil")
	}
	longest, settling := timing(payer)
	p := &Payer{
		payer: payer, store: store, owner: rand.Text()[:8],
		lease: longest + leaseMargin, quiet: longest + settling,
		audit: func(context.Context, Event) {}, now: time.Now,
	}
	for _, option := range options {
		if err := option(p); err != nil {
			return nil, err
		}
	}
	if p.name == "" {
		return nil, payment.InvalidField("Name", "missing")
	}
	return p, nil
}

func timing(payer payment.Payer) (longest, settling time.Duration) {
	longest, settling = defaultLongestCall, defaultSettling
	timed, ok := payer.(payment.Timed)
	if !ok {
		return longest, settling
	}
	t := timed.Timing()
	if t.LongestCall > 0 {
		longest = t.LongestCall
	}
	if t.Settling >= 0 {
		settling = t.Settling
	}
	return longest, settling
}

// checkText checks what goes into an indexed column.
func checkText(field, s string) error {
	if s == "" || len(s) > maxText || !utf8.ValidString(s) || clean(s) != s || unicode.IsSpace(rune(s[0])) || unicode.IsSpace(rune(s[len(s)-1])) {
		return payment.InvalidField(field, fmt.Sprintf("want 1 to %d bytes of printable text", maxText))
	}
	return nil
}

// Provider returns the name of the payer inside.
func (p *Payer) Provider() string { return p.payer.Provider() }

// Prepare is Prepare of the payer inside.
func (p *Payer) Prepare(req payment.Request) (payment.Attempt, error) { return p.payer.Prepare(req) }

// prepare checks what a journal must be able to rely on.
func (p *Payer) prepare(req payment.Request) (payment.Attempt, error) {
	a, err := p.payer.Prepare(req)
	switch {
	case err != nil && payment.OutcomeOf(err) == payment.NotSent:
		return a, err
	case err != nil:
		return a, p.fault(opPay, payment.NotSent, nil, "the request cannot be prepared", err)
	case a.Key == "" || a.Key != req.Key || a.Digest == "":
		return a, p.fault(opPay, payment.NotSent, payment.ErrInvalidRequest, "the payer's Prepare returned no digest, or another key", nil)
	}
	return a, nil
}

// terms are those of a process that may send from now on.
func (p *Payer) terms() Terms {
	return Terms{Lease: p.lease, Quiet: p.lease + p.quiet}
}
