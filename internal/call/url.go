package call

import (
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
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

// located is the URL of an operation whose path is always the same: nothing changes a URL that requests share.
type located struct {
	path []string
	url  *url.URL
}

// locate returns the URL of op: the last one, if it is the same.
func (c *Client) locate(op *Operation) (*url.URL, error) {
	share := c.shares && len(op.Query) == 0
	if last := c.located.Load(); share && last != nil && slices.Equal(last.path, op.Path) {
		return last.url, nil
	}
	u, err := c.resolve(op)
	if err == nil && share && !strings.Contains(op.Route, "{") {
		c.located.Store(&located{path: slices.Clone(op.Path), url: u})
	}
	return u, err
}

// allowed is a shared URL with credentials in it.
type allowed struct {
	of         *url.URL
	name       string
	credential payment.Secret
	url        *url.URL
}

// authorizeURL returns u with the credentials that belong into its query.
func (c *Client) authorizeURL(ctx context.Context, op *Operation, u *url.URL) (*url.URL, error) {
	if c.cfg.AuthorizeQuery == nil {
		return u, nil
	}
	name, value, err := c.cfg.AuthorizeQuery(ctx)
	if err != nil {
		return nil, c.noToken(op, err)
	}
	if last := c.allowed.Load(); last != nil && last.of == u && last.name == name && last.credential.Reveal() == value {
		return last.url, nil
	}
	own := *u
	if len(op.Query) == 0 {
		own.RawQuery = url.QueryEscape(name) + "=" + url.QueryEscape(value)
	} else {
		q := maps.Clone(op.Query)
		q.Set(name, value)
		own.RawQuery = q.Encode()
	}
	if last := c.located.Load(); last != nil && last.url == u {
		c.allowed.Store(&allowed{of: u, name: name, credential: payment.NewSecret(value), url: &own})
	}
	return &own, nil
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
	if len(op.Query) > 0 {
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
