package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// shown is what a result says, without its error.
type shown struct {
	Call      httpcall.Call
	Status    int
	RequestID string
	Tries     int
	Outcome   payment.Outcome
	Body      string
	Header    bool
}

func show(r httpcall.Result) shown {
	return shown{r.Call, r.Status, r.RequestID, r.Tries, r.Outcome(), string(r.Body()), r.Header() != nil}
}

// into collects results of a context's calls.
func into(ctx context.Context, all *[]httpcall.Result) context.Context {
	return httpcall.With(ctx, httpcall.Options{OnResult: func(r httpcall.Result) { *all = append(*all, r) }})
}

// TestResults compares what observers and callers are told of calls that end in every way.
func TestResults(t *testing.T) {
	payCall := httpcall.Call{Provider: "test", Operation: "Pay", Method: "POST", Route: "/payments", Write: true}
	getCall := httpcall.Call{Provider: "test", Operation: "Get", Method: "GET", Route: "/orders/{id}"}
	login := read()
	login.Credential = true
	badTimeout := func(ctx context.Context) context.Context { return httpcall.With(ctx, httpcall.Options{Timeout: -1}) }
	for _, row := range []struct {
		name   string
		op     Operation
		script func(*exchange)
		change func(*Config)
		ctx    func(context.Context) context.Context
		want   shown
	}{
		{name: "paid", op: pay(), script: respond("201 Created", okBody),
			want: shown{payCall, 201, "req-1", 1, payment.Accepted, okBody, true}},
		{name: "refused", op: pay(), script: respond("422 No", `{"code":"declined"}`),
			want: shown{payCall, 422, "req-1", 1, payment.Refused, `{"code":"declined"}`, true}},
		{name: "success that cannot be used", op: pay(), script: respond("200 OK", `{}`),
			want: shown{payCall, 200, "req-1", 1, payment.Unknown, `{}`, true}},
		{name: "cut body", op: pay(), script: func(x *exchange) {
			x.read()
			x.write("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + okBody)
			x.fin()
		}, want: shown{payCall, 200, "", 1, payment.Unknown, okBody, true}},
		{name: "no answer", op: pay(), script: func(x *exchange) { x.read(); x.rst() },
			want: shown{Call: payCall, Tries: 1, Outcome: payment.Unknown}},
		{name: "no connection", op: pay(), change: func(cfg *Config) { cfg.BaseURL = closedPort },
			want: shown{Call: payCall, Tries: 3, Outcome: payment.NotSent}},
		{name: "caller gone", op: pay(), ctx: func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		}, want: shown{Call: payCall, Outcome: payment.NotSent}},
		{name: "wrong option", op: pay(), ctx: badTimeout, want: shown{Call: payCall, Outcome: payment.NotSent}},
		{name: "wrong option of a read", op: read(), ctx: badTimeout, want: shown{Call: getCall, Outcome: payment.Unknown}},
		{name: "no credentials", op: pay(), change: func(cfg *Config) {
			cfg.Authorize = func(context.Context) (http.Header, error) { return nil, errors.New("no token") }
		}, want: shown{Call: payCall, Outcome: payment.NotSent}},
		{name: "read at the third try", op: read(), script: func(x *exchange) {
			if x.n < 2 {
				x.read()
				x.fin()
				return
			}
			if x.n == 2 {
				respond("503 Busy", `{}`)(x)
				return
			}
			respond("200 OK", okBody)(x)
		}, want: shown{getCall, 200, "req-1", 3, payment.Accepted, okBody, true}},
		{name: "read answered with a refusal and then not at all", op: read(), script: func(x *exchange) {
			if x.n == 3 {
				respond("503 Busy", `{}`)(x)
				return
			}
			x.read()
			x.fin()
		}, want: shown{getCall, 503, "req-1", 4, payment.Unknown, `{}`, true}},
		{name: "read with renewed credentials", op: read(), script: func(x *exchange) {
			if x.n == 1 {
				respond("401 Unauthorized", `{}`)(x)
				return
			}
			respond("200 OK", okBody)(x)
		}, change: func(cfg *Config) { cfg.Unauthorized = func(int, http.Header) bool { return true } },
			want: shown{getCall, 200, "req-1", 2, payment.Accepted, okBody, true}},
		{name: "login", op: login, script: respond("200 OK", okBody),
			want: shown{getCall, 200, "req-1", 1, payment.Accepted, "", false}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.script == nil {
				row.script = respond("200 OK", okBody)
			}
			var told, observed []httpcall.Result
			var begun []httpcall.Call
			s := newServer(t, false, row.script)
			c := newClient(t, s, func(cfg *Config) {
				cfg.RetryWait = 1
				cfg.Observers = []httpcall.Observer{func(ctx context.Context, c httpcall.Call) (context.Context, func(httpcall.Result)) {
					begun = append(begun, c)
					return ctx, func(r httpcall.Result) { observed = append(observed, r) }
				}}
				if row.change != nil {
					row.change(cfg)
				}
			})
			ctx := into(t.Context(), &told)
			if row.ctx != nil {
				ctx = row.ctx(ctx)
			}
			_, err := c.Do(ctx, row.op, decodeJSON)
			if len(told) != 1 || len(observed) != 1 {
				t.Fatalf("told %d times, observed %d times", len(told), len(observed))
			}
			if diff := cmp.Diff(row.want, show(told[0])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(show(told[0]), show(observed[0])); diff != "" || told[0].Duration != observed[0].Duration || told[0].Duration <= 0 {
				t.Errorf("caller and observer differ, or the duration is none: %s", diff)
			}
			if diff := cmp.Diff([]httpcall.Call{row.want.Call}, begun); diff != "" {
				t.Errorf("begun (-want +got):\n%s", diff)
			}
			if fmt.Sprint(err) != fmt.Sprint(told[0].Err) || err != nil && err == told[0].Err { //nolint:errorlint // a copy is wanted
				t.Errorf("returned %v, told %v", err, told[0].Err)
			}
		})
	}
}

