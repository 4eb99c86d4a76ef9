package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// service answers HTTP.
type service struct {
	payer *once.Payer
	store *sqlstore.Store
	log   *slog.Logger
}

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /payments", s.pay)
	mux.HandleFunc("GET /payments/{key}", s.get)
	mux.HandleFunc("POST /payments/{key}/resolve", s.resolve)
	mux.HandleFunc("GET /healthz", s.health)
	return mux
}

// answer is what a caller gets about a payment.
type answer struct {
	Key     string           `json:"key"`
	Paid    bool             `json:"paid"`
	Outcome string           `json:"outcome"`
	Next    payment.Action   `json:"next"`
	Text    string           `json:"text"`
	Error   string           `json:"error,omitempty"`
	Payment *payment.Payment `json:"payment,omitempty"`
}

// pay pays, or answers again: callers repeat a request with its key until they get a final answer.
func (s *service) pay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Key      string `json:"key"`
		OrderID  string `json:"order_id"`
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	}
	if !decode(w, r, &in) {
		return
	}
	amount, err := payment.ParseMoney(in.Amount, in.Currency)
	if err != nil {
		write(w, http.StatusUnprocessableEntity, answered(in.Key, payment.Payment{}, err))
		return
	}
	p, err := s.payer.Pay(r.Context(), payment.Request{Key: in.Key, OrderID: in.OrderID, Amount: amount})
	write(w, statusOf(payment.Next(p, err)), answered(in.Key, p, err))
}

func answered(key string, p payment.Payment, err error) answer {
	next := payment.Next(p, err)
	a := answer{Key: key, Paid: p.Paid(), Outcome: payment.OutcomeOf(err).String(), Next: next.Action, Text: next.Text}
	if err != nil {
		a.Error = err.Error() // one line without secrets
	}
	if p.Status != "" {
		a.Payment = &p
	}
	return a
}

// statusOf tells callers who look at the status alone whether to go on, to ask again or to stop.
func statusOf(next payment.NextStep) int {
	switch next.Action {
	case payment.NextDone:
		return http.StatusOK
	case payment.NextWait, payment.NextLookup, payment.NextShowCustomer:
		return http.StatusAccepted
	case payment.NextRetry:
		return http.StatusServiceUnavailable
	case payment.NextNewRequest:
		return http.StatusUnprocessableEntity
	default:
		return http.StatusConflict
	}
}

// get shows the attempts of a key as the journal has them. It asks nobody.
func (s *service) get(w http.ResponseWriter, r *http.Request) {
	rows, err := s.payer.Get(r.Context(), r.PathValue("key"))
	switch {
	case err != nil:
		s.fail(w, http.StatusServiceUnavailable, err)
	case len(rows) == 0:
		s.fail(w, http.StatusNotFound, errors.New("no payment has this key"))
	default:
		write(w, http.StatusOK, rows)
	}
}

// resolve is for operators.
func (s *service) resolve(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Decision once.Decision `json:"decision"`
		By       string        `json:"by"`
		Note     string        `json:"note"`
	}
	if !decode(w, r, &in) {
		return
	}
	switch err := s.payer.Resolve(r.Context(), r.PathValue("key"), in.Decision, in.By, in.Note); {
	case err == nil:
		s.get(w, r)
	case errors.Is(err, payment.ErrInvalidRequest):
		s.fail(w, http.StatusUnprocessableEntity, err)
	case errors.Is(err, payment.ErrNoSuchKey):
		s.fail(w, http.StatusNotFound, err)
	case errors.Is(err, payment.ErrInProgress), errors.Is(err, payment.ErrTooEarly):
		s.fail(w, http.StatusConflict, err)
	default:
		s.fail(w, http.StatusServiceUnavailable, err)
	}
}

// overdue is when an unresolved payment is worth a person's look.
const overdue = 24 * time.Hour

// health reports whether the journal can be read, and how many payments wait for a person.
func (s *service) health(w http.ResponseWriter, r *http.Request) {
	const most = 1000
	rows, err := s.store.Pending(r.Context(), overdue, most)
	if err != nil {
		s.fail(w, http.StatusServiceUnavailable, err)
		return
	}
	write(w, http.StatusOK, map[string]any{"ok": true, "overdue": len(rows)})
}

func (s *service) fail(w http.ResponseWriter, status int, err error) {
	if status >= 500 {
		s.log.Error("http", "status", status, "error", err)
	}
	write(w, status, map[string]string{"error": err.Error()})
}

const maxBody = 64 << 10

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		write(w, http.StatusBadRequest, map[string]string{"error": "the body is not the JSON object that is expected here"})
		return false
	}
	return true
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller may have left; the journal has the answer
}
