package live

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// testHosts are the test systems that the providers document. Duffel has one host for both: the
// token decides.
var testHosts = map[string]bool{
	"api.duffel.com":          true,
	"api.pp.travelport.net":   true,
	"auth.pp.travelport.net":  true,
	"sandbox.musement.com":    true,
	"stage-api.etm-system.ru": true,
}

// productionHosts are known to take real money.
var productionHosts = map[string]bool{
	"api.musement.com":     true,
	"api.travelport.com":   true,
	"api.travelport.net":   true,
	"auth.travelport.net":  true,
	"crm.etm-system.com":   true,
	"oauth.travelport.com": true,
}

// CheckToken wants the prefix that a provider gives its test tokens. Its error does not show the
// token.
func CheckToken(token, prefix string) error {
	if !strings.HasPrefix(token, prefix) || token == prefix {
		return fmt.Errorf("refused: want a test token, which begins with %s", prefix)
	}
	return nil
}

// Gate is middleware that lets requests through to the hosts of a test system, and counts them. It
// is safe for concurrent use.
type Gate struct {
	hosts map[string]bool

	mu       sync.Mutex
	requests int
	writes   int
	lose     bool
}

// OpenGate opens a gate to the hosts of the addresses. A host must be a documented test system, or
// be named again in confirmed by the person who knows that no money is real there.
func OpenGate(confirmed string, addresses ...string) (*Gate, error) {
	g := &Gate{hosts: map[string]bool{}}
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Hostname() == "" {
			return nil, fmt.Errorf("refused: %q is not the address of a host", address)
		}
		switch host := hostOf(u); {
		case productionHosts[host]:
			return nil, fmt.Errorf("refused: money is real at %s", host)
		case !testHosts[host] && host != strings.ToLower(confirmed):
			return nil, fmt.Errorf("refused: %s is not a documented test system; if it is one, confirm it by its host name", host)
		default:
			g.hosts[host] = true
		}
	}
	return g, nil
}

// hostOf has one spelling for each host.
func hostOf(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") }

// Counts returns how many requests went through, and how many of them were no GET.
func (g *Gate) Counts() (requests, writes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requests, g.writes
}

// LoseAnswer throws the answer to the next request away that is no GET.
func (g *Gate) LoseAnswer() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lose = true
}

// Wrap is for the option WithMiddleware of a client.
func (g *Gate) Wrap(next http.RoundTripper) http.RoundTripper { return gated{g, next} }

type gated struct {
	gate *Gate
	next http.RoundTripper
}

// RoundTrip sends the request if it may pass.
func (t gated) RoundTrip(r *http.Request) (*http.Response, error) {
	if !t.gate.hosts[hostOf(r.URL)] {
		return nil, errors.New("refused: a request to a host that this live test was not opened for")
	}
	lose := t.gate.count(r.Method != http.MethodGet)
	resp, err := t.next.RoundTrip(r)
	if err == nil && lose {
		_ = resp.Body.Close()
		return nil, errors.New("the test threw the answer away")
	}
	return resp, err
}

// count counts a request and tells whether its answer is to be lost.
func (g *Gate) count(write bool) (lose bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests++
	if write {
		g.writes++
		lose, g.lose = g.lose, false
	}
	return lose
}
