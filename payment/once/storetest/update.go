package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// full fills every field that Update may write.
func full(row once.Row) once.Row {
	at := time.Date(2026, 11, 21, 10, 20, 30, 123456000, time.UTC)
	row.State, row.Evidence, row.Why = once.Conflict, once.EvidenceTaken, "answer"
	row.Nonce, row.Owner, row.By, row.Note = "nonce 2", "replica 2", "ann", "asked support, ticket 4711"
	row.Attempt.SentAt, row.Attempt.PaymentID = at, "pay_1"
	row.Write, row.Asserted, row.Asks, row.AskedAt = "write 2", true, 3, at
	row.Proposal = &once.Proposal{Decision: once.DecidePaid, By: "bob", Note: "seen", At: at, Early: "the customer waits"}
	row.Reason = &once.Problem{Outcome: payment.Unknown, Kinds: []string{"inconclusive"}}
	row.Attempt.Marks = []payment.Mark{{Step: "commit", Ref: map[string]string{"locator": "ABC123"}, At: at}, {Step: "verify"}}
	row.Attempt.Failures = []payment.Failure{{Outcome: payment.Refused, Op: "POST /x", Status: 500, Code: "c", RequestID: "r"}}
	row.Payment = &payment.Payment{Provider: "p", ID: "pay_1", OrderID: "ord_1", Status: payment.Partial, Amount: row.Attempt.Amount,
		At: at, Reason: "because", MatchedBy: payment.MatchedByID, RequestID: "req_1"}
	row.Problem = &once.Problem{Outcome: payment.Accepted, Kinds: []string{"amount_mismatch", "declined"}, Provider: "p", Op: "POST /x",
		Status: 200, Code: "c", Field: "Amount", RequestID: "r"}
	return row
}

func testUpdate(t *testing.T, h Harness) {
	first := began(t, h, newRow(t, "k", "s"))
	h.Advance(time.Minute)
	want := full(first)
	got := update(t, h, want, once.Terms{})
	want.Version = 2
	compare(t, "the row written", got, want)
	compare(t, "the row read", rows(t, h, "k")[0], want)
	if d := got.UpdatedAt.Sub(got.BeganAt); d < time.Minute {
		t.Errorf("updated %v after it began, want at least a minute", d)
	}
	// And back: nothing sticks.
	want = got
	want.Payment, want.Problem, want.By, want.Note = nil, nil, "", ""
	want.Attempt.Marks, want.Attempt.Failures, want.Attempt.PaymentID = nil, nil, ""
	got = update(t, h, want, once.Terms{})
	want.Version = 3
	compare(t, "the row cleared", got, want)
}

func testUpdateStale(t *testing.T, h Harness) {
	first := began(t, h, newRow(t, "k", ""))
	second := move(t, h, first, once.Unknown)
	for what, row := range map[string]once.Row{
		"an old version":   first,
		"a version to be":  func() once.Row { r := second; r.Version++; return r }(),
		"no such attempt":  func() once.Row { r := second; r.N = 2; return r }(),
		"attempt zero":     func() once.Row { r := second; r.N = 0; return r }(),
		"no such key":      func() once.Row { r := second; r.Attempt.Key = "other"; return r }(),
		"no such name":     func() once.Row { r := second; r.Name = "other"; return r }(),
		"no version given": func() once.Row { r := second; r.Version = 0; return r }(),
	} {
		row.State = once.Paid
		if _, err := h.Store.Update(t.Context(), row, terms()); !errors.Is(err, once.ErrStale) {
			t.Errorf("%s: %v, want ErrStale", what, err)
		}
	}
	compare(t, "the row", rows(t, h, "k")[0], second)
}

// testUpdateFixedFields: what a row is about never changes.
func testUpdateFixedFields(t *testing.T, h Harness) {
	first := began(t, h, newRow(t, "k", "s"))
	row := first
	row.Attempt.Digest, row.Attempt.Scope, row.AllowAnother = "v1:other", "other", true
	row.Provider, row.Installation = "other", "other"
	row.BeganAt, row.LeaseEnd, row.QuietEnd = time.Time{}, time.Time{}, time.Time{}
	got := update(t, h, row, once.Terms{Lease: lease})
	if got.Provider != first.Provider || got.Installation != first.Installation {
		t.Errorf("provider %q, installation %q", got.Provider, got.Installation)
	}
	if got.Attempt.Digest != first.Attempt.Digest || got.Attempt.Scope != "s" || got.AllowAnother {
		t.Errorf("digest %q, scope %q, allow another %v", got.Attempt.Digest, got.Attempt.Scope, got.AllowAnother)
	}
	if !got.BeganAt.Equal(first.BeganAt) || !got.QuietEnd.Equal(first.QuietEnd) {
		t.Errorf("began %v, quiet %v; was %v, %v", got.BeganAt, got.QuietEnd, first.BeganAt, first.QuietEnd)
	}
	if b := begin(t, h, newRow(t, "k2", "s")); b.Began {
		t.Error("the scope was let go")
	}
}

