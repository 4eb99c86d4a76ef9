package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// fault is an error of the network in our words. The words of net/http may quote the provider's bytes or our URL, so
// they are classified and not shown; what a caller may test for is kept as causes.
type fault struct {
	text   string
	causes []error
	// stopped: it was the caller or a gate that ended the call, not the network.
	stopped bool
}

func (f *fault) Error() string   { return f.text }
func (f *fault) Unwrap() []error { return f.causes }

// explainContext is the fault of a context that has ended.
func explainContext(ctx context.Context) *fault {
	f := &fault{text: "cancelled by the caller", causes: []error{ctx.Err()}, stopped: true}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		f.text = "the caller's deadline passed"
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, ctx.Err()) {
		f.causes = append(f.causes, cause)
	}
	return f
}

// faultOf classifies err, an error of a round trip or of reading a body under ctx.
func faultOf(ctx context.Context, err error) *fault {
	var gate *gateError
	if errors.As(err, &gate) {
		return &fault{text: "stopped at the gate: " + gate.Error(), causes: []error{gate.err}, stopped: true}
	}
	if ctx.Err() != nil {
		var ours *fault
		if errors.As(context.Cause(ctx), &ours) {
			return ours
		}
		return explainContext(ctx)
	}
	for _, class := range classes {
		if class.matches(err) {
			f := &fault{text: class.text}
			if class.is != nil {
				f.causes = []error{class.is}
			}
			return f
		}
	}
	if strings.Contains(err.Error(), "malformed") {
		return &fault{text: "malformed answer"}
	}
	return &fault{text: "the connection failed"}
}

// class is a kind of network error: how to know it, what to say, and what errors.Is may find.
type class struct {
	matches func(error) bool
	text    string
	is      error
}

func is(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func as[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func dialing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// classes are tried in order; the first that matches names the fault.
var classes = []class{
	{is(errTooLarge), "the answer is larger than the limit", nil},
	{is(errNotFinal), errNotFinal.Error(), nil},
	{is(errNoContext), errNoContext.Error(), nil},
	{is(errCallOver), errCallOver.Error(), nil},
	{as[*net.DNSError], "the host name could not be resolved", nil},
	{is(syscall.ECONNREFUSED), "connection refused", syscall.ECONNREFUSED},
	{dialing, "could not connect", nil},
	{as[*tls.CertificateVerificationError], "the server's certificate was not accepted", nil},
	{as[x509.UnknownAuthorityError], "the server's certificate was not accepted", nil},
	{as[tls.RecordHeaderError], "the server does not speak TLS", nil},
	{as[tls.AlertError], "TLS failed", nil},
	{is(syscall.ECONNRESET), "connection reset", syscall.ECONNRESET},
	{is(syscall.EPIPE), "connection closed while writing", syscall.EPIPE},
	{is(io.ErrUnexpectedEOF), "the answer was cut", io.ErrUnexpectedEOF},
	{is(io.EOF), "connection closed without an answer", io.EOF},
	{is(net.ErrClosed), "connection closed", net.ErrClosed},
	{is(os.ErrDeadlineExceeded), "timed out", os.ErrDeadlineExceeded},
	{timedOut, "timed out", nil},
}
