package duffel

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// lookupCase is what Duffel shows, and what Lookup must make of it.
type lookupCase struct {
	attempt  func(*payment.Attempt)
	order    string // payment_status, after `"cancelled_at":null,"payment_status":`; or a whole order when it begins with {"id"
	payments string // items of the list
	byID     answer // of pay_own

	status payment.Status
	id     string
	match  payment.Match
	kind   error
}

const (
	openStatus    = `{"awaiting_payment":true,"payment_required_by":"2026-11-22T00:00:00Z","paid_at":null}`
	paidStatus    = `{"awaiting_payment":false,"payment_required_by":"2026-11-20T00:00:00Z","paid_at":"2026-11-19T10:00:00Z"}`
	lapsedStatus  = `{"awaiting_payment":false,"payment_required_by":"2026-11-21T10:59:59Z","paid_at":null}`
	cancelledHold = `{"id":"` + testOrder + `","cancelled_at":"2026-11-20T00:00:00Z","payment_status":` + lapsedStatus + `}`
)

func listed(id, status, amount string) string {
	s := `{"id":"` + id + `","order_id":"` + testOrder + `",`
	if status != "" {
		s += `"status":"` + status + `",`
	}
	return s + `"amount":"` + amount + `","currency":"GBP","created_at":"2026-11-19T10:00:00Z"}`
}

func own(status string) answer {
	return answer{body: `{"data":` + listed("pay_own", status, "30.20") + `}`}
}

func knowsID(a *payment.Attempt) { a.PaymentID = "pay_own" }

// refusedOddly is an attempt whose answer is known, says nothing of the money and speaks against nothing.
func refusedOddly(a *payment.Attempt) {
	a.Answered, a.Failures = true, []payment.Failure{{Op: "POST /air/payments", Status: http.StatusNotFound}}
}

// The attempts whose answer is not known.
func unread(a *payment.Attempt)     { a.Answered, a.Failures = false, nil }
func unanswered(a *payment.Attempt) { unread(a); *a = a.Unanswered() }
func incomplete(a *payment.Attempt) { a.Incomplete = true }

// accepted is an attempt whose answer was a success that named no payment.
func accepted(a *payment.Attempt) { a.Failures = nil }

// both changes an attempt in two ways.
func both(one, two func(*payment.Attempt)) func(*payment.Attempt) {
	return func(a *payment.Attempt) { one(a); two(a) }
}

func failedWith(status int, outcome payment.Outcome, op string) func(*payment.Attempt) {
	return func(a *payment.Attempt) {
		a.Failures = []payment.Failure{{Outcome: outcome, Op: op, Status: status}}
	}
}

