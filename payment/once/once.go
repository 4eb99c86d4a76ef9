package once

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
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

// maxDuration bounds every duration that a payer or an option states, so that sums of them never overflow.
const maxDuration = 10 * 365 * 24 * time.Hour

// defaultWatch is how long a row that a person has settled stays watched.
const defaultWatch = 30 * 24 * time.Hour

// Payer pays once per key: a [payment.Payer] around another one, with a journal of attempts. It is safe for concurrent
// use, in as many processes as share the store.
type Payer struct {
	payer        payment.Payer
	store        Store
	name         string
	owner        string
	installation string
	formerly     []string // installations whose rows are this payer's too
	timing       payment.Timing
	lease        time.Duration // from Begin, a mark or Continue
	quiet        time.Duration // behind the lease
	watch        time.Duration // behind a person's decision
	fourEyes     bool
	audit        func(context.Context, Event)
	now          func() time.Time

	mu          sync.Mutex      // guards what follows
	walked      Position        // where the last walk of Reconcile was cut off
	inside      map[rowID]int   // for how many calls that may send for a row this process is inside
	unsent      map[string]bool // nonces with which nothing was or will be sent
	unsentOrder []string
}

var (
	_ payment.Payer     = (*Payer)(nil)
	_ payment.Continuer = (*Payer)(nil)
	_ payment.Timed     = (*Payer)(nil)
	_ payment.Installed = (*Payer)(nil)
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
		if d < p.lease || d > maxDuration {
			return payment.InvalidField("WithLease", fmt.Sprintf("want %v, which this payer needs, to %v", p.lease, maxDuration))
		}
		p.lease = d
		return nil
	}
}

// WithQuiet lengthens the quiet time, which is how long after the end of a lease [payment.ErrNoPayment] is not believed:
// by default the payer's longest call and its provider's settling time together.
func WithQuiet(d time.Duration) Option {
	return func(p *Payer) error {
		if d < p.quiet || d > maxDuration {
			return payment.InvalidField("WithQuiet", fmt.Sprintf("want %v, which this payer needs, to %v", p.quiet, maxDuration))
		}
		p.quiet = d
		return nil
	}
}

// WithWatch changes how long a row that a person has settled is asked about all the same: 30 days by default.
func WithWatch(d time.Duration) Option {
	return func(p *Payer) error {
		if d <= 0 || d > maxDuration {
			return payment.InvalidField("WithWatch", fmt.Sprintf("want more than 0, and %v at most", maxDuration))
		}
		p.watch = d
		return nil
	}
}

// WithFourEyes makes every decision need two persons: [Payer.Resolve] fails with [ErrFourEyes], and [Payer.Propose] and
// [Payer.Confirm] take its place.
func WithFourEyes() Option {
	return func(p *Payer) error {
		p.fourEyes = true
		return nil
	}
}

// WithFormerInstallation names an installation whose rows are this payer's too, after a host name or a credential has
// changed on purpose. It must be the word in [Row.Installation] of those rows, and the same account at the same provider:
// the absence of a payment at another account proves nothing. "" names the rows from before the payer implemented
// [payment.Installed]. The option can be given several times.
func WithFormerInstallation(installation string) Option {
	return func(p *Payer) error {
		p.formerly = append(p.formerly, installation)
		if installation == "" {
			return nil
		}
		return checkText("WithFormerInstallation", installation)
	}
}

