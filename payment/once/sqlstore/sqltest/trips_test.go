package sqltest

import (
	"context"
	"database/sql"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// trips counts round trips: how often something is sent after something was received.
type trips struct {
	mu      sync.Mutex
	waiting bool
	count   int
}

func (c *trips) sent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.waiting {
		c.waiting = true
		c.count++
	}
}

func (c *trips) received() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
}

func (c *trips) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.count
	c.count = 0
	return n
}

type countedConn struct {
	net.Conn
	trips *trips
}

func (c countedConn) Write(b []byte) (int, error) {
	c.trips.sent()
	return c.Conn.Write(b)
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.trips.received()
	}
	return n, err
}

// counted opens a PostgreSQL database whose round trips are counted.
func counted(t testing.TB, p place) (*sql.DB, *trips) {
	t.Helper()
	config, err := pgx.ParseConfig(p.DSN)
	if err != nil {
		t.Fatal(err)
	}
	count := &trips{}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return countedConn{conn, count}, err
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db, count
}

// TestRoundTrips: two for a payment, one more for every mark.
func TestRoundTrips(t *testing.T) {
	p := newPostgres(t)
	p.store(t)
	db, count := counted(t, p)
	store, err := sqlstore.NewPostgres(db)
	if err != nil {
		t.Fatal(err)
	}
	marks := 0
	payer := journaled(t, &fakePayer{look: found, pay: func(ctx context.Context, req payment.Request) (payment.Payment, error) {
		for range marks {
			if err := payment.RecordMark(ctx, payment.Mark{Step: "commit"}); err != nil {
				return payment.Payment{}, err
			}
		}
		return succeed(ctx, req)
	}}, store)
	pay := func(key string) {
		t.Helper()
		if got, err := payer.Pay(t.Context(), request(t, key, "order of "+key)); err != nil || !got.Paid() {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	pay("first") // and again, so that all statements are prepared
	pay("first")
	count.take()
	pay("second")
	if n := count.take(); n != 2 {
		t.Errorf("a payment took %d round trips, want 2", n)
	}
	marks = 1
	pay("third")
	if n := count.take(); n != 3 {
		t.Errorf("a payment with a mark took %d round trips, want 3", n)
	}
	pay("third")
	if n := count.take(); n != 2 {
		t.Errorf("the answer of a paid key took %d round trips, want 2", n)
	}
	if _, err := store.Unresolved(t.Context(), "test", once.Position{}, 100); err != nil {
		t.Fatal(err)
	}
}