var lookupCases = map[string]lookupCase{
	// By the payment's id.
	"own succeeded":           {attempt: knowsID, byID: own("succeeded"), status: payment.Succeeded, id: "pay_own", match: payment.MatchedByID},
	"own without status":      {attempt: knowsID, byID: own(""), status: payment.Succeeded, id: "pay_own", match: payment.MatchedByID},
	"own failed":              {attempt: knowsID, byID: own("failed"), status: payment.Failed, id: "pay_own", match: payment.MatchedByID},
	"own cancelled":           {attempt: knowsID, byID: own("cancelled"), status: payment.Cancelled, id: "pay_own", match: payment.MatchedByID},
	"own failed, order paid":  {attempt: knowsID, byID: own("failed"), order: paidStatus, payments: listed("pay_2", "succeeded", "30.20"), status: payment.Failed, id: "pay_own", match: payment.MatchedByID},
	"own pending":             {attempt: knowsID, byID: own("pending"), order: openStatus, payments: listed("pay_own", "pending", "30.20"), status: payment.Pending, id: "pay_own", match: payment.MatchedByID},
	"own pending, lapsed":     {attempt: knowsID, byID: own("pending"), order: lapsedStatus, status: payment.Pending, id: "pay_own", match: payment.MatchedByID},
	"own pending, cancelled":  {attempt: knowsID, byID: own("pending"), order: cancelledHold, status: payment.Pending, id: "pay_own", match: payment.MatchedByID},
	"own pending, order paid": {attempt: knowsID, byID: own("pending"), order: paidStatus, payments: listed("pay_own", "pending", "30.20"), status: payment.Succeeded, id: "pay_own", match: payment.MatchedByOrder},
	"own pending, paid by another": {attempt: knowsID, byID: own("pending"), order: paidStatus,
		payments: listed("pay_own", "pending", "30.20") + "," + listed("pay_2", "succeeded", "30.20"), status: payment.Pending, id: "pay_own", match: payment.MatchedByID},
	"own pending, paid by own or another": {attempt: knowsID, byID: own("pending"), order: paidStatus,
		payments: listed("pay_own", "pending", "30.20") + "," + listed("pay_2", "pending", "30.20"), status: payment.Pending, id: "pay_own", match: payment.MatchedByID},
	"own moves on between the reads": {attempt: knowsID, byID: own("pending"), order: openStatus, payments: listed("pay_own", "failed", "30.20"), status: payment.Pending, id: "pay_own", match: payment.MatchedByID},
	"own only in the list":           {attempt: knowsID, order: openStatus, payments: listed("pay_own", "failed", "30.20"), status: payment.Failed, id: "pay_own", match: payment.MatchedByID},
	"own not found, lapsed":          {attempt: knowsID, order: lapsedStatus, kind: payment.ErrInconclusive},
	"own not found, cancelled":       {attempt: knowsID, order: cancelledHold, kind: payment.ErrInconclusive},
	"own not found, order paid":      {attempt: knowsID, order: paidStatus, status: payment.Succeeded, match: payment.MatchedByOrder},
	"own id is another order's":      {attempt: knowsID, byID: answer{body: `{"data":{"id":"pay_own","order_id":"ord_other","status":"failed"}}`}, order: lapsedStatus, kind: payment.ErrInconclusive},
	"own id unreadable":              {attempt: func(a *payment.Attempt) { a.PaymentID = "pay/../x" }, order: cancelledHold, kind: payment.ErrInconclusive},
	"own read refused":               {attempt: knowsID, byID: answer{status: 403, body: `{}`}, order: cancelledHold, kind: payment.ErrInconclusive},
	"own read broken":                {attempt: knowsID, byID: answer{status: 500, body: `{}`}, order: cancelledHold, kind: payment.ErrUnavailable},
	"own read is another payment":    {attempt: knowsID, byID: answer{body: `{"data":{"id":"pay_2","status":"failed"}}`}, order: cancelledHold, kind: errOtherPayment},

	// By the order's payments.
	"succeeded":                   {order: openStatus, payments: listed("pay_1", "succeeded", "30.20"), status: payment.Succeeded, id: "pay_1", match: payment.MatchedByOrder},
	"succeeded, other scale":      {order: openStatus, payments: listed("pay_1", "succeeded", "30.2"), status: payment.Succeeded, id: "pay_1", match: payment.MatchedByOrder},
	"no status":                   {order: openStatus, payments: listed("pay_1", "", "30.20"), status: payment.Succeeded, id: "pay_1", match: payment.MatchedByOrder},
	"succeeded after a failure":   {order: openStatus, payments: listed("pay_1", "failed", "30.20") + "," + listed("pay_2", "succeeded", "30.20"), status: payment.Succeeded, id: "pay_2", match: payment.MatchedByOrder},
	"succeeded, order cancelled":  {order: cancelledHold, payments: listed("pay_1", "succeeded", "30.20"), status: payment.Succeeded, id: "pay_1", match: payment.MatchedByOrder},
	"succeeded, currency missing": {order: openStatus, payments: `{"id":"pay_1","status":"succeeded","amount":"30.20","currency":null}`, status: payment.Succeeded, id: "pay_1", match: payment.MatchedByOrder},
	"pending":                     {order: openStatus, payments: listed("pay_1", "pending", "30.20"), status: payment.Pending, match: payment.MatchedByOrder},
	"a new word":                  {order: openStatus, payments: listed("pay_1", "settling", "30.20"), status: payment.Pending, match: payment.MatchedByOrder},
	"pending, lapsed":             {order: lapsedStatus, payments: listed("pay_1", "pending", "30.20"), status: payment.Pending, match: payment.MatchedByOrder},
	"pending, order paid":         {order: paidStatus, payments: listed("pay_1", "pending", "30.20"), status: payment.Succeeded, match: payment.MatchedByOrder},
	"failed alone":                {order: openStatus, payments: listed("pay_1", "failed", "30.20"), kind: payment.ErrInconclusive},
	"other amount":                {order: openStatus, payments: listed("pay_1", "succeeded", "31.00"), kind: payment.ErrInconclusive},
	"other amount, lapsed":        {order: lapsedStatus, payments: listed("pay_1", "succeeded", "31.00"), kind: payment.ErrInconclusive},
	"other amount, order paid":    {order: paidStatus, payments: listed("pay_1", "succeeded", "31.00"), status: payment.Succeeded, id: "pay_1", match: payment.MatchedByOrder},
	"other amount pending, paid":  {order: paidStatus, payments: listed("pay_1", "pending", "31.00"), status: payment.Succeeded, match: payment.MatchedByOrder},
	"pending other amount":        {order: cancelledHold, payments: listed("pay_1", "pending", "31.00"), kind: payment.ErrInconclusive},
	"absurd amount":               {order: cancelledHold, payments: listed("pay_1", "succeeded", "1e1000000000"), kind: payment.ErrInconclusive},
	"another order's payment":     {order: openStatus, payments: `{"id":"pay_1","order_id":"ord_other","status":"succeeded","amount":"30.20","currency":"GBP"}`, kind: payment.ErrInconclusive},

	// By the order.
	"order paid":               {order: paidStatus, status: payment.Succeeded, match: payment.MatchedByOrder},
	"order paid, odd date":     {order: `{"awaiting_payment":false,"paid_at":"last week"}`, status: payment.Succeeded, match: payment.MatchedByOrder},
	"awaiting payment":         {order: openStatus, kind: payment.ErrInconclusive},
	"not awaiting, no paid_at": {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-22T00:00:00Z","paid_at":null}`, kind: payment.ErrInconclusive},
	"lapsed":                   {order: lapsedStatus, kind: payment.ErrNoPayment},
	"lapsed, only failures":    {order: lapsedStatus, payments: listed("pay_1", "failed", "30.20") + "," + listed("pay_2", "cancelled", "30.20"), kind: payment.ErrNoPayment},
	"cancelled":                {order: cancelledHold, kind: payment.ErrNoPayment},
	"cancelled, bare":          {order: `{"id":"` + testOrder + `","cancelled_at":"2026-11-20T00:00:00Z"}`, kind: payment.ErrNoPayment},
	"cancelled an hour ago":    {order: `{"id":"` + testOrder + `","cancelled_at":"2026-11-21T10:59:59Z","payment_status":` + openStatus + `}`, kind: payment.ErrNoPayment},
	"cancelled a moment ago":   {order: `{"id":"` + testOrder + `","cancelled_at":"2026-11-21T11:00:00Z","payment_status":` + openStatus + `}`, kind: payment.ErrInconclusive},
	"cancelled, odd paid_at":   {order: `{"id":"` + testOrder + `","cancelled_at":"2026-11-20T00:00:00Z","payment_status":{"awaiting_payment":false,"paid_at":1586620091}}`, kind: payment.ErrInconclusive},
	"lapsed a moment ago":      {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-21T11:00:00Z","paid_at":null}`, kind: payment.ErrInconclusive},
	"lapsed, still awaiting":   {order: `{"awaiting_payment":true,"payment_required_by":"2026-11-20T00:00:00Z","paid_at":null}`, kind: payment.ErrInconclusive},
	"lapsed, older shape":      {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-20T00:00:00Z"}`, kind: payment.ErrInconclusive},
	"no deadline":              {order: `{"awaiting_payment":false,"payment_required_by":null,"paid_at":null}`, kind: payment.ErrInconclusive},
	"odd deadline":             {order: `{"awaiting_payment":false,"payment_required_by":"2026","paid_at":null}`, kind: payment.ErrInconclusive},
	"odd awaiting_payment":     {order: `{"awaiting_payment":"no","payment_required_by":"2026-11-20T00:00:00Z","paid_at":null}`, kind: payment.ErrInconclusive},
	"no awaiting_payment":      {order: `{"payment_required_by":"2026-11-20T00:00:00Z","paid_at":null}`, kind: payment.ErrInconclusive},
	"paid_at is false":         {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-20T00:00:00Z","paid_at":false}`, kind: payment.ErrInconclusive},
	"odd cancelled_at":         {order: `{"id":"` + testOrder + `","cancelled_at":true,"payment_status":` + openStatus + `}`, kind: payment.ErrInconclusive},
	"no payment_status":        {order: `{"id":"` + testOrder + `"}`, kind: payment.ErrInconclusive},

	// With a member twice, or a name that cannot be read: what counts may be the other one.
	"lapsed, paid_at twice":            {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-20T00:00:00Z","paid_at":"2026-11-19T10:00:00Z","paid_at":null}`, kind: payment.ErrInconclusive},
	"lapsed, Paid_At too":              {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-20T00:00:00Z","paid_at":"2026-11-19T10:00:00Z","Paid_At":null}`, kind: payment.ErrInconclusive},
	"lapsed, status twice":             {order: paidStatus + `,"payment_status":` + lapsedStatus, kind: payment.ErrInconclusive},
	"lapsed, not UTF-8":                {order: `{"awaiting_payment":false,"payment_required_by":"2026-11-20T00:00:00Z","paid_at":null,"paid_a` + "\xf4" + `":"2026-11-19T10:00:00Z"}`, kind: payment.ErrInconclusive},
	"lapsed, payments twice":           {order: lapsedStatus, payments: listed("pay_1", "succeeded", "30.20") + `],"data":[`, kind: payment.ErrInconclusive},
	"lapsed, Data too":                 {order: lapsedStatus, payments: listed("pay_1", "succeeded", "30.20") + `],"Data":[`, kind: payment.ErrInconclusive},
	"lapsed, a payment's status twice": {order: lapsedStatus, payments: `{"id":"pay_1","status":"succeeded","status":"failed","amount":"30.20","currency":"GBP"}`, kind: payment.ErrInconclusive},
	"own failed and succeeded":         {attempt: knowsID, byID: answer{body: `{"data":{"id":"pay_own","status":"succeeded","amount":"30.20","currency":"GBP","status":"failed"}}`}, kind: payment.ErrInconclusive},
	"own failed in the list, too":      {attempt: knowsID, order: openStatus, payments: `{"id":"pay_own","status":"succeeded","Status":"cancelled","amount":"30.20","currency":"GBP"}`, kind: payment.ErrInconclusive},
	"own succeeded, twice":             {attempt: knowsID, byID: answer{body: `{"data":{"id":"pay_own","status":"failed","amount":"30.20","currency":"GBP","status":"succeeded"}}`}, status: payment.Succeeded, id: "pay_own", match: payment.MatchedByID},

	// After a failure that the airline may not share.
	"lapsed after a 500":             {attempt: failedWith(500, payment.Unknown, "POST /air/payments"), order: lapsedStatus, kind: payment.ErrInconclusive},
	"cancelled after a 500":          {attempt: failedWith(500, payment.Unknown, ""), order: cancelledHold, kind: payment.ErrInconclusive},
	"lapsed after a 502":             {attempt: failedWith(502, payment.Unknown, "POST /air/payments"), order: lapsedStatus, kind: payment.ErrInconclusive},
	"paid after a 500":               {attempt: failedWith(500, payment.Unknown, "POST /air/payments"), order: paidStatus, status: payment.Succeeded, match: payment.MatchedByOrder},
	"lapsed after a 504":             {attempt: failedWith(504, payment.Unknown, "POST /air/payments"), order: lapsedStatus, kind: payment.ErrInconclusive},
	"cancelled after a lost 201":     {attempt: failedWith(201, payment.Unknown, "POST /air/payments"), order: cancelledHold, kind: payment.ErrInconclusive},
	"lapsed after a lost 200":        {attempt: failedWith(200, payment.Unknown, "POST /air/payments"), order: lapsedStatus, kind: payment.ErrInconclusive},
	"cancelled, read of an odd 200":  {attempt: failedWith(200, payment.Unknown, "GET /air/orders/{id}"), order: cancelledHold, kind: payment.ErrNoPayment},
	"cancelled, declined in a 201":   {attempt: failedWith(201, payment.Refused, "POST /air/payments"), order: cancelledHold, kind: payment.ErrNoPayment},
	"lapsed after a 500 of a read":   {attempt: failedWith(500, payment.Unknown, "GET /air/orders/{id}"), order: lapsedStatus, kind: payment.ErrNoPayment},
	"lapsed, answer unread":          {attempt: unread, order: lapsedStatus, kind: payment.ErrInconclusive},
	"cancelled, answer unread":       {attempt: unread, order: cancelledHold, kind: payment.ErrInconclusive},
	"lapsed, answer lost":            {attempt: unanswered, order: lapsedStatus, kind: payment.ErrInconclusive},
	"cancelled, incomplete":          {attempt: incomplete, order: cancelledHold, kind: payment.ErrInconclusive},
	"cancelled, accepted before":     {attempt: accepted, order: cancelledHold, kind: payment.ErrInconclusive},
	"paid, answer unread":            {attempt: unread, order: paidStatus, status: payment.Succeeded, match: payment.MatchedByOrder},
	"own failed, answer lost":        {attempt: both(knowsID, unanswered), byID: own("failed"), kind: payment.ErrInconclusive},
	"own cancelled, incomplete":      {attempt: both(knowsID, incomplete), byID: own("cancelled"), kind: payment.ErrInconclusive},
	"own failed, after a 500":        {attempt: both(knowsID, failedWith(500, payment.Unknown, "POST /air/payments")), byID: own("failed"), kind: payment.ErrInconclusive},
	"own listed as failed, unread":   {attempt: both(knowsID, unread), order: openStatus, payments: listed("pay_own", "failed", "30.20"), kind: payment.ErrInconclusive},
	"own made, answer unread":        {attempt: both(knowsID, unread), byID: own("succeeded"), status: payment.Succeeded, id: "pay_own", match: payment.MatchedByID},
	"lapsed after a 500 before sent": {attempt: failedWith(500, payment.NotSent, "Pay"), order: lapsedStatus, kind: payment.ErrNoPayment},
}

func TestLookup(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for name, tt := range lookupCases {
		t.Run(name, func(t *testing.T) {
			order := `{"id":"` + testOrder + `","cancelled_at":null,"payment_status":` + tt.order + `}`
			if len(tt.order) > 6 && tt.order[:6] == `{"id":` {
				order = tt.order
			}
			answers := map[string]answer{
				"GET /air/orders/" + testOrder: {body: `{"data":` + order + `}`},
				"GET /air/payments":            {body: `{"meta":{"after":null},"data":[` + tt.payments + `]}`},
			}
			if tt.byID.body != "" {
				answers["GET /air/payments/pay_own"] = tt.byID
			}
			s := serve(t, answers)
			c := s.client(t, withClock(now))
			a, err := c.Prepare(balanceRequest(t))
			if err != nil {
				t.Fatal(err)
			}
			refusedOddly(&a)
			if tt.attempt != nil {
				tt.attempt(&a)
			}
			got, err := c.Lookup(t.Context(), a)
			if !errors.Is(err, tt.kind) || (err == nil) != (tt.kind == nil) {
				t.Fatalf("Lookup: %+v, %v, want %v", got, err, tt.kind)
			}
			if got.Status != tt.status || got.ID != tt.id || got.MatchedBy != tt.match {
				t.Errorf("payment %+v, want %s %q by %s", got, tt.status, tt.id, tt.match)
			}
			if want := payment.Refused; errors.Is(err, payment.ErrNoPayment) && payment.OutcomeOf(err) != want ||
				err != nil && !errors.Is(err, payment.ErrNoPayment) && payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("outcome of %v is %v", err, payment.OutcomeOf(err))
			}
			if err == nil && (got.Provider != "duffel" || got.OrderID != testOrder || got.RequestID != "REQ-H") {
				t.Errorf("payment %+v", got)
			}
			if slices.ContainsFunc(s.requests(), func(r string) bool { return r[:4] != "GET " }) {
				t.Errorf("Lookup sent %v", s.requests())
			}
		})
	}
}

// TestLookupReads: whatever keeps Lookup from reading is Unknown, and no 401, 403, 404 is a proof.
func TestLookupReads(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	good := map[string]answer{
		"GET /air/orders/" + testOrder: {body: `{"data":` + cancelledHold + `}`},
		"GET /air/payments":            {body: `{"data":[]}`},
	}
	for route := range good {
		for name, tt := range map[string]struct {
			answer answer
			kinds  []error
		}{
			"401":           {answer{401, nil, fixture(t, "error-access-token-not-found.json")}, []error{payment.ErrInconclusive, payment.ErrUnauthenticated}},
			"403":           {answer{403, nil, fixture(t, "error-insufficient-permissions.json")}, []error{payment.ErrInconclusive, payment.ErrForbidden}},
			"404":           {answer{404, nil, fixture(t, "error-not-found.json")}, []error{payment.ErrInconclusive, payment.ErrOrderNotFound}},
			"404 HTML":      {answer{404, nil, "<html>"}, []error{payment.ErrInconclusive}},
			"429":           {answer{429, nil, fixture(t, "error-rate-limit-exceeded.json")}, []error{payment.ErrRateLimited}},
			"500":           {answer{500, nil, fixture(t, "error-internal-server-error.json")}, []error{payment.ErrUnavailable}},
			"502":           {answer{502, nil, fixture(t, "error-html-502.html")}, []error{payment.ErrUnavailable}},
			"no JSON":       {answer{200, nil, "<html>"}, nil},
			"null":          {answer{200, nil, "null"}, nil},
			"no data":       {answer{200, nil, "{}"}, nil},
			"errors inside": {answer{200, nil, fixture(t, "errors-in-success.json")}, []error{errErrorsInside}},
			"redirect":      {answer{302, http.Header{"Location": {"/elsewhere"}}, ""}, nil},
		} {
			t.Run(route+" "+name, func(t *testing.T) {
				answers := map[string]answer{}
				for k, v := range good {
					answers[k] = v
				}
				answers[route] = tt.answer
				c := serve(t, answers).client(t, withClock(now))
				a, err := c.Prepare(balanceRequest(t))
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.Lookup(t.Context(), a)
				if err == nil || payment.OutcomeOf(err) != payment.Unknown || errors.Is(err, payment.ErrNoPayment) {
					t.Fatalf("Lookup: %v, want Unknown", err)
				}
				for _, kind := range tt.kinds {
					if !errors.Is(err, kind) {
						t.Errorf("Lookup: %v is no %v", err, kind)
					}
				}
			})
		}
	}
	t.Run("attempt without an order", func(t *testing.T) {
		for _, id := range []string{"", "../x"} {
			s := serve(t, good)
			_, err := s.client(t).Lookup(t.Context(), payment.Attempt{OrderID: id})
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != "OrderID" || e.Outcome != payment.Unknown || len(s.requests()) != 0 {
				t.Errorf("Lookup(%q): %v, sent %v", id, err, s.requests())
			}
		}
	})
	t.Run("all pages", func(t *testing.T) {
		c := newTestClient(t, "https://duffel.example", withClock(now), WithRoundTripper(roundTripper(func(r *http.Request) string {
			switch {
			case r.URL.Path != "/air/payments":
				return `{"data":` + cancelledHold + `}`
			case r.URL.Query().Get("after") == "":
				return `{"meta":{"after":"x"},"data":[` + listed("pay_1", "failed", "30.20") + `]}`
			default:
				return `{"data":[` + listed("pay_2", "succeeded", "30.20") + `]}`
			}
		})))
		if p, err := c.Lookup(t.Context(), payment.Attempt{OrderID: testOrder, Amount: mustMoney(t, "30.20", "GBP")}); err != nil || p.ID != "pay_2" {
			t.Errorf("Lookup: %+v, %v, want the payment of the second page", p, err)
		}
	})
}
