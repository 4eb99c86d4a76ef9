package once

import (
	"context"
	"fmt"
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

// session is one call of the inner payer, with the row that the call is about.
type session struct {
	p      *Payer
	op     string
	keep   Terms // of a mark
	called bool  // the inner payer was called; only the goroutine of the call uses it

	marking sync.Mutex // one mark at a time
	mu      sync.Mutex // guards what follows; never held during I/O
	row     Row
	lease   lease
	closed  string // why nothing more may be sent; "" while it may
}

// newSession returns the session of a call of Pay or Continue.
func (p *Payer) newSession(op string, asked time.Time, row Row) *session {
	return &session{p: p, op: op, keep: p.terms(), row: row, lease: newLease(asked, row)}
}

// hooks returns the context of a call of Pay or Continue. Hooks that the caller has set stay in force.
func (s *session) hooks(ctx context.Context) context.Context {
	return payment.WithHooks(ctx, payment.Hooks{
		Key: s.current().Attempt.Key,
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

// mark writes a step into the row before it is taken, which renews the lease. It is not cut off by the end of the payer's
// context: a mark whose answer is lost stands in the row and speaks for a step that was never taken. If mark fails nothing
// more may be sent: the row may belong to somebody else by now.
func (s *session) mark(ctx context.Context, m payment.Mark) error {
	s.marking.Lock()
	defer s.marking.Unlock()
	if err := s.gate(); err != nil {
		return err
	}
	row := s.current()
	if n := len(row.Attempt.Marks); n == 1 && row.Version == 1 && sameMark(row.Attempt.Marks[0], m) {
		return nil // Begin has written it, and its lease has just begun
	}
	if err := ctx.Err(); err != nil {
		return s.p.fault(s.op, payment.NotSent, nil, "the step "+m.Step+" was not taken", err)
	}
	asked := s.p.now()
	next := row.clone()
	if m.At.IsZero() {
		m.At = row.Now.Add(asked.Sub(s.began()))
	}
	attempt, fits := withMark(next.Attempt, m)
	if !fits {
		s.close("the row has too many marks")
		return s.p.fault(s.op, payment.NotSent, nil, fmt.Sprintf("the step %s was not taken: the row has %d marks", m.Step, maxMarks), nil)
	}
	next.Attempt = attempt
	marked, err := s.p.writeOnce(ctx, row, next, s.keep)
	if err != nil {
		s.close("a mark could not be recorded")
		return s.p.fault(s.op, payment.NotSent, payment.ErrJournal, "the step "+m.Step+" could not be recorded and was not taken", err)
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

// run makes the call, in which the inner payer is called, records its answer and returns what the caller gets. A call that
// panics is recorded as one whose answer is not known, and the panic goes on to the caller.
func (s *session) run(ctx context.Context, call func(context.Context) (payment.Payment, error)) (payment.Payment, error) {
	returned, recorded := false, false
	var pay payment.Payment
	var err error
	leave := s.p.enter(s.current())
	defer leave()
	defer func() {
		if r := recover(); r != nil {
			s.close("the call has panicked")
			mine := s.current()
			n := s.p.answered(s.op, mine.Nonce, payment.Payment{}, s.p.fault(s.op, payment.NotSent, nil, "panic", nil))
			switch {
			case returned: // the panic came from the store or the audit function: the answer is known
				n = s.p.answered(s.op, mine.Nonce, pay, err)
			case s.called:
				n = s.p.answered(s.op, mine.Nonce, payment.Payment{}, s.p.fault(s.op, payment.Unknown, nil, "panic", nil))
				n.panicked = true
			}
			leave()
			if !recorded {
				s.p.quietly(func() { _, _, _ = s.p.record(ctx, mine, n, true) })
			}
			panic(r)
		}
	}()
	err = s.gate()
	if err == nil && ctx.Err() != nil {
		err = s.p.fault(s.op, payment.NotSent, nil, "", context.Cause(ctx))
	}
	if err == nil {
		pay, err = call(s.hooks(ctx))
	}
	returned = true
	s.close("the call has returned")
	mine := s.current()
	leave() // nothing more is sent: others may ask about the row from here on
	n := s.p.answered(s.op, mine.Nonce, pay, err)
	row, n, recordErr := s.p.record(ctx, mine, n, true)
	switch {
	case recordErr != nil && mine.N > 1: // an earlier attempt may be in doubt again
		return n.payment, unread(mine.Attempt.Key, s.p.notRecorded(s.op, n, recordErr))
	case recordErr != nil:
		return n.payment, s.p.notRecorded(s.op, n, recordErr)
	}
	recorded = true
	if mine.N == 1 && row.Version == mine.Version+1 {
		return s.p.reply(row, n) // no other attempt can have begun
	}
	return s.p.replyForKey(ctx, row, n)
}

// asking is the session of a call of Lookup. The marks that it records are written into the row; it has no gate.
type asking struct {
	p    *Payer
	op   string
	keep Terms

	mu  sync.Mutex
	row Row
}

// hooks returns the context of the call.
func (s *asking) hooks(ctx context.Context) context.Context {
	return payment.WithHooks(ctx, payment.Hooks{
		Key:  s.current().Attempt.Key,
		Gate: payment.GateOf(ctx),
		Mark: func(markCtx context.Context, m payment.Mark) error {
			if err := payment.RecordMark(ctx, m); err != nil {
				return err
			}
			return s.mark(markCtx, m)
		},
	})
}

func (s *asking) mark(ctx context.Context, m payment.Mark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.At.IsZero() {
		m.At = s.row.Now
	}
	next := s.row.clone()
	attempt, fits := withMark(next.Attempt, m)
	if !fits {
		return s.p.fault(s.op, payment.Unknown, nil, fmt.Sprintf("the row has %d marks", maxMarks), nil)
	}
	next.Attempt = attempt
	marked, err := s.p.writeOnce(ctx, s.row, next, s.keep)
	if err != nil {
		return s.p.fault(s.op, payment.Unknown, payment.ErrJournal, "the step "+m.Step+" could not be recorded", err)
	}
	s.row = marked
	return nil
}

func (s *asking) current() Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.row
}

// rowID names a row within the payer's name.
type rowID struct {
	key string
	n   int
}

// enter notes that this process is inside a call for the row, and returns a function that ends it. Another call for the
// same row may have entered by then.
func (p *Payer) enter(row Row) (leave func()) {
	id := rowID{row.Attempt.Key, row.N}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside[id]++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.inside[id]--; p.inside[id] == 0 {
			delete(p.inside, id)
		}
	})
}

// isInside reports whether this process is inside a call that may send for the row. Then it must not take the row's
// lease, whatever the store's clock says: the clock may have been set forward.
func (p *Payer) isInside(row Row) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inside[rowID{row.Attempt.Key, row.N}] > 0
}

// sending reports whether a process may be moving money for the row right now.
func (p *Payer) sending(row Row) bool {
	return p.isInside(row) || row.State == Started && row.Leased() && !p.neverSent(row)
}

// maxUnsent bounds the nonces that are remembered.
const maxUnsent = 10_000

// rememberUnsent notes a nonce with which nothing was sent and nothing will be, although the store may still write it: an
// INSERT that was given up can be committed later.
func (p *Payer) rememberUnsent(nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.unsentOrder) == maxUnsent {
		delete(p.unsent, p.unsentOrder[0])
		p.unsentOrder = p.unsentOrder[1:]
	}
	p.unsent[nonce] = true
	p.unsentOrder = append(p.unsentOrder, nonce)
}

// neverSent reports whether the row is Started by a call of this process that was given up before it sent anything.
func (p *Payer) neverSent(row Row) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return row.State == Started && p.unsent[row.Nonce]
}

// quietly calls f, which runs a user's code, after another panic: only the first one goes on.
func (p *Payer) quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}
