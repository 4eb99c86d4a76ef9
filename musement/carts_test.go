package musement

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// johnSmith is the customer of customer-request.json.
func johnSmith() NewCustomer {
	return NewCustomer{Firstname: "John", Lastname: "Smith", Email: "api-distribution@tui.com", MusementNewsletter: No, AllowProfiling: No,
		ThirdpartyNewsletter: No, EventsRelatedNewsletter: No, ExtraCustomerData: ExtraCustomerData{
			"1714c6a7-2046-11e7-9cc9-06a7e332783f": {PhoneNumber: IntValue(1234567890)}}}
}

// TestBodies compares the requests around the payment, byte by byte, and where they go.
func TestBodies(t *testing.T) {
	const otherCart = "ff111070-984a-4cff-87c7-2a32cd76de36"
	cart, order := "/carts/"+testCart, "/orders/"+testOrder
	extra, err := NewExtraData(struct {
		Client      string `json:"clientReferenceId"`
		Reservation string `json:"reservationId"`
	}{"12345678", "3E5B7445-00E6-4ED6-9321-19E30D73A128"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		route, answer string
		do            func(*Client) error
		want          string
	}{
		"create cart": {"POST /carts", fixture(t, "cart-empty.json"), func(c *Client) error {
			_, err := c.CreateCart(t.Context(), CreateCartRequest{})
			return err
		}, `{}`},
		"create cart with tickets": {"POST /carts", fixture(t, "cart-empty.json"), func(c *Client) error {
			_, err := c.CreateCart(t.Context(), CreateCartRequest{Tickets: []NewTicket{{TicketProduct{123456789}, 2}}, DiscountCode: "TEN"})
			return err
		}, `{"tickets":[{"product":{"id":123456789},"quantity":2}],"discount_code":"TEN"}`},
		"add items": {"POST " + cart + "/items", fixture(t, "cart-item.json"), func(c *Client) error {
			_, err := c.AddCartItems(t.Context(), testCart, []NewCartItem{{Type: ProductStandard, ProductIdentifier: "249217479",
				Quantity: 2, Language: "it", Pickup: "5ee32dbd-898d-4f2e-aa9b-bb430b9a4960"}})
			return err
		}, fixture(t, "cart-items-request.json")},
		"remove item": {"DELETE " + cart + "/items/" + testItem, ``, func(c *Client) error {
			return c.RemoveCartItem(t.Context(), testCart, testItem)
		}, ``},
		"delete cart": {"DELETE " + cart, ` true `, func(c *Client) error { return c.DeleteCart(t.Context(), testCart) }, ``},
		"customer": {"PUT " + cart + "/customer", fixture(t, "customer.json"), func(c *Client) error {
			_, err := c.SetCustomer(t.Context(), testCart, johnSmith())
			return err
		}, fixture(t, "customer-request.json")},
		"participants": {"PUT " + cart + "/items/" + testItem + "/participants", ``, func(c *Client) error {
			return c.SetParticipants(t.Context(), testCart, testItem, []Participant{{Salutation: "Mrs", Firstname: "Ann",
				DateOfBirth: "1980-12-31", Weight: "61.5", PhoneNumber: TextValue("+39 02")}, {}})
		}, `[{"salutation":"Mrs","firstname":"Ann","date_of_birth":"1980-12-31","weight":61.5,"phone_number":"+39 02"},{}]`},
		"create order": {"POST /orders", fixture(t, "order.json"), func(c *Client) error {
			_, err := c.CreateOrder(t.Context(), CreateOrderRequest{CartUUID: otherCart, EmailNotification: MailNone, ExtraData: extra})
			return err
		}, fixture(t, "create-order-request.json")},
		"extra data": {"PATCH " + order, fixture(t, "order.json"), func(c *Client) error {
			_, err := c.SetExtraData(t.Context(), testOrder, `{"a":1}`)
			return err
		}, `{"extra_data":"{\"a\":1}"}`},
		"cancel": {"DELETE " + order + "/items/" + testItem, ``, func(c *Client) error {
			return c.CancelItem(t.Context(), testOrder, testItem, Cancellation{Reason: ReasonRejectedScheduleChange,
				AdditionalInfo: "Customer rejected suggested change to reservation date."})
		}, fixture(t, "cancel-request.json")},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, map[string]answer{tt.route: {body: tt.answer}})
			if err := tt.do(s.client(t)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.lastBody()); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnswers decodes the documented answers around the payment.
func TestAnswers(t *testing.T) {
	item := "/orders/" + testOrder + "/items/" + testItem
	s := serve(t, map[string]answer{
		"GET /carts/" + testCart:                                                                        {body: fixture(t, "cart-empty.json")},
		"PUT /carts/" + testCart + "/customer":                                                          {body: fixture(t, "customer.json")},
		"POST /carts/" + testCart + "/items":                                                            {body: fixture(t, "cart-item.json")},
		"GET " + item + "/refund-policies":                                                              {body: fixture(t, "refund-policies.json")},
		"GET /orders/" + testOrder + "/refunds":                                                         {body: `[{"anything":1.10},7]`},
		"GET /carts/" + testCart + "/order-info":                                                        {body: fixture(t, "order-info-paid.json")},
		"GET /orders/" + testOrder + "/activities/" + musementtest.ActivityUUID + "/tickets":            {body: fixture(t, "tickets.json")},
		"GET /orders/" + testOrder + "/activities/" + musementtest.ActivityUUID + "/tickets/a%2Fb==%3F": {body: "%PDF"},
		"GET " + item + "/voucher/booking":                                                              {header: map[string][]string{"Content-Type": {"application/pdf"}}, body: "%PDF-1"},
		"GET " + item + "/vouchers-external":                                                            {status: 409, body: fixture(t, "error-voucher.json")},
		"GET /carts/" + testCart + "/items/" + testItem + "/participants/schema":                        {status: 404, body: fixture(t, "error-no-participants.json")},
	})
	c := s.client(t)
	ctx := t.Context()
	check := func(name string, want, got any, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	zero := &Money{Currency: "EUR", Value: "0", FormattedValue: "€ 0.00"}
	cart, err := c.GetCart(ctx, testCart)
	check("cart", Cart{UUID: testCart, Items: []CartItem{}, FullPrice: zero, Discount: zero, Raw: json.RawMessage(fixture(t, "cart-empty.json"))}, cart, err)
	customer, err := c.SetCustomer(ctx, testCart, johnSmith())
	check("customer", CartCustomer{Email: "api-distribution@tui.com", Firstname: "John", Lastname: "Smith", EventsRelatedNewsletter: No,
		MusementNewsletter: No, ThirdpartyNewsletter: No,
		Country: &Country{CountryPrefix: "+39", CurrencyCode: "EUR", ISOCode: "IT", ISO3Char: "ITA", Name: "Italy", ID: "82"}}, customer, err)
	first, err := c.AddCartItems(ctx, testCart, []NewCartItem{{Type: ProductStandard, ProductIdentifier: "249217479", Quantity: 2}})
	check("item", CartItem{UUID: testItem, Status: "PREBOOK_OK", Quantity: 2,
		TotalPrice: &Money{"EUR", "50.0", "€ 50.00", "€50.00"},
		Product:    &CartProduct{ID: "249217479", Type: "musement", Title: "Adult ticket", RetailPrice: &Money{"EUR", "25.0", "€ 25.00", "€25.00"}}}, first, err)
	policies, err := c.GetRefundPolicies(ctx, testOrder, testItem)
	check("refund policies", []RefundPolicy{{UUID: "7d4f0707-85ec-428e-9afa-0ed1e8f23c4d", Period: "P1D", Type: RefundPercentage,
		Value: "100.0", ApplicableUntil: "2021-11-26 09:00", RemainingTime: "P10DT22H26M37S"}}, policies, err)
	refunds, err := c.GetRefunds(ctx, testOrder)
	check("refunds", []json.RawMessage{json.RawMessage(`{"anything":1.10}`), json.RawMessage(`7`)}, refunds, err)
	info, err := c.GetOrderInfo(ctx, testCart)
	check("order-info", OrderInfo{OrderUUID: testOrder, Payment: OrderInfoPayment{Paid: true, Status: PaymentPaid}}, info, err)
	tickets, err := c.GetTickets(ctx, testOrder, musementtest.ActivityUUID)
	check("tickets", []Ticket{{ID: "AW50cmFuY2UtYXV2aW9ndWlkZXr3NzkwNzQ4MQ==", PriceFeatureCode: "entrance-audioguide",
		PriceFeature: "Entrance + audio guide", Date: "2021-06-15T16:00:00+0000"}}, tickets, err)
	ticket, err := c.GetTicket(ctx, testOrder, musementtest.ActivityUUID, "a/b==?")
	check("ticket", "%PDF", string(ticket.Body), err)
	voucher, err := c.GetItemVoucher(ctx, testOrder, testItem)
	check("voucher", Document{ContentType: "application/pdf", Body: []byte("%PDF-1")}, voucher, err)
	if _, err := c.GetExternalVouchers(ctx, testOrder, testItem); errors.Is(err, payment.ErrAlreadyPaid) || !errors.Is(err, payment.ErrUnavailable) {
		t.Errorf("external vouchers: %v", err)
	}
	none, err := c.GetParticipantsSchema(ctx, testCart, testItem)
	check("no participants", (*Schema)(nil), none, err)
}

// TestFromCartToVoucher books, pays and cancels against the simulator.
func TestFromCartToVoucher(t *testing.T) {
	srv, c := simulate(t)
	ctx := t.Context()
	srv.AddProduct(musementtest.Product{Identifier: "1", Title: "Tour", Price: mustMoney(t, "12.50", "EUR"), NeedsParticipants: true})
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	spare, err := c.CreateCart(ctx, CreateCartRequest{})
	ok(err)
	ok(c.DeleteCart(ctx, spare.UUID))
	if _, err := c.GetCart(ctx, spare.UUID); !errors.Is(err, payment.ErrOrderNotFound) {
		t.Errorf("a deleted cart: %v", err)
	}

	cart, err := c.CreateCart(ctx, CreateCartRequest{})
	ok(err)
	line := NewCartItem{Type: ProductStandard, ProductIdentifier: "1", Quantity: 2}
	item, err := c.AddCartItems(ctx, cart.UUID, []NewCartItem{line, line})
	ok(err)
	cart, err = c.GetCart(ctx, cart.UUID)
	ok(err)
	ok(c.RemoveCartItem(ctx, cart.UUID, cart.Items[1].UUID))
	schema, err := c.GetCustomerSchema(ctx, cart.UUID)
	if ok(err); schema.Title != "cart_customer_guest" || len(schema.Required) != 7 {
		t.Errorf("schema %+v", schema)
	}
	_, err = c.SetCustomer(ctx, cart.UUID, johnSmith())
	ok(err)
	who, err := c.GetParticipantsSchema(ctx, cart.UUID, item.UUID)
	if ok(err); who == nil || who.Required[0] != "firstname" {
		t.Errorf("participants' schema %+v", who)
	}
	ok(c.SetParticipants(ctx, cart.UUID, item.UUID, []Participant{{Firstname: "Ann"}, {Firstname: "Bob"}}))
	if _, err := c.GetOrderInfo(ctx, cart.UUID); !errors.Is(err, payment.ErrOrderNotFound) {
		t.Errorf("order-info without an order: %v", err)
	}

	order, err := c.CreateOrder(ctx, CreateOrderRequest{CartUUID: cart.UUID, ExtraData: `{"ref":"4711"}`})
	ok(err)
	order, err = c.SetExtraData(ctx, order.UUID, `{"ref":"4712"}`)
	if ok(err); order.ExtraData != `{"ref":"4712"}` {
		t.Errorf("extra data %q", order.ExtraData)
	}
	if err := c.DeleteCart(ctx, cart.UUID); !errors.Is(err, payment.ErrOrderNotPayable) {
		t.Errorf("a cart with an order: %v", err)
	}
	total, err := order.Total()
	ok(err)
	p, err := c.Pay(ctx, payment.Request{Key: "k1", OrderID: order.UUID, Amount: total, Details: Details{CartUUID: cart.UUID}})
	if ok(err); !p.Paid() {
		t.Fatalf("%+v", p)
	}
	wantTaken(t, srv, order.UUID, "25.00 EUR")

	order, err = c.GetOrder(ctx, order.UUID)
	if ok(err); order.Items[0].Status != ItemOK || len(order.Items[0].Vouchers) != 1 {
		t.Errorf("items %+v", order.Items)
	}
	activity := order.Items[0].Product.ActivityUUID
	tickets, err := c.GetTickets(ctx, order.UUID, activity)
	ok(err)
	pdf, err := c.GetTicket(ctx, order.UUID, activity, tickets[0].ID)
	if ok(err); !strings.HasPrefix(string(pdf.Body), "%PDF") {
		t.Errorf("ticket %q", pdf.Body)
	}
	_, err = c.GetActivityVoucher(ctx, order.UUID, activity)
	ok(err)
	if policies, err := c.GetRefundPolicies(ctx, order.UUID, order.Items[0].UUID); err != nil || policies != nil {
		t.Errorf("policies %v, %v", policies, err)
	}
	srv.UpdateOrder(order.UUID, func(o *musementtest.Order) { o.Refundable = true })
	if policies, err := c.GetRefundPolicies(ctx, order.UUID, order.Items[0].UUID); err != nil || len(policies) != 1 {
		t.Errorf("policies %v, %v", policies, err)
	}
	ok(c.CancelItem(ctx, order.UUID, order.Items[0].UUID, Cancellation{Reason: ReasonCancelledByCustomer}))
	order, err = c.GetOrder(ctx, order.UUID)
	if ok(err); order.Items[0].Status != ItemRefundStarted || order.Items[0].CancellationReason != ReasonCancelledByCustomer {
		t.Errorf("item %+v", order.Items[0])
	}
}

// TestCallsRefuse: what cannot be meant is refused before anything is sent.
func TestCallsRefuse(t *testing.T) {
	s := serve(t, map[string]answer{})
	c, ctx := s.client(t), t.Context()
	long := strings.Repeat("é", 256)
	e1 := func(_ any, err error) error { return err }
	for name, tt := range map[string]struct {
		err   error
		field string
	}{
		"cart":           {e1(c.GetCart(ctx, "../orders")), "CartUUID"},
		"delete":         {c.DeleteCart(ctx, ""), "CartUUID"},
		"tickets":        {e1(c.CreateCart(ctx, CreateCartRequest{Tickets: []NewTicket{{}}})), "Tickets"},
		"no items":       {e1(c.AddCartItems(ctx, testCart, nil)), "Items"},
		"101 items":      {e1(c.AddCartItems(ctx, testCart, make([]NewCartItem, 101))), "Items"},
		"no type":        {e1(c.AddCartItems(ctx, testCart, []NewCartItem{{ProductIdentifier: "1", Quantity: 1}})), "Type"},
		"no product":     {e1(c.AddCartItems(ctx, testCart, []NewCartItem{{Type: "x", Quantity: 1}})), "ProductIdentifier"},
		"no quantity":    {e1(c.AddCartItems(ctx, testCart, []NewCartItem{{Type: "x", ProductIdentifier: "1"}})), "Quantity"},
		"item":           {c.RemoveCartItem(ctx, testCart, "x"), "ItemUUID"},
		"schema":         {e1(c.GetCustomerSchema(ctx, "x")), "CartUUID"},
		"consent":        {e1(c.SetCustomer(ctx, testCart, NewCustomer{Firstname: "a", Lastname: "b", Email: "c"})), "MusementNewsletter"},
		"no name":        {e1(c.SetCustomer(ctx, testCart, NewCustomer{})), "Firstname"},
		"participants":   {c.SetParticipants(ctx, testCart, testItem, nil), "Participants"},
		"order's cart":   {e1(c.CreateOrder(ctx, CreateOrderRequest{})), "CartUUID"},
		"extra data":     {e1(c.CreateOrder(ctx, CreateOrderRequest{CartUUID: testCart, ExtraData: "[1]"})), "ExtraData"},
		"null data":      {e1(c.SetExtraData(ctx, testOrder, "null")), "ExtraData"},
		"channel":        {e1(c.CreateOrder(ctx, CreateOrderRequest{CartUUID: testCart, AffiliateChannel: "x"})), "AffiliateChannel"},
		"order":          {e1(c.GetOrder(ctx, "MUS0738876")), "OrderUUID"},
		"no reason":      {c.CancelItem(ctx, testOrder, testItem, Cancellation{}), "Reason"},
		"long info":      {c.CancelItem(ctx, testOrder, testItem, Cancellation{Reason: "x", AdditionalInfo: long}), "AdditionalInfo"},
		"odd data":       {c.CancelItem(ctx, testOrder, testItem, Cancellation{Reason: "x", IntegrationData: json.RawMessage("{")}), "Request"},
		"policies":       {e1(c.GetRefundPolicies(ctx, testOrder, "")), "ItemUUID"},
		"refunds":        {e1(c.GetRefunds(ctx, "")), "OrderUUID"},
		"activity":       {e1(c.GetTickets(ctx, testOrder, "")), "ActivityUUID"},
		"ticket":         {e1(c.GetTicket(ctx, testOrder, musementtest.ActivityUUID, "")), "TicketID"},
		"voucher":        {e1(c.GetActivityVoucher(ctx, "", "")), "OrderUUID"},
		"item's voucher": {e1(c.GetItemVoucher(ctx, testOrder, "")), "ItemUUID"},
		"external":       {e1(c.GetExternalVouchers(ctx, testOrder, "")), "ItemUUID"},
		"order-info":     {e1(c.GetOrderInfo(ctx, "")), "CartUUID"},
	} {
		var e *payment.Error
		if !errors.As(tt.err, &e) || e.Field != tt.field || e.Provider != provider || !errors.Is(tt.err, payment.ErrInvalidRequest) {
			t.Errorf("%s: %v, want field %s", name, tt.err, tt.field)
		}
	}
	if got := s.requests(); len(got) != 0 {
		t.Errorf("sent: %v", got)
	}
}
