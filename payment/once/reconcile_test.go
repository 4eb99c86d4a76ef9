package once

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func orderRequest(i int) payment.Request {
	req := modelRequest(fmt.Sprintf("k%03d", i))
	req.OrderID = fmt.Sprintf("ord_%d", i)
	return req
}

func TestReconcile(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	for i := range 6 {
		_, _ = r.payer.Pay(t.Context(), orderRequest(i))
	}
	r.fake.pay = with(payment.Succeeded).forPay
	_, _ = r.payer.Pay(t.Context(), orderRequest(6))
	answers := map[string]answer{
		"k000": found(payment.Succeeded), "k001": noPayment(), "k002": inconclusive(), "k003": with(payment.Pending), "k004": with(payment.Failed),
		"k005": {err: errors.New("offline")},
	}
	r.fake.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
		return answers[a.Key].pay, answers[a.Key].err
	}
	r.advance(pastQuiet)
	report, err := r.payer.Reconcile(t.Context())
	if err != nil || report.Settled != 3 || report.Busy != 0 || len(report.Left) != 3 {
		t.Fatalf("report %+v, %v", report, err)
	}
	for i, want := range []struct {
		key   string
		state State
		kind  error
	}{{"k002", Unknown, payment.ErrInconclusive}, {"k003", Open, nil}, {"k005", Unknown, answers["k005"].err}} {
		left := report.Left[i]
		if left.Key != want.key || left.State != want.state || !errors.Is(left.Err, want.kind) {
			t.Errorf("left %+v, want %+v", left, want)
		}
	}
	for key, want := range map[string]State{
		"k000": Paid, "k001": Released, "k002": Unknown, "k003": Open, "k004": Failed, "k005": Unknown, "k006": Paid,
	} {
		if row := r.rows(key)[0]; row.State != want || row.Leased() {
			t.Errorf("%s is %s, leased %v; want %s", key, row.State, row.Leased(), want)
		}
	}
	if r.fake.sent != 7 || r.fake.looked != 6 {
		t.Errorf("sent %d, looked %d", r.fake.sent, r.fake.looked)
	}
}

// TestReconcileReplicas: several at once ask about each row once.
func TestReconcileReplicas(t *testing.T) {
	const n = 2*pageSize + 10
	r := newRig(t, fails(payment.Unknown, nil))
	for i := range n {
		_, _ = r.payer.Pay(t.Context(), orderRequest(i))
	}
	var mu sync.Mutex
	asked := map[string]int{}
	r.fake.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
		mu.Lock()
		defer mu.Unlock()
		asked[a.Key]++
		return found(payment.Succeeded).pay, nil
	}
	var all sync.WaitGroup
	var settled int
	for range 4 {
		p := r.another()
		all.Go(func() {
			report, err := p.Reconcile(context.Background())
			if err != nil || len(report.Left) != 0 {
				t.Errorf("report %+v, %v", report, err)
			}
			mu.Lock()
			defer mu.Unlock()
			settled += report.Settled
		})
	}
	all.Wait()
	for key, times := range asked {
		if times != 1 {
			t.Errorf("%s was asked about %d times", key, times)
		}
	}
	if len(asked) != n || settled != n {
		t.Errorf("asked about %d, settled %d, want %d", len(asked), settled, n)
	}
}

func TestReconcileBusy(t *testing.T) {
	r := stand(t, Started)
	report, err := r.payer.Reconcile(t.Context())
	if err != nil || report.Busy != 1 || r.fake.looked != 0 {
		t.Errorf("report %+v, %v, looked %d", report, err, r.fake.looked)
	}
	r.advance(pastLease)
	report, err = r.payer.Reconcile(t.Context())
	if err != nil || len(report.Left) != 1 || r.fake.looked != 1 {
		t.Errorf("report %+v, %v, looked %d", report, err, r.fake.looked)
	}
}

func TestReconcileStops(t *testing.T) {
	r := stand(t, Unknown)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.payer.Reconcile(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	r.fault.fail = func(string, Row) (before, after error) { return errDown, nil }
	if _, err := r.payer.Reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Errorf("store down: %v", err)
	}
}

