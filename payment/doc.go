// Package payment is the vocabulary of paying suppliers safely: requests, payments, money, outcomes and errors. It
// knows no HTTP and no provider.
package payment