// TestResultStays: a later call does not write into the body that was handed out, and the method's own error may change.
func TestResultStays(t *testing.T) {
	s := newServer(t, false, func(x *exchange) {
		if x.read(); !x.done {
			body := fmt.Sprintf(`{"code":"declined","message":"answer %d"}`, x.n)
			x.write("HTTP/1.1 422 No\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
		}
	})
	c := newClient(t, s, nil)
	var results []httpcall.Result
	for range 20 {
		_, err := c.Do(into(t.Context(), &results), pay(), nil)
		var e *payment.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		e.Message, e.Outcome = "changed on the way up", payment.Unknown
	}
	for i, r := range results {
		want := fmt.Sprintf("answer %d", i+1)
		if !strings.Contains(string(r.Body()), want) || !strings.Contains(r.Err.Error(), want) || r.Outcome() != payment.Refused {
			t.Errorf("result %d: %s, %v", i, r.Body(), r.Err)
		}
	}
}

// TestObserversNest: the first observer is outermost, each sees the context of the one before, the call has them all, and
// options that they add hold for the call.
func TestObserversNest(t *testing.T) {
	type layer struct{}
	var order []string
	observer := func(name string) httpcall.Observer {
		return func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) {
			seen, _ := ctx.Value(layer{}).(string)
			order = append(order, "begin "+seen+name)
			ctx = httpcall.With(context.WithValue(ctx, layer{}, seen+name), httpcall.Options{Header: http.Header{"X-Trace": {name}}})
			return ctx, func(httpcall.Result) { order = append(order, "end "+name) }
		}
	}
	var trace []string
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, func(cfg *Config) {
		for _, o := range []httpcall.Observer{observer("a"), observer("b"), func(context.Context, httpcall.Call) (context.Context, func(httpcall.Result)) {
			return nil, nil //nolint:staticcheck // an observer that has neither
		}} {
			if err := cfg.AddObserver(o); err != nil {
				t.Fatal(err)
			}
		}
		cfg.Authorize = func(ctx context.Context) (http.Header, error) {
			order = append(order, "call "+ctx.Value(layer{}).(string))
			return nil, nil
		}
		cfg.Middleware = []func(http.RoundTripper) http.RoundTripper{func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				trace = r.Header["X-Trace"]
				return next.RoundTrip(r)
			})
		}}
	})
	ctx := httpcall.With(t.Context(), httpcall.Options{OnResult: func(httpcall.Result) { order = append(order, "told") }})
	if _, err := c.Do(ctx, pay(), nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"begin a", "begin ab", "call ab", "end b", "end a", "told"}, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Equal(trace, []string{"a", "b"}) {
		t.Errorf("header %q", trace)
	}
}

