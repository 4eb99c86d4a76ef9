package duffel

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
)

const testOffer = "off_00009htYpSCXrwaB9DnUm0"

var passengers = []NewPassenger{{
	ID: "pas_00009hj8USM7Ncg31cBCLL", Title: "mr", Gender: "m", GivenName: "Tony", FamilyName: "Stark", BornOn: "1980-07-24",
	Email: "tony@example.com", PhoneNumber: "+442080160508",
}}

func holdRequest() CreateOrderRequest {
	return CreateOrderRequest{Type: OrderHold, OfferID: testOffer, Passengers: slices.Clone(passengers)}
}

func instantRequest(t testing.TB, amount string) CreateOrderRequest {
	return CreateOrderRequest{
		Type: OrderInstant, OfferID: testOffer, Passengers: slices.Clone(passengers),
		Payments: []NewPayment{{Type: MethodBalance, Amount: mustMoney(t, amount, "GBP")}},
		Services: []ServiceQuantity{{ID: "ase_00009hj8USM7Ncg31cB123", Quantity: 1}},
		Metadata: map[string]string{"booking": "4711"}, Users: []string{"icu_0000AgZitpOnQtd3NQxjwO"},
	}
}

// TestCreateOrderResults: the three successes are three types, and none is an empty order.
func TestCreateOrderResults(t *testing.T) {
	order := fixture(t, "order-hold-awaiting-payment.json")
	message := fixture(t, "accepted-message.json")
	data := []byte(`{"message":"simulated"}`)
	for name, tt := range map[string]struct {
		answer answer
		want   OrderResult // without the order but its id; nil is an error with outcome Unknown
	}{
		"created":             {answer{201, nil, order}, CreatedOrder{Order: Order{ID: testOrder}, RequestID: "REQ-H"}},
		"created, 200":        {answer{200, nil, order}, CreatedOrder{Order: Order{ID: testOrder}, RequestID: "REQ-H"}},
		"booked":              {answer{200, nil, message}, BookedOrder{Message: "simulated", RequestID: "REQ-H", Data: data}},
		"accepted":            {answer{202, nil, message}, AcceptedOrder{Message: "simulated", RequestID: "REQ-H", Data: data}},
		"accepted with order": {answer{202, nil, `{"data":{"id":"ord_1"}}`}, AcceptedOrder{RequestID: "REQ-H", Data: []byte(`{"id":"ord_1"}`)}},
		"message in a 201":    {answer{201, nil, message}, nil},
		"no id":               {answer{201, nil, `{"data":{"total_amount":"1.00"}}`}, nil},
		"no id, 200":          {answer{200, nil, `{"data":{"total_amount":"1.00"}}`}, nil},
		"no data":             {answer{201, nil, `{"data":{}}`}, nil},
		"nothing in a 202":    {answer{202, nil, `{}`}, nil},
		"errors inside":       {answer{200, nil, fixture(t, "errors-in-success.json")}, nil},
		"HTML":                {answer{200, nil, "<html>"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /air/orders": tt.answer})
			got, err := s.client(t).CreateOrder(t.Context(), holdRequest())
			if created, ok := got.(CreatedOrder); ok {
				created.Order = Order{ID: created.Order.ID}
				got = created
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("result (-want +got):\n%s", diff)
			}
			if (err != nil) != (tt.want == nil) || err != nil && payment.OutcomeOf(err) != payment.Unknown {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestCreateOrderRefuses(t *testing.T) {
	for field, edit := range map[string]func(*CreateOrderRequest){
		"OfferID":               func(r *CreateOrderRequest) { r.OfferID = "../x" },
		"Type":                  func(r *CreateOrderRequest) { r.Type = "" },
		"Payments":              func(r *CreateOrderRequest) { r.Payments = nil },
		"Payments ":             func(r *CreateOrderRequest) { r.Type = OrderHold },
		"Passengers":            func(r *CreateOrderRequest) { r.Passengers = nil },
		"Passengers ":           func(r *CreateOrderRequest) { r.Passengers = []NewPassenger{{GivenName: "Tony"}} },
		"Passengers  ":          func(r *CreateOrderRequest) { r.Passengers[0].Email = "" },
		"Metadata":              func(r *CreateOrderRequest) { r.Metadata = map[string]string{"two words": "x"} },
		"Metadata ":             func(r *CreateOrderRequest) { r.Metadata = map[string]string{strings.Repeat("k", 41): "x"} },
		"Metadata  ":            func(r *CreateOrderRequest) { r.Metadata = map[string]string{"k": strings.Repeat("ü", 501)} },
		"Services":              func(r *CreateOrderRequest) { r.Services = []ServiceQuantity{{ID: "ase_1"}} },
		"Services ":             func(r *CreateOrderRequest) { r.Services = []ServiceQuantity{{Quantity: 1}} },
		"Amount":                func(r *CreateOrderRequest) { r.Payments = []NewPayment{{Type: MethodBalance}} },
		"ThreeDSecureSessionID": func(r *CreateOrderRequest) { r.Payments[0].Type = MethodCard },
		"Request": func(r *CreateOrderRequest) {
			r.Passengers[0].IdentityDocuments = []json.RawMessage{json.RawMessage("{")}
		},
	} {
		t.Run(field, func(t *testing.T) {
			s := serve(t, nil)
			req := instantRequest(t, "30.20")
			edit(&req)
			got, err := s.client(t).CreateOrder(t.Context(), req)
			var e *payment.Error
			if !errors.As(err, &e) || e.Field != strings.TrimSpace(field) || e.Outcome != payment.NotSent || e.Provider != "duffel" || got != nil {
				t.Errorf("%v, %v", got, err)
			}
			if len(s.requests()) > 0 {
				t.Errorf("sent %v", s.requests())
			}
		})
	}
}

// TestInstantOrderOfAnotherPrice: the money moved, and the order is not what was asked for.
func TestInstantOrderOfAnotherPrice(t *testing.T) {
	for name, tt := range map[string]struct {
		order  string
		method payment.Method
		want   error
	}{
		"same":           {`"total_amount":"30.2","total_currency":"GBP"`, MethodBalance, nil},
		"other amount":   {`"total_amount":"30.21","total_currency":"GBP"`, MethodBalance, payment.ErrAmountMismatch},
		"other currency": {`"total_amount":"30.20","total_currency":"EUR"`, MethodARCBSPCash, payment.ErrAmountMismatch},
		"no price":       {`"total_amount":null`, MethodBalance, nil},
		"card":           {`"total_amount":"29.00","total_currency":"GBP"`, MethodCard, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{"POST /air/orders": {201, nil, `{"data":{"id":"ord_1",` + tt.order + `}}`}})
			req := instantRequest(t, "30.20")
			if req.Payments[0].Type = tt.method; tt.method == MethodCard {
				req.Payments[0].ThreeDSecureSessionID = payment.NewSecret(testSession)
			}
			got, err := s.client(t).CreateOrder(t.Context(), req)
			if !errors.Is(err, tt.want) || payment.OutcomeOf(err) != payment.Accepted {
				t.Errorf("error %v, want %v and Accepted", err, tt.want)
			}
			if created, ok := got.(CreatedOrder); !ok || created.Order.ID != "ord_1" {
				t.Errorf("result %+v", got)
			}
		})
	}
}

// offerSimulator starts a simulated Duffel with one offer, and a client.
func offerSimulator(t *testing.T, o duffeltest.Offer) (*duffeltest.Server, *Client) {
	t.Helper()
	srv, c, _ := simulator(t, duffeltest.Order{})
	o.ID = testOffer
	srv.AddOffer(o)
	return srv, c
}

func byOffer(t *testing.T, c *Client) []string {
	t.Helper()
	var ids []string
	for o, err := range c.ListOrders(t.Context(), ListOrdersParams{OfferID: testOffer}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, o.ID)
	}
	return ids
}

// TestLostOrderIsFoundByOffer: the order was made, the answer is lost, the offer leads to it; it was asked for once.
func TestLostOrderIsFoundByOffer(t *testing.T) {
	for name, fault := range map[string]duffeltest.Fault{
		"cut":     {Cut: duffeltest.BeforeAnswer},
		"reset":   {Cut: duffeltest.BeforeAnswer, Reset: true},
		"500":     {Code: "internal_server_error"},
		"502":     {Status: 502, Code: "order_not_created"}, // every 5xx, whatever it promises
		"504":     {Code: "gateway_timeout_error"},
		"HTML":    {Damage: duffeltest.HTML},
		"in gzip": {Damage: duffeltest.TruncatedGzip},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := offerSimulator(t, duffeltest.Offer{})
			fault.Route = duffeltest.CreateOrder
			hide := make(chan struct{})
			fault.Hide = hide
			srv.Fail(fault)
			result, err := c.CreateOrder(t.Context(), holdRequest())
			if result != nil || payment.OutcomeOf(err) != payment.Unknown {
				t.Fatalf("CreateOrder: %v, %v", result, err)
			}
			if ids := byOffer(t, c); ids != nil {
				t.Errorf("listed %v while hidden", ids)
			}
			close(hide)
			ids := byOffer(t, c)
			if len(ids) != 1 {
				t.Fatalf("found %v", ids)
			}
			if o, err := c.GetOrder(t.Context(), ids[0]); err != nil || o.Type != OrderHold || o.OfferID != testOffer {
				t.Errorf("order %+v, %v", o, err)
			}
			if n := srv.Count(duffeltest.CreateOrder); n != 1 {
				t.Errorf("sent %d times", n)
			}
			if _, err := c.CreateOrder(t.Context(), holdRequest()); payment.OutcomeOf(err) != payment.Unknown || !errors.Is(err, payment.ErrAlreadyPaid) {
				t.Errorf("the second one: %v", err)
			}
		})
	}
}

