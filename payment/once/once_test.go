package once

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestNew(t *testing.T) {
	fake, store := &fakePayer{}, NewMemory()
	for name, c := range map[string]struct {
		payer   payment.Payer
		store   Store
		options []Option
		field   string
	}{
		"no payer":      {nil, store, []Option{Name("n")}, "payer"},
		"no store":      {fake, nil, []Option{Name("n")}, "store"},
		"no name":       {fake, store, nil, "Name"},
		"empty name":    {fake, store, []Option{Name("")}, "Name"},
		"broken name":   {fake, store, []Option{Name("a\nb")}, "Name"},
		"spaced name":   {fake, store, []Option{Name(" a")}, "Name"},
		"long name":     {fake, store, []Option{Name(strings.Repeat("a", 201))}, "Name"},
		"no owner":      {fake, store, []Option{Name("n"), WithOwner("")}, "WithOwner"},
		"short lease":   {fake, store, []Option{Name("n"), WithLease(fakeLongest)}, "WithLease"},
		"short quiet":   {fake, store, []Option{Name("n"), WithQuiet(fakeSettling)}, "WithQuiet"},
		"no audit hook": {fake, store, []Option{Name("n"), WithAudit(nil)}, "WithAudit"},
	} {
		_, err := New(c.payer, c.store, c.options...)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != c.field || e.Outcome != payment.NotSent {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
}

func TestTimes(t *testing.T) {
	untimed := plainPayer{&fakePayer{}}
	for name, c := range map[string]struct {
		payer        payment.Payer
		options      []Option
		lease, quiet time.Duration
	}{
		"timed":      {&fakePayer{}, nil, 6 * time.Minute, 21 * time.Minute},
		"not timed":  {untimed, nil, 6 * time.Minute, 21 * time.Minute},
		"lengthened": {untimed, []Option{WithLease(time.Hour), WithQuiet(2 * time.Hour)}, time.Hour, 3 * time.Hour},
		"quick":      {timed{untimed, payment.Timing{LongestCall: time.Second}}, nil, 61 * time.Second, 62 * time.Second},
		"instant":    {timed{untimed, payment.Timing{}}, nil, 6 * time.Minute, 11 * time.Minute},
	} {
		p, err := New(c.payer, NewMemory(), append(c.options, Name("n"))...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Terms{Lease: c.lease, Quiet: c.quiet}, p.terms()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

type timed struct {
	payment.Payer
	timing payment.Timing
}

func (t timed) Timing() payment.Timing { return t.timing }

type oddPayer struct {
	fakePayer
	attempt payment.Attempt
	err     error
}

func (o *oddPayer) Prepare(payment.Request) (payment.Attempt, error) { return o.attempt, o.err }

// TestOddPrepare: a payer's Prepare that breaks its contract stops the payment before the journal.
func TestOddPrepare(t *testing.T) {
	for name, odd := range map[string]*oddPayer{
		"a bare error": {err: errors.New("?")},
		"no key":       {attempt: payment.Attempt{Digest: "d"}},
		"another key":  {attempt: payment.Attempt{Key: "k9", Digest: "d"}},
		"no digest":    {attempt: payment.Attempt{Key: "k1"}},
	} {
		p, err := New(odd, NewMemory(), Name("n"))
		if err != nil {
			t.Fatal(err)
		}
		pay, err := p.Pay(t.Context(), modelRequest("k1"))
		wants(t, name, pay, err, "", payment.NotSent)
		if odd.sent != 0 {
			t.Errorf("%s: sent", name)
		}
	}
}

// TestProblem: every sentinel survives being stored.
func TestProblem(t *testing.T) {
	for _, k := range kinds() {
		cause := &payment.Error{Provider: "p", Op: "POST /x", Outcome: payment.Refused, Kind: k.sentinel, Status: 422, Code: "c", Field: "f",
			RequestID: "r", Message: "said \"secret\"", Err: payment.ErrForbidden}
		text, err := json.Marshal(problemOf(fmt.Errorf("wrapped: %w", cause)))
		if err != nil {
			t.Fatal(err)
		}
		var read Problem
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		got := read.Err()
		var e *payment.Error
		if !errors.Is(got, k.sentinel) || !errors.Is(got, payment.ErrForbidden) || !errors.As(got, &e) {
			t.Errorf("%s: %v", k.name, got)
			continue
		}
		if e.Outcome != payment.Refused || e.Provider != "p" || e.Op != "POST /x" || e.Status != 422 || e.Code != "c" || e.Field != "f" || e.RequestID != "r" {
			t.Errorf("%s: %+v", k.name, e)
		}
		for _, other := range kinds() {
			if other.sentinel != k.sentinel && other.sentinel != payment.ErrForbidden && errors.Is(got, other.sentinel) {
				t.Errorf("%s: also %s", k.name, other.name)
			}
		}
		if bytes.Contains(text, []byte("secret")) {
			t.Errorf("%s keeps the provider's prose: %s", k.name, text)
		}
	}
	if got := clean("a\x00b\xff\n" + strings.Repeat("é", 200)); !strings.HasPrefix(got, "abé") || len(got) > maxText || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("clean: %q", got)
	}
}

type canaryDetails struct{ Card payment.Secret }

func (canaryDetails) PaymentDetails() string { return "fake" }

// TestCanary: nothing secret or free of form gets into a row, an event, or an error.
func TestCanary(t *testing.T) {
	const canary = "c4n4ry"
	for name, a := range map[string]answer{
		"action required": with(payment.ActionRequired), "succeeded": with(payment.Succeeded),
		"declined": fails(payment.Refused, payment.ErrDeclined), "unknown": fails(payment.Unknown, nil),
		"another amount": also(with(payment.Succeeded), payment.Accepted, payment.ErrAmountMismatch),
	} {
		t.Run(name, func(t *testing.T) {
			a.pay.Next = &payment.NextAction{URL: payment.NewSecret(canary), Fields: map[string]payment.Secret{"f": payment.NewSecret(canary)}}
			a.pay.Raw = map[string]string{"raw": canary}
			var e *payment.Error
			if errors.As(a.err, &e) {
				e.Message, e.Err = "quotes the request: "+canary, errors.New(canary)
			}
			r := newRig(t, a)
			req := modelRequest("k1")
			req.Description, req.Details = canary, canaryDetails{payment.NewSecret(canary)}
			pay, _ := r.payer.Pay(t.Context(), req)
			if pay.Status != "" && (pay.Next == nil || pay.Raw == nil) {
				t.Error("the caller lost the next action or the raw answer")
			}
			r.fake.lookup = a.forLookup
			_, _ = r.payer.Pay(t.Context(), req)
			_, _ = r.payer.Reconcile(t.Context())
			rows := r.rows("k1")
			text, err := json.Marshal(rows)
			if err != nil {
				t.Fatal(err)
			}
			for what, s := range map[string]string{
				"json": string(text), "%+v": fmt.Sprintf("%+v %+v", rows, rows[0].Payment), "%#v": fmt.Sprintf("%#v %#v", rows, rows[0].Payment),
				"events": fmt.Sprintf("%+v", r.events),
			} {
				if strings.Contains(s, canary) {
					t.Errorf("%s: %s", what, s)
				}
			}
			if len(rows) == 0 || !bytes.Contains(text, []byte("ord_1")) {
				t.Errorf("the rows do not hold what they should: %s", text)
			}
		})
	}
}

// TestRowJSON: a row survives the trip through a JSON column.
func TestRowJSON(t *testing.T) {
	r := newRig(t, also(with(payment.Succeeded), payment.Accepted, payment.ErrAmountMismatch))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	want := r.rows("k1")[0]
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Row
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want.Now = time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAudit(t *testing.T) {
	r := newRig(t, fails(payment.Unknown, nil), WithOwner("replica 1"))
	_, _ = r.payer.Pay(t.Context(), modelRequest("k1"))
	r.fake.lookup = found(payment.Succeeded).forLookup
	_, _ = r.another(WithOwner("replica 2")).Reconcile(context.Background())
	at := r.now()
	want := []Event{
		{Name: "test", Key: "k1", N: 1, From: "", To: Started, Evidence: EvidenceUnknown, Why: "begin", By: "replica 1", At: at},
		{Name: "test", Key: "k1", N: 1, From: Started, To: Unknown, Evidence: EvidenceUnknown, Why: "answer", By: "replica 1", At: at},
		{Name: "test", Key: "k1", N: 1, From: Unknown, To: Paid, Evidence: EvidenceTaken, Why: "lookup", By: "replica 2", At: at,
			Payment: &payment.Payment{Provider: "fake", OrderID: "ord_1", Status: payment.Succeeded, MatchedBy: payment.MatchedByOrder}},
	}
	if diff := cmp.Diff(want, r.events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