// TestObserverWithForeignContext: an observer that loses the call's context cannot lose the journal's gate with it.
func TestObserverWithForeignContext(t *testing.T) {
	s := newServer(t, false, respond("200 OK", okBody))
	c := newClient(t, s, func(cfg *Config) {
		cfg.Observers = []httpcall.Observer{func(context.Context, httpcall.Call) (context.Context, func(httpcall.Result)) {
			return context.Background(), nil
		}}
	})
	over := errors.New("the lease is over")
	_, err := c.Do(payment.WithHooks(t.Context(), payment.Hooks{Gate: func() error { return over }}), pay(), nil)
	checkError(t, err, payment.NotSent, over)
	if headers, _ := s.seen(); headers != 0 {
		t.Errorf("the server saw %d requests", headers)
	}
}

// TestObserverKeepsTheEnd: whatever observers do to the end of a context, the call has the caller's, and their values.
func TestObserverKeepsTheEnd(t *testing.T) {
	type layer struct{}
	for name, change := range map[string]func(context.Context) context.Context{
		"taken away": context.WithoutCancel,
		"cancelled": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		},
		"shortened": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
			t.Cleanup(cancel)
			return ctx
		},
		"another": func(ctx context.Context) context.Context {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 24*time.Hour)
			t.Cleanup(cancel)
			return ctx
		},
	} {
		t.Run(name, func(t *testing.T) {
			caller, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			want, _ := caller.Deadline()
			s := newServer(t, false, respond("200 OK", okBody))
			check := func(where string, ctx context.Context, value any) {
				t.Helper()
				if got, _ := ctx.Deadline(); !got.Equal(want) || ctx.Err() != nil || ctx.Value(layer{}) != value {
					t.Errorf("%s: deadline %v, want %v; %v; value %v, want %v", where, got, want, ctx.Err(), ctx.Value(layer{}), value)
				}
			}
			alive := true
			c := newClient(t, s, func(cfg *Config) {
				cfg.Observers = []httpcall.Observer{
					func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) {
						return change(context.WithValue(ctx, layer{}, 1)), nil
					},
					func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) {
						if alive {
							check("second observer", ctx, 1)
						}
						return change(context.WithValue(ctx, layer{}, 2)), nil
					},
				}
				cfg.Authorize = func(ctx context.Context) (http.Header, error) {
					if alive {
						check("call", ctx, 2)
					}
					return nil, nil
				}
			})
			if _, err := c.Do(caller, pay(), nil); err != nil {
				t.Errorf("the caller was there, and the call failed: %v", err)
			}
			alive = false
			cancel()
			_, err := c.Do(caller, pay(), nil)
			checkError(t, err, payment.NotSent, context.Canceled)
			if headers, _ := s.seen(); headers != 1 {
				t.Errorf("the server saw %d requests, want 1", headers)
			}
		})
	}
}

// TestAmend: a provider completes its errors before anybody sees them, and is asked for nothing else.
func TestAmend(t *testing.T) {
	for status, want := range map[string]string{"200 OK": "", "422 No": "422 Pay first, second"} {
		var got []string
		var told []httpcall.Result
		s := newServer(t, false, respond(status, `{"id":"1","code":"x"}`))
		c := newClient(t, s, func(cfg *Config) {
			cfg.Amend = func(_ context.Context, op *Operation, a *Answer, e *payment.Error) {
				e.Message = "first"
				got = append(got, itoa(a.Status)+" "+op.Name+" ")
			}
		})
		op := pay()
		op.Amend = func(e *payment.Error) { e.Message += ", second" }
		_, err := c.Do(into(t.Context(), &told), op, decodeJSON)
		var e, seen *payment.Error
		if errors.As(err, &e) && errors.As(told[0].Err, &seen) {
			got = append(got, seen.Message)
			if seen.Message != e.Message {
				t.Errorf("returned %q, told %q", e.Message, seen.Message)
			}
		}
		if strings.Join(got, "") != want {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
	// Without an answer there is nothing to give the operation's own word to.
	c := newClient(t, newServer(t, false, func(x *exchange) { x.read(); x.rst() }), func(cfg *Config) {
		cfg.Amend = func(_ context.Context, _ *Operation, a *Answer, e *payment.Error) {
			if a != nil {
				t.Errorf("an answer of no answer: %+v", a)
			}
			e.RequestID = "r"
		}
	})
	op := pay()
	op.Amend = func(*payment.Error) { t.Error("called") }
	var told []httpcall.Result
	if _, err := c.Do(into(t.Context(), &told), op, nil); err == nil || told[0].RequestID != "r" {
		t.Errorf("%v, told %+v", err, told)
	}
}
