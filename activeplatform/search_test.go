package activeplatform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestFollowing: the next page contains the last row that was covered and reaches well beyond it.
func TestFollowing(t *testing.T) {
	for covered := pageSize; covered < 20_000; covered++ {
		number, size := following(covered)
		from, to := (number-1)*size, number*size
		if from >= covered || to < covered+pageSize/4 || size < 1 || size > pageSize {
			t.Fatalf("after %d rows page %d of %d: rows %d to %d", covered, number, size, from, to)
		}
	}
}

// memory is a list in memory, the newest first, that changes between two pages.
type memory struct {
	rows   []topUp
	limit  int // rows per page at most
	pages  int
	added  int
	same   bool            // the number of the page is ignored
	change func(m *memory) // after each page
}

// arrive adds n rows at the front.
func (m *memory) arrive(n int) {
	at := time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC).Format(time.RFC3339)
	for range n {
		m.added++
		row := topUp{id: ID(fmt.Sprint(2_000_000 + m.added)), account: "1", comment: markerOf(fmt.Sprint("new ", m.added)), createdAt: Timestamp(at)}
		m.rows = append([]topUp{row}, m.rows...)
	}
}

func (m *memory) page(_ context.Context, _ ID, _ time.Time, number, size int) ([]topUp, []byte, error) {
	size = min(size, m.limit)
	if m.same {
		number = 1
	}
	from, to := min((number-1)*size, len(m.rows)), min(number*size, len(m.rows))
	got := append([]topUp(nil), m.rows[from:to]...)
	m.pages++
	if m.change != nil {
		m.change(m)
	}
	return got, []byte("[]"), nil
}

func (m *memory) create(context.Context, payment.Attempt, string, Details) (topUp, *call.Answer, error) {
	panic("a search creates nothing")
}

func (m *memory) get(context.Context, ID) (topUp, error) { panic("a search reads pages only") }

// rowsAt makes n rows, a second apart, that all carry other markers.
func rowsAt(n int) []topUp {
	rows := make([]topUp, n)
	for i := range rows {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Second)
		rows[i] = topUp{id: ID(fmt.Sprint(1_000_000 - i)), account: "1", comment: markerOf(fmt.Sprint(i)), createdAt: Timestamp(at.Format(time.RFC3339))}
	}
	return rows
}

// TestSearch goes through lists that stand still and lists that move. A search that ends without an error has seen every row
// that stayed in the list.
func TestSearch(t *testing.T) {
	const ours = 120 // where our row is
	for name, tt := range map[string]struct {
		n      int
		limit  int
		same   bool
		oldest bool // first
		change func(m *memory)
		broken string
		pages  int // 0: not looked at
	}{
		"stands still":       {n: 400, pages: 11},
		"one page and a bit": {n: ours + 1, pages: 4},
		"one row arrives":    {n: 400, change: func(m *memory) { m.arrive(1) }},
		"thirty rows arrive": {n: 400, change: func(m *memory) { m.arrive(30) }},
		"two rows vanish":    {n: 400, change: func(m *memory) { m.rows = m.rows[2:] }, broken: "the pages of the list do not overlap"},
		"all rows vanish":    {n: 400, change: func(m *memory) { m.rows = nil }, broken: "the pages of the list do not overlap"},
		"smaller pages":      {n: 400, limit: 20, broken: "the pages of the list do not overlap"},
		"the same page":      {n: 400, same: true, broken: "the list gives the same page again"},
		"the same rows":      {n: 40, same: true, broken: "the list gives the same page again"},
		"oldest first":       {n: 400, oldest: true, broken: "the list is not sorted as it was asked for"},
		"longer than allows": {n: 20_000, broken: "the list is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			m := &memory{rows: rowsAt(tt.n), limit: cmp.Or(tt.limit, 1000), same: tt.same, change: tt.change}
			marker := markerOf("k1")
			want := ID("")
			if len(m.rows) > ours {
				m.rows[ours].comment = marker + " Cash"
				want = m.rows[ours].id
			}
			if tt.oldest {
				slices.Reverse(m.rows)
			}
			s := &search{account: "1", marker: marker, seen: map[ID]bool{}}
			err := s.run(t.Context(), m)
			var broken *brokenSearch
			if tt.broken != "" {
				if !errors.As(err, &broken) || broken.why != tt.broken {
					t.Errorf("%v after %d pages, want %q", err, m.pages, tt.broken)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff([]string{string(want)}, s.ids()); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			for _, r := range rowsAt(tt.n) {
				if !s.seen[r.id] {
					t.Fatalf("row %s was missed", r.id)
				}
			}
			if tt.pages != 0 && m.pages != tt.pages {
				t.Errorf("%d pages, want %d", m.pages, tt.pages)
			}
		})
	}
}
