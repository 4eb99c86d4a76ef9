package activeplatform

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/payment"
)

const createV1Route = "POST /api/vendor/v1/payments.json"

func ptr[T any](v T) *T { return &v }

// TestCreatePaymentSeed sends the documented request and reads the documented answer.
func TestCreatePaymentSeed(t *testing.T) {
	s := serve(t, map[string]answer{createV1Route: {body: fixture(t, "v1-create.json")}})
	c := newTestClient(t, s.URL)
	p, err := c.CreatePayment(t.Context(), CreatePaymentRequest{AccountID: "2000532", Total: usd(t, "100"), Comment: "Cash"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(fixture(t, "v1-create-request.json"), s.lastBody()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	want := Payment{
		ID: "2007039", AccountID: "2000532", Total: "100.0", Comment: "Cash", Status: StatusWaitingForPayment,
		CreatedAt: "2016-10-04T10:52:17.813+03:00", UpdatedAt: "2016-10-04T10:52:17.813+03:00",
		DocumentID: "P006131", RequesterIP: ptr("178.159.242.50"), Denominated: ptr(false),
		Raw: json.RawMessage(fixture(t, "v1-create.json")),
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	m, err := p.Money("USD")
	if err != nil || !m.Equal(usd(t, "100")) {
		t.Errorf("money %v, %v", m, err)
	}
}

func TestCreatePaymentBodies(t *testing.T) {
	s := serve(t, map[string]answer{createV1Route: {body: `{"id":1}`}})
	c := newTestClient(t, s.URL, WithCurrency("KWD"))
	kwd := func(amount string) payment.Money {
		m, err := payment.ParseMoney(amount, "KWD")
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, tt := range []struct {
		req  CreatePaymentRequest
		want string
	}{
		{CreatePaymentRequest{AccountID: "1", Total: kwd("199.999"), Comment: "a"}, `{"account_id":1,"total":199.999,"comment":"a"}`},
		{CreatePaymentRequest{AccountID: "1", Total: kwd("1000000000000000000000"), Comment: "a"}, `{"account_id":1,"total":1000000000000000000000,"comment":"a"}`},
		{CreatePaymentRequest{AccountID: "1", Total: kwd("0.001"), Comment: "a"}, `{"account_id":1,"total":0.001,"comment":"a"}`},
		{CreatePaymentRequest{AccountID: "999999999999999999", Total: kwd("2"), Comment: `"q" ünïcode`, ManagerID: "77"},
			`{"account_id":999999999999999999,"manager_id":77,"total":2,"comment":"\"q\" ünïcode"}`},
	} {
		if _, err := c.CreatePayment(t.Context(), tt.req); err == nil {
			if diff := cmp.Diff(tt.want, s.lastBody()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		} else {
			t.Error(err)
		}
	}
}

func TestCreatePaymentRefuses(t *testing.T) {
	s := serve(t, nil)
	c := newTestClient(t, s.URL)
	good := CreatePaymentRequest{AccountID: "1", Total: usd(t, "1"), Comment: "c"}
	eur, err := payment.ParseMoney("1", "EUR")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(*CreatePaymentRequest)
		field  string
		kind   error
	}{
		"no account":         {func(r *CreatePaymentRequest) { r.AccountID = "" }, "AccountID", payment.ErrInvalidRequest},
		"account is a path":  {func(r *CreatePaymentRequest) { r.AccountID = "../1" }, "AccountID", payment.ErrInvalidRequest},
		"account with zeros": {func(r *CreatePaymentRequest) { r.AccountID = "01" }, "AccountID", payment.ErrInvalidRequest},
		"huge account":       {func(r *CreatePaymentRequest) { r.AccountID = "1234567890123456789" }, "AccountID", payment.ErrInvalidRequest},
		"no total":           {func(r *CreatePaymentRequest) { r.Total = payment.Money{} }, "Amount", payment.ErrInvalidRequest},
		"nothing":            {func(r *CreatePaymentRequest) { r.Total = usd(t, "0") }, "Amount", payment.ErrInvalidRequest},
		"another currency":   {func(r *CreatePaymentRequest) { r.Total = eur }, "Amount", payment.ErrCurrencyMismatch},
		"no comment":         {func(r *CreatePaymentRequest) { r.Comment = "" }, "Comment", payment.ErrInvalidRequest},
		"odd comment":        {func(r *CreatePaymentRequest) { r.Comment = "\xff" }, "Comment", payment.ErrInvalidRequest},
		"odd manager":        {func(r *CreatePaymentRequest) { r.ManagerID = "x" }, "ManagerID", payment.ErrInvalidRequest},
	} {
		req := good
		tt.change(&req)
		_, err := c.CreatePayment(t.Context(), req)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != tt.field || !errors.Is(err, tt.kind) || e.Outcome != payment.NotSent {
			t.Errorf("%s: got %v, want NotSent for %s", name, err, tt.field)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

// TestUnusableAnswers: a success that cannot be read, or is not ours, is Unknown.
func TestUnusableAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"empty":           "",
		"HTML":            "<html></html>",
		"null":            "null",
		"array":           "[1]",
		"text":            `"ok"`,
		"no id":           `{"account_id":2000532}`,
		"id is null":      `{"id":null}`,
		"id is a word":    `{"id":"new"}`,
		"cut":             fixture(t, "v1-create.json")[:40],
		"another account": `{"id":1,"account_id":2000533}`,
		"an error inside": `{"error":"no"}`,
		"many":            `{"id":1}{"id":2}`,
	} {
		s := serve(t, map[string]answer{createV1Route: {body: body}})
		_, err := newTestClient(t, s.URL).CreatePayment(t.Context(), CreatePaymentRequest{AccountID: testAccount, Total: usd(t, "100"), Comment: "Cash"})
		if err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: %v, want Unknown", name, err)
		}
		if n := len(s.requests()); n != 1 {
			t.Errorf("%s: sent %d times", name, n)
		}
	}
}

// TestTolerantAnswers: nothing but the id is needed, and nothing else that is odd fails a payment.
func TestTolerantAnswers(t *testing.T) {
	raw := `{"id":"7","account_id":"2000532","total":100,"comment":null,"status":"brand_new","document_id":6131,
		"created_at":12,"manager_id":"9","denominated":"no","orders":{},"expiration_date":"2016-08-12","more":[1]}`
	got, err := decodePayment(json.RawMessage(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := Payment{ID: "7", AccountID: "2000532", Total: "100", Status: "brand_new", DocumentID: "6131", CreatedAt: "12",
		ManagerID: "9", ExpirationDate: "2016-08-12", Raw: json.RawMessage(raw)}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Payment{}, "Denominated")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestGetPayment(t *testing.T) {
	const route = "GET /api/vendor/v1/payments/2007041.json"
	s := serve(t, map[string]answer{route: {body: fixture(t, "v1-complete.json")}})
	got, err := newTestClient(t, s.URL).GetPayment(t.Context(), "2007041")
	if err != nil {
		t.Fatal(err)
	}
	want := Payment{
		ID: "2007041", DocumentID: "P006132", Status: StatusCompleted, AccountID: "2000532", Total: "100.0", Comment: "Cash",
		CreatedAt: "2016-10-04T11:17:40.467+03:00", UpdatedAt: "2016-10-04T11:17:40.467+03:00",
		RequesterIP: ptr("178.159.242.50"), PaymentMethodID: "1", PaymentMethodName: ptr("Bank transfer"),
		Orders: []Order{{
			ID: "2010313", DocumentID: "RN002936", Status: "cancelled", AccountID: "2000532", Type: "RenewalOrder",
			CreatedAt: "2016-08-12T16:32:20.964+03:00", UpdatedAt: "2016-10-01T01:03:56.000+03:00", ExpirationDate: "2016-08-12",
			Total: "230", PaymentID: "2006909", Charges: json.RawMessage("[]"),
			Items: json.RawMessage(`[{"id":1,"target_id":2,"target_type":"Subscription","type":"ProvisioningItem::New"}]`),
		}},
		Raw: json.RawMessage(fixture(t, "v1-complete.json")),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	s.answers[route] = answer{body: fixture(t, "v1-get.json")} // of 2007039
	_, err = newTestClient(t, s.URL).GetPayment(t.Context(), "2007041")
	if !errors.Is(err, errOtherPayment) || payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("another payment's answer: %v", err)
	}
	_, err = newTestClient(t, s.URL).GetPayment(t.Context(), "2007041.json?x=")
	if !errors.Is(err, payment.ErrInvalidRequest) || payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("odd id: %v", err)
	}
}

func TestCompletePayment(t *testing.T) {
	s := serve(t, map[string]answer{"POST /api/vendor/v1/payments/2007041/complete.json": {body: fixture(t, "v1-complete.json")}})
	c := newTestClient(t, s.URL)
	p, err := c.CompletePayment(t.Context(), "2007041", "1")
	if err != nil || p.Status != StatusCompleted || p.PaymentMethodID != "1" {
		t.Fatalf("%+v, %v", p, err)
	}
	if diff := cmp.Diff(fixture(t, "v1-complete-request.json"), s.lastBody()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	for _, ids := range [][2]ID{{"", "1"}, {"1", ""}, {"1/2", "1"}} {
		if _, err := c.CompletePayment(t.Context(), ids[0], ids[1]); payment.OutcomeOf(err) != payment.NotSent {
			t.Errorf("%v: %v", ids, err)
		}
	}
}

func TestTimestamp(t *testing.T) {
	minsk := time.FixedZone("", 3*60*60)
	want := time.Date(2016, 10, 4, 10, 52, 17, 0, minsk)
	for text, tt := range map[Timestamp]struct {
		instant bool
		want    time.Time
	}{
		"2016-10-04T10:52:17.813+03:00":   {true, want.Add(813 * time.Millisecond)},
		"2016-10-04T10:52:17.813416+0300": {true, want.Add(813416 * time.Microsecond)},
		"2016-10-04T07:52:17Z":            {true, want},
		"2016-10-04T10:52:17":             {false, want},
		"2016-10-04":                      {false, time.Date(2016, 10, 4, 0, 0, 0, 0, minsk)},
	} {
		at, err := text.Time()
		if (err == nil) != tt.instant || err == nil && !at.Equal(tt.want) {
			t.Errorf("%s: %v, %v", text, at, err)
		}
		if at, err := text.In(minsk); err != nil || !at.Equal(tt.want) {
			t.Errorf("%s in a zone: %v, %v", text, at, err)
		}
	}
	for _, text := range []Timestamp{"", "soon", "2016-13-01", "12"} {
		if at, err := text.In(minsk); err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%q: %v, %v", text, at, err)
		}
	}
}

func TestStatus(t *testing.T) {
	for s, want := range map[Status]struct {
		final bool
		is    payment.Status
	}{
		StatusWaitingForPayment: {false, payment.Pending}, StatusReceiptCreating: {false, payment.Pending},
		StatusReceiptSent: {false, payment.Pending}, StatusPendingBilling: {false, payment.Pending},
		StatusExpired: {false, payment.Pending}, StatusProcessing: {false, payment.Pending},
		StatusCompleted: {true, payment.Succeeded}, StatusPaidFromBalance: {true, payment.Succeeded},
		StatusCancelled: {true, payment.Pending}, "completed ": {false, payment.Pending}, "": {false, payment.Pending},
		"brand_new": {false, payment.Pending},
	} {
		if s.IsFinal() != want.final || s.status() != want.is {
			t.Errorf("%q: final %t, %s", s, s.IsFinal(), s.status())
		}
	}
}
