package activeplatform

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// maxPages bounds one list: a server that always has another page does not hold a caller for ever.
const maxPages = 10_000

var (
	errPageAgain = errors.New("the list gave the same page again")
	errNoEnd     = errors.New("the list does not end")
)

// ListPaymentsParams says which payments API v1 lists. It has no filter for amounts, comments or document numbers.
type ListPaymentsParams struct {
	// AccountID, PaymentMethodID and Status are filters, empty for any.
	AccountID       ID
	PaymentMethodID ID
	Status          Status
	// CreatedAt and UpdatedAt are sent as they are. Neither their form nor what they match (that day, from then on) is
	// documented.
	CreatedAt, UpdatedAt string
	// SortBy is the field to sort by; "" leaves it to the platform. Descending reverses it.
	SortBy     string
	Descending bool
	// PerPage is the size of a page; 0 leaves it to the platform.
	PerPage int
}

func (p ListPaymentsParams) query() (url.Values, error) {
	q := url.Values{}
	for _, f := range []struct {
		field, name string
		id          ID
	}{
		{"AccountID", "filters[account_id]", p.AccountID},
		{"PaymentMethodID", "filters[payment_method_id]", p.PaymentMethodID},
	} {
		if err := checkOptionalID(f.field, f.id); err != nil {
			return nil, err
		}
		add(q, f.name, string(f.id))
	}
	add(q, "filters[status]", string(p.Status))
	add(q, "filters[created_at]", p.CreatedAt)
	add(q, "filters[updated_at]", p.UpdatedAt)
	add(q, "sorting[field]", p.SortBy)
	if p.Descending {
		q.Set("sorting[reversed]", "true")
	}
	return q, addSize(q, "per_page", p.PerPage)
}

func add(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

func addSize(q url.Values, name string, size int) error {
	if size < 0 {
		return payment.InvalidField("PerPage", "negative")
	}
	if size > 0 {
		q.Set(name, strconv.Itoa(size))
	}
	return nil
}

// ListPayments lists payments (GET /payments.json), page after page as the loop asks for them, to the first empty page.
// It stops after the first error. Rows that move between two pages while the loop runs may be missed, or come twice;
// Lookup is written for that, this is not.
func (c *Client) ListPayments(ctx context.Context, params ListPaymentsParams) iter.Seq2[Payment, error] {
	query, err := params.query()
	if err != nil {
		return failed[Payment](unasked(err, "ListPayments"))
	}
	return list("ListPayments", func(page int) ([]Payment, error) {
		q := maps.Clone(query)
		q.Set("page", strconv.Itoa(page))
		rows, _, err := c.paymentsPage(ctx, q)
		return rows, err
	}, func(p Payment) ID { return p.ID })
}

// paymentsPage reads one page, and returns the answer's body too.
func (c *Client) paymentsPage(ctx context.Context, query url.Values) (rows []Payment, body []byte, err error) {
	op := c.opV1(call.Read, "ListPayments", http.MethodGet, "/payments.json", "payments.json")
	op.Query = query
	_, err = c.v1.Do(ctx, op, func(a *call.Answer) error {
		var err error
		body = a.Body
		rows, err = rowsOf(body, decodePayment)
		return err
	})
	return rows, body, err
}

// failed is a list that cannot be asked for.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

// list asks for pages until one is empty: neither API tells how many there are, nor how large a page may be. Rows of the
// page before are left out: a list that grew at its front shows them again.
func list[T any](op string, fetch func(page int) ([]T, error), idOf func(T) ID) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var before map[ID]bool
		again := 0 // pages in a row without a new row: one is a list that grew by a page, two are a server that ignores the number
		for page := 1; page <= maxPages; page++ {
			rows, err := fetch(page)
			if err != nil {
				yield(none, err)
				return
			}
			if len(rows) == 0 {
				return
			}
			ids, fresh := make(map[ID]bool, len(rows)), false
			for _, row := range rows {
				id := idOf(row)
				ids[id] = true
				if before[id] {
					continue
				}
				fresh = true
				if !yield(row, nil) {
					return
				}
			}
			if again++; fresh {
				again = 0
			}
			if again > 1 {
				yield(none, brokenList(op, errPageAgain))
				return
			}
			before = ids
		}
		yield(none, brokenList(op, errNoEnd))
	}
}

func brokenList(op string, cause error) error {
	return &payment.Error{Provider: provider, Op: op, Message: "the list cannot be used", Err: cause}
}
