package sim_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	pay  = "POST /orders/{id}/pay"
	read = "GET /orders/{id}"
)

// bank is the smallest provider: it takes one pound per call unless the body says "no".
type bank struct {
	*sim.API
	*sim.Server
	client *http.Client

	mu   sync.Mutex
	seen map[string]sim.Visibility
}

func newBank(t *testing.T, secure bool) *bank {
	t.Helper()
	b := &bank{seen: map[string]sim.Visibility{}}
	b.API = sim.New(func(*sim.Call) func() sim.Answer { return sim.Reply(sim.JSON(404, "no such route")) })
	b.Gzip = true
	b.Stamp = func(_ *sim.Call, h http.Header) { h.Set("X-Bank", "yes") }
	pound, err := payment.ParseMoney("1.00", "GBP")
	if err != nil {
		t.Fatal(err)
	}
	b.Handle(pay, func(c *sim.Call) func() sim.Answer {
		if string(c.Body) == "no" {
			return sim.Reply(sim.JSON(422, "refused"))
		}
		return func() sim.Answer {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.seen[c.PathValue("id")] = c.Visibility()
			b.Ledger.Take(c.PathValue("id"), pound)
			return sim.JSON(201, "the pound was taken")
		}
	})
	b.Handle(read, func(c *sim.Call) func() sim.Answer {
		return func() sim.Answer {
			b.mu.Lock()
			defer b.mu.Unlock()
			v, paid := b.seen[c.PathValue("id")]
			return sim.JSON(200, paid && v.Visible(b.Clock.Now()))
		}
	})
	if b.Server, err = sim.Start(b.API, secure); err != nil {
		t.Fatal(err)
	}
	transport := b.Transport()
	b.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		b.API.Close()
		b.Server.Close()
	})
	return b
}

type reply struct {
	status int
	header http.Header
	body   string
	err    error // of the call, or of reading its body
}

func (b *bank) do(ctx context.Context, t *testing.T, method, path, body string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, b.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, header: resp.Header, body: string(got), err: err}
}

func (b *bank) pay(t *testing.T, id string) reply {
	t.Helper()
	return b.do(t.Context(), t, "POST", "/orders/"+id+"/pay", "yes")
}

func (b *bank) wantTaken(t *testing.T, id string, n int) {
	t.Helper()
	if err := b.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(b.Ledger.Taken(id)); got != n {
		t.Errorf("taken %d times, want %d", got, n)
	}
}

func TestAnswers(t *testing.T) {
	for _, secure := range []bool{false, true} {
		b := newBank(t, secure)
		got := b.pay(t, "a")
		if got.err != nil || got.status != 201 || got.body != `"the pound was taken"` || got.header.Get("X-Bank") != "yes" {
			t.Errorf("secure %t: %+v", secure, got)
		}
		b.wantTaken(t, "a", 1)
		if got := b.do(t.Context(), t, "POST", "/orders/a/pay", "no"); got.status != 422 {
			t.Errorf("secure %t: refused with %d", secure, got.status)
		}
		b.wantTaken(t, "a", 1)
		if got := b.do(t.Context(), t, "DELETE", "/orders/a", ""); got.status != 404 {
			t.Errorf("secure %t: unknown route: %d", secure, got.status)
		}
	}
}

func TestTLSNeedsItsCertificate(t *testing.T) {
	b := newBank(t, true)
	stranger := &http.Transport{}
	defer stranger.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), "GET", b.URL+"/orders/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: stranger}).Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("a client without the certificate was served")
	}
}

func TestHTTP1Only(t *testing.T) {
	b := newBank(t, true)
	tr := b.Transport()
	tr.Protocols = nil
	tr.ForceAttemptHTTP2 = true
	b.client.Transport = tr
	defer tr.CloseIdleConnections()
	req, _ := http.NewRequestWithContext(t.Context(), "GET", b.URL+"/orders/a", nil)
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.ProtoMajor != 1 {
		t.Errorf("spoke %s", resp.Proto)
	}
}

// TestGzipAgain: answers that follow one another, and that are damaged, do not mix.
func TestGzipAgain(t *testing.T) {
	b := newBank(t, false)
	b.Fail(sim.Fault{Route: pay, Times: 3, Damage: sim.TruncatedGzip})
	for i := range 6 {
		got := b.pay(t, "a")
		if cutOff := i < 3; (got.err != nil) != cutOff || !cutOff && got.body != `"the pound was taken"` {
			t.Errorf("answer %d: %+v", i, got)
		}
	}
}

