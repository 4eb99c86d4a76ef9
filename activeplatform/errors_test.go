package activeplatform

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestExplain says which bodies are the platform's own refusals.
func TestExplain(t *testing.T) {
	documented, list := fixture(t, "v3-error-cancel.json"), fixture(t, "v3-errors-list.json")
	for name, tt := range map[string]struct {
		status int
		body   string
		v1, v3 bool
		words  string // of API v3
	}{
		"documented":          {422, documented, false, true, `Only payments with "waiting for payment" status can be cancelled.`},
		"a list":              {422, list, false, true, "account must exist (and 1 more)"},
		"forbidden, v3":       {403, `{"errors":{"title":"This action is forbidden","status":"403"}}`, true, true, "This action is forbidden"},
		"forbidden, JSON":     {403, `{"error":"forbidden"}`, true, false, ""},
		"forbidden, a list":   {403, ` [] `, true, false, ""},
		"forbidden, HTML":     {403, fixture(t, "error-html-502.html"), false, false, ""},
		"forbidden, empty":    {403, "", false, false, ""},
		"forbidden, text":     {403, `"no"`, false, false, ""},
		"forbidden, cut":      {403, `{"error":`, false, false, ""},
		"JSON":                {422, `{"error":"no"}`, false, false, ""},
		"no title":            {422, `{"errors":{"status":"422"}}`, false, false, ""},
		"title is a number":   {422, `{"errors":{"title":5}}`, false, false, ""},
		"errors are text":     {422, `{"errors":"no"}`, false, false, ""},
		"errors are null":     {422, `{"errors":null}`, false, false, ""},
		"no errors":           {422, `{"errors":[]}`, false, false, ""},
		"errors of errors":    {422, `{"errors":[[{"title":"x"}]]}`, false, false, ""},
		"one odd, one proper": {422, `{"errors":[null,{"title":"x","status":422,"detail":[1]}]}`, false, true, "x"},
		"HTML":                {502, fixture(t, "error-html-502.html"), false, false, ""},
		"empty":               {422, "", false, false, ""},
	} {
		a := &call.Answer{Status: tt.status, Body: []byte(tt.body)}
		_, v1 := explainV1(a)
		ex, v3 := explainV3(a)
		if v1 != tt.v1 || v3 != tt.v3 || ex.Message != tt.words {
			t.Errorf("%s: v1 %t, v3 %t %q", name, v1, v3, ex.Message)
		}
	}
}

// TestOutcomes is the table of what an answer to a creation means.
func TestOutcomes(t *testing.T) {
	const json403 = `{"error":"forbidden"}`
	errorsBody := fixture(t, "v3-error-cancel.json")
	html := fixture(t, "error-html-502.html")
	for _, tt := range []struct {
		status int
		body   string
		v1, v3 payment.Outcome
		kind   error
	}{
		{401, "", payment.Refused, payment.Refused, payment.ErrUnauthenticated},
		{401, html, payment.Refused, payment.Refused, payment.ErrUnauthenticated},
		{403, json403, payment.Refused, payment.Unknown, payment.ErrForbidden},
		{403, html, payment.Unknown, payment.Unknown, payment.ErrForbidden},
		{404, json403, payment.Unknown, payment.Unknown, payment.ErrOrderNotFound},
		{422, json403, payment.Unknown, payment.Unknown, payment.ErrInvalidRequest},
		{422, errorsBody, payment.Unknown, payment.Refused, payment.ErrInvalidRequest},
		{429, errorsBody, payment.Unknown, payment.Refused, payment.ErrRateLimited},
		{429, "", payment.Unknown, payment.Unknown, payment.ErrRateLimited},
		{408, errorsBody, payment.Unknown, payment.Unknown, payment.ErrAlreadyPaid},
		{409, errorsBody, payment.Unknown, payment.Unknown, payment.ErrAlreadyPaid},
		{423, errorsBody, payment.Unknown, payment.Unknown, payment.ErrAlreadyPaid},
		{500, errorsBody, payment.Unknown, payment.Unknown, payment.ErrUnavailable},
		{502, html, payment.Unknown, payment.Unknown, payment.ErrUnavailable},
		{503, json403, payment.Unknown, payment.Unknown, payment.ErrUnavailable},
		{302, "", payment.Unknown, payment.Unknown, nil},
		{307, "", payment.Unknown, payment.Unknown, nil},
	} {
		s := serve(t, map[string]answer{
			createV1Route:        {status: tt.status, body: tt.body, header: http.Header{"Location": {"/elsewhere"}}},
			"POST " + paymentsV3: {status: tt.status, body: tt.body, header: http.Header{"Location": {"/elsewhere"}}},
		})
		for name, c := range map[string]*Client{"v1": newTestClient(t, s.URL), "v3": newTestClient(t, s.URL, WithV3("1"))} {
			want := tt.v1
			if name == "v3" {
				want = tt.v3
			}
			_, err := c.Pay(t.Context(), topUpRequest(t, testAccount))
			var said *Error
			if payment.OutcomeOf(err) != want || tt.kind != nil && !errors.Is(err, tt.kind) || !errors.As(err, &said) {
				t.Errorf("%s, %d %.20q: %v, want %s", name, tt.status, tt.body, err, want)
				continue
			}
			if said.Status != tt.status || said.Body != tt.body {
				t.Errorf("%s, %d: kept %+v", name, tt.status, said)
			}
		}
		if n := len(s.requests()); n != 2 {
			t.Errorf("%d: two payments, %d requests", tt.status, n)
		}
	}
}

// TestError shows what is kept of an answer: entries, and a bounded beginning without the token, however short that is.
func TestError(t *testing.T) {
	secrets := []payment.Secret{payment.NewSecret("654321")}
	body := `{"errors":[{"title":"token 654321","status":422},{"title":"b","status":"422"}]}` + strings.Repeat(" ", 5000)
	got := answerError(&call.Answer{Status: 422, Body: []byte(body)}, secrets)
	if len(got.Body) > maxKept+10 {
		t.Errorf("kept %d bytes", len(got.Body))
	}
	if strings.Contains(got.Body, "654321") {
		t.Error("the token shows")
	}
	atTheEdge := strings.Repeat("x", maxKept-3) + "654321"
	if kept := answerError(&call.Answer{Status: 500, Body: []byte(atTheEdge)}, secrets).Body; strings.HasSuffix(kept, "654") {
		t.Error("half of the token shows")
	}
	got.Body = ""
	want := &Error{Status: 422, Entries: []ErrorEntry{{Title: "token [secret]", Status: "422"}, {Title: "b", Status: "422"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
