package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform"
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
		{"activeplatform", func() *site { return openActivePlatform() }},
		{"activeplatform-absence", func() *site { return openActivePlatform(activeplatform.WithAbsenceProof(time.Hour)) }},
	}
}

// site is one running simulator. Its functions are safe for concurrent use.
type site struct {
	handler http.Handler
	// payer returns a client for the simulator behind a proxy.
	payer func(baseURL string, t *http.Transport) (timedPayer, error)
	// place makes an order whose payments turn out as chance has it. Its key is n's.
	place func(n int, chance *rand.Rand) payment.Request
	taken func(orderID string) []payment.Money
	// customer is the customer of a payment's second step: what the shop then continues with. It
	// reports false when he does not come. It is nil where payments have one step.
	customer func(orderID string, chance *rand.Rand) (payment.Continuation, bool)
	// expire ends all tokens before their time; nil where they do not end.
	expire func()
	// advance moves the provider's clock on.
	advance func(d time.Duration)
	// decide ends what is pending for the order; nil where nothing is.
	decide func(orderID string, chance *rand.Rand)
	// shut ends an unpaid order for good, so that the provider can prove that nothing was taken;
	// nil where it never can.
	shut func(orderID string)
	// writes is how many requests that are no reads a payment takes, over which its faults are
	// spread; 0 is one.
	writes int
	// single: one request pays by the default method, and names the order and the amount as the
	// payment does. Only then there is a comparison.
	single bool
	close  func()
}

// timedPayer is what all clients are.
type timedPayer interface {
	payment.Payer
	payment.Timed
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
