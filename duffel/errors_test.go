package duffel

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestCodes holds every code of Duffel's pages to its sentinel and to what it means for a payment.
func TestCodes(t *testing.T) {
	const refused, unknown = payment.Refused, payment.Unknown
	for _, tt := range []struct {
		status  int
		typ     ErrorType
		codes   string
		kind    error
		outcome payment.Outcome
	}{
		// Payments.
		{422, ErrorValidation, "order_type_not_eligible_for_payment", payment.ErrOrderNotPayable, refused},
		{422, ErrorValidation, "payment_amount_does_not_match_order_amount price_changed", payment.ErrPriceChanged, refused},
		{422, ErrorValidation, "payment_currency_does_not_match_order_currency", payment.ErrCurrencyMismatch, refused},
		{422, ErrorInvalidState, "already_paid", payment.ErrAlreadyPaid, unknown},
		{400, "", "already_paid", payment.ErrAlreadyPaid, unknown},
		{422, ErrorInvalidState, "already_cancelled past_payment_required_by_date schedule_changed", payment.ErrOrderNotPayable, refused},
		{422, "invalid_state", "already_cancelled past_payment_required_by_date schedule_changed", payment.ErrOrderNotPayable, refused},
		{422, ErrorInvalidState, "insufficient_balance payment_declined ineligible_airline_credit high_fraud_risk " +
			"invalid_card_expiration_date three_d_secure_session_not_found three_d_secure_session_not_ready_for_payment " +
			"three_d_secure_session_expired", payment.ErrDeclined, refused},
		// The general ones.
		{401, ErrorAuthentication, "missing_authorization_header invalid_authorization_header access_token_not_found expired_access_token",
			payment.ErrUnauthenticated, refused},
		{403, "", "insufficient_permissions", payment.ErrForbidden, refused},
		{400, ErrorInvalidRequest, "missing_version_header invalid_version_header unsupported_version unavailable_in_version " +
			"missing_content_type_header invalid_content_type_header missing_data_param invalid_data_param malformed_data_param bad_request",
			payment.ErrInvalidRequest, refused},
		{406, "", "unsupported_format", payment.ErrInvalidRequest, refused},
		{404, ErrorInvalidRequest, "not_found", payment.ErrOrderNotFound, refused},
		{429, ErrorRateLimit, "rate_limit_exceeded", payment.ErrRateLimited, refused},
		{422, ErrorValidation, "validation_required validation_format validation_length validation_inclusion validation_type " +
			"validation_unique validation_checksum", payment.ErrInvalidRequest, refused},
		{422, "", "unsupported_action unavailable_feature", payment.ErrUnsupported, refused},
		{500, ErrorAirline, "airline_internal airline_unknown", payment.ErrUnavailable, unknown},
		{422, ErrorAirline, "airline_internal airline_unknown", payment.ErrUnavailable, unknown},
		{500, ErrorAPI, "internal_server_error", payment.ErrUnavailable, unknown},
		{504, ErrorAPI, "gateway_timeout_error", payment.ErrUnavailable, unknown},
		{502, "", "bad_gateway order_not_created", payment.ErrUnavailable, unknown},
		{422, ErrorInvalidState, "order_cancellation_stale order_not_cancellable", payment.ErrOrderNotPayable, refused},
		{422, ErrorAirline, "duplicate_booking order_creation_already_attempted offer_request_already_booked", payment.ErrAlreadyPaid, unknown},
		{422, ErrorAirline, "duplicate_passenger_name duplicate_passenger_names invalid_passenger_name invalid_passenger_title " +
			"invalid_phone_number invalid_email_address invalid_loyalty_card invalid_order_create_type services_not_allowed_for_order_type",
			payment.ErrInvalidRequest, refused},
		{422, ErrorAirline, "ancillary_service_not_available offer_no_longer_available offer_expired payments_not_allowed_for_order_type",
			payment.ErrOrderNotPayable, refused},
		// Codes that no page has: by their words, then by their type, then by the status.
		{422, ErrorInvalidState, "payment_in_progress already_being_paid duplicate_payment payment_pending", payment.ErrAlreadyPaid, unknown},
		{422, ErrorInvalidState, "new_code", payment.ErrOrderNotPayable, refused},
		{422, ErrorValidation, "new_code", payment.ErrInvalidRequest, refused},
		{422, ErrorAirline, "new_code", payment.ErrUnavailable, unknown},
		{422, ErrorAPI, "new_code", payment.ErrUnavailable, unknown},
		{429, ErrorRateLimit, "new_code", payment.ErrRateLimited, refused},
		{403, "new_type", "new_code", payment.ErrForbidden, refused},
		{404, "new_type", "new_code", payment.ErrOrderNotFound, refused},
		{422, "new_type", "new_code", payment.ErrInvalidRequest, refused},
		{409, "new_type", "new_code", payment.ErrAlreadyPaid, unknown},
		{423, "new_type", "new_code", payment.ErrAlreadyPaid, unknown},
		{503, "new_type", "new_code", payment.ErrUnavailable, unknown},
	} {
		for code := range strings.FieldsSeq(tt.codes) {
			t.Run(fmt.Sprintf("%d %s %s", tt.status, tt.typ, code), func(t *testing.T) {
				body := fmt.Sprintf(`{"errors":[{"type":%q,"code":%q,"title":"T","message":"M"}],"meta":{"status":%d,"request_id":"REQ-9"}}`, tt.typ, code, tt.status)
				s := serve(t, map[string]answer{"POST /air/payments": {tt.status, nil, body}})
				_, err := s.client(t).Pay(t.Context(), balanceRequest(t))
				var e *payment.Error
				if !errors.As(err, &e) {
					t.Fatalf("error %v", err)
				}
				want := payment.Error{Provider: "duffel", Op: "POST /air/payments", Outcome: tt.outcome, Kind: tt.kind, Status: tt.status,
					Code: code, Message: "T: M", RequestID: "REQ-9"}
				got := *e
				got.Err = nil
				if want != got {
					t.Errorf("error %+v\nwant  %+v", got, want)
				}
				var said *Error
				if !errors.As(err, &said) || said.Entries[0].Code != code || said.Status != tt.status {
					t.Errorf("no duffel.Error in %v", err)
				}
				if got := s.requests(); len(got) != 1 {
					t.Errorf("sent %v", got)
				}
			})
		}
	}
}

