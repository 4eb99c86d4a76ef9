package house

import (
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
)

// etmSubject logs in as a partner, with a login and a password, or as a customer, with the id of an
// app.
func etmSubject(who string) *subject {
	s := &subject{
		name:   "etm, " + who,
		logins: who == "customer",
		types:  []reflect.Type{reflect.TypeFor[*etm.Client]()},
		canaries: func() []canary {
			session := []canary{awkward("key"), cookieValue("cookie"), word("extra")}
			if who == "partner" {
				return append(session, awkward("login"), awkward("password"))
			}
			return append(session, word("app"))
		},
		credentials: []string{"key", "cookie", "login", "password", "app"},
		login:       func(path string) bool { return strings.HasPrefix(path, "/api/login") },
		good: func(_ *kit, method, path string) (int, string) {
			for prefix, body := range map[string]string{
				"/api/login":                `{"etm_auth_key":"{key}","locale":"EN","currency":"EUR","max_expiry_time":1732025832,"max_timeout":216000}`,
				"/api/air/orders/1/payment": fixture("etm", "order-payment"), "/api/air/orders/2": strings.NewReplacer(`1053715`, `2`, `"stamp_ticket": null`, `"stamp_ticket": "2000-01-01 00:00:00"`).Replace(etmOrder),
				"/api/air/search": fixture("etm", "search"), "/api/documents/types/site": `[]`,
				"/api/air/offers/3/smart_ff": fixture("etm", "smart-offers"), "/api/air/offers/3/availability": fixture("etm", "availability"),
				"/api/air/offers/3/additional-services": fixture("etm", "additional-services"), "/api/do": `{"status":"ok"}`,
			} {
				if strings.HasPrefix(path, prefix) {
					return http.StatusOK, body
				}
			}
			switch path {
			case "/api/air/orders/1":
				return http.StatusOK, strings.Replace(etmOrder, "1053715", "1", 1)
			case "/api/air/orders":
				return http.StatusOK, `{"status":"ok","data":[]}`
			case "/api/air/offers":
				return http.StatusOK, fixture("etm", "offers")
			default:
				return 0, ""
			}
		},
		proofless: []string{"pay, once"}, // what is paid needs no decision
		fault: func(q string) string {
			return `{"status":` + q + `,"message":` + q + `,"error":` + q + `,"payload":{"status":` + q + `}}`
		},
	}
	s.calls = func(k *kit) (any, []any, map[string]func() []any) { return etmCalls(k, who) }
	return s
}

// etmOrder is an order that waits for its payment.
const etmOrder = `{"status":"ok","data":{"order_id":1053715,"status":"B","pnr_number":"R5KN9G","amount":221.92000000000002,"currency":"EUR",
	"agency":{"id":37594,"login":"x"},"rl_number":{"LO":"R5KN9G"},"stamp_create":"2000-01-01 06:16:00","stamp_ticket": null,
	"time_till_ticket":{"days":"1","hours":"23","minutes":"59","stamp":"2000-01-03 06:16:00"},"left_to_void":false,
	"directions":[{"id":1,"segments":{"1":{"number":1}}}]}}`

