package call

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// TestSharedHeader: whatever requests share, each has the fields that are its own and the credentials of its time, and leaves
// nothing of them to the next.
func TestSharedHeader(t *testing.T) {
	sent := make(chan http.Header, 1)
	s := newServer(t, false, func(x *exchange) {
		respond("200 OK", okBody)(x)
		sent <- x.req.Header
	})
	tokens := map[string]*Credentials{
		"t1": NewCredentials(http.Header{"X-Token": {"t1"}}), "t2": NewCredentials(http.Header{"X-Token": {"t2"}}),
	}
	token := ""
	c := newClient(t, s, func(cfg *Config) {
		cfg.UserAgent = "test"
		cfg.Header = http.Header{"X-Version": {"v1"}}
		cfg.Authorize = func(context.Context) (*Credentials, error) { return tokens[token], nil }
	})
	session := NewShared(http.Header{"X-Session": {"s1"}})
	for i, call := range []struct {
		token  string
		op     func() Operation // pay has a body, confirm has none
		shared *Shared
		own    http.Header // the operation's
		extra  string      // the caller's
		want   http.Header // besides what all have
	}{
		{token: "t1", op: pay, want: http.Header{"X-Token": {"t1"}}},
		{token: "t1", op: pay, own: http.Header{"X-Op": {"o"}}, want: http.Header{"X-Token": {"t1"}, "X-Op": {"o"}}},
		{token: "t1", op: pay, extra: "e", want: http.Header{"X-Token": {"t1"}, "X-Extra": {"e"}}},
		{token: "t1", op: pay, want: http.Header{"X-Token": {"t1"}}},
		{token: "t2", op: pay, want: http.Header{"X-Token": {"t2"}}},
		{op: pay, want: http.Header{}},
		{token: "t1", op: confirm, want: http.Header{"X-Token": {"t1"}}},
		{token: "t1", op: pay, shared: session, want: http.Header{"X-Token": {"t1"}, "X-Session": {"s1"}}},
		{token: "t1", op: pay, shared: session, own: http.Header{"X-Op": {"o"}}, want: http.Header{"X-Token": {"t1"}, "X-Session": {"s1"}, "X-Op": {"o"}}},
		{token: "t1", op: pay, shared: session, own: http.Header{"X-Session": {"own"}}, want: http.Header{"X-Token": {"t1"}, "X-Session": {"own"}}},
		{token: "t1", op: pay, shared: session, extra: "e", want: http.Header{"X-Token": {"t1"}, "X-Session": {"s1"}, "X-Extra": {"e"}}},
		{token: "t1", op: pay, shared: session, want: http.Header{"X-Token": {"t1"}, "X-Session": {"s1"}}},
		{token: "t2", op: pay, shared: session, want: http.Header{"X-Token": {"t2"}, "X-Session": {"s1"}}},
		{token: "t2", op: confirm, shared: session, want: http.Header{"X-Token": {"t2"}, "X-Session": {"s1"}}},
		{token: "t1", op: read, shared: session, want: http.Header{"X-Token": {"t1"}, "X-Session": {"s1"}}},
		{token: "t2", op: pay, want: http.Header{"X-Token": {"t2"}}},
	} {
		token = call.token
		op := call.op()
		op.Shared, op.Header = call.shared, call.own
		ctx := t.Context()
		if call.extra != "" {
			ctx = httpcall.With(ctx, httpcall.Options{Header: http.Header{"X-Extra": {call.extra}}})
		}
		if _, err := c.Do(ctx, op, decodeJSON); err != nil {
			t.Fatal(err)
		}
		want := call.want.Clone()
		want["X-Version"], want["User-Agent"], want["Accept-Encoding"] = []string{"v1"}, []string{"test"}, []string{"gzip"}
		switch {
		case len(op.Body) > 0:
			want["Content-Type"], want["Content-Length"] = []string{"application/json"}, []string{itoa(len(op.Body))}
		case op.Kind == Write:
			want["Content-Length"] = []string{"0"}
		}
		if diff := cmp.Diff(want, <-sent); diff != "" {
			t.Errorf("%d: %s", i, diff)
		}
	}
}

