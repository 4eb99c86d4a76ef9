package payment_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Wrapping errors of the kinds that programs define for themselves.
type (
	wrapOne  struct{ inner error }
	wrapMany struct{ inner []error }
)

func (w *wrapOne) Error() string    { return "wrapped" }
func (w *wrapOne) Unwrap() error    { return w.inner }
func (w *wrapMany) Error() string   { return "many" }
func (w *wrapMany) Unwrap() []error { return w.inner }

func errorOf(o payment.Outcome) error { return &payment.Error{Provider: "p", Op: "Pay", Outcome: o} }

func TestOutcomeOf(t *testing.T) {
	var (
		notSent  = errorOf(payment.NotSent)
		refused  = errorOf(payment.Refused)
		accepted = errorOf(payment.Accepted)
		unknown  = errorOf(payment.Unknown)
		typedNil *payment.Error
		nilWrap  *wrapOne
	)
	tests := []struct {
		name string
		err  error
		want payment.Outcome
	}{
		{"nil", nil, payment.Accepted},
		{"not sent", notSent, payment.NotSent},
		{"refused", refused, payment.Refused},
		{"accepted", accepted, payment.Accepted},
		{"unknown", unknown, payment.Unknown},
		{"zero error", &payment.Error{}, payment.Unknown},
		{"no outcome of ours", errorOf(payment.Outcome(99)), payment.Unknown},
		{"negative outcome", errorOf(payment.Outcome(-1)), payment.Unknown},
		{"typed nil", typedNil, payment.Unknown},
		{"typed nil wrapper", nilWrap, payment.Unknown},

		{"bare sentinel", payment.ErrNoPayment, payment.Unknown},
		{"cancelled", context.Canceled, payment.Unknown},
		{"foreign", io.EOF, payment.Unknown},
		{"InvalidField", payment.InvalidField("Amount", "missing"), payment.NotSent},

		{"wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", refused)), payment.Refused},
		{"wrapped typed nil", fmt.Errorf("a: %w", typedNil), payment.Unknown},
		{"wrapper without an inner error", &wrapOne{}, payment.Unknown},
		{"formatted away", fmt.Errorf("a: %v", refused), payment.Unknown},

		{"join of not sent and refused", errors.Join(notSent, refused), payment.Refused},
		{"join of refused and accepted", errors.Join(refused, accepted), payment.Accepted},
		{"join of accepted and unknown", errors.Join(accepted, unknown), payment.Unknown},
		{"join with a foreign error", errors.Join(notSent, io.EOF), payment.Unknown},
		{"join of equals", errors.Join(notSent, notSent), payment.NotSent},
		{"join with nil entries", &wrapMany{[]error{nil, refused, nil}}, payment.Refused},
		{"join with a typed nil", errors.Join(notSent, typedNil), payment.Unknown},
		{"join of nothing", &wrapMany{}, payment.Unknown},
		{"join of nils", &wrapMany{[]error{nil, nil}}, payment.Unknown},
		{"two verbs", fmt.Errorf("%w, then %w", notSent, accepted), payment.Accepted},
		{"verb with a sentinel", fmt.Errorf("%w: %w", payment.ErrRateLimited, refused), payment.Unknown},
		{"join in a join", errors.Join(notSent, fmt.Errorf("x: %w", errors.Join(notSent, refused))), payment.Refused},

		{"own outcome above its cause", &payment.Error{Outcome: payment.Refused, Err: unknown}, payment.Refused},
		{"own unknown above its cause", &payment.Error{Err: notSent}, payment.Unknown},
		{"own outcome beside its sentinel", &payment.Error{Outcome: payment.NotSent, Kind: payment.ErrInvalidRequest}, payment.NotSent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := payment.OutcomeOf(tt.err); got != tt.want {
				t.Errorf("OutcomeOf = %v, want %v", got, tt.want)
			}
		})
	}
}

// Trees without an end must give an answer, and the careful one.
func TestOutcomeOfEndlessTrees(t *testing.T) {
	notSent := errorOf(payment.NotSent)

	ring := &wrapOne{}
	ring.inner = &wrapOne{ring}

	selfJoin := &wrapMany{}
	selfJoin.inner = []error{notSent, selfJoin, selfJoin}

	deep := notSent
	for range 500 {
		deep = &wrapOne{deep}
	}
	wide := notSent
	for range 60 { // 2 to the 60th leaves, were each branch walked
		wide = &wrapMany{[]error{wide, wide}}
	}
	tests := []struct {
		name string
		err  error
		want payment.Outcome
	}{
		{"ring", ring, payment.Unknown},
		{"join of itself", selfJoin, payment.Unknown},
		{"deep chain", deep, payment.NotSent},
		{"shared branches", wide, payment.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := payment.OutcomeOf(tt.err); got != tt.want {
				t.Errorf("OutcomeOf = %v, want %v", got, tt.want)
			}
		})
	}
}

