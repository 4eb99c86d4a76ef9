package musement

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// TestExplain recognises Musement's error body and nothing else.
func TestExplain(t *testing.T) {
	for name, code := range map[string]string{
		"error-application-missing.json": "2271", "error-unknown-market.json": "-1", "error-no-order.json": "1400",
		"error-not-found.json": "1400", "error-no-participants.json": "1400", "error-cart-closed.json": "-1",
		"error-voucher.json": "9442", "error-general.json": "0", "error-forbidden.json": "0",
	} {
		ex, ok := explain(&call.Answer{Status: 418, Body: []byte(fixture(t, name))})
		var said *Error
		if !ok || ex.Code != code || ex.Message == "" || ex.Kind != nil || !errors.As(ex.Err, &said) || said.Status != 418 || said.Code != code {
			t.Errorf("%s: %+v, %v", name, ex, ok)
		}
	}
	for _, body := range []string{
		``, `null`, `{}`, `[]`, `[{"code":"0","message":"x"}]`, `"0"`, fixture(t, "error-html-502.html"),
		`{"code":502,"message":"Bad Gateway"}`, `{"code":"","message":"x"}`, `{"code":"invalid_token","message":"x"}`,
		`{"code":"0"}`, `{"message":"x"}`, `{"code":"0","message":null}`, `{"code":"0","message":7}`, `{"code":null,"message":"x"}`,
		`{"code":"0","message":"x"`, `{"code":"12345678901234567890","message":"x"}`,
	} {
		if ex, ok := explain(&call.Answer{Status: 422, Body: []byte(body)}); ok {
			t.Errorf("%q explained as %+v", body, ex)
		}
	}
	if got := (&Error{Code: "1400", Message: "a text that may quote a customer"}).Error(); got != "musement said code 1400" {
		t.Errorf("text %q", got)
	}
}

// TestRefusals goes through the statuses of the payment calls: with Musement's body, and with a gateway's.
func TestRefusals(t *testing.T) {
	const no, start, complete = "POST /payments/no/payment", "POST /payments/split/payment", "POST /payments/split/complete_3d_secure"
	said, foreign := fixture(t, "error-general.json"), `{"code":502,"message":"Bad Gateway"}`
	unknown := func(kind error) verdict { return verdict{Outcome: "unknown", Kind: kind} }
	refused := func(kind error) verdict { return verdict{Outcome: "refused", Kind: kind} }
	for _, tt := range []struct {
		route        string
		status       int
		explained    verdict
		withoutABody verdict
	}{
		{route: no, status: 400, explained: refused(payment.ErrInvalidRequest), withoutABody: unknown(payment.ErrInvalidRequest)},
		{route: no, status: 401, explained: refused(payment.ErrUnauthenticated), withoutABody: refused(payment.ErrUnauthenticated)},
		{route: no, status: 403, explained: refused(payment.ErrForbidden), withoutABody: unknown(payment.ErrForbidden)},
		{route: no, status: 404, explained: refused(payment.ErrOrderNotFound), withoutABody: unknown(payment.ErrOrderNotFound)},
		{route: no, status: 409, explained: unknown(payment.ErrAlreadyPaid), withoutABody: unknown(payment.ErrAlreadyPaid)},
		{route: no, status: 422, explained: refused(payment.ErrForbidden), withoutABody: unknown(payment.ErrForbidden)},
		{route: no, status: 423, explained: unknown(payment.ErrAlreadyPaid), withoutABody: unknown(payment.ErrAlreadyPaid)},
		{route: no, status: 429, explained: refused(payment.ErrRateLimited), withoutABody: unknown(payment.ErrRateLimited)},
		{route: no, status: 500, explained: unknown(payment.ErrUnavailable), withoutABody: unknown(payment.ErrUnavailable)},
		{route: start, status: 401, explained: refused(payment.ErrUnauthenticated), withoutABody: refused(payment.ErrUnauthenticated)},
		{route: start, status: 404, explained: refused(payment.ErrOrderNotFound), withoutABody: unknown(payment.ErrOrderNotFound)},
		{route: start, status: 422, explained: refused(payment.ErrDeclined), withoutABody: unknown(payment.ErrDeclined)},
		{route: start, status: 423, explained: unknown(payment.ErrAlreadyPaid), withoutABody: unknown(payment.ErrAlreadyPaid)},
		{route: start, status: 503, explained: unknown(payment.ErrUnavailable), withoutABody: unknown(payment.ErrUnavailable)},
		{route: complete, status: 401, explained: refused(payment.ErrUnauthenticated), withoutABody: refused(payment.ErrUnauthenticated)},
		{route: complete, status: 404, explained: refused(payment.ErrOrderNotFound), withoutABody: unknown(payment.ErrOrderNotFound)},
		{route: complete, status: 422, explained: refused(payment.ErrDeclined), withoutABody: unknown(payment.ErrDeclined)},
		{route: complete, status: 423, explained: unknown(payment.ErrAlreadyPaid), withoutABody: unknown(payment.ErrAlreadyPaid)},
		{route: complete, status: 503, explained: unknown(payment.ErrUnavailable), withoutABody: unknown(payment.ErrUnavailable)},
	} {
		for body, want := range map[string]verdict{said: tt.explained, "": tt.withoutABody, foreign: tt.withoutABody} {
			s := serve(t, map[string]answer{tt.route: {status: tt.status, body: body}})
			err := callRoute(t, s.client(t), tt.route)
			if diff := cmp.Diff(want.Outcome, judged(payment.Payment{}, err).Outcome); diff != "" || !errors.Is(err, want.Kind) {
				t.Errorf("%s %d %q: %v, want %+v", tt.route, tt.status, body, err, want)
			}
			if got := s.requests(); len(got) != 1 {
				t.Errorf("%s %d: sent %d times", tt.route, tt.status, len(got))
			}
			var e *Error
			if errors.As(err, &e) != (body == said) {
				t.Errorf("%s %d %q: Musement's own error %v", tt.route, tt.status, body, e)
			}
		}
	}
}

// TestCartRefusals: 423 means there that an order holds the cart.
func TestCartRefusals(t *testing.T) {
	route := "DELETE /carts/" + testCart
	for _, tt := range []struct {
		say  answer
		want verdict
	}{
		{answer{status: 423, body: fixture(t, "error-cart-closed.json")}, verdict{Outcome: "refused", Kind: payment.ErrOrderNotPayable}},
		{answer{status: 423}, verdict{Outcome: "unknown", Kind: payment.ErrOrderNotPayable}},
		{answer{status: 403, body: fixture(t, "error-forbidden.json")}, verdict{Outcome: "refused", Kind: payment.ErrForbidden}},
		{answer{status: 404, body: fixture(t, "error-not-found.json")}, verdict{Outcome: "refused", Kind: payment.ErrOrderNotFound}},
		{answer{body: "false"}, verdict{Outcome: "unknown"}},
	} {
		s := serve(t, map[string]answer{route: tt.say})
		wantVerdict(t, payment.Payment{}, s.client(t).DeleteCart(t.Context(), testCart), tt.want)
	}
}
