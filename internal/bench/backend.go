package main

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// answers are what the simulators of this module answer to one payment each, recorded.
//
//go:embed answers/*.json
var answers embed.FS

// callers is the largest number of callers that pay at once. Each has a reservation of its own at
// Travelport, the only provider whose answers depend on what was called before.
const callers = 256

// backend answers every provider's calls with recorded bodies, as fast as it can: what is measured
// is the client.
type backend struct {
	fixed map[string]answer // by method and path
	bench [callers]workbench

	payments atomic.Int64 // calls that move money: what a test counts
}

type answer struct {
	status int
	header http.Header
	body   []byte
	money  bool
}

// workbench is one caller's reservation at Travelport. Its answers follow the step that was taken
// last.
type workbench struct {
	step    atomic.Int32
	answers map[string]answer
}

// The steps of a payment at Travelport.
const (
	stepHeld = iota
	stepOpened
	stepFormed
	stepQueued
	stepCommitted
)

const (
	recordedLocator   = "G00001"
	recordedWorkbench = "af076693-cfc3-49f3-b7d6-000000000004"
	workbenchPrefix   = "af076693-cfc3-49f3-b7d6-"
)

func locator(caller int) string { return fmt.Sprintf("G%05d", caller) }

func workbenchID(caller int) string { return fmt.Sprintf("%s%012d", workbenchPrefix, caller) }

func newBackend() (*backend, error) {
	b := &backend{fixed: map[string]answer{}}
	for _, f := range []struct {
		call, file string
		status     int
		money      bool
	}{
		{"POST /air/payments", "duffel-payment", 201, true},
		{"POST /api/login", "etm-login", 200, false},
		{"GET /api/air/orders/1053715", "etm-order", 200, false},
		{"POST /api/air/orders/1053715/payment", "etm-payment", 200, true},
		{"POST /login", "musement-login", 200, false},
		{"GET /orders/" + musementOrder, "musement-order", 200, false},
		{"GET /carts/" + musementCart + "/order-info", "musement-state", 200, false},
		{"POST /payments/no/payment", "musement-paid", 200, true},
		{"POST /api/vendor/v1/payments.json", "activeplatform-payment", 201, true},
		{"POST /oauth/token", "travelport-login", 200, false},
	} {
		body, err := recorded(f.file)
		if err != nil {
			return nil, err
		}
		b.fixed[f.call] = answer{status: f.status, header: headerOf(f.file), body: body, money: f.money}
	}
	b.fixed["GET /air/payments"] = answer{status: 200, header: headerOf("duffel"), body: longList(b.fixed["POST /air/payments"].body)}
	for caller := range b.bench {
		if err := b.bench[caller].fill(caller); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func recorded(name string) ([]byte, error) {
	body, err := answers.ReadFile("answers/" + name + ".json")
	return bytes.TrimSpace(body), err
}

// headerOf are the headers that a provider's answers have, as far as its client looks at them.
func headerOf(file string) http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	switch provider, _, _ := strings.Cut(file, "-"); provider {
	case "duffel":
		h["X-Request-Id"] = []string{"REQ-1"}
		h["Ratelimit-Limit"] = []string{"60"}
		h["Ratelimit-Remaining"] = []string{"59"}
		h["Ratelimit-Reset"] = []string{"Sat, 21 Nov 2026 04:58:29 GMT"}
	case "travelport":
		h["Content-Version"] = []string{"11"}
		h["Transactionid"] = []string{"51005a2b4d242ba02f73a79400000002"}
	}
	return h
}

// longListSize is the size of the list that is decoded.
const longListSize = 1 << 20

// longList makes a list of about a megabyte of one answer of a payment.
func longList(one []byte) []byte {
	item := bytes.TrimSuffix(bytes.TrimPrefix(one, []byte(`{"data":`)), []byte(`}`))
	n := longListSize / (len(item) + 1)
	items := bytes.Repeat(append(item[:len(item):len(item)], ','), n)
	return fmt.Appendf(nil, `{"data":[%s],"meta":{"after":null,"before":null,"limit":200}}`, items[:len(items)-1])
}

func (w *workbench) fill(caller int) error {
	w.answers = map[string]answer{}
	for _, name := range []string{"held", "opened", "form", "formed", "payment", "queued", "committed", "issued"} {
		body, err := recorded("travelport-" + name)
		if err != nil {
			return err
		}
		body = bytes.ReplaceAll(body, []byte(recordedLocator), []byte(locator(caller)))
		body = bytes.ReplaceAll(body, []byte(recordedWorkbench), []byte(workbenchID(caller)))
		w.answers[name] = answer{status: 200, header: headerOf("travelport"), body: body, money: name == "committed"}
	}
	return nil
}

// answer finds the answer to a call; ok is false for a call that no client should make.
func (b *backend) answer(method, path, query string) (answer, bool) {
	var a answer
	var ok bool
	if rest, is := strings.CutPrefix(path, "/11/air/"); is {
		a, ok = b.travelport(method, rest, query)
	} else {
		a, ok = b.fixed[method+" "+path]
	}
	if a.money {
		b.payments.Add(1)
	}
	return a, ok
}

func (b *backend) travelport(method, path, query string) (answer, bool) {
	caller, named := callerOf(path, query)
	if !named {
		return answer{}, false
	}
	w := &b.bench[caller]
	take := func(step int32, name string) (answer, bool) {
		w.step.Store(step)
		return w.answers[name], true
	}
	post := method == http.MethodPost
	switch {
	case post && strings.HasSuffix(path, "/buildfromlocator"):
		return take(stepOpened, "opened")
	case post && strings.HasSuffix(path, "/formofpayment"):
		return take(stepFormed, "form")
	case post && strings.HasSuffix(path, "/payments"):
		return take(stepQueued, "payment")
	case post:
		return take(stepCommitted, "committed")
	case strings.HasPrefix(path, "book/session/"):
		if w.step.Load() == stepQueued {
			return w.answers["queued"], true
		}
		return w.answers["formed"], true
	case w.step.CompareAndSwap(stepCommitted, stepHeld):
		return w.answers["issued"], true
	default:
		return w.answers["held"], true
	}
}

// callerOf reads the caller's number out of a locator or a workbench's identifier.
func callerOf(path, query string) (int, bool) {
	text := strings.TrimPrefix(query, "Locator=G")
	if _, id, found := strings.Cut(path, workbenchPrefix); found {
		text, _, _ = strings.Cut(id, "/")
	} else if _, loc, found := strings.Cut(path, "/reservations/G"); found {
		text = loc
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n < callers
}

// ServeHTTP makes the backend a server.
func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	a, ok := b.answer(r.Method, r.URL.Path, r.URL.RawQuery)
	if !ok {
		http.NotFound(w, r)
		return
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// RoundTrip makes the backend a transport without a network.
func (b *backend) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	a, ok := b.answer(r.Method, r.URL.Path, r.URL.RawQuery)
	if !ok {
		a = answer{status: http.StatusNotFound, header: http.Header{}}
	}
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}, nil
}