// TestReconcileGoesOn: a row whose answer cannot be recorded does not keep the walk from the rows behind it.
func TestReconcileGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, fails(payment.Unknown, nil))
		for i := range 4 {
			_, _ = r.payer.Pay(t.Context(), orderRequest(i))
		}
		r.fake.lookup = found(payment.Succeeded).forLookup
		odd := map[string]error{"k001": errors.New("odd"), "k002": errors.New("odd too")}
		r.fault.fail = func(op string, row Row) (before, after error) {
			if op == "update" && row.State == Paid {
				return odd[row.Attempt.Key], nil
			}
			return nil, nil
		}
		report, err := r.payer.Reconcile(t.Context())
		if !errors.Is(err, payment.ErrNotRecorded) || !errors.Is(err, odd["k001"]) {
			t.Errorf("%v, want the first of the rows that were not recorded", err)
		}
		if report.Settled != 2 || len(report.Left) != 2 {
			t.Fatalf("report %+v", report)
		}
		for i, key := range []string{"k001", "k002"} {
			if left := report.Left[i]; left.Key != key || left.State != Unknown || !errors.Is(left.Err, payment.ErrNotRecorded) {
				t.Errorf("left %+v, want %s", left, key)
			}
		}
	})
}

// TestReconcileUnderDeadline: walks that are always cut off get to every row in turn, also when one row takes all the time.
func TestReconcileUnderDeadline(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	for i := range 7 {
		_, _ = r.payer.Pay(t.Context(), orderRequest(i))
	}
	walk := func(rows int) (asked string) {
		r.advance(2 * longestPause) // every row is due
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r.fake.lookup = func(_ context.Context, a payment.Attempt) (payment.Payment, error) {
			asked += a.Key[3:]
			if len(asked) == rows {
				cancel()
			}
			return payment.Payment{}, inconclusive().err
		}
		if _, err := r.payer.Reconcile(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		return asked
	}
	var got []string
	for _, rows := range []int{3, 3, 3, 1, 1, 100, 100} {
		got = append(got, walk(rows))
	}
	// A walk that came to its end is followed by one from the beginning.
	if diff := cmp.Diff([]string{"012", "345", "601", "2", "3", "4560123", "0123456"}, got); diff != "" {
		t.Errorf("asked about (-want +got):\n%s", diff)
	}

	// Rows that cannot be read are not all that the next walk sees.
	walk(3)
	unreadable := &unreadable{faultyStore: r.fault, from: Position{Key: "k002", N: 1}}
	r.payer.store = unreadable
	r.advance(2 * longestPause)
	if _, err := r.payer.Reconcile(t.Context()); !errors.Is(err, errDown) {
		t.Errorf("unreadable: %v", err)
	}
	r.payer.store = r.fault
	if asked := walk(100); asked != "0123456" {
		t.Errorf("after rows that could not be read: asked about %s", asked)
	}
}

// unreadable is a store that cannot read the rows from a place on.
type unreadable struct {
	*faultyStore
	from Position
}

func (u *unreadable) Unresolved(ctx context.Context, name string, after Position, limit int) ([]Row, error) {
	if after.compare(u.from) >= 0 {
		return nil, errDown
	}
	return u.faultyStore.Unresolved(ctx, name, after, limit)
}

func TestLookup(t *testing.T) {
	for name, c := range map[string]struct {
		state   State
		late    bool
		lookup  answer
		after   State
		status  payment.Status
		outcome payment.Outcome
		kind    error
	}{
		"in progress":                {Started, false, found(payment.Succeeded), Started, "", payment.Unknown, payment.ErrInProgress},
		"lease over, paid":           {Started, true, found(payment.Succeeded), Paid, payment.Succeeded, payment.Accepted, nil},
		"unknown, paid":              {Unknown, false, found(payment.Succeeded), Paid, payment.Succeeded, payment.Accepted, nil},
		"unknown, early no payment":  {Unknown, false, noPayment(), Unknown, "", payment.Unknown, payment.ErrInconclusive},
		"unknown, no payment":        {Unknown, true, noPayment(), Released, "", payment.Refused, payment.ErrNoPayment},
		"unknown, inconclusive":      {Unknown, true, inconclusive(), Unknown, "", payment.Unknown, payment.ErrInconclusive},
		"unknown, own failed":        {Unknown, false, with(payment.Failed), Failed, payment.Failed, payment.Accepted, nil},
		"unknown, another's failed":  {Unknown, true, found(payment.Failed), Unknown, "", payment.Unknown, payment.ErrInconclusive},
		"paid, no payment":           {Paid, true, noPayment(), Paid, payment.Succeeded, payment.Accepted, nil},
		"paid, inconclusive":         {Paid, true, inconclusive(), Paid, payment.Succeeded, payment.Accepted, nil},
		"paid, reversed":             {Paid, true, found(payment.Reversed), Reversed, payment.Reversed, payment.Accepted, nil},
		"released, paid":             {Released, false, found(payment.Succeeded), Conflict, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk},
		"failed, paid":               {Failed, false, found(payment.Succeeded), Conflict, payment.Succeeded, payment.Accepted, payment.ErrDoublePaymentRisk},
		"failed, no payment":         {Failed, true, noPayment(), Failed, "", payment.Refused, payment.ErrNoPayment},
		"released, early no payment": {Released, false, noPayment(), Released, "", payment.Refused, payment.ErrNoPayment},
	} {
		t.Run(name, func(t *testing.T) {
			r := stand(t, c.state)
			if c.late {
				r.advance(pastQuiet)
			}
			r.fake.lookup = c.lookup.forLookup
			before := r.rows("k1")[0].Version
			pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
			wants(t, "lookup", pay, err, c.status, c.outcome, c.kind)
			row := r.rows("k1")[0]
			if row.State != c.after {
				t.Errorf("row %s, want %s", row.State, c.after)
			}
			asked := c.state.askable() && c.kind != payment.ErrInProgress
			if c.state == c.after && (row.Version != before) != asked || asked && row.Asks != 1 {
				t.Errorf("version %d over %d, asked %d times", row.Version, before, row.Asks)
			}
		})
	}
}

// TestLookupSpares: some payers prove only once that nothing was taken, because the question ends what they read. Such a
// question is not asked while its answer could not be used: the owner may be sending, or be dead under its lease.
func TestLookupSpares(t *testing.T) {
	r := stand(t, Started)
	used := false
	r.fake.lookup = func(context.Context, payment.Attempt) (payment.Payment, error) {
		if used {
			return payment.Payment{}, inconclusive().err
		}
		used = true
		return payment.Payment{}, noPayment().err
	}
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "under the lease", pay, err, "", payment.Unknown, payment.ErrInProgress)
	r.advance(pastQuiet)
	pay, err = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "after the quiet time", pay, err, "", payment.Refused, payment.ErrNoPayment)
}

