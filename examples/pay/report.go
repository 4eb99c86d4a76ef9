package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// report prints what happened in a few aligned lines.
type report struct {
	out  io.Writer
	step int
}

func (r *report) title(s string) { fmt.Fprintf(r.out, "%s\n", s) }

func (r *report) stepf(format string, args ...any) {
	r.step++
	fmt.Fprintf(r.out, "\n%d. %s\n", r.step, fmt.Sprintf(format, args...))
}

func (r *report) linef(label, format string, args ...any) {
	fmt.Fprintf(r.out, "   %-9s %s\n", label, fmt.Sprintf(format, args...))
}

// answer prints what a payer answered, and what it means.
func (r *report) answer(p payment.Payment, err error) {
	if p.Status != "" {
		r.linef("payment", "%s", strings.Join(strings.Fields(p.ID+" "+p.Amount.String()+" "+string(p.Status)), " "))
	}
	if err != nil {
		r.linef("error", "%v", err)
		r.linef("outcome", "%s", payment.OutcomeOf(err))
	}
	r.linef("next", "%s", payment.Next(p, err))
}

// journaled puts the journal around a payer. A service keeps its journal in a database; this one
// ends with the program.
func journaled(p payment.Payer) (*once.Payer, error) {
	return once.New(p, once.NewMemory(), once.Name(p.Provider()+"-example"))
}

// story is a payer with its journal, and how often its provider was asked to pay.
type story struct {
	report
	payer *once.Payer
	sent  func() int
}

func newStory(out io.Writer, p payment.Payer, sent func() int) (*story, error) {
	payer, err := journaled(p)
	if err != nil {
		return nil, err
	}
	return &story{report: report{out: out}, payer: payer, sent: sent}, nil
}

func (s *story) pay(ctx context.Context, req payment.Request) {
	p, err := s.payer.Pay(ctx, req)
	s.answer(p, err)
}

// again presses pay once more and counts what the provider got of it.
func (s *story) again(ctx context.Context, req payment.Request) {
	before := s.sent()
	s.pay(ctx, req)
	s.linef("sent", "%d payments", s.sent()-before)
}

func (s *story) lookup(ctx context.Context, req payment.Request) error {
	attempt, err := s.payer.Prepare(req)
	if err != nil {
		return err
	}
	p, err := s.payer.Lookup(ctx, attempt)
	s.answer(p, err)
	return nil
}

func mustMoney(amount, currency string) payment.Money {
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		panic(err)
	}
	return m
}

// ledger prints what the provider really took, and fails if that is not what it should be.
func ledger(out io.Writer, orders []string, taken func(string) []payment.Money, want map[string]int) error {
	fmt.Fprintln(out, "\nThe provider's ledger:")
	for _, id := range orders {
		got := taken(id)
		times := fmt.Sprintf("taken %d times", len(got))
		switch len(got) {
		case 0:
			times = "not taken"
		case 1:
			times = "taken once"
		}
		fmt.Fprintf(out, "   %-11s %s", id, times)
		for _, m := range got {
			fmt.Fprintf(out, "  %s", m)
		}
		fmt.Fprintln(out)
		if len(got) != want[id] {
			return fmt.Errorf("%s was taken %d times, want %d", id, len(got), want[id])
		}
	}
	return nil
}
