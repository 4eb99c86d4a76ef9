package duffeltest

import (
	"encoding/json"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// knownCode is what Duffel's pages, and where they are silent the plainest reading of them, say
// about an error code.
type knownCode struct {
	typ    string
	status int
	field  string // of validation errors
	slug   string // the source of airline errors, a plain string
}

var codes = map[string]knownCode{
	"missing_authorization_header": {typ: "authentication_error", status: 401},
	"invalid_authorization_header": {typ: "authentication_error", status: 401},
	"access_token_not_found":       {typ: "authentication_error", status: 401},
	"expired_access_token":         {typ: "authentication_error", status: 401},
	"insufficient_permissions":     {typ: "invalid_request_error", status: 403},

	"missing_version_header":      {typ: "invalid_request_error", status: 400},
	"invalid_version_header":      {typ: "invalid_request_error", status: 400},
	"unsupported_version":         {typ: "invalid_request_error", status: 400},
	"missing_content_type_header": {typ: "invalid_request_error", status: 400},
	"invalid_content_type_header": {typ: "invalid_request_error", status: 400},
	"missing_data_param":          {typ: "invalid_request_error", status: 400},
	"invalid_data_param":          {typ: "invalid_request_error", status: 400},
	"bad_request":                 {typ: "invalid_request_error", status: 400},
	"unsupported_format":          {typ: "invalid_request_error", status: 406},
	"not_found":                   {typ: "invalid_request_error", status: 404},
	"rate_limit_exceeded":         {typ: "rate_limit_error", status: 429},

	"validation_required":                            {typ: "validation_error", status: 422},
	"validation_format":                              {typ: "validation_error", status: 422},
	"validation_inclusion":                           {typ: "validation_error", status: 422},
	"validation_type":                                {typ: "validation_error", status: 422},
	"order_type_not_eligible_for_payment":            {typ: "validation_error", status: 422, field: "order_id"},
	"payment_amount_does_not_match_order_amount":     {typ: "validation_error", status: 422, field: "amount"},
	"payment_currency_does_not_match_order_currency": {typ: "validation_error", status: 422, field: "currency"},
	"price_changed":                                  {typ: "validation_error", status: 422, field: "amount"},

	"validation_length":                   {typ: "validation_error", status: 422},
	"invalid_order_create_type":           {typ: "validation_error", status: 422, field: "type"},
	"payments_not_allowed_for_order_type": {typ: "validation_error", status: 422, field: "payments"},

	"offer_no_longer_available":        {typ: "invalid_state_error", status: 422},
	"order_creation_already_attempted": {typ: "invalid_state_error", status: 422},
	"duplicate_booking":                {typ: "airline_error", status: 422, slug: "example_airline"},
	"ancillary_service_not_available":  {typ: "invalid_state_error", status: 422},
	"order_not_cancellable":            {typ: "invalid_state_error", status: 422},
	"order_cancellation_stale":         {typ: "invalid_state_error", status: 422},

	"already_paid":                  {typ: "invalid_state_error", status: 422},
	"already_cancelled":             {typ: "invalid_state_error", status: 422},
	"past_payment_required_by_date": {typ: "invalid_state_error", status: 422},
	"schedule_changed":              {typ: "invalid_state_error", status: 422},

	"insufficient_balance":                         {typ: "invalid_state_error", status: 422},
	"payment_declined":                             {typ: "invalid_state_error", status: 422},
	"ineligible_airline_credit":                    {typ: "invalid_state_error", status: 422},
	"three_d_secure_session_not_found":             {typ: "invalid_state_error", status: 422},
	"three_d_secure_session_not_ready_for_payment": {typ: "invalid_state_error", status: 422},
	"three_d_secure_session_expired":               {typ: "invalid_state_error", status: 422},
	"invalid_card_expiration_date":                 {typ: "invalid_state_error", status: 422},
	"high_fraud_risk":                              {typ: "invalid_state_error", status: 422},

	"airline_internal":      {typ: "airline_error", status: 500, slug: "example_airline"},
	"airline_unknown":       {typ: "airline_error", status: 500, slug: "example_airline"},
	"internal_server_error": {typ: "api_error", status: 500},
	"bad_gateway":           {typ: "api_error", status: 502},
	"order_not_created":     {typ: "api_error", status: 502},
	"gateway_timeout_error": {typ: "api_error", status: 504},
}

// lookupCode returns what is known about a code; one that is not known is an api_error of status
// 500.
func lookupCode(code string) knownCode {
	if k, ok := codes[code]; ok {
		return k
	}
	return knownCode{typ: "api_error", status: 500}
}

// The members are in the order of the recorded bodies.
type errorsJSON struct {
	Meta   errorMeta    `json:"meta"`
	Errors []errorEntry `json:"errors"`
}

type errorMeta struct {
	Status    int    `json:"status"`
	RequestID string `json:"request_id"`
}

type errorEntry struct {
	Type             string `json:"type"`
	Code             string `json:"code"`
	Title            string `json:"title"`
	Message          string `json:"message"`
	DocumentationURL string `json:"documentation_url"`
	Source           any    `json:"source,omitempty"` // errorSource, or the slug of an airline
}

type errorSource struct {
	Field   string `json:"field"`
	Pointer string `json:"pointer"`
}

// entry describes one error. pointer is what it is about, the field being its last part; "" leaves
// that to the code.
func entry(code, pointer string) errorEntry {
	k := lookupCode(code)
	e := errorEntry{
		Type: k.typ, Code: code,
		Title:            title(code),
		Message:          "simulated",
		DocumentationURL: "https://duffel.com/docs/api/overview/errors",
	}
	switch {
	case k.slug != "":
		e.Source = k.slug
	case pointer != "":
		e.Source = errorSource{Field: pointer[strings.LastIndexByte(pointer, '/')+1:], Pointer: pointer}
	case k.field == "order_id":
		e.Source = errorSource{Field: k.field, Pointer: "/order_id"}
	case k.field != "":
		e.Source = errorSource{Field: k.field, Pointer: "/payment/" + k.field}
	}
	return e
}

func title(code string) string {
	words := strings.ReplaceAll(code, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// ErrorBody returns Duffel's error body with one entry for each code, as it comes with that HTTP
// status. Codes that Duffel documents have their type and source, airline_internal and
// airline_unknown the plain string as a source; others are of the type api_error. The request id is
// REQ-1.
func ErrorBody(status int, code ...string) []byte { return errorBody(status, "REQ-1", code...) }

func errorBody(status int, requestID string, code ...string) []byte {
	body := errorsJSON{Meta: errorMeta{Status: status, RequestID: requestID}, Errors: []errorEntry{}}
	for _, c := range code {
		body.Errors = append(body.Errors, entry(c, ""))
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return b
}

// refuse answers with one error, at the status that goes with its code; pointer may be "".
func refuse(c *sim.Call, code, pointer string) func() sim.Answer {
	return refuseAll(c, []errorEntry{entry(code, pointer)})
}

// refuseAll answers with several errors, at the status of the first one.
func refuseAll(c *sim.Call, entries []errorEntry) func() sim.Answer {
	status := lookupCode(entries[0].Code).status
	return sim.Reply(sim.JSON(status, errorsJSON{Meta: errorMeta{Status: status, RequestID: requestID(c)}, Errors: entries}))
}
