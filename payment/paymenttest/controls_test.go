package paymenttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/paymenttest"
)

// flaw is what is wrong with a payer.
type flaw int

const (
	retriesOn500 flaw = iota + 1
	retriesOnReset
	callsTimeoutRefused
	callsNotSentWithoutProof
	dropsAnswerAfterCancel
	takesUnknownStatusForSuccess
	callsAlreadyPaidRefused
	followsRedirects
	roundsMoney
	leaksToken
	mixesTokens
	saysNoPaymentTooEarly

	findsNothing
	takesAnotherOrdersAnswer
	readsWithoutBound
	leavesBodiesOpen
	leavesGoroutines
	ignoresTheGate
	ignoresTheLastGate
	ignoresTheLastMark
	saysUnknownToEverything
	paysInLookup
	sendsAnInvalidRequest
	keepsDeadCredentials
	findsAnotherOrder
	findsTheAmountAsked

	soundSteps // no flaw: two steps
	declinesBrokenSteps
	losesForbiddenSteps

	sound // no flaw, and the first of those that say everything of themselves
	tellsTokenAsInstallation
	hasOneInstallationForAll
	hasEmptyInstallation
	changesInstallation
	hasAbsurdTimes
	understatesItsCalls
	changesItsTimes
	announcesAnotherMark
	wrapsAnotherMark
	recordsNoMark
	digestsWhatItLearned
	digestsItsConfiguration
	preparesAnAnswer
	namesPaymentsAnew
	forgetsLostAnswers
	forgetsAnswersOfALostRow
	trustsMissingMarks
	remembersLookups
)

// TestControls runs broken payers. Each must be caught by the case that is meant for it.
func TestControls(t *testing.T) {
	for name, c := range map[string]struct {
		flaw flaw
		in   string // the case, or the beginning of its name
		says string // part of what it finds
	}{
		"retries on 500":                     {retriesOn500, "fault/taken, answered 500 by a gateway", "arrived 2 times"},
		"retries on reset":                   {retriesOnReset, "fault/taken, reset without an answer", "arrived 2 times"},
		"calls a time-out refused":           {callsTimeoutRefused, "fault/late, the caller's deadline passed", "refused]"},
		"calls NotSent without proof":        {callsNotSentWithoutProof, "fault/taken, closed without an answer", "not sent]"},
		"drops a 2xx after cancel":           {dropsAnswerAfterCancel, "fault/the caller cancelled in the middle of the answer", "whole answer arrived"},
		"unknown status as success":          {takesUnknownStatusForSuccess, "answer/new status word", "nobody has documented"},
		"already paid as plain refused":      {callsAlreadyPaidRefused, "fault/request repeated on the way", "refused"},
		"already paid as refused, by key":    {callsAlreadyPaidRefused, "payment/again with another key", "refused"},
		"follows a redirect":                 {followsRedirects, "fault/taken, redirected with 303 to another server", "elsewhere.invalid"},
		"rounds money":                       {roundsMoney, "request/with an amount too fine", "accepted the request"},
		"leaks the token":                    {leaksToken, "answer/quotes the credentials", "a secret is quoted"},
		"mixes two callers' tokens":          {mixesTokens, "payment/two accounts at once", "secret of another account"},
		"ErrNoPayment too early":             {saysNoPaymentTooEarly, "fault/late, the connection was closed", "while the payment was under way said"},
		"ErrNoPayment while reads lag":       {saysNoPaymentTooEarly, "fault/taken, closed without an answer", "whose reads lag said"},
		"finds nothing":                      {findsNothing, "fault/taken, cut in the body", "the ledger has the money"},
		"takes another order's answer":       {takesAnotherOrdersAnswer, "answer/of another order", "nothing was taken"},
		"finds another order's payment":      {findsAnotherOrder, "lookup/told of another order", "nothing was taken"},
		"finds the amount asked for":         {findsTheAmountAsked, "lookup/for another amount", "said that this was paid, and [1.25 EUR] was taken"},
		"reads without bound":                {readsWithoutBound, "fault/taken, answer without end", "without end were read"},
		"leaves bodies open":                 {leavesBodiesOpen, "connection/left open after faults", "connections are open"},
		"leaves goroutines":                  {leavesGoroutines, "payment/plain", "left behind"},
		"ignores the gate":                   {ignoresTheGate, "journal/gate", "without asking the gate"},
		"ignores the gate at the first byte": {ignoresTheLastGate, "journal/gate", "the gate forbade question 2"},
		"ignores a mark that failed":         {ignoresTheLastMark, "journal/mark", "the mark forbade question 2"},
		"says unknown to everything":         {saysUnknownToEverything, "fault/connection refused", "want an error that is NotSent"},
		"says unknown to documented words":   {saysUnknownToEverything, "refusal/another price", "want a refusal"},
		"pays in Lookup":                     {paysInLookup, "payment/plain", "which moves money"},
		"sends what Prepare should refuse":   {sendsAnInvalidRequest, "request/with the details of another provider", "accepted the request"},
		"keeps credentials that have ended":  {keepsDeadCredentials, "credentials/expired in mid-flight", "after 401 to request 1"},
		"cannot tell a context that ended":   {saysUnknownToEverything, "context/ended before", "want an error that is NotSent"},
		"loses an answer in a TLS handshake": {saysUnknownToEverything, "fault/closed in the handshake", "want an error that is NotSent"},

		"tells the token as its installation":    {tellsTokenAsInstallation, "payer/installation", "a secret is quoted"},
		"one installation for all servers":       {hasOneInstallationForAll, "payer/installation", "do not have two installations"},
		"an empty installation":                  {hasEmptyInstallation, "payer/installation", "want 1 to 200 bytes"},
		"an installation that changes":           {changesInstallation, "payer/installation", "after a payment"},
		"times that overflow":                    {hasAbsurdTimes, "payer/times", "want 0 to"},
		"times that no journal accepts":          {hasAbsurdTimes, "journal/two attempts of a key", "package once refuses the payer"},
		"a longest call that is too short":       {understatesItsCalls, "payer/times", "and LongestCall is 1ms"},
		"times that change":                      {changesItsTimes, "payer/times", "after a payment"},
		"announces another first mark":           {announcesAnotherMark, "payer/first mark", "and Pay recorded \"begin\""},
		"wraps one that announces another":       {wrapsAnotherMark, "payer/first mark", "and Pay recorded \"begin\""},
		"announces a mark and records none":      {recordsNoMark, "payer/first mark", "Pay recorded no mark"},
		"digests what Pay learned":               {digestsWhatItLearned, "request/prepared again", "before the payment and"},
		"digests its configuration":              {digestsItsConfiguration, "request/prepared again", "depends on the server's address"},
		"prepares an attempt that is answered":   {preparesAnAnswer, "request/prepared again", "a payment that has not begun"},
		"proves by an answer nobody read":        {forgetsLostAnswers, "lookup/after an answer that nobody read", "before it had the answer said"},
		"proves by answers that are lost":        {forgetsAnswersOfALostRow, "lookup/after an answer that nobody read", "may be missing said"},
		"proves by a mark that is lost":          {trustsMissingMarks, "lookup/with marks missing", "with 1 of 2 marks"},
		"names a payment anew":                   {namesPaymentsAnew, "lookup/of an earlier attempt", "and named it"},
		"makes two payments of one":              {namesPaymentsAnew, "journal/two attempts of a key", "is in conflict"},
		"remembers what it was told":             {remembersLookups, "journal/released and taken later", "for a key that a person had released"},
		"calls a broken second step declined":    {declinesBrokenSteps, "journal/second step broken", "could still be completed"},
		"loses a second step that was forbidden": {losesForbiddenSteps, "journal/second step broken", "was taken again: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := paymenttest.Problems(t, brokenHarness(c.flaw), c.in)
			if len(found) == 0 {
				t.Fatalf("there is no case %q", c.in)
			}
			caught := false
			for _, problems := range found {
				caught = caught || strings.Contains(strings.Join(problems, "\n"), c.says)
			}
			if !caught {
				t.Errorf("not caught by %q, which found %q", c.in, found)
			}
		})
	}
}

