package installation_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/supplierpay/supplierpay-go/activeplatform"
	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/internal/installation"
	"github.com/supplierpay/supplierpay-go/musement"
	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/travelport"
)

// built is what a constructor of one of the five clients returns.
type built struct {
	client payment.Installed
	err    error
}

// made turns the two results of a constructor into one value.
func made[C payment.Installed](c C, err error) built { return built{c, err} }

const live = "duffel_live_"

func duffelWith(token string, opts ...duffel.Option) built { return made(duffel.New(token, opts...)) }

func etmWith(base string, auth etm.Authenticator, opts ...etm.Option) built {
	return made(etm.New(base, auth, opts...))
}

func platformWith(base, token string, opts ...activeplatform.Option) built {
	return made(activeplatform.New(base, token, append(opts, activeplatform.WithCurrency("USD"))...))
}

// tpCred and muCred return complete credentials, changed by the caller.
func tpCred(change func(*travelport.Credentials)) travelport.Credentials {
	cred := travelport.Credentials{
		Username: "travel-user", Password: payment.NewSecret("travel-password"), ClientID: "travel-client",
		ClientSecret: payment.NewSecret("travel-secret"), AccessGroup: "11111111-2222-3333-4444-555555555555",
	}
	if change != nil {
		change(&cred)
	}
	return cred
}

func travelportWith(change func(*travelport.Credentials), opts ...travelport.Option) built {
	return made(travelport.New(tpCred(change), opts...))
}

func muCred(change func(*musement.Credentials)) musement.Credentials {
	cred := musement.Credentials{
		Application: payment.NewSecret("muse-application"), ClientID: "muse-client", ClientSecret: payment.NewSecret("muse-secret"),
	}
	if change != nil {
		change(&cred)
	}
	return cred
}

func musementWith(change func(*musement.Credentials), opts ...musement.Option) built {
	return made(musement.New(muCred(change), opts...))
}

// login is an authenticator of a user's own.
type login struct{ etm.Authenticator }

const platform = "https://billing.example.com"

