package paymenttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

// labelKey marks the goroutines of a case: those that a labelled goroutine starts inherit its
// label.
const labelKey = "paymenttest"

// checkLeft complains about connections and goroutines that the payer has left behind.
func (b *bench) checkLeft() {
	ctx, cancel := context.WithTimeout(context.Background(), settling)
	defer cancel()
	if err := b.proxy.CloseIdle(ctx, false); err != nil {
		b.errorf("the payer keeps connections that the provider has closed: was a body left open?")
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		open, stacks := b.proxy.Stats().Open, goroutines(b.label)
		if open == 0 && stacks == "" {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.errorf("left behind: %d connections, goroutines:\n%s", open, stacks)
			return
		}
	}
}

// goroutines returns the stacks of the goroutines with the label, "" when there is none.
func goroutines(label string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return err.Error()
	}
	mark := fmt.Sprintf("%q:%q", labelKey, label)
	var found []string
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, mark) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}

// heard keeps what the payer said.
func (b *bench) heard(p payment.Payment, err error) {
	said := []string{fmt.Sprintf("%+v", p)}
	if raw, jsonErr := json.Marshal(p); jsonErr == nil {
		said = append(said, string(raw))
	}
	if err != nil {
		said = append(said, err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spoken = append(b.spoken, said...)
}

// searchSecrets looks for credentials in what the payer said.
func (b *bench) searchSecrets() {
	secrets := b.secrets()
	b.mu.Lock()
	spoken := b.spoken
	b.mu.Unlock()
	for _, said := range spoken {
		for _, s := range secrets {
			if strings.Contains(said, s) {
				b.errorf("a secret is quoted: %q", strings.ReplaceAll(said, s, "<the secret>"))
			}
		}
	}
}

// minSecret is the shortest header value that is taken for a secret: a shorter one may be part of
// any word.
const minSecret = 8

// secrets are the harness's, and those that came in headers.
func (b *bench) secrets() []string {
	found := slices.Clone(b.h.Secrets)
	for _, r := range b.since(0) {
		for _, v := range r.header.Values("Authorization") {
			found = append(found, v[strings.LastIndexByte(v, ' ')+1:])
		}
		for _, v := range r.header.Values("Cookie") {
			for pair := range strings.SplitSeq(v, ";") {
				_, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
				found = append(found, value)
			}
		}
	}
	found = slices.DeleteFunc(found, func(s string) bool { return len(s) < minSecret })
	slices.Sort(found)
	return slices.Compact(found)
}

func hasBreak(s string) bool { return strings.ContainsAny(s, "\r\n") }
