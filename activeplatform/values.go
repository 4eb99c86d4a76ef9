package activeplatform

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// ID is the platform's number of something: of a payment, an account, a manager, a payment method. The two APIs write ids
// as numbers and as strings of digits; both are read, and a request carries them the way its API wants them. "" is null
// or absent.
type ID string

// UnmarshalJSON takes a number or a string.
func (id *ID) UnmarshalJSON(token []byte) error {
	*id = ID(wire.Text(token))
	return nil
}

// maxID is how many digits an id can have and still fit 64 bits.
const maxID = 18

// checkID refuses what cannot be an id.
func checkID(field string, id ID) error {
	switch {
	case id == "":
		return payment.InvalidField(field, "missing")
	case len(id) > maxID:
		return payment.InvalidField(field, fmt.Sprintf("longer than %d digits", maxID))
	case id[0] == '0':
		return payment.InvalidField(field, "begins with 0")
	}
	if !wire.IsDigits(string(id)) {
		return payment.InvalidField(field, "an id has digits only")
	}
	return nil
}

// checkOptionalID is checkID for an id that may be left out.
func checkOptionalID(field string, id ID) error {
	if id == "" {
		return nil
	}
	return checkID(field, id)
}

// number is the id as a number of a request.
func (id ID) number() json.Number { return json.Number(id) }

// Text is text that the platform may write as a number too, such as a document number: "P006131", "002018". It is never
// parsed. "" is null or absent.
type Text string

// UnmarshalJSON takes a string or a number.
func (t *Text) UnmarshalJSON(token []byte) error {
	*t = Text(wire.Text(token))
	return nil
}

// Amount is an amount of money as the platform wrote it, "100.0", without its currency; "" is null or absent. Its scale
// says nothing: compare values, not text.
type Amount string

// Decimal returns the amount exactly. Text that is no decimal number, and numbers of absurd size, are errors.
func (a Amount) Decimal() (decimal.Decimal, error) {
	d, err := wire.Decimal(string(a))
	if err != nil {
		return decimal.Decimal{}, unreadable("Amount", err)
	}
	return d, nil
}

// UnmarshalJSON takes a string or a number.
func (a *Amount) UnmarshalJSON(token []byte) error {
	*a = Amount(wire.Text(token))
	return nil
}

// Timestamp is a time or a date as the platform wrote it; "" is null or absent. It comes as
// "2016-10-04T10:52:17.813+03:00", as "2019-11-01T06:37:31.737051+0300", and as a date, "2016-08-12".
type Timestamp string

// UnmarshalJSON takes a string. What is no string is kept as its JSON text.
func (t *Timestamp) UnmarshalJSON(token []byte) error {
	*t = Timestamp(wire.Text(token))
	return nil
}

// Time returns the instant. A date is none: see [Timestamp.In].
func (t Timestamp) Time() (time.Time, error) {
	at, err := wire.Time(string(t))
	if err != nil {
		return time.Time{}, unreadable("Timestamp", err)
	}
	return at, nil
}

// In returns the time, and takes a date, or a time without a zone, as one of loc: the platform's own time zone.
func (t Timestamp) In(loc *time.Location) (time.Time, error) {
	at, err := t.Time()
	if err == nil {
		return at, nil
	}
	for _, form := range [...]string{time.DateOnly, "2006-01-02T15:04:05"} {
		if local, err := time.ParseInLocation(form, string(t), loc); err == nil {
			return local, nil
		}
	}
	return time.Time{}, err
}

// Status is where a payment stands: an open set of words.
type Status string

// The statuses of the documentation. Expired and Processing are in its prose only, and their spelling is our reading of
// it.
const (
	StatusWaitingForPayment Status = "waiting_for_payment" // made, and neither approved nor paid
	StatusCompleted         Status = "completed"           // paid and approved
	StatusReceiptCreating   Status = "receipt_creating"    // a manager is writing a receipt
	StatusReceiptSent       Status = "receipt_sent"        // the customer has the receipt
	StatusCancelled         Status = "cancelled"           // called off, joined into another payment, or, in old releases, paid from the balance
	StatusPaidFromBalance   Status = "paid_from_balance"   // paid from what the account already had
	StatusPendingBilling    Status = "pending_billing"     // waits for an external system to approve an invoice
	StatusExpired           Status = "expired"             // a post-paid payment after its date; it can still be completed
	StatusProcessing        Status = "processing"          // a payment gateway has it
)

// IsFinal reports whether the status stays. A word that we do not know is not final.
func (s Status) IsFinal() bool {
	switch s {
	case StatusCompleted, StatusCancelled, StatusPaidFromBalance:
		return true
	default:
		return false
	}
}

// status maps the word. Cancelled is no answer to whether the money was taken, so the payer never gets here with it.
func (s Status) status() payment.Status {
	switch s {
	case StatusCompleted, StatusPaidFromBalance:
		return payment.Succeeded
	default:
		return payment.Pending
	}
}

// unreadable is a value of an answer that cannot be used. It says nothing about the money.
func unreadable(field string, cause error) error {
	return &payment.Error{Provider: provider, Outcome: payment.Unknown, Field: field,
		Message: "the answer's value cannot be read", Err: cause}
}