// The numbers are in journals, the words in logs: neither may change.
func TestOutcomeNumbersAndWords(t *testing.T) {
	var zero payment.Outcome
	if zero != payment.Unknown {
		t.Errorf("the zero outcome is %v", zero)
	}
	tests := []struct {
		outcome payment.Outcome
		number  int
		word    string
	}{
		{payment.Unknown, 0, "unknown"},
		{payment.NotSent, 1, "not sent"},
		{payment.Refused, 2, "refused"},
		{payment.Accepted, 3, "accepted"},
		{payment.Outcome(42), 42, "unknown"},
	}
	for _, tt := range tests {
		if int(tt.outcome) != tt.number || tt.outcome.String() != tt.word {
			t.Errorf("got %d %q, want %d %q", int(tt.outcome), tt.outcome, tt.number, tt.word)
		}
	}
}

// FuzzOutcomeOf builds an error tree from a program of one byte per step and holds OutcomeOf to the worst of its leaves,
// where an *Error counts as a leaf whatever it wraps.
func FuzzOutcomeOf(f *testing.F) {
	f.Add([]byte{1, 10, 2, 13})
	f.Add([]byte{1, 2, 3, 14, 0, 13, 12})
	f.Add([]byte{1, 15, 6, 13, 19, 11})
	f.Add([]byte{5, 16, 1, 13, 10, 4, 14, 18, 7, 14})
	f.Add([]byte("mixed up \x01\x02\x03\x0a\x0b\x0c\x0d\x0e"))
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 300 {
			return // a larger tree may be Unknown for its size alone
		}
		type node struct {
			err  error
			want payment.Outcome
		}
		var typedNil *payment.Error
		leaves := []node{
			{errorOf(payment.Unknown), payment.Unknown},
			{errorOf(payment.NotSent), payment.NotSent},
			{errorOf(payment.Refused), payment.Refused},
			{errorOf(payment.Accepted), payment.Accepted},
			{context.DeadlineExceeded, payment.Unknown},
			{payment.ErrDeclined, payment.Unknown},
			{typedNil, payment.Unknown},
			{errorOf(payment.Outcome(7)), payment.Unknown},
			{payment.InvalidField("Key", "missing"), payment.NotSent},
			{&payment.Error{Outcome: payment.Refused, Err: io.EOF}, payment.Refused},
		}
		rank := map[payment.Outcome]int{payment.NotSent: 0, payment.Refused: 1, payment.Accepted: 2, payment.Unknown: 3}
		worse := func(a, b payment.Outcome) payment.Outcome {
			if rank[a] > rank[b] {
				return a
			}
			return b
		}
		stack := []node{leaves[1]}
		for _, b := range program {
			top := &stack[len(stack)-1]
			switch op := int(b) % 20; op {
			case 10:
				top.err = fmt.Errorf("step: %w", top.err)
			case 11:
				top.err = &wrapOne{top.err}
			case 12:
				top.err = errors.Join(nil, top.err)
			case 13, 14: // join the two on top
				if len(stack) < 2 {
					continue
				}
				below := stack[len(stack)-2]
				joined := node{want: worse(below.want, top.want)}
				if op == 13 {
					joined.err = errors.Join(below.err, top.err)
				} else {
					joined.err = &wrapMany{[]error{top.err, nil, below.err}}
				}
				stack = append(stack[:len(stack)-2], joined)
			case 15, 16, 17, 18: // an *Error on top overrides
				o := payment.Outcome(op - 15)
				*top = node{&payment.Error{Outcome: o, Kind: payment.ErrUnavailable, Err: top.err}, o}
			case 19: // two verbs
				*top = node{&wrapMany{[]error{payment.ErrRateLimited, top.err}}, payment.Unknown}
			default:
				stack = append(stack, leaves[op])
			}
		}
		for _, n := range stack {
			if got := payment.OutcomeOf(n.err); got != n.want {
				t.Fatalf("OutcomeOf = %v, want %v (program %v)", got, n.want, program)
			}
			// Next must never allow another payment where the money may have moved.
			step := payment.Next(payment.Payment{}, n.err)
			again := step.Action == payment.NextRetry || step.Action == payment.NextNewRequest
			if moved := n.want == payment.Unknown || n.want == payment.Accepted; moved && again {
				t.Fatalf("Next = %q after outcome %v (program %v)", step.Action, n.want, program)
			}
			if strings.TrimSpace(step.String()) == "" {
				t.Fatal("Next has nothing to say")
			}
		}
	})
}
