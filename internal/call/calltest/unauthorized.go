// Package calltest has what the tests of several clients need of package call.
package calltest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Verdict is what a 401 to a payment must mean.
type Verdict struct {
	Body    string
	Outcome payment.Outcome
	Kind    error // nil for none
}

type answering func(*http.Request) (*http.Response, error)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Unauthorized answers a payment with 401 and each of the bodies, and compares what becomes of it. The credentials must be
// dropped exactly when the payment is refused for them.
func Unauthorized(t *testing.T, explain func(*call.Answer) (call.Explanation, bool), rows map[string]Verdict) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			dropped := false
			c, err := call.New(call.Config{
				BaseURL: "https://api.example.com", Explain: explain,
				Unauthorized: func(int, http.Header) bool { dropped = true; return true },
				RoundTripper: answering(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: http.StatusUnauthorized, Request: r, Body: io.NopCloser(strings.NewReader(row.Body))}, nil
				}),
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Do(context.Background(), call.Operation{Kind: call.Write, Method: http.MethodPost, Body: []byte("{}")}, nil)
			var e *payment.Error
			if !errors.As(err, &e) || e.Outcome != row.Outcome || !errors.Is(e.Kind, row.Kind) {
				t.Errorf("%v, want %v with %v", err, row.Outcome, row.Kind)
			}
			want := row.Outcome == payment.Refused && errors.Is(row.Kind, payment.ErrUnauthenticated)
			if dropped != want {
				t.Errorf("credentials dropped: %t, want %t", dropped, want)
			}
		})
	}
}
