package house

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/httpcall"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// subject is one kind of client under observation.
type subject struct {
	name string
	// types are those whose exported methods must all be in the table of calls, as "Client.Pay".
	types []reflect.Type
	// canaries makes new secrets. Those named in credentials are the client's own: a provider may
	// quote them in any answer once it was sent them.
	canaries    func() []canary
	credentials []string
	// login reports whether a path is the login's; nil where there is none.
	login func(path string) bool
	// good returns the body of a success; "" and 0 for a route that is not known.
	good func(k *kit, method, path string) (status int, body string)
	// fault is the provider's own error body with a text, already quoted, in every place.
	fault func(quoted string) string
	// calls makes a client and returns what can be asked of it, and what else belongs to it: its
	// options, its settings.
	calls func(k *kit) (client any, others []any, calls map[string]func() []any)
	// broken: all ways in which a connection and its HTTP may break are tried, and not some.
	broken bool
	// logins: only the login differs from another subject, so that a few modes of the other calls
	// will do.
	logins bool
	// proofless are calls that have no success under the static answers of good.
	proofless []string
}

// kit is what a client is made with in one run.
type kit struct {
	base      string
	transport *http.Transport
	logger    *slog.Logger
	ctx       func() context.Context
	secrets   map[string]string
}

func (k *kit) secret(name string) payment.Secret { return payment.NewSecret(k.secrets[name]) }

// fill puts secrets into a body in place of their names in braces.
func (k *kit) fill(body string) string {
	for name, value := range k.secrets {
		q := quote("", value)
		body = strings.ReplaceAll(body, "{"+name+"}", q[1:len(q)-1])
	}
	return body
}

// all makes a list of the results of a call.
func all(results ...any) []any { return results }

// drain reads some of a list.
func drain[T any](seq iter.Seq2[T, error]) []any {
	const enough = 6
	var results []any
	for v, err := range seq {
		if results = append(results, v, err); len(results) >= enough {
			break
		}
	}
	return results
}

// journaled pays through package once, and returns what its store, its audit and its errors show.
func journaled(k *kit, payer payment.Payer, req payment.Request, second payment.Continuation) []any {
	var results []any
	store := once.NewMemory()
	p, err := once.New(payer, store, once.Name("house"), once.WithOwner("test"),
		once.WithAudit(func(_ context.Context, e once.Event) { results = append(results, e) }))
	if err != nil {
		return all(err)
	}
	pay := func() {
		paid, err := p.Pay(k.ctx(), req)
		results = append(results, paid, err, payment.Next(paid, err), payment.OutcomeOf(err))
	}
	pay()
	pay()
	attempt, err := p.Prepare(req)
	results = append(results, attempt, err, p)
	if second != nil {
		paid, err := p.Continue(k.ctx(), attempt, second)
		results = append(results, paid, err, payment.Next(paid, err))
	}
	results = append(results, all(p.Lookup(k.ctx(), attempt))...)
	<-time.After(24 * time.Hour) // the lease and the quiet time
	results = append(results, all(p.Reconcile(k.ctx()))...)
	results = append(results, p.Abandon(k.ctx(), req.Key))
	results = append(results, drain(p.Unresolved(context.Background()))...)
	results = append(results, p.Resolve(k.ctx(), req.Key, once.DecideNotTaken, "somebody", "because"))
	rows, err := p.Get(context.Background(), req.Key)
	return append(results, rows, err)
}

// item is something that was said, and where.
type item struct {
	where string
	text  string
	// data is what a caller asked for: a number in it that is like a short secret says nothing.
	data bool
}

// observation is what one run of all calls has shown.
type observation struct {
	items   []item
	called  map[string]bool
	failed  map[string]error // by call
	quoted  map[string]bool  // names of the secrets that the provider was sent, or handed out
	sent    map[string]bool  // names of the secrets that the provider was sent
	calling string
	keys    map[string]map[string]bool // members of good answers, and the calls that got them
	unknown []string                   // routes without a good answer
	shown   map[string]bool            // the contents of values that were searched before; may be nil
}

