package call

import (
	"maps"
	"net"
	"net/url"
	"strings"

	"github.com/supplierpay/supplierpay-go/payment"
)

// parseBase checks the base URL: https, or plain http to this machine or by explicit leave; no user, query or fragment.
func parseBase(base string, plain bool) (*url.URL, error) {
	wrong := func(problem string) (*url.URL, error) { return nil, payment.InvalidField("BaseURL", problem) }
	if base == "" {
		return wrong("missing")
	}
	u, err := url.Parse(base)
	if err != nil {
		return wrong("not a URL")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return wrong("want https")
	case u.Hostname() == "" || u.Opaque != "":
		return wrong("no host")
	case u.User != nil:
		return wrong("credentials do not belong into a URL")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return wrong("query and fragment do not belong into a base URL")
	case u.Scheme == "http" && !plain && !isLoopback(u.Hostname()):
		return wrong("plain http to another machine")
	}
	for segment := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		if segment == "." || segment == ".." {
			return wrong("path with . or ..")
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimRight(u.Path, "/"), RawPath: strings.TrimRight(u.RawPath, "/")}, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// locate returns the URL of op. Operations whose route is their whole path share it: nothing changes a URL that requests share.
func (c *Client) locate(op *Operation) (*url.URL, error) {
	if !c.shares || len(op.Query) > 0 || !isFixed(op) {
		return c.resolve(op)
	}
	known := c.located.Load()
	if u := (*known)[op.Route]; u != nil {
		return u, nil
	}
	u, err := c.resolve(op)
	if err == nil && len(*known) < mostRoutes {
		more := maps.Clone(*known)
		more[op.Route] = u
		c.located.CompareAndSwap(known, &more) // where another was faster, the next call tries again
	}
	return u, err
}

// mostRoutes bounds what a client keeps: there are fewer, unless a program makes names of its own for each call.
const mostRoutes = 100

// isFixed reports whether the route of op is its path, and stands for no other.
func isFixed(op *Operation) bool {
	rest := op.Route
	for _, s := range op.Path {
		if !strings.HasPrefix(rest, "/") || !strings.HasPrefix(rest[1:], s) || strings.Contains(s, "/") {
			return false
		}
		rest = rest[1+len(s):]
	}
	return rest == ""
}

// resolve builds the URL of op: the base, and each segment escaped on its own. Nothing of a segment can leave its place.
func (c *Client) resolve(op *Operation) (*url.URL, error) {
	var room [128]byte
	path, same := append(room[:0], c.base.Path...), c.base.RawPath == ""
	for _, s := range op.Path {
		if s == "" || s == "." || s == ".." {
			return nil, c.wrong(op, "Path", "empty, . or .. as a path segment")
		}
		path = append(append(path, '/'), s...)
		same = same && unreserved(s)
	}
	u := &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: string(path)}
	switch name := c.cfg.QueryTokenName; {
	case name != "":
		query := maps.Clone(op.Query)
		if query == nil {
			query = url.Values{}
		}
		query.Set(name, c.cfg.QueryToken.Reveal())
		u.RawQuery = query.Encode()
	case len(op.Query) > 0:
		u.RawQuery = op.Query.Encode()
	}
	if !same {
		u.RawPath = c.base.EscapedPath()
		for _, s := range op.Path {
			u.RawPath += "/" + url.PathEscape(s)
		}
	}
	return u, nil
}

// plain has the characters that no URL escapes.
var plain = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~") {
		set[c] = true
	}
	return set
}()

// unreserved reports whether nothing of a segment needs an escape.
func unreserved(s string) bool {
	for i := range len(s) {
		if !plain[s[i]] {
			return false
		}
	}
	return true
}
