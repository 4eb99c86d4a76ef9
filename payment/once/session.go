package once

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// lease is the part of a row's lease that this process may count on, by its own clocks.
type lease struct {
	// began is when the process asked the store for the lease: before the store granted it, so that the process never
	// believes in it longer than the store does. wall is the same instant without the monotonic clock, which stands
	// still on some systems while the machine sleeps.
	began, wall time.Time
	left        time.Duration
}

func newLease(asked time.Time, row Row) lease {
	return lease{began: asked, wall: asked.Round(0), left: row.LeaseEnd.Sub(row.Now)}
}

// over reports whether one of the two clocks says that the lease has ended.
func (l lease) over(now time.Time) bool {
	return now.Sub(l.began) >= l.left || now.Round(0).Sub(l.wall) >= l.left
}

// session is one call of the inner payer's Pay or Continue, with the row that it works on.
type session struct {
	p  *Payer
	op string

	marking sync.Mutex // one mark at a time
	mu      sync.Mutex // guards what follows; never held during I/O
	row     Row
	lease   lease
	closed  string // why nothing more may be sent; "" while it may
}

func (p *Payer) newSession(op string, asked time.Time, row Row) *session {
	return &session{p: p, op: op, row: row, lease: newLease(asked, row)}
}

// hooks returns the context of the call. Hooks that the caller has set stay in force.
func (s *session) hooks(ctx context.Context) context.Context {
	return payment.WithHooks(ctx, payment.Hooks{
		Gate: func() error {
			if err := payment.CheckGate(ctx); err != nil {
				return err
			}
			return s.gate()
		},
		Mark: func(markCtx context.Context, m payment.Mark) error {
			if err := payment.RecordMark(ctx, m); err != nil {
				s.close("a mark could not be recorded")
				return err
			}
			return s.mark(markCtx, m)
		},
	})
}

// gate fails when no more money may be moved.
func (s *session) gate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	why := s.closed
	if why == "" && s.lease.over(s.p.now()) {
		why = "the journal's lease is over"
	}
	if why == "" {
		return nil
	}
	return s.p.fault(s.op, payment.NotSent, nil, why+"; nothing may be sent any more", nil)
}

// close shuts the gate for good.
func (s *session) close(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed == "" {
		s.closed = why
	}
}

// mark writes a step into the row before it is taken, which renews the lease. If it fails nothing more may be sent: the
// row may belong to somebody else by now.
func (s *session) mark(ctx context.Context, m payment.Mark) error {
	s.marking.Lock()
	defer s.marking.Unlock()
	if err := s.gate(); err != nil {
		return err
	}
	asked := s.p.now()
	row := s.current().clone()
	if m.At.IsZero() {
		m.At = row.Now.Add(asked.Sub(s.began()))
	}
	row.Attempt.Marks = append(slices.Clip(row.Attempt.Marks), m)
	row.Owner = s.p.owner
	marked, err := s.p.store.Update(ctx, row, s.p.terms())
	if err != nil {
		s.close("a mark could not be recorded")
		return s.p.fault(s.op, payment.NotSent, nil, "the step "+m.Step+" could not be recorded and was not taken", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row, s.lease = marked, newLease(asked, marked)
	return nil
}

func (s *session) current() Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row
}

func (s *session) began() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lease.began
}

// run calls the inner payer, records its answer and returns what the caller gets. If call panics nothing is recorded:
// the row stays Started, and somebody asks the provider once the lease is over.
func (s *session) run(ctx context.Context, call func(context.Context) (payment.Payment, error)) (payment.Payment, error) {
	defer s.close("the call has panicked")
	pay, err := payment.Payment{}, s.gate()
	if err == nil && ctx.Err() != nil {
		err = s.p.fault(s.op, payment.NotSent, nil, "", context.Cause(ctx))
	}
	if err == nil {
		pay, err = call(s.hooks(ctx))
	}
	s.close("the call has returned")
	mine := s.current()
	v := s.p.answered(s.op, mine.Nonce, pay, err)
	row, alone, err := s.p.record(ctx, mine, v, true)
	if err != nil {
		return v.payment, s.p.notRecorded(s.op, v, err)
	}
	if alone && mine.N == 1 {
		return s.p.reply(row, v) // there is no other attempt: a first one has no earlier, and this one stood until now
	}
	return s.p.replyForKey(ctx, row, v)
}
