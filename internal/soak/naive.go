package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
	"github.com/supplierpay/supplierpay-go/payment"
)

// compareNaive sends orders like those of the walk through go-retryablehttp with its defaults, in
// the same weather. Only its pauses are shorter, so that the run ends.
func (r *result) compareNaive(ctx context.Context, p provider, seed uint64, rough int) error {
	s := p.open()
	defer s.close()
	if !s.single {
		return nil
	}
	w := newWeather(seed, rough, s)
	w.expire = nil // it has one token for good
	proxy, err := faultproxy.Start(s.handler, false)
	if err != nil {
		return err
	}
	defer proxy.Close()
	pattern, err := learn(ctx, s, proxy)
	if err != nil {
		return err
	}
	proxy.Set(w.plan())
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.RetryWaitMin, client.RetryWaitMax = time.Millisecond, 10*time.Millisecond
	client.HTTPClient = &http.Client{Transport: proxy.Transport()}

	reqs := place(s, r.payments, seed)
	told := make([]bool, r.payments) // told that it is paid
	next := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range next {
				told[i] = sendNaive(ctx, client, pattern, proxy.URL, reqs[i])
			}
		})
	}
	for i := range reqs {
		next <- i
	}
	close(next)
	wg.Wait()
	w.clear()
	client.HTTPClient.CloseIdleConnections()
	if err := proxy.Drain(ctx); err != nil {
		return err
	}
	r.naive = true
	for i, req := range reqs {
		if s.decide != nil {
			s.decide(req.OrderID, rand.New(rand.NewPCG(seed+2, uint64(i))))
		}
		taken := len(s.taken(req.OrderID))
		if taken > 1 {
			r.naiveDouble++
		}
		if taken > 0 && !told[i] {
			r.naiveLost++
		}
	}
	return nil
}

func sendNaive(ctx context.Context, client *retryablehttp.Client, pattern *captured, baseURL string, req payment.Request) bool {
	hr, err := pattern.request(baseURL, req)
	if err != nil {
		return false
	}
	resp, err := client.Do(hr.WithContext(ctx))
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode < http.StatusMultipleChoices
}

// captured is a request that paid, from which those of other orders are made.
type captured struct {
	of          payment.Request
	method, uri string
	header      http.Header
	body        string
}

// learn pays orders with our own client, without faults, until one succeeds, and keeps the request
// that paid it.
func learn(ctx context.Context, s *site, proxy *faultproxy.Proxy) (*captured, error) {
	payer, err := s.payer(proxy.URL, proxy.Transport())
	if err != nil {
		return nil, err
	}
	chance := rand.New(rand.NewPCG(0, 0))
	for n := range 100 {
		c := &captured{of: s.place(1_000_000+n, chance)}
		if c.of.Method != "" {
			continue
		}
		var mu sync.Mutex
		proxy.Set(faultproxy.Plan{Arrived: func(r *http.Request, body []byte) {
			mu.Lock()
			defer mu.Unlock()
			if len(s.taken(c.of.OrderID)) == 0 { // the last one that arrives before the money is taken takes it
				c.method, c.uri, c.header, c.body = r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)
			}
		}})
		p, err := payer.Pay(ctx, c.of)
		if err == nil && p.Paid() && len(s.taken(c.of.OrderID)) == 1 {
			mu.Lock()
			defer mu.Unlock()
			return c, nil
		}
	}
	return nil, errors.New("no payment succeeds without faults")
}

// request is the request that pays req.
func (c *captured) request(baseURL string, req payment.Request) (*retryablehttp.Request, error) {
	of := strings.NewReplacer(c.of.OrderID, req.OrderID, c.of.Amount.Amount(), req.Amount.Amount())
	r, err := retryablehttp.NewRequest(c.method, baseURL+of.Replace(c.uri), []byte(of.Replace(c.body)))
	if err != nil {
		return nil, err
	}
	for k, v := range c.header {
		if k != "Content-Length" && k != "Accept-Encoding" {
			r.Header[k] = v
		}
	}
	return r, nil
}
