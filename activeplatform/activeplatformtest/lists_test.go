package activeplatformtest_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
)

const first = 2007039

// filled has n payments of one account, a minute apart.
func filled(t *testing.T, n int, opts ...activeplatformtest.Option) (srv *caller, account string, start time.Time) {
	t.Helper()
	srv = newServer(t, opts...)
	account = srv.AddAccount(activeplatformtest.Account{})
	start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "x", CreatedAt: start.Add(time.Duration(i) * time.Minute)})
	}
	return srv, account, start
}

func TestListV1(t *testing.T) {
	srv, account, _ := filled(t, 30)
	other := srv.AddAccount(activeplatformtest.Account{})
	srv.AddPayment(activeplatformtest.Payment{AccountID: other, Total: usd(t, "5"), Comment: "x"})
	if err := srv.Complete(strconv.Itoa(first + 3)); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]int{
		"filters[account_id]=" + account + "&per_page=2&page=3":        {first + 4, first + 5},
		"sorting[field]=created_at&sorting[reversed]=true&per_page=2":  {first + 30, first + 29},
		"sorting[field]=created_at&sorting[reversed]=false&per_page=1": {first},
		"filters[status]=completed":                                    {first + 3},
		"filters[account_id]=" + other:                                 {first + 30},
		"filters[account_id]=7":                                        {},
		"page=9":                                                       {},
		"filters[payment_method_id]=1":                                 {},
	} {
		if diff := cmp.Diff(want, ids(t, srv.v1(t, "GET", "/payments.json", query, ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	if n := len(ids(t, srv.v1(t, "GET", "/payments.json", "", ""))); n != 25 {
		t.Errorf("a page of %d rows", n)
	}
	for _, query := range []string{"page=0", "per_page=0", "page=x", "sorting[field]=comment"} {
		if got := srv.v1(t, "GET", "/payments.json", query, ""); got.Status != 422 {
			t.Errorf("%s: %+v", query, got)
		}
	}
}

func TestPageLimit(t *testing.T) {
	srv, _, _ := filled(t, 30, activeplatformtest.WithPageLimit(10))
	if diff := cmp.Diff([]int{first + 10}, ids(t, srv.v1(t, "GET", "/payments.json", "per_page=20&page=2", ""))[:1]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestListV3(t *testing.T) {
	srv, _, start := filled(t, 60)
	read := func(query string) []string {
		t.Helper()
		got := srv.v3(t, "GET", "/payments", query, "")
		var doc struct {
			Data []struct {
				ID string `json:"id"`
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(got.Body), &doc); err != nil || got.Status != 200 {
			t.Fatalf("%v: %+v", err, got)
		}
		all := []string{}
		for _, row := range doc.Data {
			all = append(all, row.ID)
		}
		return all
	}
	id := func(n int) string { return strconv.Itoa(first + n) }
	at := func(n int) string { return start.Add(time.Duration(n) * time.Minute).Format(time.RFC3339) }
	for query, want := range map[string][]string{
		"sort=-created_at&page[size]=2&page[number]=2":                         {id(57), id(56)},
		"filter[created_at][gt]=" + at(57):                                     {id(58), id(59)},
		"filter[created_at][gt]=" + at(3) + "&filter[created_at][lt]=" + at(5): {id(4)},
		"filter[updated_at][lt]=" + at(1):                                      {id(0)},
		"page[number]=3":                                                       {},
	} {
		if diff := cmp.Diff(want, read(query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	if n := len(read("")); n != 50 {
		t.Errorf("a page of %d rows", n)
	}
	for _, query := range []string{"page[size]=x", "sort=comment", "filter[created_at][gt]=today"} {
		if got := srv.v3(t, "GET", "/payments", query, ""); got.Status != 422 {
			t.Errorf("%s: %+v", query, got)
		}
	}
}

// TestLateRows: a hidden payment shows nowhere until its time has come.
func TestLateRows(t *testing.T) {
	srv := newServer(t)
	account := srv.AddAccount(activeplatformtest.Account{})
	show := make(chan struct{})
	srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.CreatePayment, Hide: show})
	srv.v1(t, "POST", "/payments.json", "", createBody)
	seen := func() bool {
		list, get := len(ids(t, srv.v1(t, "GET", "/payments.json", "", ""))), srv.v1(t, "GET", "/payments/2007039.json", "", "")
		if (list == 1) != (get.Status == 200) {
			t.Errorf("%d rows, and %+v", list, get)
		}
		return list == 1
	}
	if seen() {
		t.Error("shows too early")
	}
	if n := len(srv.Payments(account)); n != 1 {
		t.Errorf("%d payments", n)
	}
	close(show)
	if !seen() {
		t.Error("does not show")
	}
}

// TestRowsArrive adds a payment with every page that is asked for.
func TestRowsArrive(t *testing.T) {
	srv, account, _ := filled(t, 4)
	srv.Fail(activeplatformtest.Fault{Route: activeplatformtest.ListPayments, Times: -1, Arrived: func() {
		srv.AddPayment(activeplatformtest.Payment{AccountID: account, Total: usd(t, "5"), Comment: "new"})
	}})
	newest := "sorting[field]=created_at&sorting[reversed]=true&per_page=2&page="
	got := append(ids(t, srv.v1(t, "GET", "/payments.json", newest+"1", "")), ids(t, srv.v1(t, "GET", "/payments.json", newest+"2", ""))...)
	if diff := cmp.Diff([]int{first + 4, first + 3, first + 3, first + 2}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAccounts(t *testing.T) {
	srv := newServer(t)
	a := srv.AddAccount(activeplatformtest.Account{Email: "a@example.com", AutoComplete: true})
	srv.AddAccount(activeplatformtest.Account{Email: "b@example.com"})
	srv.AddPayment(activeplatformtest.Payment{AccountID: a, Total: usd(t, "5"), Comment: "x"})
	one := srv.v3(t, "GET", "/accounts/"+a, "", "")
	if one.Status != 200 || !strings.Contains(one.Body, `"id":`+a+`,`) || !strings.Contains(one.Body, `"balance":"5.0"`) {
		t.Errorf("%+v", one)
	}
	list := srv.v3(t, "GET", "/accounts", "filter[email]=b@example.com,c@example.com", "")
	if strings.Count(list.Body, `"type":"accounts"`) != 1 || !strings.Contains(list.Body, `"balance":"0.0"`) {
		t.Errorf("%+v", list)
	}
	if got := srv.v3(t, "GET", "/accounts/1", "", ""); got.Status != 404 {
		t.Errorf("%+v", got)
	}
	if got := srv.v3(t, "GET", "/accounts", "page[number]=0", ""); got.Status != 422 {
		t.Errorf("%+v", got)
	}
}

func TestTLS(t *testing.T) {
	srv := newServer(t, activeplatformtest.WithTLS(), activeplatformtest.WithToken("mine"), activeplatformtest.WithCurrency("EUR"))
	account := srv.AddAccount(activeplatformtest.Account{AutoComplete: true})
	if got := srv.v1(t, "POST", "/payments.json", "api_token=mine", createBody); got.Status != 201 {
		t.Errorf("%+v", got)
	}
	srv.wantTaken(t, account, "100.00 EUR")
	if n := len(srv.Requests(activeplatformtest.CreatePayment)); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestWithoutListener(t *testing.T) {
	srv := activeplatformtest.NewServer(activeplatformtest.WithoutListener())
	defer srv.Close()
	if srv.URL != "" || srv.Transport() != nil || srv.Handler() == nil {
		t.Errorf("%+v", srv)
	}
}
