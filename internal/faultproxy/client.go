package faultproxy

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// Transport returns a new transport that trusts the proxy's certificate and reaches nothing but the
// proxy.
func (p *Proxy) Transport() *http.Transport {
	t := &http.Transport{DialContext: p.dial, Protocols: new(http.Protocols)}
	t.Protocols.SetHTTP1(true)
	if p.roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: p.roots, MinVersion: tls.VersionTLS12}
	}
	return t
}

func (p *Proxy) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if addr != p.listener.Addr().String() {
		p.change(func() { p.strays = append(p.strays, addr) })
		return nil, &net.OpError{Op: "dial", Net: network, Err: errStray}
	}
	p.change(func() { p.dials++ })
	if plan := p.planned(); plan.Dial != nil {
		if err := plan.Dial(ctx); err != nil {
			return nil, err
		}
	}
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	cc := &clientConn{Conn: c, p: p}
	p.change(func() {
		cc.link = p.link(c.LocalAddr(), func(l *link) bool { return l.clientOpen })
		cc.link.clientOpen = true
	})
	return cc, nil
}

// clientConn is a client's end of a connection.
type clientConn struct {
	net.Conn
	p    *Proxy
	link *link
	once sync.Once
}

func (c *clientConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.p.change(func() { c.p.read += int64(n) })
	}
	return n, err
}

func (c *clientConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.p.change(func() {
			c.link.clientClosed = true
			c.p.forget(c.LocalAddr(), c.link)
		})
	})
	return err
}
