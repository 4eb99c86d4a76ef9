// Command hold takes an order at a simulated Duffel from its making to its payment, and cancels
// another:
//
//	go run ./examples/hold
//
// It makes a hold order, prices it for a card, pays it through the journal, and hears of the
// payment by webhook, which comes twice and in the wrong order. The answer of the first CreateOrder
// is lost, and the order found again by its offer.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/duffel/duffeltest"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hold:", err)
		stop()
		os.Exit(1)
	}
}

// shop is a seller: its client, its journal, and what it remembers of its bookings.
type shop struct {
	out      io.Writer
	client   *duffel.Client
	payer    *once.Payer
	bookings map[string]payment.Attempt // by order id; a real shop has a table
}

func run(ctx context.Context, out io.Writer) error {
	srv := duffeltest.NewServer() // in place of Duffel
	defer srv.Close()
	price, err := payment.ParseMoney("90.80", "GBP")
	if err != nil {
		return err
	}
	surcharge, err := payment.ParseMoney("1.20", "GBP")
	if err != nil {
		return err
	}
	// Payments stay pending until the simulator is told what became of them.
	srv.AddOffer(duffeltest.Offer{ID: "off_paid", Order: duffeltest.Order{Price: price, CardSurcharge: surcharge, Mode: duffeltest.Pend}})
	srv.AddOffer(duffeltest.Offer{ID: "off_dropped", Order: duffeltest.Order{Price: price}})

	client, err := duffel.New(srv.Token, duffel.WithBaseURL(srv.URL), duffel.WithCardsBaseURL(srv.CardsURL), duffel.WithVerifyOrder())
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	payer, err := once.New(client, once.NewMemory(), once.Name("duffel-example"))
	if err != nil {
		return err
	}
	s := &shop{out: out, client: client, payer: payer, bookings: map[string]payment.Attempt{}}
	hook, err := s.listen(payment.NewSecret(webhookSecret))
	if err != nil {
		return err
	}
	defer hook.close()

	orderID, err := s.hold(ctx, srv)
	if err != nil {
		return err
	}
	if err := s.pay(ctx, orderID); err != nil {
		return err
	}
	s.printf("The bank decides, and Duffel sends its webhooks: twice, and the newest first.")
	if err := srv.Settle(orderID, "succeeded", ""); err != nil {
		return err
	}
	statuses, err := srv.Deliver(ctx, duffeltest.Delivery{URL: hook.url, Secret: webhookSecret, Duplicate: true, Reverse: true})
	if err != nil {
		return err
	}
	s.printf("  %d deliveries, all answered with %d", len(statuses), statuses[0])
	if err := s.cancel(ctx); err != nil {
		return err
	}
	s.printf("The ledger of %s: %v", orderID, srv.Taken(orderID))
	if n := len(srv.Taken(orderID)); n != 1 {
		return fmt.Errorf("taken %d times", n)
	}
	return nil
}

func (s *shop) printf(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// hold makes the order. Its answer is lost, so the order is found by its offer.
func (s *shop) hold(ctx context.Context, srv *duffeltest.Server) (orderID string, err error) {
	s.printf("Make a hold order of off_paid. The connection breaks before the answer.")
	srv.Fail(duffeltest.Fault{Route: duffeltest.CreateOrder, Cut: duffeltest.BeforeAnswer})
	_, err = s.client.CreateOrder(ctx, order("off_paid"))
	s.printf("  outcome: %s", payment.OutcomeOf(err))
	if payment.OutcomeOf(err) != payment.Unknown {
		return "", fmt.Errorf("want a lost answer, got %w", err)
	}
	for found, err := range s.client.ListOrders(ctx, duffel.ListOrdersParams{OfferID: "off_paid"}) {
		if err != nil {
			return "", err
		}
		s.printf("  found by its offer: %s", found.ID)
		return found.ID, nil
	}
	return "", errors.New("the order is not listed yet: look again later, and do not make another one")
}

func order(offerID string) duffel.CreateOrderRequest {
	return duffel.CreateOrderRequest{
		Type: duffel.OrderHold, OfferID: offerID,
		Passengers: []duffel.NewPassenger{{
			ID: "pas_1", Title: "mr", Gender: "m", GivenName: "Tony", FamilyName: "Stark", BornOn: "1980-07-24",
			Email: "tony@example.com", PhoneNumber: "+442080160508",
		}},
	}
}

// pay prices the order for a card and pays it.
func (s *shop) pay(ctx context.Context, orderID string) error {
	s.printf("Price it for a card, and pay.")
	card, err := s.client.CreateCard(ctx, duffel.CreateCardRequest{
		Number: payment.NewSecret("4242424242424242"), CVC: payment.NewSecret("123"), ExpiryMonth: "03", ExpiryYear: "30",
		Name: "Tony Stark", AddressLine1: "10880 Malibu Point", AddressCity: "Malibu", AddressRegion: "CA",
		AddressPostalCode: "90265", AddressCountryCode: "US",
	})
	if err != nil {
		return err
	}
	priced, err := s.client.PriceOrder(ctx, orderID, duffel.IntendedMethod{Type: duffel.MethodCard, CardID: card.ID})
	if err != nil {
		return err
	}
	amount, err := priced.Charges()
	if err != nil {
		return err
	}
	s.printf("  %s %s, by card %s", priced.TotalAmount, priced.TotalCurrency, amount)
	session, err := s.client.CreateThreeDSecureSession(ctx, duffel.ThreeDSecureSessionRequest{CardID: card.ID, ResourceID: orderID})
	if err != nil {
		return err
	}
	if !session.ReadyForPayment() {
		return fmt.Errorf("the session is %s", session.Status)
	}
	req := payment.Request{
		Key: "booking-1", OrderID: orderID, Amount: amount, Method: duffel.MethodCard,
		Details: duffel.Details{ThreeDSecureSessionID: session.ID},
	}
	if s.bookings[orderID], err = s.payer.Prepare(req); err != nil {
		return err
	}
	p, err := s.payer.Pay(ctx, req)
	s.printf("  %s: %s", p.Status, payment.Next(p, err))
	return err
}

// cancel makes another order and cancels it.
func (s *shop) cancel(ctx context.Context) error {
	s.printf("Make a hold order of off_dropped, and cancel it.")
	result, err := s.client.CreateOrder(ctx, order("off_dropped"))
	if err != nil {
		return err
	}
	created, ok := result.(duffel.CreatedOrder)
	if !ok {
		return fmt.Errorf("not made yet: %T", result)
	}
	quote, err := s.client.CreateOrderCancellation(ctx, created.Order.ID)
	if err != nil {
		return err
	}
	refund, err := quote.Refund()
	if err != nil {
		return err
	}
	s.printf("  refund %s, to %s", refund, quote.RefundTo)
	done, err := s.client.ConfirmOrderCancellation(ctx, quote.ID)
	s.printf("  cancelled: %v", done.Confirmed())
	return err
}
