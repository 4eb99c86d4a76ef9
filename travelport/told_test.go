package travelport

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/told"
	"github.com/supplierpay/supplierpay-go/payment"
)

// watched returns the context and the options of a client whose calls of the operation told lists.
func watched(t *testing.T, operation string) (ctx context.Context, opts []Option, outcomes func() []string) {
	ctx, logger, observer, outcomes := told.Watch(t, operation)
	return ctx, []Option{WithLogger(logger), WithObserver(observer)}, outcomes
}

// TestToldOutcome: OnResult, observers and the log have the outcome that the method returns, also where it is not the one
// that the status alone would have.
func TestToldOutcome(t *testing.T) {
	commit := func(ctx context.Context, c *Client) error {
		_, err := c.Workbench(testBench, "t").Commit(ctx, CommitRequest{})
		return err
	}
	void := func(ctx context.Context, c *Client) error {
		_, err := c.VoidTicket(ctx, "0161", VoidTicketRequest{})
		return err
	}
	opening := func(ctx context.Context, c *Client) error {
		_, _, err := c.WorkbenchFromLocator(ctx, testLocator, nil)
		return err
	}
	said := func(code string) string { return `{"x":{"Result":{"Error":[{"SourceCode":"` + code + `"}]}}}` }
	for name, tt := range map[string]struct {
		operation string
		do        func(context.Context, *Client) error
		answer    always
		want      payment.Outcome
	}{
		"refused commit":      {"Commit", commit, always{400, said("1586")}, payment.Unknown},
		"unauthorized commit": {"Commit", commit, always{401, ""}, payment.Unknown},
		"refused inside":      {"Commit", commit, always{200, said("1586")}, payment.Unknown},
		"refused void":        {"VoidTicket", void, always{400, said("1586")}, payment.Refused},
		"void that broke":     {"VoidTicket", void, always{400, said("9005")}, payment.Unknown},
		"another workbench":   {"WorkbenchFromLocator", opening, always{400, said("4350")}, payment.Refused},
		"opening that broke":  {"WorkbenchFromLocator", opening, always{400, said("9005")}, payment.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, opts, outcomes := watched(t, tt.operation)
			c, err := New(credentials(), append(opts, WithBaseURL("http://127.0.0.1:1/11"), WithTokenURL("http://127.0.0.1:1/oauth/token"),
				WithRoundTripper(tt.answer))...)
			if err != nil {
				t.Fatal(err)
			}
			err = tt.do(ctx, c)
			want := payment.OutcomeOf(err).String()
			if diff := cmp.Diff([]string{want, want, want}, outcomes()); diff != "" || err == nil || want != tt.want.String() {
				t.Errorf("%v, want %v; told (-method +told):\n%s", err, tt.want, diff)
			}
		})
	}
}
