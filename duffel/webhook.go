package duffel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// What is wrong with a webhook, inside the [payment.Error] of [WebhookHandler.Receive].
var (
	// ErrWebhookUnsigned: the header X-Duffel-Signature is missing, or not one.
	ErrWebhookUnsigned = errors.New("webhook without a signature")
	// ErrWebhookSignature: no secret fits: the body was changed on the way, or somebody else sent it.
	ErrWebhookSignature = errors.New("webhook with a wrong signature")
	// ErrWebhookStale: signed too long ago, or in the future.
	ErrWebhookStale = errors.New("webhook outside the tolerance of time")
	// ErrWebhookTooLarge: the body is larger than 1 MiB.
	ErrWebhookTooLarge = errors.New("webhook too large")
	// ErrWebhookMalformed: the body is signed, and is no event.
	ErrWebhookMalformed = errors.New("webhook is not an event")
	// ErrWebhookMode: a test event for a live receiver, or the reverse.
	ErrWebhookMode = errors.New("webhook of the other mode")
	// ErrWebhookReplayed: the event was handled before.
	ErrWebhookReplayed = errors.New("webhook handled before")
)

const (
	signatureHeader  = "X-Duffel-Signature"
	maxWebhook       = 1 << 20
	defaultTolerance = 5 * time.Minute
)

// WebhookConfig says what a [WebhookHandler] accepts.
type WebhookConfig struct {
	// Secrets are what Duffel showed when the webhook was made; at least one. With several, as while one replaces another,
	// each of them is accepted.
	Secrets []payment.Secret
	// Tolerance is how far the signature's time may be from now, 5 minutes when 0. Duffel tries failed deliveries again for
	// 72 hours and does not document whether it signs them anew: if old ones turn up in OnError, raise it. Replays are
	// caught by Seen all the same.
	Tolerance time.Duration
	// LiveMode, if set, is the one mode that is accepted.
	LiveMode *bool
	// Seen remembers the events that were handled; a [MemorySeen] when nil. Several replicas need one that they share.
	Seen Seen
	// OnError is told why an event was not handled, or not handled again; may be nil. It runs before the answer and must
	// return soon.
	OnError func(ctx context.Context, err error)
}

// WebhookHandler receives Duffel's webhooks (https://duffel.com/docs/guides/receiving-webhooks). It is safe for concurrent
// use.
type WebhookHandler struct {
	conf   WebhookConfig
	handle func(context.Context, Event) error
	now    func() time.Time
}

// NewWebhookHandler returns a handler that calls handle for each event that Duffel signed and that was not handled before.
// Types that this package does not know are passed on like others. Its errors name the field.
//
// An event is a hint. handle should read again what it is about, and never act on the event's own words:
//
//	handler, err := duffel.NewWebhookHandler(duffel.WebhookConfig{Secrets: secrets},
//		func(ctx context.Context, e duffel.Event) error {
//			if e.PaymentID() == "" {
//				return nil
//			}
//			p, err := client.GetPayment(ctx, e.PaymentID())
//			if err != nil {
//				return err // Duffel sends the event again
//			}
//			return settle(ctx, p.OrderID) // asks the payer's Lookup about the key that the order was paid with
//		})
//
// When handle returns nil the event is marked as seen and answered with 204. When it returns an error the event is not
// marked and answered with 500, so that it comes again. Two deliveries at the same moment, or a crash between handling and
// marking, may call handle twice with one event: it must be able to stand that.
func NewWebhookHandler(conf WebhookConfig, handle func(context.Context, Event) error) (*WebhookHandler, error) {
	if handle == nil {
		return nil, ours(payment.InvalidField("handle", "nil"), "NewWebhookHandler")
	}
	if len(conf.Secrets) == 0 {
		return nil, ours(payment.InvalidField("Secrets", "missing"), "NewWebhookHandler")
	}
	conf.Secrets = append([]payment.Secret(nil), conf.Secrets...)
	for _, s := range conf.Secrets {
		if s.IsZero() {
			return nil, ours(payment.InvalidField("Secrets", "an empty one, which anybody could sign with"), "NewWebhookHandler")
		}
	}
	if conf.Tolerance == 0 {
		conf.Tolerance = defaultTolerance
	}
	if err := call.Positive("Tolerance", conf.Tolerance); err != nil {
		return nil, ours(err, "NewWebhookHandler")
	}
	if conf.Seen == nil {
		conf.Seen = NewMemorySeen(0)
	}
	if conf.OnError == nil {
		conf.OnError = func(context.Context, error) {}
	}
	return &WebhookHandler{conf: conf, handle: handle, now: time.Now}, nil
}

