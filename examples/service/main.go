// Command service is a small backend that pays orders once:
//
//	go run .                                           # a simulated Duffel, the journal in payments.db
//	DUFFEL_TOKEN=... go run . -dsn postgres://...      # the real one, the journal in PostgreSQL
//
//	curl -d '{"key":"booking-1","order_id":"ord_1","amount":"30.20","currency":"GBP"}' localhost:8080/payments
//	curl localhost:8080/payments/booking-1
//	curl -d '{"decision":"not_taken","by":"ann","note":"Duffel ticket 4711"}' localhost:8080/payments/booking-1/resolve
//	curl localhost:8080/healthz
//
// Run as many replicas as you like on one PostgreSQL. It has no authentication: it listens on
// loopback, and what you put in front of it must decide who may pay and who may resolve.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stderr, os.Args[1:], os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		stop()
		os.Exit(1)
	}
}

// longestStop is how long a payment under way may keep the service from stopping. Killed earlier,
// it is settled by Reconcile: that loses time and no money.
const longestStop = 3 * time.Minute

func run(ctx context.Context, out io.Writer, args []string, env func(string) string) error {
	fs := flag.NewFlagSet("service", flag.ContinueOnError)
	fs.SetOutput(out)
	addr := fs.String("addr", "127.0.0.1:8080", "where to listen")
	dsn := fs.String("dsn", "payments.db", "the journal: a SQLite file, or postgres://...")
	every := fs.Duration("reconcile", time.Minute, "pause between two walks over the unresolved payments")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if *every <= 0 {
		return errors.New("-reconcile wants a positive duration")
	}
	log := slog.New(slog.NewTextHandler(out, nil))

	db, store, err := openStore(ctx, *dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // last, when all payments have returned
	client, name, done, err := provider(env("DUFFEL_TOKEN"), log)
	if err != nil {
		return err
	}
	defer done()
	payer, err := once.New(client, store, once.Name(name), once.WithAudit(func(_ context.Context, e once.Event) {
		log.Info("journal", "key", e.Key, "attempt", e.N, "from", e.From, "to", e.To, "why", e.Why, "by", e.By)
	}))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	log.Info("listening", "address", listener.Addr().String(), "journal", name)
	return serve(ctx, listener, &service{payer: payer, store: store, log: log}, *every)
}

// openStore opens the journal and brings its tables up to date.
func openStore(ctx context.Context, dsn string) (*sql.DB, *sqlstore.Store, error) {
	driver, newStore := "sqlite", sqlstore.NewSQLite
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") || strings.Contains(dsn, "host=") {
		driver, newStore = "pgx", sqlstore.NewPostgres
	} else {
		dsn = "file:" + dsn
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxIdleConns(16) // the default of 2 makes a busy service connect all the time
	store, err := newStore(db)
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	return db, store, nil
}

// provider returns the client for the token, or for a simulator with a few orders when there is
// none. The name keeps the rows of the one apart from those of the other.
func provider(token string, log *slog.Logger) (client *duffel.Client, name string, done func(), err error) {
	if token != "" {
		client, err = duffel.New(token, duffel.WithVerifyOrder(), duffel.WithLogger(log))
		return client, journalName(token), func() { client.CloseIdleConnections() }, err
	}
	srv := duffeltest.NewServer()
	for _, id := range []string{"ord_1", "ord_2", "ord_3"} {
		srv.AddOrder(duffeltest.Order{ID: id})
	}
	log.Info("no DUFFEL_TOKEN: paying at a simulator", "orders", "ord_1 ord_2 ord_3", "price", "30.20 GBP")
	client, err = duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithLogger(log))
	if err != nil {
		srv.Close()
		return nil, "", nil, err
	}
	return client, "duffel-simulated", func() { client.CloseIdleConnections(); srv.Close() }, nil
}

// journalName keeps what was paid in Duffel's test mode apart from what was paid for real.
func journalName(token string) string {
	if strings.HasPrefix(token, "duffel_test_") {
		return "duffel-test"
	}
	return "duffel-live"
}

// serve serves until ctx ends, and returns when every payment has.
func serve(ctx context.Context, l net.Listener, s *service, every time.Duration) error {
	srv := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var walks sync.WaitGroup
	walks.Go(func() { s.reconcile(background, every) })

	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info("stopping")
		patience, done := context.WithTimeout(context.WithoutCancel(ctx), longestStop)
		defer done()
		err = srv.Shutdown(patience)
		<-failed
	}
	cancel()
	walks.Wait()
	return err
}

// reconcile settles what crashes and silent providers have left, in every replica at once.
func (s *service) reconcile(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		report, err := s.payer.Reconcile(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Error("reconcile", "error", err)
		}
		for _, left := range report.Left {
			s.log.Warn("unresolved", "key", left.Key, "attempt", left.N, "state", left.State, "error", left.Err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
