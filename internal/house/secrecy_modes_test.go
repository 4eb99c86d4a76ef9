package house

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// mode is one way in which a provider, or the way to it, behaves.
type mode struct {
	name string
	// login: it behaves so at the login, and well otherwise. Without it the login is well.
	login bool
	// fails: calls must fail that do not fail otherwise.
	fails bool
	// answer says what to answer; nil is a good answer. quoted are the secrets that it quotes.
	answer func(s *subject, r request, good reply, quoted string) ([]byte, bool)
	// only are the names of the calls to make; nil makes all.
	only map[string]bool
	// good changes a good answer.
	good func(good reply, quoted string) reply

	tls    bool
	dial   error
	hello  []byte
	broken error
	ctx    func(context.Context) (context.Context, context.CancelFunc)
}

var success = mode{name: "success", good: func(g reply, q string) reply {
	g.header = append(g.header, quotingHeader(q)...)
	return g
}}

// answer is what the provider says to a request.
func (s *subject) answer(k *kit, m mode, r request, canaries []canary, o *observation) ([]byte, bool) {
	var known []string
	for _, c := range canaries {
		sent := r.holds(c)
		if sent {
			o.quoted[c.name], o.sent[c.name] = true, true
		}
		if sent || o.sent[c.name] && slices.Contains(s.credentials, c.name) {
			known = append(known, c.value)
		}
	}
	quoted := strings.Join(known, " ")
	var good reply
	good.status, good.body = s.good(k, r.Method, r.URL.Path)
	if good.status == 0 {
		o.unknown = append(o.unknown, r.Method+" "+r.URL.Path)
		good.status = 404
	}
	for _, c := range canaries {
		if strings.Contains(good.body, "{"+c.name+"}") {
			o.quoted[c.name] = true
		}
	}
	good.body = k.fill(good.body)
	good.reason = "Fine"
	isLogin := s.login != nil && s.login(r.URL.Path)
	if isLogin {
		good.header = append(good.header, "Set-Cookie: session="+k.secrets["cookie"]+"; Path=/")
	}
	var members any
	if json.Unmarshal([]byte(good.body), &members) == nil && !isLogin {
		for _, key := range keysOf(members) {
			if o.keys[key] == nil {
				o.keys[key] = map[string]bool{}
			}
			o.keys[key][o.calling] = true
		}
	}
	if isLogin != m.login {
		return good.bytes(), true
	}
	if m.good != nil {
		good = m.good(good, quoted)
	}
	if m.answer == nil {
		return good.bytes(), true
	}
	return m.answer(s, r, good, quoted)
}

func keysOf(v any) []string {
	var keys []string
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			keys = append(keys, keysOf(x)...)
		}
	case map[string]any:
		for key, x := range v {
			keys = append(append(keys, key), keysOf(x)...)
		}
	}
	return keys
}

// replaced puts value in place of every member for which which says so.
func replaced(body, value string, which func(key string, v any) bool) string {
	var v any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return body
	}
	var walk func(key string, v any) any
	walk = func(key string, v any) any {
		if which(key, v) {
			return value
		}
		switch v := v.(type) {
		case []any:
			for i := range v {
				v[i] = walk(key, v[i])
			}
		case map[string]any:
			for k := range v {
				v[k] = walk(k, v[k])
			}
		}
		return v
	}
	b, _ := json.Marshal(walk("", v)) // it was JSON
	return string(b)
}

// quotingHeader are header lines that quote.
func quotingHeader(q string) []string {
	var lines []string
	for _, name := range []string{
		"X-Request-Id", "Transactionid", "E2etrackingid", "Retry-After", "Ratelimit-Limit", "Ratelimit-Remaining", "Ratelimit-Reset",
		"Www-Authenticate", "Server", "Date", "Location",
	} {
		lines = append(lines, name+": "+q)
	}
	return append(lines, "Set-Cookie: quoted="+strings.ReplaceAll(q, ";", ""))
}

