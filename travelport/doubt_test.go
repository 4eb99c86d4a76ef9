package travelport

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestReservationIsReadAsBefore compares the reading in one go with the reading member by member, and with the strict
// reading that tells whether something that matters is of another type than documented.
func TestReservationIsReadAsBefore(t *testing.T) {
	for reservation, doubt := range map[string]bool{
		`{"id":"r"}`: false,
		`{"Offer":[{"id":"offer_1","Identifier":{"value":"v"},"Price":{"CurrencyCode":{"value":"USD"},"TotalPrice":1.5}}]}`: false,
		`{"autoDeleteDate":7,"Offer":[{"id":"offer_1"}]}`:                                                                   false, // of no weight
		`{"GroupName":7,"autoDeleteDate":{},"Traveler":[{"gender":1}]}`:                                                     false,
		`{"autoDeleteDate":7,"Offer":[{"id":7}]}`:                                                                           true, // behind one of no weight
		`{"Offer":{"id":"offer_1"}}`:                                                                                        true,
		`{"Offer":[{"Price":{"CurrencyCode":"USD"}}]}`:                                                                      true,
		`{"Payment":[{"Amount":"1.50"}]}`:                                                                                   true,
		`{"Receipt":[{"Document":[{"Number":163}]}]}`:                                                                       true,
		`{"Receipt":[{"Document":{}}]}`:                                                                                     true,
		`{"FormOfPayment":[{"Identifier":"x"}]}`:                                                                            true,
		`{"Traveler":[{"id":1}]}`:                                                                                           true,
		`"text"`:                                                                                                            true, `[]`: true, `7`: true,
	} {
		for _, envelope := range []string{
			`{"Reservation":%}`, `{"transactionId":7,"Reservation":%}`,
			`{"reservation":%,"Result":{"status":"Complete"}}`,
		} {
			body := strings.Replace(envelope, "%", reservation, 1)
			var want, got ReservationResponse
			if err := wire.UnmarshalLenient([]byte(body), &want); err != nil {
				t.Fatal(err)
			}
			a := &call.Answer{Status: 200, Body: []byte(`{"ReservationResponse":` + body + `}`)}
			if err := decodeReservation(a, payment.Unknown, &got); err != nil {
				t.Fatal(err)
			}
			if got.Reservation.doubt != doubt || want.Reservation.doubt != doubt {
				t.Errorf("%s: doubt %v and %v, want %v", body, got.Reservation.doubt, want.Reservation.doubt, doubt)
			}
			got.RequestID = want.RequestID
			if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
				t.Errorf("%s: %s", body, diff)
			}
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestErrorsInAnyMember finds errors wherever Travelport may put them, the last of two members of a name among them.
func TestErrorsInAnyMember(t *testing.T) {
	const some = `{"Result":{"Error":[{"SourceCode":"4178"}]}}`
	for body, want := range map[string]bool{
		some: true, `{"ErrorResponse":` + some + `}`: true, `{"a":{},"b":` + some + `,"c":{}}`: true, `{"a":[` + some + `]}`: false,
		`{"result":{"error":[{"SourceCode":"4178"}]}}`:                   true,
		`{"Result":{"Error":[{"SourceCode":"4178"}],"Error":null}}`:      false,
		`{"a":{"Result":{"Error":[{"SourceCode":"4178"}]},"Result":{}}}`: true,
		`{"a":{"Result":{"Error":"odd"}}}`:                               true,
		`{"Result":{"Error":[]}}`:                                        false,
		`{"Result":{"status":"Complete"}}`:                               false,
		`[` + some + `]`:                                                 false,
		`null`:                                                           false,
		some + `x`:                                                       false,
	} {
		if _, found := parseError([]byte(body)); found != want {
			t.Errorf("%s: found %v", body, found)
		}
	}
}

// TestRepeatedMembersAreUnknown: an answer that says something decisive twice is no answer, and no refusal.
func TestRepeatedMembersAreUnknown(t *testing.T) {
	const (
		refused = `"Result":{"Error":[{"SourceCode":"4178"}]}`
		good    = `{"Payment":{"Identifier":{"value":"v"}},"Reservation":{"id":"r"}}`
	)
	for _, body := range []string{
		`{"%":{"Reservation":{"id":"first"},"Reservation":{"id":"last"},"Payment":{"Identifier":{"value":"v"}}}}`,
		`{"%":{"Reservation":{"id":"first"},"reservation":null,"Payment":{"Identifier":{"value":"v"}}}}`,
		`{"%":` + good + `,"%":` + good + `}`,
		`{"%":{` + refused + `},"%":` + good + `}`,
		`{` + refused + `,"Result":{},"%":` + good + `}`,
		`{` + refused + `,"Result":"no"}`,
	} {
		var resp ReservationResponse
		a := &call.Answer{Status: 200, Body: []byte(strings.ReplaceAll(body, "%", "ReservationResponse"))}
		if err := decodeReservation(a, payment.Refused, &resp); err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: %v", a.Body, err)
		}
		a.Body = []byte(strings.ReplaceAll(body, "%", "PaymentResponse"))
		if _, err := decodePayment(a); err == nil || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: %v", a.Body, err)
		}
	}
}

// TestBrokenAnswersAreNotRead cuts and breaks answers in every place: what is left is neither an answer nor a refusal.
func TestBrokenAnswersAreNotRead(t *testing.T) {
	for _, body := range []string{
		`{"PaymentResponse":{"Payment":{"Identifier":{"value":"v"}},"transactionId":"t"},"x":[1]}`,
		`{"PaymentResponse":{"Result":{"Error":[{"SourceCode":"4178"}]}}, "x":{"y":1}}`,
		`{"ErrorResponse":{"Result":{"Error":[{"SourceCode":"4178"}]}},"PaymentResponse":{"x":1}}`,
	} {
		for i := range len(body) {
			for _, broken := range []string{body[:i], body[:i] + "\x00" + body[i:]} {
				_, err := decodePayment(&call.Answer{Status: 201, Body: []byte(broken)})
				if err == nil || payment.OutcomeOf(err) != payment.Unknown {
					t.Errorf("%q: %v", broken, err)
				}
				var resp ReservationResponse
				broken = strings.Replace(broken, "PaymentResponse", "ReservationResponse", 1)
				broken = strings.Replace(broken, `"Payment"`, `"Reservation"`, 1)
				err = decodeReservation(&call.Answer{Status: 201, Body: []byte(broken)}, payment.Refused, &resp)
				if err == nil || payment.OutcomeOf(err) != payment.Unknown {
					t.Errorf("%q: %v", broken, err)
				}
			}
		}
	}
}
