package duffel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// The documented vector.
const (
	hookSecret    = "QKfUULLQh+8SegYmIsF6kA=="
	hookStamp     = "1586620091"
	hookSignature = "a084664169a6696837db4c11bec90e38dce32cf09c21ba1ca4b6f108780a1c39"
)

var hookTime = time.Unix(1586620091, 0)

// receiver is a handler whose clock stands, and what it was told.
type receiver struct {
	*WebhookHandler
	events []Event
	errs   []error
	fail   error // of handle
}

func newReceiver(t testing.TB, conf WebhookConfig, at time.Time) *receiver {
	t.Helper()
	if conf.Secrets == nil {
		conf.Secrets = []payment.Secret{payment.NewSecret(hookSecret)}
	}
	r := &receiver{}
	conf.OnError = func(_ context.Context, err error) { r.errs = append(r.errs, err) }
	h, err := NewWebhookHandler(conf, func(_ context.Context, e Event) error {
		if r.fail == nil {
			r.events = append(r.events, e)
		}
		return r.fail
	})
	if err != nil {
		t.Fatal(err)
	}
	h.now = func() time.Time { return at }
	r.WebhookHandler = h
	return r
}

// post delivers a body and returns the status of the answer.
func (r *receiver) post(body string, signatures ...string) int {
	req := httptest.NewRequest(http.MethodPost, "/webhooks", strings.NewReader(body))
	req.Header["X-Duffel-Signature"] = signatures
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w.Code
}

func (r *receiver) sign(body string) string {
	return duffeltest.SignWebhook(hookSecret, r.now(), []byte(body))
}

