package house

import (
	"context"
	"maps"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// The walk takes so many keys through their lives: the most only while a change that is drawn has not been seen. Under the
// race detector Go itself has crashed after some thousands of bubbles.
const (
	least = 400
	most  = 1500
)

// rare are the changes that need several decisions of persons in a certain order: a walk may miss them.
func rare(edge string) bool {
	return strings.HasPrefix(edge, "conflict ") || edge == "started conflict"
}

// TestDiagrams holds the state diagrams of the documents to what package once does: a long random walk makes every change
// of a row's state that they have, but for rare ones, and no other. That the documents have the table of states, and all
// of it, is for a test of package once.
func TestDiagrams(t *testing.T) {
	drawn := map[string]bool{}
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			if b.language != "mermaid" {
				continue
			}
			edges, problem := transitions(b.lines)
			if problem != "" {
				t.Errorf("%s:%d: %s", d.name, b.line, problem)
			}
			maps.Copy(drawn, edges)
		}
	}
	found := map[string]bool{}
	for seed := range uint64(most) {
		if seed >= least && includes(found, drawn) {
			break
		}
		synctest.Test(t, func(t *testing.T) { explore(t, seed, found) })
	}
	for edge := range drawn {
		found[edge] = found[edge] || rare(edge)
	}
	if diff := cmp.Diff(found, drawn); diff != "" {
		t.Errorf("the diagrams differ from package once (-once +diagrams):\n%s", diff)
	}
}

func includes(found, drawn map[string]bool) bool {
	for edge := range drawn {
		if !found[edge] && !rare(edge) {
			return false
		}
	}
	return true
}

var arrow = regexp.MustCompile(`^\s*(\S+) --> (\S+?)(?:\s*:.*)?$`)

// transitions reads the arrows of a state diagram, "from to"; "[*]" is where a row begins.
func transitions(lines []string) (edges map[string]bool, problem string) {
	if len(lines) == 0 || lines[0] != "stateDiagram-v2" {
		return nil, "only state diagrams are checked"
	}
	edges = map[string]bool{}
	for _, line := range lines[1:] {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "direction ") {
			continue
		}
		m := arrow.FindStringSubmatch(line)
		if m == nil {
			return nil, "not an arrow: " + line
		}
		edges[m[1]+" "+m[2]] = true
	}
	return edges, ""
}

// explore does at random, with one key, what callers, people and the provider can do, and notes the changes of state.
func explore(t *testing.T, seed uint64, found map[string]bool) {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 0))
	roll := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return dice.IntN(n)
	}
	store := once.NewMemory()
	var payers []*once.Payer // two processes: one that is inside a call never settles the row of that call
	for range 2 {
		payer, err := once.New(&fickle{roll}, store, once.Name("explore"), once.WithAudit(func(_ context.Context, e once.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.From == "" {
				e.From = "[*]"
			}
			if e.From != e.To {
				found[string(e.From+" "+e.To)] = true
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		payers = append(payers, payer)
	}
	amount, err := payment.ParseMoney("1.00", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	req := payment.Request{Key: "key", OrderID: "order", Amount: amount}
	a, err := payers[0].Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			for range 12 {
				wait(roll)
				payer := payers[roll(2)]
				// What each call answers does not matter here.
				switch roll(9) {
				case 0, 1, 2:
					_, _ = payer.Pay(ctx, req)
				case 3:
					_, _ = payer.Lookup(ctx, a)
				case 4:
					_, _ = payer.Continue(ctx, a, fickleStep{})
				case 5:
					var early []once.ResolveOption
					if roll(2) == 0 {
						early = append(early, once.Early("test"))
					}
					_ = payer.Resolve(ctx, req.Key, []once.Decision{once.DecidePaid, once.DecideNotTaken}[roll(2)], "ann", "test", early...)
				case 6:
					_ = payer.Abandon(ctx, req.Key)
				case 7:
					_, _ = payer.Reconcile(ctx)
				case 8:
					_ = payer.Revoke(ctx, req.Key, "ann", "test")
				}
			}
		})
	}
	callers.Wait()
}

// wait lets nothing, a lease or a quiet time go by.
func wait(roll func(int) int) {
	<-time.After([]time.Duration{0, time.Second, 3 * time.Minute, 10 * time.Minute}[roll(4)])
}

// fickle answers anything at any time.
type fickle struct{ roll func(int) int }

func (f *fickle) Provider() string { return "fickle" }

func (f *fickle) Timing() payment.Timing {
	return payment.Timing{LongestCall: time.Minute, Settling: time.Minute}
}

func (f *fickle) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (f *fickle) Pay(context.Context, payment.Request) (payment.Payment, error) { return f.answer() }

func (f *fickle) Continue(context.Context, payment.Attempt, payment.Continuation) (payment.Payment, error) {
	return f.answer()
}

func (f *fickle) answer() (payment.Payment, error) {
	wait(f.roll)
	if f.roll(2) == 0 {
		outcomes := []payment.Outcome{payment.Unknown, payment.NotSent, payment.Refused, payment.Accepted}
		return payment.Payment{}, &payment.Error{Provider: "fickle", Op: "Pay", Outcome: outcomes[f.roll(len(outcomes))]}
	}
	return f.payment(payment.MatchedByAnswer), nil
}

func (f *fickle) Lookup(context.Context, payment.Attempt) (payment.Payment, error) {
	wait(f.roll)
	switch f.roll(4) {
	case 0:
		return payment.Payment{}, &payment.Error{Provider: "fickle", Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment}
	case 1:
		return payment.Payment{}, &payment.Error{Provider: "fickle", Op: "Lookup", Kind: payment.ErrInconclusive}
	default:
		return f.payment([]payment.Match{payment.MatchedByID, payment.MatchedByOrder}[f.roll(2)]), nil
	}
}

func (f *fickle) payment(by payment.Match) payment.Payment {
	all := []payment.Status{payment.Succeeded, payment.Pending, payment.ActionRequired, payment.Partial, payment.Failed, payment.Cancelled,
		payment.Reversed}
	return payment.Payment{Provider: "fickle", OrderID: "order", Status: all[f.roll(len(all))], MatchedBy: by}
}

// fickleStep is the second step of a payment.
type fickleStep struct{}

func (fickleStep) PaymentContinuation() string { return "fickle" }
