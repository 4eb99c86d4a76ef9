package activeplatform

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// topUp is what the payer reads of a payment, whichever API it came from.
type topUp struct {
	id, account ID
	asked       Amount
	currency    string // "" where the API names none
	comment     string
	status      Status
	createdAt   Timestamp
	raw         any // the Payment or PaymentV3
}

// family is one of the two APIs, as the payer uses it.
type family interface {
	create(ctx context.Context, a payment.Attempt, comment string, d Details) (topUp, *call.Answer, error)
	get(ctx context.Context, id ID) (topUp, error)
	// page reads one page of the payments, the newest first: those of the account where the API can tell, and those
	// after since where it can. It returns the answer's body too.
	page(ctx context.Context, account ID, since time.Time, number, size int) (rows []topUp, body []byte, err error)
}

func (p Payment) topUp() topUp {
	return topUp{
		id: p.ID, account: p.AccountID, asked: p.Total, comment: p.Comment, status: p.Status, createdAt: p.CreatedAt, raw: p,
	}
}

func (p PaymentV3) topUp() topUp {
	a := p.Attributes
	return topUp{
		id: p.ID, account: a.AccountID, asked: p.asked(), currency: a.CurrencyCode, comment: a.Comment,
		status: a.Status, createdAt: a.CreatedAt, raw: p,
	}
}

// familyV1 is API v1.
type familyV1 struct{ c *Client }

func (f familyV1) create(ctx context.Context, a payment.Attempt, comment string, d Details) (topUp, *call.Answer, error) {
	p, answer, err := f.c.createPayment(ctx, CreatePaymentRequest{
		AccountID: ID(a.OrderID), Total: a.Amount, Comment: comment, ManagerID: d.ManagerID,
	})
	return p.topUp(), answer, err
}

func (f familyV1) get(ctx context.Context, id ID) (topUp, error) {
	p, err := f.c.GetPayment(ctx, id)
	return p.topUp(), err
}

// page uses no filter of time and none of status: what the first matches is not documented, and the second would hide a
// payment that somebody completed or cancelled.
func (f familyV1) page(ctx context.Context, account ID, _ time.Time, number, size int) ([]topUp, []byte, error) {
	rows, body, err := f.c.paymentsPage(ctx, url.Values{
		"filters[account_id]": {string(account)}, "sorting[field]": {"created_at"}, "sorting[reversed]": {"true"},
		"page": {strconv.Itoa(number)}, "per_page": {strconv.Itoa(size)},
	})
	return topUps(rows, Payment.topUp), body, err
}

// familyV3 is API v3.
type familyV3 struct{ v *V3 }

func (f familyV3) create(ctx context.Context, a payment.Attempt, comment string, d Details) (topUp, *call.Answer, error) {
	p, answer, err := f.v.createPayment(ctx, CreatePaymentV3Request{
		AccountID: ID(a.OrderID), Total: a.Amount, Comment: comment, Purpose: d.Purpose,
	})
	return p.topUp(), answer, err
}

func (f familyV3) get(ctx context.Context, id ID) (topUp, error) {
	p, err := f.v.GetPayment(ctx, id)
	return p.topUp(), err
}

// page uses no filter of the account: API v3 documents none for payments.
func (f familyV3) page(ctx context.Context, _ ID, since time.Time, number, size int) ([]topUp, []byte, error) {
	q := url.Values{"sort": {"-created_at"}, "page[number]": {strconv.Itoa(number)}, "page[size]": {strconv.Itoa(size)}}
	addPeriod(q, "created_at", since, time.Time{})
	rows, body, err := f.v.paymentsPage(ctx, q)
	return topUps(rows, PaymentV3.topUp), body, err
}

func topUps[T any](rows []T, convert func(T) topUp) []topUp {
	all := make([]topUp, 0, len(rows))
	for _, row := range rows {
		all = append(all, convert(row))
	}
	return all
}

// markerPrefix and markerLength make up a marker: "spay-" and 80 bits in base 32. It is short because no limit of a
// comment is documented, and stands first because a limit would cut the end.
const (
	markerPrefix = "spay-"
	markerLength = 16
	markerBytes  = markerLength * 5 / 8
)

var (
	markers  = regexp.MustCompile(markerPrefix + `[a-z2-7]{16}`)
	encoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
)

// markerOf returns the marker of a key, which the comments of all its payments carry. It is how a payment is found whose
// id was never learned: no other field of a request is the caller's own.
func markerOf(key string) string {
	sum := sha256.Sum256([]byte("supplierpay activeplatform marker 1\n" + key))
	var marker [len(markerPrefix) + markerLength]byte
	encoding.Encode(marker[copy(marker[:], markerPrefix):], sum[:markerBytes])
	return string(marker[:])
}

// marked reports whether the comment carries the marker.
func (t topUp) marked(marker string) bool { return strings.Contains(t.comment, marker) }