func TestGzip(t *testing.T) {
	b := newBank(t, false)
	b.client.Transport.(*http.Transport).DisableCompression = true
	if got := b.pay(t, "a"); got.header.Get("Content-Encoding") != "" || got.body != `"the pound was taken"` {
		t.Errorf("to a client that takes none: %+v", got)
	}
	req, _ := http.NewRequestWithContext(t.Context(), "GET", b.URL+"/orders/a", nil)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("to a client that takes it: %v", resp.Header)
	}
}

func TestCuts(t *testing.T) {
	tests := []struct {
		name   string
		cut    sim.Cut
		status int // that the caller sees, 0 for none
		taken  int
	}{
		{"before acting", sim.BeforeActing, 0, 0},
		{"before the answer", sim.BeforeAnswer, 0, 1},
		{"in the body", sim.InBody, 201, 1},
	}
	for _, tt := range tests {
		for _, secure := range []bool{false, true} {
			for _, reset := range []bool{false, true} {
				t.Run(tt.name, func(t *testing.T) {
					b := newBank(t, secure)
					b.client.Transport.(*http.Transport).DisableCompression = true
					b.Fail(sim.Fault{Route: pay, Cut: tt.cut, Reset: reset})
					got := b.pay(t, "a")
					if got.err == nil || got.status != tt.status {
						t.Errorf("got %+v, want an error and status %d", got, tt.status)
					}
					if isReset := errors.Is(got.err, syscall.ECONNRESET); isReset != reset {
						t.Errorf("secure %t: reset is %t, want %t: %v", secure, isReset, reset, got.err)
					}
					if tt.cut == sim.InBody && !reset && got.body != `"the pound` {
						t.Errorf("half the body is %q", got.body)
					}
					b.wantTaken(t, "a", tt.taken)
					if got := b.Count(pay); got != 1 {
						t.Errorf("%d requests arrived, want 1", got)
					}
					if got := b.pay(t, "a"); got.status != 201 || got.err != nil {
						t.Errorf("after the fault: %+v", got)
					}
				})
			}
		}
	}
}

func TestReplacedAnswers(t *testing.T) {
	redirect := http.Header{"location": {"/elsewhere"}}
	tests := []struct {
		name   string
		fault  sim.Fault
		want   reply
		taken  int
		header string // name of one to compare
	}{
		{"instead of acting", sim.Fault{NoAction: true, Status: 503, Body: []byte("busy")}, reply{status: 503, body: "busy"}, 0, ""},
		{"instead of acting, by default", sim.Fault{NoAction: true}, reply{status: 500}, 0, ""},
		{"status after acting", sim.Fault{Status: 500}, reply{status: 500, body: `"the pound was taken"`}, 1, ""},
		{"empty body", sim.Fault{Body: []byte("")}, reply{status: 201}, 1, ""},
		{"redirect", sim.Fault{NoAction: true, Status: 307, Header: redirect},
			reply{status: 307, header: http.Header{"Location": {"/elsewhere"}}}, 0, "Location"},
		{"header removed", sim.Fault{Header: http.Header{"X-Bank": nil}}, reply{status: 201, body: `"the pound was taken"`}, 1, "X-Bank"},
		{"no content", sim.Fault{Status: 204, Body: []byte("")}, reply{status: 204}, 1, ""},
		{"wrong type", sim.Fault{Damage: sim.WrongType}, reply{status: 201, body: "[1]"}, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBank(t, false)
			b.Fail(tt.fault)
			got := b.pay(t, "a")
			if got.err != nil || got.status != tt.want.status || got.body != tt.want.body {
				t.Errorf("got %d %q %v, want %d %q", got.status, got.body, got.err, tt.want.status, tt.want.body)
			}
			if tt.header != "" && !cmp.Equal(got.header.Values(tt.header), tt.want.header.Values(tt.header)) {
				t.Errorf("%s: %q", tt.header, got.header.Values(tt.header))
			}
			b.wantTaken(t, "a", tt.taken)
		})
	}
}

