package travelport

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

const fopsPath = "/11/air/payment/reservationworkbench/" + testBench + "/formofpayment"

// secureEqual compares secrets by their values.
var secureEqual = cmp.Comparer(func(a, b payment.Secret) bool { return a.Equal(b) })

func TestAddFormOfPaymentBytes(t *testing.T) {
	id := &Identifier{Authority: "Travelport", Value: "A0656EFF-FAF4-456F-B061-0161008D7C4E"}
	head := func(class, n string) string {
		return `{"` + class + `":{"id":"formOfPayment_` + n + `","FormOfPaymentRef":"formOfPayment_` + n +
			`","Identifier":{"authority":"Travelport","value":"A0656EFF-FAF4-456F-B061-0161008D7C4E"}`
	}
	form := func(f FormOfPayment) FormOfPayment {
		f.Identifier = id
		if f.ID == "" {
			f.ID = "formOfPayment_1"
		}
		return f
	}
	docCard := FormOfPayment{Type: FormOfPaymentPaymentCard, ID: "formOfPayment_4", PaymentCard: &PaymentCard{
		ID: "paymentCard_1", ExpireDate: "0624", CardType: CardCredit, CardCode: "VI", CardHolderName: "TEST HOLDER",
		CardNumber: PlainText("4111111111111111"), SeriesCode: PlainText("123")}}
	cardBytes := head("FormOfPaymentPaymentCard", "4") + `,"PaymentCard":{"@type":"PaymentCard","id":"paymentCard_1","expireDate":"0624",` +
		`"CardType":"Credit","CardCode":"VI","CardHolderName":"TEST HOLDER","CardNumber":{"PlainText":"4111111111111111"},"SeriesCode":{"PlainText":"123"}}}}`
	secure := FormOfPayment{Type: FormOfPaymentPaymentCard, InhibitPaymentCardAuthorizationInd: ptr(false),
		ExtendedPayment: &ExtendedPayment{NumberOfInstallments: 3, FirstInstallment: "10.50"},
		PaymentCard: &PaymentCard{
			CardNumber: &SecureValue{Type: "CardNumber", Token: payment.NewSecret("tok"), TokenProviderID: "P"},
			Address:    &Address{City: "PARIS", Country: &NamedValue{Value: "FR"}},
			ThreeDomainSecurity: &ThreeDomainSecurity{
				Gateway: &ThreeDomainSecurityGateway{ECI: "05", MerchantID: "m", URL: "u"},
				Results: &ThreeDomainSecurityResults{CAVV: payment.NewSecret(testCAVV), PAResStatus: "Y", SignatureVerification: "Y",
					TransactionID: payment.NewSecret("tx"), XID: payment.NewSecret("x"), ECI: "05", UCAFIndicator: "2"}},
		}}
	for name, tt := range map[string]struct {
		form FormOfPayment
		opts []Option
		want string
	}{
		"cash": {form(FormOfPayment{Type: FormOfPaymentCash, AgentNonRefundableInd: ptr(true)}), nil,
			head("FormOfPaymentCash", "1") + `,"agentNonRefundableInd":true}}`},
		"flat": {form(FormOfPayment{Type: FormOfPaymentCash}), []Option{WithFlat(BodyFormOfPayment)},
			`{"@type":"FormOfPaymentCash",` + strings.TrimPrefix(head("FormOfPaymentCash", "1"), `{"FormOfPaymentCash":{`) + "}"},
		"card": {form(docCard), nil, cardBytes},
		"card with 3-D Secure": {form(secure), nil, head("FormOfPaymentPaymentCard", "1") +
			`,"inhibitPaymentCardAuthorizationInd":false,"ExtendedPayment":{"NumberOfInstallments":3,"FirstInstallment":10.50},` +
			`"PaymentCard":{"@type":"PaymentCardDetail","Address":{"City":"PARIS","Country":{"value":"FR"}},` +
			`"CardNumber":{"@type":"CardNumber","tokenProviderID":"P","token":"tok"},` +
			`"ThreeDomainSecurity":{"ThreeDomainSecurityGateway":{"eCI":"05","merchantID":"m","uRL":"u"},` +
			`"ThreeDomainSecurityResults":{"pAResStatus":"Y","signatureVerfication":"Y","eCI":"05","uCAFIndicator":"2","cAVV":"` + testCAVV + `","transactionID":"tx","xID":"x"}}}}}`},
		"invoice":        {form(FormOfPayment{Type: FormOfPaymentInvoice, InvoiceNumber: "I1"}), nil, head("FormOfPaymentInvoice", "1") + `,"InvoiceNumber":"I1"}}`},
		"BSP":            {form(FormOfPayment{Type: FormOfPaymentBSP, AccountNumber: "B1"}), nil, head("FormOfPaymentBSP", "1") + `,"accountNumber":"B1"}}`},
		"agency account": {form(FormOfPayment{Type: FormOfPaymentAgencyAccount, AgencyID: "A1"}), nil, head("FormOfPaymentAgencyAccount", "1") + `,"agencyId":"A1"}}`},
		"document": {form(FormOfPayment{Type: FormOfPaymentDocument, DocumentNumber: &DocumentNumber{Value: "0161", DocumentType: "EMD"}}), nil,
			head("FormOfPaymentDocument", "1") + `,"DocumentNumber":{"value":"0161","documentType":"EMD"}}}`},
		"forfeit": {form(FormOfPayment{Type: FormOfPaymentForfeit, ForfeitInd: ptr(true)}), nil, head("FormOfPaymentForfeit", "1") + `,"forfeitInd":true}}`},
		"waiver": {form(FormOfPayment{Type: FormOfPaymentWaiverCode, WaiverCode: &WaiverCode{Value: "W", ReasonCode: ptr(0)}}), nil,
			head("FormOfPaymentWaiverCode", "1") + `,"WaiverCode":{"value":"W","reasonCode":0}}}`},
		"virtual account": {form(FormOfPayment{Type: FormOfPaymentVirtualPaymentAccount, AccountID: "V", MaximumChargeableAmount: []CurrencyAmount{{Code: "USD", Value: "9.90"}}}), nil,
			head("FormOfPaymentVirtualPaymentAccount", "1") + `,"AccountID":"V","MaximumChargeableAmount":[{"code":"USD","value":9.90}]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST " + fopsPath: {status: 201, body: fixture(t, "fop-response.json")}})
			resp, err := s.client(t, tt.opts...).Workbench(testBench, "t").AddFormOfPayment(t.Context(), tt.form, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.body()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if resp.FormOfPayment.ID != "formOfPayment_1" || resp.FormOfPayment.Identifier.Value != id.Value {
				t.Errorf("response %+v", resp.FormOfPayment)
			}
		})
	}
	// The documented examples have the same members in another order.
	for name, got := range map[string]string{"fop-cash-request.json": head("FormOfPaymentCash", "1") + `,"agentNonRefundableInd":true}}`, "fop-card-request.json": cardBytes} {
		if diff := cmp.Diff(values(t, fixture(t, name)), values(t, got)); diff != "" {
			t.Errorf("%s (-page +golden):\n%s", name, diff)
		}
	}
}

func TestFormOfPaymentCalls(t *testing.T) {
	s := serve(t, map[string]answer{
		"POST " + fopsPath:                        {body: fixture(t, "fop-response.json")},
		"PUT " + fopsPath + "/formOfPayment_1":    {status: http.StatusNoContent},
		"DELETE " + fopsPath + "/formOfPayment_1": {status: http.StatusNoContent},
		"DELETE " + fopsPath + "/formOfPayment_2": {body: `{"FormOfPaymentResponse":{"Result":{"Error":[{"Message":"NOT FOUND"}]}}}`},
	})
	w := s.client(t).Workbench(testBench, "trace-1")
	f := FormOfPayment{Type: FormOfPaymentCash, ID: "formOfPayment_1"}
	if _, err := w.AddFormOfPayment(t.Context(), f, &AddFormOfPaymentParams{AuthorizePaymentInd: ptr(true)}); err != nil {
		t.Error(err)
	}
	if _, err := w.UpdateFormOfPayment(t.Context(), f); err != nil {
		t.Error(err)
	}
	if err := w.DeleteFormOfPayment(t.Context(), "formOfPayment_1"); err != nil {
		t.Error(err)
	}
	if err := w.DeleteFormOfPayment(t.Context(), "formOfPayment_2"); payment.OutcomeOf(err) != payment.Refused {
		t.Error(err)
	}
	want := []string{"POST " + fopsPath + "?authorizePaymentInd=true", "PUT " + fopsPath + "/formOfPayment_1",
		"DELETE " + fopsPath + "/formOfPayment_1", "DELETE " + fopsPath + "/formOfPayment_2"}
	if diff := cmp.Diff(want, s.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestFormOfPaymentRefuses(t *testing.T) {
	s := serve(t, nil)
	c := s.client(t)
	withCard := func(change func(*PaymentCard)) FormOfPayment {
		f := *card()
		f.ID = "f1"
		change(f.PaymentCard)
		return f
	}
	for field, f := range map[string]FormOfPayment{
		"FormOfPayment.Type":           {ID: "f1"},
		"FormOfPayment.ID":             {Type: FormOfPaymentCash},
		"FormOfPayment.PaymentCard":    {Type: FormOfPaymentPaymentCard, ID: "f1"},
		"FormOfPayment.DocumentNumber": {Type: FormOfPaymentDocument, ID: "f1"},
		"FormOfPayment.WaiverCode":     {Type: FormOfPaymentWaiverCode, ID: "f1"},
		"FormOfPayment.AgencyID":       {Type: FormOfPaymentCash, ID: "f1", AgencyID: "A"},
		"PaymentCard.CardNumber":       withCard(func(c *PaymentCard) { c.CardNumber = nil }),
		"PaymentCard.ExpireDate":       withCard(func(c *PaymentCard) { c.ExpireDate = "2806" }),
		"PaymentCard.ApprovalCode":     withCard(func(c *PaymentCard) { c.ApprovalCode = "abc" }),
		"PaymentCard.CardCode":         withCard(func(c *PaymentCard) { c.CardCode = "VISA" }),
	} {
		_, err := c.Workbench(testBench, "t").AddFormOfPayment(t.Context(), f, nil)
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != field || e.Outcome != payment.NotSent {
			t.Errorf("%s: %v", field, err)
		}
	}
	f := FormOfPayment{Type: "FormOfPaymentCheck", ID: "f1"}
	if _, err := c.Workbench(testBench, "t").AddFormOfPayment(t.Context(), f, nil); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("class without documented fields: %v", err)
	}
	if got := s.requests(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
}

// TestFormOfPaymentReads: what Travelport shows of a card is read into secrets, and a class of tomorrow is no error.
func TestFormOfPaymentReads(t *testing.T) {
	const body = `[{"@type":"FormOfPaymentPaymentCard","id":"f1","PaymentCard":{"@type":"PaymentCardDetail","CardNumber":{"PlainText":"4111111111111111","mask":"4111XXXX1111","token":77},
		"ThreeDomainSecurity":{"ThreeDomainSecurityResults":{"cAVV":"c","eCI":"05","signatureVerfication":"Y"}}}},{"@type":"FormOfPaymentHologram","id":"f2","beam":true}]`
	var got []FormOfPayment
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := []FormOfPayment{{Type: FormOfPaymentPaymentCard, ID: "f1", PaymentCard: &PaymentCard{Type: "PaymentCardDetail",
		CardNumber:          &SecureValue{PlainText: payment.NewSecret(testPAN), Mask: "4111XXXX1111", Token: payment.NewSecret("77")},
		ThreeDomainSecurity: &ThreeDomainSecurity{Results: &ThreeDomainSecurityResults{CAVV: payment.NewSecret("c"), ECI: "05", SignatureVerification: "Y"}},
	}}, {Type: "FormOfPaymentHologram", ID: "f2"}}
	if diff := cmp.Diff(want, got, secureEqual); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