// modes are all modes of the subject; keys are the members of its good answers, and the calls that
// get them.
func (s *subject) modes(keys map[string]map[string]bool) []mode {
	list := []mode{success}
	if s.logins {
		return append(append(list, faulty(200, "", ""), faulty(401, "", ""), faulty(422, "escapes", "")), s.loginModes()...)
	}
	for _, status := range []int{200, 202, 400, 401, 403, 404, 409, 422, 423, 429, 500, 503} {
		list = append(list, faulty(status, "", ""))
	}
	for _, style := range []string{"slashes", "escapes", "plain"} {
		list = append(list, faulty(200, style, ""), faulty(422, style, ""))
	}
	for _, pad := range []int{118, 194, 586, 2030} { // before which something is cut
		list = append(list, faulty(422, "", strings.Repeat("x", pad)))
	}
	list = append(list, pages()...)
	list = append(list, s.share(broken())...)
	list = append(list, s.share(cut())...)
	list = append(list, mode{name: "every text another", fails: true, good: func(g reply, q string) reply {
		g.body = replaced(g.body, q, func(_ string, v any) bool { _, text := v.(string); return text })
		return g
	}}, mode{name: "every number another", good: func(g reply, q string) reply {
		g.body = replaced(g.body, q, func(_ string, v any) bool {
			_, number := v.(json.Number)
			_, flag := v.(bool)
			return number || flag || v == nil
		})
		return g
	}})
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		list = append(list, mode{name: "another " + key, only: keys[key], good: func(g reply, q string) reply {
			g.body = replaced(g.body, q, func(k string, _ any) bool { return k == key })
			return g
		}})
	}
	return append(list, s.loginModes()...)
}

// share returns all of the modes that end below the clients, in their common call layer, or every
// third: one client has them all.
func (s *subject) share(list []mode) []mode {
	if s.broken {
		return list
	}
	var some []mode
	for i := 0; i < len(list); i += 3 {
		some = append(some, list[i])
	}
	return some
}

// loginModes are those in which the provider fails at the login.
func (s *subject) loginModes() []mode {
	if s.login == nil {
		return nil
	}
	var list []mode
	for _, m := range slices.Concat([]mode{faulty(200, "", ""), faulty(400, "", ""), faulty(401, "escapes", ""), faulty(403, "", ""),
		faulty(422, "slashes", ""), faulty(500, "", strings.Repeat("x", 586))}, pages(), s.share(broken())) {
		m.name, m.login = "login: "+m.name, true
		list = append(list, m)
	}
	return list
}

// faulty answers with the provider's own error body, and quotes in it and in the header.
func faulty(status int, style, pad string) mode {
	return mode{name: fmt.Sprintf("error body %d %s %d", status, style, len(pad)), fails: true,
		answer: func(s *subject, _ request, _ reply, q string) ([]byte, bool) {
			return reply{status: status, reason: q, header: quotingHeader(pad + q), body: s.fault(quote(style, pad+q))}.bytes(), true
		}}
}

// pages are answers that are not in the provider's form.
func pages() []mode {
	page := func(name string, status int, body func(r request, q string) string, header ...string) mode {
		return mode{name: name, fails: true, answer: func(_ *subject, r request, _ reply, q string) ([]byte, bool) {
			return reply{status: status, reason: q, header: append(quotingHeader(q), header...), body: body(r, q)}.bytes(), true
		}}
	}
	all := func(r request, q string) string { return q + "\n" + r.raw }
	list := []mode{
		page("HTML 200", 200, func(r request, q string) string { return "<html>" + all(r, q) }, "Content-Type: text/html"),
		page("HTML 502", 502, func(r request, q string) string { return "<html>" + all(r, q) }, "Content-Type: text/html"),
		page("text 400", 400, all),
		page("a JSON text 200", 200, func(_ request, q string) string { return quote("", q) }),
		page("a JSON list 201", 201, func(_ request, q string) string { return "[" + quote("", q) + "]" }),
		page("empty 200", 200, func(request, string) string { return "" }),
	}
	for _, status := range []int{200, 400, 500} {
		list = append(list, page(fmt.Sprintf("another's JSON %d", status), status, func(r request, q string) string {
			q = quote("", q)
			return `{"error":` + q + `,"error_description":` + q + `,"message":` + q + `,"status":` + q + `,"data":` + q + `,"code":` + q +
				`,"errors":[` + q + `],"detail":` + quote("", r.raw) + `}`
		}))
	}
	for _, status := range []int{302, 307} {
		list = append(list, mode{name: fmt.Sprintf("redirect %d", status), fails: true,
			answer: func(_ *subject, r request, _ reply, q string) ([]byte, bool) {
				return reply{status: status, reason: q, body: q,
					header: []string{"Location: https://localhost/" + strings.ReplaceAll(q, " ", "+") + "?" + r.URL.RawQuery}}.bytes(), true
			}})
	}
	return list
}

