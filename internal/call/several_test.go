package call

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

type middleware = func(http.RoundTripper) http.RoundTripper

// sender makes a middleware that does as it likes with a request: send sends a copy of it through next.
func sender(do func(send func(next http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error)) middleware {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(r *http.Request) (*http.Response, error) {
			var body []byte
			if r.Body != nil {
				var err error
				if body, err = io.ReadAll(r.Body); err != nil {
					return nil, err
				}
			}
			return do(func(next http.RoundTripper) (*http.Response, error) {
				again := r.Clone(r.Context())
				if again.Body = http.NoBody; len(body) > 0 {
					again.Body = io.NopCloser(bytes.NewReader(body))
				}
				return next.RoundTrip(again)
			}, next)
		})
	}
}

// drain reads an answer to its end, so that its connection is used again.
func drain(resp *http.Response, err error) {
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

// The middleware of users, from harmless to not.
var (
	sendsOnce = sender(func(send func(http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error) {
		return send(next)
	})
	sendsTwice = sender(func(send func(http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error) {
		drain(send(next))
		return send(next)
	})
)

// detour sends by another transport of the user's, with the call's context, when ours has no answer.
func detour(other http.RoundTripper) middleware {
	return sender(func(send func(http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error) {
		if resp, err := send(next); err == nil {
			return resp, nil
		}
		return send(other)
	})
}

const declined = `{"code":"declined"}`

// answering answers the first request by first and every later one as then does.
func answering(first, then func(*exchange)) func(*exchange) {
	return func(x *exchange) {
		if x.n == 1 {
			first(x)
			return
		}
		then(x)
	}
}

func reset(x *exchange) { x.read(); x.rst() }

// TestRefusalOfOneOfSeveral: when a middleware sends a write more than once, an answer that refuses it is no refusal of the
// others, of which one may have been taken. What was sent once is refused as ever.
func TestRefusalOfOneOfSeveral(t *testing.T) {
	refusing := respond("422 No", declined)
	inside := func(*Answer) error { return &payment.Error{Outcome: payment.Refused, Kind: payment.ErrDeclined} }
	for _, r := range []struct {
		name       string
		script     func(*exchange)
		middleware middleware
		config     func(*testing.T, *server, *Config)
		decode     func(*Answer) error
		amend      func(*payment.Error)
		outcome    payment.Outcome
		arrived    int
	}{
		{name: "once", script: refusing, middleware: sendsOnce, outcome: payment.Refused, arrived: 1},
		{name: "after a reset", script: answering(reset, refusing), middleware: sendsTwice, outcome: payment.Unknown, arrived: 2},
		{name: "after another answer on the same connection", script: answering(respond("503 Busy", ``), refusing), middleware: sendsTwice, outcome: payment.Unknown, arrived: 2},
		{name: "refused by 401", script: answering(reset, respond("401 No", ``)), middleware: sendsTwice, outcome: payment.Unknown, arrived: 2},
		{name: "refused inside a success", script: answering(reset, respond("200 OK", okBody)), middleware: sendsTwice, decode: inside, outcome: payment.Unknown, arrived: 2},
		{name: "refused inside a success, once", script: respond("200 OK", okBody), middleware: sendsOnce, decode: inside, outcome: payment.Refused, arrived: 1},
		{name: "refused by the operation's own word", script: answering(reset, respond("423 Locked", `{}`)), middleware: sendsTwice,
			amend: func(e *payment.Error) { e.Outcome = payment.Refused }, outcome: payment.Unknown, arrived: 2},
		{name: "answered with success", script: answering(reset, respond("201 Created", okBody)), middleware: sendsTwice, outcome: payment.Accepted, arrived: 2},
		{name: "by another way after a reset", script: answering(reset, refusing), middleware: detour(&http.Transport{DisableKeepAlives: true}), outcome: payment.Unknown, arrived: 2},
		{name: "by another way after no connection", script: refusing, middleware: detour(&http.Transport{DisableKeepAlives: true}),
			config: func(_ *testing.T, _ *server, cfg *Config) { cfg.Transport.DialContext = noDial }, outcome: payment.Refused, arrived: 1},
		{name: "twice through a round tripper of the user's", script: answering(reset, refusing), middleware: sendsTwice, config: foreignTransport, outcome: payment.Unknown, arrived: 2},
		{name: "once through one", script: refusing, middleware: sendsOnce, config: foreignTransport, outcome: payment.Refused, arrived: 1},
		{name: "twice within one", script: answering(reset, refusing), middleware: sendsOnce, config: func(t *testing.T, s *server, cfg *Config) {
			foreignTransport(t, s, cfg)
			cfg.RoundTripper = sendsTwice(cfg.RoundTripper)
		}, outcome: payment.Unknown, arrived: 2},
		{name: "through one that does not tell, then by another way", script: refusing, middleware: detour(&http.Transport{DisableKeepAlives: true}),
			config: func(_ *testing.T, _ *server, cfg *Config) {
				cfg.Transport = nil
				cfg.RoundTripper = roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("lost") })
			}, outcome: payment.Unknown, arrived: 1},
	} {
		for name, op := range map[string]Operation{"POST": pay(), "POST without a body": confirm(), "GET": refund()} {
			t.Run(r.name+"/"+name, func(t *testing.T) {
				s := newServer(t, false, r.script)
				c := newClient(t, s, func(cfg *Config) {
					cfg.Middleware = []middleware{r.middleware}
					if r.config != nil {
						r.config(t, s, cfg)
					}
				})
				decode := decodeJSON
				if r.decode != nil {
					decode = r.decode
				}
				op.Amend = r.amend
				var told []httpcall.Result
				a, err := c.Do(into(t.Context(), &told), op, decode)
				if _, bodies := s.seen(); bodies != r.arrived {
					t.Errorf("the server saw %d requests, want %d", bodies, r.arrived)
				}
				several := r.outcome != payment.Refused
				if a == nil || a.Several != several || len(told) != 1 || told[0].Outcome() != r.outcome {
					t.Fatalf("answer %+v, told %+v", a, told)
				}
				if r.outcome == payment.Accepted {
					if err != nil {
						t.Error(err)
					}
					return
				}
				checkError(t, err, r.outcome, nil)
				if errors.Is(err, errSeveral) != several {
					t.Errorf("says why: %v", err)
				}
			})
		}
	}
}

func noDial(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }

// foreignTransport gives the client a transport that is the user's own.
func foreignTransport(t *testing.T, _ *server, cfg *Config) {
	own := &http.Transport{}
	t.Cleanup(own.CloseIdleConnections)
	cfg.Transport, cfg.RoundTripper = nil, own
}

// TestRefusalOfTheSecondTry: a first try of which no byte had left is none that could have been taken.
func TestRefusalOfTheSecondTry(t *testing.T) {
	s := newServer(t, false, answering(respond("200 OK", okBody), respond("422 No", declined)))
	d := &dyingDialer{}
	c := newClient(t, s, func(cfg *Config) { cfg.Transport.DialContext = d.dial })
	if _, err := c.Do(t.Context(), pay(), decodeJSON); err != nil {
		t.Fatal(err)
	}
	d.killLast()
	a, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Refused, payment.ErrDeclined)
	if a.Several || a.Tries != 2 {
		t.Errorf("%+v", a)
	}
}

// TestRefusalWhileAnotherIsOnItsWay lets a hedging middleware return the refusal of its second request while the first is
// being worked on, or still has no connection, and one leave behind a request that it has not begun: that one is not sent any
// more.
func TestRefusalWhileAnotherIsOnItsWay(t *testing.T) {
	for name, row := range map[string]struct {
		working, dialling bool // how far the first is
		outcome           payment.Outcome
	}{
		"being worked on": {working: true, outcome: payment.Unknown},
		"no connection":   {dialling: true, outcome: payment.Unknown},
		"not begun":       {outcome: payment.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			begun, release := make(chan struct{}), make(chan struct{})
			script := respond("422 No", declined)
			if row.working {
				script = answering(func(x *exchange) {
					if x.read(); !x.done {
						close(begun)
						<-release
						x.write("HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n" + okBody)
					}
				}, script)
			}
			if row.dialling { // a connection that is free again would go to the request that waits for one, before the call has ended
				script = func(x *exchange) {
					if x.read(); !x.done {
						x.write("HTTP/1.1 422 No\r\nConnection: close\r\nContent-Length: " + itoa(len(declined)) + "\r\n\r\n" + declined)
						x.fin()
					}
				}
			}
			s := newServer(t, false, script)
			ended := make(chan error, 1)
			var dials atomic.Int32
			c := newClient(t, s, func(cfg *Config) {
				cfg.Transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					if row.dialling && dials.Add(1) == 1 {
						close(begun)
						<-release
						return nil, syscall.ECONNREFUSED
					}
					return new(net.Dialer).DialContext(ctx, network, addr)
				}
				cfg.Middleware = []middleware{sender(func(send func(http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error) {
					go func() {
						if row.outcome == payment.Refused {
							<-release
						}
						resp, err := send(next)
						drain(resp, err)
						ended <- err
					}()
					if row.outcome == payment.Unknown {
						<-begun
					}
					return send(next)
				})}
			})
			a, err := c.Do(t.Context(), pay(), decodeJSON)
			checkError(t, err, row.outcome, payment.ErrDeclined)
			if a == nil || a.Several != (row.outcome == payment.Unknown) {
				t.Errorf("answer %+v", a)
			}
			close(release)
			if err := <-ended; row.outcome == payment.Refused && !errors.Is(err, errCallOver) {
				t.Errorf("sent after the call: %v", err)
			}
			want := 1
			if row.working {
				want = 2
			}
			if _, bodies := s.seen(); bodies != want {
				t.Errorf("the server saw %d requests, want %d", bodies, want)
			}
		})
	}
}