// run makes all calls of a new client against a provider that behaves as m says.
func (s *subject) run(t *testing.T, m mode, canaries []canary, shown map[string]bool) *observation {
	t.Helper()
	o := &observation{called: map[string]bool{}, failed: map[string]error{}, quoted: map[string]bool{}, sent: map[string]bool{}, keys: map[string]map[string]bool{}, shown: shown}
	synctest.Test(t, func(*testing.T) {
		var logged bytes.Buffer
		k := &kit{base: "http://localhost", secrets: map[string]string{}}
		for _, c := range canaries {
			k.secrets[c.name] = c.value
		}
		if m.tls {
			k.base = "https://localhost"
		}
		k.logger = slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		p := &provider{dial: m.dial, hello: m.hello, broken: m.broken}
		var mu sync.Mutex
		p.say = func(r request) ([]byte, bool) {
			mu.Lock()
			defer mu.Unlock()
			return s.answer(k, m, r, canaries, o)
		}
		var results []httpcall.Result
		var cancels []context.CancelFunc
		k.ctx = func() context.Context {
			ctx := httpcall.With(context.Background(), httpcall.Options{OnResult: func(r httpcall.Result) { results = append(results, r) }})
			if m.ctx == nil {
				return ctx
			}
			ctx, cancel := m.ctx(ctx)
			cancels = append(cancels, cancel)
			return ctx
		}
		k.transport = p.transport()
		client, others, calls := s.calls(k)
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			if m.only != nil && !m.only[name] {
				continue
			}
			mu.Lock()
			o.calling = name
			mu.Unlock()
			results = nil
			o.called[name] = true
			for i, v := range append(calls[name](), anys(results)...) {
				err, isError := v.(error)
				if !isError {
					o.show(fmt.Sprintf("%s, result %d", name, i), v, true)
					continue
				}
				o.failed[name] = err
				for j, b := range branches(err) {
					o.show(fmt.Sprintf("%s, error %d, branch %d", name, i, j), b, false)
				}
			}
		}
		if m.name != success.name {
			others = nil // they are what they were
		} else {
			for _, c := range canaries {
				secret := payment.NewSecret(c.value)
				others = append(others, secret, &secret, struct{ S payment.Secret }{secret})
			}
		}
		for i, v := range append(others, client, reflect.ValueOf(client).Elem().Interface()) {
			o.show(fmt.Sprintf("belongings of the client, %d", i), v, false)
		}
		o.items = append(o.items, item{"log", logged.String(), false})
		for _, cancel := range cancels {
			cancel()
		}
		client.(interface{ CloseIdleConnections() }).CloseIdleConnections()
		p.wg.Wait()
	})
	return o
}

func anys[T any](list []T) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}

func (o *observation) show(where string, v any, data bool) {
	if r := reflect.ValueOf(v); r.IsValid() && (r.Kind() != reflect.Pointer || !r.IsNil()) {
		text := content(v)
		if !o.shown[text] {
			o.items = append(o.items, item{where, printed(v, text), data})
		}
		if o.shown != nil {
			o.shown[text] = true
		}
	}
}

// leaks returns where which secret was seen, and what it stood in.
func (o *observation) leaks(canaries []canary) map[string]string {
	s, found := newSearcher(canaries), map[string]string{}
	isWeak := func(name string) bool {
		return slices.ContainsFunc(s.weak, func(c canary) bool { return c.name == name })
	}
	for _, it := range o.items {
		for name, i := range s.find(it.text) {
			const before, behind = 100, 60
			if it.data && isWeak(name) {
				continue
			}
			found[name+" in "+it.where] = it.text[max(0, i-before):min(i+behind, len(it.text))]
		}
	}
	return found
}

// TestSecrecy drives every method of every client through every way to succeed and to fail, with a
// provider that quotes each secret that it was sent wherever it can, and looks for the secrets in
// everything that a program could print or keep.
//
// What an answer holds is not looked for but for two kinds: credentials, which no answer needs, and
// what an answer gives to be kept secret, which has a type of its own.
func TestSecrecy(t *testing.T) {
	var printedByNetHTTP lockedBuffer
	old := log.Writer()
	log.SetOutput(&printedByNetHTTP)
	t.Cleanup(func() { log.SetOutput(old) })
	var mu sync.Mutex
	var ever []canary
	t.Run("clients", func(t *testing.T) {
		for _, s := range subjects() {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				canaries := s.canaries()
				mu.Lock()
				ever = append(ever, slices.DeleteFunc(slices.Clone(canaries), func(c canary) bool { return c.weak })...)
				mu.Unlock()
				s.check(t, canaries)
			})
		}
	})
	if found := newSearcher(ever).find(printedByNetHTTP.String()); len(found) > 0 {
		t.Errorf("net/http prints %v: %.500q", found, printedByNetHTTP.String())
	}
}

