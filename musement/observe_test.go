package musement

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// TestObserveRefusal: observers get the error that the method returns, with what the refusal means for this call and
// without the token that Musement quotes.
func TestObserveRefusal(t *testing.T) {
	var told []error
	for route, a := range map[string]answer{
		"POST /payments/no/payment": {status: 422, body: `{"code":"1","message":"not with ` + canaryToken + `"}`},
		"GET /orders/" + testOrder:  {status: 409, body: `{"code":"2","message":"not with ` + canaryToken + `"}`},
	} {
		c := serve(t, map[string]answer{route: a}).client(t, WithObserver(
			func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) {
				return ctx, func(r httpcall.Result) { told = append(told, r.Err) }
			}))
		_, err := c.PayWithoutCollecting(t.Context(), testOrder)
		want := payment.ErrForbidden
		if strings.HasPrefix(route, "GET") {
			_, err = c.GetOrder(t.Context(), testOrder)
			want = payment.ErrUnavailable
		}
		got := told[len(told)-1]
		if !errors.Is(err, want) || !errors.Is(got, want) || got.Error() != err.Error() {
			t.Errorf("%s: returned %v, told %v", route, err, got)
		}
		var said *Error
		if !errors.As(got, &said) || strings.Contains(fmt.Sprintf("%+v %+v", got, said), canaryToken) {
			t.Errorf("%s: the token shows: %+v", route, said)
		}
	}
}
