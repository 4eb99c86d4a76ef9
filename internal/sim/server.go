package sim

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Server shows a handler on a loopback port, HTTP/1.1 only: that is what clients of this module
// speak, and the only protocol on which a cut can be placed to the byte.
type Server struct {
	// URL is the base URL, without a slash at its end.
	URL string

	http   http.Server
	roots  *x509.CertPool // nil without TLS
	served chan struct{}
	conns  sync.WaitGroup
}

// Start serves h on 127.0.0.1, with a certificate made for this server if secure.
func Start(h http.Handler, secure bool) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("sim: listen: %w", err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), served: make(chan struct{})}
	s.http = http.Server{
		Handler:           h,
		Protocols:         onlyHTTP1(),
		ConnState:         s.connState,
		ErrorLog:          log.New(quiet{os.Stderr}, "", 0),
		ReadHeaderTimeout: time.Minute,
	}
	if secure {
		cert, err := certificate()
		if err != nil {
			_ = l.Close()
			return nil, fmt.Errorf("sim: certificate: %w", err)
		}
		s.URL = "https://" + l.Addr().String()
		s.roots = x509.NewCertPool()
		s.roots.AddCert(cert.Leaf)
		s.http.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	go func() {
		defer close(s.served)
		if secure {
			_ = s.http.ServeTLS(l, "", "") // ends with ErrServerClosed, as below
			return
		}
		_ = s.http.Serve(l)
	}()
	return s, nil
}

// Transport returns a new transport that trusts the server's certificate and no other.
func (s *Server) Transport() *http.Transport {
	t := &http.Transport{Protocols: onlyHTTP1()}
	if s.roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	}
	return t
}

// Close closes the port and all connections, and returns when none is left. Handlers must be able
// to end.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.served
	_ = s.http.Close() // once more: a connection may have been accepted while the first one went through its list
	s.conns.Wait()
}

func (s *Server) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

func onlyHTTP1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// quiet drops the lines that net/http prints for every handshake that a test breaks off.
type quiet struct{ to io.Writer }

func (q quiet) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte("TLS handshake error")) {
		return len(line), nil
	}
	return q.to.Write(line)
}

// certificate makes a self-signed certificate for the loopback addresses.
func certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: "simulator"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}