func TestLookupWithoutRow(t *testing.T) {
	r := newRig(t, answer{})
	r.fake.lookup = noPayment().forLookup
	pay, err := r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1", OrderID: "ord_9", Digest: "v1:other"})
	wants(t, "no row", pay, err, "", payment.Refused, payment.ErrNoPayment)
	if r.fake.attempt.OrderID != "ord_9" {
		t.Errorf("asked about %+v", r.fake.attempt)
	}
	pay, err = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "no row, the key alone", pay, err, "", payment.Unknown, payment.ErrNoSuchKey)
	if action := payment.Next(pay, err).Action; action != payment.NextCallHuman {
		t.Errorf("next: %s", action)
	}
	r = stand(t, Unknown)
	pay, err = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1", Digest: "v1:other"})
	wants(t, "another request", pay, err, "", payment.Unknown, payment.ErrKeyReused)
	r.fault.fail = func(string, Row) (before, after error) { return errDown, nil }
	pay, err = r.payer.Lookup(t.Context(), payment.Attempt{Key: "k1"})
	wants(t, "store down", pay, err, "", payment.Unknown, errDown)
}

func TestUnresolvedList(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil))
	var want, got []string
	for i := range pageSize + 3 {
		_, _ = r.payer.Pay(t.Context(), orderRequest(i))
		want = append(want, orderRequest(i).Key)
	}
	for row, err := range r.payer.Unresolved(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row.Attempt.Key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range r.payer.Unresolved(t.Context()) {
		break // leaving early is fine
	}
	rows, err := r.payer.Get(t.Context(), "k000")
	if err != nil || len(rows) != 1 || rows[0].State != Unknown {
		t.Errorf("Get: %+v, %v", rows, err)
	}
}
