package activeplatform

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform/activeplatformtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// forms are configurations that pay the same request.
var forms = map[string][]Option{
	"v1":                {},
	"v1, other prefix":  {WithV1Prefix("/api/v1/reseller")},
	"v3":                {WithV3("1")},
	"v3, downstream":    {WithV3("2")},
	"v1, absence proof": {WithAbsenceProof(time.Minute), WithTimeout(time.Second), WithCurrencies(payment.ISO4217())},
}

// TestDigestHasNoForm: a service that is deployed with another form of the API knows its payments again.
func TestDigestHasNoForm(t *testing.T) {
	req := topUpRequest(t, "2000532")
	want, err := newTestClient(t, "https://billing.example").Prepare(req)
	if err != nil {
		t.Fatal(err)
	}
	for name, opts := range forms {
		a, err := newTestClient(t, "https://other.example", opts...).Prepare(req)
		if err != nil || a.Digest != want.Digest {
			t.Errorf("%s: digest %q, %v, want %q", name, a.Digest, err, want.Digest)
		}
	}
	req.Amount = usd(t, "101")
	if a, err := newTestClient(t, "https://billing.example").Prepare(req); err != nil || a.Digest == want.Digest {
		t.Errorf("another amount has the same digest: %v", err)
	}
}

// TestLookupAcrossForms: a client of one API finds what was paid with the other, and takes nothing for proof that was not.
func TestLookupAcrossForms(t *testing.T) {
	later := withClock(func() time.Time { return time.Now().Add(24 * time.Hour) })
	for name, of := range map[string]struct{ paid, asks []Option }{
		"v1 by v3": {nil, []Option{WithV3("1")}},
		"v3 by v1": {[]Option{WithV3("1")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			srv := simulator(t)
			payer := newTestClient(t, srv.URL, of.paid...)
			asker := newTestClient(t, srv.URL, append(of.asks, WithAbsenceProof(time.Minute), later)...)
			req := topUpRequest(t, srv.AddAccount(activeplatformtest.Account{AutoComplete: true}))

			a := attempt(t, payer, req)
			if p, err := asker.Lookup(t.Context(), a); !errors.Is(err, payment.ErrInconclusive) || p.Status != "" {
				t.Errorf("nothing was paid: %+v, %v", p, err)
			}
			srv.Fail(activeplatformtest.Fault{Route: createRoute(payer), Cut: activeplatformtest.BeforeAnswer})
			if _, err := payer.Pay(t.Context(), req); payment.OutcomeOf(err) != payment.Unknown {
				t.Fatal(err)
			}
			p, err := asker.Lookup(t.Context(), a)
			if err != nil || !p.Paid() || p.ID == "" || p.MatchedBy != payment.MatchedByMarker {
				t.Errorf("paid: %+v, %v", p, err)
			}
			if p, err := asker.Lookup(t.Context(), a.After(p, nil)); err != nil || !p.Paid() || p.MatchedBy != payment.MatchedByID {
				t.Errorf("by its id: %+v, %v", p, err)
			}
		})
	}
}

// TestLookupAcrossFormsWithoutLeave: a token that the attempt's API does not take, and an address that has no such API,
// prove nothing.
func TestLookupAcrossFormsWithoutLeave(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound} {
		for route, of := range map[string][2][]Option{
			"GET /api/vendor/v1/payments.json": {nil, {WithV3("1")}},
			"GET /api/v3/resellers/1/payments": {{WithV3("1")}, nil},
		} {
			s := serve(t, map[string]answer{route: {status: status, body: `{}`}})
			payer := newTestClient(t, s.URL, of[0]...)
			asker := newTestClient(t, s.URL, append(of[1], WithAbsenceProof(time.Minute))...)
			_, err := asker.Lookup(t.Context(), attempt(t, payer, topUpRequest(t, "2000532")))
			if got := s.requests(); len(got) == 0 || !strings.HasPrefix(got[0], route) {
				t.Errorf("%s was not asked, but %v", route, got)
			}
			if !errors.Is(err, payment.ErrInconclusive) || payment.Next(payment.Payment{}, err).Action != payment.NextLookup {
				t.Errorf("%s, HTTP %d: %v", route, status, err)
			}
		}
	}
}

// TestOneMarkerTwice: attempts of one key carry one marker. Two payments with it are no answer about either of them.
func TestOneMarkerTwice(t *testing.T) {
	families(t, func(t *testing.T, opts ...Option) {
		srv := simulator(t)
		c := newTestClient(t, srv.URL, opts...)
		req := topUpRequest(t, srv.AddAccount(activeplatformtest.Account{AutoComplete: true}))
		a := attempt(t, c, req)
		for range 2 {
			if _, err := c.Pay(t.Context(), req); err != nil {
				t.Fatal(err)
			}
		}
		p, err := c.Lookup(t.Context(), a)
		if !errors.Is(err, payment.ErrInconclusive) || p.ID != "" || !strings.Contains(err.Error(), "several payments carry the marker") {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestOneSpellingOfAnAccount: an account has one spelling, so that its payments have one name.
func TestOneSpellingOfAnAccount(t *testing.T) {
	c := newTestClient(t, "https://billing.example")
	for _, id := range []string{"02000532", "+2000532", "2000532.0", "2e6", "２０００５３２", " 2000532", "-1", "0", ""} {
		_, err := c.Prepare(topUpRequest(t, id))
		var e *payment.Error
		if !errors.As(err, &e) || e.Field != "OrderID" || e.Outcome != payment.NotSent {
			t.Errorf("%q: %v", id, err)
		}
	}
}
