package musementtest

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// Musement's forms of a time: an instant without a colon in its offset, and a local time without a
// zone.
const (
	instantForm = "2006-01-02T15:04:05-0700"
	localForm   = "2006-01-02 15:04"
)

// moneyJSON has a number in value.
type moneyJSON struct {
	Currency          string      `json:"currency"`
	Value             json.Number `json:"value"`
	FormattedValue    string      `json:"formatted_value"`
	FormattedISOValue string      `json:"formatted_iso_value,omitempty"`
}

func moneyOf(m payment.Money) moneyJSON {
	value := m.Amount()
	if strings.Contains(value, ".") {
		value = strings.TrimRight(strings.TrimRight(value, "0"), ".")
	}
	return moneyJSON{Currency: m.Currency(), Value: json.Number(value),
		FormattedValue: m.Currency() + " " + m.Amount(), FormattedISOValue: m.Currency() + m.Amount()}
}

// The members are in the order of the recorded bodies.
type orderJSON struct {
	UUID            string          `json:"uuid"`
	Identifier      string          `json:"identifier"`
	Date            string          `json:"date"`
	Status          string          `json:"status"`
	Market          string          `json:"market"`
	Source          string          `json:"source"`
	ExtraData       *string         `json:"extra_data"`
	IsPaid          *bool           `json:"is_paid,omitempty"`
	IsPaidCamel     *bool           `json:"isPaid,omitempty"`
	Customer        customerJSON    `json:"customer"`
	Items           []orderItemJSON `json:"items"`
	TotalPrice      moneyJSON       `json:"total_price"`
	DiscountAmount  moneyJSON       `json:"discount_amount"`
	TotalInCurrency moneyJSON       `json:"total_retail_price_in_order_currency"`
	PromoCodes      []any           `json:"promo_codes"`
}

type orderItemJSON struct {
	UUID            string        `json:"uuid"`
	TransactionCode string        `json:"transaction_code"`
	Status          string        `json:"status"`
	Quantity        int           `json:"quantity"`
	ErrorStatus     bool          `json:"error_status"`
	Reason          string        `json:"cancellation_reason,omitempty"`
	Info            string        `json:"cancellation_additional_info,omitempty"`
	Vouchers        []voucherJSON `json:"vouchers"`
	ExtraData       []any         `json:"extra_customer_data"`
	Product         productJSON   `json:"product"`
	Total           moneyJSON     `json:"total_retail_price_in_order_currency"`
}

type voucherJSON struct {
	URL string `json:"url"`
}

type productJSON struct {
	Type                string    `json:"type"`
	ID                  string    `json:"id"`
	ActivityUUID        string    `json:"activity_uuid"`
	Date                string    `json:"date"`
	Title               string    `json:"title"`
	MaxConfirmationTime string    `json:"max_confirmation_time"`
	RetailPrice         moneyJSON `json:"retail_price"`
}

// ActivityUUID is the one activity of this simulator.
const ActivityUUID = "df542cb8-8fca-44d0-94e6-715399c783f0"

// json renders the order as reads show it now. The caller holds the server's lock.
func (o *order) json(now time.Time) orderJSON {
	j := orderJSON{
		UUID: o.UUID, Identifier: o.identifier, Date: o.date.Format(instantForm), Status: "PENDING", Market: "us",
		Source: "frontend", ExtraData: o.extraData, Customer: o.customer, Items: []orderItemJSON{},
		TotalPrice: moneyOf(o.Price), DiscountAmount: moneyOf(zeroOf(o.Price)), TotalInCurrency: moneyOf(o.Price),
		PromoCodes: []any{},
	}
	paid := o.shown(now).paid
	switch o.PaidFlag {
	case SnakeCase:
		j.IsPaid = &paid
	case CamelCase:
		j.IsPaidCamel = &paid
	}
	confirmed := len(o.items) > 0
	for _, i := range o.items {
		item := o.itemJSON(i, now)
		confirmed = confirmed && item.Status == "OK"
		j.Items = append(j.Items, item)
	}
	if confirmed {
		j.Status = "OK"
	}
	return j
}

func (o *order) itemJSON(i *orderItem, now time.Time) orderItemJSON {
	confirmation := "P0D"
	if o.NeedsConfirmation {
		confirmation = "PT30M"
	}
	item := orderItemJSON{
		UUID: i.uuid, TransactionCode: "tc-" + i.uuid, Status: o.itemStatus(i, now), Quantity: i.quantity,
		Reason: i.reason, Info: i.info, Vouchers: []voucherJSON{}, ExtraData: []any{},
		Product: productJSON{Type: "musement", ID: i.product.Identifier, ActivityUUID: ActivityUUID,
			Date: o.date.AddDate(0, 1, 0).Format(localForm), Title: i.product.Title, MaxConfirmationTime: confirmation,
			RetailPrice: moneyOf(i.product.Price)},
		Total: moneyOf(times(i.product.Price, i.quantity)),
	}
	if item.Status == "OK" {
		item.Vouchers = append(item.Vouchers, voucherJSON{"https://voucher.example/view/" + i.uuid + "?pdf=1"})
	}
	return item
}

func zeroOf(m payment.Money) payment.Money { return times(m, 0) }