func testTerms(t *testing.T, h Harness) {
	row := began(t, h, newRow(t, "k", ""))
	if !row.Leased() {
		t.Error("no lease after Begin")
	}
	h.Advance(lease - time.Minute)
	if r := rows(t, h, "k")[0]; !r.Leased() {
		t.Error("the lease ended early")
	}
	h.Advance(2 * time.Minute)
	row = rows(t, h, "k")[0]
	if row.Leased() {
		t.Error("the lease did not end")
	}
	quietEnd := row.QuietEnd
	row = update(t, h, row, once.Terms{Lease: lease})
	if !row.Leased() || row.LeaseEnd.Sub(row.UpdatedAt) != lease || !row.QuietEnd.Equal(quietEnd) {
		t.Errorf("after a lease: %v, quiet end moved by %v", row.LeaseEnd.Sub(row.UpdatedAt), row.QuietEnd.Sub(quietEnd))
	}
	row = update(t, h, row, once.Terms{Quiet: time.Minute})
	if row.Leased() || !row.QuietEnd.Equal(quietEnd) {
		t.Errorf("leased %v, the quiet time became shorter by %v", row.Leased(), quietEnd.Sub(row.QuietEnd))
	}
	row = update(t, h, row, once.Terms{Lease: lease, Quiet: quiet})
	if d := row.QuietEnd.Sub(row.UpdatedAt); d != quiet {
		t.Errorf("quiet time of %v, want %v", d, quiet)
	}
	row = update(t, h, row, once.Terms{})
	if row.Leased() || row.LeaseEnd.After(row.Now) {
		t.Errorf("the lease ends %v from now, want it ended", row.LeaseEnd.Sub(row.Now))
	}
}

// testCopies: rows handed in and out share nothing with the store.
func testCopies(t *testing.T, h Harness) {
	spoil := func(r once.Row) {
		r.Attempt.Ref["cart"] = "spoilt"
		for i := range r.Attempt.Marks {
			r.Attempt.Marks[i].Step = "spoilt"
			for k := range r.Attempt.Marks[i].Ref {
				r.Attempt.Marks[i].Ref[k] = "spoilt"
			}
		}
		for i := range r.Attempt.Failures {
			r.Attempt.Failures[i].Code = "spoilt"
		}
		if r.Payment != nil {
			r.Payment.ID, r.Problem.Kinds[0] = "spoilt", "spoilt"
		}
	}
	in := newRow(t, "k", "s")
	first := began(t, h, in)
	spoil(in)
	want := full(first)
	want.Attempt.Ref = map[string]string{"cart": "c-1"}
	in = full(first)
	in.Attempt.Ref = map[string]string{"cart": "c-1"}
	got := update(t, h, in, once.Terms{})
	spoil(in)
	spoil(got)
	spoil(first)
	spoil(rows(t, h, "k")[0])
	want.Version = 2
	compare(t, "the row", rows(t, h, "k")[0], want)
}

func testUnresolved(t *testing.T, h Harness) {
	var want []string
	for i, state := range []once.State{
		once.Started, once.Paid, once.Unknown, once.Partial, once.Open, once.Reversed, once.Conflict, once.Failed, once.Released,
	} {
		key := fmt.Sprintf("k%d", 9-i) // begun in the opposite order
		move(t, h, began(t, h, newRow(t, key, "")), state)
		if state.Unresolved() {
			want = append([]string{key + "/1"}, want...)
		}
	}
	// A second attempt of one key, and keys whose order is that of their bytes.
	row := newRow(t, "k1", "")
	began(t, h, row)
	move(t, h, rows(t, h, "k1")[0], once.Unknown)
	want = append([]string{"k1/1", "k1/2"}, want...)
	for _, key := range []string{"é", "a", "Z"} {
		began(t, h, newRow(t, key, ""))
	}
	want = append(append([]string{"Z/1", "a/1"}, want...), "é/1")
	for _, limit := range []int{1, 2, 3, len(want), len(want) + 1} {
		var got []string
		for after := (once.Position{}); ; {
			page, err := h.Store.Unresolved(t.Context(), name, after, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				got = append(got, fmt.Sprintf("%s/%d", r.Attempt.Key, r.N))
				after = once.Position{Key: r.Attempt.Key, N: r.N}
				if r.Now.IsZero() {
					t.Errorf("%s does not carry the store's clock", r.Attempt.Key)
				}
			}
			if len(page) > limit {
				t.Fatalf("%d rows, limit %d", len(page), limit)
			}
			if len(page) < limit || len(got) > 2*len(want) {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", limit, diff)
		}
	}
}

func testEndedContext(t *testing.T, h Harness) {
	first := began(t, h, newRow(t, "k", ""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Store.Begin(ctx, newRow(t, "k2", ""), terms()); err == nil {
		t.Error("Begin worked")
	}
	changed := first
	changed.State = once.Paid
	if _, err := h.Store.Update(ctx, changed, terms()); err == nil || errors.Is(err, once.ErrStale) {
		t.Errorf("Update: %v", err)
	}
	if _, err := h.Store.Rows(ctx, name, "k"); err == nil {
		t.Error("Rows worked")
	}
	if _, err := h.Store.Unresolved(ctx, name, once.Position{}, 1); err == nil {
		t.Error("Unresolved worked")
	}
	if len(rows(t, h, "k2")) != 0 {
		t.Error("Begin inserted a row")
	}
	compare(t, "the row", rows(t, h, "k")[0], first)
}

// together calls f n times at once and counts the calls that return true.
func together(n int, f func(i int) bool) int {
	var all sync.WaitGroup
	var mu sync.Mutex
	count := 0
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			if f(i) {
				mu.Lock()
				defer mu.Unlock()
				count++
			}
		})
	}
	close(start)
	all.Wait()
	return count
}