// TestNotDuffelsBody: what Duffel did not write explains nothing, so a 4xx of a gateway is Unknown; 401 is the exception.
func TestNotDuffelsBody(t *testing.T) {
	for _, body := range []string{
		fixture(t, "error-html-502.html"), fixture(t, "error-without-errors.json"), fixture(t, "error-empty-list.json"), fixture(t, "error-empty"),
		`null`, `[]`, `"x"`, `{"errors":null}`, `{"errors":{}}`, `{"errors":"no"}`, `{"errors":[null]}`, `{"errors":["x",5,[]]}`,
		`{"errors":[{}]}`, `{"errors":[{"title":"Forbidden","message":"by the proxy"}]}`, `{"errors":[{"type":5,"code":[]}]}`, `{"errors":[{"code":"already_paid"}]`,
	} {
		for _, status := range []int{400, 403, 404, 422, 429, 500, 502} {
			s := serve(t, map[string]answer{"POST /air/payments": {status, nil, body}})
			_, err := s.client(t).Pay(t.Context(), balanceRequest(t))
			var said *Error
			if payment.OutcomeOf(err) != payment.Unknown || errors.As(err, &said) {
				t.Errorf("%d %q: %v, want Unknown and no duffel.Error", status, body, err)
			}
		}
		s := serve(t, map[string]answer{"POST /air/payments": {401, nil, body}})
		if _, err := s.client(t).Pay(t.Context(), balanceRequest(t)); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrUnauthenticated) {
			t.Errorf("401 %q: %v, want Refused", body, err)
		}
	}
}