func TestCreateOrderAgainstSimulator(t *testing.T) {
	t.Run("hold", func(t *testing.T) {
		srv, c := offerSimulator(t, duffeltest.Offer{})
		got, err := c.CreateOrder(t.Context(), holdRequest())
		created, ok := got.(CreatedOrder)
		if err != nil || !ok || !created.Order.PaymentStatus.AwaitingPayment || created.Order.OfferID != testOffer {
			t.Fatalf("%+v, %v", got, err)
		}
		taken(t, srv, created.Order.ID, 0)
		if p, err := c.Pay(t.Context(), payment.Request{Key: "k", OrderID: created.Order.ID, Amount: mustMoney(t, "30.20", "GBP")}); err != nil || !p.Paid() {
			t.Errorf("Pay: %+v, %v", p, err)
		}
		taken(t, srv, created.Order.ID, 1)
	})
	t.Run("instant", func(t *testing.T) {
		srv, c := offerSimulator(t, duffeltest.Offer{RequiresInstantPayment: true, Order: duffeltest.Order{
			Price: mustMoney(t, "20.20", "GBP"), AvailableServices: map[string]payment.Money{"ase_00009hj8USM7Ncg31cB123": mustMoney(t, "10", "GBP")},
		}})
		if _, err := c.CreateOrder(t.Context(), holdRequest()); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrInvalidRequest) {
			t.Errorf("hold: %v", err)
		}
		if _, err := c.CreateOrder(t.Context(), instantRequest(t, "30.10")); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrPriceChanged) {
			t.Errorf("too little: %v", err)
		}
		got, err := c.CreateOrder(t.Context(), instantRequest(t, "30.20"))
		created, ok := got.(CreatedOrder)
		if err != nil || !ok || !isSet(created.Order.PaymentStatus.PaidAt) || created.Order.Metadata["booking"] != "4711" || len(created.Order.Services) != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		taken(t, srv, created.Order.ID, 1)
	})
	t.Run("gone", func(t *testing.T) {
		_, c := offerSimulator(t, duffeltest.Offer{Gone: true})
		if _, err := c.CreateOrder(t.Context(), holdRequest()); payment.OutcomeOf(err) != payment.Refused || !errors.Is(err, payment.ErrOrderNotPayable) {
			t.Errorf("%v", err)
		}
	})
	for name, booking := range map[string]duffeltest.Booking{"unseen": duffeltest.BookUnseen, "later": duffeltest.BookLater} {
		t.Run(name, func(t *testing.T) {
			srv, c := offerSimulator(t, duffeltest.Offer{Booking: booking})
			got, err := c.CreateOrder(t.Context(), holdRequest())
			_, unseen := got.(BookedOrder)
			_, later := got.(AcceptedOrder)
			if err != nil || unseen != (booking == duffeltest.BookUnseen) || later != (booking == duffeltest.BookLater) {
				t.Fatalf("%+v, %v", got, err)
			}
			if ids := byOffer(t, c); ids != nil {
				t.Errorf("listed %v", ids)
			}
			id, err := srv.FinishOrder(testOffer, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{id}, byOffer(t, c)); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrderChangesAgainstSimulator(t *testing.T) {
	srv, c, req := simulator(t, duffeltest.Order{
		AvailableServices: map[string]payment.Money{"ase_1": mustMoney(t, "5.00", "GBP")},
		AirlineCredits:    map[string]payment.Money{"acd_1": mustMoney(t, "10.00", "GBP")},
	})
	o, err := c.UpdateOrder(t.Context(), req.OrderID, UpdateOrderRequest{Metadata: map[string]string{"a": "1"}, Users: []string{"icu_1"}})
	if err != nil || o.Metadata["a"] != "1" || len(o.Users) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = c.UpdateOrder(t.Context(), req.OrderID, UpdateOrderRequest{Metadata: map[string]string{}})
	if err != nil || len(o.Metadata) != 0 || len(o.Users) != 1 {
		t.Errorf("cleared: %+v, %v", o, err)
	}
	o, err = c.PriceOrder(t.Context(), req.OrderID, IntendedMethod{Type: MethodAirlineCredit, AirlineCreditID: "acd_1"}, IntendedMethod{Type: MethodBalance})
	if err != nil || len(o.IntendedPaymentMethods) != 2 {
		t.Fatalf("priced: %+v, %v", o, err)
	}
	if sum, err := o.Charges(); err != nil || !sum.Equal(req.Amount) {
		t.Errorf("charges %v, %v", sum, err)
	}
	if _, err := c.PriceOrder(t.Context(), req.OrderID, IntendedMethod{Type: MethodAirlineCredit, AirlineCreditID: "acd_2"}); !errors.Is(err, payment.ErrDeclined) {
		t.Errorf("a credit of nobody: %v", err)
	}
	if _, err := c.Pay(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	add := AddServicesRequest{Services: []ServiceQuantity{{ID: "ase_1", Quantity: 2}}, Payment: NewPayment{Type: MethodBalance, Amount: mustMoney(t, "10.00", "GBP")}}
	srv.Fail(duffeltest.Fault{Route: duffeltest.AddServices, Cut: duffeltest.BeforeAnswer})
	if _, err := c.AddServices(t.Context(), req.OrderID, add); payment.OutcomeOf(err) != payment.Unknown {
		t.Errorf("a lost answer: %v", err)
	}
	if err := srv.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := srv.Taken(req.OrderID); len(got) != 2 || got[1].String() != "10.00 GBP" || srv.Count(duffeltest.AddServices) != 1 {
		t.Errorf("taken %v by %d requests", got, srv.Count(duffeltest.AddServices))
	}
	o, err = c.GetOrder(t.Context(), req.OrderID)
	want := []Service{{ID: "ase_1", Type: "baggage", Quantity: 2, TotalAmount: "10.00", TotalCurrency: "GBP"}}
	if diff := cmp.Diff(want, o.Services); diff != "" || err != nil || o.TotalAmount != "40.20" {
		t.Errorf("services (-want +got):\n%s%v, %s", diff, err, o.TotalAmount)
	}
	add.Payment.Amount = mustMoney(t, "9.99", "GBP")
	if _, err := c.AddServices(t.Context(), req.OrderID, add); payment.OutcomeOf(err) != payment.Refused {
		t.Errorf("too little: %v", err)
	}
}

func TestPricedOrder(t *testing.T) {
	s := serve(t, map[string]answer{"PATCH /air/orders/" + testOrder + "/actions/price": {body: fixture(t, "order-priced.json")}})
	c := s.client(t, WithPriceMethod(http.MethodPatch))
	o, err := c.PriceOrder(t.Context(), testOrder, IntendedMethod{Type: MethodCard, CardID: "tcd_00009hthhsUZ8W4LxQgkjb"})
	if err != nil {
		t.Fatal(err)
	}
	want := []IntendedPayment{
		{Type: MethodCard, CardID: "tcd_00009hthhsUZ8W4LxQgkjb", SurchargeAmount: "1.20", SurchargeCurrency: "GBP", ChargeAmount: "42.00", ChargeCurrency: "GBP"},
		{Type: MethodAirlineCredit, AirlineCreditID: "acd_00009UhD4ongolulWd91Ky", PenaltyAmount: "0.00", PenaltyCurrency: "GBP", ChargeAmount: "50.00", ChargeCurrency: "GBP"},
	}
	if diff := cmp.Diff(want, o.IntendedPaymentMethods, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("priced for (-want +got):\n%s", diff)
	}
	if sum, err := o.Charges(); err != nil || sum.String() != "92.00 GBP" {
		t.Errorf("charges %v, %v", sum, err)
	}
	o.IntendedPaymentMethods[1].ChargeCurrency = "EUR"
	if _, err := o.Charges(); !errors.Is(err, payment.ErrCurrencyMismatch) {
		t.Errorf("two currencies: %v", err)
	}
	if _, err := (Order{}).Charges(); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("not priced: %v", err)
	}
	if _, err := New(testToken, WithPriceMethod("GET")); !errors.Is(err, payment.ErrInvalidRequest) {
		t.Errorf("GET: %v", err)
	}
}
