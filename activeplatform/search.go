package activeplatform

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/wire"
)

const (
	// pageSize is API v3's default. What the platform gives at most is not documented.
	pageSize = 50
	// searchPages bounds a search; with the overlap it is some eight thousand payments.
	searchPages = 200
)

// search goes through the payments of an account, the newest first, until one is older than the attempt can be.
type search struct {
	account ID
	marker  string
	asked   decimal.Decimal
	since   time.Time // zero: to the end of the list

	seen  map[ID]bool
	found []topUp // with the marker
	hint  ID      // a payment of the account that may be ours all the same, "" when there is none
	// ambiguous is true when a page can be read in more than one way: the list then proves no absence.
	ambiguous bool
}

// brokenSearch is a search that saw the list only in part.
type brokenSearch struct{ why string }

func (b *brokenSearch) Error() string { return b.why }

// run reads page after page. Rows arrive and vanish meanwhile, so a page after a full one overlaps it: a row that both
// have shows that nothing between them was missed. The end is an empty page after a short one; a short one alone may be
// the platform's own limit.
func (s *search) run(ctx context.Context, api family) error {
	number, size, short := 1, pageSize, true
	var first ID // of the page before
	for range searchPages {
		rows, body, err := api.page(ctx, s.account, s.since, number, size)
		if err != nil {
			return err
		}
		s.ambiguous = s.ambiguous || wire.Unique(body) != nil
		if len(rows) == 0 && short {
			return nil
		}
		known, old, err := s.take(rows)
		switch {
		case err != nil:
			return err
		case number > 1 && !known:
			return &brokenSearch{"the pages of the list do not overlap"}
		case old:
			return nil
		case rows[0].id == first:
			return &brokenSearch{"the list gives the same page again"}
		}
		first = rows[0].id
		if short = len(rows) < size; short {
			number++
			continue
		}
		number, size = following((number-1)*size + len(rows))
	}
	return &brokenSearch{"the list is too long"}
}

// take looks at the rows of a page: whether one was known from before, and whether one is older than the attempt can be.
func (s *search) take(rows []topUp) (known, old bool, err error) {
	var last time.Time
	for _, t := range rows {
		at, err := t.createdAt.Time()
		readable := err == nil
		if readable && !last.IsZero() && at.After(last) {
			return known, old, &brokenSearch{"the list is not sorted as it was asked for"}
		}
		if readable {
			last = at
		}
		tooOld := readable && at.Before(s.since)
		old = old || tooOld
		if s.seen[t.id] {
			known = true
			continue
		}
		s.seen[t.id] = true
		switch {
		case t.marked(s.marker):
			s.found = append(s.found, t)
		case !tooOld && (t.account == "" || t.account == s.account) && s.mayHide(t):
			s.hint = t.id
		}
	}
	return known, old, nil
}

// mayHide reports whether a payment without our marker may be ours: edited, if it carries no marker at all, or joined with
// another, if it is larger than ours. Which comment a joined payment keeps is not documented.
func (s *search) mayHide(t topUp) bool {
	if !markers.MatchString(t.comment) {
		return true
	}
	sum, err := t.asked.Decimal()
	return err != nil || sum.GreaterThan(s.asked)
}

func (s *search) ids() []string {
	ids := make([]string, 0, len(s.found))
	for _, t := range s.found {
		ids = append(ids, string(t.id))
	}
	return ids
}

// following returns the page that contains the last of the rows [0, covered) and reaches furthest beyond them. Page p of
// size n are the rows from (p-1)*n up to p*n, so with other sizes pages overlap.
func following(covered int) (number, size int) {
	furthest := 0
	for n := pageSize; n > pageSize/2; n-- {
		if end := (covered/n + 1) * n; covered%n != 0 && end > furthest {
			furthest, number, size = end, covered/n+1, n
		}
	}
	return number, size
}
