package travelport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// TestFirstMark: a journal that writes the first mark in advance writes what Pay records.
func TestFirstMark(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	if _, err := s.pay(t, s.request(t)); err != nil {
		t.Fatal(err)
	}
	first := s.journal.marks[0]
	first.At = time.Time{}
	if diff := cmp.Diff(s.client.FirstMark(), first); diff != "" {
		t.Errorf("mark (-want +got):\n%s", diff)
	}
}

// TestCommitNotSent: something keeps the commit from being sent once its mark is there. The mark is taken back before the
// clean-up, so that whatever becomes of the workbench proves that nothing was taken.
func TestCommitNotSent(t *testing.T) {
	shut := errors.New("the lease is over")
	undone := travelporttest.Fault{Route: travelporttest.DiscardWorkbench, NoAction: true}
	lost := travelporttest.Fault{Route: travelporttest.DiscardWorkbench, Cut: travelporttest.BeforeAnswer}
	unread := travelporttest.Fault{Route: travelporttest.RetrieveWorkbench, NoAction: true}
	for name, tt := range map[string]struct {
		gate     bool // the gate forbids the commit, and nothing else; else the caller leaves
		deadline bool // the caller's deadline ends, instead of a cancel
		fail     string
		discard  travelporttest.Fault
		steps    []string // behind the commit's
		want     payment.Outcome
		later    error // of Lookup, once Pay is over
		expired  error // and when the workbench would have expired
	}{
		"caller leaves":                     {steps: []string{markUnsent}, want: payment.NotSent, later: payment.ErrNoPayment, expired: payment.ErrNoPayment},
		"caller's deadline":                 {deadline: true, steps: []string{markUnsent}, want: payment.NotSent, later: payment.ErrNoPayment, expired: payment.ErrNoPayment},
		"gate":                              {gate: true, steps: []string{markUnsent}, want: payment.NotSent, later: payment.ErrNoPayment, expired: payment.ErrNoPayment},
		"not discarded":                     {discard: undone, steps: []string{markUnsent}, want: payment.Unknown, later: payment.ErrNoPayment, expired: payment.ErrNoPayment},
		"discarded, answer lost":            {discard: lost, steps: []string{markUnsent}, want: payment.Unknown, later: payment.ErrNoPayment, expired: payment.ErrNoPayment},
		"not recorded":                      {fail: markUnsent, want: payment.NotSent, later: payment.ErrInconclusive, expired: payment.ErrInconclusive},
		"not recorded, not discarded":       {fail: markUnsent, discard: undone, want: payment.Unknown, later: payment.ErrNoPayment, expired: payment.ErrNoPayment},
		"not recorded, discard answer lost": {fail: markUnsent, discard: lost, want: payment.Unknown, later: payment.ErrInconclusive, expired: payment.ErrInconclusive},
	} {
		for _, incomplete := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, incomplete %v", name, incomplete), func(t *testing.T) {
				s := simulate(t, travelporttest.Reservation{})
				ctx, cancel := context.WithCancel(s.journal.context(t.Context()))
				defer cancel()
				if tt.deadline {
					ctx, cancel = context.WithTimeout(ctx, time.Minute)
					defer cancel()
				}
				if tt.discard.Route != "" {
					s.Fail(tt.discard)
				}
				s.journal.fail = tt.fail
				s.journal.before = func(step string) {
					if step != markCommit {
						return
					}
					if tt.discard.Route != "" {
						s.Fail(unread) // so that the workbench's end is not confirmed in another way
					}
					if !tt.gate {
						cancel()
					}
				}
				if tt.gate {
					s.journal.gate = func() error {
						if steps := s.journal.steps(); steps[len(steps)-1] == markCommit {
							return shut
						}
						return nil
					}
				}
				req := s.request(t)
				p, err := s.client.Pay(ctx, req)
				if p.Status != "" || payment.OutcomeOf(err) != tt.want || err == nil || s.Count(travelporttest.Commit) != 0 {
					t.Errorf("%+v, %v, want %v; %d commits", p, err, tt.want, s.Count(travelporttest.Commit))
				}
				if tt.want == payment.Unknown && errors.Is(err, io.ErrClosedPipe) != (tt.fail != "") {
					t.Errorf("%v, and the mark failed: %v", err, tt.fail != "")
				}
				want := append([]string{markBegin, markWorkbench, markCommit}, tt.steps...)
				if diff := cmp.Diff(want, s.journal.steps()); diff != "" {
					t.Errorf("steps (-want +got):\n%s", diff)
				}
				s.ClearFaults()
				s.journal.fail, s.journal.before, s.journal.gate = "", nil, nil
				for _, q := range []struct {
					later time.Duration
					want  error
				}{{time.Second, payment.ErrInconclusive}, {15 * time.Minute, tt.later}, {time.Hour, tt.expired}} {
					s.Advance(q.later)
					a := s.journal.attempt(t, s.client, req)
					a.Incomplete = incomplete
					if _, err := s.client.Lookup(s.journal.context(t.Context()), a); !errors.Is(err, q.want) {
						t.Errorf("after %v: %v, want %v", q.later, err, q.want)
					}
				}
				s.wantTaken(t)
			})
		}
	}
}

