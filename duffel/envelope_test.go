package duffel

import (
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call"
)

// TestBrokenAnswersAreNotRead cuts and breaks a good answer in every place: what is left is no payment.
func TestBrokenAnswersAreNotRead(t *testing.T) {
	good := `{"data":{"id":"pay_1","order_id":"ord_1","status":"succeeded","amount":"30.20","currency":"GBP"},"meta":{"a":[1,2]}}`
	whole := CreatePaymentRequest{OrderID: "ord_1", Payment: &NewPayment{}}
	split := CreatePaymentRequest{OrderID: "ord_1", Payments: []NewPayment{{}}}
	for _, req := range []CreatePaymentRequest{whole, split} {
		read := func(body string) error {
			_, err := createdPayment(&call.Answer{Status: 201, Body: []byte(body)}, req)
			return err
		}
		if err := read(good); err != nil {
			t.Fatal(err)
		}
		for i := range len(good) {
			if err := read(good[:i]); err == nil {
				t.Errorf("read an answer that was cut: %s", good[:i])
			}
			if body := good[:i] + "\x00" + good[i:]; read(body) == nil {
				t.Errorf("read an answer with a zero byte: %q", body)
			}
		}
		for _, body := range []string{good + "x", strings.Replace(good, "}", "]", 1), strings.Replace(good, `"a"`, `a`, 1),
			`{"data":{x},"Data":{"id":"pay_1"}}`, strings.Replace(good, `"status"`, `status`, 1)} {
			if read(body) == nil {
				t.Errorf("read %s", body)
			}
		}
	}
}
