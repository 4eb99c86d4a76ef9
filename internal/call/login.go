package call

import (
	"context"
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
)

// LoginFailed is the error of a check whose login failed with err: the provider could not be reached, or it did not accept
// the credentials, whatever words it has for that.
func LoginFailed(ctx context.Context, provider string, err error) error {
	e := &payment.Error{Provider: provider, Op: "Check", Message: "the login failed", Err: err}
	var answer *payment.Error
	account := errors.As(err, &answer) && // these say something of the account, and not that nobody is there
		(answer.Status == http.StatusConflict || answer.Status == http.StatusLocked)
	for _, kind := range []error{payment.ErrUnavailable, payment.ErrRateLimited} {
		if errors.Is(err, kind) && !account {
			e.Kind = kind
			return e
		}
	}
	switch {
	case ctx.Err() != nil:
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind = payment.ErrUnavailable
	default:
		e.Kind = payment.ErrUnauthenticated
	}
	return e
}
