package house

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// request is what a provider saw of a call.
type request struct {
	*http.Request
	body []byte
	raw  string // all of it as text
}

// leaves returns every text of the request, decoded: header values, query, form, the strings and
// numbers of a JSON body, segments of the path.
func (r request) leaves() []string {
	var all []string
	for _, values := range r.Header {
		all = append(all, values...)
	}
	for _, values := range r.URL.Query() {
		all = append(all, values...)
	}
	all = append(all, r.URL.Path)
	if form, err := url.ParseQuery(string(r.body)); err == nil {
		for _, values := range form {
			all = append(all, values...)
		}
	}
	var v any
	d := json.NewDecoder(bytes.NewReader(r.body))
	d.UseNumber()
	if d.Decode(&v) == nil {
		all = append(all, stringsIn(v)...)
	}
	return all
}

func stringsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{v.String()}
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, stringsIn(x)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, x := range v {
			all = append(all, stringsIn(x)...)
		}
		return all
	default:
		return nil
	}
}

// holds reports whether the request carries the secret in any form.
func (r request) holds(c canary) bool {
	return slices.ContainsFunc(r.leaves(), func(leaf string) bool { return strings.Contains(leaf, c.value) })
}

// provider is a server at the other end of pipes, one per connection: it can say what no real
// server library would. It lives in a synctest bubble.
type provider struct {
	// say returns the bytes to answer with; nil keeps silent. more tells whether the connection
	// goes on afterwards.
	say func(request) (answer []byte, more bool)
	// hello, if not nil, is said in place of everything before the first byte of the client has
	// been read.
	hello []byte
	// dial, if not nil, is the error of every dial.
	dial error
	// broken is what the client reads after the last byte, instead of an end.
	broken error

	wg sync.WaitGroup
}

func (p *provider) transport() *http.Transport {
	dial := func(context.Context, string, string) (net.Conn, error) {
		if p.dial != nil {
			return nil, p.dial
		}
		client, server := net.Pipe()
		p.wg.Go(func() { p.serve(server) })
		return &breaking{Conn: client, err: p.broken}, nil
	}
	return &http.Transport{DialContext: dial}
}

func (p *provider) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	if p.hello != nil {
		p.wg.Go(func() { _, _ = io.Copy(io.Discard, c) })
		if len(p.hello) > 0 {
			_, _ = c.Write(p.hello)
		}
		return
	}
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		var raw strings.Builder
		fmt.Fprintf(&raw, "%s %s\n", req.Method, req.RequestURI)
		_ = req.Header.Write(&raw)
		raw.Write(body)
		answer, more := p.say(request{Request: req, body: body, raw: raw.String()})
		if answer == nil {
			_, _ = in.ReadByte() // until the client leaves
			return
		}
		if len(answer) == 0 {
			return
		}
		if _, err := c.Write(answer); err != nil || !more {
			return
		}
	}
}

// breaking is a connection that ends with an error.
type breaking struct {
	net.Conn
	err error
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if b.err != nil && err == io.EOF {
		err = b.err
	}
	return n, err
}

func refused() error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}

func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// reply is an answer as HTTP has it.
type reply struct {
	status int
	reason string // of the status line
	header []string
	body   string
}

func (r reply) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", r.status, r.reason, len(r.body))
	for _, line := range r.header {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n" + r.body)
	return b.Bytes()
}

// quote writes s as JSON in one of the ways that providers have.
func quote(style, s string) string {
	switch style {
	case "slashes":
		return strings.ReplaceAll(plainQuote(s), "/", `\/`)
	case "escapes":
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		return `"` + b.String() + `"`
	case "plain":
		return plainQuote(s)
	default:
		b, _ := json.Marshal(s) // a string can be marshalled
		return string(b)
	}
}

// plainQuote escapes only what it must.
func plainQuote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)
	return strings.TrimSpace(b.String())
}
