package musement_test

import (
	"context"
	"fmt"
	"log"

	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/musement/musementtest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// connect returns a client of the simulator. For the real API leave WithBaseURL out, or give it musement.SandboxURL.
func connect(srv *musementtest.Server) *musement.Client {
	client, err := musement.New(musement.Credentials{
		Application:  payment.NewSecret(srv.Application),
		ClientID:     srv.ClientID,
		ClientSecret: payment.NewSecret(srv.ClientSecret),
	}, musement.WithBaseURL(srv.URL))
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// A merchant of record confirms an order without Musement collecting money.
func Example() {
	srv := musementtest.NewServer()
	defer srv.Close()
	booked := srv.AddOrder(musementtest.Order{})
	client := connect(srv)
	defer client.CloseIdleConnections()
	ctx := context.Background()

	order, err := client.GetOrder(ctx, booked.UUID)
	if err != nil {
		log.Fatal(err)
	}
	total, err := order.Total()
	if err != nil {
		log.Fatal(err)
	}
	p, err := client.Pay(ctx, payment.Request{
		Key: "booking-4711", OrderID: order.UUID, Amount: total,
		Details: musement.Details{CartUUID: booked.CartUUID},
	})
	fmt.Println(p.Status, p.Amount)
	fmt.Println(payment.Next(p, err).Action == payment.NextDone)
	fmt.Println("taken:", srv.Taken(order.UUID))
	// Output:
	// succeeded 10.00 USD
	// true
	// taken: [10.00 USD]
}

// A customer pays by card, with a 3-D Secure round in between. The journal of package once holds both steps together.
func ExampleClient_Continue() {
	srv := musementtest.NewServer()
	defer srv.Close()
	order := srv.AddOrder(musementtest.Order{})
	client := connect(srv)
	defer client.CloseIdleConnections()
	payer, err := once.New(client, once.NewMemory(), once.Name("musement-sandbox"))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	req := payment.Request{
		Key: "booking-4711", OrderID: order.UUID, Amount: order.Price, Method: musement.MethodSplit,
		Details: musement.Details{
			CartUUID: order.CartUUID, AdyenToken: payment.NewSecret("made by Adyen's script in the browser"),
			CardBrand: "visa", CardCountry: "FR", ClientIP: payment.NewSecret("203.0.113.7"),
			RedirectURL: "https://shop.example/3ds/return",
		},
	}
	p, err := payer.Pay(ctx, req)
	fmt.Println(p.Status, p.Next.Kind, payment.Next(p, err).Action == payment.NextShowCustomer)

	srv.PassChallenge(order.UUID) // the customer, at p.Next.URL.Reveal()

	// The customer comes back in another request, perhaps to another process: the key is enough.
	p, err = payer.Continue(ctx, payment.Attempt{Key: "booking-4711"}, musement.Continuation{})
	fmt.Println(p.Status, err)
	fmt.Println("taken:", srv.Taken(order.UUID))
	// Output:
	// action_required redirect true
	// succeeded <nil>
	// taken: [10.00 USD]
}

// order-info settles a payment whose answer was lost.
func ExampleClient_Lookup() {
	srv := musementtest.NewServer()
	defer srv.Close()
	order := srv.AddOrder(musementtest.Order{})
	srv.Fail(musementtest.Fault{Route: musementtest.NoPayment, Cut: musementtest.BeforeAnswer})
	client := connect(srv)
	defer client.CloseIdleConnections()
	ctx := context.Background()

	req := payment.Request{Key: "booking-4711", OrderID: order.UUID, Amount: order.Price,
		Details: musement.Details{CartUUID: order.CartUUID}}
	p, err := client.Pay(ctx, req)
	fmt.Println(payment.OutcomeOf(err))

	attempt, prepareErr := client.Prepare(req)
	if prepareErr != nil {
		log.Fatal(prepareErr)
	}
	p, err = client.Lookup(ctx, attempt.After(p, err))
	fmt.Println(p.Status, p.MatchedBy, err)
	// Output:
	// unknown
	// succeeded order <nil>
}

// Carts become orders, and orders are paid.
func ExampleClient_CreateOrder() {
	srv := musementtest.NewServer()
	defer srv.Close()
	price, err := payment.ParseMoney("12.50", "EUR")
	if err != nil {
		log.Fatal(err)
	}
	srv.AddProduct(musementtest.Product{Identifier: "249217479", Title: "Adult ticket", Price: price})
	client := connect(srv)
	defer client.CloseIdleConnections()
	ctx := context.Background()

	cart, err := client.CreateCart(ctx, musement.CreateCartRequest{})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.AddCartItems(ctx, cart.UUID, []musement.NewCartItem{
		{Type: musement.ProductStandard, ProductIdentifier: "249217479", Quantity: 2},
	}); err != nil {
		log.Fatal(err)
	}
	if _, err := client.SetCustomer(ctx, cart.UUID, musement.NewCustomer{
		Firstname: "John", Lastname: "Smith", Email: "john.smith@example.com", MusementNewsletter: musement.No,
		AllowProfiling: musement.No, ThirdpartyNewsletter: musement.No, EventsRelatedNewsletter: musement.No,
	}); err != nil {
		log.Fatal(err)
	}
	data, err := musement.NewExtraData(map[string]string{"clientReferenceId": "4711"})
	if err != nil {
		log.Fatal(err)
	}
	order, err := client.CreateOrder(ctx, musement.CreateOrderRequest{CartUUID: cart.UUID, ExtraData: data})
	if err != nil {
		log.Fatal(err)
	}
	total, err := order.Total()
	fmt.Println(order.Status, total, err)
	// Output: PENDING 25.00 EUR <nil>
}