func TestDamage(t *testing.T) {
	t.Run("truncated gzip", func(t *testing.T) {
		b := newBank(t, false)
		b.Fail(sim.Fault{Damage: sim.TruncatedGzip})
		if got := b.pay(t, "a"); !errors.Is(got.err, io.ErrUnexpectedEOF) || got.status != 201 {
			t.Errorf("got %+v", got)
		}
		b.wantTaken(t, "a", 1)
	})
	t.Run("HTML", func(t *testing.T) {
		b := newBank(t, false)
		b.Fail(sim.Fault{Damage: sim.HTML, Status: 502})
		if got := b.pay(t, "a"); got.status != 502 || got.header.Get("Content-Type") != "text/html" || !strings.HasPrefix(got.body, "<html>") {
			t.Errorf("got %+v", got)
		}
	})
	for _, compressed := range []bool{true, false} {
		t.Run("oversized", func(t *testing.T) {
			b := newBank(t, false)
			b.client.Transport.(*http.Transport).DisableCompression = !compressed
			b.Fail(sim.Fault{Damage: sim.Oversized})
			req, _ := http.NewRequestWithContext(t.Context(), "POST", b.URL+"/orders/a/pay", nil)
			resp, err := b.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			if n, err := io.CopyN(io.Discard, resp.Body, 65<<20); err != nil {
				t.Fatalf("compressed %t: %d bytes, %v", compressed, n, err)
			}
			if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != `"the pound was taken"` {
				t.Errorf("compressed %t: ends with %q, %v", compressed, rest, err)
			}
		})
	}
}

