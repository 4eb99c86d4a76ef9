package duffel

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

// twice is a middleware that sends every payment two times and hands the last answer on.
type twice struct{ next http.RoundTripper }

func (m twice) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return m.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	first, err := m.next.RoundTrip(again)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, first.Body)
	_ = first.Body.Close()
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return m.next.RoundTrip(r)
}

// TestOneOfSeveral: where a middleware has sent a payment twice, only one that was made is an answer. The id of another one
// must not become the attempt's: if it fails later, the attempt has not failed.
func TestOneOfSeveral(t *testing.T) {
	for _, status := range []string{"pending", "failed", "cancelled", "settling", "succeeded"} {
		s := serve(t, map[string]answer{
			"POST /air/payments":           {status: 201, body: `{"data":` + listed("pay_own", status, "30.20") + `}`},
			"GET /air/payments/pay_own":    own("failed"),
			"GET /air/payments":            {body: `{"data":[` + listed("pay_own", "failed", "30.20") + `]}`},
			"GET /air/orders/" + testOrder: {body: `{"data":` + cancelledHold + `}`},
		})
		c := s.client(t, WithMiddleware(func(next http.RoundTripper) http.RoundTripper { return twice{next} }))
		req := balanceRequest(t)
		a, err := c.Prepare(req)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Pay(t.Context(), req)
		if status == "succeeded" {
			if err != nil || !p.Paid() {
				t.Errorf("%s: %+v, %v", status, p, err)
			}
			continue
		}
		if err == nil || payment.OutcomeOf(err) != payment.Unknown || p.ID != "" {
			t.Errorf("%s: %+v, %v", status, p, err)
		}
		found, err := c.Lookup(t.Context(), a.After(p, err))
		if next := payment.Next(found, err); err == nil || next.Action != payment.NextLookup {
			t.Errorf("%s: Lookup: %+v, %v: %s", status, found, err, next.Action)
		}
	}
}
