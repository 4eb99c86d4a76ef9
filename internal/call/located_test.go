package call

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestLocated: operations share their URL if their route is their whole path, and no others do.
func TestLocated(t *testing.T) {
	t.Parallel()
	c, err := New(Config{
		Provider: "test", BaseURL: "https://provider.example/v1", QueryTokenName: "token", QueryToken: payment.NewSecret("one+two"),
	})
	if err != nil {
		t.Fatal(err)
	}
	const base, token = "https://provider.example/v1", "token=one%2Btwo"
	for _, tt := range []struct {
		route  string
		path   []string
		query  url.Values
		want   string
		shared bool
	}{
		{"/payments", []string{"payments"}, nil, base + "/payments?" + token, true},
		{"/payments/cards", []string{"payments", "cards"}, nil, base + "/payments/cards?" + token, true},
		{"/vouchers", []string{"vouchers"}, nil, base + "/vouchers?" + token, true},
		{"/payments", []string{"payments"}, url.Values{"page": {"2"}}, base + "/payments?page=2&" + token, false},
		{"/payments/{id}", []string{"payments", "1"}, nil, base + "/payments/1?" + token, false},
		{"/payments/cards", []string{"payments/cards"}, nil, base + "/payments%2Fcards?" + token, false},
		{"/payments", []string{"payments", "1"}, nil, base + "/payments/1?" + token, false},
		{"/payments", []string{"payment"}, nil, base + "/payment?" + token, false},
		{"Refund", []string{"refunds", "1"}, nil, base + "/refunds/1?" + token, false},
		{"Refund", []string{"refunds", "2"}, nil, base + "/refunds/2?" + token, false},
		{"/payments", []string{"payments"}, nil, base + "/payments?" + token, true},
	} {
		op := Operation{Kind: Write, Method: http.MethodPost, Route: tt.route, Path: tt.path, Query: tt.query}
		first, err := c.locate(&op)
		if err != nil {
			t.Fatal(err)
		}
		second, err := c.locate(&op)
		if err != nil || first.String() != tt.want || second.String() != tt.want || (first == second) != tt.shared {
			t.Errorf("%s with %q: %s and %s, the same: %v, %v; want %s", tt.route, tt.path, first, second, first == second, err, tt.want)
		}
	}
	odd := Operation{Kind: Write, Method: http.MethodPost, Route: "/", Path: []string{""}}
	for range 2 {
		if u, err := c.locate(&odd); err == nil {
			t.Errorf("an empty segment: %s", u)
		}
	}
}

// TestLocatedIsBounded: routes that are made up for single calls fill no memory.
func TestLocatedIsBounded(t *testing.T) {
	t.Parallel()
	c, err := New(Config{Provider: "test", BaseURL: "https://provider.example"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * mostRoutes {
		segment := itoa(i)
		if _, err := c.locate(&Operation{Kind: Read, Method: http.MethodGet, Route: "/" + segment, Path: []string{segment}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(*c.located.Load()); n != mostRoutes {
		t.Errorf("%d routes are kept, want %d", n, mostRoutes)
	}
}

// TestLocatedIsNobodys: whoever gets to see a request may change its URL, and the next call's is as it should be.
func TestLocatedIsNobodys(t *testing.T) {
	t.Parallel()
	for name, see := range map[string]func(cfg *Config, rt http.RoundTripper){
		"RoundTripper": func(cfg *Config, rt http.RoundTripper) { cfg.RoundTripper = rt },
		"Middleware": func(cfg *Config, rt http.RoundTripper) {
			cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(http.RoundTripper) http.RoundTripper { return rt }}
		},
		"Proxy": func(cfg *Config, rt http.RoundTripper) {
			cfg.Transport = &http.Transport{Proxy: func(r *http.Request) (*url.URL, error) {
				_, err := rt.RoundTrip(r)
				return nil, err
			}}
		},
	} {
		var seen []string
		cfg := Config{Provider: "test", BaseURL: closedPort, QueryTokenName: "token", QueryToken: payment.NewSecret("one")}
		see(&cfg, roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.URL.String())
			r.URL.Path, r.URL.RawQuery = "/elsewhere", "token=other"
			return nil, http.ErrSkipAltProtocol
		}))
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			seen = nil
			_, err := c.Do(t.Context(), pay(), nil)
			if want := closedPort + "/payments?token=one"; err == nil || len(seen) == 0 || seen[0] != want {
				t.Errorf("%s, call %d: saw %q, want first %q; %v", name, i, seen, want, err)
			}
		}
	}
}
