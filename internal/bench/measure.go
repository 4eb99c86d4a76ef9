package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// idle is how long an unused connection is kept, by both sides. Our own default is two seconds, which would close them while
// the other sides have their turns.
const idle = 90 * time.Second

// dialed counts the connections that a transport opens, and how many are open at once.
type dialed struct{ n, open, peak atomic.Int64 }

func (d *dialed) opened() {
	d.n.Add(1)
	open := d.open.Add(1)
	for peak := d.peak.Load(); open > peak && !d.peak.CompareAndSwap(peak, open); {
		peak = d.peak.Load()
	}
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	once   sync.Once
	closed func()
}

func (c *counted) Close() error {
	c.once.Do(c.closed)
	return c.Conn.Close()
}

// tuned is the transport of both sides: one that opens and keeps a connection for each caller and no more.
func tuned(roots *x509.CertPool, d *dialed, callers int) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			d.opened()
			return &counted{Conn: c, closed: func() { d.open.Add(-1) }}, nil
		},
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: callers, MaxConnsPerHost: callers, IdleConnTimeout: idle,
	}
}

// call is one measured unit of work.
type call func(ctx context.Context, caller int) error

// sample is what one run of a side took, per payment.
type sample struct {
	ns, cpu, bytes, allocs int64 // cpu is the time of this process on all processors, in nanoseconds
}

// subject is one side of a comparison.
type subject struct {
	name    string
	work    call
	dials   *dialed
	samples []sample
	logins  int64 // connections that were opened for a login alone
	peak    int64 // connections that were open at once, without those of logins
	steady  int64 // connections that were opened after the warm-up
	paid    int64 // payments after the warm-up
}

// run makes n payments by a number of callers and notes what they took.
func (s *subject) run(ctx context.Context, n int64, parallel int) error {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpuTime()
	if err := s.spread(ctx, n, parallel); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	took, spent := time.Since(start), cpuTime()-used
	runtime.ReadMemStats(&after)
	s.samples = append(s.samples, sample{
		ns: took.Nanoseconds() / n, cpu: spent.Nanoseconds() / n,
		bytes: int64(after.TotalAlloc-before.TotalAlloc) / n, allocs: int64(after.Mallocs-before.Mallocs) / n,
	})
	return nil
}

func (s *subject) spread(ctx context.Context, n int64, parallel int) error {
	if parallel == 1 {
		for range n {
			if err := s.work(ctx, 0); err != nil {
				return err
			}
		}
		return nil
	}
	var left atomic.Int64
	left.Store(n)
	var wg sync.WaitGroup
	failed := make(chan error, parallel)
	for caller := range parallel {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := s.work(ctx, caller); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// compare measures the subjects in turn, round after round, the last one first in every other round. The first run of
// each is to warm up and to find how many payments fill the time of a run.
func compare(ctx context.Context, subjects []*subject, plan plan, parallel int) error {
	counts := map[*subject]int64{}
	for _, s := range subjects {
		n := int64(10 * parallel)
		for {
			start := time.Now()
			if err := s.run(ctx, n, parallel); err != nil {
				return err
			}
			took := max(time.Since(start), time.Microsecond)
			if took >= plan.slice/4 {
				counts[s] = max(n*plan.slice.Nanoseconds()/took.Nanoseconds(), 1)
				break
			}
			n *= 4
		}
		s.samples = nil
		s.steady = -s.dials.n.Load()
		s.paid = counts[s] * int64(plan.rounds)
	}
	for round := range plan.rounds {
		order := slices.Clone(subjects)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, s := range order {
			if err := s.run(ctx, counts[s], parallel); err != nil {
				return err
			}
		}
	}
	for _, s := range subjects {
		s.steady += s.dials.n.Load()
		s.peak = s.dials.peak.Load() - s.logins
	}
	return nil
}

// plan says how long to measure.
type plan struct {
	rounds int
	slice  time.Duration // of one run
}

func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// of returns the median of one figure of a subject.
func (s *subject) of(figure func(sample) int64) int64 {
	values := make([]int64, 0, len(s.samples))
	for _, x := range s.samples {
		values = append(values, figure(x))
	}
	return median(values)
}

// cpuTime is what this process has used so far, in the kernel too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func ns(x sample) int64     { return x.ns }
func cpu(x sample) int64    { return x.cpu }
func space(x sample) int64  { return x.bytes }
func allocs(x sample) int64 { return x.allocs }

// against is the median of the ratios of the rounds, in thousandths: a round's two runs are neighbours in time, so that what
// else the machine does falls on both.
func (s *subject) against(base *subject, figure func(sample) int64) int64 {
	ratios := make([]int64, 0, len(s.samples))
	for i, x := range s.samples {
		ratios = append(ratios, figure(x)*1000/max(figure(base.samples[i]), 1))
	}
	return median(ratios)
}