func etmCalls(k *kit, who string) (any, []any, map[string]func() []any) {
	opts := []etm.Option{etm.WithTransport(k.transport), etm.WithLogger(k.logger), etm.WithRefusalWords("refused")}
	auth := etm.B2BLogin(k.secrets["login"], k.secrets["password"])
	if who == "customer" {
		auth = etm.B2CLogin(k.secrets["app"], "EN")
	}
	c := must(etm.New(k.base, auth, opts...))
	req := payment.Request{Key: "k1", OrderID: "1", Amount: money("221.92", "EUR")}
	create := etm.CreatePaymentRequest{OrderID: "1", FOPType: etm.MethodCash, Amount: req.Amount}
	own := etm.Operation{Method: http.MethodPost, Path: []string{"api", "do"}, Body: []byte(`{"x":"` + k.secrets["extra"] + `"}`), Secrets: []payment.Secret{k.secret("extra")}}
	read := own
	read.ReadsOnly = true
	search := etm.SearchRequest{Directions: []etm.SearchDirection{{DepartureCode: "BER", ArrivalCode: "WAW", Date: "2025-09-01"}}, Adults: 1}
	attempt := must(c.Prepare(req))
	ticketed := attempt
	ticketed.OrderID = "2"
	return c, []any{opts, auth, req, create, attempt, search}, map[string]func() []any{
		"Client.Provider":             func() []any { return all(c.Provider()) },
		"Client.Installation":         func() []any { return all(c.Installation()) },
		"Client.Timing":               func() []any { return all(c.Timing()) },
		"Client.CloseIdleConnections": func() []any { c.CloseIdleConnections(); return nil },
		"Client.Login":                func() []any { return all(c.Login(k.ctx())) },
		"Client.Check":                func() []any { return all(c.Check(k.ctx())) },
		"Client.Prepare":              func() []any { return all(c.Prepare(req)) },
		"Client.Pay": func() []any {
			p, err := c.Pay(k.ctx(), req)
			return all(p, err, attempt.After(p, err), payment.Next(p, err))
		},
		"Client.Lookup":               func() []any { return all(c.Lookup(k.ctx(), ticketed)) },
		"Client.CreatePayment":        func() []any { return all(c.CreatePayment(k.ctx(), create)) },
		"Client.Do":                   func() []any { return append(all(c.Do(k.ctx(), own)), all(c.Do(k.ctx(), read))...) },
		"Client.GetOrder":             func() []any { return all(c.GetOrder(k.ctx(), "1")) },
		"Client.ListOrders":           func() []any { return all(c.ListOrders(k.ctx(), nil)) },
		"Client.Search":               func() []any { return all(c.Search(k.ctx(), search)) },
		"Client.GetOffers":            func() []any { return all(c.GetOffers(k.ctx(), "9")) },
		"Client.WaitOffers":           func() []any { return all(c.WaitOffers(k.ctx(), "9", time.Minute)) },
		"Client.GetSmartOffers":       func() []any { return all(c.GetSmartOffers(k.ctx(), "3")) },
		"Client.CheckAvailability":    func() []any { return all(c.CheckAvailability(k.ctx(), "3")) },
		"Client.GetAvailableServices": func() []any { return all(c.GetAvailableServices(k.ctx(), "3", "4")) },
		"Client.GetDocumentTypes":     func() []any { return all(c.GetDocumentTypes(k.ctx(), "EN", "1")) },
		"pay, once":                   func() []any { return journaled(k, c, req, nil) },
	}
}

const (
	musementOrder = "8bd6f4a4-ece7-4cf6-a1c4-2455b6f5f514"
	musementCart  = "cc6fcf36-2ec6-41b8-b715-1072d4e441e4"
	musementItem  = "dd0a0840-f09d-4406-b02a-f672dbf4b172"
)

