package httpcall

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestTimeoutsShorten(t *testing.T) {
	for _, row := range [][3]time.Duration{
		{0, 0, 0}, {0, 5, 5}, {5, 0, 5}, {5, 3, 3}, {3, 5, 3}, {-1, 5, -1}, {5, -1, -1}, {0, -1, -1},
	} {
		ctx := With(With(t.Context(), Options{Timeout: row[0]}), Options{Timeout: row[1]})
		if got := From(ctx).Timeout; got != row[2] {
			t.Errorf("%v and %v give %v, want %v", row[0], row[1], got, row[2])
		}
	}
}

// TestHeadersAdd: each context keeps its own, and none can change another's.
func TestHeadersAdd(t *testing.T) {
	given := http.Header{"X-A": {"1"}}
	outer := With(t.Context(), Options{Header: given})
	one := With(outer, Options{Header: http.Header{"X-A": {"2"}}})
	two := With(outer, Options{Header: http.Header{"X-A": {"3"}, "X-B": {"4"}}})
	for name, row := range map[string]struct {
		ctx  context.Context
		want http.Header
	}{
		"none":  {t.Context(), nil},
		"empty": {With(t.Context(), Options{Header: http.Header{}}), nil},
		"outer": {outer, http.Header{"X-A": {"1"}}},
		"one":   {one, http.Header{"X-A": {"1", "2"}}},
		"two":   {two, http.Header{"X-A": {"1", "3"}, "X-B": {"4"}}},
	} {
		if diff := cmp.Diff(row.want, From(row.ctx).Header); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	given["X-A"][0] = "changed"
	given.Set("X-New", "n")
	if diff := cmp.Diff(http.Header{"X-A": {"1"}}, From(outer).Header); diff != "" {
		t.Errorf("the caller's header is shared (-want +got):\n%s", diff)
	}
}

func TestOnResultsAdd(t *testing.T) {
	var told []string
	note := func(name string) Options {
		return Options{OnResult: func(r Result) { told = append(told, name+r.Operation) }}
	}
	ctx := With(With(With(With(t.Context(), Options{}), note("a")), Options{Timeout: 1}), note("b"))
	From(ctx).OnResult(Result{Call: Call{Operation: "Pay"}})
	if diff := cmp.Diff([]string{"aPay", "bPay"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReplace(t *testing.T) {
	ctx := With(t.Context(), Options{Timeout: 1, Header: http.Header{"X-A": {"1"}}, OnResult: func(Result) {}})
	got := From(Replace(ctx, Options{Timeout: 5}))
	if got.Timeout != 5 || got.Header != nil || got.OnResult != nil {
		t.Errorf("got %+v", got)
	}
}

func TestResult(t *testing.T) {
	var none Result
	if none.Header() != nil || none.Body() != nil || none.Outcome() != payment.Accepted {
		t.Errorf("the zero result: %v, %v, %v", none.Header(), none.Body(), none.Outcome())
	}
	const secret = "CANARY-0123456789"
	r := NewResult(Call{Operation: "Pay"}, func() (http.Header, []byte) {
		return http.Header{"Set-Cookie": {secret}}, []byte(secret)
	})
	r.Err = &payment.Error{Outcome: payment.Refused}
	if r.Header().Get("Set-Cookie") != secret || string(r.Body()) != secret || r.Operation != "Pay" || r.Outcome() != payment.Refused {
		t.Errorf("got %v, %s, %s, %v", r.Header(), r.Body(), r.Operation, r.Outcome())
	}
	if r.Err = errors.New("of somebody else"); r.Outcome() != payment.Unknown {
		t.Errorf("outcome %v", r.Outcome())
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb, any(r))
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "result", r)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "result", r)
	r.Err = nil
	if err := json.NewEncoder(&out).Encode(r); err != nil {
		t.Error(err)
	}
	if err := gob.NewEncoder(&out).Encode(r); err != nil {
		t.Error(err)
	}
	for _, form := range []string{secret, fmt.Sprintf("%x", secret)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed or encoded, the result shows the answer: %s", out.String())
		}
	}
}
