package duffel

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

func TestCardAnswers(t *testing.T) {
	s := serve(t, map[string]answer{
		"POST /payments/cards":                   {201, nil, fixture(t, "card.json")},
		"POST /payments/three_d_secure_sessions": {201, nil, fixture(t, "three-d-secure-session-challenge.json")},
	})
	c := s.client(t, WithCardsBaseURL(s.URL))
	card, err := c.CreateCard(t.Context(), cardRequest())
	want := Card{ID: testCard, Last4Digits: "4242", Brand: "visa", UnavailableAt: ptr(Timestamp("2020-01-17T10:42:14Z"))}
	if diff := cmp.Diff(want, card); diff != "" || err != nil {
		t.Errorf("card (-want +got):\n%s%v", diff, err)
	}
	session, err := c.CreateThreeDSecureSession(t.Context(), sessionRequest())
	if err != nil || session.ID.Reveal() != testSession || session.ClientID.Reveal() != "3dsc_canary_for_the_browser" ||
		session.CardID != testCard || session.ResourceID != testOrder || !session.NeedsChallenge() || session.ReadyForPayment() {
		t.Errorf("session %+v, %v", session, err)
	}
	for status, want := range map[SessionStatus][2]bool{
		SessionReadyForPayment: {true, false}, SessionChallengeRequired: {false, true}, SessionClientActionRequired: {false, true},
		SessionFailed: {}, SessionExpired: {}, "new": {}, "": {},
	} {
		if s := (ThreeDSecureSession{Status: status}); s.ReadyForPayment() != want[0] || s.NeedsChallenge() != want[1] {
			t.Errorf("%q: ready %v, challenge %v", status, s.ReadyForPayment(), s.NeedsChallenge())
		}
	}
}

// TestVaultIsAnotherOrigin: a card goes to the vault that was configured, and nowhere else.
func TestVaultIsAnotherOrigin(t *testing.T) {
	api, vault := serve(t, nil), serve(t, map[string]answer{"POST /payments/cards": {body: fixture(t, "card.json")}})
	if _, err := api.client(t, WithCardsBaseURL(vault.URL)).CreateCard(t.Context(), cardRequest()); err != nil || len(api.requests()) != 0 {
		t.Errorf("%v, the API got %v", err, api.requests())
	}
	var e *payment.Error
	if _, err := api.client(t).CreateCard(t.Context(), cardRequest()); !errors.As(err, &e) || e.Field != "CardsBaseURL" || e.Outcome != payment.NotSent {
		t.Errorf("no vault: %v", err)
	}
	for _, u := range []string{"", "http://vault.example", "https://user@vault.example"} {
		if _, err := New(testToken, WithCardsBaseURL(u)); !errors.As(err, &e) || e.Field != "CardsBaseURL" {
			t.Errorf("%q: %v", u, err)
		}
	}
	host := ""
	c, err := New(testToken, WithRoundTripper(roundTripper(func(r *http.Request) string { host = r.URL.Host; return fixture(t, "card.json") })))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateCard(t.Context(), cardRequest()); err != nil || host != "api.duffel.cards" {
		t.Errorf("by default: %q, %v", host, err)
	}
}

// TestCardCanary lets the vault quote the card's number, and looks for it, for the session and for the CVC in everything
// that a program may print or keep. Three digits are in times and addresses by chance, so a CVC counts as shown when each of
// three is.
func TestCardCanary(t *testing.T) {
	quote := func(status int) answer {
		return answer{status, nil, `{"errors":[{"type":"validation_error","code":"invalid_card_expiration_date","documentation_url":"","title":"NUMBER","message":"card NUMBER CVC","source":{"field":"NUMBER"}}]}`}
	}
	for _, a := range []answer{quote(422), quote(500), {200, nil, "NUMBERCVC"}, {201, nil, `{"data":{"id":"tcd_1","last_4_digits":"NUMBER","new":"CVC"}}`}} {
		shown := 0
		for _, cvc := range []string{"9182", "5703", "6461"} {
			quoting := a
			quoting.body = strings.NewReplacer("NUMBER", testNumber, "CVC", cvc).Replace(a.body)
			text, secrets := sayCard(t, quoting, cvc)
			for _, secret := range secrets {
				if strings.Contains(text, secret) {
					t.Errorf("%s is shown after %+v", secret, a)
				}
			}
			if strings.Contains(text, cvc) {
				shown++
			}
		}
		if shown == 3 {
			t.Errorf("the CVC is shown after %+v", a)
		}
	}
}

