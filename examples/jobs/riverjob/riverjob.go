// Package riverjob pays orders from River jobs. Two rules keep a payment from being made twice, or
// lost:
//
//   - One attempt per try of the job, through package payment/once. River tries a job again after a crash, a panic or a
//     time-out; the journal then answers, or asks the provider, and pays only what is proven not to have been taken.
//   - Unknown becomes a reconcile: the job is snoozed. When it wakes up, Pay finds the unknown row and asks the provider.
//
// An error of a payment is never returned to River as a plain error: what it means is in
// payment.Next.
package riverjob

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// PayArgs are the job of one payment. They stand in the database, so nothing in them is secret.
type PayArgs struct {
	Key     string        `json:"key" river:"unique"`
	OrderID string        `json:"order_id"`
	Amount  payment.Money `json:"amount"`
}

// Kind implements river.JobArgs.
func (PayArgs) Kind() string { return "pay_order" }

// InsertOpts makes a second job of a key the first one.
func (PayArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

const (
	// pause is between two questions to the provider.
	pause = 2 * time.Minute
	// patience is for how long a job asks. After that the payment is still in the journal, and a
	// person's to settle.
	patience = 3 * 24 * time.Hour
)

// PayWorker pays.
type PayWorker struct {
	river.WorkerDefaults[PayArgs]
	Payer *once.Payer
}

// Timeout is longer than the payer's longest call (see payment.Timed): a time-out stops nothing, it
// loses the answer.
func (w *PayWorker) Timeout(*river.Job[PayArgs]) time.Duration { return 10 * time.Minute }

// Work pays the order, or learns what became of its payment.
func (w *PayWorker) Work(ctx context.Context, job *river.Job[PayArgs]) error {
	p, err := w.Payer.Pay(ctx, payment.Request{Key: job.Args.Key, OrderID: job.Args.OrderID, Amount: job.Args.Amount})
	switch next := payment.Next(p, err); next.Action {
	case payment.NextDone:
		return nil
	case payment.NextRetry, payment.NextWait, payment.NextLookup:
		if time.Since(job.CreatedAt) > patience {
			return river.JobCancel(errors.Join(errors.New("the payment has not been settled for days"), err))
		}
		return river.JobSnooze(pause)
	default: // a new request, a customer or a person is needed
		return river.JobCancel(errors.Join(errors.New(next.Text), err))
	}
}

// ReconcileArgs are the job that settles what no job asks about any more. Make it a periodic job.
type ReconcileArgs struct{}

// Kind implements river.JobArgs.
func (ReconcileArgs) Kind() string { return "reconcile_payments" }

// ReconcileWorker walks over the unresolved payments. It pays nothing.
type ReconcileWorker struct {
	river.WorkerDefaults[ReconcileArgs]
	Payer *once.Payer
}

// Timeout lets a walk over many payments come to its end.
func (w *ReconcileWorker) Timeout(*river.Job[ReconcileArgs]) time.Duration { return time.Hour }

// Work asks the provider about each unresolved payment once. Its error makes River walk again.
func (w *ReconcileWorker) Work(ctx context.Context, _ *river.Job[ReconcileArgs]) error {
	if _, err := w.Payer.Reconcile(ctx); err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	return nil
}

// Workers are what a River client works.
func Workers(payer *once.Payer) *river.Workers {
	workers := river.NewWorkers()
	river.AddWorker(workers, &PayWorker{Payer: payer})
	river.AddWorker(workers, &ReconcileWorker{Payer: payer})
	return workers
}

// Periodic is the reconciliation, for the PeriodicJobs of a River client's configuration.
func Periodic() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(pause), func() (river.JobArgs, *river.InsertOpts) {
		return ReconcileArgs{}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
