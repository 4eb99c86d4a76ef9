package call

import (
	"context"
	"flag"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/payment"
)

var hammerCalls = flag.Int("hammer", 4000, "payments that TestHammer makes")

// TestHammer pays against a server that answers, closes, resets, cuts and stalls at random, while callers leave at random.
// No payment may arrive twice, and none that was called NotSent may have arrived.
func TestHammer(t *testing.T) {
	for _, withTLS := range []bool{false, true} {
		s := newServer(t, withTLS, func(x *exchange) {
			switch rand.IntN(12) {
			case 0:
				x.fin()
			case 1:
				x.header()
				x.fin()
			case 2:
				x.header()
				x.rst()
			case 3:
				x.read()
				x.fin()
			case 4:
				x.read()
				x.rst()
			case 5:
				x.read()
				x.write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + okBody[:rand.IntN(len(okBody))])
				x.fin()
			case 6:
				respond("200 OK", okBody)(x)
				x.rst() // closed while idle
			case 7:
				respond("503 Unavailable", "")(x)
			default:
				respond("200 OK", okBody)(x)
			}
		})
		c := newClient(t, s, func(cfg *Config) { cfg.Linger = 20 * time.Millisecond })
		notSent := map[string]bool{}
		var answered, unknown int
		var mu sync.Mutex
		var wg sync.WaitGroup
		next := make(chan int)
		for range 16 {
			wg.Go(func() {
				for n := range next {
					id := strconv.Itoa(n)
					op := pay()
					if n%2 == 1 {
						op = refund()
					}
					op.Header = http.Header{"X-Id": {id}}
					ctx, cancel := context.WithCancel(t.Context())
					if n%10 == 0 {
						time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, cancel)
					}
					_, err := c.Do(ctx, op, decodeJSON)
					mu.Lock()
					switch {
					case err == nil:
						answered++
					case payment.OutcomeOf(err) == payment.NotSent:
						notSent[id] = true
					default:
						unknown++
					}
					mu.Unlock()
					cancel()
				}
			})
		}
		for n := range *hammerCalls / 2 {
			next <- n
		}
		close(next)
		wg.Wait()
		s.close()
		for id, n := range s.ids {
			if n > 1 {
				t.Errorf("payment %s arrived %d times", id, n)
			}
			if notSent[id] {
				t.Errorf("payment %s was called NotSent and arrived", id)
			}
		}
		t.Logf("TLS %v: %d answered, %d unknown, %d not sent, %d arrived, %d connections", withTLS, answered, unknown, len(notSent), len(s.ids), s.connections())
		if answered == 0 || unknown == 0 {
			t.Error("the hammer did not hit")
		}
	}
}