// sayCard makes a card with the CVC against a vault that answers a, and returns everything that can be said of it, and the
// other secrets.
func sayCard(t *testing.T, a answer, cvc string) (said string, secrets []string) {
	s := serve(t, map[string]answer{"POST /payments/cards": a, "POST /payments/three_d_secure_sessions": {201, nil, fixture(t, "three-d-secure-session-challenge.json")}})
	var logs bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := s.client(t, WithCardsBaseURL(s.URL), WithLogger(logger))
	req := cardRequest()
	req.CVC = payment.NewSecret(cvc)
	card, err := c.CreateCard(t.Context(), req)
	session, sessionErr := c.CreateThreeDSecureSession(t.Context(), sessionRequest())
	if sessionErr != nil {
		t.Fatal(sessionErr)
	}
	details := Details{ThreeDSecureSessionID: session.ID, AirlineCredits: []CreditPart{{ID: testCredit, Amount: mustMoney(t, "1.00", "GBP")}}}
	attempt, prepareErr := c.Prepare(payment.Request{Key: "k", OrderID: testOrder, Amount: mustMoney(t, "30.20", "GBP"), Method: MethodCard, Details: details})
	if prepareErr != nil {
		t.Fatal(prepareErr)
	}
	for _, v := range []any{req, &req, card, err, session, &session, details, attempt, c} {
		logger.Info("value", "v", v)
		encoded, _ := json.Marshal(v)
		_, _ = logs.Write(encoded)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			_, _ = fmt.Fprintf(&logs, verb, v)
		}
	}
	return logs.String(), []string{testNumber, testSession, session.ClientID.Reveal(), testToken, fmt.Sprintf("%x", testNumber)}
}

// TestPayByCardAgainstSimulator: card, price, session, payment, and a session that cannot pay.
func TestPayByCardAgainstSimulator(t *testing.T) {
	for status, want := range map[string]error{
		"": nil, "challenge_required": payment.ErrDeclined, "client_action_required": payment.ErrDeclined,
		"failed": payment.ErrDeclined, "expired": payment.ErrDeclined,
	} {
		t.Run(status, func(t *testing.T) {
			srv, c, req := cardSimulator(t, duffeltest.Order{SessionStatus: status, Price: mustMoney(t, "30.00", "GBP"), CardSurcharge: mustMoney(t, "0.20", "GBP")})
			card, err := c.CreateCard(t.Context(), cardRequest())
			if err != nil {
				t.Fatal(err)
			}
			priced, err := c.PriceOrder(t.Context(), req.OrderID, IntendedMethod{Type: MethodCard, CardID: card.ID})
			if err != nil {
				t.Fatal(err)
			}
			if req.Amount, err = priced.Charges(); err != nil || req.Amount.String() != "30.20 GBP" {
				t.Fatal(req.Amount, err)
			}
			session, err := c.CreateThreeDSecureSession(t.Context(), ThreeDSecureSessionRequest{CardID: card.ID, ResourceID: req.OrderID})
			if err != nil || session.ReadyForPayment() != (status == "") || session.NeedsChallenge() == session.ClientID.IsZero() {
				t.Fatalf("%+v, %v", session, err)
			}
			req.Method, req.Details = MethodCard, Details{ThreeDSecureSessionID: session.ID}
			p, err := c.Pay(t.Context(), req)
			if !errors.Is(err, want) || p.Paid() != (want == nil) {
				t.Errorf("Pay: %+v, %v", p, err)
			}
			if want != nil {
				taken(t, srv, req.OrderID, 0)
				return
			}
			taken(t, srv, req.OrderID, 1)
			if _, err := c.CreateThreeDSecureSession(t.Context(), ThreeDSecureSessionRequest{CardID: card.ID, ResourceID: req.OrderID}); !errors.Is(err, payment.ErrOrderNotFound) {
				t.Errorf("a used card: %v", err)
			}
			if err := c.DeleteCard(t.Context(), card.ID); err != nil {
				t.Error(err)
			}
		})
	}
}

// cardSimulator is simulator with a vault and the order re-read before paying.
func cardSimulator(t *testing.T, o duffeltest.Order) (*duffeltest.Server, *Client, payment.Request) {
	t.Helper()
	srv, _, req := simulator(t, o)
	c, err := New(srv.Token, WithBaseURL(srv.URL), WithCardsBaseURL(srv.CardsURL), withoutRetries(), WithVerifyOrder())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return srv, c, req
}

func TestStoredCardAgainstSimulator(t *testing.T) {
	_, c, _ := cardSimulator(t, duffeltest.Order{})
	req := cardRequest()
	req.MultiUse = true
	stored, err := c.CreateCard(t.Context(), req)
	if err != nil || !stored.MultiUse || stored.UnavailableAt != nil {
		t.Fatalf("%+v, %v", stored, err)
	}
	again, err := c.CreateCard(t.Context(), CreateCardRequest{CardID: stored.ID, CVC: req.CVC})
	if err != nil || again.MultiUse || again.UnavailableAt == nil || again.Last4Digits != "4242" {
		t.Errorf("%+v, %v", again, err)
	}
	req.ExpiryYear = "2030"
	var said *Error
	if _, err := c.CreateCard(t.Context(), req); payment.OutcomeOf(err) != payment.Refused || !errors.As(err, &said) || said.Entries[0].Source.Field != "expiry_year" {
		t.Errorf("a bad year: %v", err)
	}
}
