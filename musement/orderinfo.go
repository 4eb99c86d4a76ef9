package musement

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// OrderInfo is the state of payment of a cart's order: the one answer of the API that says plainly whether an order is
// paid.
type OrderInfo struct {
	OrderUUID string           `json:"order_uuid"`
	Payment   OrderInfoPayment `json:"payment"`
}

// OrderInfoPayment is the payment in an [OrderInfo].
type OrderInfoPayment struct {
	// Paid wins over Status where the two seem to disagree.
	Paid   bool          `json:"paid"`
	Status PaymentStatus `json:"status"`
}

// PaymentStatus is where the payment of an order stands: an open set of words. Musement does not explain them.
type PaymentStatus string

// The documented payment statuses.
const (
	PaymentAuthorizationFailed    PaymentStatus = "authorization_failed"
	PaymentAuthorized             PaymentStatus = "authorized"
	PaymentBookingFailed          PaymentStatus = "booking_failed"
	PaymentBookingHanged          PaymentStatus = "booking_hanged"
	PaymentBookingOK              PaymentStatus = "booking_ok"
	PaymentBookingPartiallyFailed PaymentStatus = "booking_partially_failed"
	PaymentBookingQuarantined     PaymentStatus = "booking_quarantined"
	PaymentBookingStarted         PaymentStatus = "booking_started"
	PaymentCancelled              PaymentStatus = "cancelled"
	PaymentCapture                PaymentStatus = "capture"
	PaymentCaptureFailed          PaymentStatus = "capture_failed"
	PaymentClosed                 PaymentStatus = "closed"
	PaymentCreated                PaymentStatus = "created"
	PaymentFailed                 PaymentStatus = "failed"
	PaymentPaid                   PaymentStatus = "paid"
	PaymentPartiallyRefunded      PaymentStatus = "partially_refunded"
	PaymentPaymentFailed          PaymentStatus = "payment_failed"
	PaymentRefunded               PaymentStatus = "refunded"
)

// stage is what an OrderInfo means for the money.
type stage int

const (
	unclear  stage = iota // a word that we do not know, or one that contradicts paid
	open                  // no payment, or one that has only begun
	inFlight              // being paid
	failed                // tried, and did not stand
	paid
	returned // paid, and given back
)

// stage reads the two members together.
func (p OrderInfoPayment) stage() stage {
	switch {
	case p.Status == PaymentRefunded, p.Status == PaymentPartiallyRefunded && !p.Paid:
		return returned
	case p.Paid:
		return paid
	}
	switch p.Status {
	case PaymentCreated:
		return open
	case PaymentAuthorized, PaymentCapture, PaymentBookingStarted, PaymentBookingHanged, PaymentBookingQuarantined:
		return inFlight
	case PaymentAuthorizationFailed, PaymentCaptureFailed, PaymentPaymentFailed, PaymentFailed, PaymentCancelled:
		return failed
	default:
		return unclear
	}
}

// GetOrderInfo reads whether the order of a cart is paid (GET /carts/{cart}/order-info). A cart without an order is
// [payment.ErrOrderNotFound]. Its errors have outcome Unknown, as those of every read.
func (c *Client) GetOrderInfo(ctx context.Context, cartUUID string) (OrderInfo, error) {
	info, _, err := c.readOrderInfo(ctx, cartUUID)
	return info, err
}

// readOrderInfo also returns the body that the state was read from.
func (c *Client) readOrderInfo(ctx context.Context, cartUUID string) (info OrderInfo, body []byte, err error) {
	if err := checkUUID("CartUUID", cartUUID); err != nil {
		return OrderInfo{}, nil, unasked(err, "GetOrderInfo")
	}
	_, err = c.read(ctx, "GetOrderInfo", "/carts/{cart}/order-info", []string{"carts", cartUUID, "order-info"},
		func(a *call.Answer) error {
			var err error
			body = a.Body
			info, err = decodeOrderInfo(body)
			return err
		})
	if err != nil {
		return OrderInfo{}, nil, err
	}
	return info, body, nil
}

// decodeOrderInfo reads strictly: money hangs on three members, and nothing is read into one of another type.
func decodeOrderInfo(body []byte) (OrderInfo, error) {
	var w struct {
		OrderUUID string `json:"order_uuid"`
		Payment   struct {
			Paid   *bool         `json:"paid"`
			Status PaymentStatus `json:"status"`
		} `json:"payment"`
	}
	if json.Unmarshal(body, &w) != nil {
		return OrderInfo{}, errNotObject
	}
	if w.OrderUUID == "" {
		return OrderInfo{}, errNoUUID
	}
	if w.Payment.Paid == nil || w.Payment.Status == "" {
		return OrderInfo{}, errNotPaid
	}
	return OrderInfo{OrderUUID: w.OrderUUID, Payment: OrderInfoPayment{Paid: *w.Payment.Paid, Status: w.Payment.Status}}, nil
}

// orderInfoOf reads the state of payment of a payment's order, and makes sure that it is that order's.
func (c *Client) orderInfoOf(ctx context.Context, a payment.Attempt) (OrderInfo, error) {
	info, _, err := c.orderInfoWithBody(ctx, a)
	return info, err
}

// orderInfoWithBody is orderInfoOf that also returns the body.
func (c *Client) orderInfoWithBody(ctx context.Context, a payment.Attempt) (OrderInfo, []byte, error) {
	info, body, err := c.readOrderInfo(ctx, a.Ref[refCart])
	if err == nil && !strings.EqualFold(info.OrderUUID, a.OrderID) {
		return OrderInfo{}, nil, &payment.Error{Provider: provider, Op: "GET /carts/{cart}/order-info", Kind: payment.ErrInvalidRequest,
			Field: "CartUUID", Message: "the cart belongs to another order"}
	}
	return info, body, err
}
