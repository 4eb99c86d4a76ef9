package activeplatform

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// ListPaymentsV3Params says which payments API v3 lists.
type ListPaymentsV3Params struct {
	// CreatedAfter and CreatedBefore are strict bounds, and so are the others.
	CreatedAfter, CreatedBefore time.Time
	UpdatedAfter, UpdatedBefore time.Time
	// Sort is the field to sort by, with a minus in front for descending: "-created_at".
	Sort string
	// PageSize is the size of a page; 0 leaves it to the platform, which takes 50.
	PageSize int
	// Extra are parameters that this struct has not, such as "filter[account_id]". The platform may ignore what it does
	// not know: check the rows.
	Extra url.Values
}

// ListPayments lists payments (GET /payments), page after page as the loop asks for them, to the first empty page. It
// stops after the first error. Rows that move between two pages while the loop runs may be missed, or come twice.
func (v *V3) ListPayments(ctx context.Context, params ListPaymentsV3Params) iter.Seq2[PaymentV3, error] {
	q := url.Values{}
	addPeriod(q, "created_at", params.CreatedAfter, params.CreatedBefore)
	addPeriod(q, "updated_at", params.UpdatedAfter, params.UpdatedBefore)
	add(q, "sort", params.Sort)
	if err := addSize(q, "page[size]", params.PageSize); err != nil {
		return failed[PaymentV3](unasked(err, "ListPayments"))
	}
	return list("ListPayments", func(page int) ([]PaymentV3, error) {
		rows, _, err := v.paymentsPage(ctx, numbered(q, params.Extra, page))
		return rows, err
	}, func(p PaymentV3) ID { return p.ID })
}

func (v *V3) paymentsPage(ctx context.Context, query url.Values) ([]PaymentV3, []byte, error) {
	return pageV3(ctx, v, "ListPayments", "payments", query, decodePaymentV3)
}

// pageV3 reads one page of a list, and returns the answer's body too.
func pageV3[T any](ctx context.Context, v *V3, name, path string, query url.Values, decode func(json.RawMessage) (T, error)) (rows []T, body []byte, err error) {
	op, err := v.op(call.Read, name+"V3", http.MethodGet, "/"+path, path)
	if err != nil {
		return nil, nil, unasked(err, name)
	}
	op.Query = query
	_, err = v.client.v3.Do(ctx, op, func(a *call.Answer) error {
		doc, err := openV3(a.Body)
		if err != nil {
			return err
		}
		body = a.Body
		rows, err = rowsOf(doc.Data, decode)
		return err
	})
	return rows, body, err
}

func numbered(query, extra url.Values, page int) url.Values {
	q := withExtra(query, extra)
	q.Set("page[number]", strconv.Itoa(page))
	return q
}

// addPeriod adds the strict bounds of a time. The Z form needs no plus sign.
func addPeriod(q url.Values, field string, after, before time.Time) {
	for bound, t := range map[string]time.Time{"gt": after, "lt": before} {
		if !t.IsZero() {
			q.Set("filter["+field+"]["+bound+"]", t.UTC().Format(time.RFC3339))
		}
	}
}

// AccountV3 is an account as API v3 shows it.
type AccountV3 struct {
	ID         ID                  `json:"id"`
	Type       string              `json:"type"`
	Attributes AccountV3Attributes `json:"attributes"`
	// Raw is the object as it came, with members that this struct does not know.
	Raw json.RawMessage `json:"-"`
}

// AccountV3Attributes are the documented attributes of an account. Its currency is not among them: amounts are in the
// reseller's.
type AccountV3Attributes struct {
	CreatedAt      Timestamp `json:"created_at"`
	UpdatedAt      Timestamp `json:"updated_at"`
	ResellerID     ID        `json:"reseller_id"`
	Name           string    `json:"name"`
	AccountClassID ID        `json:"account_class_id"`
	PrimaryName    string    `json:"primary_name"` // a company's name
	FirstName      string    `json:"first_name"`
	MiddleName     string    `json:"middle_name"`
	LastName       string    `json:"last_name"`
	Country        string    `json:"country"`
	Region         string    `json:"region"`
	City           string    `json:"city"`
	Street         string    `json:"street"`
	Building       string    `json:"building"`
	Office         string    `json:"office"`
	ZIP            string    `json:"zip"`
	Phone          string    `json:"phone"`
	Email          string    `json:"email"`
	Status         string    `json:"status"`

	Balance                 Amount `json:"balance"`
	UsableBalance           Amount `json:"usable_balance"` // what the account can spend
	CurrentDebt             Amount `json:"current_debt"`
	SubscriptionCreditLimit Amount `json:"subscription_credit_limit"`
}

// GetAccount reads an account and its balance (GET /accounts/{account_id}).
func (v *V3) GetAccount(ctx context.Context, id ID) (AccountV3, error) {
	if err := checkID("AccountID", id); err != nil {
		return AccountV3{}, unasked(err, "GetAccount")
	}
	op, err := v.op(call.Read, "GetAccountV3", http.MethodGet, "/accounts/{account_id}", "accounts", string(id))
	if err != nil {
		return AccountV3{}, unasked(err, "GetAccount")
	}
	var account AccountV3
	_, err = v.client.v3.Do(ctx, op, func(a *call.Answer) error {
		doc, err := openV3(a.Body)
		if err != nil {
			return err
		}
		if account, err = decodeAccountV3(doc.Data); err == nil && account.ID != id {
			return errOtherAccount
		}
		return err
	})
	if err != nil {
		return AccountV3{}, err
	}
	return account, nil
}

func decodeAccountV3(raw json.RawMessage) (AccountV3, error) {
	var a AccountV3
	if err := wire.UnmarshalLenient(raw, &a); err != nil {
		return AccountV3{}, err
	}
	if checkID("ID", a.ID) != nil {
		return AccountV3{}, errNoID
	}
	a.Raw = raw
	return a, nil
}

// ListAccountsV3Params says which accounts to list.
type ListAccountsV3Params struct {
	Emails    []string // of the accounts
	UserEmail string   // of a user of the account
	INN       string   // tax number
	// CreatedAfter and CreatedBefore are strict bounds.
	CreatedAfter, CreatedBefore time.Time
	// PageSize is the size of a page; 0 leaves it to the platform, which takes 50.
	PageSize int
	// Extra are parameters that this struct has not.
	Extra url.Values
}

// ListAccounts lists accounts (GET /accounts), page after page as the loop asks for them, to the first empty page. It stops
// after the first error.
func (v *V3) ListAccounts(ctx context.Context, params ListAccountsV3Params) iter.Seq2[AccountV3, error] {
	q := url.Values{}
	for _, email := range params.Emails {
		if email == "" || strings.Contains(email, ",") {
			return failed[AccountV3](unasked(payment.InvalidField("Emails", "empty, or with a comma, which parts addresses"), "ListAccounts"))
		}
	}
	add(q, "filter[email]", strings.Join(params.Emails, ","))
	add(q, "filter[user_email]", params.UserEmail)
	add(q, "filter[inn]", params.INN)
	addPeriod(q, "created_at", params.CreatedAfter, params.CreatedBefore)
	if err := addSize(q, "page[size]", params.PageSize); err != nil {
		return failed[AccountV3](unasked(err, "ListAccounts"))
	}
	return list("ListAccounts", func(page int) ([]AccountV3, error) {
		rows, _, err := pageV3(ctx, v, "ListAccounts", "accounts", numbered(q, params.Extra, page), decodeAccountV3)
		return rows, err
	}, func(a AccountV3) ID { return a.ID })
}