// brokenHarness is the till with a broken payer.
func brokenHarness(f flaw) func(testing.TB) paymenttest.Harness {
	var last atomic.Pointer[payment.Secret]
	return func(tb testing.TB) paymenttest.Harness {
		h := newTillHarness(tb)
		token := payment.NewSecret(h.Secrets[0])
		h.NewPayer = func(site paymenttest.Site) payment.Payer {
			till := newTill(parsed(site.BaseURL), token.Reveal(), site.Transport, site.Timeout)
			if f == followsRedirects {
				till.http.CheckRedirect = nil
			}
			last.Store(&token)
			return dressed(&broken{Till: till, flaw: f, last: &last})
		}
		if f.inSteps() {
			h.Refusals = nil // the customer's part comes first
			h.Continue = func(ctx context.Context, payer payment.Payer, a payment.Attempt, _ payment.Payment) (payment.Payment, error) {
				return payer.(payment.Continuer).Continue(ctx, a, tillStep{})
			}
		}
		return h
	}
}

// broken is a Till with one flaw.
type broken struct {
	*Till
	flaw flaw
	last *atomic.Pointer[payment.Secret] // the token of the payer that was made last
	dead atomic.Bool                     // its own token has ended
	pays atomic.Int64                    // how often it has paid
}

func (b *broken) Prepare(req payment.Request) (payment.Attempt, error) {
	switch b.flaw {
	case roundsMoney:
		rounded, err := payment.MoneyFromDecimal(req.Amount.Decimal().Round(2), req.Amount.Currency())
		if err == nil {
			req.Amount = rounded
		}
	case sendsAnInvalidRequest:
		req.Details = nil
	}
	return b.Till.Prepare(req)
}

