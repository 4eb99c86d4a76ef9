package call

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/redact"
	"github.com/supplierpay/supplierpay-go/payment"
)

// log writes one line per call: the payment's key, the kind of the failure and its outcome; no URL with values, no header, no body.
func (c *Client) log(ctx context.Context, op *Operation, a *Answer, err error, start time.Time) {
	if c.cfg.Logger == nil {
		return
	}
	level := slog.LevelInfo
	outcome := "ok"
	if err != nil {
		level = slog.LevelWarn
		outcome = payment.OutcomeOf(err).String()
	}
	if !c.cfg.Logger.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("provider", c.cfg.Provider),
		slog.String("operation", op.Name),
		slog.String("route", op.name()),
		slog.String("outcome", outcome),
		slog.Duration("duration", time.Since(start)),
	}
	if op.hooks.Key != "" {
		attrs = append(attrs, slog.String("key", op.hooks.Key))
	}
	var e *payment.Error
	if errors.As(err, &e) && e.Kind != nil {
		attrs = append(attrs, slog.String("kind", e.Kind.Error()))
	}
	if a != nil {
		attrs = append(attrs, slog.Int("status", a.Status), slog.Int("tries", int(a.Tries)), slog.String("request_id", a.RequestID))
	}
	c.cfg.Logger.LogAttrs(ctx, level, "provider call", attrs...)
}

// blotText takes the client's and the operation's secrets out of a short text of the provider.
func (c *Client) blotText(s string, op *Operation) string {
	return redact.Text(redact.Text(redact.Text(s, c.cfg.Secrets), op.Secrets), op.Handover)
}
