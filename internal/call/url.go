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

// resolve builds the URL of op: the base, and each segment escaped on its own. Nothing of a segment can leave its place.
func (c *Client) resolve(op *Operation) (*url.URL, error) {
	u := &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: c.base.Path, RawPath: c.base.EscapedPath()}
	for _, s := range op.Path {
		if s == "" || s == "." || s == ".." {
			return nil, c.wrong(op, "Path", "empty, . or .. as a path segment")
		}
		u.Path += "/" + s
		u.RawPath += "/" + url.PathEscape(s)
	}
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
	return u, nil
}
