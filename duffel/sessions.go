package duffel

import (
	"context"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// ThreeDSecureSessionRequest asks for a session that a card can pay with.
type ThreeDSecureSessionRequest struct {
	// CardID is the card's id in the vault, "tcd_...".
	CardID string
	// ResourceID is what will be paid: the id of an offer, an order, an order change, a quote or a booking.
	ResourceID string
	// Services are the extras that are paid together with an offer.
	Services []ServiceQuantity
	// Exception is "" or ExceptionSecureCorporatePayment.
	Exception string
	// CardholderPresent tells whether the cardholder takes part; nil leaves it open.
	CardholderPresent *bool
}

// ExceptionSecureCorporatePayment is for corporate cards whose payments need no challenge.
const ExceptionSecureCorporatePayment = "secure_corporate_payment"

// ThreeDSecureSession is the authentication of a card for one payment. Its id pays, so it is a secret. It has no Raw: that
// would show it.
type ThreeDSecureSession struct {
	// ID goes into [Details] or [NewPayment].
	ID         payment.Secret
	CardID     string
	ResourceID string
	LiveMode   bool
	Status     SessionStatus
	// ClientID is for Duffel's component in the customer's browser when a challenge is needed, else empty.
	ClientID payment.Secret
	// ExpiresAt is "" when Duffel does not say.
	ExpiresAt Timestamp
}

// SessionStatus is where a 3-D Secure session stands: an open set of words.
type SessionStatus string

// The documented statuses.
const (
	// SessionReadyForPayment is the one status that a payment can be made with.
	SessionReadyForPayment SessionStatus = "ready_for_payment"
	// SessionChallengeRequired and SessionClientActionRequired are two names of one status: the customer has to answer a
	// challenge in the browser.
	SessionChallengeRequired    SessionStatus = "challenge_required"
	SessionClientActionRequired SessionStatus = "client_action_required"
	// SessionFailed is not authenticated: do not pay, perhaps try another card.
	SessionFailed SessionStatus = "failed"
	// SessionExpired calls for another session.
	SessionExpired SessionStatus = "expired"
)

// ReadyForPayment reports whether a payment can be made with the session.
func (s ThreeDSecureSession) ReadyForPayment() bool { return s.Status == SessionReadyForPayment }

// NeedsChallenge reports whether the customer has to answer a challenge, by either of its names.
func (s ThreeDSecureSession) NeedsChallenge() bool {
	return s.Status == SessionChallengeRequired || s.Status == SessionClientActionRequired
}

// CreateThreeDSecureSession makes a session (POST /payments/three_d_secure_sessions). Duffel means this call for payments
// without an action of the cardholder, and documents no way to read a session again: in the browser its component makes the
// session and brings it through the challenge. No money moves; the call is sent once, and making another session after a
// failure is harmless.
func (c *Client) CreateThreeDSecureSession(ctx context.Context, req ThreeDSecureSessionRequest) (ThreeDSecureSession, error) {
	data, err := sessionBody(req)
	if err != nil {
		return ThreeDSecureSession{}, ours(err, "CreateThreeDSecureSession")
	}
	var session ThreeDSecureSession
	err = c.write(ctx, write{
		name: "CreateThreeDSecureSession", method: http.MethodPost, route: "/payments/three_d_secure_sessions",
		path: []string{"payments", "three_d_secure_sessions"}, data: data,
	}, func(a *call.Answer) error {
		var err error
		session, err = decodeSession(a)
		return err
	})
	return session, err
}

func sessionBody(req ThreeDSecureSessionRequest) (sessionData, error) {
	if err := checkID("CardID", req.CardID); err != nil {
		return sessionData{}, err
	}
	if err := checkID("ResourceID", req.ResourceID); err != nil {
		return sessionData{}, err
	}
	if err := checkServices(req.Services); err != nil {
		return sessionData{}, err
	}
	data := sessionData(req)
	if data.Services == nil {
		data.Services = []ServiceQuantity{} // Duffel wants an empty list
	}
	return data, nil
}

// decodeSession reads a session. It can do without anything but the id.
func decodeSession(a *call.Answer) (ThreeDSecureSession, error) {
	data, err := dataOf(a.Body)
	if err != nil {
		return ThreeDSecureSession{}, err
	}
	var w struct {
		ID         string        `json:"id"`
		CardID     string        `json:"card_id"`
		ResourceID string        `json:"resource_id"`
		LiveMode   bool          `json:"live_mode"`
		Status     SessionStatus `json:"status"`
		ClientID   string        `json:"client_id"`
		ExpiresAt  Timestamp     `json:"expires_at"`
	}
	if err := wire.UnmarshalLenient(data, &w); err != nil {
		return ThreeDSecureSession{}, err
	}
	if w.ID == "" {
		return ThreeDSecureSession{}, errNoID
	}
	return ThreeDSecureSession{
		ID: payment.NewSecret(w.ID), CardID: w.CardID, ResourceID: w.ResourceID, LiveMode: w.LiveMode, Status: w.Status,
		ClientID: payment.NewSecret(w.ClientID), ExpiresAt: w.ExpiresAt,
	}, nil
}
