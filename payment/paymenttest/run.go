package paymenttest

import (
	"fmt"
	"testing"
	"time"
)

// Run proves the contract for the payer of the harnesses that newHarness makes: one for each case,
// which may use tb.Cleanup to end it. The cases are subtests and run in parallel.
func Run(t *testing.T, newHarness func(tb testing.TB) Harness) {
	t.Helper()
	fresh := learn(t, newHarness, false)
	warm := learn(t, newHarness, true)
	for _, c := range cases(newHarness(t), fresh, warm) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, problem := range c.run(t, newHarness) {
				t.Error(problem)
			}
		})
	}
}

// testCase is one case. It collects what went wrong instead of failing, so that the suite's own
// tests can see what it finds in a broken payer.
type testCase struct {
	name    string
	secure  bool
	timeout time.Duration // of the payer; 0 is long enough
	body    func(b *bench)
}

// run runs the case against a harness of its own and returns what went wrong.
func (c testCase) run(tb testing.TB, newHarness func(testing.TB) Harness) []string {
	tb.Helper()
	timeout := c.timeout
	if timeout == 0 {
		timeout = patience
	}
	b := newBench(tb, newHarness, tb.Name()+"/"+c.name, c.secure, timeout)
	c.body(b)
	b.close()
	return b.problems
}

// cases are all cases for a payer whose payments look like fresh, and like warm once it has paid.
func cases(h Harness, fresh, warm sequence) []testCase {
	list := plainCases(fresh)
	for i, r := range h.Refusals {
		list = append(list, testCase{name: "refusal/" + r.Name, body: func(b *bench) { b.refusal(i) }})
	}
	for _, f := range faults() {
		if f.needs != "" && !h.can(f.needs) {
			continue
		}
		list = append(list, faultCases(f, fresh, false)...)
		if f.where == everywhere {
			list = append(list, faultCases(f, warm, true)...)
		}
	}
	return list
}

// impatience is the payer's time-out where that is what is tested. The request has to arrive within
// it, or the case tests a connection that took too long.
const impatience = 250 * time.Millisecond

// faultCases are the cases of f for the requests of seq.
func faultCases(f fault, seq sequence, warm bool) []testCase {
	var list []testCase
	add := func(k int, how string, secure bool) {
		c := testCase{
			name: fmt.Sprintf("fault/%s/%s %d %s", f.name, seq.steps[k].method, k+1, how), secure: secure,
			body: func(b *bench) { b.broken(f, seq, k, warm) },
		}
		if f.ends == outOfPatience {
			c.timeout = impatience
		}
		list = append(list, c)
	}
	for k, st := range seq.steps {
		switch {
		case warm:
			if st.pays {
				add(k, "reused", false)
			}
		case st.pays:
			if f.where != underTLS {
				add(k, "fresh", false)
			}
			if f.where == everywhere || f.where == underTLS {
				add(k, "tls", true)
			}
		case f.wide:
			add(k, "fresh", false)
		}
	}
	return list
}