func musementSubject() *subject {
	const (
		order = `{"uuid":"` + musementOrder + `","identifier":"MUS1","date":"2018-08-17T15:59:43+0000","status":"PENDING","extra_data":"{\"a\":1}",
			"customer":{"email":"a@example.com"},"items":[{"uuid":"` + musementItem + `","status":"PENDING","quantity":2}],"total_price":{"currency":"USD","value":10}}`
		start = `{"gateway":"ADYEN","reason":"FALLBACK","3d_secure":{"type":"FORM","url":"https://issuer.example/{location}","payload":{"MD":"{payload}"},"payment_intent_client_secret":"{client secret 3ds}"}}`
		item  = `{"uuid":"` + musementItem + `","status":"PREBOOK_OK","quantity":2}`
	)
	bodies := map[string]string{
		"POST /login":                             `{"access_token":"{token}","expires_in":3600,"token_type":"bearer","scope":null}`,
		"POST /payments/no/payment":               order,
		"POST /payments/split/payment":            start,
		"POST /payments/split/complete_3d_secure": `{"3d_secure":{"type":"USE_STRIPE_SDK","payment_intent_client_secret":"{client secret 3ds}"}}`,
		"GET /currencies":                         `[]`,
		"POST /orders":                            order,
		"GET /orders/" + musementOrder:            order,
		"PATCH /orders/" + musementOrder:          order,
		"DELETE /orders/" + musementOrder + "/items/" + musementItem:                     "",
		"GET /orders/" + musementOrder + "/items/" + musementItem + "/refund-policies":   fixture("musement", "refund-policies"),
		"GET /orders/" + musementOrder + "/refunds":                                      `[{}]`,
		"GET /orders/" + musementOrder + "/activities/" + musementItem + "/tickets":      fixture("musement", "tickets"),
		"GET /orders/" + musementOrder + "/activities/" + musementItem + "/tickets/t":    "%PDF",
		"GET /orders/" + musementOrder + "/activities/" + musementItem + "/voucher":      "%PDF",
		"GET /orders/" + musementOrder + "/items/" + musementItem + "/voucher/booking":   "%PDF",
		"GET /orders/" + musementOrder + "/items/" + musementItem + "/vouchers-external": "%PDF",
		"POST /carts": fixture("musement", "cart-empty"), "GET /carts/" + musementCart: fixture("musement", "cart-empty"), "DELETE /carts/" + musementCart: "true",
		"POST /carts/" + musementCart + "/items": item, "DELETE /carts/" + musementCart + "/items/" + musementItem: "",
		"GET /carts/" + musementCart + "/order-info":                                     `{"order_uuid":"` + musementOrder + `","payment":{"paid":false,"status":"created"}}`,
		"GET /carts/" + musementCart + "/customer/schema":                                `{"title":"t","type":"object","properties":{},"required":[]}`,
		"PUT /carts/" + musementCart + "/customer":                                       fixture("musement", "customer"),
		"GET /carts/" + musementCart + "/items/" + musementItem + "/participants/schema": `{"title":"t","type":"object"}`,
		"PUT /carts/" + musementCart + "/items/" + musementItem + "/participants":        "",
	}
	return &subject{
		name:  "musement",
		types: []reflect.Type{reflect.TypeFor[*musement.Client]()},
		canaries: func() []canary {
			return []canary{awkward("application"), awkward("client secret"), awkward("token"), awkward("adyen token"), awkward("stripe token"),
				awkward("intent"), word("location"), awkward("payload"), awkward("client secret 3ds")}
		},
		credentials: []string{"application", "client secret", "token"},
		login:       func(path string) bool { return path == "/login" },
		good: func(_ *kit, method, path string) (int, string) {
			body, known := bodies[method+" "+path]
			if !known {
				return 0, ""
			}
			return http.StatusOK, body
		},
		fault: func(q string) string { return `{"code":"1400","message":` + q + `,"data":` + q + `}` },
		calls: musementCalls,
		// The static order-info never comes to an end.
		proofless: []string{"Client.Lookup", "pay, once", "pay, once, split"},
	}
}

