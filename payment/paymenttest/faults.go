package paymenttest

import (
	"fmt"
	"net/http"

	"github.com/supplierpay/supplierpay-go/internal/faultproxy"
)

// fault is something that goes wrong with one request of Pay.
type fault struct {
	name string
	// do is what the proxy does with the request. The rest of the fields add to it.
	do faultproxy.Fault

	refuse bool                // no connection can be had from here on
	greet  faultproxy.Greeting // what new connections meet from here on

	silent bool // the request stays unanswered until the payer hangs up, or for a while
	late   bool // the provider gets the request only after Pay has returned
	ends   ending

	// kept: the answer is whole, and Pay must return it.
	kept bool
	// twice: the request reached the provider twice on the way, which is not the payer's doing.
	twice bool
	// unsent: nothing can have left, and Pay must say so.
	unsent bool
	needs  Capability // that the case is about
	where  places
	// wide: it is tried on the requests before the payment too, on a fresh connection.
	wide bool
}

// ending says what happens to the caller's context, and when.
type ending int

const (
	never           ending = iota
	cancelArrived          // cancelled when the request has arrived
	expireArrived          // its deadline passes when the request has arrived
	cancelAnswering        // cancelled between the two halves of the answer's body
	outOfPatience          // it goes on, but the payer's own time-out is short
)

// places says on which connections a fault is tried.
type places int

const (
	plainly    places = iota // on a fresh connection
	everywhere               // on a fresh one, on a reused one, and under TLS
	underTLS                 // only there
)

// faults are those of every run.
func faults() []fault {
	return slicesOf(connectionFaults(), answerFaults(), statusFaults(), bodyFaults(), callerFaults())
}