func testConcurrentKey(t *testing.T, h Harness) {
	for round := range 10 {
		row := newRow(t, fmt.Sprint("k", round), "")
		n := together(16, func(i int) bool {
			mine := row
			mine.Nonce = fmt.Sprint("nonce ", i)
			b, err := h.Store.Begin(t.Context(), mine, terms())
			switch {
			case err != nil:
				t.Errorf("Begin: %v", err)
			case len(b.Rows) != 1:
				t.Errorf("%d rows", len(b.Rows))
			case b.Began != (b.Rows[0].Nonce == mine.Nonce):
				t.Errorf("began %v, nonce %q, mine %q", b.Began, b.Rows[0].Nonce, mine.Nonce)
			}
			return b.Began
		})
		if n != 1 || len(rows(t, h, row.Attempt.Key)) != 1 {
			t.Fatalf("%d began one key", n)
		}
	}
}

func testConcurrentScope(t *testing.T, h Harness) {
	concurrentScope(t, h, func(int) bool { return false })
}

// testConcurrentScopeRetried: every other key has begun in the scope before, and was released.
func testConcurrentScopeRetried(t *testing.T, h Harness) {
	concurrentScope(t, h, func(i int) bool { return i%2 == 0 })
}

func concurrentScope(t *testing.T, h Harness, retried func(i int) bool) {
	for round := range 10 {
		var templates []once.Row
		for i := range 16 {
			row := newRow(t, fmt.Sprintf("k%d-%d", round, i), fmt.Sprint("scope ", round))
			if retried(i) {
				move(t, h, began(t, h, row), once.Released)
				row.Nonce += " again"
			}
			templates = append(templates, row)
		}
		n := together(len(templates), func(i int) bool {
			b, err := h.Store.Begin(t.Context(), templates[i], terms())
			if err != nil {
				t.Errorf("Begin: %v", err)
			} else if b.Began == (b.Holder != nil) {
				t.Errorf("began %v, holder %+v", b.Began, b.Holder)
			}
			return b.Began
		})
		if n != 1 {
			t.Fatalf("%d began in one scope", n)
		}
	}
}

func testConcurrentUpdate(t *testing.T, h Harness) {
	for round := range 10 {
		row := began(t, h, newRow(t, fmt.Sprint("k", round), ""))
		n := together(16, func(i int) bool {
			mine := row
			mine.Owner = fmt.Sprint("owner ", i)
			_, err := h.Store.Update(t.Context(), mine, once.Terms{})
			if err != nil && !errors.Is(err, once.ErrStale) {
				t.Errorf("Update: %v", err)
			}
			return err == nil
		})
		if n != 1 {
			t.Fatalf("%d wrote one version", n)
		}
	}
}

// testConcurrentUpdateLast: nothing is lost when many write the newest version in turn.
func testConcurrentUpdateLast(t *testing.T, h Harness) {
	row := began(t, h, newRow(t, "k", ""))
	together(8, func(i int) bool {
		for {
			read, err := h.Store.Rows(t.Context(), name, "k")
			if err != nil || len(read) != 1 {
				t.Errorf("Rows: %v", err)
				return false
			}
			mine := read[0]
			mine.Attempt.Marks = append(mine.Attempt.Marks, payment.Mark{Step: fmt.Sprint("step ", i)})
			_, err = h.Store.Update(t.Context(), mine, once.Terms{})
			if err == nil {
				return true
			}
			if !errors.Is(err, once.ErrStale) {
				t.Errorf("Update: %v", err)
				return false
			}
		}
	})
	got := rows(t, h, "k")[0]
	if len(got.Attempt.Marks) != 8 || got.Version != row.Version+8 {
		t.Errorf("%d marks, version %d after 8 writers", len(got.Attempt.Marks), got.Version)
	}
}
