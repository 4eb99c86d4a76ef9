package call

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// TestGzip: answers are compressed on the wire and plain for everybody who gets to see them, whoever asked for it. Only a user
// who wants none of it gets answers as they come.
func TestGzip(t *testing.T) {
	var seen []string // by a middleware
	reads := sender(func(send func(http.RoundTripper) (*http.Response, error), next http.RoundTripper) (*http.Response, error) {
		resp, err := send(next)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		seen = append(seen, string(body))
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
		return resp, err
	})
	for name, row := range map[string]struct {
		config   func(*Config)
		asked    string // what the server was asked for
		raw      bool   // the answer's body is what the server sent
		observed bool
	}{
		"by us":             {asked: "gzip"},
		"with a middleware": {config: func(cfg *Config) { cfg.Middleware = []middleware{reads} }, asked: "gzip", observed: true},
		"by nobody":         {config: func(cfg *Config) { cfg.Transport.DisableCompression = true }, raw: true},
		"through a user's":  {config: func(cfg *Config) { cfg.Transport, cfg.RoundTripper = nil, &http.Transport{} }, asked: "gzip"},
	} {
		for kind, op := range map[string]Operation{"write": pay(), "read": read()} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				seen = nil
				asked := make(chan []string, 3)
				s := newServer(t, false, func(x *exchange) {
					coding, body := "GZip", gzipped(okBody)
					switch x.n {
					case 2: // plain although it may be compressed
						coding, body = "identity", okBody
					case 3: // members one after another are one stream
						body = gzipped(okBody[:5]) + gzipped(okBody[5:])
					}
					x.read()
					asked <- x.req.Header["Accept-Encoding"]
					x.write("HTTP/1.1 200 OK\r\nX-Try: " + itoa(x.n) + "\r\nContent-Encoding: " + coding + "\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
				})
				c := newClient(t, s, row.config)
				for try := 1; try <= 3; try++ {
					a, err := c.Do(t.Context(), op, nil)
					if err != nil {
						t.Fatal(err)
					}
					want := &Answer{Status: 200, Header: http.Header{"X-Try": {itoa(try)}}, Body: []byte(okBody), Tries: 1}
					switch {
					case try == 2:
						want.Header.Set("Content-Encoding", "identity")
						want.Header.Set("Content-Length", itoa(len(okBody)))
					case row.raw && try == 1:
						want.Body = []byte(gzipped(okBody))
					case row.raw:
						want.Body = []byte(gzipped(okBody[:5]) + gzipped(okBody[5:]))
					}
					if row.raw && try != 2 {
						want.Header.Set("Content-Encoding", "GZip")
						want.Header.Set("Content-Length", itoa(len(want.Body)))
					}
					if diff := cmp.Diff(want, a); diff != "" {
						t.Errorf("%d: %s", try, diff)
					}
					if got := <-asked; strings.Join(got, "|") != row.asked {
						t.Errorf("asked for %q, want %q", got, row.asked)
					}
				}
				if want := 3; row.observed && (len(seen) != want || strings.Join(seen, "") != strings.Repeat(okBody, want)) {
					t.Errorf("the middleware saw %q", seen)
				}
				if s.connections() != 1 {
					t.Errorf("%d connections, want 1: the answers were not read to their ends", s.connections())
				}
			})
		}
	}
}

// TestGzipOfNothing: an answer without a body is an empty one, whatever its header says of it.
func TestGzipOfNothing(t *testing.T) {
	for name, answer := range map[string]string{
		"no length":   "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n",
		"length zero": "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
		"no content":  "HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, false, func(x *exchange) {
				x.read()
				x.write(answer)
				x.fin()
			})
			a, err := newClient(t, s, nil).Do(t.Context(), pay(), nil)
			if err != nil || len(a.Body) != 0 {
				t.Errorf("%v, %v", a, err)
			}
		})
	}
}

// TestGzipBroken: what one answer has left of the decompressor does no harm to the next.
func TestGzipBroken(t *testing.T) {
	whole := gzipped(okBody)
	s := newServer(t, false, func(x *exchange) {
		body := []string{whole[:15], "no gzip at all", whole, whole[:len(whole)-1] + "x", whole}[x.n-1]
		x.read()
		x.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
		x.fin()
	})
	c := newClient(t, s, nil)
	for i, broken := range []bool{true, true, false, true, false} {
		a, err := c.Do(t.Context(), pay(), decodeJSON)
		if broken {
			checkError(t, err, payment.Unknown, nil)
		} else if err != nil || string(a.Body) != okBody {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestGzipNotAskedFor: net/http asks for none with HEAD, which has no body, and with a range, of which none could be undone.
func TestGzipNotAskedFor(t *testing.T) {
	head, part := read(), read()
	head.Method, part.Header = "HEAD", http.Header{"Range": {"bytes=0-9"}}
	for _, op := range []Operation{read(), head, part, read()} {
		asked := make(chan string, 1)
		s := newServer(t, false, func(x *exchange) {
			x.read()
			asked <- x.req.Header.Get("Accept-Encoding")
			x.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n")
			if x.req.Method != "HEAD" {
				x.write(gzipped(okBody)[:10])
			}
		})
		a, err := newClient(t, s, nil).Do(t.Context(), op, nil)
		want := ""
		if op.Method == "GET" && op.Header == nil {
			want = "gzip"
		} else if err != nil || a.Header.Get("Content-Encoding") != "gzip" || a.Header.Get("Content-Length") != "10" {
			t.Errorf("%s: %v, %v", op.Method, a, err)
		}
		if got := <-asked; got != want {
			t.Errorf("%s: asked for %q, want %q", op.Method, got, want)
		}
	}
}

// BenchmarkGzip has an answer decompressed: what that takes is used again.
func BenchmarkGzip(b *testing.B) {
	body := gzipped(okBody)
	s := newServer(b, false, func(x *exchange) {
		if x.read(); !x.done {
			x.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
		}
	})
	c := newClient(b, s, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Do(b.Context(), pay(), decodeJSON); err != nil {
			b.Fatal(err)
		}
	}
}
