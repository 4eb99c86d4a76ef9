package duffeltest

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

const (
	defaultLimit = 50
	maxLimit     = 200
)

type listJSON struct {
	Meta listMeta `json:"meta"`
	Data []any    `json:"data"`
}

type listMeta struct {
	Limit  int     `json:"limit"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// row is an item of a list. Rows that a filter hides keep their place: a cursor that points to one
// still works.
type row struct {
	id   string
	keep bool
	json func() any
}

// list answers with the page of rows that the request asks for.
func list(c *sim.Call, rows []row) sim.Answer {
	q := c.URL.Query()
	meta := listMeta{Limit: defaultLimit}
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > maxLimit {
			return refuse(c, "validation_inclusion", "/limit")()
		}
		meta.Limit = n
	}
	if q.Has("after") && q.Has("before") {
		return refuse(c, "bad_request", "")()
	}
	from, to := 0, len(rows)
	for name, edge := range map[string]*int{"after": &from, "before": &to} {
		if !q.Has(name) {
			continue
		}
		i := slices.IndexFunc(rows, func(r row) bool { return cursor(r.id) == q.Get(name) })
		if i < 0 {
			return refuse(c, "validation_format", "/"+name)()
		}
		*edge = i
	}
	if q.Has("after") {
		from++
	}
	picked := kept(rows, from, to)
	if q.Has("before") {
		picked = picked[max(0, len(picked)-meta.Limit):]
	}
	picked = picked[:min(len(picked), meta.Limit)]

	page := listJSON{Meta: meta, Data: []any{}}
	for _, i := range picked {
		page.Data = append(page.Data, rows[i].json())
	}
	if n := len(picked); n > 0 {
		if len(kept(rows, 0, picked[0])) > 0 {
			before := cursor(rows[picked[0]].id)
			page.Meta.Before = &before
		}
		if len(kept(rows, picked[n-1]+1, len(rows))) > 0 {
			after := cursor(rows[picked[n-1]].id)
			page.Meta.After = &after
		}
	}
	return sim.JSON(http.StatusOK, page)
}

func kept(rows []row, from, to int) []int {
	var picked []int
	for i := from; i < to; i++ {
		if rows[i].keep {
			picked = append(picked, i)
		}
	}
	return picked
}

// cursor is opaque like Duffel's, and always has characters that mean something else in a query
// unless they are escaped.
func cursor(id string) string { return base64.StdEncoding.EncodeToString([]byte("\xfb\xef\xff" + id)) }

func (s *Server) listPayments(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "order_id", "limit", "after", "before"); name != "" {
		return refuseParameter(name)
	}
	return func() sim.Answer {
		q, now := c.URL.Query(), s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		listed := s.payments
		if q.Has("order_id") {
			listed = nil // also what an order that does not exist has
			if o := s.orderByID[q.Get("order_id")]; o != nil {
				listed = o.payments
			}
		}
		var rows []row
		for _, p := range listed {
			rows = append(rows, row{id: p.id, json: p.json, keep: p.seen.Visible(now)})
		}
		return list(c, rows)
	}
}

func (s *Server) listOrders(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "awaiting_payment", "offer_id", "booking_reference", "created_at[after]", "created_at[before]",
		"sort", "limit", "after", "before"); name != "" {
		return refuseParameter(name)
	}
	f, badCode, badParameter := readOrderFilter(c)
	if badCode != "" {
		return refuse(c, badCode, "/"+badParameter)
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		orders := slices.Clone(s.orders)
		slices.SortStableFunc(orders, func(a, b *order) int {
			if f.descending {
				a, b = b, a
			}
			return f.compare(a, b, now)
		})
		var rows []row
		for _, o := range orders {
			j := o.json(now)
			rows = append(rows, row{id: o.ID, json: func() any { return j }, keep: o.visible(now) && f.keeps(o, j)})
		}
		return list(c, rows)
	}
}

type orderFilter struct {
	awaiting      *bool
	offerID       *string
	reference     *string
	after, before time.Time
	compare       func(a, b *order, now time.Time) int
	descending    bool
}

func readOrderFilter(c *sim.Call) (f orderFilter, badCode, badParameter string) {
	q := c.URL.Query()
	if q.Has("awaiting_payment") {
		b, err := strconv.ParseBool(q.Get("awaiting_payment"))
		if err != nil {
			return f, "validation_inclusion", "awaiting_payment"
		}
		f.awaiting = &b
	}
	if v := q.Get("offer_id"); q.Has("offer_id") {
		f.offerID = &v
	}
	if v := q.Get("booking_reference"); q.Has("booking_reference") {
		f.reference = &v
	}
	for name, t := range map[string]*time.Time{"created_at[after]": &f.after, "created_at[before]": &f.before} {
		if !q.Has(name) {
			continue
		}
		var err error
		if *t, err = time.Parse(time.RFC3339, q.Get(name)); err != nil {
			return f, "validation_format", name
		}
	}
	var by string
	by, f.descending = strings.CutPrefix(q.Get("sort"), "-")
	switch by {
	case "", "created_at":
		f.compare = func(a, b *order, _ time.Time) int { return a.CreatedAt.Compare(b.CreatedAt) }
	case "payment_required_by":
		f.compare = func(a, b *order, _ time.Time) int { return a.PaymentRequiredBy.Compare(b.PaymentRequiredBy) }
	case "total_amount":
		f.compare = func(a, b *order, now time.Time) int {
			return cmp.Or(strings.Compare(a.total(now).Currency(), b.total(now).Currency()),
				a.total(now).Decimal().Cmp(b.total(now).Decimal()))
		}
	default:
		return f, "validation_inclusion", "sort"
	}
	return f, "", ""
}

func (f orderFilter) keeps(o *order, j orderJSON) bool {
	switch {
	case f.awaiting != nil && j.PaymentStatus.AwaitingPayment != *f.awaiting,
		f.offerID != nil && o.OfferID != *f.offerID,
		f.reference != nil && !strings.EqualFold(o.BookingReference, *f.reference),
		!f.after.IsZero() && !o.CreatedAt.After(f.after),
		!f.before.IsZero() && !o.CreatedAt.Before(f.before):
		return false
	}
	return true
}

// notSimulated returns the name of a query parameter that is not among those given, or "".
func notSimulated(c *sim.Call, simulated ...string) string {
	for name := range c.URL.Query() {
		if !slices.Contains(simulated, name) {
			return name
		}
	}
	return ""
}

func refuseParameter(name string) func() sim.Answer {
	return sim.Reply(sim.Answer{Status: http.StatusNotImplemented, Header: http.Header{"Content-Type": {"text/plain"}},
		Body: []byte("duffeltest does not simulate the parameter " + strconv.Quote(name) + "\n")})
}