func musementCalls(k *kit) (any, []any, map[string]func() []any) {
	cred := musement.Credentials{Application: k.secret("application"), ClientID: "client-1", ClientSecret: k.secret("client secret")}
	opts := []musement.Option{musement.WithBaseURL(k.base), musement.WithTransport(k.transport), musement.WithLogger(k.logger)}
	c := must(musement.New(cred, opts...))
	details := musement.Details{CartUUID: musementCart, AdyenToken: k.secret("adyen token"), StripeToken: k.secret("stripe token"), CardBrand: "visa"}
	req := payment.Request{Key: "k1", OrderID: musementOrder, Amount: money("10", "USD"), Method: musement.MethodSplit, Details: details}
	plain := payment.Request{Key: "k2", OrderID: musementOrder, Amount: money("10", "USD")}
	attempt := must(c.Prepare(req))
	start := musement.SplitPaymentRequest{OrderUUID: musementOrder, AdyenToken: details.AdyenToken, StripeToken: details.StripeToken}
	complete := musement.Complete3DSecureRequest{OrderUUID: musementOrder, PaymentIntentID: k.secret("intent")}
	second := musement.Continuation{PaymentIntentID: k.secret("intent")}
	o, cart, i := musementOrder, musementCart, musementItem
	newOrder := musement.CreateOrderRequest{CartUUID: cart, ExtraData: must(musement.NewExtraData(map[string]string{"a": "b"}))}
	customer := musement.NewCustomer{Firstname: "A", Lastname: "B", Email: "a@example.com", MusementNewsletter: musement.No,
		AllowProfiling: musement.No, ThirdpartyNewsletter: musement.No, EventsRelatedNewsletter: musement.No}
	items := []musement.NewCartItem{{Type: musement.ProductStandard, ProductIdentifier: "1", Quantity: 2}}
	return c, []any{opts, cred, &cred, details, req, attempt, start, complete, second}, map[string]func() []any{
		"Client.Provider":             func() []any { return all(c.Provider()) },
		"Client.Installation":         func() []any { return all(c.Installation()) },
		"Client.Timing":               func() []any { return all(c.Timing()) },
		"Client.FirstMark":            func() []any { return all(c.FirstMark()) },
		"Client.CloseIdleConnections": func() []any { c.CloseIdleConnections(); return nil },
		"Client.Check":                func() []any { return all(c.Check(k.ctx())) },
		"Client.Prepare":              func() []any { return all(c.Prepare(req)) },
		"Client.Pay": func() []any {
			p, err := c.Pay(k.ctx(), req)
			return all(p, err, attempt.After(p, err), payment.Next(p, err))
		},
		"Client.Continue":             func() []any { p, err := c.Continue(k.ctx(), attempt, second); return all(p, err, payment.Next(p, err)) },
		"Client.Lookup":               func() []any { return all(c.Lookup(k.ctx(), attempt)) },
		"Client.PayWithoutCollecting": func() []any { return all(c.PayWithoutCollecting(k.ctx(), o)) },
		"Client.StartSplitPayment":    func() []any { p, err := c.StartSplitPayment(k.ctx(), start); return all(p, &p, p.ThreeDSecure, err) },
		"Client.Complete3DSecure":     func() []any { return all(c.Complete3DSecure(k.ctx(), complete)) },
		"Client.CreateOrder":          func() []any { return all(c.CreateOrder(k.ctx(), newOrder)) },
		"Client.GetOrder":             func() []any { return all(c.GetOrder(k.ctx(), o)) },
		"Client.SetExtraData":         func() []any { return all(c.SetExtraData(k.ctx(), o, newOrder.ExtraData)) },
		"Client.GetOrderInfo":         func() []any { return all(c.GetOrderInfo(k.ctx(), cart)) },
		"Client.CancelItem": func() []any {
			return all(c.CancelItem(k.ctx(), o, i, musement.Cancellation{Reason: musement.ReasonGracePeriod}))
		},
		"Client.GetRefundPolicies":     func() []any { return all(c.GetRefundPolicies(k.ctx(), o, i)) },
		"Client.GetRefunds":            func() []any { return all(c.GetRefunds(k.ctx(), o)) },
		"Client.CreateCart":            func() []any { return all(c.CreateCart(k.ctx(), musement.CreateCartRequest{})) },
		"Client.GetCart":               func() []any { return all(c.GetCart(k.ctx(), cart)) },
		"Client.DeleteCart":            func() []any { return all(c.DeleteCart(k.ctx(), cart)) },
		"Client.AddCartItems":          func() []any { return all(c.AddCartItems(k.ctx(), cart, items)) },
		"Client.RemoveCartItem":        func() []any { return all(c.RemoveCartItem(k.ctx(), cart, i)) },
		"Client.GetCustomerSchema":     func() []any { return all(c.GetCustomerSchema(k.ctx(), cart)) },
		"Client.SetCustomer":           func() []any { return all(c.SetCustomer(k.ctx(), cart, customer)) },
		"Client.GetParticipantsSchema": func() []any { return all(c.GetParticipantsSchema(k.ctx(), cart, i)) },
		"Client.SetParticipants": func() []any {
			return all(c.SetParticipants(k.ctx(), cart, i, []musement.Participant{{Firstname: "A"}}))
		},
		"Client.GetTickets":          func() []any { return all(c.GetTickets(k.ctx(), o, i)) },
		"Client.GetTicket":           func() []any { return all(c.GetTicket(k.ctx(), o, i, "t")) },
		"Client.GetActivityVoucher":  func() []any { return all(c.GetActivityVoucher(k.ctx(), o, i)) },
		"Client.GetItemVoucher":      func() []any { return all(c.GetItemVoucher(k.ctx(), o, i)) },
		"Client.GetExternalVouchers": func() []any { return all(c.GetExternalVouchers(k.ctx(), o, i)) },
		"pay, no payment":            func() []any { return all(c.Pay(k.ctx(), plain)) },
		"pay, once":                  func() []any { return journaled(k, c, plain, nil) },
		"pay, once, split":           func() []any { return journaled(k, c, req, second) },
	}
}

