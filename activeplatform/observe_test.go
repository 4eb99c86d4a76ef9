package activeplatform

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
)

// TestObserve: observers and the caller are told of every call of a payment, in order.
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
	srv := simulator(t)
	c := newTestClient(t, srv.URL, observer, second, WithAppInfo("shop", "1.2"))
	req := topUpRequest(t, srv.AddAccount(activeplatformtest.Account{AutoComplete: true}))
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
		"CreatePayment POST /api/vendor/v1/payments.json 201 true true",
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
	if diff := cmp.Diff(want, begun); diff != "" {
		t.Errorf("begun (-want +got):\n%s", diff)
	}
	agent := regexp.MustCompile(`^supplierpay-go/\S+ \(activeplatform\) shop/1\.2$`)
	for _, r := range srv.Requests("") {
		if !agent.MatchString(r.UserAgent()) {
			t.Errorf("%s: User-Agent %q", r.URL.Path, r.UserAgent())
		}
		if got := r.Header.Get("X-Trace"); got != "t1" {
			t.Errorf("%s: header %q", r.URL.Path, got)
		}
	}
}
