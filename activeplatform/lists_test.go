package activeplatform

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// fill adds n payments to an account, a second apart, and returns their ids, the oldest first.
func fill(t testing.TB, srv *activeplatformtest.Server, account string, n int) []ID {
	t.Helper()
	start := srv.Now().Add(-time.Duration(n) * time.Second)
	var ids []ID
	for i := range n {
		ids = append(ids, ID(srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"),
			Comment: fmt.Sprintf("by hand %d", i), CreatedAt: start.Add(time.Duration(i) * time.Second)})))
	}
	return ids
}

func TestListPayments(t *testing.T) {
	srv := simulator(t)
	account, other := srv.AddAccount(activeplatformtest.Account{}), srv.AddAccount(activeplatformtest.Account{})
	want := fill(t, srv, account, 7)
	fill(t, srv, other, 2)
	c := newTestClient(t, srv.URL)
	var v1, v3 []ID
	for p, err := range c.ListPayments(t.Context(), ListPaymentsParams{AccountID: ID(account), PerPage: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		v1 = append(v1, p.ID)
	}
	if diff := cmp.Diff(want, v1); diff != "" {
		t.Errorf("v1 (-want +got):\n%s", diff)
	}
	after := srv.Now().Add(-time.Hour)
	for p, err := range c.V3("1").ListPayments(t.Context(), ListPaymentsV3Params{CreatedAfter: after, Sort: "created_at", PageSize: 4}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Relationships.Account.Data.ID == ID(account) {
			v3 = append(v3, p.ID)
		}
	}
	if diff := cmp.Diff(want, v3); diff != "" {
		t.Errorf("v3 (-want +got):\n%s", diff)
	}
	n := srv.Count(activeplatformtest.ListPayments)
	for range c.ListPayments(t.Context(), ListPaymentsParams{PerPage: 2}) {
		break
	}
	if got := srv.Count(activeplatformtest.ListPayments) - n; got != 1 {
		t.Errorf("a loop that ends at once asked for %d pages", got)
	}
}

// TestListQueries compares the parameters of the first page.
func TestListQueries(t *testing.T) {
	at := time.Date(2025, 7, 28, 10, 43, 0, 0, time.FixedZone("", 3*60*60))
	empty := answer{body: `{"data":[]}`}
	s := serve(t, map[string]answer{
		"GET /api/vendor/v1/payments.json": {body: "[]"}, "GET " + paymentsV3: empty, "GET /api/v3/resellers/1/accounts": empty,
	})
	c := newTestClient(t, s.URL)
	for range c.ListPayments(t.Context(), ListPaymentsParams{
		AccountID: "5", PaymentMethodID: "2", Status: StatusCompleted, CreatedAt: "2025-07-28", UpdatedAt: "x",
		SortBy: "created_at", Descending: true, PerPage: 10,
	}) {
		t.Error("a row of an empty list")
	}
	for range c.V3("1").ListPayments(t.Context(), ListPaymentsV3Params{
		CreatedAfter: at, CreatedBefore: at, UpdatedAfter: at, UpdatedBefore: at, Sort: "-created_at", PageSize: 10,
		Extra: url.Values{"filter[account_id]": {"5"}, "sort": {"id"}},
	}) {
		t.Error("a row of an empty list")
	}
	for range c.V3("1").ListAccounts(t.Context(), ListAccountsV3Params{
		Emails: []string{"a@example.com", "b@example.com"}, UserEmail: "u@example.com", INN: "77", CreatedAfter: at, PageSize: 5,
	}) {
		t.Error("a row of an empty list")
	}
	var got []string
	for _, r := range s.requests() {
		u, err := url.QueryUnescape(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, u)
	}
	want := []string{
		"GET /api/vendor/v1/payments.json?api_token=" + testToken + "&filters[account_id]=5&filters[created_at]=2025-07-28&filters[payment_method_id]=2&filters[status]=completed&filters[updated_at]=x&page=1&per_page=10&sorting[field]=created_at&sorting[reversed]=true",
		"GET " + paymentsV3 + "?filter[account_id]=5&filter[created_at][gt]=2025-07-28T07:43:00Z&filter[created_at][lt]=2025-07-28T07:43:00Z&filter[updated_at][gt]=2025-07-28T07:43:00Z&filter[updated_at][lt]=2025-07-28T07:43:00Z&page[number]=1&page[size]=10&sort=-created_at",
		"GET /api/v3/resellers/1/accounts?filter[created_at][gt]=2025-07-28T07:43:00Z&filter[email]=a@example.com,b@example.com&filter[inn]=77&filter[user_email]=u@example.com&page[number]=1&page[size]=5",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestListErrors: a list that cannot be used ends with one error, of outcome Unknown.
func TestListErrors(t *testing.T) {
	row := fixture(t, "v1-get.json")
	for name, tt := range map[string]struct {
		params ListPaymentsParams
		answer answer
		rows   int
		is     error
	}{
		"odd account":    {ListPaymentsParams{AccountID: "x"}, answer{}, 0, payment.ErrInvalidRequest},
		"negative page":  {ListPaymentsParams{PerPage: -1}, answer{}, 0, payment.ErrInvalidRequest},
		"an object":      {ListPaymentsParams{}, answer{body: `{"payments":[]}`}, 0, errNoList},
		"null":           {ListPaymentsParams{}, answer{body: `null`}, 0, errNoList},
		"an odd row":     {ListPaymentsParams{}, answer{body: `[` + row + `,{}]`}, 0, errNoID},
		"a broken page":  {ListPaymentsParams{}, answer{status: http.StatusInternalServerError}, 0, payment.ErrUnavailable},
		"the same again": {ListPaymentsParams{}, answer{body: `[` + row + `]`}, 1, errPageAgain},
	} {
		s := serve(t, map[string]answer{"GET /api/vendor/v1/payments.json": tt.answer})
		rows, failures := 0, 0
		for _, err := range newTestClient(t, s.URL).ListPayments(t.Context(), tt.params) {
			if err == nil {
				rows++
				continue
			}
			failures++
			if !errors.Is(err, tt.is) || payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%s: %v", name, err)
			}
		}
		if rows != tt.rows || failures != 1 {
			t.Errorf("%s: %d rows and %d errors", name, rows, failures)
		}
	}
}

// TestListGrowsAtItsFront: a page that only shows the one before again is not the end.
func TestListGrowsAtItsFront(t *testing.T) {
	srv := simulator(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	add := func(after time.Duration) ID {
		return ID(srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "1"), Comment: "x", CreatedAt: time.Now().Add(after)}))
	}
	first, second := add(time.Second), add(2*time.Second)
	var got []ID
	for p, err := range newTestClient(t, srv.URL).ListPayments(t.Context(), ListPaymentsParams{SortBy: "created_at", Descending: true, PerPage: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, p.ID); len(got) == 1 {
			add(3 * time.Second)
		}
	}
	if diff := cmp.Diff([]ID{second, first}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestListAccounts(t *testing.T) {
	srv := simulator(t)
	want := []ID{}
	for _, email := range []string{"a@example.com", "b@example.com", "c@example.com"} {
		want = append(want, ID(srv.AddAccount(activeplatformtest.Account{Email: email, AutoComplete: true})))
	}
	srv.AddPayment(activeplatformtest.Payment{AccountID: string(want[1]), Total: usd(t, "12.50"), Comment: "x"})
	v3 := newTestClient(t, srv.URL).V3("1")
	var got []ID
	for a, err := range v3.ListAccounts(t.Context(), ListAccountsV3Params{PageSize: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, a.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	a, err := v3.GetAccount(t.Context(), want[1])
	if err != nil || a.Attributes.Balance != "12.5" || a.Attributes.UsableBalance != "12.5" {
		t.Errorf("%+v, %v", a.Attributes, err)
	}
	for _, err := range v3.ListAccounts(t.Context(), ListAccountsV3Params{Emails: []string{"a,b"}}) {
		if !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("an address with a comma: %v", err)
		}
	}
}
