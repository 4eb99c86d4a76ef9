package activeplatformtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// caller is a plain HTTP client of a simulator.
type caller struct {
	*activeplatformtest.Server
	http *http.Client
}

func newServer(t *testing.T, opts ...activeplatformtest.Option) *caller {
	t.Helper()
	srv := activeplatformtest.NewServer(opts...)
	tr := srv.Transport()
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	return &caller{Server: srv, http: &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

type reply struct {
	Status int
	Body   string
	header http.Header
	err    error
}

// v1 calls a method of API v1 with the token; query is escaped here.
func (c *caller) v1(t *testing.T, method, path, query, body string) reply {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Has("api_token") {
		q.Set("api_token", c.Token)
	}
	return c.do(t, method, "/api/vendor/v1"+path+"?"+q.Encode(), body, nil)
}

// v3 calls a method of API v3 with all its headers; edit may spoil them.
func (c *caller) v3(t *testing.T, method, path, query, body string, edit ...func(http.Header)) reply {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	return c.do(t, method, "/api/v3/resellers/1"+path+"?"+q.Encode(), body, func(h http.Header) {
		h.Set("X-Api-Token", c.Token)
		h.Set("Content-Type", "application/vnd.api+json")
		h.Set("Accept", "application/vnd.api+json")
		for _, e := range edit {
			e(h)
		}
	})
}

func (c *caller) do(t *testing.T, method, target, body string, edit func(http.Header)) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.URL+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(req.Header)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Body: string(got), header: resp.Header, err: err}
}

func (c *caller) wantTaken(t *testing.T, account string, want ...string) {
	t.Helper()
	if err := c.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range c.Taken(account) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// members returns the names in an object, at any depth, "a.b"; it shows whether an answer has the
// documented shape.
func members(t *testing.T, body string) map[string]string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	found := map[string]string{}
	var walk func(string, any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, inner := range v {
				walk(path+"."+k, inner)
			}
		case string:
			found[path] = "string"
		case float64:
			found[path] = "number"
		case bool:
			found[path] = "bool"
		case []any:
			found[path] = "list"
		case nil:
			found[path] = "null"
		}
	}
	walk("", v)
	return found
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "activeplatform", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func usd(t *testing.T, amount string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, "USD")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ids reads the ids of a list of API v1.
func ids(t *testing.T, r reply) []int {
	t.Helper()
	var rows []struct {
		ID int `json:"id"`
	}
	if err := json.Unmarshal([]byte(r.Body), &rows); err != nil || r.Status != 200 {
		t.Fatalf("%v: %+v", err, r)
	}
	got := []int{}
	for _, row := range rows {
		got = append(got, row.ID)
	}
	return got
}
