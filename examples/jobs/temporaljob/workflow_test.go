package temporaljob

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// start returns a simulated Duffel with an order, and a payer for it.
func start(t *testing.T) (*duffeltest.Server, *once.Payer, Order) {
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
	return srv, payer, Order{Key: "booking-1", OrderID: srv.AddOrder(duffeltest.Order{Price: price}), Amount: price}
}

// environment is one of Temporal's for tests, which by itself takes a busy machine for a deadlock.
func environment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	return suite.NewTestWorkflowEnvironment().
		SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}).
		SetTestTimeout(time.Minute)
}

// wantTaken compares the provider's ledger and the payment requests that reached it.
func wantTaken(t *testing.T, srv *duffeltest.Server, o Order, taken, requests int) {
	t.Helper()
	if got := len(srv.Taken(o.OrderID)); got != taken {
		t.Errorf("the order was paid %d times, want %d", got, taken)
	}
	if got := srv.Count(duffeltest.CreatePayment); got != requests {
		t.Errorf("%d payment requests, want %d", got, requests)
	}
}

func TestPayOrder(t *testing.T) {
	for _, tc := range []struct {
		name            string
		fault           *duffeltest.Fault
		activities      []string
		taken, requests int
		left            payment.Action // "" when the order is paid
	}{
		{name: "paid", activities: []string{"Pay"}, taken: 1, requests: 1},
		{
			name:       "the answer is lost after the money was taken",
			fault:      &duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeAnswer},
			activities: []string{"Pay", "Lookup"}, taken: 1, requests: 1,
		},
		{
			name:       "a 500 that took the money",
			fault:      &duffeltest.Fault{Route: duffeltest.CreatePayment, Code: "internal_server_error"},
			activities: []string{"Pay", "Lookup"}, taken: 1, requests: 1,
		},
		{
			name:       "turned away for the rate: paid by the second attempt",
			fault:      &duffeltest.Fault{Route: duffeltest.CreatePayment, Code: "rate_limit_exceeded", NoAction: true},
			activities: []string{"Pay", "Pay"}, taken: 1, requests: 2,
		},
		{
			name:       "the price has changed",
			fault:      &duffeltest.Fault{Route: duffeltest.CreatePayment, Code: "price_changed", NoAction: true},
			activities: []string{"Pay"}, requests: 1, left: payment.NextNewRequest,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv, payer, order := start(t)
			if tc.fault != nil {
				srv.Fail(*tc.fault)
			}
			env := environment()
			Register(env, payer)
			var ran []string
			env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
				ran = append(ran, info.ActivityType.Name)
			})
			env.ExecuteWorkflow(PayOrder, order)

			wantEnd(t, env, tc.left)
			if diff := cmp.Diff(tc.activities, ran); diff != "" {
				t.Errorf("activities (-want +got):\n%s", diff)
			}
			wantTaken(t, srv, order, tc.taken, tc.requests)
		})
	}
}

// wantEnd wants the order paid, or the workflow ended with what is left to others.
func wantEnd(t *testing.T, env *testsuite.TestWorkflowEnvironment, left payment.Action) {
	t.Helper()
	if !env.IsWorkflowCompleted() {
		t.Fatal("the workflow has not ended")
	}
	err := env.GetWorkflowError()
	if left != "" {
		var e *temporal.ApplicationError
		if !errors.As(err, &e) || e.Type() != string(left) || !e.NonRetryable() {
			t.Errorf("error %v, want a non-retryable one of type %q", err, left)
		}
		return
	}
	var ans Answer
	if err == nil {
		err = env.GetWorkflowResult(&ans)
	}
	if err != nil {
		t.Fatal(err)
	}
	if ans.Next != payment.NextDone {
		t.Errorf("answer %+v, want it done", ans)
	}
}

// TestWorkerDies loses the activity's answer in Temporal, before and after the payment.
func TestWorkerDies(t *testing.T) {
	for _, tc := range []struct {
		name      string
		paysFirst bool
	}{{"before it paid", false}, {"after it paid", true}} {
		t.Run(tc.name, func(t *testing.T) {
			srv, payer, order := start(t)
			activities := &Activities{Payer: payer}
			var tries []int32
			dies := func(ctx context.Context, o Order) (Answer, error) {
				tries = append(tries, activity.GetInfo(ctx).Attempt)
				if len(tries) > 1 {
					return activities.Pay(ctx, o)
				}
				if tc.paysFirst {
					if _, err := activities.Pay(ctx, o); err != nil {
						return Answer{}, err
					}
				}
				return Answer{}, errors.New("the worker died")
			}
			env := environment()
			env.RegisterWorkflow(PayOrder)
			env.RegisterActivityWithOptions(dies, activity.RegisterOptions{Name: "Pay"})
			env.ExecuteWorkflow(PayOrder, order)

			wantEnd(t, env, "")
			if diff := cmp.Diff([]int32{1, 1}, tries); diff != "" {
				t.Errorf("Temporal's own attempts of each activity (-want +got):\n%s", diff)
			}
			wantTaken(t, srv, order, 1, 1)
		})
	}
}

// TestNobodyKnows keeps the payment's end from showing: the workflow must give up asking, and must
// not pay again.
func TestNobodyKnows(t *testing.T) {
	srv, payer, order := start(t)
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreatePayment, Cut: duffeltest.BeforeActing})
	env := environment()
	Register(env, payer)
	env.ExecuteWorkflow(PayOrder, order)

	wantEnd(t, env, payment.NextCallHuman)
	wantTaken(t, srv, order, 0, 1)
}
