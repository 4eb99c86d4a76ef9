package activeplatform

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

const paymentsV3 = "/api/v3/resellers/1/payments"

func TestCreatePaymentV3(t *testing.T) {
	s := serve(t, map[string]answer{"POST " + paymentsV3: {status: 201, body: fixture(t, "v3-create.json")}})
	v3 := newTestClient(t, s.URL).V3("1")
	req := CreatePaymentV3Request{AccountID: "463", Total: usd(t, "199.99"), Comment: "top-up payment", Purpose: "prepay payment"}
	p, err := v3.CreatePayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal([]byte(fixture(t, "v3-create.json")), &doc); err != nil {
		t.Fatal(err)
	}
	want := PaymentV3{
		ID: "2162", Type: "payments",
		Attributes: PaymentV3Attributes{
			CreatedAt: "2025-07-28T10:44:11.723416+0300", UpdatedAt: "2025-07-28T10:44:11.723416+0300", AccountID: "463",
			DiscountAmount: "0.0", Total: "199.99", InitialTotal: "199.99", CurrencyCode: "USD", Comment: "top-up payment",
			Status: StatusWaitingForPayment, DocumentID: "002018", Purpose: "prepay payment",
		},
		Relationships: PaymentV3Relationships{
			Orders: RelatedList{[]Related{}}, Invoices: RelatedList{[]Related{}}, Charges: RelatedList{[]Related{}},
			Corrections: RelatedList{[]Related{}}, Reseller: RelatedOne{&Related{"1", "resellers"}},
			Account: RelatedOne{&Related{"463", "accounts"}},
		},
		Raw: doc.Data,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if m, err := p.Money(); err != nil || !m.Equal(usd(t, "199.99")) {
		t.Errorf("money %v, %v", m, err)
	}

	// The documented pair: its answer is for another account than its request.
	req.AccountID = "505"
	_, err = v3.CreatePayment(t.Context(), req)
	if diff := cmp.Diff(fixture(t, "v3-create-request.json"), s.lastBody()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if !errors.Is(err, errOtherAccount) || payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("another account's answer: %v", err)
	}
}

// TestChangesV3 compares the three calls that change a payment.
func TestChangesV3(t *testing.T) {
	s := serve(t, map[string]answer{
		"DELETE " + paymentsV3 + "/6476": {body: fixture(t, "v3-cancel.json")},
		"PATCH " + paymentsV3 + "/6485":  {body: fixture(t, "v3-from-balance.json")},
	})
	v3 := newTestClient(t, s.URL).V3("1")
	for name, tt := range map[string]struct {
		do     func() (PaymentV3, error)
		body   string
		status Status
		closed Timestamp
	}{
		"cancel": {func() (PaymentV3, error) { return v3.CancelPayment(t.Context(), "6476") },
			"", StatusCancelled, "2019-11-01T07:56:50.520553+0300"},
		"complete": {func() (PaymentV3, error) { return v3.CompletePayment(t.Context(), "6485", "2") },
			fixture(t, "v3-complete-request.json"), StatusPaidFromBalance, "2019-11-01T09:51:06.281534+0300"},
		"from balance": {func() (PaymentV3, error) { return v3.CompletePaymentFromBalance(t.Context(), "6485") },
			fixture(t, "v3-from-balance-request.json"), StatusPaidFromBalance, "2019-11-01T09:51:06.281534+0300"},
	} {
		p, err := tt.do()
		if err != nil || p.Attributes.Status != tt.status || p.Attributes.ClosedAt != tt.closed {
			t.Errorf("%s: %+v, %v", name, p.Attributes, err)
		}
		if diff := cmp.Diff(tt.body, s.lastBody()); diff != "" {
			t.Errorf("%s: request (-want +got):\n%s", name, diff)
		}
	}
	p, err := v3.CompletePaymentFromBalance(t.Context(), "6485")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Related{{"8149", "sales_orders"}}, p.Relationships.Orders.Data); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
}

