// Package temporaljob pays orders from a Temporal workflow. Two rules keep a payment from being
// made twice, or lost:
//
//   - One attempt per activity. Temporal repeats an activity that failed, for ever by default. The activity that pays is not
//     repeated, and what went wrong is in its answer, not in its error: the workflow decides.
//   - Unknown becomes a reconcile. The workflow waits and asks the provider; it pays again only when that has proven that
//     nothing was taken.
//
// Where Temporal itself loses an answer (a worker dies, an activity times out) nobody knows what
// the activity has done, except for the journal of package payment/once. So the payer is one of
// that package, and the key is the workflow's id: a workflow that is reset, or a worker that comes
// back late, finds its row and does not pay twice.
package temporaljob
