package travelporttest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport/travelporttest"
)

// caller is a plain HTTP client of a simulator with a held booking: two travelers, a flight and a
// paid seat.
type caller struct {
	*travelporttest.Server
	http    *http.Client
	token   string
	locator string
}

type reply struct {
	Status int
	Body   string
	header http.Header
	err    error
}

func newServer(t *testing.T, r travelporttest.Reservation, opts ...travelporttest.Option) *caller {
	t.Helper()
	srv := travelporttest.NewServer(opts...)
	tr := srv.Transport()
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		srv.Close()
	})
	c := &caller{Server: srv, http: &http.Client{Transport: tr}}
	if len(r.Offers) == 0 {
		r.Travelers = 2
		r.Offers = []travelporttest.Offer{{Price: money(t, "100.01", "USD")}, {ID: "an_o1", Parent: "offer_1", Price: money(t, "50", "USD")}}
	}
	c.locator = srv.AddReservation(r)
	c.login(t)
	return c
}

func (c *caller) login(t *testing.T) {
	t.Helper()
	got := c.form(t, url.Values{"grant_type": {"password"}, "username": {c.Username}, "password": {c.Password},
		"client_id": {c.ClientID}, "client_secret": {c.ClientSecret}})
	var w struct {
		Token string `json:"access_token"`
		Life  int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(got.Body), &w); err != nil || w.Token == "" || w.Life != 86400 {
		t.Fatalf("login: %+v, %v", got, err)
	}
	c.token = w.Token
}

func (c *caller) form(t *testing.T, v url.Values) reply {
	t.Helper()
	resp, err := c.http.PostForm(c.TokenURL, v)
	return read(resp, err)
}

func read(resp *http.Response, err error) reply {
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Body: string(got), header: resp.Header, err: err}
}

// do calls with all the headers that Travelport wants; edit may spoil them.
func (c *caller) do(ctx context.Context, t *testing.T, method, path, body string, edit ...func(h http.Header)) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, c.BaseURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header["XAUTH_TRAVELPORT_ACCESSGROUP"] = []string{c.AccessGroup}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("TraceId", "trace-1")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edit {
		e(req.Header)
	}
	return read(c.http.Do(req))
}

// call does, and wants a status.
func (c *caller) call(t *testing.T, status int, method, path, body string) string {
	t.Helper()
	got := c.do(t.Context(), t, method, path, body)
	if got.Status != status || got.err != nil {
		t.Fatalf("%s %s: %+v, want %d", method, path, got, status)
	}
	return got.Body
}

// identifier is the value of an Identifier.
type identifier struct{ Value string }

// booking is what a reservation or workbench shows.
type booking struct {
	ReservationResponse struct {
		Identifier  *identifier
		Reservation struct {
			Identifier    *identifier
			Offer         []struct{ Identifier identifier }
			FormOfPayment []struct {
				ID         string
				Identifier identifier
			}
			Payment []struct{ ID string }
			Receipt []struct {
				OfferRef []string
				Document []struct {
					Type   string `json:"@type"`
					Number string
				}
			}
		}
		Result struct {
			Error []struct{ SourceCode, Message string }
		}
	}
}

func parse(t *testing.T, body string) booking {
	t.Helper()
	var b booking
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return b
}

// documents returns the classes of all documents.
func (b booking) documents() []string {
	var found []string
	for _, r := range b.ReservationResponse.Reservation.Receipt {
		for _, d := range r.Document {
			found = append(found, d.Type)
		}
	}
	return found
}

const bench = "/air/book/session/reservationworkbench"

// open opens a workbench and queues a payment of amount for the named offers.
func (c *caller) open(t *testing.T) (id string) {
	t.Helper()
	b := parse(t, c.call(t, 200, "POST", bench+"/buildfromlocator?Locator="+c.locator, ""))
	if b.ReservationResponse.Identifier == nil {
		return b.ReservationResponse.Reservation.Identifier.Value
	}
	return b.ReservationResponse.Identifier.Value
}

const cashForm = `{"FormOfPaymentCash":{"id":"formOfPayment_1","FormOfPaymentRef":"formOfPayment_1","Identifier":{"authority":"Travelport","value":"FOP1"}}}`

func (c *caller) payment(amount string, offers ...string) string {
	var list []string
	for _, o := range offers {
		list = append(list, `{"id":"`+o+`","offerRef":"`+o+`","Identifier":{"authority":"Travelport","value":"`+c.OfferIdentifier(c.locator, o)+`"}}`)
	}
	return `{"Payment":{"id":"payment_1","Identifier":{"authority":"Travelport","value":"P1"},"Amount":{"code":"USD","minorUnit":2,"currencySource":"Charged","value":` + amount +
		`},"FormOfPaymentIdentifier":{"id":"formOfPayment_1","FormOfPaymentRef":"formOfPayment_1","Identifier":{"authority":"Travelport","value":"FOP1"}},"OfferIdentifier":[` +
		strings.Join(list, ",") + `]}}`
}

// fill opens a workbench and queues a payment for everything.
func (c *caller) fill(t *testing.T) (id string) {
	t.Helper()
	id = c.open(t)
	c.call(t, 201, "POST", "/air/payment/reservationworkbench/"+id+"/formofpayment", cashForm)
	c.call(t, 201, "POST", "/air/paymentoffer/reservationworkbench/"+id+"/payments", c.payment("150.01", "offer_1", "an_o1"))
	return id
}

const commitBody = `{"ReservationQueryCommitReservation":{"errorWhenOfferPriceChangesInd":true,"errorWhenScheduleChangesInd":true}}`

func (c *caller) commit(t *testing.T, id string) reply {
	t.Helper()
	return c.do(t.Context(), t, "POST", "/air/book/reservation/reservations/"+id, commitBody)
}

func (c *caller) wantTaken(t *testing.T, want ...string) {
	t.Helper()
	if err := c.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range c.Taken(c.locator) {
		got = append(got, m.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "travelport", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func money(t *testing.T, amount, currency string) payment.Money {
	t.Helper()
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
