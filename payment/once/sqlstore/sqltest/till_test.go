package sqltest

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// till is the provider that is hardest on a client: it takes the money as often as it is asked, and proves at once that a
// key was not paid. Nothing but the journal keeps it from taking twice.
type till struct {
	srv *httptest.Server

	mu      sync.Mutex
	faults  *rand.Rand // nil: none
	taken   map[string]int
	arrived int
	busy    int
	onTake  func(key string, arrived int)
	hold    func() // called with a request that has arrived
}

type tillRequest struct {
	Key string `json:"key"`
}

type tillAnswer struct {
	Taken int    `json:"taken,omitempty"`
	Error string `json:"error,omitempty"`
}

func newTill(t testing.TB) *till {
	s := &till{taken: map[string]int{}, onTake: func(string, int) {}, hold: func() {}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /take", s.take)
	mux.HandleFunc("GET /taken/{key}", s.show)
	s.srv = httptest.NewServer(mux)
	t.Cleanup(s.srv.Close)
	return s
}

func (s *till) take(w http.ResponseWriter, r *http.Request) {
	s.work(1)
	defer s.work(-1)
	var in tillRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return // cut off: the sender is dead
	}
	s.mu.Lock()
	s.arrived++
	arrived, hold := s.arrived, s.hold
	luck := 99
	if s.faults != nil {
		luck = s.faults.IntN(20)
	}
	s.mu.Unlock()
	hold()
	if luck != 0 && luck != 1 {
		s.mu.Lock()
		s.taken[in.Key]++
		onTake := s.onTake
		s.mu.Unlock()
		onTake(in.Key, arrived)
	}
	switch luck {
	case 0: // not taken, nobody knows
		w.WriteHeader(http.StatusBadGateway)
	case 1: // refused in so many words
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(tillAnswer{Error: "busy"})
	case 2: // taken, and the connection breaks
		panic(http.ErrAbortHandler)
	case 3: // taken, and a gateway gives up
		w.WriteHeader(http.StatusGatewayTimeout)
	default:
		_ = json.NewEncoder(w).Encode(tillAnswer{Taken: 1})
	}
}

func (s *till) show(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(tillAnswer{Taken: s.count(r.PathValue("key"))})
}

func (s *till) count(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[key]
}

func (s *till) work(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += n
}

// idle returns when no request is being worked on.
func (s *till) idle(t testing.TB) {
	t.Helper()
	eventually(t, "the till to be idle", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.busy == 0
	})
}

func (s *till) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived
}

// tillPayer pays at a till. It records a mark before it does.
type tillPayer struct{ calls *call.Client }

func newTillPayer(url string, transport *http.Transport) (payment.Payer, error) {
	calls, err := call.New(call.Config{
		Provider: "till", BaseURL: url, Transport: transport, WriteTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second,
		Explain: func(a *call.Answer) (call.Explanation, bool) {
			var body tillAnswer
			ok := json.Unmarshal(a.Body, &body) == nil && body.Error != ""
			return call.Explanation{Code: body.Error}, ok
		},
	})
	return &tillPayer{calls}, err
}

func (p *tillPayer) Provider() string { return "till" }

func (p *tillPayer) Timing() payment.Timing {
	return payment.Timing{LongestCall: p.calls.LongestWrite(), Settling: time.Minute}
}

func (p *tillPayer) Prepare(req payment.Request) (payment.Attempt, error) {
	return payment.NewAttempt(req, req.OrderID, nil)
}

func (p *tillPayer) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	if err := payment.RecordMark(ctx, payment.Mark{Step: "commit"}); err != nil {
		return payment.Payment{}, err
	}
	body, err := json.Marshal(tillRequest{Key: req.Key})
	if err != nil {
		return payment.Payment{}, err
	}
	op := call.Operation{Kind: call.Write, Name: "Take", Method: http.MethodPost, Route: "/take", Path: []string{"take"}, Body: body}
	if err := p.ask(ctx, op, &tillAnswer{}); err != nil {
		return payment.Payment{}, err
	}
	return tillPaid(req.OrderID, req.Amount, payment.MatchedByAnswer), nil
}

func (p *tillPayer) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	var got tillAnswer
	op := call.Operation{Kind: call.Read, Name: "Taken", Method: http.MethodGet, Route: "/taken/{key}", Path: []string{"taken", a.Key}}
	if err := p.ask(ctx, op, &got); err != nil {
		return payment.Payment{}, err
	}
	if got.Taken == 0 {
		return payment.Payment{}, &payment.Error{Provider: "till", Op: "Lookup", Outcome: payment.Refused, Kind: payment.ErrNoPayment}
	}
	return tillPaid(a.OrderID, a.Amount, payment.MatchedByMarker), nil
}

func (p *tillPayer) ask(ctx context.Context, op call.Operation, into *tillAnswer) error {
	_, err := p.calls.Do(ctx, op, func(a *call.Answer) error {
		if err := json.Unmarshal(a.Body, into); err != nil {
			return errors.New("not a till's answer")
		}
		return nil
	})
	return err
}

func tillPaid(order string, amount payment.Money, by payment.Match) payment.Payment {
	return payment.Payment{Provider: "till", OrderID: order, Status: payment.Succeeded, Amount: amount, MatchedBy: by}
}
