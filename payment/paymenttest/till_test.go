package paymenttest_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/supplierpay/supplierpay-go/payment"
)

// tillServer is a provider that is not ours: a till that takes money for orders. It takes an
// order's money once.
type tillServer struct {
	token string
	mu    sync.Mutex
	price map[string]payment.Money
	taken map[string][]payment.Money
}

func newTillServer(token string) *tillServer {
	return &tillServer{token: token, price: map[string]payment.Money{}, taken: map[string][]payment.Money{}}
}

// place makes an order of some price.
func (s *tillServer) place() payment.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := strconv.Itoa(len(s.price) + 1)
	price, err := payment.ParseMoney(n+".25", "EUR")
	if err != nil {
		panic(err) // it is well-formed
	}
	s.price["order-"+n] = price
	return payment.Request{Key: "key-" + n, OrderID: "order-" + n, Amount: price}
}

// ledger returns what was taken.
func (s *tillServer) ledger(order string) []payment.Money {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken[order]
}

// receipt is both the body of a payment and the till's answer.
type receipt struct {
	Order  string `json:"order"`
	Amount string `json:"amount,omitempty"` // "1.25 EUR"
	State  string `json:"state,omitempty"`
	Error  string `json:"error,omitempty"`
}

// ServeHTTP plays POST /payments and GET /orders/{id}.
func (s *tillServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer := func(status int, body receipt) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body) // a caller who has left is no concern of the till's
	}
	var in receipt
	switch {
	case r.Header.Get("Authorization") != "Bearer "+s.token:
		answer(http.StatusUnauthorized, receipt{Error: "who are you"})
	case r.Method == http.MethodGet:
		order := r.URL.Path[len("/orders/"):]
		if taken := s.taken[order]; len(taken) > 0 {
			answer(http.StatusOK, receipt{Order: order, Amount: taken[0].String(), State: "paid"})
			return
		}
		answer(http.StatusOK, receipt{Order: order, State: "open"})
	case json.NewDecoder(r.Body).Decode(&in) != nil:
		answer(http.StatusBadRequest, receipt{Error: "not JSON"})
	case s.price[in.Order].IsUnset():
		answer(http.StatusNotFound, receipt{Error: "no such order"})
	case len(s.taken[in.Order]) > 0:
		answer(http.StatusUnprocessableEntity, receipt{Error: "already paid"})
	case s.price[in.Order].String() != in.Amount:
		answer(http.StatusUnprocessableEntity, receipt{Error: "another price"})
	default:
		s.taken[in.Order] = append(s.taken[in.Order], s.price[in.Order])
		answer(http.StatusCreated, receipt{Order: in.Order, Amount: in.Amount, State: "paid"})
	}
}