// TestClients: what chooses the form of the API, or is secret, does not change the word; the host and the account do.
func TestClients(t *testing.T) {
	tests := map[string]struct {
		want        string
		same, other []built
	}{
		"duffel": {
			want: "api.duffel.com/live",
			same: []built{
				duffelWith(live + "one"), duffelWith(live + "two"), duffelWith(live+"one", duffel.WithVerifyOrder()),
				duffelWith(live+"one", duffel.WithPriceMethod(http.MethodPatch), duffel.WithTimeout(time.Second)),
				duffelWith(live+"one", duffel.WithBaseURL("https://API.duffel.com:443/")),
				duffelWith(live+"one", duffel.WithCardsBaseURL("https://cards.example.com")),
			},
			other: []built{
				duffelWith("duffel_test_one"), duffelWith("one"),
				duffelWith(live+"one", duffel.WithBaseURL("https://api.example.com")),
				duffelWith(live+"one", duffel.WithBaseURL("https://api.duffel.com:8443")),
				duffelWith(live+"one", duffel.WithBaseURL("https://api.duffel.com/tenant")),
			},
		},
		"etm": {
			want: "stage-api.etm-system.ru/" + installation.Hash("agency"),
			same: []built{
				etmWith(etm.StageURL, etm.B2BLogin("agency", "one")), etmWith(etm.StageURL, etm.B2BLogin("agency", "two")),
				etmWith(etm.StageURL+"/", etm.B2BLogin("agency", "one"), etm.WithoutOrderCheck(), etm.WithTimeZone(time.UTC),
					etm.WithRefusalWords("no"), etm.WithReadTimeout(time.Second)),
			},
			other: []built{
				etmWith(etm.StageURL, etm.B2BLogin("another", "one")), etmWith("https://etm.example.com", etm.B2BLogin("agency", "one")),
				etmWith(etm.StageURL, etm.B2CLogin("agency", "")), etmWith(etm.StageURL, login{}),
			},
		},
		"etm by app": {
			want: "stage-api.etm-system.ru",
			same: []built{
				etmWith(etm.StageURL, etm.B2CLogin("one", "")), etmWith(etm.StageURL, etm.B2CLogin("two", "EN")), etmWith(etm.StageURL, login{}),
			},
			other: []built{etmWith("https://etm.example.com", etm.B2CLogin("one", ""))},
		},
		"activeplatform": {
			want: "billing.example.com",
			same: []built{
				platformWith(platform, "one"), platformWith(platform, "two"), platformWith(platform, "one", activeplatform.WithV3("1")),
				platformWith(platform, "one", activeplatform.WithV3("2")), platformWith(platform, "one", activeplatform.WithV1Prefix("/api/v1/reseller")),
				platformWith(platform, "one", activeplatform.WithAbsenceProof(time.Hour), activeplatform.WithTimeout(time.Second)),
			},
			other: []built{
				platformWith("https://other.example.com", "one"), platformWith(platform+":8443", "one"), platformWith(platform+"/eu", "one"),
			},
		},
		"travelport": {
			want: "api.travelport.net/11/" + installation.Hash("11111111-2222-3333-4444-555555555555"),
			same: []built{
				travelportWith(nil), travelportWith(func(c *travelport.Credentials) { c.Username, c.ClientID = "another", "another" }),
				travelportWith(func(c *travelport.Credentials) {
					c.Password, c.ClientSecret = payment.NewSecret("another"), payment.NewSecret("another")
				}),
				travelportWith(func(c *travelport.Credentials) { c.PCC = "79JP_1G" }),
				travelportWith(nil, travelport.WithFlat(travelport.BodyPayment), travelport.WithSetupTimeout(time.Second)),
				travelportWith(nil, travelport.WithGrant(travelport.GrantClientCredentials), travelport.WithScope("openid")),
			},
			other: []built{
				travelportWith(func(c *travelport.Credentials) { c.AccessGroup = "another" }), travelportWith(nil, travelport.WithPreProduction()),
				travelportWith(func(c *travelport.Credentials) { c.AccessGroup, c.PCC = "", "79JP_1G" }),
				travelportWith(nil, travelport.WithBaseURL("https://tp.example.com/11"), travelport.WithTokenURL("https://tp.example.com/token")),
			},
		},
		"musement": {
			want: "api.musement.com/api/v3/" + installation.Hash("muse-client"),
			same: []built{
				musementWith(nil), musementWith(func(c *musement.Credentials) { c.ClientSecret = payment.NewSecret("another") }),
				musementWith(func(c *musement.Credentials) { c.Application = payment.NewSecret("another") }),
				musementWith(nil, musement.WithVersion("3.5.0"), musement.WithLanguage("it"), musement.WithSettling(time.Minute)),
			},
			other: []built{
				musementWith(func(c *musement.Credentials) { c.ClientID = "another" }), musementWith(nil, musement.WithBaseURL(musement.SandboxURL)),
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for i, b := range tt.same {
				if b.err != nil {
					t.Fatal(b.err)
				}
				if got := b.client.Installation(); got != tt.want || got != b.client.Installation() {
					t.Errorf("client %d: %q, want %q", i, got, tt.want)
				}
			}
			for i, b := range tt.other {
				if b.err != nil {
					t.Fatal(b.err)
				}
				if got := b.client.Installation(); got == tt.want || got == "" {
					t.Errorf("another client, %d, has the word %q", i, got)
				}
			}
		})
	}
}

// TestNoSecretInAWord: nothing of a secret, and no hash of one, is in a word.
func TestNoSecretInAWord(t *testing.T) {
	const canary = "canary-0123456789"
	secret := payment.NewSecret(canary)
	for name, b := range map[string]built{
		"duffel, live":   duffelWith(live + canary),
		"duffel, other":  duffelWith(canary),
		"etm":            etmWith(etm.StageURL, etm.B2BLogin("agency", canary)),
		"etm by app":     etmWith(etm.StageURL, etm.B2CLogin(canary, "")),
		"activeplatform": platformWith(platform, canary, activeplatform.WithV3("1")),
		"travelport":     travelportWith(func(c *travelport.Credentials) { c.Password, c.ClientSecret = secret, secret }),
		"musement":       musementWith(func(c *musement.Credentials) { c.Application, c.ClientSecret = secret, secret }),
	} {
		if b.err != nil {
			t.Fatal(name, b.err)
		}
		word := b.client.Installation()
		for _, piece := range []string{canary, canary[:6], "0123", installation.Hash(canary), installation.Hash(live + canary)} {
			if strings.Contains(word, piece) {
				t.Errorf("%s: %q has %q", name, word, piece)
			}
		}
	}
}
