package riverjob

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// start returns a simulated Duffel with an order, a payer for it, and the order's job as River
// reads it from its table.
func start(t *testing.T) (*duffeltest.Server, *once.Payer, *river.Job[PayArgs]) {
	t.Helper()
	srv := duffeltest.NewServer()
	t.Cleanup(srv.Close)
	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	payer, err := once.New(client, once.NewMemory(), once.Name("test"))
	if err != nil {
		t.Fatal(err)
	}
	price, err := payment.ParseMoney("30.20", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	args := PayArgs{Key: "booking-1", OrderID: srv.AddOrder(duffeltest.Order{Price: price}), Amount: price}
	encoded, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	job := &river.Job[PayArgs]{JobRow: &rivertype.JobRow{CreatedAt: time.Now(), EncodedArgs: encoded}}
	if err := json.Unmarshal(encoded, &job.Args); err != nil {
		t.Fatal(err)
	}
	return srv, payer, job
}

// verdict is what River makes of the error of Work.
func verdict(err error) string {
	var snooze *rivertype.JobSnoozeError
	var cancel *rivertype.JobCancelError
	switch {
	case err == nil:
		return "completed"
	case errors.As(err, &snooze) && snooze.Duration > 0:
		return "snoozed"
	case errors.As(err, &cancel):
		return "cancelled"
	default:
		return "retried: " + err.Error()
	}
}

func TestPayWorker(t *testing.T) {
	for _, tc := range []struct {
		name            string
		fault           *duffeltest.Fault
		verdicts        []string // of one try after the other
		taken, requests int
	}{
		{name: "paid, and tried again after that", verdicts: []string{"completed", "completed"}, taken: 1, requests: 1},
		{
			name:     "the answer is lost after the money was taken",
			fault:    &duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer},
			verdicts: []string{"snoozed", "completed"}, taken: 1, requests: 1,
		},
		{
			name:     "the request is lost, which nobody can know",
			fault:    &duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeActing},
			verdicts: []string{"snoozed", "snoozed", "snoozed"}, requests: 1,
		},
		{
			name:     "turned away for the rate",
			fault:    &duffeltest.Fault{Route: duffeltest.CreatePayment, Code: "rate_limit_exceeded", NoAction: true},
			verdicts: []string{"snoozed", "completed"}, taken: 1, requests: 2,
		},
		{
			name:     "the price has changed",
			fault:    &duffeltest.Fault{Route: duffeltest.CreatePayment, Code: "price_changed", NoAction: true},
			verdicts: []string{"cancelled", "cancelled"}, requests: 1,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv, payer, job := start(t)
			if tc.fault != nil {
				srv.Fail(*tc.fault)
			}
			worker := &PayWorker{Payer: payer}
			var got []string
			for range tc.verdicts {
				got = append(got, verdict(worker.Work(t.Context(), job)))
			}
			if diff := cmp.Diff(tc.verdicts, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			if n := len(srv.Taken(job.Args.OrderID)); n != tc.taken {
				t.Errorf("the order was paid %d times, want %d", n, tc.taken)
			}
			if n := srv.Count(duffeltest.CreatePayment); n != tc.requests {
				t.Errorf("%d payment requests, want %d", n, tc.requests)
			}
		})
	}
}

// TestPatience ends a job that has asked for days; the journal keeps the payment.
func TestPatience(t *testing.T) {
	srv, payer, job := start(t)
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeActing})
	job.CreatedAt = time.Now().Add(-patience - time.Hour)
	err := (&PayWorker{Payer: payer}).Work(t.Context(), job)
	if verdict(err) != "cancelled" || payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("%s, outcome %v, want cancelled, unknown", verdict(err), payment.OutcomeOf(err))
	}
	rows, err := payer.Get(t.Context(), job.Args.Key)
	if err != nil || len(rows) != 1 || rows[0].State != once.Unknown {
		t.Errorf("rows %v, error %v, want one that is unknown", rows, err)
	}
}

// TestReconcileWorker settles a payment whose job is gone.
func TestReconcileWorker(t *testing.T) {
	srv, payer, job := start(t)
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer})
	if got := verdict((&PayWorker{Payer: payer}).Work(t.Context(), job)); got != "snoozed" {
		t.Fatal(got)
	}
	if err := (&ReconcileWorker{Payer: payer}).Work(t.Context(), &river.Job[ReconcileArgs]{}); err != nil {
		t.Fatal(err)
	}
	rows, err := payer.Get(t.Context(), job.Args.Key)
	if err != nil || len(rows) != 1 || rows[0].State != once.Paid {
		t.Errorf("rows %v, error %v, want one that is paid", rows, err)
	}
}

// TestWorkers finds that both kinds of job have a worker already.
func TestWorkers(t *testing.T) {
	_, payer, _ := start(t)
	workers := Workers(payer)
	if river.AddWorkerSafely(workers, &PayWorker{}) == nil || river.AddWorkerSafely(workers, &ReconcileWorker{}) == nil {
		t.Error("a kind of job has no worker")
	}
}
