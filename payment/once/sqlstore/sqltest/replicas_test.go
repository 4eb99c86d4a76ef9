package sqltest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment/once"
)

var (
	replicaKeys  = flag.Int("keys", 100, "keys that the replicas pay; a full run has 2000")
	replicaSeeds = flag.Uint64("seeds", 3, "runs of the replicas")
)

// Leases and quiet times of the replicas. The quiet time must be longer than the till may take on a slow machine.
const (
	shortLease = time.Second
	shortQuiet = 5 * time.Second
)

// TestReplicas: four processes on one PostgreSQL pay one list of keys, with duplicates, at a till that breaks. One is
// killed. One is stopped between Begin and its first byte, sleeps past its lease until another has paid its key, and goes
// on. Each key is taken once, and the journal agrees with the ledger.
func TestReplicas(t *testing.T) {
	for seed := range *replicaSeeds {
		t.Run(fmt.Sprint("seed ", seed+1), func(t *testing.T) {
			t.Parallel()
			replicas(t, seed+1)
		})
	}
}

func replicas(t *testing.T, seed uint64) {
	p := newPostgres(t)
	store, _ := p.store(t)
	var keys []string
	for i := range *replicaKeys {
		keys = append(keys, fmt.Sprintf("key-%04d", i))
	}
	sleepers := keys[0]
	slept, third := make(chan struct{}), make(chan struct{})
	s := newTill(t)
	s.mu.Lock()
	s.faults = rand.New(rand.NewPCG(seed, 1))
	closed := false
	s.onTake = func(key string, arrived int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if key == sleepers && s.taken[key] == 1 {
			close(slept)
		}
		if arrived >= len(keys)/3 && !closed {
			close(third)
			closed = true
		}
	}
	s.mu.Unlock()
	c := child{Place: p, Provider: "till", Access: access{URL: s.srv.URL, Amount: "30.20", Currency: "GBP"}, Keys: keys, Lease: shortLease, Quiet: shortQuiet, Seed: seed}

	asleep := c
	asleep.StopKey = sleepers
	sleeper := asleep.start(t)
	eventually(t, "a process to fall asleep", func() bool { return stopped(t, sleeper) })
	var others []*exec.Cmd
	for i := range uint64(3) {
		c.Seed = seed*10 + i
		others = append(others, c.start(t))
	}
	<-third
	if err := others[0].Process.Kill(); err != nil {
		t.Error(err)
	}
	killed(t, others[0])
	<-slept
	if err := sleeper.Process.Signal(syscall.SIGCONT); err != nil {
		t.Error(err)
	}
	for _, cmd := range append(others[1:], sleeper) {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	s.idle(t)
	agree(t, s, store, keys)
}

// stopped reports whether the process stands still.
func stopped(t *testing.T, cmd *exec.Cmd) bool {
	t.Helper()
	state, err := procState(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	return state == "T"
}

// agree compares the journal with the ledger.
func agree(t *testing.T, s *till, store once.Store, keys []string) {
	t.Helper()
	client, err := newTillPayer(s.srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	payer := journaled(t, client, store)
	eventually(t, "the last rows to settle", func() bool {
		report, err := payer.Reconcile(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		open := slices.DeleteFunc(report.Left, func(l once.Left) bool { return l.State == once.Conflict }) // judged below
		return len(open) == 0 && report.Busy == 0
	})
	attempts := 0
	for _, key := range keys {
		rows, err := payer.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		paid := 0
		for _, r := range rows {
			switch attempts++; r.State {
			case once.Paid:
				paid++
			case once.Released:
			default:
				t.Errorf("%s: attempt %d is %s", key, r.N, r.State)
			}
		}
		if n := s.count(key); n != 1 || paid != 1 {
			t.Errorf("%s: taken %d times, paid by %d of %d attempts", key, n, paid, len(rows))
		}
	}
	t.Logf("%d keys, %d attempts, %d requests", len(keys), attempts, s.requests())
}
