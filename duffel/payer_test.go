package duffel

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/payment"
)

// foreignDetails are another provider's.
type foreignDetails struct{}

func (foreignDetails) PaymentDetails() string { return "foreign" }

func TestPrepare(t *testing.T) {
	c := newTestClient(t, "http://127.0.0.1:1", WithCurrencies(payment.ISO4217().With("XTS", 1)))
	card := Details{ThreeDSecureSessionID: payment.NewSecret(testSession)}
	for name, tt := range map[string]struct {
		change func(*payment.Request)
		method payment.Method
	}{
		"default method": {func(*payment.Request) {}, MethodBalance},
		"balance":        {func(r *payment.Request) { r.Method = MethodBalance }, MethodBalance},
		"cash":           {func(r *payment.Request) { r.Method = MethodARCBSPCash }, MethodARCBSPCash},
		"card":           {func(r *payment.Request) { r.Method, r.Details = MethodCard, card }, MethodCard},
	} {
		t.Run(name, func(t *testing.T) {
			req := balanceRequest(t)
			tt.change(&req)
			got, err := c.Prepare(req)
			if err != nil {
				t.Fatal(err)
			}
			want := payment.Attempt{Key: "k1", OrderID: testOrder, Amount: req.Amount, Method: tt.method, Scope: testOrder}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(payment.Attempt{}, "Digest")); diff != "" || got.Digest == "" {
				t.Errorf("attempt, digest %q (-want +got):\n%s", got.Digest, diff)
			}
			if again, err := c.Prepare(req); err != nil || again.Digest != got.Digest {
				t.Errorf("prepared again: %v, %v", again, err)
			}
		})
	}
	for name, tt := range map[string]struct {
		change func(*payment.Request)
		field  string
	}{
		"no key":               {func(r *payment.Request) { r.Key = "" }, "Key"},
		"no order":             {func(r *payment.Request) { r.OrderID = "" }, "OrderID"},
		"parent directory":     {func(r *payment.Request) { r.OrderID = "../x" }, "OrderID"},
		"dots":                 {func(r *payment.Request) { r.OrderID = ".." }, "OrderID"},
		"slash":                {func(r *payment.Request) { r.OrderID = "ord_1/actions" }, "OrderID"},
		"escaped slash":        {func(r *payment.Request) { r.OrderID = "ord_1%2fx" }, "OrderID"},
		"query":                {func(r *payment.Request) { r.OrderID = "ord_1?x" }, "OrderID"},
		"line break":           {func(r *payment.Request) { r.OrderID = "ord_1\r\n" }, "OrderID"},
		"endless order":        {func(r *payment.Request) { r.OrderID = strings.Repeat("o", 201) }, "OrderID"},
		"no amount":            {func(r *payment.Request) { r.Amount = payment.Money{} }, "Amount"},
		"nothing":              {func(r *payment.Request) { r.Amount = mustMoney(t, "0.00", "GBP") }, "Amount"},
		"too many decimals":    {func(r *payment.Request) { r.Amount = decoded(t, "30.201", "GBP") }, "Amount"},
		"decimals of yen":      {func(r *payment.Request) { r.Amount = decoded(t, "5000.5", "JPY") }, "Amount"},
		"the client's table":   {func(r *payment.Request) { r.Amount = decoded(t, "1.55", "XTS") }, "Amount"},
		"unknown currency":     {func(r *payment.Request) { r.Amount = decoded(t, "1", "ZZZ") }, "Currency"},
		"unknown method":       {func(r *payment.Request) { r.Method = "voucher" }, "Method"},
		"airline credit":       {func(r *payment.Request) { r.Method = MethodAirlineCredit }, "Method"},
		"card without details": {func(r *payment.Request) { r.Method = MethodCard }, "Details"},
		"card, nil details":    {func(r *payment.Request) { r.Method, r.Details = MethodCard, (*Details)(nil) }, "Details"},
		"card, pointer":        {func(r *payment.Request) { r.Method, r.Details = MethodCard, &card }, "Details"},
		"card, other details":  {func(r *payment.Request) { r.Method, r.Details = MethodCard, foreignDetails{} }, "Details"},
		"card, no session":     {func(r *payment.Request) { r.Method, r.Details = MethodCard, Details{} }, "ThreeDSecureSessionID"},
		"balance with details": {func(r *payment.Request) { r.Details = card }, "Details"},
		"balance, nil details": {func(r *payment.Request) { r.Details = (*Details)(nil) }, "Details"},
	} {
		t.Run(name, func(t *testing.T) {
			req := balanceRequest(t)
			tt.change(&req)
			_, err := c.Prepare(req)
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != tt.field || e.Op != "Prepare" || e.Provider != "duffel" ||
				payment.OutcomeOf(err) != payment.NotSent || !errors.Is(err, payment.ErrInvalidRequest) {
				t.Errorf("Prepare: %v, want NotSent for field %s", err, tt.field)
			}
			s := serve(t, nil)
			if _, err := s.client(t).Pay(t.Context(), req); payment.OutcomeOf(err) != payment.NotSent && name != "the client's table" {
				t.Errorf("Pay: %v", err)
			}
			if got := s.requests(); len(got) > 0 {
				t.Errorf("Pay sent %v", got)
			}
		})
	}
}

