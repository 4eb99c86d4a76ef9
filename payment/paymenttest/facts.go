package paymenttest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// This file has the cases about what a payer says of itself and of its requests. A journal keeps it
// for as long as its rows.

const (
	// longestWord bounds the word of payment.Installed, in bytes, so that a store can index it.
	longestWord = 200
	// longestTime bounds the times of payment.Timed. A journal adds them up, which must not
	// overflow.
	longestTime = 10 * 365 * 24 * time.Hour
)

// at returns a payer of this bench's account for the provider of another bench.
func (b *bench) at(o *bench, timeout time.Duration) payment.Payer {
	var payer payment.Payer
	site := Site{BaseURL: o.proxy.URL, Transport: o.proxy.Transport(), Timeout: timeout}
	o.transports = append(o.transports, site.Transport)
	b.within(func() { payer = b.h.NewPayer(site) })
	b.started = append(b.started, payer)
	return payer
}

// elsewhere runs f with a second provider at another address, and ends that.
func (b *bench) elsewhere(f func(o *bench)) {
	o := newBench(b.tb, b.newHarness, b.label+" (another server)", false, b.timeout)
	f(o)
	o.close()
	for _, problem := range o.problems {
		b.errorf("the other server: %s", problem)
	}
}

// inside finds the payer that implements T: payer itself, or one that it wraps.
func inside[T any](payer payment.Payer) (T, bool) {
	if found, ok := payer.(T); ok {
		return found, true
	}
	if outer, ok := payer.(interface{ Unwrap() payment.Payer }); ok {
		return inside[T](outer.Unwrap())
	}
	var none T
	return none, false
}

// installation checks the word of a payer that is payment.Installed.
func (b *bench) installation() {
	payer := b.newPayer()
	installed, ok := inside[payment.Installed](payer)
	if !ok {
		return
	}
	word := installed.Installation()
	b.mu.Lock()
	b.spoken = append(b.spoken, word)
	b.mu.Unlock()
	printable := utf8.ValidString(word)
	for _, r := range word {
		printable = printable && unicode.IsPrint(r)
	}
	if word == "" || len(word) > longestWord || !printable {
		b.errorf("Installation() is %q, want 1 to %d bytes of printable text", word, longestWord)
	}
	b.once(payer)
	if again := installed.Installation(); again != word {
		b.errorf("Installation() was %q, and %q after a payment", word, again)
	}
	if other, ok := inside[payment.Installed](b.newPayer()); !ok || other.Installation() != word {
		b.errorf("two payers of one account at one server do not both have the installation %q", word)
	}
	b.elsewhere(func(o *bench) {
		if other, ok := inside[payment.Installed](b.at(o, b.timeout)); !ok || other.Installation() == word {
			b.errorf("payers at two servers do not have two installations, one has %q", word)
		}
	})
}

// times checks the times of a payer that is payment.Timed. The payer has little patience.
func (b *bench) times(seq sequence) {
	payer := b.newPayer()
	timed, ok := inside[payment.Timed](payer)
	if !ok {
		return
	}
	t := timed.Timing()
	if t.LongestCall < 0 || t.Settling < 0 || t.LongestCall > longestTime || t.Settling > longestTime {
		b.errorf("the times are %+v, want 0 to %v", t, longestTime)
	}
	b.onPayment(seq, faultproxy.Fault{Hold: func(gone <-chan struct{}) { wait(gone, nil, settling) }})
	began := time.Now()
	b.pay(context.Background(), payer, b.h.Place(), payment.Hooks{})
	took := time.Since(began)
	b.plan(faultproxy.Plan{})
	b.drain()
	if t.LongestCall > 0 && took > t.LongestCall {
		b.errorf("Pay of a provider that does not answer took %v, and LongestCall is %v", took, t.LongestCall)
	}
	if again := timed.Timing(); again != t {
		b.errorf("the times were %+v, and %+v after a payment", t, again)
	}
}

// firstMark compares the mark that a payment.FirstMarker announces with the first one that Pay
// records.
func (b *bench) firstMark() {
	payer := b.newPayer()
	first, ok := inside[payment.FirstMarker](payer)
	if !ok {
		return
	}
	want := first.FirstMark()
	g := b.once(payer)
	if len(g.attempt.Marks) == 0 {
		b.errorf("FirstMark() is %q, and Pay recorded no mark", want.Step)
		return
	}
	same := func(m payment.Mark) bool { return m.Step == want.Step && maps.Equal(m.Ref, want.Ref) }
	if got := g.attempt.Marks[0]; !same(got) {
		b.errorf("FirstMark() is %q with %v, and Pay recorded %q with %v first", want.Step, want.Ref, got.Step, got.Ref)
	}
	if again := first.FirstMark(); !same(again) {
		b.errorf("FirstMark() was %q with %v, and is %q with %v after a payment", want.Step, want.Ref, again.Step, again.Ref)
	}
}

// preparedAgain compares the attempts of one request: before and after its payment, and of payers
// that are configured in different ways.
func (b *bench) preparedAgain() {
	payer := b.newPayer()
	req := b.h.Place()
	text := func(p payment.Payer) (payment.Attempt, string) {
		a, err := p.Prepare(req)
		raw, jsonErr := json.Marshal(a)
		if err := errors.Join(err, jsonErr); err != nil {
			b.errorf("Prepare of an order that can be paid: %v", err)
		}
		return a, string(raw)
	}
	a, before := text(payer)
	if !a.SentAt.IsZero() || a.PaymentID != "" || len(a.Marks) > 0 || len(a.Failures) > 0 || a.Answered || a.Incomplete {
		b.errorf("Prepare says something of a payment that has not begun: %s", before)
	}
	g := b.pay(context.Background(), payer, req, payment.Hooks{})
	b.drain()
	b.judge(g)
	if _, after := text(payer); after != before {
		b.errorf("Prepare of one request said %s before the payment and %s after it", before, after)
	}
	if _, other := text(b.newPayer()); other != before {
		b.errorf("two payers prepare one request as %s and as %s", before, other)
	}
	b.elsewhere(func(o *bench) {
		if other, _ := text(b.at(o, 2*b.timeout)); other.Digest != a.Digest {
			b.errorf("the digest of one request depends on the server's address or on the time-out: %q and %q", a.Digest, other.Digest)
		}
	})
}