func TestWebhookVector(t *testing.T) {
	body := fixture(t, "webhook-payment-created.json")
	if len(body) != 297 {
		t.Fatalf("the body has %d bytes", len(body))
	}
	if got, want := duffeltest.SignWebhook(hookSecret, hookTime, []byte(body)), "t="+hookStamp+",v1="+hookSignature; got != want {
		t.Errorf("the simulator signs %s, want %s", got, want)
	}
	r := newReceiver(t, WebhookConfig{}, hookTime)
	if status := r.post(body, "t="+hookStamp+",v1="+hookSignature); status != 204 || len(r.events) != 1 {
		t.Fatalf("status %d, %v", status, r.errs)
	}
	want := Event{
		ID: "wev_0000A4tQSmKyqOrcySrGbo", APIVersion: "v2", Type: EventPaymentCreated, LiveMode: ptr(false), IdempotencyKey: testPayment,
		CreatedAt: "2020-04-11T15:48:11.642000Z", OrganisationID: "org_0000APMFjhs4X2rJ6k7UIE",
		Object: []byte(`{"id":"` + testPayment + `"}`), Raw: []byte(body),
	}
	if diff := cmp.Diff(want, r.events[0]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// TestWebhookRefusals: each thing that can be wrong has an error of its own, and the function is not called.
func TestWebhookRefusals(t *testing.T) {
	body := fixture(t, "webhook-payment-created.json")
	good := "t=" + hookStamp + ",v1=" + hookSignature
	ping := `{"type":"ping.triggered"}`
	signed := func(body string) []string {
		return []string{duffeltest.SignWebhook(hookSecret, hookTime, []byte(body))}
	}
	for name, tt := range map[string]struct {
		conf   WebhookConfig
		at     time.Time
		body   string
		header []string
		want   error
		status int
	}{
		"changed byte":       {body: strings.Replace(body, "payment.created", "payment.Created", 1), header: []string{good}, want: ErrWebhookSignature, status: 401},
		"byte more":          {body: body + " ", header: []string{good}, want: ErrWebhookSignature, status: 401},
		"old stamp":          {at: hookTime.Add(5*time.Minute + time.Second), body: body, header: []string{good}, want: ErrWebhookStale, status: 401},
		"of the future":      {at: hookTime.Add(-5*time.Minute - time.Second), body: body, header: []string{good}, want: ErrWebhookStale, status: 401},
		"old, less patience": {conf: WebhookConfig{Tolerance: time.Second}, at: hookTime.Add(2 * time.Second), body: body, header: []string{good}, want: ErrWebhookStale, status: 401},
		"another stamp":      {body: body, header: []string{"t=1586620092,v1=" + hookSignature}, want: ErrWebhookSignature, status: 401},
		"missing header":     {body: body, want: ErrWebhookUnsigned, status: 401},
		"empty header":       {body: body, header: []string{""}, want: ErrWebhookUnsigned, status: 401},
		"no stamp":           {body: body, header: []string{"v1=" + hookSignature}, want: ErrWebhookUnsigned, status: 401},
		"no signature":       {body: body, header: []string{"t=" + hookStamp}, want: ErrWebhookUnsigned, status: 401},
		"two stamps":         {body: body, header: []string{good, "t=1"}, want: ErrWebhookUnsigned, status: 401},
		"negative stamp":     {body: body, header: []string{"t=-1,v1=" + hookSignature}, want: ErrWebhookUnsigned, status: 401},
		"empty signature":    {body: body, header: []string{"t=" + hookStamp + ",v1="}, want: ErrWebhookSignature, status: 401},
		"half a signature":   {body: body, header: []string{"t=" + hookStamp + ",v1=" + hookSignature[:32]}, want: ErrWebhookSignature, status: 401},
		"wrong secret":       {conf: WebhookConfig{Secrets: []payment.Secret{payment.NewSecret("x")}}, body: body, header: []string{good}, want: ErrWebhookSignature, status: 401},
		"secret decoded": {body: body, header: []string{"t=" + hookStamp + ",v1=4d7f6c5a" + hookSignature[8:]},
			want: ErrWebhookSignature, status: 401},
		"signed with nothing": {body: body, header: []string{duffeltest.SignWebhook("", hookTime, []byte(body))}, want: ErrWebhookSignature, status: 401},
		"test for live":       {conf: WebhookConfig{LiveMode: ptr(true)}, body: body, header: []string{good}, want: ErrWebhookMode, status: 400},
		"no mode":             {conf: WebhookConfig{LiveMode: ptr(false)}, body: ping, header: signed(ping), want: ErrWebhookMode, status: 400},
		"not JSON":            {body: "ping", header: signed("ping"), want: ErrWebhookMalformed, status: 400},
		"no event":            {body: "{}", header: signed("{}"), want: ErrWebhookMalformed, status: 400},
		"too large": {body: ping + strings.Repeat(" ", 1<<20), header: signed(ping + strings.Repeat(" ", 1<<20)),
			want: ErrWebhookTooLarge, status: 413},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.at.IsZero() {
				tt.at = hookTime
			}
			r := newReceiver(t, tt.conf, tt.at)
			status := r.post(tt.body, tt.header...)
			var e *payment.Error
			if len(r.errs) != 1 || !errors.Is(r.errs[0], tt.want) || !errors.As(r.errs[0], &e) || e.Provider != "duffel" || status != tt.status {
				t.Errorf("status %d, errors %v, want %d and %v", status, r.errs, tt.status, tt.want)
			}
			if len(r.events) > 0 {
				t.Errorf("handled %+v", r.events)
			}
			if err := r.Receive(t.Context(), strings.Join(tt.header, ","), []byte(tt.body)); !errors.Is(err, tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Receive: %v", err)
			}
		})
	}
	r := newReceiver(t, WebhookConfig{}, hookTime)
	w := httptest.NewRecorder()
	if r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
}

// endless counts what is read of a body without an end, and ends the test's patience at 4 MiB.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 4<<20 {
		return 0, io.EOF
	}
	e.read += len(p)
	return len(p), nil
}

// TestWebhookReadsNoMoreThanItMust: the limit holds while the body is read, not only afterwards.
func TestWebhookReadsNoMoreThanItMust(t *testing.T) {
	r, body, w := newReceiver(t, WebhookConfig{}, hookTime), &endless{}, httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", body))
	if w.Code != 413 || body.read > 2<<20 || len(r.errs) != 1 || !errors.Is(r.errs[0], ErrWebhookTooLarge) {
		t.Errorf("status %d after %d bytes, %v", w.Code, body.read, r.errs)
	}
}