// decoded is money as an answer or a journal may hold it: its digits are not checked against the currency.
func decoded(t *testing.T, amount, currency string) payment.Money {
	t.Helper()
	var m payment.Money
	if err := json.Unmarshal([]byte(`{"amount":"`+amount+`","currency":"`+currency+`"}`), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPayAnswers has a row for each kind of answer that Duffel can give to a payment.
func TestPayAnswers(t *testing.T) {
	at := time.Date(2020, 4, 11, 15, 48, 11, 642e6, time.UTC)
	ours := func(change func(*payment.Payment)) payment.Payment {
		p := payment.Payment{Provider: "duffel", ID: "pay_1", OrderID: testOrder, Status: payment.Succeeded, Amount: mustMoney(t, "30.20", "GBP"),
			At: at, MatchedBy: payment.MatchedByAnswer, RequestID: "REQ-H"}
		change(&p)
		return p
	}
	body := func(members string) string {
		return `{"data":{"id":"pay_1","type":"balance","created_at":"2020-04-11T15:48:11.642Z",` + members + `}}`
	}
	const money = `"amount":"30.20","currency":"GBP"`
	same := func(*payment.Payment) {}
	status := func(s payment.Status) func(*payment.Payment) { return func(p *payment.Payment) { p.Status = s } }
	amount := func(amount, currency string) func(*payment.Payment) {
		return func(p *payment.Payment) {
			p.Amount = payment.Money{}
			if amount != "" {
				p.Amount = decoded(t, amount, currency)
			}
		}
	}
	unreadable := func(p *payment.Payment) { p.Status, p.Amount = payment.Pending, payment.Money{} }
	for name, tt := range map[string]struct {
		status  int
		body    string
		want    payment.Payment
		outcome payment.Outcome // of the error; Accepted without a kind is no error
		kind    error
	}{
		"succeeded":          {201, body(`"status":"succeeded",` + money), ours(same), payment.Accepted, nil},
		"no status":          {200, body(money), ours(same), payment.Accepted, nil},
		"pending":            {201, body(`"status":"pending",` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"a new word":         {201, body(`"status":"settling",` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"another case":       {201, body(`"status":"Succeeded",` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"null status":        {201, body(`"status":null,` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"empty status":       {201, body(`"status":"",` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"status is a number": {201, body(`"status":1,` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"202 succeeded":      {202, body(`"status":"succeeded",` + money), ours(status(payment.Pending)), payment.Accepted, nil},
		"202 no status":      {202, body(money), ours(status(payment.Pending)), payment.Accepted, nil},
		"202 message": {202, fixture(t, "accepted-message.json"), ours(func(p *payment.Payment) {
			p.ID, p.Amount, p.At, p.Status = "", payment.Money{}, time.Time{}, payment.Pending
		}), payment.Accepted, nil},
		"failed":               {201, body(`"status":"failed","failure_reason":"insufficient_balance",` + money), ours(func(p *payment.Payment) { p.Status, p.Reason = payment.Failed, "insufficient_balance" }), payment.Refused, payment.ErrDeclined},
		"cancelled":            {201, body(`"status":"cancelled",` + money), ours(status(payment.Cancelled)), payment.Refused, payment.ErrDeclined},
		"failed, other amount": {201, body(`"status":"failed","amount":"0.00","currency":"GBP"`), ours(func(p *payment.Payment) { p.Status, p.Amount = payment.Failed, decoded(t, "0.00", "GBP") }), payment.Refused, payment.ErrDeclined},
		"more":                 {201, body(`"status":"succeeded","amount":"30.21","currency":"GBP"`), ours(amount("30.21", "GBP")), payment.Accepted, payment.ErrAmountMismatch},
		"less":                 {201, body(`"amount":"3.02","currency":"GBP"`), ours(amount("3.02", "GBP")), payment.Accepted, payment.ErrAmountMismatch},
		"other currency":       {201, body(`"amount":"30.20","currency":"USD"`), ours(amount("30.20", "USD")), payment.Accepted, payment.ErrAmountMismatch},
		"currency in small":    {201, body(`"amount":"30.20","currency":"gbp"`), ours(amount("", "")), payment.Accepted, payment.ErrAmountMismatch},
		"negative":             {201, body(`"amount":"-30.20","currency":"GBP"`), ours(amount("", "")), payment.Accepted, payment.ErrAmountMismatch},
		"pending, more":        {201, body(`"status":"pending","amount":"31","currency":"GBP"`), ours(func(p *payment.Payment) { p.Status, p.Amount = payment.Pending, decoded(t, "31", "GBP") }), payment.Accepted, payment.ErrAmountMismatch},
		"null currency":        {201, body(`"amount":"30.20","currency":null`), ours(amount("", "")), payment.Accepted, nil},
		"null amount":          {201, body(`"amount":null,"currency":"GBP"`), ours(amount("", "")), payment.Accepted, nil},
		"neither":              {201, body(`"status":"succeeded"`), ours(amount("", "")), payment.Accepted, nil},
		"other scale":          {201, body(`"amount":"30.2","currency":"GBP"`), ours(amount("30.2", "GBP")), payment.Accepted, nil},
		"amount is a number":   {201, body(`"amount":30.20,"currency":"GBP"`), ours(same), payment.Accepted, nil},
		"amount with exponent": {201, body(`"amount":"3020e-2","currency":"GBP"`), ours(same), payment.Accepted, nil},
		"absurd amount":        {201, body(`"amount":1e1000000000,"currency":"GBP"`), ours(unreadable), payment.Unknown, nil},
		"amount is a word":     {201, body(`"amount":"NaN","currency":"GBP"`), ours(unreadable), payment.Unknown, nil},
		"amount is an object":  {201, body(`"amount":{"value":"30.20"},"currency":"GBP"`), ours(unreadable), payment.Unknown, nil},
		"odd date":             {201, `{"data":{"id":"pay_1","created_at":"yesterday",` + money + `}}`, ours(func(p *payment.Payment) { p.At = time.Time{} }), payment.Accepted, nil},
		"the same order":       {201, body(`"order_id":"` + testOrder + `",` + money), ours(same), payment.Accepted, nil},
		"null order":           {201, body(`"order_id":null,` + money), ours(same), payment.Accepted, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /air/payments": {tt.status, nil, tt.body}})
			got, err := s.client(t).Pay(t.Context(), balanceRequest(t))
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(payment.Payment{}, "Raw")); diff != "" {
				t.Errorf("payment (-want +got):\n%s", diff)
			}
			if payment.OutcomeOf(err) != tt.outcome || (tt.kind != nil) && !errors.Is(err, tt.kind) {
				t.Errorf("error %v, want %v, %v", err, tt.outcome, tt.kind)
			}
			if tt.outcome == payment.Accepted && tt.kind == nil && err != nil {
				t.Errorf("error %v, want none", err)
			}
			var e *payment.Error
			if errors.As(err, &e) && (e.Status != tt.status || e.RequestID != "REQ-H" || e.Op != "POST /air/payments") {
				t.Errorf("error %+v", e)
			}
			if raw, ok := got.Raw.(Payment); ok != (got.ID != "") || ok && raw.ID != got.ID {
				t.Errorf("raw %#v", got.Raw)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// TestVerifyOrder: the order is read first, and what it says costs no payment.
func TestVerifyOrder(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	order := func(members, status string) string {
		return `{"data":{"id":"` + testOrder + `","type":"hold","cancelled_at":null,` + members + `"payment_status":{` + status + `}}}`
	}
	const price = `"total_amount":"30.20","total_currency":"GBP",`
	const open = `"awaiting_payment":true,"payment_required_by":"2026-11-22T00:00:00Z","price_guarantee_expires_at":null,"paid_at":null`
	for name, tt := range map[string]struct {
		status int
		body   string
		kind   error
		paid   bool
	}{
		"as agreed":           {200, order(price, open), nil, true},
		"other scale":         {200, order(`"total_amount":"30.2","total_currency":"GBP",`, open), nil, true},
		"no deadline":         {200, order(price, `"awaiting_payment":true`), nil, true},
		"odd deadline":        {200, order(price, `"awaiting_payment":true,"payment_required_by":"tomorrow"`), nil, true},
		"price changed":       {200, order(`"total_amount":"31.00","total_currency":"GBP",`, open), payment.ErrPriceChanged, false},
		"price fell":          {200, order(`"total_amount":"30.00","total_currency":"GBP",`, open), payment.ErrPriceChanged, false},
		"other currency":      {200, order(`"total_amount":"30.20","total_currency":"EUR",`, open), payment.ErrCurrencyMismatch, false},
		"no price":            {200, order("", open), payment.ErrOrderNotPayable, false},
		"instant":             {200, order(price+`"type":"instant",`, open), payment.ErrOrderNotPayable, false},
		"cancelled":           {200, order(price+`"cancelled_at":"2026-11-20T00:00:00Z",`, open), payment.ErrOrderNotPayable, false},
		"paid":                {200, order(price, `"awaiting_payment":false,"paid_at":"2026-11-20T00:00:00Z"`), payment.ErrAlreadyPaid, false},
		"lapsed":              {200, order(price, `"awaiting_payment":false,"payment_required_by":"2026-11-21T10:59:59Z","paid_at":null`), payment.ErrOrderNotPayable, false},
		"lapsed a moment ago": {200, order(price, `"awaiting_payment":false,"payment_required_by":"2026-11-21T11:59:59Z","paid_at":null`), payment.ErrAlreadyPaid, false},
		"paid and cancelled":  {200, order(price+`"cancelled_at":"2026-11-20T00:00:00Z",`, `"awaiting_payment":false,"paid_at":"2026-11-19T00:00:00Z"`), payment.ErrAlreadyPaid, false},
		"paid instantly":      {200, order(price+`"type":"instant",`, `"awaiting_payment":false,"paid_at":"2026-11-19T00:00:00Z"`), payment.ErrAlreadyPaid, false},
		"deadline passed":     {200, order(price, `"awaiting_payment":true,"payment_required_by":"2026-11-21T11:59:59Z","paid_at":null`), payment.ErrOrderNotPayable, false},
		"payment under way":   {200, order(price, `"awaiting_payment":false,"payment_required_by":"2026-11-22T00:00:00Z","paid_at":null`), payment.ErrAlreadyPaid, false},
		"no payment_status":   {200, `{"data":{"id":"` + testOrder + `","type":"hold","total_amount":"30.20","total_currency":"GBP"}}`, nil, true},
		"order not found":     {404, fixture(t, "error-not-found.json"), payment.ErrOrderNotFound, false},
		"not authenticated":   {401, fixture(t, "error-access-token-not-found.json"), payment.ErrUnauthenticated, false},
		"Duffel broken":       {500, fixture(t, "error-internal-server-error.json"), payment.ErrUnavailable, false},
		"another order's":     {200, `{"data":{"id":"ord_other"}}`, errOtherOrder, false},
		"answer not read":     {200, `{"data":`, errAny, false},
		"errors in a success": {200, fixture(t, "errors-in-success.json"), errErrorsInside, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{
				"GET /air/orders/" + testOrder: {tt.status, nil, tt.body},
				"POST /air/payments":           {201, nil, `{"data":{"id":"pay_1","status":"succeeded","amount":"30.20","currency":"GBP"}}`},
			})
			p, err := s.client(t, WithVerifyOrder(), withClock(now)).Pay(t.Context(), balanceRequest(t))
			want := []string{"GET /air/orders/" + testOrder}
			if tt.paid {
				want = append(want, "POST /air/payments")
			}
			if diff := cmp.Diff(want, s.requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if tt.paid {
				if err != nil || !p.Paid() {
					t.Errorf("Pay: %+v, %v", p, err)
				}
				return
			}
			if payment.OutcomeOf(err) != payment.NotSent || tt.kind != errAny && !errors.Is(err, tt.kind) {
				t.Errorf("Pay: %v, want NotSent and %v", err, tt.kind)
			}
			// A 500 of this read is none of the payment's: it must not keep a later Lookup from a proof.
			if a := (payment.Attempt{}).After(p, err); (&evidence{attempt: a}).broken() {
				t.Errorf("%+v counts as a broken payment", a.Failures)
			}
		})
	}
}

// errAny stands for an error that has no name.
var errAny = errors.New("any")

// sendTwice is a middleware that sends payments again, whatever became of them.
type sendTwice struct{ http.RoundTripper }

func (s sendTwice) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	send := func() (*http.Response, error) {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		return s.RoundTripper.RoundTrip(again)
	}
	resp, err := send()
	if err != nil {
		return nil, err
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	return send()
}

// TestFailedAfterAnother: a payment that failed is a refusal of itself. When a middleware has sent another before it, that one
// may have been taken.
func TestFailedAfterAnother(t *testing.T) {
	for status, with202 := range map[int]bool{201: false, 202: true} {
		for _, body := range []string{fixture(t, "payment-failed.json"), strings.Replace(fixture(t, "payment-failed.json"), `"failed"`, `"cancelled"`, 1)} {
			s := serve(t, map[string]answer{"POST /air/payments": {status: status, body: body}})
			twice := s.client(t, WithMiddleware(func(next http.RoundTripper) http.RoundTripper { return sendTwice{next} }))
			p, err := twice.Pay(t.Context(), balanceRequest(t))
			if payment.OutcomeOf(err) != payment.Unknown || p.Status != "" || payment.Next(p, err).Action != payment.NextLookup {
				t.Errorf("%d, Pay: %+v, %v", status, p, err)
			}
			part := NewPayment{Type: MethodBalance, Amount: mustMoney(t, "30.20", "GBP")}
			if _, err = twice.CreatePayment(t.Context(), CreatePaymentRequest{OrderID: testOrder, Payment: &part}); payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("%d, CreatePayment: %v", status, err)
			}
			if n := len(s.requests()); n != 4 {
				t.Errorf("%d: %d requests, want each twice", status, n)
			}
			if p, err := s.client(t).Pay(t.Context(), balanceRequest(t)); !with202 && (payment.OutcomeOf(err) != payment.Refused || p.ID == "") {
				t.Errorf("%d, once: %+v, %v", status, p, err)
			}
		}
	}
}
