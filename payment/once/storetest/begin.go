package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

const (
	name  = "suite"
	lease = 6 * time.Minute
	quiet = 21 * time.Minute
)

func terms() once.Terms { return once.Terms{Lease: lease, Quiet: quiet} }

// newRow is a row as package once hands it to Begin.
func newRow(t testing.TB, key, scope string) once.Row {
	t.Helper()
	amount, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	req := payment.Request{Key: key, OrderID: "ord_1", Amount: amount, Method: "balance"}
	a, err := payment.NewAttempt(req, scope, map[string]string{"cart": "c-1"})
	if err != nil {
		t.Fatal(err)
	}
	return once.Row{Name: name, Attempt: a, Nonce: "nonce of " + key, Owner: "suite"}
}

func begin(t testing.TB, h Harness, row once.Row) once.Begun {
	t.Helper()
	b, err := h.Store.Begin(t.Context(), row, terms())
	if err != nil {
		t.Fatalf("Begin(%q): %v", row.Attempt.Key, err)
	}
	return b
}

// began begins a row that nothing stands against.
func began(t testing.TB, h Harness, row once.Row) once.Row {
	t.Helper()
	b := begin(t, h, row)
	if !b.Began || len(b.Rows) == 0 || b.Holder != nil {
		t.Fatalf("Begin(%q) = %+v, want it to begin", row.Attempt.Key, b)
	}
	return b.Rows[len(b.Rows)-1]
}

func update(t testing.TB, h Harness, row once.Row, terms once.Terms) once.Row {
	t.Helper()
	got, err := h.Store.Update(t.Context(), row, terms)
	if err != nil {
		t.Fatalf("Update(%q): %v", row.Attempt.Key, err)
	}
	return got
}

// move writes the row in another state.
func move(t testing.TB, h Harness, row once.Row, state once.State) once.Row {
	t.Helper()
	row.State = state
	return update(t, h, row, once.Terms{})
}

func rows(t testing.TB, h Harness, key string) []once.Row {
	t.Helper()
	got, err := h.Store.Rows(t.Context(), name, key)
	if err != nil {
		t.Fatalf("Rows(%q): %v", key, err)
	}
	return got
}

