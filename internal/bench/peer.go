package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// target is what a client talks to: a server through a transport, or, when stub is set, no network
// at all.
type target struct {
	base      string
	transport *http.Transport
	stub      http.RoundTripper
}

// peer is a client that pays: in the way of the Payer, and by the one typed call that moves the
// money.
type peer struct {
	pay, typed func(ctx context.Context, caller int) error
}

// provider is one of the five, with its client and the same work by hand.
type provider struct {
	name  string
	calls string // the HTTP calls of one Pay, for the table
	ours  func(target) (peer, error)
	hand  func(*hand) peer
	// login tells that the client logs in over connections of their own: the login may be at
	// another host.
	login bool
}

func providers() []provider {
	return []provider{duffelProvider(), etmProvider(), musementProvider(), activePlatformProvider(), travelportProvider()}
}

// hand is what a careful engineer writes without a library: net/http and encoding/json, one request
// per call with a time limit, the status looked at, the body limited and decoded into typed structs
// with amounts as decimals.
type hand struct {
	base  string
	http  *http.Client
	retry *retryablehttp.Client // sends instead of http when it is set
}

const (
	// maxBody bounds what is read of an answer.
	maxBody = 16 << 20
	// handLimit bounds a call.
	handLimit = time.Minute
)

func newHand(t target) *hand {
	if t.stub != nil {
		return &hand{base: t.base, http: &http.Client{Transport: t.stub}}
	}
	return &hand{base: t.base, http: &http.Client{Transport: t.transport}}
}

// newRetrying is a hand whose calls go through go-retryablehttp with its defaults, but for its
// logger.
func newRetrying(t target) *hand {
	h := newHand(t)
	h.retry = retryablehttp.NewClient()
	h.retry.HTTPClient = h.http
	h.retry.Logger = nil
	return h
}

// call makes one HTTP call. header has keys and values in turn; body and into may be nil.
func (h *hand) call(ctx context.Context, method, path string, header []string, body, into any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, handLimit)
	defer cancel()
	resp, err := h.send(ctx, method, h.base+path, header, sent)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("%s: status %d: %s", path, resp.StatusCode, got)
	}
	return json.Unmarshal(got, into)
}

func (h *hand) send(ctx context.Context, method, url string, header []string, body []byte) (*http.Response, error) {
	if h.retry != nil {
		var raw any
		if body != nil {
			raw = body
		}
		req, err := retryablehttp.NewRequestWithContext(ctx, method, url, raw)
		if err != nil {
			return nil, err
		}
		fill(req.Header, header, body)
		return h.retry.Do(req)
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, reader)
	if err != nil {
		return nil, err
	}
	fill(req.Header, header, body)
	return h.http.Do(req)
}

func fill(h http.Header, header []string, body []byte) {
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	if body != nil {
		h.Set("Content-Type", "application/json")
	}
}
