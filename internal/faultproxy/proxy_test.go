package faultproxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counter is a provider that counts what it was asked, and answers a fixed body.
type counter struct{ acted atomic.Int64 }

const answered = `{"id":"pay_1","status":"succeeded"}`

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.acted.Add(1)
	w.Header().Set("X-Provider", "counter")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answered)
}

// seen is what a client sees of one POST.
type seen struct {
	Status int
	Body   string
	Failed bool // the round trip, or reading the body
	Acted  int64
}

// send posts once under the fault and drains.
func send(t *testing.T, secure bool, f Fault) seen {
	t.Helper()
	c := &counter{}
	p := start(t, c, secure)
	p.Set(Plan{Request: func(*http.Request) Fault { return f }})
	s := post(t, p, p.Transport())
	if err := p.Drain(short(t)); err != nil {
		t.Fatal(err)
	}
	s.Acted = c.acted.Load()
	return s
}

func start(t *testing.T, h http.Handler, secure bool) *Proxy {
	t.Helper()
	p, err := Start(h, secure)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func post(t *testing.T, p *Proxy, rt http.RoundTripper) seen {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/pay", io.NopCloser(strings.NewReader(`{"amount":"30.20"}`)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return seen{Failed: true}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return seen{Status: resp.StatusCode, Body: strings.TrimLeft(string(body), " "), Failed: err != nil}
}

// TestFaults shows what a client sees of each fault, and whether the provider acted.
func TestFaults(t *testing.T) {
	framed := func(f Framing) func(Answer) Answer {
		return func(a Answer) Answer { a.Framing = f; return a }
	}
	half := answered[:len(answered)/2]
	late := make(chan struct{})
	close(late)
	for name, c := range map[string]struct {
		fault Fault
		want  seen
	}{
		"none":                 {Fault{}, seen{201, answered, false, 1}},
		"in the request":       {Fault{Cut: InRequest}, seen{Failed: true}},
		"before acting":        {Fault{Cut: BeforeActing}, seen{Failed: true}},
		"before acting, reset": {Fault{Cut: BeforeActing, Reset: true}, seen{Failed: true}},
		"before the answer":    {Fault{Cut: BeforeAnswer}, seen{Failed: true, Acted: 1}},
		"reset, no answer":     {Fault{Cut: BeforeAnswer, Reset: true}, seen{Failed: true, Acted: 1}},
		"in the status line":   {Fault{Cut: InStatusLine}, seen{Failed: true, Acted: 1}},
		"in the header":        {Fault{Cut: InHeader}, seen{Failed: true, Acted: 1}},
		"in the body":          {Fault{Cut: InBody}, seen{201, half, true, 1}},
		"after the body":       {Fault{Cut: AfterBody}, seen{201, answered, false, 1}},
		"chunks":               {Fault{Answer: framed(Chunked)}, seen{201, answered, false, 1}},
		"chunks, cut":          {Fault{Answer: framed(Chunked), Cut: InBody}, seen{201, half, true, 1}},
		"until close":          {Fault{Answer: framed(UntilClose)}, seen{201, answered, false, 1}},
		"until close, cut":     {Fault{Answer: framed(UntilClose), Cut: InBody}, seen{201, half, false, 1}}, // nobody can tell
		"byte by byte":         {Fault{Drip: true}, seen{201, answered, false, 1}},
		"padded":               {Fault{Answer: func(a Answer) Answer { a.Padding = 3 * paddingStep / 2; return a }}, seen{201, answered, false, 1}},
		"twice":                {Fault{Twice: true}, seen{201, answered, false, 2}},
		"late":                 {Fault{Late: late}, seen{Failed: true, Acted: 1}},
		"page, acted":          {Fault{Answer: Page(502)}, seen{502, HTMLPage, false, 1}},
		"page, not acted":      {Fault{Skip: true, Answer: Page(502)}, seen{502, HTMLPage, false, 0}},
		"204":                  {Fault{Answer: Bare(204)}, seen{204, "", false, 1}},
		"redirect":             {Fault{Answer: Redirect(307, "https://elsewhere.invalid")}, seen{307, "", false, 1}},
		"gzip cut short":       {Fault{Answer: TruncatedGzip}, seen{201, "", true, 1}},
		"not the gzip it says": {Fault{Answer: NotGzip}, seen{201, "", true, 1}},
	} {
		for _, secure := range []bool{false, true} {
			got := send(t, secure, c.fault)
			if name == "gzip cut short" || name == "not the gzip it says" {
				got.Body = "" // how much of it can be read is net/http's
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, TLS %v (-want +got):\n%s", name, secure, diff)
			}
		}
	}
}

// TestLateWaits: the provider gets a late request only when it is released, and Drain waits for
// that.
func TestLateWaits(t *testing.T) {
	c := &counter{}
	p := start(t, c, false)
	late := make(chan struct{})
	p.Set(Plan{Request: func(*http.Request) Fault { return Fault{Late: late} }})
	if s := post(t, p, p.Transport()); !s.Failed {
		t.Errorf("the client saw %+v, want a failure", s)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := p.Drain(ctx); err == nil || c.acted.Load() != 0 {
		t.Errorf("before the release: Drain %v, acted %d", err, c.acted.Load())
	}
	close(late)
	if err := p.Drain(short(t)); err != nil || c.acted.Load() != 1 {
		t.Errorf("after the release: Drain %v, acted %d, want 1", err, c.acted.Load())
	}
}

// TestConnections: what happens to connections before a request is read, and to clients that want
// to go elsewhere.
func TestConnections(t *testing.T) {
	for name, plan := range map[string]Plan{
		"refused":   {Dial: func(context.Context) error { return errors.New("refused") }},
		"closed":    {Accept: func() Greeting { return CloseUnread }},
		"reset":     {Accept: func() Greeting { return ResetUnread }},
		"handshake": {Accept: func() Greeting { return CloseHandshake }},
	} {
		c := &counter{}
		p := start(t, c, true)
		p.Set(plan)
		got := post(t, p, p.Transport())
		if err := p.Drain(short(t)); err != nil {
			t.Fatal(err)
		}
		if !got.Failed || c.acted.Load() != 0 || p.Stats().Open != 0 || p.Stats().Dials == 0 {
			t.Errorf("%s: %+v, %+v, acted %d", name, got, p.Stats(), c.acted.Load())
		}
	}
	p := start(t, &counter{}, false)
	other := &Proxy{URL: "http://127.0.0.1:1"}
	if s := post(t, other, p.Transport()); !s.Failed {
		t.Errorf("another address answered %+v", s)
	}
	if diff := cmp.Diff([]string{"127.0.0.1:1"}, p.Stats().Strays); diff != "" {
		t.Errorf("strays (-want +got):\n%s", diff)
	}
}

// TestCloseIdle returns when the client has noticed.
func TestCloseIdle(t *testing.T) {
	for _, reset := range []bool{false, true} {
		p := start(t, &counter{}, false)
		client := p.Transport()
		post(t, p, client)
		if err := p.CloseIdle(short(t), reset); err != nil {
			t.Fatal(err)
		}
		if open := p.Stats().Open; open != 0 {
			t.Errorf("reset %v: %d connections are open", reset, open)
		}
		if s := post(t, p, client); s.Status != http.StatusCreated || p.Stats().Dials != 2 {
			t.Errorf("reset %v: then %+v after %d dials", reset, s, p.Stats().Dials)
		}
	}
}

// TestHoldSeesHangUp: who holds a request learns that its client has gone.
func TestHoldSeesHangUp(t *testing.T) {
	p := start(t, &counter{}, false)
	ctx, cancel := context.WithCancel(t.Context())
	hungUp := make(chan struct{})
	p.Set(Plan{Request: func(*http.Request) Fault {
		return Fault{Hold: func(gone <-chan struct{}) {
			cancel()
			<-gone
			close(hungUp)
		}}
	}})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := p.Transport().RoundTrip(req); err == nil {
		_ = resp.Body.Close()
		t.Error("the call succeeded")
	}
	<-hungUp
}
