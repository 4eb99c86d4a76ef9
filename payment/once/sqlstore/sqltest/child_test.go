package sqltest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// childVariable tells a copy of the test's binary that it is a service, and which.
const childVariable = "SQLTEST_CHILD"

// child is one process of a service. The test starts it, and it dies or stands still where it is told to.
type child struct {
	Place    place
	Provider string
	Access   access
	Keys     []string
	// KillAt is where the process kills itself, StopKey the key after whose Begin it stops itself.
	KillAt  point
	StopKey string
	// Lease and Quiet, if set, replace the real ones, which take minutes.
	Lease, Quiet time.Duration
	Seed         uint64
}

// point is a boundary of a payment.
type point string

const (
	beforeBegin  point = "before begin"
	afterBegin   point = "after begin"
	beforeMark   point = "before the mark"
	afterMark    point = "after the mark"
	afterConnect point = "after connect"
	afterWrite   point = "after the request was written"
	answerComes  point = "when the answer comes"
	beforeFinish point = "before finish"
	afterFinish  point = "after finish"
)

func (c child) reach(at point) {
	if c.KillAt == at {
		signalSelf(syscall.SIGKILL)
	}
}

func signalSelf(s syscall.Signal) {
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		panic(err)
	}
	if s == syscall.SIGKILL {
		select {}
	}
}

// start starts the child as a process. Its output goes to the test's.
func (c child) start(t testing.TB) *exec.Cmd {
	t.Helper()
	config, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(config))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // dead already, unless the test has failed
	return cmd
}

// killed waits for the end of the process and demands that it was a SIGKILL.
func killed(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the process ended with %v, want it killed", err)
	}
}

// childTime bounds the life of a process that cannot come to an end.
const childTime = 3 * time.Minute

// runChild is the process.
func runChild(config string) int {
	var c child
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), childTime)
	defer cancel()
	if err := c.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

func (c child) run(ctx context.Context) error {
	db, err := sql.Open(c.Place.Driver, c.Place.DSN)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	inner, err := c.Place.on(db)
	if err != nil {
		return err
	}
	provider := providers()[c.Provider]
	marked := new(atomic.Bool)
	transport := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		return c.dial(ctx, network, addr, marked)
	}}
	// A second step asks before it pays. On a connection of its own the request for the money has a connect to die after.
	transport.DisableKeepAlives = provider.second != nil
	client, err := provider.client(c.Access, transport)
	if err != nil {
		return err
	}
	payer, err := once.New(client, childStore{inner, c, marked}, once.Name("test"))
	if err != nil {
		return err
	}
	if provider.second != nil {
		return c.takeSecond(ctx, payer, provider)
	}
	return c.pay(ctx, payer)
}

// takeSecond takes the second step of every key.
func (c child) takeSecond(ctx context.Context, payer *once.Payer, provider provider) error {
	for _, key := range c.Keys {
		req, err := c.Access.request(provider, key)
		if err != nil {
			return err
		}
		if _, err := continued(ctx, payer, req, provider.second); err != nil {
			return err
		}
	}
	return nil
}

// continued takes the second step as a process does that knows the request and nothing else.
func continued(ctx context.Context, payer *once.Payer, req payment.Request, second payment.Continuation) (payment.Payment, error) {
	a, err := payer.Prepare(req)
	if err != nil {
		return payment.Payment{}, err
	}
	return payer.Continue(ctx, a, second)
}

// pay pays all keys, several at a time and some of them twice, until each has its final answer.
func (c child) pay(ctx context.Context, payer *once.Payer) error {
	luck := rand.New(rand.NewPCG(c.Seed, 0))
	left := append([]string(nil), c.Keys...)
	for len(left) > 0 {
		work := append(append([]string(nil), left...), left[:len(left)/4]...)
		luck.Shuffle(len(work), func(i, j int) { work[i], work[j] = work[j], work[i] })
		if c.StopKey != "" {
			work = append([]string{c.StopKey}, work...)
		}
		queue := make(chan string)
		var mu sync.Mutex
		done := map[string]bool{}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for key := range queue {
					req, err := c.Access.request(providers()[c.Provider], key)
					if err != nil {
						panic(err)
					}
					p, err := payer.Pay(ctx, req)
					if err == nil && p.Paid() || errors.Is(err, payment.ErrDoublePaymentRisk) { // the test sees the row
						mu.Lock()
						done[key] = true
						mu.Unlock()
					}
				}
			})
		}
		for _, key := range work {
			queue <- key
		}
		close(queue)
		all.Wait()
		var still []string
		for _, key := range left {
			if !done[key] {
				still = append(still, key)
			}
		}
		if left = still; len(left) == 0 {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond): // leases and quiet times end
		case <-ctx.Done():
			return fmt.Errorf("without a final answer: %v", left)
		}
	}
	return nil
}

func orderOf(key string) string { return "ord_" + key }

// childStore dies where the child is told to, and has shorter leases.
type childStore struct {
	once.Store
	c      child
	marked *atomic.Bool // a mark is written
}

func (s childStore) terms(t once.Terms) once.Terms {
	if s.c.Lease > 0 && t.Lease > 0 {
		t.Lease = s.c.Lease
	}
	if s.c.Quiet > 0 && t.Quiet > 0 {
		t.Quiet = s.c.Quiet
	}
	return t
}

func (s childStore) Begin(ctx context.Context, row once.Row, t once.Terms) (once.Begun, error) {
	s.c.reach(beforeBegin)
	b, err := s.Store.Begin(ctx, row, s.terms(t))
	s.c.reach(afterBegin)
	return b, err
}

func (s childStore) Update(ctx context.Context, row once.Row, t once.Terms) (once.Row, error) {
	before, after := beforeFinish, afterFinish
	switch {
	case row.State == once.Started && t.Event != nil: // Continue begins: a mark changes no state
		before, after = beforeBegin, afterBegin
	case row.State == once.Started:
		before, after = beforeMark, afterMark
	}
	s.c.reach(before)
	row, err := s.Store.Update(ctx, row, s.terms(t))
	if after == afterMark && err == nil {
		s.marked.Store(true)
	}
	if after == afterMark && row.Attempt.Key == s.c.StopKey && row.N == 1 && err == nil {
		signalSelf(syscall.SIGSTOP)
	}
	s.c.reach(after)
	return row, err
}

func (c child) dial(ctx context.Context, network, addr string, marked *atomic.Bool) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err == nil && (providers()[c.Provider].second == nil || marked.Load()) {
		c.reach(afterConnect)
	}
	return &childConn{Conn: conn, c: c}, err
}

// childConn looks out for the request that moves the money, and its answer.
type childConn struct {
	net.Conn
	c      child
	paying atomic.Bool
}

func (c *childConn) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte(providers()[c.c.Provider].call)) {
		c.paying.Store(true) // before the answer can come
	}
	n, err := c.Conn.Write(b)
	if c.paying.Load() {
		c.c.reach(afterWrite)
	}
	return n, err
}

func (c *childConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.paying.Load() {
		c.c.reach(answerComes)
	}
	return n, err
}