func (s *subject) check(t *testing.T, canaries []canary) {
	const enough = 3 // leaks of one mode to print
	// A long text has up to three of a hundred codes of four digits in it by chance, and thousands
	// of texts are searched.
	const doubts = 8
	shown := map[string]bool{}
	good := s.run(t, success, canaries, shown)
	s.checkTable(t, good)
	quoted := maps.Clone(good.quoted)
	for _, m := range s.modes(good.keys) {
		o := good
		if m.name != success.name {
			o = s.run(t, m, canaries, shown)
		}
		maps.Copy(quoted, o.quoted)
		found := o.leaks(canaries)
		doubtful := func(where string) bool {
			return slices.ContainsFunc(canaries, func(c canary) bool { return c.weak && strings.HasPrefix(where, c.name+" in ") })
		}
		for again := 0; again < doubts && slices.ContainsFunc(slices.Collect(maps.Keys(found)), doubtful); again++ {
			others := s.canaries()
			confirmed := s.run(t, m, others, nil).leaks(others)
			maps.DeleteFunc(found, func(where, _ string) bool { _, again := confirmed[where]; return doubtful(where) && !again })
		}
		for i, where := range slices.Sorted(maps.Keys(found)) {
			if i == enough {
				t.Errorf("%s: and %d more", m.name, len(found)-i)
				break
			}
			t.Errorf("%s: %s: %q", m.name, where, found[where])
		}
		if m.fails && len(o.failed) < len(good.failed)+2 {
			t.Errorf("%s: only %d calls failed", m.name, len(o.failed))
		}
	}
	for _, c := range canaries {
		if !quoted[c.name] {
			t.Errorf("the provider was never sent the %s, and never gave it out", c.name)
		}
	}
}

// checkTable makes sure that no method is forgotten, and that each has its success.
func (s *subject) checkTable(t *testing.T, good *observation) {
	t.Helper()
	for _, route := range good.unknown {
		t.Errorf("no good answer for %s", route)
	}
	for name, err := range good.failed {
		if !slices.Contains(s.proofless, name) {
			t.Errorf("%s has no success: %v", name, err)
		}
	}
	for _, typ := range s.types {
		for i := range typ.NumMethod() {
			name := typ.Elem().Name() + "." + typ.Method(i).Name
			if !good.called[name] {
				t.Errorf("%s is not in the table of calls", name)
			}
		}
	}
}

// lockedBuffer is written to from many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestSecrecySees: what prints a secret is found, in each form.
func TestSecrecySees(t *testing.T) {
	type plain struct{ hidden string }
	secret, card, code := awkward("secret"), cardNumber("card"), securityCode("code")
	s := newSearcher([]canary{secret, card, code})
	for i, v := range []any{
		secret.value, plain{secret.value}, &plain{secret.value}, []byte(secret.value), []any{&plain{card.value}},
		errors.Join(errors.New("x"), fmt.Errorf("y: %w", errors.New(secret.value))), http.Header{"A": {secret.value}},
		map[string]string{secret.value[:20]: ""}, map[string]*plain{"": {code.value}}, secret.value[17:], struct{ X any }{card.value},
	} {
		if len(s.find(printed(v, content(v)))) == 0 {
			t.Errorf("value %d is not found", i)
		}
	}
	for shift := range 3 {
		text := quote("escapes", "x") + random(shift, alphanumeric) + secret.value
		for _, encoded := range []string{forms(secret.pieces()[0])[4+2*shift], fmt.Sprintf("%x", text), fmt.Sprintf("%d", []byte(text))} {
			if len(s.find(encoded)) == 0 {
				t.Errorf("%q is not found", encoded)
			}
		}
	}
	masked := struct{ A, B payment.Secret }{payment.NewSecret(secret.value), payment.NewSecret(card.value)}
	if found := s.find(printed(masked, content(masked))); len(found) > 0 {
		t.Errorf("a secret shows %v", found)
	}
}
