package duffel

import (
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
)

// kindOf maps an entry to a sentinel: by its code, else by its type, else nil, and the HTTP status decides.
func kindOf(e ErrorEntry) error {
	if kind := kindOfCode(e.Code); kind != nil {
		return kind
	}
	switch e.Type {
	case ErrorAuthentication:
		return payment.ErrUnauthenticated
	case ErrorRateLimit:
		return payment.ErrRateLimited
	case ErrorInvalidState, errorInvalidStateOld:
		return payment.ErrOrderNotPayable
	case ErrorAirline, ErrorAPI:
		return payment.ErrUnavailable
	case ErrorValidation:
		return payment.ErrInvalidRequest
	default:
		return nil
	}
}

// kindOfCode knows the codes of Duffel's pages. Most of them cannot come from a payment; they are here so that no code
// of theirs is placed by its status alone.
func kindOfCode(code string) error {
	switch code {
	case CodeAlreadyPaid, "duplicate_booking", "order_creation_already_attempted", "offer_request_already_booked":
		return payment.ErrAlreadyPaid

	case CodePriceChanged, CodeAmountMismatch:
		return payment.ErrPriceChanged
	case CodeCurrencyMismatch:
		return payment.ErrCurrencyMismatch

	case CodeOrderTypeNotEligible, CodeAlreadyCancelled, CodePastPaymentRequiredByDate, CodeScheduleChanged,
		"payments_not_allowed_for_order_type", "offer_no_longer_available", "offer_expired",
		"ancillary_service_not_available", "order_cancellation_stale", "order_not_cancellable":
		return payment.ErrOrderNotPayable

	case "insufficient_balance", "payment_declined", "ineligible_airline_credit", "high_fraud_risk",
		"invalid_card_expiration_date", "three_d_secure_session_not_found",
		"three_d_secure_session_not_ready_for_payment", "three_d_secure_session_expired":
		return payment.ErrDeclined

	case "missing_authorization_header", "invalid_authorization_header", "access_token_not_found", "expired_access_token":
		return payment.ErrUnauthenticated
	case "insufficient_permissions":
		return payment.ErrForbidden
	case "not_found":
		return payment.ErrOrderNotFound
	case "rate_limit_exceeded":
		return payment.ErrRateLimited
	case "unsupported_action", "unavailable_feature":
		return payment.ErrUnsupported

	case "airline_internal", "airline_unknown", "internal_server_error", "gateway_timeout_error", "bad_gateway",
		"order_not_created":
		return payment.ErrUnavailable

	case "missing_version_header", "invalid_version_header", "unsupported_version", "unavailable_in_version",
		"missing_content_type_header", "invalid_content_type_header", "missing_data_param", "invalid_data_param",
		"malformed_data_param", "bad_request", "unsupported_format",
		"validation_required", "validation_format", "validation_length", "validation_inclusion", "validation_type",
		"validation_unique", "validation_checksum",
		"duplicate_passenger_name", "duplicate_passenger_names", "invalid_passenger_name", "invalid_passenger_title",
		"invalid_phone_number", "invalid_email_address", "invalid_loyalty_card", "invalid_order_create_type",
		"services_not_allowed_for_order_type":
		return payment.ErrInvalidRequest
	}
	return kindOfNewCode(code)
}

// kindOfNewCode looks into a code that is in no page. One that speaks of something done before, or under way, may speak
// of this very payment.
func kindOfNewCode(code string) error {
	for _, word := range [...]string{"already_", "duplicate", "in_progress", "processing", "pending"} {
		if strings.Contains(code, word) {
			return payment.ErrAlreadyPaid
		}
	}
	return nil
}
