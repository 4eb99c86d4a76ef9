package call

import (
	"context"
	"net/http"
	"net/url"
	"testing"
)

// TestLocated: operations of one fixed path share their URL, with the credentials of the moment, and no others do.
func TestLocated(t *testing.T) {
	t.Parallel()
	token := "one"
	c, err := New(Config{
		Provider: "test", BaseURL: "https://provider.example/v1",
		AuthorizeQuery: func(context.Context) (name, value string, err error) { return "token", token, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	at := func(op Operation) *url.URL {
		t.Helper()
		u, err := c.locate(&op)
		if err == nil {
			u, err = c.authorizeURL(t.Context(), &op, u)
		}
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	fixed := Operation{Kind: Write, Method: http.MethodPost, Route: "/payments", Path: []string{"payments"}}
	first := at(fixed)
	if first.String() != "https://provider.example/v1/payments?token=one" || at(fixed) != first {
		t.Errorf("%s is not shared", first)
	}
	token = "two"
	if second := at(fixed); second.RawQuery != "token=two" || first.RawQuery != "token=one" {
		t.Errorf("with another token: %s, and what was sent before is %s", second, first)
	}
	own := Operation{Kind: Read, Method: http.MethodGet, Route: "/payments/{id}", Path: []string{"payments", "1"}}
	if u := at(own); u.String() != "https://provider.example/v1/payments/1?token=two" || at(own) == u {
		t.Errorf("%s is shared", u)
	}
	query := fixed
	query.Query = url.Values{"page": {"2"}}
	if u := at(query); u.String() != "https://provider.example/v1/payments?page=2&token=two" {
		t.Errorf("with a query: %s", u)
	}
	if u := at(fixed); u.String() != "https://provider.example/v1/payments?token=two" {
		t.Errorf("after all these: %s", u)
	}
}
