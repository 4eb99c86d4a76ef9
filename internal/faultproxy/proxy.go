package faultproxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// Proxy shows a handler on a loopback port. It is safe for concurrent use.
type Proxy struct {
	// URL is the base URL, without a slash at its end.
	URL string

	handler  http.Handler
	listener net.Listener
	tls      *tls.Config // nil without TLS
	roots    *x509.CertPool
	ctx      context.Context // of handlers: they end with the proxy, never with the client
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change of what follows
	plan    Plan
	links   map[string]*link // by the client's address
	acting  int              // requests that arrived and are not done with
	dials   int
	read    int64
	strays  []string
	closed  bool
}

// link is one connection as its two ends see it.
type link struct {
	conn           net.Conn // the proxy's end; nil until accepted
	clientOpen     bool
	clientClosed   bool
	ended          bool // on the proxy's side
	idle           bool // between two requests
	closedByServer bool
}

// Start serves h on 127.0.0.1, with a certificate made for this proxy if secure.
func Start(h http.Handler, secure bool) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("faultproxy: listen: %w", err)
	}
	p := &Proxy{URL: "http://" + l.Addr().String(), handler: h, listener: l, changed: make(chan struct{}), links: map[string]*link{}}
	if secure {
		cert, err := certificate()
		if err != nil {
			_ = l.Close()
			return nil, fmt.Errorf("faultproxy: certificate: %w", err)
		}
		p.URL = "https://" + l.Addr().String()
		p.tls = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
		p.roots = x509.NewCertPool()
		p.roots.AddCert(cert.Leaf)
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.running.Go(p.accept)
	return p, nil
}

// Close ends everything and waits for it. Handlers get a context that has ended.
func (p *Proxy) Close() {
	p.cancel()
	_ = p.listener.Close()
	p.change(func() {
		p.closed = true
		for _, l := range p.links {
			if l.conn != nil {
				_ = l.conn.Close()
			}
		}
	})
	p.running.Wait()
}

// Set replaces the plan. Requests that have begun keep the fault they have.
func (p *Proxy) Set(plan Plan) { p.change(func() { p.plan = plan }) }

func (p *Proxy) planned() Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.plan
}

// Stats are counts since the start.
type Stats struct {
	Dials int   // connections that clients asked for
	Open  int   // connections that clients have open
	Read  int64 // bytes that clients have read
	// Strays are the addresses, other than the proxy's, that clients wanted to connect to. They
	// were refused.
	Strays []string
}

// Stats returns the counts. They see only clients that connect with [Proxy.Transport].
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Dials: p.dials, Open: p.open(), Read: p.read, Strays: append([]string(nil), p.strays...)}
}

func (p *Proxy) open() int {
	n := 0
	for _, l := range p.links {
		if l.clientOpen && !l.clientClosed {
			n++
		}
	}
	return n
}

// Drain returns when the provider's books stand still: every request that left a client has arrived
// or died, and none is being worked on.
func (p *Proxy) Drain(ctx context.Context) error {
	return p.wait(ctx, func() bool {
		if p.acting > 0 {
			return false
		}
		for _, l := range p.links {
			if !l.ended && (l.clientClosed || !l.idle && l.conn != nil) {
				return false
			}
		}
		return true
	})
}

// WaitRead returns when clients have read n bytes altogether.
func (p *Proxy) WaitRead(ctx context.Context, n int64) error {
	return p.wait(ctx, func() bool { return p.read >= n })
}

// CloseIdle drains, ends the connections, with a reset if reset, and returns when the clients have
// noticed. It drains first because a client may have read an answer to its end before the proxy
// knows that the connection is idle.
func (p *Proxy) CloseIdle(ctx context.Context, reset bool) error {
	if err := p.Drain(ctx); err != nil {
		return err
	}
	p.change(func() {
		for _, l := range p.links {
			if l.idle && !l.ended {
				l.closedByServer = true
				end(l.conn, reset)
			}
		}
	})
	return p.wait(ctx, func() bool {
		for _, l := range p.links {
			if l.closedByServer && l.clientOpen && !l.clientClosed {
				return false
			}
		}
		return true
	})
}

// wait returns when cond, called under the lock, is true.
func (p *Proxy) wait(ctx context.Context, cond func() bool) error {
	for {
		p.mu.Lock()
		ok, changed := cond(), p.changed
		p.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// change runs f under the lock and wakes those who wait.
func (p *Proxy) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	close(p.changed)
	p.changed = make(chan struct{})
}

// link returns the connection of a client's address, for the end that used says has not been here.
// Which end is the first is open. The caller holds the lock.
func (p *Proxy) link(client net.Addr, used func(*link) bool) *link {
	l := p.links[client.String()]
	if l == nil || used(l) {
		l = &link{}
		p.links[client.String()] = l
	}
	return l
}

// forget drops a connection that is over at both ends. The caller holds the lock.
func (p *Proxy) forget(client net.Addr, l *link) {
	if l.ended && l.clientClosed && p.links[client.String()] == l {
		delete(p.links, client.String())
	}
}

func (p *Proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		var l *link
		p.change(func() {
			l = p.link(c.RemoteAddr(), func(l *link) bool { return l.conn != nil })
			l.conn = c
			if p.closed {
				_ = c.Close()
			}
		})
		p.running.Go(func() {
			(&serving{p: p, link: l, raw: c, conn: c}).run()
			_ = c.Close()
			p.change(func() {
				l.ended, l.idle = true, false
				p.forget(c.RemoteAddr(), l)
			})
		})
	}
}

// end closes a connection, with a reset if reset.
func end(c net.Conn, reset bool) {
	if t, ok := c.(*net.TCPConn); ok && reset {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// errStray is the dial error of clients that want to go elsewhere.
var errStray = errors.New("faultproxy: another address than the proxy's")
