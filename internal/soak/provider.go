package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/supplierpay/supplierpay-go/payment"
)

// provider is a payer with its simulator.
type provider struct {
	name string
	open func() *site
}

// providers are those that can be soaked. Another one is a file like duffel.go and a line here.
func providers() []provider {
	return []provider{
		{"duffel", openDuffel}, {"etm", openETM}, {"travelport", openTravelport}, {"musement", openMusement},
		{"activeplatform", openActivePlatform},
	}
}

// site is one running simulator. Its functions are safe for concurrent use.
type site struct {
	handler http.Handler
	// payer returns a client for the simulator behind a proxy.
	payer func(baseURL string, t *http.Transport) (payment.Payer, error)
	// place makes an order whose payments turn out as chance has it. Its key is n's.
	place func(n int, chance *rand.Rand) payment.Request
	taken func(orderID string) []payment.Money
	// decide ends whatever is pending for the order.
	decide func(orderID string, chance *rand.Rand)
	// shut ends an unpaid order for good, so that the provider can prove that nothing was taken; nil where it never can.
	shut func(orderID string)
	// single: one request pays, and names the order and the amount as the payment does. Only then there is a comparison.
	single bool
	close  func()
}

// money is for amounts that are written in this package.
func money(amount, currency string) payment.Money {
	m, err := payment.ParseMoney(amount, currency)
	if err != nil {
		panic(err)
	}
	return m
}

// price draws a price with minor units.
func price(chance *rand.Rand, currency string) payment.Money {
	return money(fmt.Sprintf("%d.%02d", 1+chance.IntN(900), 1+chance.IntN(98)), currency)
}

func key(n int) string { return fmt.Sprintf("soak-%06d", n) }
