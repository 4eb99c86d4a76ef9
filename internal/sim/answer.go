package sim

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Answer is what a provider answers.
type Answer struct {
	Status int
	Header http.Header // may be nil
	Body   []byte
}

// JSON returns an answer whose body is v.
func JSON(status int, v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // v is a struct of the simulator
	}
	return Answer{Status: status, Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, Body: body}
}

// Reply is the act of a handler that has already made up its mind.
func Reply(answer Answer) func() Answer { return func() Answer { return answer } }

// answer sends what the handler said, as far as the call's fault lets it.
func (a *API) answer(w http.ResponseWriter, c *Call, answer Answer) {
	f := &c.fault
	if f.Cut == BeforeAnswer {
		cut(w, f.Reset)
		return
	}
	h := w.Header()
	for k, v := range answer.Header {
		h[k] = v
	}
	if a.Stamp != nil {
		a.Stamp(c, h)
	}
	if f.Status != 0 {
		answer.Status = f.Status
	}
	if f.body != nil {
		answer.Body = f.body(c)
	}
	zipped := strings.Contains(c.Request.Header.Get("Accept-Encoding"), "gzip")
	body := a.damaged(f.Damage, answer.Body, zipped, h)
	if a.Gzip && zipped && len(body) > 0 && h.Get("Content-Encoding") == "" {
		h.Set("Content-Encoding", "gzip")
		body = a.gzipped(body)
	}
	for k, v := range f.Header {
		if len(v) == 0 {
			h.Del(k)
			continue
		}
		h[http.CanonicalHeaderKey(k)] = v
	}
	if bodyAllowed(answer.Status) {
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(answer.Status)
	if f.Cut == InBody {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		cut(w, f.Reset)
		return
	}
	_, _ = w.Write(body) // a caller who has left is no concern of the provider's
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

func (a *API) damaged(d Damage, body []byte, zipped bool, h http.Header) []byte {
	switch d {
	case TruncatedGzip:
		h.Set("Content-Encoding", "gzip")
		whole := a.gzipped(body)
		return whole[:len(whole)/2]
	case Oversized:
		if !zipped {
			return append(bytes.Repeat([]byte(" "), oversize*mebi), body...)
		}
		h.Set("Content-Encoding", "gzip")
		space := a.gzipped(bytes.Repeat([]byte(" "), mebi))
		return append(bytes.Repeat(space, oversize), a.gzipped(body)...) // gzip members one after another are one stream
	case HTML:
		h.Set("Content-Type", "text/html")
		return []byte("<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n</body>\n</html>\n")
	case WrongType:
		return []byte("[1]")
	default:
		return body
	}
}

// oversize, in mebibytes, is beyond what any client of this module reads by default.
const (
	oversize = 65
	mebi     = 1 << 20
)

// gzipped compresses b. A new writer costs far more than the compression of a short answer: they
// are used again.
func (a *API) gzipped(b []byte) []byte {
	var out bytes.Buffer
	z, ok := a.zippers.Get().(*gzip.Writer)
	if !ok {
		z, _ = gzip.NewWriterLevel(&out, gzip.BestSpeed) // fails for other levels only
	}
	z.Reset(&out)
	_, _ = z.Write(b) // a bytes.Buffer takes everything
	_ = z.Close()
	a.zippers.Put(z)
	return out.Bytes()
}

// cut ends the connection of the request: with a reset, or in good order as far as TCP is
// concerned. Where there is no connection to be had (a recorder, somebody's middleware), the server
// is asked to do it.
func cut(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if t, ok := conn.(*tls.Conn); ok && reset {
		raw = t.NetConn() // a reset says no TLS goodbye
	}
	if t, ok := raw.(*net.TCPConn); ok && reset {
		_ = t.SetLinger(0)
	}
	_ = raw.Close()
}