// TestHeadersAreCopied: who gave a header to a client or to credentials may change it afterwards.
func TestHeadersAreCopied(t *testing.T) {
	own, proof := http.Header{"X-Own": {"1"}}, http.Header{"X-Token": {"1"}}
	sent := make(chan http.Header, 1)
	s := newServer(t, false, func(x *exchange) {
		respond("200 OK", okBody)(x)
		sent <- x.req.Header
	})
	c := newClient(t, s, func(cfg *Config) {
		cfg.Header, cfg.Authorize = own, always(proof)
	})
	own["X-Own"][0], proof["X-Token"][0] = "2", "2"
	if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
		t.Fatal(err)
	}
	if h := <-sent; h.Get("X-Own")+h.Get("X-Token") != "11" {
		t.Errorf("%v", h)
	}
}

// TestSharedByTwoClients: what two clients of the same server share is no header of the other's.
func TestSharedByTwoClients(t *testing.T) {
	sent := make(chan string, 1)
	s := newServer(t, false, func(x *exchange) {
		respond("200 OK", okBody)(x)
		sent <- x.req.Header.Get("Authorization")
	})
	session := NewShared(nil)
	for _, token := range []string{"one", "two"} {
		op := pay()
		op.Shared = session
		c := newClient(t, s, func(cfg *Config) { cfg.Bearer = payment.NewSecret(token) })
		if _, err := c.Do(t.Context(), op, decodeJSON); err != nil {
			t.Fatal(err)
		}
		if got := <-sent; got != "Bearer "+token {
			t.Errorf("sent %q for %s", got, token)
		}
	}
}

// TestCredentialsOutlastRoundTrippers: a round tripper of the user's that changes what it was given changes it for this request.
func TestCredentialsOutlastRoundTrippers(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	var sent []string
	c := newClient(t, s, func(cfg *Config) {
		own := cfg.Transport
		cfg.Transport, cfg.Authorize = nil, always(http.Header{"X-Token": {"right"}})
		cfg.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.Header.Get("X-Token"))
			resp, err := own.RoundTrip(r)
			r.Header["X-Token"][0] = "hidden"
			return resp, err
		})
	})
	for _, op := range []Operation{pay(), read(), pay()} {
		if _, err := c.Do(t.Context(), op, decodeJSON); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"right", "right", "right"}, sent); diff != "" {
		t.Error(diff)
	}
}

// TestHiddenToken: the token of a call is one of its secrets, whether or not it has a header and secrets of its own, and nothing
// is written into a slice of the caller's.
func TestHiddenToken(t *testing.T) {
	t.Parallel()
	const token, own = "canary-9f8e7d6c5b4a", "canary-0a1b2c3d4e5f"
	s := newServer(t, false, respond("422 Unprocessable", `{"code":"declined","message":"not with `+token+` and `+own+`"}`))
	c := newClient(t, s, func(cfg *Config) { cfg.Authorize = always(http.Header{"Authorization": {"Bearer " + token}}) })
	room := make([]payment.Secret, 1, 2)
	room[0] = payment.NewSecret(own)
	for _, header := range []http.Header{nil, {"X-Own": {"1"}}} {
		op := pay()
		op.Header, op.Secrets = header, room
		_, err := c.Do(t.Context(), op, nil)
		checkError(t, err, payment.Refused, payment.ErrDeclined)
		if strings.Contains(fmt.Sprintf("%+v", err), "canary") {
			t.Errorf("with header %v a secret is shown: %v", header, err)
		}
		op.Secrets = nil
		if _, err = c.Do(t.Context(), op, nil); strings.Contains(fmt.Sprintf("%+v", err), token) {
			t.Errorf("with header %v the token is shown: %v", header, err)
		}
	}
	if !room[:2][1].IsZero() {
		t.Error("a secret was written into the caller's slice")
	}
}
