package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// The benchmarks show what the journal costs: payments at a provider that answers at once, alone, with a journal in
// memory, and with the journal on each database, beside the same database doing nothing but one durable insert and one
// durable update.
//
//	go test -run '^$' -bench . -cpu 1,16 .

// payAll runs one payment per iteration in as many goroutines as -cpu says.
func payAll(b *testing.B, payer payment.Payer) {
	b.Helper()
	amount := money(b, "30.20", "GBP")
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := fmt.Sprint("booking-", next.Add(1))
			p, err := payer.Pay(context.Background(), payment.Request{Key: key, OrderID: "ord_" + key, Amount: amount})
			if err != nil || !p.Paid() {
				b.Errorf("%+v, %v", p, err)
				return
			}
		}
	})
}

func BenchmarkNoJournal(b *testing.B) { payAll(b, &fakePayer{pay: succeed, look: found}) }

func BenchmarkMemory(b *testing.B) {
	payAll(b, journaled(b, &fakePayer{pay: succeed, look: found}, once.NewMemory()))
}

func BenchmarkJournal(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			store, db := d.new(b).store(b)
			db.SetMaxIdleConns(32)
			payAll(b, journaled(b, &fakePayer{pay: succeed, look: found}, store))
		})
	}
}

func BenchmarkMark(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			store, db := d.new(b).store(b)
			db.SetMaxIdleConns(32)
			payAll(b, journaled(b, &fakePayer{look: found, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
				if err := payment.RecordMark(ctx, payment.Mark{Step: "commit"}); err != nil {
					return payment.Payment{}, err
				}
				return succeed(ctx, req)
			}}, store))
		})
	}
}

// BenchmarkBare is the least that a durable journal can do: one insert and one update by primary key.
func BenchmarkBare(b *testing.B) {
	for _, d := range databases {
		b.Run(d.name, func(b *testing.B) {
			p := d.new(b)
			db := p.open(b)
			db.SetMaxIdleConns(32)
			insert, update := "INSERT INTO bare VALUES ($1, 'started')", "UPDATE bare SET state = 'paid' WHERE key = $1"
			if p.Driver == "sqlite" {
				insert, update = "INSERT INTO bare VALUES (?1, 'started')", "UPDATE bare SET state = 'paid' WHERE key = ?1"
				db.SetMaxOpenConns(1)
				execute(b, db, "PRAGMA journal_mode = WAL")
			}
			execute(b, db, "CREATE TABLE bare (key TEXT PRIMARY KEY, state TEXT)")
			var next atomic.Int64
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					key := fmt.Sprint("booking-", next.Add(1))
					execute(b, db, insert, key)
					execute(b, db, update, key)
				}
			})
		})
	}
}

func execute(b *testing.B, db *sql.DB, statement string, args ...any) {
	if _, err := db.ExecContext(context.Background(), statement, args...); err != nil {
		b.Error(err)
	}
}
