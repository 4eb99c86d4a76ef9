package musement

import (
	"context"
	"encoding/json"
	"net/http"
	"unicode/utf8"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// CancellationReason is why an item is cancelled: an open set of words.
type CancellationReason string

// The documented cancellation reasons; there may be more.
const (
	ReasonAPIIssue                   CancellationReason = "API-ISSUE"
	ReasonCancelledByCustomer        CancellationReason = "CANCELLED-BY-CUSTOMER"
	ReasonGracePeriod                CancellationReason = "GRACE-PERIOD"
	ReasonMissingMeetingPointDetails CancellationReason = "MISSING-MEETING-POINT-DETAILS"
	ReasonMissingPassengerInfo       CancellationReason = "MISSING-PASSENGER-INFO"
	ReasonRejectedOrder              CancellationReason = "REJECTED-ORDER"
	ReasonRejectedScheduleChange     CancellationReason = "REJECTED-SCHEDULE-CHANGE"
)

// maxAdditionalInfo is how many characters a cancellation may add.
const maxAdditionalInfo = 255

// Cancellation says why an item is cancelled.
type Cancellation struct {
	// Reason is required.
	Reason CancellationReason `json:"cancellation_reason"`
	// AdditionalInfo has at most 255 characters.
	AdditionalInfo string `json:"cancellation_additional_info,omitempty"`
	// IntegrationData is a JSON object for the partner's own use.
	IntegrationData json.RawMessage `json:"cancellation_integration_data,omitempty"`
}

// CancelItem cancels one item of an order (DELETE /orders/{order}/items/{item}, with a body). It gives money back, is sent
// once, and needs a permission and a refund policy that still applies. Read the order afterwards: the item is
// REFUND_STARTED, REFUNDED or CANCELLATION_ERROR.
func (c *Client) CancelItem(ctx context.Context, orderUUID, itemUUID string, why Cancellation) error {
	err := checkUUIDs("OrderUUID", orderUUID, "ItemUUID", itemUUID)
	switch {
	case err != nil:
	case why.Reason == "":
		err = payment.InvalidField("Reason", "missing")
	case utf8.RuneCountInString(why.AdditionalInfo) > maxAdditionalInfo:
		err = payment.InvalidField("AdditionalInfo", "longer than 255 characters")
	}
	if err != nil {
		return ours(err, "CancelItem")
	}
	return c.change(ctx, call.Operation{Name: "CancelItem", Method: http.MethodDelete, Route: "/orders/{order}/items/{item}",
		Path: []string{"orders", orderUUID, "items", itemUUID}}, why, nil)
}

// RefundPolicy is how much of an item is given back, as it was frozen at the purchase.
type RefundPolicy struct {
	UUID string `json:"uuid"`
	// Period is the least notice.
	Period Duration         `json:"period"`
	Type   RefundPolicyType `json:"type"`
	// Value is a percentage, or an amount of CurrencyCode.
	Value        Value  `json:"value,omitzero"`
	CurrencyCode string `json:"currency_code,omitempty"`
	// ApplicableUntil is local to the activity.
	ApplicableUntil Date     `json:"applicable_until,omitempty"`
	RemainingTime   Duration `json:"remaining_time,omitempty"`
}

// RefundPolicyType says how to read a policy's value: an open set of words.
type RefundPolicyType string

// The documented types.
const (
	RefundPercentage RefundPolicyType = "PERCENTAGE"
	RefundAbsolute   RefundPolicyType = "ABSOLUTE"
)

// GetRefundPolicies reads the refund policies of an item (GET /orders/{order}/items/{item}/refund-policies). None, without
// an error, means that the item cannot be refunded.
func (c *Client) GetRefundPolicies(ctx context.Context, orderUUID, itemUUID string) ([]RefundPolicy, error) {
	if err := checkUUIDs("OrderUUID", orderUUID, "ItemUUID", itemUUID); err != nil {
		return nil, unasked(err, "GetRefundPolicies")
	}
	var policies []RefundPolicy
	_, err := c.read(ctx, "GetRefundPolicies", "/orders/{order}/items/{item}/refund-policies",
		[]string{"orders", orderUUID, "items", itemUUID, "refund-policies"},
		func(a *call.Answer) error { return list(a.Body, &policies) })
	if saidNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return policies, nil
}

// GetRefunds reads the refunds that were paid for an order (GET /orders/{order}/refunds). Musement does not document what
// one looks like: each is returned as it came.
func (c *Client) GetRefunds(ctx context.Context, orderUUID string) ([]json.RawMessage, error) {
	if err := checkUUID("OrderUUID", orderUUID); err != nil {
		return nil, unasked(err, "GetRefunds")
	}
	var refunds []json.RawMessage
	_, err := c.read(ctx, "GetRefunds", "/orders/{order}/refunds", []string{"orders", orderUUID, "refunds"},
		func(a *call.Answer) error { return list(a.Body, &refunds) })
	if err != nil {
		return nil, err
	}
	return refunds, nil
}
