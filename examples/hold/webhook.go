package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment"
)

// webhookSecret is what Duffel shows once when a webhook is made. It belongs into a vault, not into
// a program.
const webhookSecret = "QKfUULLQh+8SegYmIsF6kA=="

// hook is a running receiver.
type hook struct {
	url    string
	server *http.Server
	done   chan struct{}
}

// listen receives webhooks on this machine.
func (s *shop) listen(secret payment.Secret) (*hook, error) {
	handler, err := duffel.NewWebhookHandler(duffel.WebhookConfig{
		Secrets: []payment.Secret{secret},
		OnError: func(_ context.Context, err error) { s.printf("  %v", err) },
	}, s.heard)
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hook{
		url:    "http://" + l.Addr().String(),
		server: &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute},
		done:   make(chan struct{}),
	}
	go func() {
		defer close(h.done)
		_ = h.server.Serve(l) // ends with ErrServerClosed
	}()
	return h, nil
}

func (h *hook) close() {
	_ = h.server.Close()
	<-h.done
}

// heard takes an event for a hint: what became of the payment is for Duffel's API to say, and for
// the journal to keep.
func (s *shop) heard(ctx context.Context, e duffel.Event) error {
	s.printf("  webhook %s", e.Type)
	if e.PaymentID() == "" {
		return nil
	}
	p, err := s.client.GetPayment(ctx, e.PaymentID())
	if err != nil {
		return err // not marked as seen: Duffel sends it again
	}
	attempt, ok := s.bookings[p.OrderID]
	if !ok {
		return nil // not one of ours
	}
	found, err := s.payer.Lookup(ctx, attempt)
	if err != nil {
		return err
	}
	s.printf("    the payment is %s, the journal knows", found.Status)
	return nil
}
