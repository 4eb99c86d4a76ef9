package temporaljob

import (
	"context"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

const (
	// payTimeout is longer than the payer's longest call (see payment.Timed): a time-out stops
	// nothing, it loses the answer.
	payTimeout = 10 * time.Minute
	// firstPause doubles up to longestPause. All pauses together last about three days.
	firstPause   = time.Minute
	longestPause = time.Hour
	mostSteps    = 80
)

// PayOrder pays one order and ends when it is paid. Its error's type is the payment.Action that is
// left to others, such as "new_request" or "call_human".
func PayOrder(ctx workflow.Context, o Order) (Answer, error) {
	oneAttempt := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: payTimeout,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	repeatable := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: payTimeout,
	})
	var activities *Activities
	ans := run(oneAttempt, activities.Pay, o, payment.NextRetry)
	pause := firstPause
	for range mostSteps {
		switch ans.Next {
		case payment.NextDone:
			return ans, nil
		case payment.NextRetry, payment.NextWait, payment.NextLookup:
		default:
			return ans, temporal.NewNonRetryableApplicationError(ans.Text, string(ans.Next), nil, ans)
		}
		if err := workflow.Sleep(ctx, pause); err != nil {
			return ans, err // the workflow was cancelled: the journal keeps the payment for Reconcile
		}
		pause = min(2*pause, longestPause)
		if ans.Next == payment.NextRetry {
			ans = run(oneAttempt, activities.Pay, o, payment.NextRetry)
		} else {
			ans = run(repeatable, activities.Lookup, o, payment.NextLookup)
		}
	}
	return ans, temporal.NewNonRetryableApplicationError("The payment has not been settled for days: "+ans.Text,
		string(payment.NextCallHuman), nil, ans)
}

// run returns what the activity answered, or what to do if that is lost: after Pay it is to pay
// with the same key, for the activity may have paid, or not even have begun, and the journal knows.
// Without package once it would have to be a person.
func run(ctx workflow.Context, activity any, o Order, lost payment.Action) Answer {
	var ans Answer
	if err := workflow.ExecuteActivity(ctx, activity, o).Get(ctx, &ans); err != nil {
		return Answer{Next: lost, Text: "The activity's answer is lost.", Problem: err.Error()}
	}
	return ans
}

// Register tells a worker how to pay.
func Register(r worker.Registry, payer *once.Payer) {
	r.RegisterWorkflow(PayOrder)
	r.RegisterActivity(&Activities{Payer: payer})
}

// Start starts the workflow of an order. A second start of the same key is an error.
func Start(ctx context.Context, c client.Client, taskQueue string, o Order) (client.WorkflowRun, error) {
	return c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                                       o.Key,
		TaskQueue:                                taskQueue,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}, PayOrder, o)
}
