package call

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// body counts how often it is closed.
type body struct {
	io.Reader
	closed *int
}

func (b body) Close() error { *b.closed++; return nil }

// TestNoFinalStatus: what has a status below 200 is no answer, whatever is in it, and proves nothing. It is closed.
func TestNoFinalStatus(t *testing.T) {
	decode := func(*Answer) error { t.Error("decoded"); return nil }
	for _, op := range []Operation{pay(), refund(), confirm(), read()} {
		for _, says := range []string{okBody, `{"code":"declined"}`, "<html>", ""} {
			c := newClient(t, newServer(t, false, respond("000 Odd", says)), func(cfg *Config) { cfg.ReadRetries = -1 })
			a, err := c.Do(t.Context(), op, decode)
			checkError(t, err, payment.Unknown, payment.ErrUnavailable)
			if a != nil || !strings.Contains(err.Error(), errNotFinal.Error()) {
				t.Errorf("%s answered with 000 %s: %+v, %v", op.Name, says, a, err)
			}
			for _, status := range []int{-1, 0, 1, 100, 101, 199} {
				closed := 0
				c, err := New(Config{Provider: "test", BaseURL: "https://a.example", ReadRetries: -1, RoundTripper: roundTripper(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: status, Header: http.Header{}, Body: body{strings.NewReader(says), &closed}}, nil
				})})
				if err != nil {
					t.Fatal(err)
				}
				a, err := c.Do(t.Context(), op, decode)
				checkError(t, err, payment.Unknown, payment.ErrUnavailable)
				if a != nil || closed != 1 {
					t.Errorf("%s answered with %d: %+v, closed %d times", op.Name, status, a, closed)
				}
			}
		}
	}
}

// TestSwitchingProtocols: a server that takes the connection for another protocol gets it closed, and holds up nobody. The
// body that net/http makes of such an answer is the connection itself.
func TestSwitchingProtocols(t *testing.T) {
	for _, op := range []Operation{pay(), refund(), read()} {
		synctest.Test(t, func(t *testing.T) {
			c, err := New(Config{Provider: "test", BaseURL: "http://localhost", ReadRetries: -1, Transport: &http.Transport{
				DialContext: func(context.Context, string, string) (net.Conn, error) {
					ours, theirs := net.Pipe()
					go func() {
						br := bufio.NewReader(theirs)
						if req, err := http.ReadRequest(br); err == nil {
							_, _ = io.Copy(io.Discard, req.Body)
						}
						_, _ = io.WriteString(theirs, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
						_, _ = io.Copy(io.Discard, br) // until the client closes it
					}()
					return ours, nil
				},
			}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			start := time.Now()
			_, err = c.Do(ctx, op, decodeJSON)
			checkError(t, err, payment.Unknown, payment.ErrUnavailable)
			if took := time.Since(start); took != 0 {
				t.Errorf("%s took %v", op.Name, took)
			}
		})
	}
}

// TestOddStatusIsAskedAgain: for a read it is trouble that may pass, and it does not hide the answer before it.
func TestOddStatusIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{answers: []answer{{status: 0}, {status: 101}, {status: 200, body: okBody}}}
		a, err := readingClient(t, s, nil).Do(t.Context(), read(), decodeJSON)
		if err != nil || a.Tries != 3 {
			t.Errorf("%+v, %v", a, err)
		}
		s = &scripted{answers: []answer{{status: 503, body: `{"code":"down"}`}, {status: 0}}}
		a, err = readingClient(t, s, func(cfg *Config) { cfg.ReadRetries = 1 }).Do(t.Context(), read(), decodeJSON)
		checkError(t, err, payment.Unknown, payment.ErrUnavailable)
		if a == nil || a.Status != 503 || a.Tries != 2 {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// TestNilBody: a round tripper of the user's may leave the body out.
func TestNilBody(t *testing.T) {
	for _, op := range []Operation{pay(), refund(), read()} {
		for _, status := range []int{101, 201, 204, 422} {
			for _, length := range []int64{-1, 0, 5} {
				c, err := New(Config{Provider: "test", BaseURL: "https://a.example", ReadRetries: -1, RoundTripper: roundTripper(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: length}, nil
				})})
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.Do(t.Context(), op, decodeJSON)
				checkError(t, err, payment.Unknown, nil)
			}
		}
	}
}
