package etm

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Operation is a call of ETM's API for [Client.Do]: for all of it that has no method of its own, since no public document
// shows its path or its body.
type Operation struct {
	// Name is what errors and logs call it, such as "RefundOrder"; they never show the path. "" is "Do".
	Name string
	// Method is the HTTP method.
	Method string
	// Path are the segments behind the base URL, "api" among them: {"api", "air", "orders", id}. Each is escaped on its
	// own; "", "." and ".." are refused.
	Path []string
	// Query is escaped.
	Query url.Values
	// Body is sent as it is. It is JSON unless Header has another Content-Type.
	Body []byte
	// Header is added. What carries the session cannot be set.
	Header http.Header
	// ReadsOnly promises that the operation neither moves money nor changes anything, whatever its method: it may then be
	// repeated. All others are sent once. ETM refunds and cancels orders by GET.
	ReadsOnly bool
	// Secrets are kept out of errors.
	Secrets []payment.Secret
}

// Response is what an operation was answered.
type Response struct {
	// Status is the HTTP status.
	Status int `json:"status"`
	// ContentType tells what Body is.
	ContentType string `json:"content_type,omitempty"`
	// Body is the whole of the answer. What it quotes of the session and of the login is masked.
	Body []byte `json:"-"`
	// Cookies are those that the answer sets; only an [Authenticator] has a use for them.
	Cookies []Cookie `json:"cookies,omitempty"`

	skew time.Duration // this machine's clock minus ETM's
}

// Do makes any call of the API, with the client's session, limits and outcomes. It moves money unless op.ReadsOnly says
// otherwise: it is then sent once, and [payment.OutcomeOf] tells what an error means for it.
//
// A nil error says that a whole answer came with a good status. Of an operation that moves money it also says that the
// answer is JSON, and that its member status, if it has one, is "ok"; what else must be there, only the caller knows. The
// Response is also returned beside an error about its content.
func (c *Client) Do(ctx context.Context, op Operation) (Response, error) {
	if err := op.check(); err != nil {
		if op.ReadsOnly {
			return Response{}, unasked(err, op.name())
		}
		return Response{}, ours(err, op.name())
	}
	kind := call.Write
	if op.ReadsOnly {
		kind = call.Read
	}
	a, err := c.do(ctx, call.Operation{
		Kind: kind, Name: op.name(), Method: op.Method, Route: op.name(), Path: op.Path, Query: op.Query,
		Header: canonical(op.Header), Body: op.Body, Secrets: op.Secrets,
	}, func(a *call.Answer) error {
		if op.ReadsOnly {
			return nil
		}
		return c.judge(a)
	})
	if a == nil {
		return Response{}, err
	}
	return c.response(a), err
}

// response shows an answer to the caller.
func (c *Client) response(a *call.Answer) Response {
	r := Response{
		Status: a.Status, ContentType: a.Header.Get("Content-Type"), Body: a.Body, Cookies: cookiesOf(a.Header, c.host),
	}
	if at, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		r.skew = time.Since(at)
	}
	return r
}

// judge places a successful answer to an operation that moves money.
func (c *Client) judge(a *call.Answer) error {
	if !json.Valid(a.Body) {
		return wire.ErrNotJSON
	}
	said, _ := c.said(a)
	switch {
	case said == nil || said.Status == "" || said.Status == statusOK:
		return nil
	case c.words[said.Status] && wire.Unique(a.Body) == nil:
		return refusedBy(said)
	default:
		return said
	}
}

func (op *Operation) name() string {
	if op.Name == "" {
		return "Do"
	}
	return op.Name
}

// reserved are the headers that are the client's to set.
var reserved = []string{
	keyHeader, "Cookie", "Host", "Connection", "Content-Length", "Transfer-Encoding",
	"Accept-Encoding", "Expect", "Trailer", "Te", "Upgrade",
}

// check refuses what cannot be sent, or not as it is meant.
func (op *Operation) check() error {
	if op.Method == "" || strings.Trim(op.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return payment.InvalidField("Method", "want an HTTP method in capital letters")
	}
	if len(op.Path) == 0 {
		return payment.InvalidField("Path", "missing")
	}
	for k, values := range op.Header {
		if !call.IsToken(k) {
			return payment.InvalidField("Header", "not a header's name")
		}
		if slices.Contains(reserved, http.CanonicalHeaderKey(k)) {
			return payment.InvalidField("Header", fmt.Sprintf("%s is the client's to set", http.CanonicalHeaderKey(k)))
		}
		if slices.ContainsFunc(values, func(v string) bool { return strings.ContainsFunc(v, isControl) }) {
			return payment.InvalidField("Header", fmt.Sprintf("%s has control characters", http.CanonicalHeaderKey(k)))
		}
	}
	media, _, _ := mime.ParseMediaType(canonical(op.Header).Get("Content-Type"))
	if len(op.Body) > 0 && (media == "" || media == "application/json") && !json.Valid(op.Body) {
		return payment.InvalidField("Body", "not JSON; comments are none")
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// canonical spells the names of a header in the one way that lookups know.
func canonical(h http.Header) http.Header {
	spelled := make(http.Header, len(h))
	for k, values := range h {
		k = http.CanonicalHeaderKey(k)
		spelled[k] = append(spelled[k], values...)
	}
	return spelled
}