// broken are answers that are not HTTP, or end too early.
func broken() []mode {
	raw := func(name string, text func(q string, good reply) string) mode {
		return mode{name: name, fails: true, answer: func(_ *subject, _ request, good reply, q string) ([]byte, bool) {
			return []byte(text(q, good)), false
		}}
	}
	const ok = "HTTP/1.1 200 OK\r\n"
	return []mode{
		raw("status without a number", func(q string, _ reply) string { return "HTTP/1.1 " + q + "\r\n\r\n" }),
		raw("no HTTP", func(q string, _ reply) string { return q + "\r\n\r\n" }),
		raw("header without a colon", func(q string, _ reply) string { return ok + q + "\r\n\r\n" }),
		raw("two lengths", func(q string, _ reply) string {
			return ok + "Content-Length: 5\r\nContent-Length: " + q + "\r\n\r\n" + q
		}),
		raw("odd length", func(q string, _ reply) string { return ok + "Content-Length: " + q + "\r\n\r\n" + q }),
		raw("odd encoding", func(q string, _ reply) string { return ok + "Transfer-Encoding: " + q + "\r\n\r\n" + q }),
		raw("odd chunk", func(q string, _ reply) string {
			return ok + "Transfer-Encoding: chunked\r\n\r\n" + q + "\r\n" + q + "\r\n"
		}),
		raw("odd trailer", func(q string, _ reply) string {
			return ok + "Transfer-Encoding: chunked\r\nTrailer: A\r\n\r\n2\r\n{}\r\n0\r\n" + q + "\r\n\r\n"
		}),
		raw("no gzip", func(q string, _ reply) string {
			return ok + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(q), q)
		}),
		raw("early hint", func(q string, g reply) string {
			return "HTTP/1.1 103 " + q + "\r\nLink: <" + q + ">\r\n\r\n" + ok + "Content-Length: 2\r\n\r\n{}"
		}),
		raw("cut in the header", func(q string, _ reply) string { return ok + "X-Request-Id: " + q }),
		raw("cut in a quoting body", func(q string, _ reply) string {
			return ok + fmt.Sprintf("X-Request-Id: %s\r\nContent-Length: %d\r\n\r\n{\"a\":%s", q, len(q)+99, quote("", q))
		}),
		raw("cut in the good body", func(q string, g reply) string {
			b := g.bytes()
			return string(b[:len(b)-len(g.body)/2-1])
		}),
		raw("cut gzip", func(q string, g reply) string {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write([]byte(q + g.body))
			_ = z.Close()
			return ok + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", b.Len()) + b.String()[:b.Len()/2]
		}),
	}
}

// cut are connections that do not come about, or end, and callers that leave.
func cut() []mode {
	silent := func(*subject, request, reply, string) ([]byte, bool) { return nil, false }
	closed := func(*subject, request, reply, string) ([]byte, bool) { return []byte{}, false }
	left := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("the caller went away"))
		return ctx, func() {}
	}
	return []mode{
		{name: "refused", fails: true, dial: refused()},
		{name: "closed", fails: true, answer: closed},
		{name: "reset", fails: true, answer: closed, broken: reset()},
		{name: "silent", fails: true, answer: silent},
		{name: "TLS to a server without", fails: true, tls: true, hello: []byte("HTTP/1.1 400 Bad Request\r\n\r\n")},
		{name: "TLS alert", fails: true, tls: true, hello: []byte{21, 3, 3, 0, 2, 2, 40}},
		{name: "TLS ends", fails: true, tls: true, hello: []byte{}},
		{name: "cancelled before", fails: true, ctx: left},
		{name: "the caller's time is over", fails: true, answer: silent, ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 3*time.Second)
		}},
	}
}
