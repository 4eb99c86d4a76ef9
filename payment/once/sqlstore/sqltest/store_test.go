package sqltest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment/once/storetest"
)

// age moves all rows into the past, which is the same as moving the clock forward.
func age(t testing.TB, p place, d time.Duration) {
	t.Helper()
	earlier := func(column string) string {
		if p.Driver == "pgx" {
			return fmt.Sprintf("%s = %s - interval '%d microseconds'", column, column, d.Microseconds())
		}
		return fmt.Sprintf("%s = %s - %d", column, column, d.Microseconds())
	}
	var sets []string
	for _, column := range []string{"began_at", "updated_at", "lease_end", "quiet_end", "watch_until"} {
		sets = append(sets, earlier(column))
	}
	db := p.open(t)
	for _, statement := range []string{"UPDATE supplierpay_attempts SET " + strings.Join(sets, ", "),
		"UPDATE supplierpay_events SET " + earlier("at")} {
		if _, err := db.ExecContext(context.WithoutCancel(t.Context()), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestContract(t *testing.T) {
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) {
			storetest.Run(t, func(t testing.TB) storetest.Harness {
				p := d.new(t)
				store, _ := p.store(t)
				return storetest.Harness{Store: store, Advance: func(d time.Duration) { age(t, p, d) }}
			})
		})
	}
}
