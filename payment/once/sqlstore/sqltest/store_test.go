package sqltest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once/storetest"
)

// age moves all rows into the past, which is the same as moving the clock forward.
func age(t testing.TB, p place, d time.Duration) {
	t.Helper()
	earlier := func(column string) string {
		if p.postgres() {
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
	ageMarks(t, db, d)
}

// ageMarks moves the times of marks, which stand in the text of the attempt.
func ageMarks(t testing.TB, db *sql.DB, d time.Duration) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	rows, err := db.QueryContext(ctx, "SELECT DISTINCT attempt FROM supplierpay_attempts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	moved := map[string]string{}
	for rows.Next() {
		var text string
		var a payment.Attempt
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &a); err != nil || len(a.Marks) == 0 {
			continue // damaged, or nothing to move
		}
		for i := range a.Marks {
			if !a.Marks[i].At.IsZero() {
				a.Marks[i].At = a.Marks[i].At.Add(-d)
			}
		}
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		moved[text] = string(b)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	for text, later := range moved {
		if _, err := db.ExecContext(ctx, "UPDATE supplierpay_attempts SET attempt = $1 WHERE attempt = $2", later, text); err != nil {
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