const (
	tpLocator = "G8A909"
	tpBench   = "cfa7a3a6-fefa-47e7-87a7-5c5cbde146cf"
)

func travelportSubject() *subject {
	card := `{"@type":"FormOfPaymentPaymentCard","id":"formOfPayment_1","Identifier":{"authority":"Travelport","value":"fop-value"},"PaymentCard":{"CardNumber":
		{"PlainText":"{stored card}","token":"{stored card}"},"ThreeDomainSecurity":{"ThreeDomainSecurityResults":{"cAVV":"{stored cavv}"}}}}`
	held := `"@type":"Reservation","Offer":[{"@type":"Offer","id":"offer_1","Identifier":{"authority":"Travelport","value":"4ac0a1d8"},"Price":{"CurrencyCode":{"value":"USD","decimalPlace":2},"TotalPrice":2773.5}}],
		"Traveler":[{"id":"travelerRefId_1","passengerTypeCode":"ADT"}]`
	reservation := `{"ReservationResponse":{"Reservation":{` + held + `}}}`
	bench := `{"ReservationResponse":{"Identifier":{"value":"` + tpBench + `"},"Reservation":{` + held + `}}}`
	filled := `{"ReservationResponse":{"Identifier":{"value":"` + tpBench + `"},"Reservation":{` + held + `,"FormOfPayment":[` + card + `],"Payment":[{"@type":"Payment","id":"payment_1","Amount":{"code":"USD","minorUnit":2,"value":2773.5}}]}}}`
	const benches = "/air/book/session/reservationworkbench"
	bodies := map[string]string{
		"POST /oauth/token": `{"access_token":"{token}","token_type":"Bearer","expires_in":86400}`,
		"GET /air/book/reservation/reservations/" + tpLocator: reservation,
		"GET /air/book/reservation/reservations/getbylocator": filled,
		"POST " + benches:                                                                        bench,
		"POST " + benches + "/buildfromlocator":                                                  bench,
		"GET " + benches + "/" + tpBench:                                                         filled,
		"DELETE " + benches + "/" + tpBench:                                                      "",
		"POST /air/book/reservation/reservations/" + tpBench:                                     strings.Replace(strings.Replace(fixture("travelport", "commit-issued"), "4ac0a1d8-fd2a-4192-83f5-cab69979ef4e", "4ac0a1d8", 1), `"Payment"`, `"FormOfPayment":[`+card+`],"Payment"`, 1),
		"POST /air/payment/reservationworkbench/" + tpBench + "/formofpayment":                   fixture("travelport", "fop-response"),
		"PUT /air/payment/reservationworkbench/" + tpBench + "/formofpayment/formOfPayment_1":    fixture("travelport", "fop-response"),
		"DELETE /air/payment/reservationworkbench/" + tpBench + "/formofpayment/formOfPayment_1": "",
		"POST /air/paymentoffer/reservationworkbench/" + tpBench + "/payments":                   fixture("travelport", "payment-response"),
		"POST /air/paymentoffer/reservationworkbench/" + tpBench + "/payments/payment_1":         fixture("travelport", "payment-response"),
		"POST /air/receipt/reservations/" + tpBench + "/receipts":                                fixture("travelport", "ticket-list"),
		"GET /air/receipt/reservations/" + tpLocator + "/receipts":                               fixture("travelport", "ticket-list"),
		"POST /air/book/airoffer/reservationworkbench/" + tpBench + "/offers/canceloffer":        `{"OfferListResponse":{}}`,
		"POST /air/ticket/tickets/getbylocator":                                                  `{"TicketListResponse":{"TicketID":[{"FormOfPayment":[{"value":"PaymentCard","encryptedValue":"{stored card}"}]}]}}`,
		"GET /air/ticket/tickets/0163767353086":                                                  `{"TicketListResponse":{"TicketID":[]}}`,
		"PUT /air/ticket/tickets/updatestatus/0163767353086":                                     fixture("travelport", "ticket-void"),
		"GET /documents/documentlist/" + tpLocator:                                               `{"DocumentHistoryListResponse":{"documentHistoryList":[]}}`,
		"POST /documents/history":                                                                `{"DocumentHistoryResponse":{"documentHistories":[{"formOfPayment":[{"paymentCard":{"cardCode":"VI","cardNumber":"{stored card}"}}]}]}}`,
		"POST /documents/void":                                                                   `{"DocumentVoidListResponse":{"documentStatus":[{"documentType":"Ticket","number":"1","status":"VOID"}]}}`,
	}
	return &subject{
		name:  "travelport",
		types: []reflect.Type{reflect.TypeFor[*travelport.Client](), reflect.TypeFor[*travelport.Workbench]()},
		canaries: func() []canary {
			return []canary{awkward("password"), awkward("client secret"), awkward("token"), cardNumber("card"), securityCode("code"), awkward("cavv"),
				awkward("xid"), awkward("transaction"), awkward("stripe"), awkward("encryption key"), cardNumber("stored card"), awkward("stored cavv")}
		},
		credentials: []string{"password", "client secret", "token"},
		login:       func(path string) bool { return path == "/oauth/token" },
		good: func(_ *kit, method, path string) (int, string) {
			body, known := bodies[method+" "+path]
			if !known {
				return 0, ""
			}
			return http.StatusOK, body
		},
		fault: func(q string) string {
			entry := `{"@type":"ErrorDetail","StatusCode":` + q + `,"Message":` + q + `,"SourceCode":` + q + `,"SourceDescription":` + q + `,"SourceID":` + q +
				`,"category":` + q + `,"NameValuePair":[{"name":` + q + `,"value":` + q + `,"id":` + q + `}]}`
			known := `{"SourceCode":"1586","Message":` + q + `}`
			result := `{"transactionId":` + q + `,"traceId":` + q + `,"Result":{"Error":[` + known + `,` + entry + `]}}`
			return `{"error":"invalid_grant","error_description":` + q + `,"ErrorResponse":` + result + `}`
		},
		calls: travelportCalls,
		// No document ever shows in the reservation itself.
		proofless: []string{"Client.Lookup", "pay, once"},
	}
}