// ServeHTTP receives one event. It answers 204 when the event was handled, now or before; 401 when it is not Duffel's; 400
// or 413 when it cannot be used; 500 when it could not be handled and shall come again.
func (h *WebhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		var tooLarge *http.MaxBytesError
		reason := ErrWebhookMalformed
		if errors.As(err, &tooLarge) {
			reason = ErrWebhookTooLarge
		}
		err = webhookError(payment.ErrInvalidRequest, reason, err)
	} else {
		err = h.Receive(r.Context(), strings.Join(r.Header.Values(signatureHeader), ","), body)
	}
	if err != nil {
		h.conf.OnError(r.Context(), err)
	}
	w.WriteHeader(webhookStatus(err))
}

// webhookStatus is what Duffel is told. A success ends the deliveries of the event, anything else makes it come again.
func webhookStatus(err error) int {
	switch {
	case err == nil, errors.Is(err, ErrWebhookReplayed), errors.Is(err, errNotMarked):
		return http.StatusNoContent
	case errors.Is(err, ErrWebhookUnsigned), errors.Is(err, ErrWebhookSignature), errors.Is(err, ErrWebhookStale):
		return http.StatusUnauthorized
	case errors.Is(err, ErrWebhookTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrWebhookMalformed), errors.Is(err, ErrWebhookMode):
		return http.StatusBadRequest
	default:
		return http.StatusInternalServerError
	}
}

var errNotMarked = errors.New("the event was handled, but could not be marked as seen")

// Receive handles one event that arrived in another way than over net/http: signature is the header X-Duffel-Signature,
// body the raw bytes. Its errors are the ErrWebhook... of this package, or what Seen or handle returned, inside a
// [payment.Error].
func (h *WebhookHandler) Receive(ctx context.Context, signature string, body []byte) error {
	if err := h.verify(signature, body); err != nil {
		return err
	}
	event, err := decodeEvent(body)
	switch {
	case err != nil:
		return webhookError(payment.ErrInvalidRequest, ErrWebhookMalformed, err)
	case h.conf.LiveMode != nil && (event.LiveMode == nil || *event.LiveMode != *h.conf.LiveMode):
		return webhookError(payment.ErrInvalidRequest, ErrWebhookMode, nil)
	}
	key := event.key()
	if key != "" {
		seen, err := h.conf.Seen.Seen(ctx, key)
		switch {
		case err != nil:
			return webhookError(nil, errors.New("whether the event was handled before is not known"), err)
		case seen:
			return webhookError(nil, ErrWebhookReplayed, nil)
		}
	}
	if err := h.handle(ctx, event); err != nil {
		return webhookError(nil, errors.New("the event could not be handled"), err)
	}
	if key == "" {
		return nil
	}
	if err := h.conf.Seen.Mark(ctx, key); err != nil {
		return webhookError(nil, errNotMarked, err)
	}
	return nil
}

// verify checks the signature of the raw body, and then its time.
func (h *WebhookHandler) verify(header string, body []byte) error {
	if len(body) > maxWebhook {
		return webhookError(payment.ErrInvalidRequest, ErrWebhookTooLarge, nil)
	}
	stamp, signatures := parseSignature(header)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds < 0 || len(signatures) == 0 {
		return webhookError(payment.ErrUnauthenticated, ErrWebhookUnsigned, nil)
	}
	if !h.signed(stamp, body, signatures) {
		return webhookError(payment.ErrUnauthenticated, ErrWebhookSignature, nil)
	}
	if age := h.now().Sub(time.Unix(seconds, 0)); age > h.conf.Tolerance || age < -h.conf.Tolerance {
		return webhookError(payment.ErrUnauthenticated, ErrWebhookStale, nil)
	}
	return nil
}

// parseSignature reads "t=1586620091,v1=...": one time, and one or several signatures. The key v2, which one receiver in
// the wild reads, stands for the same computation.
func parseSignature(header string) (stamp string, signatures []string) {
	for part := range strings.SplitSeq(header, ",") {
		key, value, _ := strings.Cut(part, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "t":
			if stamp != "" && stamp != value {
				return "", nil
			}
			stamp = value
		case "v1", "v2":
			signatures = append(signatures, value)
		}
	}
	return stamp, signatures
}

// signed reports whether one of the signatures was made with one of the secrets. It looks at all of them.
func (h *WebhookHandler) signed(stamp string, body []byte, signatures []string) bool {
	found := false
	for _, secret := range h.conf.Secrets {
		mac := hmac.New(sha256.New, []byte(secret.Reveal()))
		_, _ = mac.Write([]byte(stamp + "."))
		_, _ = mac.Write(body)
		want := []byte(hex.EncodeToString(mac.Sum(nil)))
		for _, s := range signatures {
			found = hmac.Equal(want, []byte(s)) || found
		}
	}
	return found
}
