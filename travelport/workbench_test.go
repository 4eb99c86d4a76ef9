package travelport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// page is what a gateway may answer in Travelport's place.
const page = `<html><body>Please stand by</body></html>`

// TestDone: which answers confirm that a workbench is discarded, or a form of payment deleted.
func TestDone(t *testing.T) {
	const success = http.StatusOK
	for name, tt := range map[string]struct {
		status    int
		body      string
		confirmed bool
	}{
		"no content":         {http.StatusNoContent, "", true},
		"no body":            {success, "", true},
		"blank":              {success, " \r\n", true},
		"nothing in it":      {success, `{}`, true},
		"envelope":           {success, `{"ReservationResponse":{"transactionId":"t"}}`, true},
		"complete":           {success, `{"ReservationResponse":{"Result":{"status":"Complete"}}}`, true},
		"of a form":          {success, `{"FormOfPaymentResponse":{"FormOfPayment":{}}}`, true},
		"with a warning":     {success, `{"ReservationResponse":{"Result":{"Warning":[{"Message":"LATE"}]}}}`, true},
		"not processed":      {success, `{"ReservationResponse":{"Result":{"status":"Not processed"}}}`, false},
		"unknown":            {success, `{"ReservationResponse":{"Result":{"status":"Unknown"}}}`, false},
		"odd result":         {success, `{"ReservationResponse":{"Result":7}}`, false},
		"errors":             {success, `{"ReservationResponse":{"Result":{"Error":[{"Message":"NO"}]}}}`, false},
		"unreadable errors":  {success, `{"ReservationResponse":{"Result":{"Error":[7]}}}`, false},
		"envelope of errors": {success, `{"ErrorResponse":{}}`, false},
		"odd envelope":       {success, `{"ReservationResponse":null}`, false},
		"page":               {success, page, false},
		"text":               {success, "OK", false},
		"null":               {success, "null", false},
		"list":               {success, `[{"ReservationResponse":{}}]`, false},
		"cut":                {success, `{"ReservationResponse":{}`, false},
		"gateway's object":   {success, `{"message":"maintenance"}`, false},
		"accepted":           {http.StatusAccepted, "", false},
	} {
		if err := done(&call.Answer{Status: tt.status, Body: []byte(tt.body)}); (err == nil) != tt.confirmed {
			t.Errorf("%s: %v, want confirmed %v", name, err, tt.confirmed)
		}
	}
}

// TestDiscardUnconfirmed: a commit is still on its way when a gateway answers the discard in Travelport's place.
func TestDiscardUnconfirmed(t *testing.T) {
	for name, discard := range map[string]travelporttest.Fault{
		"page":             {Status: http.StatusOK, Body: []byte(page)},
		"gateway's object": {Status: http.StatusOK, Body: []byte(`{"message":"maintenance"}`)},
		"accepted":         {Status: http.StatusAccepted, Body: []byte{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulate(t, travelporttest.Reservation{})
			s.client = s.newClient(t, withLinger(time.Millisecond))
			ctx, cancel := context.WithCancel(s.journal.context(t.Context()))
			defer cancel()
			hold := make(chan struct{})
			s.Fail(travelporttest.Fault{Route: travelporttest.Commit, Arrived: cancel, Hold: hold})
			req := s.request(t)
			if p, err := s.client.Pay(ctx, req); err == nil || payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("%+v, %v", p, err)
			}
			s.Advance(15 * time.Minute)
			discard.Route, discard.NoAction = travelporttest.DiscardWorkbench, true
			s.Fail(discard)
			p, err := s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req))
			var e *payment.Error
			if !errors.Is(err, payment.ErrInconclusive) || payment.OutcomeOf(err) != payment.Unknown || !errors.As(err, &e) || e.Code != "" {
				t.Errorf("%+v, %v", p, err)
			}
			close(hold)
			s.wantTaken(t, "300.01 USD")
			if s.Count(travelporttest.DiscardWorkbench) != 1 {
				t.Error("no discard was tried")
			}
			if p, err := s.client.Lookup(t.Context(), s.journal.attempt(t, s.client, req)); err != nil || !p.Paid() {
				t.Errorf("afterwards: %+v, %v", p, err)
			}
		})
	}
}

// tripper answers in memory.
type tripper func(req *http.Request) *http.Response

func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/oauth/token" {
		return respond(req, http.StatusOK, `{"access_token":"`+testToken+`"}`), nil
	}
	return f(req), nil
}

