package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// idle is how long an unused connection is kept, by both sides. Our own default is two seconds,
// which would close them while the other sides have their turns.
const idle = 90 * time.Second

// dialed counts the connections that a transport opens, and how many are open at once.
type dialed struct {
	mu      sync.Mutex
	open    map[*counted]bool
	n, peak int64
}

func (d *dialed) opened(c *counted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		d.open = map[*counted]bool{}
	}
	d.open[c] = true
	d.n++
	d.peak = max(d.peak, int64(len(d.open)))
}

func (d *dialed) closed(c *counted) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, c)
}

// so tells how many connections were opened, and how many were open at once.
func (d *dialed) so() (n, peak int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n, d.peak
}

// close closes what is open.
func (d *dialed) close() {
	d.mu.Lock()
	open := slices.Collect(maps.Keys(d.open))
	d.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	dials *dialed
}

func (c *counted) Close() error {
	c.dials.closed(c)
	return c.Conn.Close()
}

// tuned is the transport of both sides: one that opens and keeps a connection for each caller and
// no more.
func tuned(roots *x509.CertPool, d *dialed, callers int) *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			known := &counted{Conn: c, dials: d}
			d.opened(known)
			return known, nil
		},
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: callers, MaxConnsPerHost: callers, IdleConnTimeout: idle,
	}
}

// call is one measured unit of work.
type call func(ctx context.Context, caller int) error

// sample is what payments took: those of a run together, or one of a round.
type sample struct {
	ns, cpu, bytes, allocs int64 // cpu is the time of this process on all processors, in nanoseconds
}

func (s sample) plus(t sample) sample {
	return sample{s.ns + t.ns, s.cpu + t.cpu, s.bytes + t.bytes, s.allocs + t.allocs}
}

func (s sample) per(n int64) sample { return sample{s.ns / n, s.cpu / n, s.bytes / n, s.allocs / n} }

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

// run makes n payments by a number of callers and returns what they took together.
func (s *subject) run(ctx context.Context, n int64, parallel int) (sample, error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start, used := time.Now(), cpuTime()
	if err := s.spread(ctx, n, parallel); err != nil {
		return sample{}, fmt.Errorf("%s: %w", s.name, err)
	}
	took, spent := time.Since(start), cpuTime()-used
	runtime.ReadMemStats(&after)
	return sample{
		ns: took.Nanoseconds(), cpu: spent.Nanoseconds(),
		bytes: int64(after.TotalAlloc - before.TotalAlloc), allocs: int64(after.Mallocs - before.Mallocs),
	}, nil
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

// turns is how often the sides change within a round: the speed of a machine that others use drifts
// within a second.
const turns = 5

// compare measures the subjects in rounds, in which they take short turns, the last one first in
// every other turn. The first run of each is to warm up and to find how many payments fill the time
// of a turn.
func compare(ctx context.Context, subjects []*subject, plan plan, parallel int) error {
	counts := map[*subject]int64{}
	for _, s := range subjects {
		n := int64(10 * parallel)
		for {
			start := time.Now()
			if _, err := s.run(ctx, n, parallel); err != nil {
				return err
			}
			took := max(time.Since(start), time.Microsecond)
			if took >= plan.slice/turns/2 {
				counts[s] = max(n*plan.slice.Nanoseconds()/turns/took.Nanoseconds(), 1)
				break
			}
			n *= 4
		}
		s.steady, _ = s.dials.so()
		s.paid = counts[s] * turns * int64(plan.rounds)
	}
	order := slices.Clone(subjects)
	for range plan.rounds {
		took := map[*subject]sample{}
		for range turns {
			for _, s := range order {
				one, err := s.run(ctx, counts[s], parallel)
				if err != nil {
					return err
				}
				took[s] = took[s].plus(one)
			}
			slices.Reverse(order)
		}
		for s, all := range took {
			s.samples = append(s.samples, all.per(counts[s]*turns))
		}
	}
	for _, s := range subjects {
		n, peak := s.dials.so()
		s.steady, s.peak = n-s.steady, peak-s.logins
	}
	return nil
}

// add adds the connections and payments of the same side with a client of its own.
func (s *subject) add(more *subject) {
	s.peak = max(s.peak, more.peak)
	s.steady += more.steady
	s.paid += more.paid
}

// plan says how long to measure.
type plan struct {
	rounds int
	slice  time.Duration // of one side in a round
}

func median(values []int64) int64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
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

// against is the median of the ratios of the rounds, in thousandths: the sides are neighbours in
// time in each, so that what else the machine does falls on both.
func (s *subject) against(base *subject, figure func(sample) int64) int64 {
	ratios := make([]int64, 0, len(s.samples))
	for i, x := range s.samples {
		ratios = append(ratios, figure(x)*1000/max(figure(base.samples[i]), 1))
	}
	return median(ratios)
}
