package activeplatformtest

import (
	"fmt"
	"strconv"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The statuses that the simulator plays.
const (
	waiting         = "waiting_for_payment"
	completed       = "completed"
	cancelled       = "cancelled"
	expired         = "expired"
	paidFromBalance = "paid_from_balance"
)

// Account describes an account and what becomes of its payments. Those of the zero Account wait for
// somebody.
type Account struct {
	// ID is made up when empty. It is a number.
	ID    string
	Name  string
	Email string
	// AutoComplete completes every payment by itself, and takes the money: at once, or
	// CompleteAfter its creation.
	AutoComplete  bool
	CompleteAfter time.Duration
	// CreatedAt is the server's time when zero.
	CreatedAt time.Time
}

type account struct {
	Account
	number   int64
	payments []*record // the oldest first
}

// Payment is a payment as its owner sees it.
type Payment struct {
	// ID and DocumentID are made up by the server.
	ID, DocumentID string
	AccountID      string
	Total          payment.Money
	Comment        string
	// Status is API's word; "" is waiting_for_payment.
	Status string
	// CreatedAt is the server's time when zero.
	CreatedAt time.Time
}

// record is a payment as it stands.
type record struct {
	id          int64
	documentID  string
	account     *account
	total       payment.Money
	comment     string
	purpose     string
	status      string
	methodID    *int64
	managerID   *int64
	requesterIP *string
	createdAt   time.Time
	updatedAt   time.Time
	closedAt    time.Time
	due         time.Time // when it completes by itself
	gone        bool      // joined into another by hand: no read shows it
	seen        sim.Visibility
}

func (r *record) visible(now time.Time) bool { return !r.gone && r.seen.Visible(now) }

func (r *record) view() Payment {
	return Payment{
		ID: strconv.FormatInt(r.id, 10), DocumentID: r.documentID, AccountID: r.account.ID, Total: r.total,
		Comment: r.comment, Status: r.status, CreatedAt: r.createdAt,
	}
}

const (
	firstAccount = 2000532
	firstPayment = 2007039
)

// AddAccount adds an account and returns its id. It panics when the id is no number, or there is
// one with it already.
func (s *Server) AddAccount(a Account) (id string) {
	s.locked(func(now time.Time) {
		if a.ID == "" {
			a.ID = strconv.Itoa(firstAccount + len(s.accounts))
		}
		n, err := strconv.ParseInt(a.ID, 10, 64)
		if err != nil || n <= 0 || strconv.FormatInt(n, 10) != a.ID {
			panic(fmt.Sprintf("activeplatformtest: account id %q is no number", a.ID))
		}
		if s.accountByID[a.ID] != nil {
			panic(fmt.Sprintf("activeplatformtest: account %s is there already", a.ID))
		}
		if a.Name == "" {
			a.Name = "Account " + a.ID
		}
		if a.CreatedAt.IsZero() {
			a.CreatedAt = now
		}
		added := &account{Account: a, number: n}
		s.accounts = append(s.accounts, added)
		s.accountByID[a.ID] = added
	})
	return a.ID
}

// payment finds a payment, or returns nil. The caller holds the lock.
func (s *Server) payment(id string) *record {
	n, err := strconv.Atoi(id)
	if i := n - firstPayment; err == nil && i >= 0 && i < len(s.payments) {
		return s.payments[i]
	}
	return nil
}

// paymentsOf returns the payments of an account, the oldest first. The caller holds the lock.
func (s *Server) paymentsOf(accountID string) []*record {
	if a := s.accountByID[accountID]; a != nil {
		return a.payments
	}
	return nil
}

// add makes a payment of what r says. The caller holds the lock.
func (s *Server) add(r *record, now time.Time) {
	n := len(s.payments)
	r.id, r.documentID = int64(firstPayment+n), fmt.Sprintf("P%06d", 6131+n)
	if r.createdAt.IsZero() {
		r.createdAt = now
	}
	r.updatedAt = r.createdAt
	status := r.status
	r.status = waiting
	s.payments = append(s.payments, r)
	r.account.payments = append(r.account.payments, r)
	switch {
	case status != "" && status != waiting:
		s.close(r, status, r.createdAt)
	case r.account.AutoComplete && r.account.CompleteAfter == 0:
		s.close(r, completed, now)
	case r.account.AutoComplete:
		r.due = now.Add(r.account.CompleteAfter)
		s.due = append(s.due, r)
	}
}

// close moves a payment on to another status, and takes the money if that is completed. The caller
// holds the lock.
func (s *Server) close(r *record, status string, now time.Time) {
	r.status, r.updatedAt = status, now
	if status != expired {
		r.closedAt = now
	}
	if status == completed {
		s.api.Ledger.Take(r.account.ID, r.total)
	}
}

// Payments returns the payments of an account, the oldest first, those that reads do not show yet
// among them.
func (s *Server) Payments(accountID string) []Payment {
	var all []Payment
	s.locked(func(time.Time) {
		for _, r := range s.paymentsOf(accountID) {
			if !r.gone {
				all = append(all, r.view())
			}
		}
	})
	return all
}

// AddPayment adds a payment that somebody else made and returns its id. It panics when there is no
// such account or no total.
func (s *Server) AddPayment(p Payment) (id string) {
	s.locked(func(now time.Time) {
		a := s.accountByID[p.AccountID]
		if a == nil || p.Total.IsUnset() {
			panic(fmt.Sprintf("activeplatformtest: a payment needs a total and an account, not %q", p.AccountID))
		}
		r := &record{account: a, total: p.Total, comment: p.Comment, status: p.Status, createdAt: p.CreatedAt}
		s.add(r, now)
		id = strconv.FormatInt(r.id, 10)
	})
	return id
}

// Complete is an operator who approves a payment: its money is taken.
func (s *Server) Complete(id string) error {
	return s.change(id, func(r *record, now time.Time) { s.close(r, completed, now) })
}

// Cancel is a customer, or an operator, who calls a payment off.
func (s *Server) Cancel(id string) error {
	return s.change(id, func(r *record, now time.Time) { s.close(r, cancelled, now) })
}

// Edit is a customer who changes the total or the comment of a payment. Other fields stay as they
// are. edit must not call the server.
func (s *Server) Edit(id string, edit func(p *Payment)) error {
	return s.change(id, func(r *record, now time.Time) {
		p := r.view()
		edit(&p)
		r.total, r.comment, r.updatedAt = p.Total, p.Comment, now
	})
}

// change changes a payment that waits.
func (s *Server) change(id string, change func(r *record, now time.Time)) error {
	var err error
	s.locked(func(now time.Time) {
		r := s.payment(id)
		if r == nil || r.gone || r.status != waiting {
			err = fmt.Errorf("activeplatformtest: no payment %q that waits", id)
			return
		}
		change(r, now)
	})
	return err
}

// Join is a customer who joins payments of one account by hand: a new one is for the sum, and the
// old ones vanish.
func (s *Server) Join(comment string, ids ...string) (id string, err error) {
	return s.join(comment, ids, func(r *record, _ time.Time) { r.gone = true })
}

// AutoJoin is the platform joining payments: a new one is for the sum, and the old ones are
// cancelled.
func (s *Server) AutoJoin(comment string, ids ...string) (id string, err error) {
	return s.join(comment, ids, func(r *record, now time.Time) { s.close(r, cancelled, now) })
}

func (s *Server) join(comment string, ids []string, drop func(r *record, now time.Time)) (id string, err error) {
	s.locked(func(now time.Time) {
		var parts []*record
		for _, id := range ids {
			r := s.payment(id)
			if r == nil || r.gone || r.status != waiting || len(parts) > 0 && r.account != parts[0].account {
				err = fmt.Errorf("activeplatformtest: no payment %q that waits in that account", id)
				return
			}
			parts = append(parts, r)
		}
		if len(parts) == 0 {
			err = fmt.Errorf("activeplatformtest: nothing to join")
			return
		}
		sum := parts[0].total.Decimal()
		for _, r := range parts[1:] {
			sum = sum.Add(r.total.Decimal())
		}
		total, moneyErr := payment.MoneyFromDecimal(sum, s.Currency)
		if moneyErr != nil {
			err = moneyErr
			return
		}
		for _, r := range parts {
			drop(r, now)
		}
		joined := &record{account: parts[0].account, total: total, comment: comment}
		s.add(joined, now)
		id = strconv.FormatInt(joined.id, 10)
	})
	return id, err
}
