package live

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOpenGate(t *testing.T) {
	for _, tc := range []struct {
		name, confirmed, address, want string // want is in the error, "" for none
	}{
		{"Musement's sandbox", "", "https://sandbox.musement.com/api/v3", ""},
		{"Travelport's pre-production", "", "https://api.pp.travelport.net/11", ""},
		{"ETM's stage", "", "https://stage-api.etm-system.ru", ""},
		{"a host that its owner vouches for", "Test.Example.com", "https://test.example.com/x", ""},
		{"another one", "test.example.com", "https://billing.example.com", "not a documented test system"},
		{"one that nobody vouches for", "", "https://billing.example.com", "not a documented test system"},
		{"Musement's production", "", "https://api.musement.com/api/v3", "money is real"},
		{"confirmed all the same", "api.musement.com", "https://api.musement.com/api/v3", "money is real"},
		{"in another spelling", "api.musement.com.", "https://API.musement.com.:443/api/v3", "money is real"},
		{"Travelport's production", "api.travelport.net", "https://api.travelport.net/11", "money is real"},
		{"Travelport's login", "auth.travelport.net", "https://auth.travelport.net/oauth/token", "money is real"},
		{"ETM's live system", "crm.etm-system.com", "https://crm.etm-system.com", "money is real"},
		{"no host", "", "sandbox.musement.com", "not the address of a host"},
		{"nothing", "", "", "not the address of a host"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := OpenGate(tc.confirmed, tc.address)
			wantError(t, err, tc.want)
		})
	}
	if _, err := OpenGate("", "https://sandbox.musement.com", "https://api.musement.com"); err == nil {
		t.Error("the second address was not looked at")
	}
}

func TestCheckToken(t *testing.T) {
	for token, ok := range map[string]bool{
		"duffel_test_abc": true, "duffel_test_": false, "duffel_live_abc": false, "": false, "xduffel_test_abc": false,
	} {
		err := CheckToken(token, "duffel_test_")
		if (err == nil) != ok {
			t.Errorf("%q: %v", token, err)
		}
		if err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("the error shows the token: %v", err)
		}
	}
}

// TestGate lets nothing through to another host, counts the rest, and loses one answer on demand.
func TestGate(t *testing.T) {
	var served []string
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		served = append(served, r.Method)
	}))
	defer srv.Close()
	gate, err := OpenGate("localhost", strings.Replace(srv.URL, "127.0.0.1", "localhost", 1))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	send := func(method, url string) error {
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := gate.Wrap(transport).RoundTrip(r)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		return err
	}
	if err := send(http.MethodGet, srv.URL); err == nil || len(served) != 0 {
		t.Errorf("a request to 127.0.0.1 passed the gate of localhost: error %v, served %v", err, served)
	}
	ours := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	gate.LoseAnswer()
	for _, tc := range []struct {
		method string
		lost   bool
	}{{http.MethodGet, false}, {http.MethodPost, true}, {http.MethodPost, false}} {
		if err := send(tc.method, ours); (err != nil) != tc.lost {
			t.Errorf("%s: error %v, want it lost: %v", tc.method, err, tc.lost)
		}
	}
	if requests, writes := gate.Counts(); requests != 3 || writes != 2 || len(served) != 3 {
		t.Errorf("counted %d requests, %d of them no GET, and %d arrived; want 3, 2, 3", requests, writes, len(served))
	}
}
