package duffel

import (
	"context"
	"net/http"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// UpdateOrderRequest changes what is yours of an order. What is nil stays as it is.
type UpdateOrderRequest struct {
	// Metadata replaces all pairs; an empty map that is not nil clears them.
	Metadata map[string]string
	// Users replaces the ids of customer users.
	Users []string
}

// UpdateOrder changes an order's metadata or users (PATCH /air/orders/{id}). The same call twice leaves the same order, so
// one with outcome Unknown may be made again.
func (c *Client) UpdateOrder(ctx context.Context, orderID string, req UpdateOrderRequest) (Order, error) {
	if req.Metadata == nil && req.Users == nil {
		return Order{}, ours(payment.InvalidField("Metadata", "nothing to change: give Metadata or Users"), "UpdateOrder")
	}
	if err := checkMetadata(req.Metadata); err != nil {
		return Order{}, ours(err, "UpdateOrder")
	}
	return c.changeOrder(ctx, orderID, write{
		name: "UpdateOrder", method: http.MethodPatch, route: "/air/orders/{id}", path: []string{"air", "orders", orderID},
		data: updateOrderData(req),
	})
}

// IntendedMethod is a way in which an order shall be paid.
type IntendedMethod struct {
	Type            payment.Method `json:"type"`
	CardID          string         `json:"card_id,omitempty"`           // for MethodCard
	AirlineCreditID string         `json:"airline_credit_id,omitempty"` // for MethodAirlineCredit
}

// PriceOrder asks what a hold order costs when it is paid in these ways (POST /air/orders/{id}/actions/price), before a
// payment by card or with airline credits: a surcharge or a penalty changes what must be paid, perhaps in another currency.
// The answer's IntendedPaymentMethods have the charge of each way, and [Order.Charges] their sum.
//
// It moves no money, and prices the order anew each time. It is sent once all the same; call it again if it fails.
func (c *Client) PriceOrder(ctx context.Context, orderID string, methods ...IntendedMethod) (Order, error) {
	if err := checkIntended(methods); err != nil {
		return Order{}, ours(err, "PriceOrder")
	}
	return c.changeOrder(ctx, orderID, write{
		name: "PriceOrder", method: c.priceMethod, route: "/air/orders/{id}/actions/price",
		path: []string{"air", "orders", orderID, "actions", "price"}, data: priceOrderData{methods},
	})
}

func checkIntended(methods []IntendedMethod) error {
	if len(methods) == 0 {
		return payment.InvalidField("IntendedMethod", "give at least one")
	}
	for _, m := range methods {
		if m.Type == "" {
			return payment.InvalidField("Type", "missing")
		}
		if err := checkFor(MethodCard, m.Type, "CardID", m.CardID); err != nil {
			return err
		}
		if err := checkFor(MethodAirlineCredit, m.Type, "AirlineCreditID", m.AirlineCreditID); err != nil {
			return err
		}
	}
	return nil
}

// AddServicesRequest books and pays for extras of an order.
type AddServicesRequest struct {
	// Services are extras of those that the order shows as available.
	Services []ServiceQuantity
	// Payment pays for them: from the balance or through ARC or BSP.
	Payment NewPayment
}

// AddServices books extras for an order and pays for them (POST /air/orders/{id}/services). It moves money, is sent once,
// and its error has an outcome: see [payment.OutcomeOf]. After one that is Unknown do not add them again; read the order
// until its Services tell.
func (c *Client) AddServices(ctx context.Context, orderID string, req AddServicesRequest) (Order, error) {
	data, err := c.addServicesBody(req)
	if err != nil {
		return Order{}, ours(err, "AddServices")
	}
	return c.changeOrder(ctx, orderID, write{
		name: "AddServices", method: http.MethodPost, route: "/air/orders/{id}/services",
		path: []string{"air", "orders", orderID, "services"}, data: data,
	})
}

func (c *Client) addServicesBody(req AddServicesRequest) (addServicesData, error) {
	if len(req.Services) == 0 {
		return addServicesData{}, payment.InvalidField("Services", "missing")
	}
	if err := checkServices(req.Services); err != nil {
		return addServicesData{}, err
	}
	if t := req.Payment.Type; t == MethodCard || t == MethodAirlineCredit {
		return addServicesData{}, payment.InvalidField("Type", "Duffel documents no payment for services by "+string(t))
	}
	var none []payment.Secret // no card, so no session
	part, err := c.part(req.Payment, &none)
	return addServicesData{AddServices: req.Services, Payment: part}, err
}

// changeOrder sends a write whose answer is the order.
func (c *Client) changeOrder(ctx context.Context, orderID string, w write) (Order, error) {
	if err := checkID("OrderID", orderID); err != nil {
		return Order{}, ours(err, w.name)
	}
	var changed Order
	err := c.write(ctx, w, func(a *call.Answer) error {
		data, err := dataOf(a.Body)
		if err != nil {
			return err
		}
		o, err := decodeOrder(data)
		switch {
		case err != nil:
			return err
		case o.ID != orderID:
			return errOtherOrder
		}
		changed = o
		return nil
	})
	return changed, err
}

// IntendedPayment is one of the ways that an order was last priced for.
type IntendedPayment struct {
	Type              payment.Method `json:"type"`
	CardID            string         `json:"card_id,omitempty"`
	AirlineCreditID   string         `json:"airline_credit_id,omitempty"`
	SurchargeAmount   Amount         `json:"surcharge_amount,omitempty"` // of a card
	SurchargeCurrency string         `json:"surcharge_currency,omitempty"`
	PenaltyAmount     Amount         `json:"penalty_amount,omitempty"` // of an airline credit
	PenaltyCurrency   string         `json:"penalty_currency,omitempty"`
	ChargeAmount      Amount         `json:"charge_amount"`
	ChargeCurrency    string         `json:"charge_currency"`
}

// Charge joins ChargeAmount and ChargeCurrency: what to pay in this way.
func (p IntendedPayment) Charge() (payment.Money, error) {
	return money(p.ChargeAmount, p.ChargeCurrency)
}

// Charges adds up the charges that the order was last priced with: its price with all surcharges and penalties. It is an
// error when there are none, or when they are in several currencies ([payment.ErrCurrencyMismatch]).
func (o Order) Charges() (payment.Money, error) {
	sum, currency := decimal.Zero, ""
	for _, p := range o.IntendedPaymentMethods {
		charge, err := p.Charge()
		switch {
		case err != nil:
			return payment.Money{}, err
		case currency != "" && charge.Currency() != currency:
			return payment.Money{}, &payment.Error{Provider: provider, Op: "Charges", Kind: payment.ErrCurrencyMismatch,
				Field: "IntendedPaymentMethods", Message: "charges in " + currency + " and " + charge.Currency()}
		}
		sum, currency = sum.Add(charge.Decimal()), charge.Currency()
	}
	if currency == "" {
		return payment.Money{}, &payment.Error{Provider: provider, Op: "Charges", Kind: payment.ErrInvalidRequest,
			Field: "IntendedPaymentMethods", Message: "the order has not been priced"}
	}
	return payment.MoneyFromDecimal(sum, currency)
}