func (f tripper) client(t *testing.T) *Client {
	t.Helper()
	c, err := New(credentials(), WithBaseURL("http://127.0.0.1:1/11"), WithTokenURL("http://127.0.0.1:1/oauth/token"), withoutRetries(),
		WithRoundTripper(f))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRetainFlag: what one call of a workbench adds to its header, no other call sends, at the same time or later.
func TestRetainFlag(t *testing.T) {
	const flag = "RetainFlag"
	var mu sync.Mutex
	flags := map[string][]string{} // by the offer, or the method and last segment of other calls
	f := tripper(func(req *http.Request) *http.Response {
		offer := req.URL.Query().Get("OfferIdentifier")
		if offer == "" {
			offer = req.Method + req.URL.Path[strings.LastIndex(req.URL.Path, "/"):]
		}
		mu.Lock()
		defer mu.Unlock()
		for key, values := range req.Header {
			if key == flag {
				flags[offer] = append(flags[offer], values...)
			}
		}
		return respond(req, http.StatusOK, `{"ReceiptListResponse":{},"ReservationResponse":{"Reservation":{}},"PaymentResponse":{"Payment":{"Identifier":{"value":"x"}}}}`)
	})
	w := f.client(t).Workbench(testBench, "trace-1")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			retain := i%2 == 0
			if _, err := w.CancelOffer(t.Context(), map[bool]string{true: "keep", false: "refund"}[retain], retain); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if _, err := w.Retrieve(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	_, err1 := w.AddPayment(t.Context(), seedSingle())
	_, err2 := w.Commit(t.Context(), CommitRequest{})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for offer, got := range flags {
		if want := map[string]string{"keep": "true", "refund": "false"}[offer]; len(got) != 4 || strings.Count(strings.Join(got, ""), want) != 4 || want == "" {
			t.Errorf("%s sent %v", offer, got)
		}
	}
	if len(flags) != 2 {
		t.Errorf("flags of %v", flags)
	}
}

// brokenBody is a body that does not end well.
type brokenBody struct{ io.Reader }

func (b brokenBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func (brokenBody) Close() error { return nil }

// TestAnotherWorkbench: Travelport's own word that another workbench is open is a refusal to open one, and nothing else is
// one by it.
func TestAnotherWorkbench(t *testing.T) {
	const (
		open = `{"ReservationResponse":{"Result":{"Error":[{"StatusCode":400,"Message":"COMMIT OR IGNORE RESERVATION WORKBENCH","SourceCode":"4350"}]}}}`
		down = `{"ReservationResponse":{"Result":{"Error":[{"StatusCode":400,"Message":"Connection error occurred.","SourceCode":"9005"}]}}}`
	)
	fromLocator := func(ctx context.Context, c *Client) error {
		_, _, err := c.WorkbenchFromLocator(ctx, testLocator, nil)
		return err
	}
	create := func(ctx context.Context, c *Client) error {
		_, _, err := c.CreateWorkbench(ctx, "")
		return err
	}
	commit := func(ctx context.Context, c *Client) error {
		_, err := c.Workbench(testBench, "t").Commit(ctx, CommitRequest{})
		return err
	}
	void := func(ctx context.Context, c *Client) error {
		_, err := c.VoidTicket(ctx, "0161", VoidTicketRequest{})
		return err
	}
	for name, tt := range map[string]struct {
		do     func(context.Context, *Client) error
		status int
		body   string
		broken bool
		want   payment.Outcome
		kind   error
	}{
		"400":               {fromLocator, 400, open, false, payment.Refused, payment.ErrUnavailable},
		"400, new":          {create, 400, open, false, payment.Refused, payment.ErrUnavailable},
		"422":               {fromLocator, 422, open, false, payment.Refused, payment.ErrUnavailable},
		"200":               {fromLocator, 200, open, false, payment.Refused, payment.ErrUnavailable},
		"400, cut":          {fromLocator, 400, open, true, payment.Unknown, payment.ErrUnavailable},
		"409":               {fromLocator, 409, open, false, payment.Unknown, payment.ErrAlreadyPaid},
		"500":               {fromLocator, 500, open, false, payment.Unknown, payment.ErrUnavailable},
		"400, another code": {fromLocator, 400, down, false, payment.Unknown, payment.ErrUnavailable},
		"commit":            {commit, 400, open, false, payment.Unknown, payment.ErrUnavailable},
		"void":              {void, 400, open, false, payment.Unknown, payment.ErrUnavailable},
	} {
		c := tripper(func(req *http.Request) *http.Response {
			resp := respond(req, tt.status, tt.body)
			if tt.broken {
				resp.Body, resp.ContentLength = brokenBody{strings.NewReader(tt.body)}, -1
			}
			return resp
		}).client(t)
		err := tt.do(t.Context(), c)
		var said *Error
		if payment.OutcomeOf(err) != tt.want || !errors.Is(err, tt.kind) || err == nil || !errors.As(err, &said) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestPayAfterAnotherWorkbench: while another workbench is open the payment is refused and its key released; it can be paid
// under the same key later.
func TestPayAfterAnotherWorkbench(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{}, travelporttest.WithExclusiveWorkbench())
	payer, err := once.New(s.client, once.NewMemory(), once.Name("travelport-test"))
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := s.client.WorkbenchFromLocator(t.Context(), s.locator, nil)
	if err != nil {
		t.Fatal(err)
	}
	req := s.request(t)
	if p, err := payer.Pay(t.Context(), req); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("%+v, %v", p, err)
	}
	if rows, err := payer.Get(t.Context(), req.Key); err != nil || len(rows) != 1 || rows[0].State != once.Released {
		t.Errorf("%+v, %v", rows, err)
	}
	s.wantTaken(t)
	if err := other.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, err := payer.Pay(t.Context(), req); err != nil || !p.Paid() {
		t.Errorf("%+v, %v", p, err)
	}
	s.wantTaken(t, "300.01 USD")
}
