package etm

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// refund is what a user may make of their own papers.
const refundRoute = "GET /api/air/orders/{order_id}/refund"

func refund(id string) Operation {
	return Operation{Name: "RefundOrder", Method: http.MethodGet, Path: []string{"api", "air", "orders", id, "refund"}}
}

func TestDo(t *testing.T) {
	srv, c := simulate(t, []etmtest.Option{etmtest.WithRoute("PATCH /api/air/orders/{order_id}/split", 200, `{"status":"ok","data":{"x":1}}`)})
	got, err := c.Do(t.Context(), Operation{
		Method: http.MethodPatch, Path: []string{"api", "air", "orders", testOrder, "split"},
		Query: url.Values{"a": {"1&2"}}, Body: []byte(`{"passengers":[1]}`), Header: http.Header{"X-Own": {"1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Response{Status: 200, ContentType: "application/json", Body: []byte(`{"status":"ok","data":{"x":1}}`)}
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".skew" }, cmp.Ignore()),
		cmp.AllowUnexported(Response{})); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	req := srv.Requests("PATCH /api/air/orders/{order_id}/split")[0]
	body, _ := io.ReadAll(req.Body)
	if string(body) != `{"passengers":[1]}` || req.URL.RawQuery != "a=1%262" || req.Header.Get("X-Own") != "1" ||
		req.Header.Get("Content-Type") != "application/json" {
		t.Errorf("sent %s %s %v", req.URL, body, req.Header)
	}
}

// TestDoPath: whatever a segment holds, it stays one segment of a path of the base host.
func TestDoPath(t *testing.T) {
	for segment, want := range map[string]string{
		"//evil.example/x":    "/api/%2F%2Fevil.example%2Fx",
		"http://evil.example": "/api/http:%2F%2Fevil.example",
		"1?x=1":               "/api/1%3Fx=1",
		"1#x":                 "/api/1%23x",
		"a/../b":              "/api/a%2F..%2Fb",
		"%2e%2e":              "/api/%252e%252e",
		`..\..`:               "/api/..%5C..",
		"@evil.example":       "/api/@evil.example",
		"x\r\nHost: evil.ex":  "/api/x%0D%0AHost:%20evil.ex",
		"..":                  "",
		".":                   "",
		"":                    "",
	} {
		s := serve(t, nil)
		_, err := s.client(t).Do(t.Context(), Operation{Method: http.MethodGet, Path: []string{"api", segment}})
		var got []string
		for _, r := range s.requests() {
			got = append(got, strings.TrimPrefix(r, "GET "))
		}
		if want == "" {
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != "Path" || e.Outcome != payment.NotSent || len(got) != 0 {
				t.Errorf("%q: %v, sent %v", segment, err, got)
			}
			continue
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", segment, diff)
		}
	}
}

func TestDoRefuses(t *testing.T) {
	s := serve(t, nil)
	c := s.client(t)
	const sample = "// {\n//     \"fop_type\": \"cash\"\n// }\n\n{\n  \"fop_type\": \"cash\"\n}"
	for name, tt := range map[string]struct {
		op    Operation
		field string
	}{
		"no method":       {Operation{Path: []string{"api"}}, "Method"},
		"lower case":      {Operation{Method: "get", Path: []string{"api"}}, "Method"},
		"method and more": {Operation{Method: "GET /x", Path: []string{"api"}}, "Method"},
		"no path":         {Operation{Method: "GET"}, "Path"},
		"comments":        {Operation{Method: "POST", Path: []string{"api"}, Body: []byte(sample)}, "Body"},
		"half a body":     {Operation{Method: "POST", Path: []string{"api"}, Body: []byte(`{"a":`)}, "Body"},
		"declared JSON": {Operation{Method: "POST", Path: []string{"api"}, Body: []byte(`x`),
			Header: http.Header{"content-type": {"application/json; charset=utf-8"}}}, "Body"},
		"own session":   {Operation{Method: "GET", Path: []string{"api"}, Header: http.Header{"etm-auth-key": {"x"}}}, "Header"},
		"own session 2": {Operation{Method: "GET", Path: []string{"api"}, Header: http.Header{"ETM-AUTH-KEY": {"x"}}}, "Header"},
		"own cookie":    {Operation{Method: "GET", Path: []string{"api"}, Header: http.Header{"cookie": {"x=y"}}}, "Header"},
		"own host":      {Operation{Method: "GET", Path: []string{"api"}, Header: http.Header{"Host": {"evil.example"}}}, "Header"},
		"line break":    {Operation{Method: "GET", Path: []string{"api"}, Header: http.Header{"X-A": {"1\r\nCookie: x"}}}, "Header"},
		"break in name": {Operation{Method: "GET", Path: []string{"api"}, Header: http.Header{"X-A: 1\r\nCookie": {"x"}}}, "Header"},
	} {
		_, err := c.Do(t.Context(), tt.op)
		tt.op.ReadsOnly = true
		_, read := c.Do(t.Context(), tt.op)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != tt.field || e.Outcome != payment.NotSent || !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("%s: %v, want NotSent for %s", name, err, tt.field)
		}
		if payment.OutcomeOf(read) != payment.Unknown || !errors.Is(read, payment.ErrInvalidRequest) {
			t.Errorf("%s: as a read: %v", name, read)
		}
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
}

// TestDoAnswers: an operation moves money unless it says otherwise, and its answers are placed like those of a payment.
func TestDoAnswers(t *testing.T) {
	words := []Option{WithRefusalWords("declined")}
	for _, tt := range []struct {
		name    string
		opts    []Option
		status  int
		body    string
		outcome payment.Outcome
	}{
		{"ok", nil, 200, `{"status":"ok"}`, payment.Accepted},
		{"no status", nil, 200, `{"data":1}`, payment.Accepted},
		{"a list", nil, 200, `[]`, payment.Accepted},
		{"not ok", nil, 200, `{"status":"error"}`, payment.Unknown},
		{"status is a number", nil, 200, `{"status":0}`, payment.Unknown},
		{"nothing", nil, 200, ``, payment.Unknown},
		{"HTML", nil, 200, `<html>`, payment.Unknown},
		{"contract", words, 200, `{"status":"declined"}`, payment.Refused},
		{"401", nil, 401, ``, payment.Refused},
		{"403", nil, 403, `{}`, payment.Refused},
		{"404", nil, 404, `{"status":"error"}`, payment.Unknown},
		{"500", nil, 500, ``, payment.Unknown},
	} {
		s := serve(t, map[string]answer{"GET /api/x": {status: tt.status, body: tt.body}})
		op := Operation{Method: http.MethodGet, Path: []string{"api", "x"}}
		resp, err := s.client(t, tt.opts...).Do(t.Context(), op)
		if payment.OutcomeOf(err) != tt.outcome || resp.Status != tt.status || string(resp.Body) != tt.body {
			t.Errorf("%s: %+v, %v, want %v", tt.name, resp, err, tt.outcome)
		}
		op.ReadsOnly = true
		resp, err = s.client(t, tt.opts...).Do(t.Context(), op)
		if good := tt.status == 200; (err == nil) != good || resp.Status != tt.status || !good && payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: as a read: %+v, %v", tt.name, resp, err)
		}
	}
}