func slicesOf(lists ...[]fault) []fault {
	var all []fault
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// connectionFaults break the connection before the provider acts.
func connectionFaults() []fault {
	f := []fault{
		{name: "connection refused", refuse: true, unsent: true, needs: ProveNotSent, where: everywhere},
		{name: "closed in the handshake", greet: faultproxy.CloseHandshake, unsent: true, needs: ProveNotSent, where: underTLS},
		{name: "closed before the first byte is read", greet: faultproxy.CloseUnread, where: everywhere},
		{name: "reset before the first byte is read", greet: faultproxy.ResetUnread, where: everywhere},
	}
	for _, reset := range []bool{false, true} {
		f = append(f,
			fault{name: named("in the request", reset), do: faultproxy.Fault{Cut: faultproxy.InRequest, Reset: reset}, where: everywhere},
			fault{name: named("after the request", reset), do: faultproxy.Fault{Cut: faultproxy.BeforeActing, Reset: reset}, where: everywhere, wide: !reset},
		)
	}
	return f
}

func named(where string, reset bool) string {
	if reset {
		return "reset " + where
	}
	return "closed " + where
}

// answerFaults let the provider act and break its answer.
func answerFaults() []fault {
	cut := func(c faultproxy.Cut, reset bool) faultproxy.Fault { return faultproxy.Fault{Cut: c, Reset: reset} }
	framed := func(to faultproxy.Framing, c faultproxy.Cut) faultproxy.Fault {
		return faultproxy.Fault{Cut: c, Answer: func(a faultproxy.Answer) faultproxy.Answer { a.Framing = to; return a }}
	}
	return []fault{
		{name: "taken, closed without an answer", do: cut(faultproxy.BeforeAnswer, false), where: everywhere, wide: true},
		{name: "taken, reset without an answer", do: cut(faultproxy.BeforeAnswer, true), where: everywhere},
		{name: "taken, cut in the status line", do: cut(faultproxy.InStatusLine, false), where: everywhere},
		{name: "taken, cut in the header", do: cut(faultproxy.InHeader, false), where: everywhere},
		{name: "taken, cut in the body", do: cut(faultproxy.InBody, false), where: everywhere, wide: true},
		{name: "taken, reset in the body", do: cut(faultproxy.InBody, true), where: everywhere},
		{name: "taken, closed after the body", do: cut(faultproxy.AfterBody, false), kept: true, where: everywhere},
		{name: "taken, cut in a chunked body", do: framed(faultproxy.Chunked, faultproxy.InBody)},
		{name: "taken, cut in a body of unknown length", do: framed(faultproxy.UntilClose, faultproxy.InBody)},
		{name: "answer in chunks", do: framed(faultproxy.Chunked, faultproxy.Nowhere), kept: true},
		{name: "answer of unknown length", do: framed(faultproxy.UntilClose, faultproxy.Nowhere), kept: true},
		{name: "answer byte by byte", do: faultproxy.Fault{Drip: true}, kept: true},
		{name: "request repeated on the way", do: faultproxy.Fault{Twice: true}, twice: true},
	}
}

// callerFaults are about who stops waiting.
func callerFaults() []fault {
	return []fault{
		{name: "late, the connection was closed", late: true, where: everywhere, wide: true},
		{name: "late, the caller cancelled", late: true, silent: true, ends: cancelArrived, where: everywhere},
		{name: "late, the caller's deadline passed", late: true, silent: true, ends: expireArrived, where: everywhere},
		{name: "late, the payer's time-out passed", late: true, silent: true, ends: outOfPatience},
		{name: "the caller cancelled before the answer", silent: true, ends: cancelArrived, wide: true},
		{name: "the caller's deadline passed before the answer", silent: true, ends: expireArrived},
		{name: "the caller cancelled in the middle of the answer", ends: cancelAnswering, kept: true, needs: KeepAnswer},
	}
}

// statusFaults replace the answer by one of another status with a gateway's page, or with nothing.
func statusFaults() []fault {
	var f []fault
	for _, status := range []int{400, 403, 404, 408, 409, 410, 418, 422, 423, 425, 429, 451, 500, 501, 502, 503, 504, 599} {
		f = append(f, fault{
			name: fmt.Sprintf("taken, answered %d by a gateway", status),
			do:   faultproxy.Fault{Answer: faultproxy.Page(status)}, wide: status == 404 || status == 500,
		})
	}
	for _, status := range []int{404, 409, 500, 503} {
		f = append(f, fault{name: fmt.Sprintf("taken, answered %d without a body", status), do: faultproxy.Fault{Answer: faultproxy.Bare(status)}})
	}
	for _, status := range []int{401, 429, 500, 503} {
		f = append(f, fault{
			name: fmt.Sprintf("not taken, answered %d by a gateway", status),
			do:   faultproxy.Fault{Skip: true, Answer: faultproxy.Page(status)}, wide: true,
		})
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		f = append(f, fault{
			name: fmt.Sprintf("taken, redirected with %d to another server", status),
			do:   faultproxy.Fault{Answer: faultproxy.Redirect(status, "https://elsewhere.invalid/pay")}, wide: status == 307,
		})
	}
	return append(f, fault{
		name: "taken, redirected with 307 to the same server",
		do:   faultproxy.Fault{Answer: faultproxy.Redirect(http.StatusTemporaryRedirect, "?again=1")},
	})
}

// endless is more than the answer to a payment ever has, and tolerated is more than Pay should read
// of it.
const (
	endless   = 40 << 20
	tolerated = 32 << 20
)

// bodyFaults leave the status as it is and spoil the body.
func bodyFaults() []fault {
	body := func(kind, text string) func(faultproxy.Answer) faultproxy.Answer {
		return func(a faultproxy.Answer) faultproxy.Answer { return faultproxy.With(a, kind, text) }
	}
	f := []fault{
		{name: "taken, gzip cut short", do: faultproxy.Fault{Answer: faultproxy.TruncatedGzip}},
		{name: "taken, not the gzip it says", do: faultproxy.Fault{Answer: faultproxy.NotGzip}},
		{name: "taken, answer without end", needs: BoundAnswers, do: faultproxy.Fault{
			Answer: func(a faultproxy.Answer) faultproxy.Answer {
				a = faultproxy.Plain(a)
				a.Padding, a.Framing = endless, faultproxy.Chunked
				return a
			},
		}},
		{name: "taken, answered 204", do: faultproxy.Fault{Answer: faultproxy.Bare(http.StatusNoContent)}},
		{name: "not taken, answered 202 without a body", do: faultproxy.Fault{Skip: true, Answer: faultproxy.Bare(http.StatusAccepted)}},
	}
	for name, b := range map[string][2]string{
		"an empty body": {"application/json", ""}, "HTML": {"text/html", faultproxy.HTMLPage}, "another type of JSON": {"application/json", "[1]"},
		"null": {"application/json", "null"}, "an empty object": {"application/json", "{}"}, "half a token": {"application/json", `{"da`},
	} {
		f = append(f,
			fault{name: "taken, answered with " + name, do: faultproxy.Fault{Answer: body(b[0], b[1])}, wide: name == "null" || name == "another type of JSON"},
			fault{name: "not taken, answered with " + name, do: faultproxy.Fault{Skip: true, Answer: succeeding(body(b[0], b[1]))}},
		)
	}
	return f
}

// succeeding turns what the proxy answers in the provider's place into a success.
func succeeding(change func(faultproxy.Answer) faultproxy.Answer) func(faultproxy.Answer) faultproxy.Answer {
	return func(a faultproxy.Answer) faultproxy.Answer {
		a.Status = http.StatusOK
		return change(a)
	}
}