// sendingBody is the body of an answer whose closing sends the request again.
type sendingBody struct {
	io.ReadCloser
	send func()
}

func (b sendingBody) Close() error {
	b.send()
	return b.ReadCloser.Close()
}

// TestSentWhileTheAnswerIsRead: what a middleware sends after the header of the answer counts too.
func TestSentWhileTheAnswerIsRead(t *testing.T) {
	s := newServer(t, false, respond("422 No", declined))
	c := newClient(t, s, func(cfg *Config) {
		cfg.Middleware = []middleware{sender(func(send func(http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error) {
			resp, err := send(next)
			if err != nil {
				return nil, err
			}
			resp.Body = sendingBody{resp.Body, func() { drain(send(next)) }}
			return resp, nil
		})}
	})
	_, err := c.Do(t.Context(), pay(), decodeJSON)
	checkError(t, err, payment.Unknown, payment.ErrDeclined)
	if _, bodies := s.seen(); bodies != 2 {
		t.Errorf("the server saw %d requests, want 2", bodies)
	}
}

// TestForeignRoundTripperNeedsTheContext: without it nobody can tell how often a write was sent. A late try is refused.
func TestForeignRoundTripperNeedsTheContext(t *testing.T) {
	calls := 0
	late := make(chan func() error, 1)
	for want, change := range map[error]func(*http.Request) context.Context{
		errNoContext: func(*http.Request) context.Context { return context.Background() },
		errCallOver:  func(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) },
	} {
		c, err := New(Config{Provider: "test", BaseURL: "https://a.example", RoundTripper: roundTripper(func(*http.Request) (*http.Response, error) {
			calls++
			return nil, errors.New("lost")
		}), Middleware: []middleware{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				late <- func() error { _, err := next.RoundTrip(r.WithContext(change(r))); return err }
				return nil, errors.New("later")
			})
		}}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Do(t.Context(), pay(), decodeJSON)
		checkError(t, err, payment.Unknown, nil)
		if err := (<-late)(); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if calls != 0 {
		t.Errorf("sent %d times", calls)
	}
}
