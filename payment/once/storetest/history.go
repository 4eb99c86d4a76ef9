package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// testEvents: each write that succeeds appends its event, and no other does.
func testEvents(t *testing.T, h Harness) {
	with := func(why string) once.Terms {
		return once.Terms{Event: &once.Event{Why: why, By: "ann", Note: "note", From: once.Open,
			Payment: &payment.Payment{Provider: "p", ID: "pay_1"}, Reason: &once.Problem{Code: "c"}}}
	}
	b, err := h.Store.Begin(t.Context(), newRow(t, "k", ""), with("begin"))
	if err != nil || !b.Began {
		t.Fatalf("%+v, %v", b, err)
	}
	if b, err = h.Store.Begin(t.Context(), newRow(t, "k", ""), with("refused")); err != nil || b.Began {
		t.Fatalf("%+v, %v", b, err)
	}
	paid := b.Rows[0]
	paid.State, paid.Evidence = once.Paid, once.EvidenceTaken
	row := update(t, h, paid, with("answer"))
	if _, err := h.Store.Update(t.Context(), paid, with("stale")); !errors.Is(err, once.ErrStale) {
		t.Fatalf("%v, want ErrStale", err)
	}
	update(t, h, row, once.Terms{})
	began(t, h, newRow(t, "silent", ""))
	if _, err := h.Store.Begin(t.Context(), newRow(t, "other", ""), with("other")); err != nil {
		t.Fatal(err)
	}
	all, err := h.Store.Events(t.Context(), name, 0, 10)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d events, %v; want those of the three writes that had one", len(all), err)
	}
	want := []once.Event{{Name: name, Key: "k", To: once.Started, Evidence: once.EvidenceUnknown, Why: "begin"},
		{Name: name, Key: "k", To: once.Paid, Evidence: once.EvidenceTaken, Why: "answer"},
		{Name: name, Key: "other", To: once.Started, Evidence: once.EvidenceUnknown, Why: "other"}}
	for i := range want {
		given := with("").Event
		want[i].N, want[i].From, want[i].By, want[i].Note, want[i].Payment, want[i].Reason = 1, once.Open, given.By, given.Note, given.Payment, given.Reason
		want[i].Seq, want[i].At = all[i].Seq, all[i].At
		if i > 0 && all[i].Seq <= all[i-1].Seq || all[i].At.IsZero() {
			t.Errorf("event %d has number %d and time %v", i, all[i].Seq, all[i].At)
		}
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if got, err := h.Store.Events(t.Context(), name, all[0].Seq, 1); err != nil || len(got) != 1 || got[0].Why != "answer" {
		t.Errorf("one event after the first: %+v, %v", got, err)
	}
	if got, err := h.Store.Events(t.Context(), "another name", 0, 10); err != nil || len(got) != 0 {
		t.Errorf("events of another name: %+v, %v", got, err)
	}
	if got, err := h.Store.History(t.Context(), name, "k"); err != nil || cmp.Diff(want[:2], got) != "" {
		t.Errorf("history: %v (-want +got):\n%s", err, cmp.Diff(want[:2], got))
	}
}

// testWatched: a settled row is listed for as long as it is watched.
func testWatched(t *testing.T, h Harness) {
	row := began(t, h, newRow(t, "k", ""))
	row.State, row.WatchUntil = once.Released, row.Now.Add(time.Hour).Truncate(time.Microsecond)
	update(t, h, row, once.Terms{})
	listed := func() int {
		t.Helper()
		got, err := h.Store.Unresolved(t.Context(), name, once.Position{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	if n := listed(); n != 1 || row.WatchUntil.IsZero() {
		t.Errorf("%d rows, watched until %v", n, row.WatchUntil)
	}
	h.Advance(2 * time.Hour)
	if n := listed(); n != 0 {
		t.Errorf("%d rows after the watch", n)
	}
}

// testBeginMarks: marks that Begin is given are stored, with the store's time where they have none.
func testBeginMarks(t *testing.T, h Harness) {
	row := newRow(t, "k", "")
	row.Write, row.Provider, row.Installation = "w1", "p", "i"
	row.Attempt.Marks = []payment.Mark{{Step: "first", Ref: map[string]string{"a": `"at":"b"`}}}
	got := began(t, h, row)
	want := row
	want.N, want.Version, want.State, want.Evidence, want.Why = 1, 1, once.Started, once.EvidenceUnknown, "begin"
	want.Attempt.Marks = []payment.Mark{{Step: "first", Ref: map[string]string{"a": `"at":"b"`}, At: got.BeganAt}}
	compare(t, "the row", got, want)
}

// testUpdateDamaged: what is stored of an attempt that could not be read stays.
func testUpdateDamaged(t *testing.T, h Harness) {
	want := began(t, h, newRow(t, "k", ""))
	row := want
	row.Attempt = payment.Attempt{Key: "k", Digest: want.Attempt.Digest}
	row.Damage, row.State = "cannot be read", once.Released
	want.State, want.Version = once.Released, 2
	compare(t, "the row", update(t, h, row, once.Terms{}), want)
}