func TestWebhookAccepts(t *testing.T) {
	body := fixture(t, "webhook-payment-created.json")
	other := strings.Repeat("0", 64)
	for name, header := range map[string][]string{
		"v2":                {"t=" + hookStamp + ",v2=" + hookSignature},
		"spaces":            {" t = " + hookStamp + " , v1 = " + hookSignature + " "},
		"several":           {"t=" + hookStamp + ",v1=" + other + ",v1=" + hookSignature + ",v0=x,,y"},
		"two header fields": {"t=" + hookStamp + ",v1=" + other, "v1=" + hookSignature},
		"signature first":   {"v1=" + hookSignature + ",t=" + hookStamp},
	} {
		r := newReceiver(t, WebhookConfig{LiveMode: ptr(false)}, hookTime.Add(5*time.Minute))
		if status := r.post(body, header...); status != 204 || len(r.events) != 1 {
			t.Errorf("%s: status %d, %v", name, status, r.errs)
		}
	}
	r := newReceiver(t, WebhookConfig{Secrets: []payment.Secret{payment.NewSecret("new"), payment.NewSecret(hookSecret)}}, hookTime)
	second := fixture(t, "webhook-order-created.json")
	if a, b := r.post(body, "t="+hookStamp+",v1="+hookSignature), r.post(second, duffeltest.SignWebhook("new", hookTime, []byte(second))); a != 204 || b != 204 {
		t.Errorf("rotation: %d and %d, %v", a, b, r.errs)
	}
}

// TestWebhookReplays: an event is handled once, by its id or else by type and key; a failure is no handling; and succeeded
// after pending of one payment is another event.
func TestWebhookReplays(t *testing.T) {
	event := func(id, typ, key string) string {
		return fmt.Sprintf(`{"id":%q,"type":%q,"idempotency_key":%q}`, id, typ, key)
	}
	r := newReceiver(t, WebhookConfig{}, hookTime)
	for i, tt := range []struct {
		body    string
		fail    error
		status  int
		handled int // so far
	}{
		{event("", "air.payment.pending", "pay_1"), nil, 204, 1},
		{event("", "air.payment.succeeded", "pay_1"), nil, 204, 2},
		{event("", "air.payment.succeeded", "pay_1"), nil, 204, 2},
		{event("wev_1", "air.payment.succeeded", "pay_1"), nil, 204, 3},
		{event("wev_1", "air.payment.succeeded", "pay_1"), nil, 204, 3},
		{event("wev_2", "air.payment.failed", "pay_2"), errors.New("later"), 500, 3},
		{event("wev_2", "air.payment.failed", "pay_2"), nil, 204, 4},
		{event("wev_2", "air.payment.failed", "pay_2"), nil, 204, 4},
		{event("", "new.type", ""), nil, 204, 5},
		{event("", "new.type", ""), nil, 204, 6}, // cannot be told apart
	} {
		r.fail, r.errs = tt.fail, nil
		handled := len(r.events)
		if status := r.post(tt.body, r.sign(tt.body)); status != tt.status || len(r.events) != tt.handled {
			t.Errorf("%d: status %d, %d events, want %d and %d", i, status, len(r.events), tt.status, tt.handled)
		}
		replayed := tt.fail == nil && handled == tt.handled
		if replayed != (len(r.errs) == 1 && errors.Is(r.errs[0], ErrWebhookReplayed)) || tt.fail != nil && !errors.Is(r.errs[0], tt.fail) {
			t.Errorf("%d: errors %v", i, r.errs)
		}
	}
}

// brokenSeen fails where it is told to.
type brokenSeen struct{ seen, mark error }

func (b brokenSeen) Seen(context.Context, string) (bool, error) { return false, b.seen }
func (b brokenSeen) Mark(context.Context, string) error         { return b.mark }

