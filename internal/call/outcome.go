package call

import (
	"errors"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
)

// settle turns an answer into nil or a placed error. readErr is what reading its body ended with.
func (c *Client) settle(op *Operation, a *Answer, readErr error, decode func(*Answer) error) error {
	switch {
	case op.good(a.Status):
		if readErr != nil {
			return c.unusable(op, a, readErr)
		}
		if decode == nil {
			return nil
		}
		return c.decoded(op, a, decode(a))
	default:
		return c.refusal(op, a, readErr)
	}
}

// decoded places what decode said of an answer with a good status: nothing, an outcome of its own, or that the answer
// cannot be used.
func (c *Client) decoded(op *Operation, a *Answer, err error) error {
	if err == nil {
		return nil
	}
	var own *payment.Error
	if !errors.As(err, &own) {
		return c.unusable(op, a, err)
	}
	e := *own
	if e.Provider == "" {
		e.Provider = c.cfg.Provider
	}
	if e.Op == "" {
		e.Op = op.name()
	}
	if e.Status == 0 {
		e.Status = a.Status
	}
	if e.RequestID == "" {
		e.RequestID = a.RequestID
	}
	if op.Kind == Read || e.Outcome == payment.NotSent { // an answer has come: the request was sent
		e.Outcome = payment.Unknown
	}
	e.Code, e.Message, e.Field = c.blotText(e.Code, op), c.blotText(e.Message, op), c.blotText(e.Field, op)
	e.RequestID = c.blotText(e.RequestID, op)
	return &e
}

// unusable is a success that cannot be read: the provider may have done what was asked.
func (c *Client) unusable(op *Operation, a *Answer, cause error) error {
	return &payment.Error{
		Provider: c.cfg.Provider, Op: op.name(), Outcome: payment.Unknown, Status: a.Status,
		Message: "the answer cannot be used", RequestID: a.RequestID, Err: cause,
	}
}

// refusal places an answer that is no success. One that was not read to its end explains nothing.
func (c *Client) refusal(op *Operation, a *Answer, readErr error) error {
	e := &payment.Error{Provider: c.cfg.Provider, Op: op.name(), Status: a.Status, RequestID: a.RequestID}
	ex, explained := c.explain(a)
	if explained {
		e.Code, e.Message, e.Field = c.blotText(ex.Code, op), c.blotText(ex.Message, op), c.blotText(ex.Field, op)
		e.Err = ex.Err
		if ex.RequestID != "" {
			e.RequestID = c.blotText(ex.RequestID, op)
		}
	}
	e.Kind = kindOf(op.Kind, a.Status, ex.Kind)
	if a.Status == http.StatusUnauthorized && op.Kind == Write && !c.badCredentials(a, readErr) {
		e.Kind = ex.Kind
	}
	if readErr != nil {
		e.Err = errors.Join(e.Err, readErr)
	}
	if op.Kind == Write {
		e.Outcome = outcomeOf(a.Status, explained && readErr == nil, e.Kind)
	}
	return e
}

// badCredentials reports whether a 401 says that the credentials were not accepted: by the provider's own word for it, or by
// a body that is not the provider's, such as none or a gateway's page. One that was not read to its end says nothing.
func (c *Client) badCredentials(a *Answer, readErr error) bool {
	ex, explained := c.explain(a)
	return a.Status == http.StatusUnauthorized && readErr == nil && (!explained || errors.Is(ex.Kind, payment.ErrUnauthenticated))
}

func (c *Client) explain(a *Answer) (Explanation, bool) {
	if c.cfg.Explain == nil {
		return Explanation{}, false
	}
	return c.cfg.Explain(a)
}

// outcomeOf is the table for answers to a write that are no success. Only what the provider's own error body explains is
// a refusal, bad credentials excepted; "already done or under way" may speak of this very call, and a provider that says that it broke
// has refused nothing, whatever the status.
func outcomeOf(status int, explained bool, kind error) payment.Outcome {
	switch {
	case status == http.StatusUnauthorized && errors.Is(kind, payment.ErrUnauthenticated):
		return payment.Refused
	case status == http.StatusUnauthorized && kind == nil: // the provider's own word, of another kind and unknown
		return payment.Unknown
	case status < 400 || status > 499 || !explained || errors.Is(kind, payment.ErrAlreadyPaid), errors.Is(kind, payment.ErrUnavailable):
		return payment.Unknown
	default:
		return payment.Refused
	}
}

// kindOf chooses the sentinel: the provider's word, unless the status says more. Of a write, 409 and its like say that it is
// done or under way; of a read they say nothing about a payment.
func kindOf(kind Kind, status int, said error) error {
	switch status {
	case http.StatusUnauthorized:
		if said == nil {
			return payment.ErrUnauthenticated
		}
		return said
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusLocked, http.StatusTooEarly:
		switch {
		case kind == Write:
			return payment.ErrAlreadyPaid
		case said == nil:
			return payment.ErrUnavailable
		}
	case http.StatusTooManyRequests:
		if errors.Is(said, payment.ErrAlreadyPaid) || errors.Is(said, payment.ErrUnavailable) {
			return said
		}
		return payment.ErrRateLimited
	}
	if said != nil {
		return said
	}
	switch {
	case status == http.StatusForbidden:
		return payment.ErrForbidden
	case status == http.StatusNotFound:
		return payment.ErrOrderNotFound
	case status >= 400 && status < 500:
		return payment.ErrInvalidRequest
	case status >= 500:
		return payment.ErrUnavailable
	}
	return nil
}

// notSent is an error of a time when nothing had been sent.
func (c *Client) notSent(op *Operation, cause error) error {
	return &payment.Error{Provider: c.cfg.Provider, Op: op.name(), Outcome: payment.NotSent, Err: cause}
}

// transportError is a failed round trip.
func (c *Client) transportError(op *Operation, o payment.Outcome, f *fault) error {
	e := &payment.Error{Provider: c.cfg.Provider, Op: op.name(), Outcome: o, Err: f}
	if !f.stopped {
		e.Kind = payment.ErrUnavailable
	}
	return e
}

// notAsked is a read that got no answer.
func (c *Client) notAsked(op *Operation, f *fault) error {
	return c.transportError(op, payment.Unknown, f)
}