func TestParseErrorFixtures(t *testing.T) {
	const page = "https://duffel.com/docs/api/overview/errors"
	for file, want := range map[string]*Error{
		"error-price-changed.json": {RequestID: "REQ-1", Entries: []ErrorEntry{{Type: ErrorValidation, Code: CodePriceChanged, Title: "Price changed",
			Message: "simulated", DocumentationURL: page, Source: ErrorSource{Field: "amount", Pointer: "/payment/amount"}}}},
		"error-airline.json": {RequestID: "REQ-3", Entries: []ErrorEntry{{Type: ErrorAirline, Code: "airline_unknown", Title: "Unexpected airline error",
			Message: "simulated", DocumentationURL: page, Source: ErrorSource{Airline: "example_airline"}}}},
		"error-validation-two.json": {RequestID: "REQ-4", Entries: []ErrorEntry{
			{Type: ErrorValidation, Code: "validation_required", Title: "Required field", Message: "simulated", Source: ErrorSource{Field: "amount", Pointer: "/payment/amount"}},
			{Type: ErrorValidation, Code: "validation_required", Title: "Required field", Message: "simulated", Source: ErrorSource{Field: "currency", Pointer: "/payment/currency"}}}},
		"error-schedule-changed-old-type.json": {RequestID: "REQ-1", Entries: []ErrorEntry{{Type: "invalid_state", Code: CodeScheduleChanged,
			Title: "Schedule changed", Message: "simulated", DocumentationURL: page}}},
	} {
		got, ok := parseError([]byte(fixture(t, file)))
		if !ok {
			t.Errorf("%s: not recognised", file)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestDecidingEntry: of several entries the worst for the money decides, wherever it stands.
func TestDecidingEntry(t *testing.T) {
	for name, tt := range map[string]struct {
		codes string
		want  string
		kind  error
	}{
		"the first of equals":      {"price_changed schedule_changed", "price_changed", payment.ErrPriceChanged},
		"already paid last":        {"validation_required price_changed already_paid", "already_paid", payment.ErrAlreadyPaid},
		"already paid first":       {"already_paid validation_required", "already_paid", payment.ErrAlreadyPaid},
		"airline broke":            {"validation_required airline_unknown", "airline_unknown", payment.ErrUnavailable},
		"already paid and airline": {"airline_unknown duplicate_booking", "duplicate_booking", payment.ErrAlreadyPaid},
	} {
		t.Run(name, func(t *testing.T) {
			var entries []string
			for code := range strings.FieldsSeq(tt.codes) {
				entries = append(entries, fmt.Sprintf(`{"code":%q,"title":"T"}`, code))
			}
			ex, ok := explain(&call.Answer{Status: 422, RequestID: "H", Body: []byte(`{"errors":[` + strings.Join(entries, ",") + `]}`)})
			if !ok || ex.Code != tt.want || ex.Kind != tt.kind || ex.RequestID != "H" {
				t.Errorf("explain: %+v, %v", ex, ok)
			}
			if want := fmt.Sprintf("T (and %d more)", len(entries)-1); ex.Message != want {
				t.Errorf("message %q, want %q", ex.Message, want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	s := serve(t, map[string]answer{"POST /air/payments": {422, nil, fixture(t, "error-price-changed.json")}})
	_, err := s.client(t).Pay(t.Context(), balanceRequest(t))
	want := `duffel POST /air/payments: refused: price changed: HTTP 422: price_changed: field Amount: Price changed: simulated: ` +
		`request id REQ-1: duffel said "price_changed at /payment/amount"`
	if err == nil || err.Error() != want {
		t.Errorf("error text\n%v\nwant\n%s", err, want)
	}
}

func TestRequestField(t *testing.T) {
	for field, want := range map[string]string{
		"order_id": "OrderID", "amount": "Amount", "currency": "Currency", "type": "Method",
		"three_d_secure_session_id": "ThreeDSecureSessionID", "airline_credit_id": "AirlineCreditID", "data": "data", "": "",
	} {
		if got := requestField(field); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	s := serve(t, map[string]answer{})
	c := s.client(t)
	if limit, ok := c.RateLimit(); ok {
		t.Errorf("limit %+v before any answer", limit)
	}
	get := func(h http.Header) (RateLimit, bool) {
		s.answers["GET /air/payments/"+testPayment] = answer{200, h, fixture(t, "payment.json")}
		if _, err := c.GetPayment(t.Context(), testPayment); err != nil {
			t.Errorf("%v failed the call: %v", h, err)
		}
		return c.RateLimit()
	}
	unpadded := http.Header{"Ratelimit-Limit": {"60"}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"Sat, 7 Nov 2026 02:07:45 GMT"}}
	limit, ok := get(unpadded)
	want := RateLimit{Limit: 60, Remaining: 0, Reset: limit.Reset}
	if !ok || limit != want || limit.Reset.Format("2006-01-02T15:04:05Z07:00") != "2026-11-07T02:07:45Z" {
		t.Errorf("limit %+v, %v", limit, ok)
	}
	if again, _ := get(http.Header{"Ratelimit-Limit": {"many"}, "Ratelimit-Remaining": {"-1"}, "Ratelimit-Reset": {"soon"}}); again != limit {
		t.Errorf("unreadable headers changed the limit to %+v", again)
	}
	padded, _ := get(http.Header{"Ratelimit-Reset": {"Sat, 21 Nov 2026 02:07:45 GMT"}})
	if padded.Limit != -1 || padded.Remaining != -1 || padded.Reset.Day() != 21 {
		t.Errorf("limit %+v", padded)
	}
	s.answers["POST /air/payments"] = answer{429, unpadded, fixture(t, "error-rate-limit-exceeded.json")}
	if _, err := c.Pay(t.Context(), balanceRequest(t)); !errors.Is(err, payment.ErrRateLimited) {
		t.Error(err)
	}
	if after, _ := c.RateLimit(); after != limit {
		t.Errorf("a refused call left the limit at %+v", after)
	}
}