func TestWebhookStoreDown(t *testing.T) {
	down := errors.New("store down")
	body := fixture(t, "webhook-order-created.json")
	for name, tt := range map[string]struct {
		seen    brokenSeen
		status  int
		handled int
	}{"not readable": {brokenSeen{seen: down}, 500, 0}, "not writable": {brokenSeen{mark: down}, 204, 1}} {
		r := newReceiver(t, WebhookConfig{Seen: tt.seen}, hookTime)
		if status := r.post(body, r.sign(body)); status != tt.status || len(r.events) != tt.handled || len(r.errs) != 1 || !errors.Is(r.errs[0], down) {
			t.Errorf("%s: status %d, %d events, %v", name, status, len(r.events), r.errs)
		}
	}
}

func TestMemorySeenForgetsTheOldest(t *testing.T) {
	m := NewMemorySeen(2)
	for _, key := range []string{"a", "b", "b", "c"} {
		if err := m.Mark(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]bool{}
	for _, key := range []string{"a", "b", "c", ""} {
		got[key], _ = m.Seen(t.Context(), key)
	}
	if diff := cmp.Diff(map[string]bool{"a": false, "b": true, "c": true, "": false}, got); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

func TestNewWebhookHandlerRefuses(t *testing.T) {
	secret := []payment.Secret{payment.NewSecret(hookSecret)}
	handle := func(context.Context, Event) error { return nil }
	for field, f := range map[string]func() (*WebhookHandler, error){
		"Secrets": func() (*WebhookHandler, error) { return NewWebhookHandler(WebhookConfig{}, handle) },
		"Secrets ": func() (*WebhookHandler, error) {
			return NewWebhookHandler(WebhookConfig{Secrets: append(secret, payment.Secret{})}, handle)
		},
		"Tolerance": func() (*WebhookHandler, error) {
			return NewWebhookHandler(WebhookConfig{Secrets: secret, Tolerance: -1}, handle)
		},
		"handle": func() (*WebhookHandler, error) { return NewWebhookHandler(WebhookConfig{Secrets: secret}, nil) },
	} {
		h, err := f()
		var e *payment.Error
		if h != nil || !errors.As(err, &e) || e.Field != strings.TrimSpace(field) || !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("%s: %v", field, err)
		}
	}
	h, err := NewWebhookHandler(WebhookConfig{Secrets: secret}, handle)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{h, *h, h.conf} {
		if text := fmt.Sprintf("%v %+v %#v", v, v, v); strings.Contains(text, hookSecret) {
			t.Errorf("the secret is in %s", text)
		}
	}
}

func TestEventIDs(t *testing.T) {
	for body, want := range map[string][3]string{
		fixture(t, "webhook-payment-created.json"):                                                {testPayment},
		fixture(t, "webhook-payment-succeeded.json"):                                              {testPayment},
		fixture(t, "webhook-order-created.json"):                                                  {"", testOrder, testOffer},
		`{"type":"payment.created","idempotency_key":"pay_1","data":{"object":{"id":"ord_1"}}}`:   {"pay_1"},
		`{"type":"payment.created","idempotency_key":"pay_1","data":{"object":[]}}`:               {"pay_1"},
		`{"type":"air.payment.failed","idempotency_key":"pay_1"}`:                                 {},
		`{"type":"order.created","idempotency_key":"ord_1","data":7}`:                             {"", "ord_1"},
		`{"type":"order_cancellation.confirmed","data":{"object":{"id":"ore_1"}}}`:                {},
		`{"type":"order.updated","object":"order","data":{"changes":{},"object":{"id":"ord_1"}}}`: {},
	} {
		e, err := decodeEvent([]byte(body))
		if got := [3]string{e.PaymentID(), e.OrderID(), e.OfferID()}; err != nil || got != want {
			t.Errorf("%s: %q, %v", body, got, err)
		}
	}
	e, err := decodeEvent([]byte(fixture(t, "webhook-payment-succeeded.json")))
	if err != nil {
		t.Fatal(err)
	}
	at, err := e.CreatedAt.Time()
	if want := time.Date(2020, 4, 11, 15, 48, 11, 642e6, time.UTC); !at.Equal(want) || err != nil || *e.LiveMode != true {
		t.Errorf("%v, %v", at, err)
	}
}

// TestWebhooksAgainstSimulator: signed, duplicated, out of order and late, over a real socket. The function reads again,
// and ends up with the truth whatever the order.
func TestWebhooksAgainstSimulator(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{Mode: duffeltest.Pend})
	p, err := c.Pay(t.Context(), req)
	if err != nil || p.Status != payment.Pending {
		t.Fatal(p, err)
	}
	if err := srv.Settle(req.OrderID, "succeeded", ""); err != nil {
		t.Fatal(err)
	}
	var types []EventType
	statuses := map[Status]int{}
	conf := WebhookConfig{Secrets: []payment.Secret{payment.NewSecret(hookSecret)}}
	fail := true
	h, err := NewWebhookHandler(conf, func(ctx context.Context, e Event) error {
		if fail {
			return errors.New("not now")
		}
		types = append(types, e.Type)
		read, err := c.GetPayment(ctx, e.PaymentID())
		statuses[read.Status]++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.now = srv.Now
	hook := httptest.NewServer(h)
	defer hook.Close()
	deliver := func(d duffeltest.Delivery, want ...int) {
		t.Helper()
		d.URL, d.Secret = hook.URL, hookSecret
		got, err := srv.Deliver(t.Context(), d)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("statuses (-want +got):\n%s%v", diff, err)
		}
	}
	deliver(duffeltest.Delivery{}, 500, 500, 500)
	fail = false
	deliver(duffeltest.Delivery{Late: time.Hour}, 401, 401, 401)
	deliver(duffeltest.Delivery{Duplicate: true, Reverse: true}, 204, 204, 204, 204, 204, 204)
	deliver(duffeltest.Delivery{})
	deliver(duffeltest.Delivery{Again: true}, 204, 204, 204)
	if diff := cmp.Diff([]EventType{EventPaymentSucceeded, EventPaymentPending, EventPaymentCreated}, types); diff != "" {
		t.Errorf("handled (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[Status]int{StatusSucceeded: 3}, statuses); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// FuzzWebhook: nobody without the secret gets an event handled, and whatever is signed neither panics nor is changed.
func FuzzWebhook(f *testing.F) {
	seed(f)
	r := newReceiver(f, WebhookConfig{}, hookTime)
	body := fixture(f, "webhook-payment-created.json")
	f.Add([]byte(body))
	f.Fuzz(func(t *testing.T, body []byte) {
		r.events, r.conf.Seen = nil, NewMemorySeen(1)
		for _, header := range []string{string(body), "t=" + hookStamp + ",v1=" + string(body), "t=" + hookStamp + ",v1=" + strings.Repeat("0", 64)} {
			if err := r.Receive(t.Context(), header, body); err == nil || len(r.events) > 0 {
				t.Fatalf("handled %q with the header %q", body, header)
			}
		}
		if len(body) > 0 {
			changed := bytes.Clone(body)
			changed[len(changed)/2] ^= 1
			if err := r.Receive(t.Context(), r.sign(string(body)), changed); !errors.Is(err, ErrWebhookSignature) {
				t.Fatalf("a changed byte: %v", err)
			}
		}
		err := r.Receive(t.Context(), r.sign(string(body)), body)
		if err != nil {
			if !errors.Is(err, ErrWebhookMalformed) && !errors.Is(err, ErrWebhookTooLarge) || len(r.events) > 0 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		e := r.events[0]
		if !bytes.Equal(e.Raw, body) || e.Type == "" {
			t.Fatalf("%+v out of %q", e, body)
		}
		_, _ = io.WriteString(io.Discard, e.PaymentID()+e.OrderID()+e.OfferID())
		if again := r.Receive(t.Context(), r.sign(string(body)), body); e.key() != "" && !errors.Is(again, ErrWebhookReplayed) {
			t.Fatalf("again: %v", again)
		}
	})
}
