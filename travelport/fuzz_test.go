package travelport

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/internal/wire"
	"github.com/supplierpay/supplierpay-go/payment"
)

// seeds adds the recorded bodies.
func seeds(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob(filepath.Join("..", "testdata", "travelport", "*"))
	if err != nil || len(names) == 0 {
		f.Fatal("no recorded bodies", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range []string{`null`, `[]`, `{"ReservationResponse":null}`, `{"PaymentResponse":{"Payment":{"Identifier":{"value":7}}}}`} {
		f.Add([]byte(s))
	}
}

func answerOf(body []byte) *call.Answer {
	return &call.Answer{Status: 200, Header: http.Header{}, Body: body}
}

// FuzzError: no body panics, and an explanation has an entry.
func FuzzError(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		ex, known := explain(answerOf(body))
		var said *Error
		if known != (ex.Err != nil) || known && (!errors.As(ex.Err, &said) || len(said.Entries) == 0 || said.Error() == "") {
			t.Fatalf("%+v, %v", ex, known)
		}
	})
}

// FuzzPayment: a payment that is accepted has an identifier and came without errors.
func FuzzPayment(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		resp, err := decodePayment(answerOf(body))
		if _, found := parseError(body); err == nil && (resp.Payment.value() == "" || found) {
			t.Fatalf("%+v", resp)
		}
		if err != nil && payment.OutcomeOf(err) == payment.NotSent {
			t.Fatalf("an answer cannot be NotSent: %v", err)
		}
	})
}

// FuzzFormOfPayment: no answer panics.
func FuzzFormOfPayment(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if resp, err := decodeFormOfPayment(answerOf(body)); err == nil && resp.FormOfPayment == nil {
			t.Fatalf("%+v", resp)
		}
	})
}

// FuzzReservation: whatever is read as a reservation can be judged and marshalled, and a judgement adds up.
func FuzzReservation(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		var resp ReservationResponse
		err := decodeReservation(answerOf(body), payment.Unknown, &resp)
		if err != nil {
			return
		}
		p := plan{Offers: []expected{{Offer: "4ac0a1d8-fd2a-4192-83f5-cab69979ef4e", ID: "offer_1", Kind: expectTicket, Travelers: 2}, {ID: "an_o1", Documents: 1}}}
		if found := p.judge(resp.Reservation, payment.Money{}); found.have > found.want || found.want != 3 || found.complete() && standing(resp.Reservation) == "" {
			t.Fatalf("%+v", found)
		}
		_, _ = resolve([]part{{}}, resp.Reservation)
		_, _ = addUp(resp.Reservation.Payment)
		if _, err := json.Marshal(resp); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzDone: what confirms is Travelport's own, or nothing at all.
func FuzzDone(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := done(answerOf(body)); err == nil && len(bytes.TrimSpace(body)) > 0 && !wire.IsObject(body) {
			t.Fatalf("%q confirms", body)
		}
	})
}

// FuzzReads: lists of receipts, tickets and documents.
func FuzzReads(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for key, v := range map[string]any{
			"ReceiptListResponse": &ReceiptListResponse{}, "TicketListResponse": &TicketListResponse{}, "TicketIdResponse": &TicketIDResponse{},
			"DocumentHistoryListResponse": &DocumentListResponse{}, "DocumentHistoryResponse": &DocumentHistoryResponse{},
			"DocumentVoidListResponse": &DocumentVoidResponse{},
		} {
			if raw, err := open(answerOf(body), key, payment.Unknown); err == nil && wire.UnmarshalLenient(raw, v) == nil {
				if _, err := json.Marshal(v); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// FuzzToken: a token can stand in a header.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"access_token":"x","token_type":"Bearer","expires_in":86400}`))
	f.Add([]byte(`{"access_token":"x\n","expires_in":"1e9"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		g, err := decodeToken(body)
		if err != nil {
			return
		}
		for _, r := range g.Value.Reveal() {
			if r <= ' ' || r > '~' {
				t.Fatalf("token %q", g.Value.Reveal())
			}
		}
		if g.Value.IsZero() || g.Lifetime < 0 {
			t.Fatalf("%+v", g)
		}
	})
}

// FuzzAttempt: what a journal gives back never panics.
func FuzzAttempt(f *testing.F) {
	f.Add(`{"form":"FormOfPaymentCash","amount":"1","offers":[{"offer":"A"}]}`, `{"offers":[{"offer":"A","id":"offer_1"}]}`, `[{"id":"x"}]`)
	c, err := New(credentials())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, part, what, queued string) {
		a := payment.Attempt{OrderID: testLocator, Ref: map[string]string{"part.1": part}, Marks: []payment.Mark{
			{Step: markBegin}, {Step: markCommit, Ref: map[string]string{refWorkbench: "w", refPlan: what, refPayments: queued}}}}
		q := c.question(a)
		read := ReservationResponse{Reservation: &Reservation{}}
		if _, _, found := q.documents(read); found && q.planned {
			t.Fatalf("found documents in nothing: %+v", q)
		}
		if q.holds(read.Reservation) {
			t.Fatal("found payments in nothing")
		}
	})
}

// FuzzNumber: whatever came as a number can be written, and is the same number when it is read again.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"2773.50", "", "1e2", "1e999999999", "-0", "NaN", "\"", "12 USD"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written, err := json.Marshal(Number(text))
		if err != nil {
			t.Fatalf("%q cannot be written: %v", text, err)
		}
		var again Number
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatal(err)
		}
		want, err := Number(text).Decimal()
		got, err2 := again.Decimal()
		if (err == nil) != (err2 == nil) && len(text) < 60 || err == nil && err2 == nil && !got.Equal(want) {
			t.Fatalf("%q written as %s is %v, want %v (%v, %v)", text, written, got, want, err, err2)
		}
		_, _ = Timestamp(text).Time()
	})
}