func TestGetPaymentV3Include(t *testing.T) {
	body := `{"data":{"id":2162,"type":"payments","attributes":{"total":199.99}},"included":[{"id":"1","type":"resellers"}]}`
	s := serve(t, map[string]answer{"GET " + paymentsV3 + "/2162": {body: body}})
	p, err := newTestClient(t, s.URL).V3("1").GetPayment(t.Context(), "2162", "reseller", "corrections")
	if err != nil || string(p.Included) != `[{"id":"1","type":"resellers"}]` || p.ID != "2162" || p.Attributes.Total != "199.99" {
		t.Errorf("%+v, %v", p, err)
	}
	if diff := cmp.Diff([]string{"GET " + paymentsV3 + "/2162?include=reseller%2Ccorrections"}, s.requests()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestUnusableAnswersV3: a success that cannot be read, or is not ours, is Unknown for a write and a read.
func TestUnusableAnswersV3(t *testing.T) {
	for name, body := range map[string]string{
		"empty": "", "HTML": "<html></html>", "null": "null", "no data": "{}", "data is null": `{"data":null}`,
		"a list": `{"data":[]}`, "no id": `{"data":{"type":"payments"}}`, "another payment": `{"data":{"id":"9"}}`,
		"errors inside": `{"data":{"id":"6476"},"errors":{"title":"no","status":"422"}}`,
	} {
		s := serve(t, map[string]answer{"DELETE " + paymentsV3 + "/6476": {body: body}, "GET " + paymentsV3 + "/6476": {body: body}})
		v3 := newTestClient(t, s.URL).V3("1")
		if _, err := v3.CancelPayment(t.Context(), "6476"); err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: cancel: %v, want Unknown", name, err)
		}
		if _, err := v3.GetPayment(t.Context(), "6476"); err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: get: %v, want Unknown", name, err)
		}
	}
}

// TestRefusesV3: nothing is sent for ids that are none, of the reseller either.
func TestRefusesV3(t *testing.T) {
	s := serve(t, nil)
	c := newTestClient(t, s.URL)
	ctx := t.Context()
	create := CreatePaymentV3Request{AccountID: "1", Total: usd(t, "1"), Comment: "c"}
	without := func(change func(*CreatePaymentV3Request)) CreatePaymentV3Request { r := create; change(&r); return r }
	for name, tt := range map[string]struct {
		do   func(context.Context, *V3) error
		v3   *V3
		want payment.Outcome
	}{
		"create, reseller": {func(ctx context.Context, v *V3) error { _, err := v.CreatePayment(ctx, create); return err }, c.V3("../2"), payment.NotSent},
		"create, account": {func(ctx context.Context, v *V3) error {
			_, err := v.CreatePayment(ctx, without(func(r *CreatePaymentV3Request) { r.AccountID = "x" }))
			return err
		}, c.V3("1"), payment.NotSent},
		"create, total": {func(ctx context.Context, v *V3) error {
			_, err := v.CreatePayment(ctx, without(func(r *CreatePaymentV3Request) { r.Total = payment.Money{} }))
			return err
		}, c.V3("1"), payment.NotSent},
		"create, comment": {func(ctx context.Context, v *V3) error {
			_, err := v.CreatePayment(ctx, without(func(r *CreatePaymentV3Request) { r.Comment = "" }))
			return err
		}, c.V3("1"), payment.NotSent},
		"cancel":       {func(ctx context.Context, v *V3) error { _, err := v.CancelPayment(ctx, "P006131"); return err }, c.V3("1"), payment.NotSent},
		"complete":     {func(ctx context.Context, v *V3) error { _, err := v.CompletePayment(ctx, "1", ""); return err }, c.V3("1"), payment.NotSent},
		"complete, id": {func(ctx context.Context, v *V3) error { _, err := v.CompletePayment(ctx, "", "1"); return err }, c.V3("1"), payment.NotSent},
		"from balance": {func(ctx context.Context, v *V3) error { _, err := v.CompletePaymentFromBalance(ctx, "1"); return err }, c.V3(""), payment.NotSent},
		"get":          {func(ctx context.Context, v *V3) error { _, err := v.GetPayment(ctx, "1/2"); return err }, c.V3("1"), payment.Unknown},
		"account":      {func(ctx context.Context, v *V3) error { _, err := v.GetAccount(ctx, ".."); return err }, c.V3("1"), payment.Unknown},
		"account, res": {func(ctx context.Context, v *V3) error { _, err := v.GetAccount(ctx, "1"); return err }, c.V3(""), payment.Unknown},
	} {
		err := tt.do(ctx, tt.v3)
		if !errors.Is(err, payment.ErrInvalidRequest) || payment.OutcomeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

func TestGetAccount(t *testing.T) {
	s := serve(t, map[string]answer{"GET /api/v3/resellers/1/accounts/505": {body: fixture(t, "v3-account.json")}})
	a, err := newTestClient(t, s.URL).V3("1").GetAccount(t.Context(), "505")
	if err != nil {
		t.Fatal(err)
	}
	a.Raw = nil
	want := AccountV3{ID: "505", Type: "accounts", Attributes: AccountV3Attributes{
		CreatedAt: "2019-11-01T06:37:31.737051+0300", UpdatedAt: "2019-11-01T06:37:31.737051+0300", ResellerID: "1",
		Name: "Example", AccountClassID: "1", PrimaryName: "Example Ltd", FirstName: "John", LastName: "Doe", Country: "US",
		City: "Springfield", Street: "Main", Building: "1", Office: "2", ZIP: "10001", Phone: "+1(555)0100",
		Email: "john@example.com", Status: "active",
		Balance: "199.99", UsableBalance: "100.0", CurrentDebt: "12.5", SubscriptionCreditLimit: "0",
	}}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
