package etm

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// TestObserve: observers and the caller are told of every call of a payment, in order, the login first and without its answer.
func TestObserve(t *testing.T) {
	var begun, ended, told []string
	line := func(r httpcall.Result) string {
		return fmt.Sprint(r.Operation, " ", r.Method, " ", r.Route, " ", r.Status, " ", r.Write, " ", len(r.Body()) > 0)
	}
	observer := WithObserver(func(ctx context.Context, call httpcall.Call) (context.Context, func(httpcall.Result)) {
		begun = append(begun, call.Operation)
		return ctx, func(r httpcall.Result) { ended = append(ended, line(r)) }
	})
	twice := 0
	second := WithObserver(func(ctx context.Context, _ httpcall.Call) (context.Context, func(httpcall.Result)) {
		twice++
		return ctx, nil
	})
	srv, c := simulate(t, nil, observer, second, WithAppInfo("shop", "1.2"))
	req := request(t, srv.AddOrder(etmtest.Order{}))
	ctx := httpcall.With(t.Context(), httpcall.Options{
		Header: http.Header{"X-Trace": {"t1"}},
		OnResult: func(r httpcall.Result) {
			told = append(told, line(r))
			if r.Provider != provider || r.Err != nil || r.Tries != 1 || r.Duration <= 0 {
				t.Errorf("%+v", r)
			}
		},
	})
	if _, err := c.Pay(ctx, req); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Login POST Login 200 false false",
		"GetOrder GET /api/air/orders/{order_id} 200 false true",
		"CreatePayment POST /api/air/orders/{order_id}/payment 200 true true",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, ended); diff != "" || twice != len(want) {
		t.Errorf("%d calls observed by the second, the first (-want +got):\n%s", twice, diff)
	}
	for i := range want {
		want[i], _, _ = strings.Cut(want[i], " ")
	}
	slices.Sort(want) // a login begins inside of the call that needs it
	slices.Sort(begun)
	if diff := cmp.Diff(want, begun); diff != "" {
		t.Errorf("begun (-want +got):\n%s", diff)
	}
	agent := regexp.MustCompile(`^supplierpay-go/\S+ \(etm\) shop/1\.2$`)
	for _, r := range srv.Requests("") {
		if !agent.MatchString(r.UserAgent()) {
			t.Errorf("%s: User-Agent %q", r.URL.Path, r.UserAgent())
		}
		want := "t1"
		if strings.HasSuffix(r.URL.Path, "/login") {
			want = ""
		}
		if got := r.Header.Get("X-Trace"); got != want {
			t.Errorf("%s: header %q, want %q", r.URL.Path, got, want)
		}
	}
}
