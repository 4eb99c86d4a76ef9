package otelpay

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The names of our own attributes.
const (
	keyProvider  = attribute.Key("supplierpay.provider")
	keyOperation = attribute.Key("supplierpay.operation")
	keyOutcome   = attribute.Key("supplierpay.outcome")
	keyWrite     = attribute.Key("supplierpay.write")
	keyTries     = attribute.Key("supplierpay.tries")
	keyRequestID = attribute.Key("supplierpay.request_id")
	keyMethod    = attribute.Key("supplierpay.payment.method")
	keyStatus    = attribute.Key("supplierpay.payment.status")
	keyNext      = attribute.Key("supplierpay.payment.next")
	keyOrderID   = attribute.Key("supplierpay.order.id")
	keyKey       = attribute.Key("supplierpay.payment.key")
	keyPaymentID = attribute.Key("supplierpay.payment.id")
)

// other is OpenTelemetry's word for a value outside a known set.
const other = "_OTHER"

// sentinels are the names that error.type gives to the sentinels of package payment, the gravest
// first.
var sentinels = [...]struct {
	err  error
	name string
}{
	{payment.ErrDoublePaymentRisk, "double_payment_risk"},
	{payment.ErrAmountMismatch, "amount_mismatch"},
	{payment.ErrNotRecorded, "not_recorded"},
	{payment.ErrNextActionLost, "next_action_lost"},
	{payment.ErrAlreadyPaid, "already_paid"},
	{payment.ErrScopeHeld, "scope_held"},
	{payment.ErrInProgress, "in_progress"},
	{payment.ErrNoSuchKey, "no_such_key"},
	{payment.ErrTooEarly, "too_early"},
	{payment.ErrJournal, "journal"},
	{payment.ErrKeyReused, "key_reused"},
	{payment.ErrNoPayment, "no_payment"},
	{payment.ErrInconclusive, "inconclusive"},
	{payment.ErrDeclined, "declined"},
	{payment.ErrPriceChanged, "price_changed"},
	{payment.ErrCurrencyMismatch, "currency_mismatch"},
	{payment.ErrOrderNotPayable, "order_not_payable"},
	{payment.ErrOrderNotFound, "order_not_found"},
	{payment.ErrUnauthenticated, "unauthenticated"},
	{payment.ErrForbidden, "forbidden"},
	{payment.ErrRateLimited, "rate_limited"},
	{payment.ErrUnsupported, "unsupported"},
	{payment.ErrInvalidRequest, "invalid_request"},
	{payment.ErrUnavailable, "unavailable"},
}

// errPanicked stands for the error of a call that did not return.
var errPanicked = errors.New("the call did not return")

// errorType places an error in a small set of names. It takes nothing from its text, which may
// quote the provider.
func errorType(err error, status int) string {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return s.name
		}
	}
	switch {
	case errors.Is(err, errPanicked):
		return "panic"
	case status != 0:
		return strconv.Itoa(status)
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	default:
		return other
	}
}

// outcome is the word that log lines have too.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	return payment.OutcomeOf(err).String()
}

// statusName keeps a payer's own words out of metrics.
func statusName(s payment.Status) string {
	switch s {
	case payment.Succeeded, payment.Pending, payment.ActionRequired, payment.Partial, payment.Failed, payment.Cancelled, payment.Reversed:
		return string(s)
	default:
		return other
	}
}

// longestText bounds an attribute that comes from elsewhere.
const longestText = 200

// text appends an attribute with a text that comes from elsewhere, if there is one. Exporters lose
// a whole batch of spans for one that is not UTF-8.
func text(list []attribute.KeyValue, key attribute.Key, value string) []attribute.KeyValue {
	if len(value) > longestText {
		value = value[:longestText]
	}
	if value = strings.ToValidUTF8(value, string(utf8.RuneError)); value == "" {
		return list
	}
	return append(list, key.String(value))
}