func travelportCalls(k *kit) (any, []any, map[string]func() []any) {
	cred := travelport.Credentials{Username: "user", Password: k.secret("password"), ClientID: "client", ClientSecret: k.secret("client secret"), PCC: "79JP_1G"}
	opts := []travelport.Option{travelport.WithBaseURL(k.base), travelport.WithTokenURL(k.base + "/oauth/token"), travelport.WithTransport(k.transport), travelport.WithLogger(k.logger)}
	c := must(travelport.New(cred, opts...))
	w := c.Workbench(tpBench, "trace")
	form := travelport.FormOfPayment{Type: travelport.FormOfPaymentPaymentCard, ID: "formOfPayment_1", PaymentCard: &travelport.PaymentCard{
		ExpireDate: "0628", CardType: travelport.CardCredit, CardCode: "VI", CardNumber: travelport.PlainText(k.secrets["card"]), SeriesCode: travelport.PlainText(k.secrets["code"]),
		MagneticStripe: []travelport.SecureValue{{EncryptedValue: k.secret("stripe"), EncryptionKey: k.secret("encryption key"), Token: k.secret("stripe")}},
		ThreeDomainSecurity: &travelport.ThreeDomainSecurity{Results: &travelport.ThreeDomainSecurityResults{
			CAVV: k.secret("cavv"), XID: k.secret("xid"), TransactionID: k.secret("transaction")}},
	}}
	req := payment.Request{Key: "k1", OrderID: tpLocator, Amount: money("2773.50", "USD"), Details: travelport.Details{Parts: []travelport.Part{{FormOfPayment: &form}}}}
	named := &travelport.Identifier{Authority: travelport.AuthorityTravelport, Value: "v"}
	pay := travelport.Payment{ID: "payment_1", Amount: travelport.AmountOf(req.Amount), FormOfPaymentIdentifier: &travelport.FormOfPaymentIdentifier{ID: "formOfPayment_1", Identifier: named},
		OfferIdentifier: []travelport.OfferIdentifier{{ID: "offer_1", Identifier: named}}}
	attempt := must(c.Prepare(req))
	const ticket = "0163767353086"
	return c, []any{opts, cred, &cred, form, &form, req, attempt, w, *w, pay}, map[string]func() []any{
		"Client.Provider":             func() []any { return all(c.Provider()) },
		"Client.Installation":         func() []any { return all(c.Installation()) },
		"Client.Timing":               func() []any { return all(c.Timing()) },
		"Client.FirstMark":            func() []any { return all(c.FirstMark()) },
		"Client.CloseIdleConnections": func() []any { c.CloseIdleConnections(); return nil },
		"Client.Workbench":            func() []any { return all(c.Workbench("x", "y")) },
		"Client.Check":                func() []any { return all(c.Check(k.ctx())) },
		"Client.Prepare":              func() []any { return all(c.Prepare(req)) },
		"Client.Pay": func() []any {
			p, err := c.Pay(k.ctx(), req)
			return all(p, err, attempt.After(p, err), payment.Next(p, err))
		},
		"Client.Lookup":                  func() []any { return all(c.Lookup(k.ctx(), attempt)) },
		"Client.GetReservation":          func() []any { return all(c.GetReservation(k.ctx(), tpLocator, nil)) },
		"Client.GetReservationByLocator": func() []any { return all(c.GetReservationByLocator(k.ctx(), tpLocator, nil)) },
		"Client.ListReceipts":            func() []any { return all(c.ListReceipts(k.ctx(), tpLocator, "")) },
		"Client.RetrieveTickets":         func() []any { return all(c.RetrieveTickets(k.ctx(), travelport.TicketQuery{Locator: tpLocator})) },
		"Client.GetTicket":               func() []any { return all(c.GetTicket(k.ctx(), ticket, true)) },
		"Client.ListDocuments":           func() []any { return all(c.ListDocuments(k.ctx(), tpLocator)) },
		"Client.DocumentHistory":         func() []any { return all(c.DocumentHistory(k.ctx(), tpLocator)) },
		"Client.VoidTicket":              func() []any { return all(c.VoidTicket(k.ctx(), ticket, travelport.VoidTicketRequest{})) },
		"Client.VoidDocuments": func() []any {
			return all(c.VoidDocuments(k.ctx(), tpLocator, travelport.DocumentVoid{DocumentType: "Ticket"}))
		},
		"Client.CreateWorkbench":        func() []any { return all(c.CreateWorkbench(k.ctx(), "")) },
		"Client.WorkbenchFromLocator":   func() []any { return all(c.WorkbenchFromLocator(k.ctx(), tpLocator, nil)) },
		"Workbench.Retrieve":            func() []any { return all(w.Retrieve(k.ctx())) },
		"Workbench.Discard":             func() []any { return all(w.Discard(k.ctx())) },
		"Workbench.Commit":              func() []any { return all(w.Commit(k.ctx(), travelport.CommitRequest{})) },
		"Workbench.AddFormOfPayment":    func() []any { return all(w.AddFormOfPayment(k.ctx(), form, nil)) },
		"Workbench.UpdateFormOfPayment": func() []any { return all(w.UpdateFormOfPayment(k.ctx(), form)) },
		"Workbench.DeleteFormOfPayment": func() []any { return all(w.DeleteFormOfPayment(k.ctx(), form.ID)) },
		"Workbench.AddPayment":          func() []any { return all(w.AddPayment(k.ctx(), pay)) },
		"Workbench.CancelPayment":       func() []any { return all(w.CancelPayment(k.ctx(), pay.ID)) },
		"Workbench.CancelOffer":         func() []any { return all(w.CancelOffer(k.ctx(), "offer_1", false)) },
		"Workbench.RefundQuote":         func() []any { return all(w.RefundQuote(k.ctx(), "offer_1")) },
		"pay, once":                     func() []any { return journaled(k, c, req, nil) },
	}
}
