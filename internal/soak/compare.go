package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// settle reconciles until nothing changes: as things are, a day later, with everything decided that
// was pending, and at last with the unpaid orders shut and the payments given up whose customer did
// not come. It returns why rows are left, and how many for each reason.
func settle(ctx context.Context, s *site, store *journal, payers []*once.Payer, reqs []payment.Request, seed uint64) (map[string]int, error) {
	var why map[string]int
	for _, step := range []func(){
		func() {},
		func() {
			store.pass(later)
			s.advance(later)
		},
		func() {
			for i, req := range reqs {
				if s.decide != nil {
					s.decide(req.OrderID, rand.New(rand.NewPCG(seed+2, uint64(i))))
				}
			}
		},
		func() {
			for _, req := range reqs {
				if s.shut != nil && len(s.taken(req.OrderID)) == 0 {
					s.shut(req.OrderID)
				}
				if s.customer != nil {
					_ = payers[0].Abandon(ctx, req.Key) // what it could not end is left in the journal
				}
			}
		},
	} {
		step()
		var err error
		if why, err = reconcile(ctx, payers); err != nil {
			return nil, err
		}
	}
	return why, nil
}

// reconcile walks until a walk settles nothing, and returns why rows are left.
func reconcile(ctx context.Context, payers []*once.Payer) (map[string]int, error) {
	for range walks {
		report, err := walk(ctx, payers)
		if err != nil {
			return nil, err
		}
		if report.Settled > 0 {
			continue
		}
		reasons := map[string]string{} // by key: a row may be asked about by one process after the other
		for _, left := range report.Left {
			reasons[left.Key] = reason(left)
		}
		why := map[string]int{}
		for _, text := range reasons {
			why[text]++
		}
		return why, nil
	}
	return nil, errors.New("reconcile did not come to rest")
}

// walk is one walk of Reconcile in every process at once.
func walk(ctx context.Context, payers []*once.Payer) (once.Report, error) {
	reports, errs := make([]once.Report, len(payers)), make([]error, len(payers))
	var wg sync.WaitGroup
	for i, p := range payers {
		wg.Go(func() { reports[i], errs[i] = p.Reconcile(ctx) })
	}
	wg.Wait()
	var all once.Report
	for _, r := range reports {
		all.Settled += r.Settled
		all.Left = append(all.Left, r.Left...)
	}
	return all, errors.Join(errs...)
}

// reason is why a row is left, without what is particular to it.
func reason(left once.Left) string {
	var e *payment.Error
	switch {
	case left.Err == nil:
		return "the provider has it and has not decided"
	case errors.As(left.Err, &e) && e.Message != "":
		message, _, _ := strings.Cut(e.Message, ";") // what follows names the one payment
		return message
	default:
		return left.Err.Error()
	}
}

// compare holds the journal against the ledger.
func (r *result) compare(ctx context.Context, s *site, payer *once.Payer, reqs []payment.Request) error {
	for _, req := range reqs {
		taken := s.taken(req.OrderID)
		rows, err := payer.Get(ctx, req.Key)
		if err != nil {
			return err
		}
		r.judge(req, taken, rows)
	}
	r.explain()
	return nil
}

// explain wants a reason for every payment that is left.
func (r *result) explain() {
	explained := 0
	for _, n := range r.why {
		explained += n
	}
	if explained != r.unknown {
		r.problems = append(r.problems, fmt.Sprintf("%d payments are left and %d explained", r.unknown, explained))
	}
}

// judge compares one order's ledger with the rows of its key.
func (r *result) judge(req payment.Request, taken []payment.Money, rows []once.Row) {
	if len(taken) > 0 {
		r.taken++
	}
	if len(taken) > 1 {
		r.double++
	}
	switch standing(rows) {
	case saysPaid:
		if len(taken) == 0 {
			r.falsePaid++
		}
	case saysUnknown:
		r.unknown++
	case saysNotTaken:
		r.released++
		if len(taken) > 0 {
			r.lost++
		}
	}
	for _, m := range taken {
		if !m.Equal(req.Amount) {
			r.problems = append(r.problems, fmt.Sprintf("order %s: %v taken, %v asked for", req.OrderID, m, req.Amount))
		}
	}
}

// says is what the rows of a key come to.
type says int

const (
	saysNotTaken says = iota // or there is no row
	saysUnknown
	saysPaid
)

func standing(rows []once.Row) says {
	result := saysNotTaken
	for _, row := range rows {
		switch row.State {
		case once.Paid, once.Partial, once.Reversed, once.Conflict:
			return saysPaid
		case once.Failed, once.Released:
		default:
			result = saysUnknown
		}
	}
	return result
}
