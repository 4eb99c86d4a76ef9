package etm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// forms are the spellings in which a secret may come out.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, "/", `\/`),
		string(quoted[1 : len(quoted)-1]), fmt.Sprint([]byte(secret)), fmt.Sprintf("%x", secret),
	}
}

// leaks returns what of the secrets stands in text.
func leaks(text string, secrets []string) []string {
	var found []string
	for _, s := range secrets {
		for _, form := range forms(s) {
			if strings.Contains(text, form) {
				found = append(found, form)
			}
		}
	}
	return found
}

// TestCanary: a provider that quotes every secret in every answer gets none of them into an error, a log, a printed
// client or the JSON of a public value.
func TestCanary(t *testing.T) {
	quoted, err := json.Marshal(strings.Join([]string{testLogin, testPassword, testAppID, testKey, testCookie}, " and "))
	if err != nil {
		t.Fatal(err)
	}
	words := string(quoted)
	slashed := strings.ReplaceAll(words, "/", `\/`)
	session := answer{
		body:   `{"etm_auth_key":"` + testKey + `","message":` + words + `}`,
		header: http.Header{"Set-Cookie": {"etmsessid=" + testCookie}},
	}
	const order = "/api/air/orders/" + testOrder
	for name, auth := range map[string]Authenticator{"B2B": B2BLogin(testLogin, testPassword), "B2C": B2CLogin(testAppID, "EN")} {
		secrets := []string{testKey, testCookie}
		if name == "B2B" {
			secrets = append(secrets, testLogin, testPassword)
		} else {
			secrets = append(secrets, testAppID)
		}
		for _, status := range []int{200, 400, 401, 403, 404, 500} {
			for _, body := range []string{
				`{"status":"error","message":` + words + `}`,
				`{"status":` + words + `,"payload":{"status":` + slashed + `}}`,
				`{"error":` + slashed + `}`,
				`{"status":"ok","data":{"order_id":1053715,"status":` + words + `,"agency":{"login":"` + testLogin + `"},"currency":` + slashed + `}}`,
				`{"status":"ok","data":` + words,
				words,
			} {
				a := answer{status: status, body: body}
				s := serve(t, map[string]answer{
					"POST /api/login": session, "GET /api/login/" + testAppID: session,
					"GET " + order: a, "POST " + order + "/payment": a, "GET /api/x": a, "GET /api/air/orders": a, "GET /api/air/offers": a,
				})
				var logged bytes.Buffer
				c := newTestClient(t, s.URL, auth, WithLogger(slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))))
				direct := newTestClient(t, s.URL, auth, WithoutOrderCheck())
				ctx := t.Context()

				var values []any
				keep := func(v any, err error) { values = append(values, v, err) }
				keep(c.Login(ctx))
				keep(c.GetOrder(ctx, testOrder))
				keep(c.ListOrders(ctx, nil))
				keep(c.GetOffers(ctx, "1"))
				keep(c.Do(ctx, Operation{Method: "GET", Path: []string{"api", "x"}}))
				keep(c.Do(ctx, Operation{Method: "GET", Path: []string{"api", "x"}, ReadsOnly: true}))
				keep(c.Pay(ctx, request(t, testOrder)))
				keep(direct.Pay(ctx, request(t, testOrder)))
				attempt, err := c.Prepare(request(t, testOrder))
				keep(attempt, err)
				keep(c.Lookup(ctx, attempt))
				_, failed := direct.Pay(ctx, request(t, testOrder))
				keep(attempt.After(payment.Payment{}, failed), nil)
				values = append(values, c, auth, c.Timing())

				text := logged.String()
				for _, v := range values {
					text += fmt.Sprintf("%v\n%+v\n%#v\n%s\n", v, v, v, v)
					if b, err := json.Marshal(v); err == nil {
						text += string(b) + "\n"
					}
				}
				if found := leaks(text, secrets); len(found) > 0 {
					t.Fatalf("%s, %d, %s: leaks %q", name, status, body, found)
				}
			}
		}
	}
}

// TestCanarySees: the search for secrets finds one that is printed.
func TestCanarySees(t *testing.T) {
	for _, text := range []string{
		fmt.Sprint(testPassword), fmt.Sprintf("%v", []byte(testPassword)), url.QueryEscape(testPassword), fmt.Sprintf("%x", testPassword),
	} {
		if len(leaks(text, []string{testPassword})) == 0 {
			t.Errorf("%q is not found", text)
		}
	}
}

// TestBlotKeepsNumbers: a secret of digits is taken out of strings, and never out of a number.
func TestBlotKeepsNumbers(t *testing.T) {
	c := newTestClient(t, StageURL, B2BLogin("79161234567", "1053715000"))
	got := string(c.blot([]byte(`{"login":"79161234567","id":79161234567,"amount":1053715000.5,"p":"1053715000"}`), nil))
	if want := `{"login":"[secret]","id":79161234567,"amount":1053715000.5,"p":"[secret]"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