func TestScript(t *testing.T) {
	b := newBank(t, false)
	b.Fail(sim.Fault{Route: read})                                               // for another route
	b.Fail(sim.Fault{Route: pay})                                                // lets one pass
	b.Fail(sim.Fault{NoAction: true, Status: 503, Times: 2})                     // any route
	b.Fail(sim.Fault{Route: pay, NoAction: true, Status: 429, Times: -1})        // for ever
	b.Fail(sim.Fault{Route: pay, NoAction: true, Status: 500, Body: []byte("")}) // never reached
	var got []int
	for range 6 {
		got = append(got, b.pay(t, "a").status)
	}
	b.ClearFaults()
	got = append(got, b.pay(t, "a").status)
	if diff := cmp.Diff([]int{201, 503, 503, 429, 429, 429, 201}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	b.wantTaken(t, "a", 2)
}

func TestTakenLate(t *testing.T) {
	b := newBank(t, false)
	hold := make(chan struct{})
	ctx, leave := context.WithCancel(t.Context())
	b.Fail(sim.Fault{Route: pay, Hold: hold, Arrived: leave})
	if got := b.do(ctx, t, "POST", "/orders/a/pay", "yes"); !errors.Is(got.err, context.Canceled) {
		t.Fatalf("got %+v", got)
	}
	if got := b.Ledger.Taken("a"); got != nil {
		t.Fatalf("taken while held: %v", got)
	}
	close(hold)
	b.wantTaken(t, "a", 1)
}

// Both calls are checked before either acts: that is how a provider takes twice.
func TestHoldComesAfterTheCheck(t *testing.T) {
	b := newBank(t, false)
	var mu sync.Mutex
	checked := 0
	b.Handle("POST /once", func(*sim.Call) func() sim.Answer {
		mu.Lock()
		defer mu.Unlock()
		if checked++; len(b.Ledger.Taken("once")) > 0 {
			return sim.Reply(sim.JSON(422, "paid"))
		}
		return func() sim.Answer {
			b.Ledger.Take("once", payment.Money{})
			return sim.JSON(200, "taken")
		}
	})
	hold, arrived := make(chan struct{}), make(chan struct{})
	b.Fail(sim.Fault{Route: "POST /once", Hold: hold, Arrived: func() { close(arrived) }})
	first := make(chan reply)
	go func() { first <- b.do(t.Context(), t, "POST", "/once", "") }()
	<-arrived
	second := b.do(t.Context(), t, "POST", "/once", "")
	close(hold)
	if got := <-first; got.status != 200 || second.status != 200 {
		t.Errorf("got %+v and %+v", got, second)
	}
	b.wantTaken(t, "once", 2)
	if got := b.do(t.Context(), t, "POST", "/once", ""); got.status != 422 {
		t.Errorf("third: %+v", got)
	}
}

func TestVisibleLate(t *testing.T) {
	isPaid := func(t *testing.T, b *bank) bool {
		t.Helper()
		return b.do(t.Context(), t, "GET", "/orders/a", "").body == "true"
	}
	t.Run("until released", func(t *testing.T) {
		b := newBank(t, false)
		hide := make(chan struct{})
		b.Fail(sim.Fault{Route: pay, Hide: hide})
		b.pay(t, "a")
		b.wantTaken(t, "a", 1)
		if b.Clock.Advance(1000 * time.Hour); isPaid(t, b) {
			t.Error("shown before it was released")
		}
		if close(hide); !isPaid(t, b) {
			t.Error("not shown after it was released")
		}
	})
	t.Run("until the clock has passed", func(t *testing.T) {
		b := newBank(t, false)
		b.Clock.Set(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		b.Fail(sim.Fault{Route: pay, HideFor: time.Hour})
		b.pay(t, "a")
		if b.Clock.Advance(time.Hour - 1); isPaid(t, b) {
			t.Error("shown too early")
		}
		if b.Clock.Advance(1); !isPaid(t, b) {
			t.Error("not shown in time")
		}
	})
}

func TestRequestsAreKept(t *testing.T) {
	b := newBank(t, false)
	b.pay(t, "a")
	b.do(t.Context(), t, "GET", "/orders/a?x=1", "")
	b.do(t.Context(), t, "POST", "/orders/b/pay", "no")
	b.do(t.Context(), t, "POST", "/orders//pay", "yes") // net/http would redirect it, unseen

	type seen struct{ URL, Body string }
	list := func(route string) (all []seen) {
		for _, r := range b.Requests(route) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			all = append(all, seen{r.Method + " " + r.URL.String(), string(body)})
		}
		if b.Count(route) != len(all) {
			t.Errorf("Count(%q) = %d, want %d", route, b.Count(route), len(all))
		}
		return all
	}
	want := []seen{{"POST /orders/a/pay", "yes"}, {"POST /orders/b/pay", "no"}}
	if diff := cmp.Diff(want, list(pay)); diff != "" {
		t.Errorf("of one route (-want +got):\n%s", diff)
	}
	want = []seen{want[0], {"GET /orders/a?x=1", ""}, want[1], {"POST /orders//pay", "yes"}}
	if diff := cmp.Diff(want, list("")); diff != "" {
		t.Errorf("of all routes (-want +got):\n%s", diff)
	}
	defer func() {
		if recover() == nil {
			t.Error("a route that does not exist was taken")
		}
	}()
	b.Count("POST /order/{id}/pay")
}

func TestHalfARequestDoesNothing(t *testing.T) {
	b := newBank(t, false)
	b.Fail(sim.Fault{Route: pay, NoAction: true, Status: 503})
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /orders/a/pay HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil {
		t.Error("half a request was answered")
	}
	b.wantTaken(t, "a", 0)
	rs := b.Requests(pay)
	if len(rs) != 1 {
		t.Fatalf("%d requests, want 1", len(rs))
	}
	if body, err := io.ReadAll(rs[0].Body); string(body) != "half" || err == nil {
		t.Errorf("its body reads %q, %v", body, err)
	}
	if got := b.pay(t, "a"); got.status != 503 {
		t.Errorf("half a request used up a fault: %+v", got)
	}
}

func TestCloseEndsHeldRequests(t *testing.T) {
	b := newBank(t, false)
	arrived := make(chan struct{})
	b.Fail(sim.Fault{Hold: make(chan struct{}), Arrived: func() { close(arrived) }})
	got := make(chan reply)
	go func() { got <- b.do(t.Context(), t, "POST", "/orders/a/pay", "yes") }()
	<-arrived
	b.API.Close()
	b.Server.Close()
	if r := <-got; r.err == nil {
		t.Errorf("a held request was answered: %+v", r)
	}
	if got := b.Ledger.Taken("a"); got != nil {
		t.Errorf("taken: %v", got)
	}
	if r := b.pay(t, "a"); r.err == nil {
		t.Errorf("served after Close: %+v", r)
	}
}

// A handler may go on after its caller has left and its connection is closed: Close returns when it
// has ended.
func TestServerCloseWaitsForHandlers(t *testing.T) {
	arrived := make(chan struct{})
	var ended atomic.Bool
	srv, err := sim.Start(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		linger()
		ended.Store(true)
	}), false)
	if err != nil {
		t.Fatal(err)
	}
	tr := srv.Transport()
	defer tr.CloseIdleConnections()
	b := &bank{Server: srv, client: &http.Client{Transport: tr}}
	got := make(chan reply)
	go func() { got <- b.do(t.Context(), t, "GET", "/", "") }()
	<-arrived
	srv.Close()
	if !ended.Load() {
		t.Error("Close returned before the handler")
	}
	<-got
}

