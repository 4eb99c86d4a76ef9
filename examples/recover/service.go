package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

const orderID = "ord_summer"

// service is one process of the service.
type service struct{ file, url, token string }

// open makes the payer that the service pays with. Whoever calls it closes the database.
func (s service) open(ctx context.Context) (*once.Payer, *sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+s.file)
	if err != nil {
		return nil, nil, err
	}
	payer, err := s.payer(ctx, db)
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	return payer, db, nil
}

func (s service) payer(ctx context.Context, db *sql.DB) (*once.Payer, error) {
	store, err := sqlstore.NewSQLite(db)
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	client, err := duffel.New(s.token, duffel.WithBaseURL(s.url))
	if err != nil {
		return nil, err
	}
	return once.New(client, store, once.Name("duffel-example"))
}

func request() (payment.Request, error) {
	amount, err := payment.ParseMoney("30.20", "GBP")
	return payment.Request{Key: "booking-4711", OrderID: orderID, Amount: amount}, err
}

// pay is the whole of what a service does: everything else is done by the journal.
func (s service) pay(ctx context.Context, out io.Writer) error {
	payer, db, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	req, err := request()
	if err != nil {
		return err
	}
	p, err := payer.Pay(ctx, req)
	answer(out, p, err)
	return nil
}

func (s service) restart(ctx context.Context, out io.Writer) error {
	payer, db, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	req, err := request()
	if err != nil {
		return err
	}
	for row, err := range payer.Unresolved(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "   journal   key %s is %s, its lease has %v left\n", row.Attempt.Key, row.State, row.LeaseEnd.Sub(row.Now).Round(1e9))
	}
	fmt.Fprintln(out, "\n3. The customer presses pay again at once.")
	p, err := payer.Pay(ctx, req)
	answer(out, p, err)

	fmt.Fprintln(out, "\n4. The lease runs out (here: all times of the journal are moved back by an hour). Reconcile asks the provider.")
	if _, err := db.ExecContext(ctx, `UPDATE supplierpay_attempts SET began_at = began_at - 3600000000,
		lease_end = lease_end - 3600000000, quiet_end = quiet_end - 3600000000`); err != nil {
		return err
	}
	report, err := payer.Reconcile(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "   settled   %d, left %d\n", report.Settled, len(report.Left))

	fmt.Fprintln(out, "\n5. The customer presses pay once more.")
	p, err = payer.Pay(ctx, req)
	answer(out, p, err)
	return nil
}

func answer(out io.Writer, p payment.Payment, err error) {
	if p.Status != "" {
		fmt.Fprintf(out, "   payment   %s, %s\n", p.Amount, p.Status)
	}
	if err != nil {
		fmt.Fprintf(out, "   error     %v\n   outcome   %v\n", err, payment.OutcomeOf(err))
	}
	fmt.Fprintf(out, "   next      %s\n", payment.Next(p, err))
}
