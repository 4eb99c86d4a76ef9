package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// settle reconciles until nothing changes: first as things are, then with everything decided that was pending, and at
// last with the unpaid orders shut. It returns why rows are left, and how many for each reason.
func settle(ctx context.Context, s *site, payer *once.Payer, reqs []payment.Request, seed uint64) (map[string]int, error) {
	if _, err := reconcile(ctx, payer); err != nil {
		return nil, err
	}
	for i, req := range reqs {
		s.decide(req.OrderID, rand.New(rand.NewPCG(seed+2, uint64(i))))
	}
	why, err := reconcile(ctx, payer)
	if err != nil || s.shut == nil {
		return why, err
	}
	for _, req := range reqs {
		if len(s.taken(req.OrderID)) == 0 {
			s.shut(req.OrderID)
		}
	}
	return reconcile(ctx, payer)
}

// reconcile walks until a walk settles nothing, and returns why rows are left.
func reconcile(ctx context.Context, payer *once.Payer) (map[string]int, error) {
	for range walks {
		report, err := payer.Reconcile(ctx)
		if err != nil {
			return nil, err
		}
		if report.Settled > 0 {
			continue
		}
		why := map[string]int{}
		for _, left := range report.Left {
			why[reason(left)]++
		}
		return why, nil
	}
	return nil, errors.New("reconcile did not come to rest")
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
	return nil
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
