package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// greeting is what the server process says first.
type greeting struct {
	Plain string `json:"plain"` // base URLs
	TLS   string `json:"tls"`
	Root  []byte `json:"root"` // DER
}

// serve is the server process: it answers until its standard input ends.
func serve(in io.Reader, out io.Writer) error {
	b, err := newBackend()
	if err != nil {
		return err
	}
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secure, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 2)
	for _, l := range []net.Listener{plain, secure} {
		go func() { failed <- srv.Serve(l) }()
	}
	err = json.NewEncoder(out).Encode(greeting{
		Plain: "http://" + plain.Addr().String(), TLS: "https://" + secure.Addr().String(), Root: cert.Certificate[0],
	})
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = srv.Close()
	}()
	<-failed
	return nil
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// server is the server process as its parent sees it.
type server struct {
	greeting
	roots *x509.CertPool
	cmd   *exec.Cmd
	in    io.Closer
}

// startServer runs this program once more as a server, so that no work of the server is taken for
// the client's.
func startServer(ctx context.Context) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-serve")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, in: in, roots: x509.NewCertPool()}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.greeting)
	}
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("the server process did not start: %w", err)
	}
	root, err := x509.ParseCertificate(s.Root)
	if err != nil {
		s.stop()
		return nil, err
	}
	s.roots.AddCert(root)
	return s, nil
}

func (s *server) stop() {
	_ = s.in.Close()
	_ = s.cmd.Wait()
}
