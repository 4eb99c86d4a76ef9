package duffeltest_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
)

func set(name, value string) func(http.Header) { return func(h http.Header) { h.Set(name, value) } }
func del(name string) func(http.Header) {
	return func(h http.Header) { h[http.CanonicalHeaderKey(name)] = nil }
}

func TestHeaders(t *testing.T) {
	tests := []struct {
		name   string
		edit   func(http.Header)
		status int
		code   string
		file   string // the recorded body, byte for byte, "" for none
	}{
		{"no token", del("Authorization"), 401, "missing_authorization_header", "error-missing-authorization-header.json"},
		{"no bearer", set("Authorization", "Basic eDp5"), 401, "invalid_authorization_header", ""},
		{"unknown token", set("Authorization", "Bearer other"), 401, "access_token_not_found", "error-access-token-not-found.json"},
		{"empty token", set("Authorization", "Bearer "), 401, "invalid_authorization_header", ""},
		{"no version", del("Duffel-Version"), 400, "missing_version_header", "error-missing-version-header.json"},
		{"old version", set("Duffel-Version", "v1"), 400, "unsupported_version", "error-unsupported-version.json"},
		{"odd version", set("Duffel-Version", "2"), 400, "invalid_version_header", ""},
		{"no accept", del("Accept"), 406, "unsupported_format", "error-unsupported-format.json"},
		{"other accept", set("Accept", "text/html"), 406, "unsupported_format", ""},
		{"no content type", del("Content-Type"), 400, "missing_content_type_header", ""},
		{"other content type", set("Content-Type", "text/plain"), 400, "invalid_content_type_header", ""},
		{"read-only token", set("Authorization", "Bearer duffel_test_read_only"), 403, "insufficient_permissions", "error-insufficient-permissions.json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := newServer(t)
			id := srv.AddOrder(duffeltest.Order{})
			got := srv.do(t.Context(), t, "POST", "/air/payments", balance(id, "30.20", "GBP"), tt.edit)
			wantRefused(t, got, tt.status, tt.code)
			if tt.file != "" {
				if diff := cmp.Diff(fixture(t, tt.file), got.Body); diff != "" {
					t.Errorf("body (-recorded +got):\n%s", diff)
				}
			}
			srv.wantTaken(t, id)
		})
	}
}

func TestReadOnlyTokenReads(t *testing.T) {
	srv := newServer(t)
	id := srv.AddOrder(duffeltest.Order{})
	got := srv.do(t.Context(), t, "GET", "/air/orders/"+id, "", set("Authorization", "Bearer "+srv.ReadOnlyToken))
	if got.Status != 200 {
		t.Errorf("got %+v", got)
	}
}

func TestWithToken(t *testing.T) {
	srv := newServer(t, duffeltest.WithToken("duffel_test_mine"))
	if srv.Token != "duffel_test_mine" {
		t.Errorf("Token is %q", srv.Token)
	}
	if got := srv.pay(t, srv.AddOrder(duffeltest.Order{})); got.Status != 201 {
		t.Errorf("got %+v", got)
	}
	wantRefused(t, srv.do(t.Context(), t, "GET", "/air/orders", "", set("Authorization", "Bearer duffel_test_read_write")),
		401, "access_token_not_found")
}

func TestUnknownRoute(t *testing.T) {
	srv := newServer(t)
	for _, path := range []string{"/", "/air/payments/", "/air/orders/a/b", "/air//payments", "/air/x/../payments"} {
		got := srv.do(t.Context(), t, "POST", path, "{}")
		wantRefused(t, got, 404, "not_found")
	}
	if got := srv.Count(duffeltest.CreatePayment); got != 0 {
		t.Errorf("%d payments arrived", got)
	}
}

func TestTLS(t *testing.T) {
	srv := newServer(t, duffeltest.WithTLS())
	id := srv.AddOrder(duffeltest.Order{})
	if got := srv.pay(t, id); got.Status != 201 {
		t.Errorf("got %+v", got)
	}
	srv.wantTaken(t, id, "30.20 GBP")
}

func TestRateLimit(t *testing.T) {
	srv := newServer(t, duffeltest.WithRateLimit(2))
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	srv.SetTime(at)
	id := srv.AddOrder(duffeltest.Order{Mode: duffeltest.Pend})
	type headers struct{ Limit, Remaining, Reset string }
	read := func(r reply) headers {
		return headers{r.header.Get("ratelimit-limit"), r.header.Get("ratelimit-remaining"), r.header.Get("ratelimit-reset")}
	}
	reset := "Fri, 02 Jan 2026 03:05:05 GMT"
	for _, want := range []headers{{"2", "1", reset}, {"2", "0", reset}} {
		got := srv.pay(t, id)
		if diff := cmp.Diff(want, read(got)); diff != "" || got.Status != 201 {
			t.Errorf("status %d (-want +got):\n%s", got.Status, diff)
		}
		srv.Advance(time.Second)
	}
	limited := srv.pay(t, id)
	wantRefused(t, limited, 429, "rate_limit_exceeded")
	if diff := cmp.Diff(headers{"2", "0", reset}, read(limited)); diff != "" {
		t.Errorf("limited (-want +got):\n%s", diff)
	}
	srv.Advance(58 * time.Second)
	if got := srv.pay(t, id); got.Status != 201 {
		t.Errorf("in the next minute: %+v", got)
	}
}

func TestRateLimitHeadersWithoutLimit(t *testing.T) {
	srv := newServer(t)
	for range 70 {
		got := srv.do(t.Context(), t, "GET", "/air/orders", "")
		if got.Status != 200 || got.header.Get("ratelimit-limit") != "60" || got.header.Get("ratelimit-remaining") != "59" {
			t.Fatalf("got %+v %v", got, got.header)
		}
		if _, err := http.ParseTime(got.header.Get("ratelimit-reset")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGzip(t *testing.T) {
	srv := newServer(t)
	for _, edit := range []func(http.Header){set("Accept-Encoding", "gzip"), set("Accept-Encoding", "identity")} {
		got := srv.do(t.Context(), t, "GET", "/air/orders", "", edit)
		zipped := got.header.Get("Content-Encoding") == "gzip"
		if n, err := strconv.Atoi(got.header.Get("Content-Length")); err != nil || n != len(got.Body) || zipped == (got.Body[0] == '{') {
			t.Errorf("zipped %t, %d bytes, length %q", zipped, len(got.Body), got.header.Get("Content-Length"))
		}
	}
}
