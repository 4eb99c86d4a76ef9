package call

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// server is a scripted HTTP/1.1 server on a bare socket. It counts what it saw of each request.
type server struct {
	t      testing.TB
	ln     net.Listener
	script func(x *exchange)

	wg      sync.WaitGroup
	mu      sync.Mutex
	open    map[net.Conn]bool
	headers int            // requests whose header block came complete
	bodies  int            // requests that came complete
	ids     map[string]int // complete requests by X-Id
	dials   int
}

// exchange is one request on one connection of the server.
type exchange struct {
	s    *server
	conn net.Conn
	br   *bufio.Reader
	n    int // number of the request over all connections, from 1
	req  *http.Request
	body []byte
	done bool // the connection is gone
}

func newServer(t testing.TB, withTLS bool, script func(x *exchange)) *server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if withTLS {
		ln = tls.NewListener(ln, serverTLS(t))
	}
	s := &server{t: t, ln: ln, script: script, open: map[net.Conn]bool{}, ids: map[string]int{}}
	s.wg.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

func (s *server) close() {
	_ = s.ln.Close()
	s.mu.Lock()
	for c := range s.open {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *server) accept() {
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[c] = true
		s.dials++
		s.mu.Unlock()
		s.wg.Go(func() { s.serve(c) })
	}
}

func (s *server) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
	}()
	br := bufio.NewReader(c)
	for {
		if _, err := br.Peek(1); err != nil {
			return
		}
		s.mu.Lock()
		n := s.headers + 1
		s.mu.Unlock()
		x := &exchange{s: s, conn: c, br: br, n: n}
		s.script(x)
		if x.done {
			return
		}
	}
}

// header reads the header block.
func (x *exchange) header() {
	req, err := http.ReadRequest(x.br)
	if err != nil {
		x.done = true
		return
	}
	x.req = req
	x.s.mu.Lock()
	x.s.headers++
	x.n = x.s.headers
	x.s.mu.Unlock()
}

// read reads the whole request.
func (x *exchange) read() {
	if x.header(); x.done {
		return
	}
	body, err := io.ReadAll(x.req.Body)
	if err != nil {
		x.done = true
		return
	}
	x.body = body
	x.s.mu.Lock()
	x.s.bodies++
	x.s.ids[x.req.Header.Get("X-Id")]++
	x.s.mu.Unlock()
}

func (x *exchange) write(s string) { _, _ = io.WriteString(x.conn, s) }

// fin closes the connection, rst resets it.
func (x *exchange) fin() {
	x.done = true
	_ = x.conn.Close()
}

func (x *exchange) rst() {
	c := x.conn
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	x.done = true
	_ = c.Close()
}

func (s *server) seen() (headers, bodies int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.headers, s.bodies
}

func (s *server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

func (s *server) url() string {
	if _, ok := s.ln.(*net.TCPListener); ok {
		return "http://" + s.ln.Addr().String()
	}
	return "https://" + s.ln.Addr().String()
}

var testCert = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
})

func serverTLS(testing.TB) *tls.Config {
	cert, _ := testCert()
	return &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
}

func trusting() *http.Transport {
	_, pool := testCert()
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
}

// respond answers with a status and a body of known length.
func respond(status, body string) func(x *exchange) {
	return func(x *exchange) {
		if x.read(); !x.done {
			x.write("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nX-Request-Id: req-1\r\nContent-Length: " +
				itoa(len(body)) + "\r\n\r\n" + body)
		}
	}
}

func itoa(n int) string { return big.NewInt(int64(n)).String() }

// explainTest recognises {"code": "...", "message": "..."}.
func explainTest(a *Answer) (Explanation, bool) {
	var e struct{ Code, Message string }
	if json.Unmarshal(a.Body, &e) != nil || e.Code == "" {
		return Explanation{}, false
	}
	kinds := map[string]error{"already_paid": payment.ErrAlreadyPaid, "declined": payment.ErrDeclined, "broken": payment.ErrUnavailable}
	return Explanation{Code: e.Code, Message: e.Message, Kind: kinds[e.Code]}, true
}

func newClient(t testing.TB, s *server, change func(*Config)) *Client {
	t.Helper()
	cfg := Config{
		Provider: "test", BaseURL: s.url(), Transport: trusting(), Explain: explainTest, RequestIDHeader: "X-Request-Id",
		IdleTimeout: time.Minute,
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// always authorizes every call by the same credentials.
func always(h http.Header) func(context.Context) (http.Header, error) {
	cr := h
	return func(context.Context) (http.Header, error) { return cr, nil }
}

// pay is a write with a body; refund is one without, by GET.
func pay() Operation {
	return Operation{Kind: Write, Name: "Pay", Method: "POST", Route: "/payments", Path: []string{"payments"}, Body: []byte(`{"amount":"30.20"}`)}
}

func refund() Operation {
	return Operation{Kind: Write, Name: "Refund", Method: "GET", Route: "/refund", Path: []string{"refund"}}
}

func read() Operation {
	return Operation{Kind: Read, Name: "Get", Method: "GET", Route: "/orders/{id}", Path: []string{"orders", "o1"}}
}

// decodeJSON demands a JSON object with an id.
func decodeJSON(a *Answer) error {
	var v struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(a.Body, &v); err != nil {
		return err
	}
	if v.ID == "" {
		return errNoID
	}
	return nil
}

var errNoID = &fault{text: "no id"}

func cancelled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
