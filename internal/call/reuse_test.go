package call

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

func bodiless() Operation {
	return Operation{Kind: Write, Name: "Confirm", Method: "POST", Route: "/confirm", Path: []string{"confirm"}}
}

// TestBodilessWriteReusesConnections sends writes without a body on a kept connection, and none of them twice when it dies
// after the request has left.
func TestBodilessWriteReusesConnections(t *testing.T) {
	for name, die := range map[string]func(*exchange){"FIN": (*exchange).fin, "RST": (*exchange).rst} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, false, func(x *exchange) {
				if x.n < 3 {
					respond("200 OK", okBody)(x)
					return
				}
				x.read()
				die(x)
			})
			c := newClient(t, s, nil)
			for range 2 {
				if _, err := c.Do(t.Context(), bodiless(), decodeJSON); err != nil {
					t.Fatal(err)
				}
			}
			_, err := c.Do(t.Context(), bodiless(), decodeJSON)
			checkError(t, err, payment.Unknown, nil)
			if headers, _ := s.seen(); headers != 3 || s.connections() != 1 {
				t.Errorf("the server saw %d requests on %d connections, want 3 on 1", headers, s.connections())
			}
		})
	}
}

// TestBodilessWriteOnADeadConnection finds the kept connection dead before a byte has left: it is sent, and once.
func TestBodilessWriteOnADeadConnection(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	d := &dyingDialer{}
	c := newClient(t, s, func(cfg *Config) { cfg.Transport.DialContext = d.dial })
	for range 2 {
		if _, err := c.Do(t.Context(), bodiless(), decodeJSON); err != nil {
			t.Fatal(err)
		}
		d.killLast()
	}
	if headers, _ := s.seen(); headers != 2 {
		t.Errorf("the server saw %d requests, want 2", headers)
	}
}

func guardBody() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

func rewind() (io.ReadCloser, error) { return guardBody(), nil }

func TestReplayable(t *testing.T) {
	body := func() *http.Request {
		r, err := http.NewRequest("POST", "https://a.example", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.GetBody = nil
		return r
	}
	got := map[string]bool{}
	for name, change := range map[string]func(*http.Request){
		"POST":                func(*http.Request) {},
		"PATCH":               func(r *http.Request) { r.Method = "PATCH" },
		"PUT":                 func(r *http.Request) { r.Method = "PUT" },
		"GET":                 func(r *http.Request) { r.Method = "GET" },
		"no method":           func(r *http.Request) { r.Method = "" },
		"DELETE":              func(r *http.Request) { r.Method = "DELETE" },
		"nil body":            func(r *http.Request) { r.Body = nil },
		"Idempotency-Key":     func(r *http.Request) { r.Header.Set("Idempotency-Key", "k") },
		"X-Idempotency-Key":   func(r *http.Request) { r.Header.Set("X-Idempotency-Key", "k") },
		"another header":      func(r *http.Request) { r.Header.Set("X-Key", "k") },
		"rewound":             func(r *http.Request) { r.GetBody = rewind },
		"a guard with GET":    func(r *http.Request) { r.Method, r.Body = "GET", guardBody() },
		"a body and the key":  func(r *http.Request) { r.Header.Set("Idempotency-Key", "k"); r.Body = guardBody() },
		"a body that rewinds": func(r *http.Request) { r.Body, r.GetBody = guardBody(), rewind },
	} {
		r := body()
		change(r)
		got[name] = replayable(r)
	}
	want := map[string]bool{
		"POST": false, "PATCH": false, "PUT": false, "nil body": false, "another header": false, "a guard with GET": false,
		"a body and the key": false, "GET": true, "no method": true, "DELETE": true, "Idempotency-Key": true,
		"X-Idempotency-Key": true, "rewound": true, "a body that rewinds": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadLimitHoldsForEachTry lets the first try of a read run into its time limit: the second one is answered.
func TestReadLimitHoldsForEachTry(t *testing.T) {
	held := make(chan struct{})
	s := newServer(t, false, func(x *exchange) {
		if x.n == 1 {
			x.read()
			<-held
			return
		}
		respond("200 OK", okBody)(x)
	})
	defer close(held)
	c := newClient(t, s, func(cfg *Config) { cfg.ReadTimeout, cfg.RetryWait = 50*time.Millisecond, time.Millisecond })
	a, err := c.Do(t.Context(), read(), decodeJSON)
	if err != nil || a.Tries != 2 {
		t.Errorf("answer %+v, error %v; want an answer on the second try", a, err)
	}
}

// TestSlowBodyIsNamed tells a body that does not end from an answer that does not come.
func TestSlowBodyIsNamed(t *testing.T) {
	held := make(chan struct{})
	s := newServer(t, false, func(x *exchange) {
		x.read()
		x.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
		<-held
	})
	defer close(held)
	c := newClient(t, s, func(cfg *Config) { cfg.Grace = 30 * time.Millisecond })
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Unknown, errSlowBody)
}

// TestHeadersAreNotShared lets a middleware write into the header of a request: the next one does not have it.
func TestHeadersAreNotShared(t *testing.T) {
	var got []string
	c, err := New(Config{BaseURL: "https://a.example", Header: http.Header{"X-Shared": {"a"}}, ReadRetries: -1,
		RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
			got = append(got, r.Header["X-Shared"][0]+r.Header.Get("User-Agent")+r.Header.Get("X-Own"))
			return nil, errors.New("enough")
		}),
		UserAgent: "u",
		Middleware: []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				for k := range r.Header {
					r.Header[k][0] += "!"
				}
				return next.RoundTrip(r)
			})
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	own := http.Header{"X-Own": {"o"}}
	for _, op := range []Operation{pay(), pay(), read(), read(), refund()} {
		op.Header = own
		if _, err := c.Do(t.Context(), op, nil); err == nil {
			t.Error("want an error")
		}
	}
	if diff := cmp.Diff([]string{"a!u!o!", "a!u!o!", "a!u!o!", "a!u!o!", "a!u!o!"}, got); diff != "" {
		t.Error(diff)
	}
	if own.Get("X-Own") != "o" {
		t.Error("the operation's header was written into")
	}
}

// TestDurationForTheCallerAlone measures a call that nobody but its caller watches.
func TestDurationForTheCallerAlone(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, nil)
	var got time.Duration
	ctx := httpcall.With(t.Context(), httpcall.Options{OnResult: func(r httpcall.Result) { got = r.Duration }})
	if _, err := c.Do(ctx, pay(), decodeJSON); err != nil {
		t.Fatal(err)
	}
	if got <= 0 || got > time.Hour {
		t.Errorf("the call took %v", got)
	}
}
