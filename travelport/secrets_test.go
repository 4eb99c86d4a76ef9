package travelport

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

var canaries = []string{testPassword, testSecret, testToken, testPAN, testCVV, testCAVV}

// wantNoCanary looks for secrets in every way to print v.
func wantNoCanary(t *testing.T, what string, v any) {
	t.Helper()
	texts := []string{fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v), fmt.Sprintf("%s", v), fmt.Sprintf("%q", v)}
	if b, err := json.Marshal(v); err == nil {
		texts = append(texts, string(b))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	texts = append(texts, withoutTime(log.String()))
	for _, text := range texts {
		for _, c := range canaries {
			if strings.Contains(text, c) {
				t.Errorf("%s shows %s: %s", what, c, text)
			}
		}
	}
}

// withoutTime drops the time stamps of log lines, whose digits may be anything.
func withoutTime(log string) string {
	var kept []string
	for line := range strings.Lines(log) {
		_, rest, _ := strings.Cut(line, "level")
		kept = append(kept, rest)
	}
	return strings.Join(kept, "")
}

// secretForm is a card with every secret that a form of payment can have.
func secretForm() FormOfPayment {
	f := *card()
	f.ID = "f1"
	f.PaymentCard.ThreeDomainSecurity = &ThreeDomainSecurity{Results: &ThreeDomainSecurityResults{
		CAVV: payment.NewSecret(testCAVV), XID: payment.NewSecret(testCAVV + "x"), TransactionID: payment.NewSecret(testCAVV + "t")}}
	f.PaymentCard.MagneticStripe = []SecureValue{{PlainText: payment.NewSecret("%B" + testPAN + "^"), EncryptionKey: payment.NewSecret(testSecret),
		EncryptedValue: payment.NewSecret(testPAN), Token: payment.NewSecret(testPAN)}}
	return f
}

// echo quotes the request, the token and everything secret in its refusals.
func echo(status int, envelope string) string {
	entry := fmt.Sprintf(`{"@type":"ErrorDetail","StatusCode":400,"Message":"card %[1]s %[2]s %[3]s","SourceCode":"x %[1]s","SourceDescription":"%[4]s %[5]s %[6]s","SourceID":"%[1]s","NameValuePair":[{"name":"n","value":"%[1]s %[2]s"}]}`,
		testPAN, testCVV, testCAVV, testToken, testPassword, testSecret)
	if status == 502 {
		return "<html>" + testToken + testPAN
	}
	return `{"` + envelope + `":{"transactionId":"` + testPAN + `","Result":{"Error":[` + entry + `]}}}`
}

func TestSecretsStayIn(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	wantNoCanary(t, "credentials", credentials())
	wantNoCanary(t, "form of payment", secretForm())
	wantNoCanary(t, "details", Details{Parts: []Part{{FormOfPayment: ptr(secretForm())}}})
	for _, status := range []int{200, 400, 401, 500, 502} {
		s := serve(t, map[string]answer{
			"POST " + fopsPath: {status: status, body: echo(status, "FormOfPaymentResponse"), header: http.Header{"Transactionid": {testPAN}}},
		})
		c := s.client(t, WithLogger(logger))
		wantNoCanary(t, "client", c)
		wantNoCanary(t, "client value", *c)
		w := c.Workbench(testBench, "t")
		_, err := w.AddFormOfPayment(t.Context(), secretForm(), nil)
		if err == nil || !strings.Contains(s.body(), testPAN) || !strings.Contains(s.body(), testCAVV) {
			t.Fatalf("%d: %v, sent %s", status, err, s.body())
		}
		wantNoCanary(t, "workbench", w)
		wantNoCanary(t, "error", err)
		var said *Error
		if errors.As(err, &said) {
			wantNoCanary(t, "travelport's error", said)
		}
	}
	for _, c := range canaries {
		if strings.Contains(withoutTime(log.String()), c) {
			t.Errorf("the log shows %s: %s", c, log.String())
		}
	}
	if !strings.Contains(log.String(), "AddFormOfPayment") {
		t.Errorf("nothing was logged: %s", log.String())
	}
}

// TestSecretsOfAPayment: neither the answer of Pay nor what a journal keeps shows a secret, also where Travelport quotes one.
func TestSecretsOfAPayment(t *testing.T) {
	s := simulate(t, travelporttest.Reservation{})
	req := s.request(t)
	req.Details = Details{Parts: []Part{{FormOfPayment: ptr(secretForm())}}}
	p, err := s.pay(t, req)
	if err != nil || !p.Paid() {
		t.Fatal(err)
	}
	wantNoCanary(t, "payment", p)
	wantNoCanary(t, "typed answer", p.Raw)
	wantNoCanary(t, "attempt", s.journal.attempt(t, s.client, req))
	wantNoCanary(t, "request", req)

	var r Reservation
	quoted := `{"FormOfPayment":[{"@type":"FormOfPaymentPaymentCard","PaymentCard":{"CardNumber":{"PlainText":"` + testPAN + `","token":"` + testPAN +
		`"},"SeriesCode":{"PlainText":"` + testCVV + `"},"ThreeDomainSecurity":{"ThreeDomainSecurityResults":{"cAVV":"` + testCAVV + `"}}}}]}`
	if err := json.Unmarshal([]byte(quoted), &r); err != nil || r.FormOfPayment[0].PaymentCard.CardNumber.PlainText.Reveal() != testPAN {
		t.Fatal(err)
	}
	wantNoCanary(t, "reservation", r)
}