// compare compares rows but for their times.
func compare(t testing.TB, what string, got, want once.Row) {
	t.Helper()
	for _, r := range []*once.Row{&got, &want} {
		r.BeganAt, r.UpdatedAt, r.LeaseEnd, r.QuietEnd, r.Now = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func testBegin(t *testing.T, h Harness) {
	if got := rows(t, h, "k"); len(got) != 0 {
		t.Fatalf("an empty store has %d rows", len(got))
	}
	row := newRow(t, "k", "ord_1")
	row.AllowAnother = true
	row.N, row.Version, row.State, row.Evidence, row.Why = 7, 7, once.Paid, once.EvidenceTaken, "?" // the store sets these
	got := began(t, h, row)
	want := row
	want.N, want.Version, want.State, want.Evidence, want.Why = 1, 1, once.Started, once.EvidenceUnknown, "begin"
	compare(t, "the row", got, want)
	if !got.BeganAt.Equal(got.UpdatedAt) || got.Now.Before(got.BeganAt) {
		t.Errorf("began %v, updated %v, now %v", got.BeganAt, got.UpdatedAt, got.Now)
	}
	if d := got.LeaseEnd.Sub(got.BeganAt); d != lease {
		t.Errorf("lease of %v, want %v", d, lease)
	}
	if d := got.QuietEnd.Sub(got.BeganAt); d != quiet {
		t.Errorf("quiet time of %v, want %v", d, quiet)
	}
	read := rows(t, h, "k")
	if len(read) != 1 {
		t.Fatalf("%d rows after Begin", len(read))
	}
	compare(t, "the row read", read[0], want)
	for what, times := range map[string][2]time.Time{
		"BeganAt": {read[0].BeganAt, got.BeganAt}, "LeaseEnd": {read[0].LeaseEnd, got.LeaseEnd}, "QuietEnd": {read[0].QuietEnd, got.QuietEnd},
	} {
		if !times[0].Equal(times[1]) {
			t.Errorf("%s read as %v, written as %v", what, times[0], times[1])
		}
	}
}

// testBeginAgain: a row in any state but Released stands against another attempt of its key.
func testBeginAgain(t *testing.T, h Harness) {
	for _, state := range []once.State{
		once.Started, once.Unknown, once.Open, once.Paid, once.Partial, once.Reversed, once.Failed, once.Conflict,
	} {
		row := newRow(t, "k "+string(state), "")
		first := move(t, h, began(t, h, row), state)
		row.Nonce = "another"
		b := begin(t, h, row)
		if b.Began || b.Holder != nil || len(b.Rows) != 1 {
			t.Errorf("%s: %+v, want the one row and no beginning", state, b)
			continue
		}
		compare(t, string(state), b.Rows[0], first)
		if b.Rows[0].Now.IsZero() {
			t.Errorf("%s: the row does not carry the store's clock", state)
		}
	}
}

func testBeginAfterRelease(t *testing.T, h Harness) {
	row := newRow(t, "k", "ord_1")
	first := move(t, h, began(t, h, row), once.Released)
	row.Nonce = "second"
	b := begin(t, h, row)
	if !b.Began || len(b.Rows) != 2 {
		t.Fatalf("%+v, want a second row", b)
	}
	compare(t, "the first row", b.Rows[0], first)
	second := b.Rows[1]
	if second.N != 2 || second.Version != 1 || second.State != once.Started || second.Nonce != "second" {
		t.Errorf("second row %+v", second)
	}
	// A third begins only if both are released, whichever of them is not.
	second = move(t, h, second, once.Released)
	first = move(t, h, first, once.Unknown)
	if b := begin(t, h, row); b.Began || len(b.Rows) != 2 {
		t.Errorf("began although the first row is unknown: %+v", b)
	}
	move(t, h, first, once.Released)
	if b := begin(t, h, row); !b.Began || len(b.Rows) != 3 {
		t.Errorf("did not begin although all are released: %+v", b)
	}
}

func testBeginAnotherDigest(t *testing.T, h Harness) {
	row := newRow(t, "k", "")
	move(t, h, began(t, h, row), once.Released)
	row.Attempt.Digest = "v1:other"
	if b := begin(t, h, row); b.Began || len(b.Rows) != 1 {
		t.Errorf("began for another request: %+v", b)
	}
}

// testScope: a row holds its scope against other keys in every state but Failed and Released.
func testScope(t *testing.T, h Harness) {
	for _, state := range []once.State{
		once.Started, once.Unknown, once.Open, once.Paid, once.Partial, once.Reversed, once.Failed, once.Released, once.Conflict,
	} {
		scope := "scope " + string(state)
		first := move(t, h, began(t, h, newRow(t, "first "+string(state), scope)), state)
		b := begin(t, h, newRow(t, "second "+string(state), scope))
		if !state.Live() {
			if !b.Began {
				t.Errorf("%s: did not begin: %+v", state, b)
			}
			continue
		}
		if b.Began || b.Holder == nil || len(b.Rows) != 0 {
			t.Errorf("%s: %+v, want the holder", state, b)
			continue
		}
		compare(t, string(state), *b.Holder, first)
	}
	for _, key := range []string{"free 1", "free 2"} {
		began(t, h, newRow(t, key, "")) // no scope excludes nobody
	}
}

func testScopeHolderIsFirst(t *testing.T, h Harness) {
	began(t, h, newRow(t, "z", "s"))
	h.Advance(time.Second)
	other := newRow(t, "a", "s")
	other.AllowAnother = true
	began(t, h, other)
	if b := begin(t, h, newRow(t, "m", "s")); b.Holder == nil || b.Holder.Attempt.Key != "z" {
		t.Errorf("holder %+v, want key z, which began first", b.Holder)
	}
}

// testScopeAllowAnother: a row that was allowed beside another holds the scope like any other.
func testScopeAllowAnother(t *testing.T, h Harness) {
	first := began(t, h, newRow(t, "first", "s"))
	second := newRow(t, "second", "s")
	second.AllowAnother = true
	began(t, h, second)
	move(t, h, first, once.Released)
	if b := begin(t, h, newRow(t, "third", "s")); b.Began || b.Holder == nil || b.Holder.Attempt.Key != "second" {
		t.Errorf("%+v, want the scope held by the second key", b)
	}
	alone := newRow(t, "alone", "other")
	alone.AllowAnother = true
	began(t, h, alone)
	if b := begin(t, h, newRow(t, "fourth", "other")); b.Began || b.Holder == nil {
		t.Errorf("%+v, want the scope held by a row that was allowed beside others", b)
	}
}

// testScopeRetried: a key that was released has let its scope go, and does not begin again while another key holds it.
func testScopeRetried(t *testing.T, h Harness) {
	first := move(t, h, began(t, h, newRow(t, "first", "s")), once.Released)
	second := began(t, h, newRow(t, "second", "s"))
	again := newRow(t, "first", "s")
	again.Nonce = "again"
	for _, state := range []once.State{once.Started, once.Unknown, once.Paid} {
		second = move(t, h, second, state)
		b := begin(t, h, again)
		if b.Began || b.Holder == nil || b.Holder.Attempt.Key != "second" || len(b.Rows) != 1 {
			t.Fatalf("%+v, want the scope held by the second key, which is %s, and the one row of the first", b, state)
		}
		compare(t, "the first row", b.Rows[0], first)
	}
	move(t, h, second, once.Released)
	if b := begin(t, h, again); !b.Began || len(b.Rows) != 2 {
		t.Errorf("%+v, want a second row: nothing holds the scope", b)
	}
}

// testScopeRaised: late evidence makes a settled row live again while another key holds its scope.
func testScopeRaised(t *testing.T, h Harness) {
	first := move(t, h, began(t, h, newRow(t, "first", "s")), once.Released)
	began(t, h, newRow(t, "second", "s"))
	for _, state := range []once.State{once.Unknown, once.Conflict, once.Paid} {
		first = move(t, h, first, state)
	}
	if b := begin(t, h, newRow(t, "third", "s")); b.Began || b.Holder == nil || b.Holder.Attempt.Key != "first" {
		t.Errorf("%+v, want the scope held by the first key", b)
	}
}

func testNames(t *testing.T, h Harness) {
	began(t, h, newRow(t, "k", "s"))
	other := newRow(t, "k", "s")
	other.Name = "other"
	if b := began(t, h, other); b.N != 1 {
		t.Errorf("attempt %d in a name of its own", b.N)
	}
	got, err := h.Store.Unresolved(t.Context(), "other", once.Position{}, 10)
	if err != nil || len(got) != 1 || got[0].Name != "other" {
		t.Errorf("Unresolved of a name = %+v, %v", got, err)
	}
}

// testKeys: keys are bytes, told apart by case and accents, up to 200 of them.
func testKeys(t *testing.T, h Harness) {
	keys := []string{"k", "K", "é", "e\u0301", "k k", "k'k", `k"k`, "k%", "k_", "k\\", "✈ 1", strings.Repeat("k", 200)}
	for _, key := range keys {
		began(t, h, newRow(t, key, key)) // the scope is bytes too
	}
	for _, key := range keys {
		if got := rows(t, h, key); len(got) != 1 || got[0].Attempt.Key != key {
			t.Errorf("Rows(%q) = %+v", key, got)
		}
	}
}
