package paymenttest_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// knowing is a payer that says everything of itself that a payer may say.
type knowing struct {
	*broken
	mu       sync.Mutex
	answered map[string]answer // the first answer of Lookup, by order
}

type answer struct {
	p   payment.Payment
	err error
}

func (k *knowing) Installation() string {
	switch k.flaw {
	case tellsTokenAsInstallation:
		return k.token.Reveal()
	case hasOneInstallationForAll:
		return "till"
	case hasEmptyInstallation:
		return ""
	case changesInstallation:
		return k.url.Host + "/" + strconv.Itoa(int(k.pays.Load()))
	}
	return k.url.Host
}

func (k *knowing) Timing() payment.Timing {
	t := payment.Timing{LongestCall: time.Minute, Settling: time.Hour}
	switch k.flaw {
	case hasAbsurdTimes:
		t.Settling = 200 * 365 * 24 * time.Hour
	case understatesItsCalls:
		t.LongestCall = time.Millisecond
	case changesItsTimes:
		t.Settling += time.Duration(k.pays.Load())
	}
	return t
}

func (k *knowing) FirstMark() payment.Mark {
	if k.flaw == announcesAnotherMark {
		return payment.Mark{Step: "commit"}
	}
	return payment.Mark{Step: "begin"}
}

func (k *knowing) Prepare(req payment.Request) (payment.Attempt, error) {
	a, err := k.broken.Prepare(req)
	if err != nil {
		return a, err
	}
	switch ref := map[string]string{}; k.flaw {
	case digestsWhatItLearned:
		ref["paid"] = strconv.Itoa(int(k.pays.Load()))
		return payment.NewAttempt(req, req.OrderID, ref)
	case digestsItsConfiguration:
		ref["server"] = k.url.Host
		return payment.NewAttempt(req, req.OrderID, ref)
	case preparesAnAnswer:
		a.Answered = true
	}
	return a, nil
}

func (k *knowing) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	if _, err := k.Prepare(req); err != nil {
		return payment.Payment{}, err
	}
	if k.flaw != recordsNoMark {
		for _, step := range []string{"begin", "commit"} {
			if payment.RecordMark(ctx, payment.Mark{Step: step}) != nil {
				return payment.Payment{}, k.said(payment.NotSent, nil, "")
			}
		}
	}
	p, err := k.broken.Pay(ctx, req)
	n := k.pays.Add(1)
	if p.ID = "pay-" + req.OrderID; k.flaw == namesPaymentsAnew {
		p.ID += "-" + strconv.Itoa(int(n))
	}
	if err != nil {
		p.ID = ""
	}
	return p, err
}

func (k *knowing) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	p, err := k.broken.Lookup(ctx, a)
	if err == nil {
		p.ID = "pay-" + a.OrderID
	}
	_, began := a.Marked("begin")
	_, committed := a.Marked("commit")
	proven := errors.Is(err, payment.ErrInconclusive)
	switch k.flaw {
	case forgetsLostAnswers:
		proven = proven && len(a.Failures) == 0
	case forgetsAnswersOfALostRow:
		proven = proven && len(a.Failures) == 0 && a.Answered
	case trustsMissingMarks:
		proven = proven && began && !committed
	default:
		proven = proven && began && !committed && !a.Incomplete
	}
	if proven {
		return k.fail(payment.Refused, payment.ErrNoPayment)
	}
	if k.flaw == remembersLookups {
		k.mu.Lock()
		defer k.mu.Unlock()
		if _, ok := k.answered[a.OrderID]; !ok {
			k.answered[a.OrderID] = answer{p, err}
		}
		return k.answered[a.OrderID].p, k.answered[a.OrderID].err
	}
	return p, err
}

// inSteps reports whether the flaw is one of a payer with two steps.
func (f flaw) inSteps() bool {
	return f == soundSteps || f == declinesBrokenSteps || f == losesForbiddenSteps
}

// stepped is a payer that reads the order in the first step and pays in the second.
type stepped struct{ *broken }

type tillStep struct{}

func (tillStep) PaymentContinuation() string { return "till" }

func (s *stepped) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := s.Prepare(req)
	if err != nil {
		return payment.Payment{}, err
	}
	if ctx.Err() != nil || payment.CheckGate(ctx) != nil {
		return s.fail(payment.NotSent, nil)
	}
	if _, err := s.send(ctx, http.MethodGet, "/orders/"+a.OrderID, ""); err != nil {
		return s.fail(payment.NotSent, nil) // nothing is paid in this step
	}
	return payment.Payment{Provider: "till", OrderID: a.OrderID, Status: payment.ActionRequired}, nil
}

func (s *stepped) Continue(ctx context.Context, a payment.Attempt, _ payment.Continuation) (payment.Payment, error) {
	p, err := s.broken.Pay(ctx, payment.Request{Key: a.Key, OrderID: a.OrderID, Amount: a.Amount})
	switch {
	case err != nil && s.flaw == declinesBrokenSteps:
		return s.fail(payment.Refused, payment.ErrDeclined)
	case err != nil && s.flaw == losesForbiddenSteps:
		return s.fail(payment.Unknown, nil)
	}
	return p, err
}

// wrapping is a payer around another one.
type wrapping struct{ payment.Payer }

func (w wrapping) Unwrap() payment.Payer { return w.Payer }

// dressed returns the broken payer with the interfaces that its flaw needs.
func dressed(b *broken) payment.Payer {
	switch {
	case b.flaw.inSteps():
		return &stepped{b}
	case b.flaw == wrapsAnotherMark:
		b.flaw = announcesAnotherMark
		return wrapping{&knowing{broken: b, answered: map[string]answer{}}}
	case b.flaw >= sound:
		return &knowing{broken: b, answered: map[string]answer{}}
	}
	return b
}

// TestSound runs the payers of this file without a flaw: the cases that find the flaws find nothing
// in them.
func TestSound(t *testing.T) {
	for name, f := range map[string]flaw{"knowing": sound, "in two steps": soundSteps} {
		t.Run(name, func(t *testing.T) { paymenttest.Run(t, brokenHarness(f)) })
	}
}