func (b *broken) Pay(ctx context.Context, req payment.Request) (payment.Payment, error) {
	a, err := b.Prepare(req)
	if err != nil {
		return payment.Payment{}, err
	}
	if b.flaw != ignoresTheGate {
		if err := errors.Join(ctx.Err(), payment.CheckGate(ctx)); err != nil {
			return payment.Payment{}, b.said(payment.NotSent, nil, "")
		}
	}
	switch b.flaw {
	case ignoresTheLastGate:
		_ = payment.CheckGate(ctx)
	case ignoresTheLastMark:
		if payment.RecordMark(ctx, payment.Mark{Step: "begin"}) != nil {
			return payment.Payment{}, b.said(payment.NotSent, nil, "")
		}
		_ = payment.RecordMark(ctx, payment.Mark{Step: "commit"})
	}
	if b.dead.Load() {
		return payment.Payment{}, b.said(payment.NotSent, payment.ErrUnauthenticated, "")
	}
	connected := false
	sending := httptrace.WithClientTrace(context.WithoutCancel(ctx), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected = true },
	})
	if b.flaw == dropsAnswerAfterCancel || b.flaw == callsTimeoutRefused {
		sending = ctx
	}
	status, raw, err := b.post(sending, a)
	if b.flaw == retriesOn500 && status == http.StatusInternalServerError || b.flaw == retriesOnReset && errors.Is(err, syscall.ECONNRESET) {
		status, raw, err = b.post(sending, a)
	}
	b.dead.Store(b.flaw == keepsDeadCredentials && status == http.StatusUnauthorized)
	if b.flaw == leavesGoroutines {
		go func() { select {} }()
	}
	var r receipt
	unread := json.Unmarshal(raw, &r)
	var kind error
	out, text := payment.Unknown, ""
	switch {
	case err != nil && (!connected || b.flaw == callsNotSentWithoutProof) && sending != ctx:
		out = payment.NotSent
	case err != nil:
		if b.flaw == callsTimeoutRefused && errors.Is(err, context.DeadlineExceeded) {
			out = payment.Refused
		}
	case status == http.StatusUnprocessableEntity && r.Error == "another price":
		out, kind = payment.Refused, payment.ErrPriceChanged
	case status == http.StatusUnprocessableEntity && r.Error == "already paid":
		if kind = payment.ErrAlreadyPaid; b.flaw == callsAlreadyPaidRefused {
			out = payment.Refused
		}
	case status == http.StatusCreated && unread == nil && (r.Order == a.OrderID || b.flaw == takesAnotherOrdersAnswer):
		if r.Order = a.OrderID; b.flaw == takesUnknownStatusForSuccess {
			r.State = "paid"
		}
		p := payment.Payment{Provider: "till", OrderID: r.Order, Amount: a.Amount, Status: payment.Pending}
		if r.State == "paid" {
			p.Status = payment.Succeeded
		}
		return p, nil
	case b.flaw == leaksToken:
		text = string(raw)
	}
	return payment.Payment{}, b.said(out, kind, text)
}

func (b *broken) said(o payment.Outcome, kind error, text string) error {
	if b.flaw == saysUnknownToEverything {
		o = payment.Unknown
	}
	return &payment.Error{Provider: "till", Op: "POST /payments", Outcome: o, Kind: kind, Message: text}
}

// post sends the payment.
func (b *broken) post(ctx context.Context, a payment.Attempt) (int, []byte, error) {
	body, err := json.Marshal(receipt{Order: a.OrderID, Amount: a.Amount.String()})
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url.JoinPath("/payments").String(), io.NopCloser(bytes.NewReader(body)))
	if err != nil {
		return 0, nil, err
	}
	token := b.token
	if b.flaw == mixesTokens {
		token = *b.last.Load()
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	resp, err := b.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	if b.flaw == leavesBodiesOpen && resp.StatusCode >= http.StatusMultipleChoices {
		return resp.StatusCode, nil, nil
	}
	defer func() { _ = resp.Body.Close() }()
	limit := int64(1 << 20)
	if b.flaw == readsWithoutBound {
		limit = 1 << 40
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, limit))
	return resp.StatusCode, raw, err
}

func (b *broken) Lookup(ctx context.Context, a payment.Attempt) (payment.Payment, error) {
	switch b.flaw {
	case findsNothing:
		return b.fail(payment.Unknown, payment.ErrInconclusive)
	case paysInLookup:
		_, _, err := b.post(ctx, a)
		if err != nil {
			return b.fail(payment.Unknown, nil)
		}
	case findsAnotherOrder:
		r, err := b.send(ctx, http.MethodGet, "/orders/"+a.OrderID, "")
		if err != nil || r.State != "paid" {
			return b.fail(payment.Unknown, payment.ErrInconclusive)
		}
		r.Order = a.OrderID
		return b.paid(a, r, payment.MatchedByOrder)
	}
	p, err := b.Till.Lookup(ctx, a)
	if b.flaw == findsTheAmountAsked && errors.Is(err, payment.ErrAmountMismatch) {
		p.Amount, err = a.Amount, nil
	}
	if b.flaw == saysNoPaymentTooEarly && err != nil {
		return b.fail(payment.Refused, payment.ErrNoPayment)
	}
	return p, err
}
