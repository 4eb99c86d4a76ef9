package activeplatformtest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// The sizes of a page that nobody asked for one of.
const (
	defaultSizeV1 = 25
	defaultSizeV3 = 50
)

// window reads page number and size; ok is false when they make no sense.
func (s *Server) window(c *sim.Call, numberName, sizeName string, size int) (from, to int, ok bool) {
	q := c.URL.Query()
	number := 1
	for name, v := range map[string]*int{numberName: &number, sizeName: &size} {
		if !q.Has(name) {
			continue
		}
		n, err := strconv.Atoi(q.Get(name))
		if err != nil || n < 1 || n > 1_000_000 {
			return 0, 0, false
		}
		*v = n
	}
	size = min(size, s.pageLimit)
	return (number - 1) * size, number * size, true
}

func cutTo[T any](rows []T, from, to int) []T {
	return rows[min(from, len(rows)):min(to, len(rows))]
}

// sorters are the fields to sort by.
var sorters = map[string]func(a, b *record) int{
	"id":         func(a, b *record) int { return cmp.Compare(a.id, b.id) },
	"created_at": func(a, b *record) int { return a.createdAt.Compare(b.createdAt) },
	"updated_at": func(a, b *record) int { return a.updatedAt.Compare(b.updatedAt) },
}

// sorted returns those of all payments that keep says, in order; rows that are equal in it are in
// the order of their ids.
func sorted(all []*record, now time.Time, by func(a, b *record) int, descending bool, keep func(*record) bool) []*record {
	var rows []*record
	for _, r := range all {
		if r.visible(now) && keep(r) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *record) int {
		order := cmp.Or(by(a, b), cmp.Compare(a.id, b.id))
		if descending {
			return -order
		}
		return order
	})
	return rows
}

func (s *Server) listV1(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "api_token", "page", "per_page", "sorting[field]", "sorting[reversed]",
		"filters[account_id]", "filters[payment_method_id]", "filters[status]"); name != "" {
		return refuseParameter(name)
	}
	q := c.URL.Query()
	from, to, ok := s.window(c, "page", "per_page", defaultSizeV1)
	by := sorters[cmp.Or(q.Get("sorting[field]"), "id")]
	if !ok || by == nil {
		return refuseV1(http.StatusUnprocessableEntity, "no such page or order")
	}
	account := q.Get("filters[account_id]")
	keep := func(r *record) bool {
		method := ""
		if r.methodID != nil {
			method = strconv.FormatInt(*r.methodID, 10)
		}
		return is(q.Get("filters[status]"), r.status) && is(q.Get("filters[payment_method_id]"), method)
	}
	return func() (a sim.Answer) {
		s.locked(func(now time.Time) {
			rows := []paymentJSON{}
			all := s.payments
			if account != "" {
				all = s.paymentsOf(account)
			}
			for _, r := range cutTo(sorted(all, now, by, q.Get("sorting[reversed]") == "true", keep), from, to) {
				rows = append(rows, r.json())
			}
			a = sim.JSON(http.StatusOK, rows)
		})
		return a
	}
}

// is reports whether a filter lets a value pass.
func is(filter, value string) bool { return filter == "" || filter == value }

func (s *Server) listV3(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "page[number]", "page[size]", "sort", "filter[created_at][gt]", "filter[created_at][lt]",
		"filter[updated_at][gt]", "filter[updated_at][lt]"); name != "" {
		return refuseParameter(name)
	}
	from, to, ok := s.window(c, "page[number]", "page[size]", defaultSizeV3)
	field, descending := strings.CutPrefix(c.URL.Query().Get("sort"), "-")
	by := sorters[cmp.Or(field, "id")]
	created, okCreated := readPeriod(c, "created_at")
	updated, okUpdated := readPeriod(c, "updated_at")
	if !ok || by == nil || !okCreated || !okUpdated {
		return refuseV3(http.StatusUnprocessableEntity, "No such page, order or time.")
	}
	return func() (a sim.Answer) {
		s.locked(func(now time.Time) {
			rows := []resourceV3{}
			keep := func(r *record) bool { return created.has(r.createdAt) && updated.has(r.updatedAt) }
			for _, r := range cutTo(sorted(s.payments, now, by, descending, keep), from, to) {
				rows = append(rows, s.resource(r))
			}
			a = answerV3(http.StatusOK, documentV3{rows})
		})
		return a
	}
}

// period has strict bounds.
type period struct{ after, before time.Time }

func (p period) has(t time.Time) bool {
	return (p.after.IsZero() || t.After(p.after)) && (p.before.IsZero() || t.Before(p.before))
}

func readPeriod(c *sim.Call, field string) (p period, ok bool) {
	q := c.URL.Query()
	for name, t := range map[string]*time.Time{"filter[" + field + "][gt]": &p.after, "filter[" + field + "][lt]": &p.before} {
		if !q.Has(name) {
			continue
		}
		var err error
		if *t, err = time.Parse(time.RFC3339, q.Get(name)); err != nil {
			return p, false
		}
	}
	return p, true
}

func (s *Server) listAccounts(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "page[number]", "page[size]", "filter[email]", "filter[created_at][gt]", "filter[created_at][lt]"); name != "" {
		return refuseParameter(name)
	}
	from, to, ok := s.window(c, "page[number]", "page[size]", defaultSizeV3)
	created, okCreated := readPeriod(c, "created_at")
	if !ok || !okCreated {
		return refuseV3(http.StatusUnprocessableEntity, "No such page or time.")
	}
	emails := strings.Split(c.URL.Query().Get("filter[email]"), ",")
	return func() (answer sim.Answer) {
		s.locked(func(time.Time) {
			rows := []resourceV3{}
			for _, a := range s.accounts {
				if created.has(a.CreatedAt) && (emails[0] == "" || slices.Contains(emails, a.Email)) {
					rows = append(rows, resourceV3{ID: a.ID, Type: "accounts", Attributes: s.accountAttributes(a)})
				}
			}
			answer = answerV3(http.StatusOK, documentV3{cutTo(rows, from, to)})
		})
		return answer
	}
}