// TestUnsentFoundPaid: documents that appear although the commit was not sent are another's.
func TestUnsentFoundPaid(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	ctx, cancel := context.WithCancel(s.journal.context(t.Context()))
	defer cancel()
	s.journal.before = func(step string) {
		if step == markCommit {
			cancel()
		}
	}
	req := s.request(t)
	if _, err := s.client.Pay(ctx, req); payment.OutcomeOf(err) != payment.NotSent {
		t.Fatal(err)
	}
	if _, err := s.client.Pay(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if p, err := s.lookup(t, req); err != nil || p.MatchedBy != payment.MatchedByOrder || p.ID != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestPaySetupEnds: the time for the steps before the commit ends while one of them is under way. The clean-up has a time of
// its own.
func TestPaySetupEnds(t *testing.T) {
	for i, st := range paySteps[3:7] {
		t.Run(fmt.Sprintf("%d %s", i, st.route), func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			s.client = s.newClient(t, withLinger(time.Millisecond), WithSetupTimeout(200*time.Millisecond))
			hold := make(chan struct{})
			st.fail(s, travelporttest.Fault{Hold: hold})
			req := s.request(t)
			_, err := s.pay(t, req)
			close(hold)
			if o := payment.OutcomeOf(err); err == nil || o == payment.Unknown || s.OpenWorkbenches(s.locator) != 0 || s.Count(travelporttest.Commit) != 0 {
				t.Errorf("%v, %d workbenches open", err, s.OpenWorkbenches(s.locator))
			}
			s.wantTaken(t)
			s.judgeLookup(t, req)
		})
	}
}

// leaving is a store in which the callers of some keys leave as soon as the mark of their commit is written.
type leaving struct {
	*once.Memory
	mu    sync.Mutex
	leave map[string]context.CancelFunc // by key
}

func (l *leaving) Update(ctx context.Context, row once.Row, terms once.Terms) (once.Row, error) {
	stored, err := l.Memory.Update(ctx, row, terms)
	l.mu.Lock()
	defer l.mu.Unlock()
	marks := row.Attempt.Marks
	if leave := l.leave[row.Attempt.Key]; leave != nil && len(marks) > 0 && marks[len(marks)-1].Step == markCommit {
		leave()
	}
	return stored, err
}

// TestStormOfLeavers: callers leave within the first milliseconds, and every other discard fails. No key may be left that
// nobody can prove, and no commit's mark without a commit that nobody takes back.
func TestStormOfLeavers(t *testing.T) {
	const callers = 120
	s := simulate(t, travelporttest.Reservation{})
	store := &leaving{Memory: once.NewMemory(), leave: map[string]context.CancelFunc{}}
	payer, err := once.New(s.client, store, once.Name("travelport-test"))
	if err != nil {
		t.Fatal(err)
	}
	// The token is there before, as in a process that has been up for a while.
	if _, err := s.client.GetReservation(t.Context(), s.locator, nil); err != nil {
		t.Fatal(err)
	}
	for range callers / 2 {
		s.Fail(travelporttest.Fault{Route: travelporttest.DiscardWorkbench, NoAction: true})
		s.Fail(travelporttest.Fault{Route: travelporttest.DiscardWorkbench})
	}
	random := rand.New(rand.NewPCG(14, 9))
	reqs := make([]payment.Request, callers)
	var wait sync.WaitGroup
	slots := make(chan struct{}, 4) // so that the steps of each take as long as alone
	for i := range reqs {
		reqs[i] = s.request(t)
		reqs[i].Key, reqs[i].OrderID = fmt.Sprintf("k%d", i), s.AddReservation(travelporttest.Reservation{Travelers: 1,
			Offers: []travelporttest.Offer{{Price: reqs[i].Amount}}})
		patience := time.Duration(random.Int64N(int64(12 * time.Millisecond)))
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			if i%3 == 0 { // the one moment that is too short to be hit by chance
				ctx, cancel = context.WithCancel(t.Context())
				store.mu.Lock()
				store.leave[reqs[i].Key] = cancel
				store.mu.Unlock()
			}
			defer cancel()
			_, _ = payer.Pay(ctx, reqs[i])
		})
	}
	wait.Wait()
	if err := s.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.ClearFaults()
	committed := map[string]bool{}
	for _, r := range s.Requests(travelporttest.Commit) {
		committed[path.Base(r.URL.Path)] = true
	}
	ends, unsent := map[once.State]int{}, 0
	for _, later := range []time.Duration{15 * time.Minute, 10 * time.Minute, 3 * time.Hour} {
		store.Advance(later)
		s.Advance(later)
		if _, err := payer.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, req := range reqs {
		rows, err := payer.Get(t.Context(), req.Key)
		if err != nil {
			t.Fatal(err)
		}
		taken := s.Taken(req.OrderID)
		if len(rows) == 0 && len(taken) == 0 {
			ends["never begun"]++
			continue
		}
		row := rows[0]
		ends[row.State]++
		if settled := row.State == once.Paid || row.State == once.Released; len(rows) != 1 || !settled || (row.State == once.Paid) != (len(taken) == 1) {
			t.Errorf("%s: %s with %v taken; marks %+v", req.Key, row.State, taken, row.Attempt.Marks)
		}
		for _, m := range row.Attempt.Marks {
			bench := m.Ref[refWorkbench]
			back := slices.ContainsFunc(row.Attempt.Marks, func(m payment.Mark) bool { return m.Step == markUnsent && m.Ref[refWorkbench] == bench })
			if m.Step == markUnsent {
				unsent++
			}
			if m.Step == markCommit && back == committed[bench] {
				t.Errorf("%s: the commit was sent: %v, and its mark is taken back: %v", req.Key, committed[bench], back)
			}
		}
	}
	if t.Log(ends, unsent); unsent < callers/3 {
		t.Errorf("%d commits were not sent, want at least %d", unsent, callers/3)
	}
}