// dying is a server that answers the first request of each connection, and closes the connection on every later one
// after reading it in full.
type dying struct {
	url  string
	mu   sync.Mutex
	seen []string
	wg   sync.WaitGroup
}

func newDying(t *testing.T) *dying {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &dying{url: "http://" + l.Addr().String()}
	d.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			d.wg.Go(func() { d.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); d.wg.Wait() })
	return d
}

func (d *dying) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	for n := 0; ; n++ {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		d.mu.Lock()
		d.seen = append(d.seen, req.Method+" "+req.URL.Path)
		d.mu.Unlock()
		if n > 0 {
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}")
	}
}

func (d *dying) count(request string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, s := range d.seen {
		if s == request {
			n++
		}
	}
	return n
}

// TestRefundOnce: a GET that moves money reaches the server once when the reused connection under it dies, and a GET that
// only reads is repeated, which shows that the server would have seen a second one.
func TestRefundOnce(t *testing.T) {
	for range 20 {
		d := newDying(t)
		c := newTestClient(t, d.url, fixed{testSession()})
		if _, err := c.ListOrders(t.Context(), nil); err != nil { // opens the connection that dies next
			t.Fatal(err)
		}
		_, err := c.Do(t.Context(), refund("1"))
		if payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("refund: %v, want Unknown", err)
		}
		if n := d.count("GET /api/air/orders/1/refund"); n != 1 {
			t.Errorf("the refund arrived %d times", n)
		}

		if _, err := c.ListOrders(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := c.CheckAvailability(t.Context(), "7"); payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("availability: %v, want Unknown", err)
		}
		if n := d.count("GET /api/air/offers/7/availability"); n != 1 {
			t.Errorf("the availability arrived %d times", n)
		}

		if _, err := c.ListOrders(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		read := refund("2")
		read.ReadsOnly = true
		if _, err := c.Do(t.Context(), read); err != nil {
			t.Error(err)
		}
		if n := d.count("GET /api/air/orders/2/refund"); n != 2 {
			t.Errorf("a read arrived %d times, want 2", n)
		}
	}
}

// TestRefundNotRenewed: a 401 or 403 renews the session for the next call; the refund itself is not sent again.
func TestRefundNotRenewed(t *testing.T) {
	srv, c := simulate(t, []etmtest.Option{etmtest.WithRoute(refundRoute, 200, `{"status":"ok"}`)})
	if _, err := c.Do(t.Context(), refund("1")); err != nil {
		t.Fatal(err)
	}
	srv.ExpireSessions()
	_, err := c.Do(t.Context(), refund("2"))
	if payment.OutcomeOf(err) != payment.Refused || srv.Count(refundRoute) != 2 || srv.Count(etmtest.Login) != 1 {
		t.Errorf("%v, %d refunds, %d logins", err, srv.Count(refundRoute), srv.Count(etmtest.Login))
	}
	if _, err := c.Do(t.Context(), refund("2")); err != nil || srv.Count(etmtest.Login) != 2 {
		t.Errorf("%v, %d logins", err, srv.Count(etmtest.Login))
	}
}