// WithAudit calls f after every event that the store has confirmed, see [Payer.Events]. It is best effort: an event whose
// confirmation was lost may be reported twice, and none is reported if the process dies in between. The events of the
// store are the truth. Seq is zero. f must return soon; its context is not cancelled with the caller's.
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
// [payment.Timed]; for others 5 minutes are the longest call and 10 the settling time. A payer that wraps another one must
// implement [payment.Unwrapper], and [payment.Continuer] if the one inside does: one that hides what the payer inside
// implements is refused where that can be seen.
func New(payer payment.Payer, store Store, options ...Option) (*Payer, error) {
	if isNil(payer) {
		return nil, payment.InvalidField("payer", "nil")
	}
	if isNil(store) {
		return nil, payment.InvalidField("store", "nil")
	}
	if err := checkWrapped(payer); err != nil {
		return nil, err
	}
	timing, err := timingOf(payer)
	if err != nil {
		return nil, err
	}
	p := &Payer{
		payer: payer, store: store, owner: rand.Text()[:8], timing: timing,
		lease: timing.LongestCall + leaseMargin, quiet: timing.LongestCall + timing.Settling, watch: defaultWatch,
		now: time.Now, inside: map[rowID]int{}, unsent: map[string]bool{},
	}
	if installed, ok := inside[payment.Installed](payer); ok {
		if p.installation = installed.Installation(); p.installation != "" {
			if err := checkText("Installation", p.installation); err != nil {
				return nil, err
			}
		}
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

// isNil reports whether v is nil or a nil pointer.
func isNil(v any) bool {
	value := reflect.ValueOf(v)
	return !value.IsValid() || value.Kind() == reflect.Pointer && value.IsNil()
}

// timingOf asks the payer for its times and checks them.
func timingOf(payer payment.Payer) (payment.Timing, error) {
	timed, ok := inside[payment.Timed](payer)
	if !ok {
		return payment.Timing{LongestCall: defaultLongestCall, Settling: defaultSettling}, nil
	}
	t := timed.Timing()
	switch {
	case t.LongestCall < 0 || t.LongestCall > maxDuration:
		return t, payment.InvalidField("Timing.LongestCall", fmt.Sprintf("want 0 to %v", maxDuration))
	case t.Settling < 0 || t.Settling > maxDuration:
		return t, payment.InvalidField("Timing.Settling", fmt.Sprintf("want 0 to %v", maxDuration))
	case t.LongestCall == 0:
		t.LongestCall = defaultLongestCall
	}
	return t, nil
}

// maxWrapped bounds how many payers inside each other are looked at.
const maxWrapped = 100

// inside finds the outermost payer that implements T: the payer itself, or one that it wraps.
func inside[T any](payer payment.Payer) (found T, ok bool) {
	for range maxWrapped {
		if found, ok = payer.(T); ok {
			return found, true
		}
		outer, wraps := payer.(payment.Unwrapper)
		if !wraps {
			break
		}
		if payer = outer.Unwrap(); payer == nil {
			break
		}
	}
	return found, false
}

func has[T any](payer payment.Payer) bool {
	_, ok := inside[T](payer)
	return ok
}

// checkWrapped refuses a payer with a field that holds another payer whose optional interfaces the journal would not see,
// as when a struct embeds a payment.Payer.
func checkWrapped(payer payment.Payer) error {
	v := reflect.ValueOf(payer)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	_, continues := payer.(payment.Continuer)
	seen := map[reflect.Type]bool{
		reflect.TypeFor[payment.Continuer]():   continues,
		reflect.TypeFor[payment.Timed]():       has[payment.Timed](payer),
		reflect.TypeFor[payment.Installed]():   has[payment.Installed](payer),
		reflect.TypeFor[payment.FirstMarker](): has[payment.FirstMarker](payer),
	}
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() != reflect.Interface || field.IsNil() || !field.Type().Implements(reflect.TypeFor[payment.Payer]()) {
			continue
		}
		inner := field.Elem().Type()
		for want, found := range seen {
			if inner.Implements(want) && !found {
				return payment.InvalidField("payer", fmt.Sprintf("%T hides the %s of the %s in it", payer, want, inner))
			}
		}
	}
	return nil
}

// checkText checks what goes into an indexed column.
func checkText(field, s string) error {
	if s == "" || len(s) > maxText || !utf8.ValidString(s) || clean(s) != s || strings.TrimSpace(s) != s {
		return payment.InvalidField(field, fmt.Sprintf("want 1 to %d bytes of printable text", maxText))
	}
	return nil
}

// Provider returns the name of the payer inside.
func (p *Payer) Provider() string { return p.payer.Provider() }

// Installation returns the word of the payer inside, "" if it has none.
func (p *Payer) Installation() string { return p.installation }

// Timing returns the times of the payer inside, with the time on top that the journal may need to write the answer. Nothing
// is sent after the lease.
func (p *Payer) Timing() payment.Timing {
	return payment.Timing{LongestCall: p.lease + recordTimeout, Settling: p.timing.Settling}
}

// Prepare is Prepare of the payer inside.
func (p *Payer) Prepare(req payment.Request) (payment.Attempt, error) { return p.payer.Prepare(req) }

// prepare checks what a journal must be able to rely on.
func (p *Payer) prepare(ctx context.Context, req payment.Request) (payment.Attempt, error) {
	a, err := p.payer.Prepare(req)
	switch {
	case err != nil && payment.OutcomeOf(err) != payment.NotSent:
		err = p.fault(opPay, payment.NotSent, nil, "the request cannot be prepared", err)
	case err == nil && (a.Key == "" || a.Key != req.Key || a.Digest == ""):
		err = p.fault(opPay, payment.NotSent, payment.ErrInvalidRequest, "the payer's Prepare returned no digest, or another key", nil)
	}
	if err != nil {
		return a, p.withKeyState(ctx, req.Key, err)
	}
	return a, nil
}

// withKeyState adds to an error that came before the journal was asked where the key stands. A request that was paid
// yesterday can be invalid today, because the configuration has changed: nobody may conclude that nothing was taken.
func (p *Payer) withKeyState(ctx context.Context, key string, err error) error {
	if key == "" || !utf8.ValidString(key) || strings.ContainsRune(key, 0) {
		return err // no row can have this key
	}
	rows, readErr := p.rows(ctx, key)
	switch {
	case readErr != nil:
		return p.fault(opPay, payment.NotSent, payment.ErrJournal, "this call sent nothing", errors.Join(err, readErr))
	case len(rows) > 0 && slices.ContainsFunc(rows, Row.mayBePaid):
		return p.fault(opPay, payment.NotSent, nil, "this call sent nothing", errors.Join(err, keyState(rows)))
	}
	return err
}

// terms are those of a process that may send from now on.
func (p *Payer) terms() Terms {
	return Terms{Lease: p.lease, Quiet: p.lease + p.quiet}
}