func TestAPICloseWaitsForHandlers(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	var ended atomic.Bool
	api := sim.New(func(*sim.Call) func() sim.Answer {
		return func() sim.Answer {
			close(arrived)
			<-release
			linger()
			ended.Store(true)
			return sim.JSON(200, nil)
		}
	})
	request := func() *http.Request { return httptest.NewRequestWithContext(t.Context(), "GET", "/", nil) }
	go api.ServeHTTP(httptest.NewRecorder(), request())
	<-arrived
	close(release)
	api.Close()
	if !ended.Load() {
		t.Error("Close returned before the handler")
	}
	defer func() {
		if got := recover(); got != http.ErrAbortHandler {
			t.Errorf("served after Close, panic is %v", got)
		}
	}()
	api.ServeHTTP(httptest.NewRecorder(), request())
}

// linger lets everybody else run, long enough to lose a race against whoever does not wait.
func linger() {
	for range 10000 {
		runtime.Gosched()
	}
}

func TestWaitIdleHeedsItsContext(t *testing.T) {
	b := newBank(t, false)
	hold, arrived := make(chan struct{}), make(chan struct{})
	b.Fail(sim.Fault{Hold: hold, Arrived: func() { close(arrived) }})
	done := make(chan reply)
	go func() { done <- b.do(t.Context(), t, "POST", "/orders/a/pay", "yes") }()
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.WaitIdle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitIdle: %v while a request is held", err)
	}
	close(hold)
	<-done
	b.wantTaken(t, "a", 1)
}

func TestManyAtOnce(t *testing.T) {
	b := newBank(t, false)
	b.Fail(sim.Fault{Route: pay, Times: 50, Cut: sim.BeforeAnswer, Reset: true})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() { b.pay(t, "a") })
	}
	wg.Wait()
	b.wantTaken(t, "a", 100)
	if got := b.Count(pay); got != 100 {
		t.Errorf("%d arrived, want 100", got)
	}
}

// No goroutine of a server outlives it, whatever state its connections were in.
func TestNoLeak(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		b := &bank{API: sim.New(func(*sim.Call) func() sim.Answer { return sim.Reply(sim.JSON(200, "ok")) })}
		var err error
		if b.Server, err = sim.Start(b.API, true); err != nil {
			t.Fatal(err)
		}
		tr := b.Transport()
		b.client = &http.Client{Transport: tr}
		silent, err := net.Dial("tcp", strings.TrimPrefix(b.URL, "https://")) // never says a word
		if err != nil {
			t.Fatal(err)
		}
		b.do(t.Context(), t, "GET", "/", "")
		b.Fail(sim.Fault{Cut: sim.BeforeAnswer})
		b.do(t.Context(), t, "GET", "/", "")
		b.API.Close()
		b.Server.Close()
		if stacks := goroutines(); bytes.Contains(stacks, []byte("sim.(*Server)")) || bytes.Contains(stacks, []byte("sim.(*API)")) {
			t.Fatalf("after Close:\n%s", stacks)
		}
		tr.CloseIdleConnections()
		_ = silent.Close()
	}
	// net/http's own goroutines end a moment after their connections.
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, goroutines())
		}
	}
}

func goroutines() []byte {
	buf := make([]byte, 1<<20)
	return buf[:runtime.Stack(buf, true)]
}

func TestClock(t *testing.T) {
	var c sim.Clock
	if d := time.Since(c.Now()); d > time.Minute || d < -time.Minute {
		t.Errorf("a new clock is %s off", d)
	}
	c.Advance(time.Hour)
	if d := time.Until(c.Now()); d < 59*time.Minute {
		t.Errorf("a running clock did not advance: %s", d)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	c.Set(at)
	c.Advance(time.Minute)
	if got, want := c.Now(), time.Date(2026, 1, 2, 2, 5, 5, 0, time.UTC); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
