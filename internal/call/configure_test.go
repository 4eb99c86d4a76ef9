package call

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
)

func TestConfigureRefuses(t *testing.T) {
	var cfg Config
	for name, row := range map[string]struct {
		err   error
		field string
	}{
		"transport":      {cfg.SetTransport(nil), "Transport"},
		"round tripper":  {cfg.SetRoundTripper(nil), "RoundTripper"},
		"middleware":     {cfg.AddMiddleware([]func(http.RoundTripper) http.RoundTripper{nil}), "Middleware"},
		"observer":       {cfg.AddObserver(nil), "Observer"},
		"write time-out": {cfg.SetWriteTimeout(0), "Timeout"},
		"read time-out":  {cfg.SetReadTimeout(-1), "ReadTimeout"},
		"idle time-out":  {cfg.SetIdleTimeout(0), "IdleTimeout"},
		"no app":         {cfg.SetAppInfo("", "1"), "AppInfo"},
		"app of words":   {cfg.SetAppInfo("my shop", "1"), "AppInfo"},
		"comment":        {cfg.SetAppInfo("shop(1)", ""), "AppInfo"},
		"line break":     {cfg.SetAppInfo("shop", "1\r\nX: y"), "AppInfo"},
		"slash":          {cfg.SetAppInfo("shop", "1/2"), "AppInfo"},
		"not ASCII":      {cfg.SetAppInfo("läden", ""), "AppInfo"},
	} {
		var e *payment.Error
		if !errors.As(row.err, &e) || e.Field != row.field || !errors.Is(row.err, payment.ErrInvalidRequest) || e.Outcome != payment.NotSent {
			t.Errorf("%s: %v, want an error about %s", name, row.err, row.field)
		}
	}
}

func TestUserAgent(t *testing.T) {
	version := func(v string) *debug.BuildInfo { return &debug.BuildInfo{Main: debug.Module{Path: module, Version: v}} }
	dep := func(m debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "example.com/shop", Version: "v9.9.9"}, Deps: []*debug.Module{{Path: "example.com/x", Version: "v1.0.0"}, &m}}
	}
	for name, row := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"no build info":        {nil, "devel"},
		"not there":            {&debug.BuildInfo{}, "devel"},
		"our own program":      {version("(devel)"), "devel"},
		"installed":            {version("v0.3.0"), "v0.3.0"},
		"of a work tree":       {version("v0.3.1-0.20261121101112-abcdef012345+dirty"), "v0.3.1-0.20261121101112-abcdef012345+dirty"},
		"a user's program":     {dep(debug.Module{Path: module, Version: "v0.3.0"}), "v0.3.0"},
		"replaced by a folder": {dep(debug.Module{Path: module, Version: "v0.3.0", Replace: &debug.Module{Path: "../x"}}), "devel"},
		"replaced by a fork":   {dep(debug.Module{Path: module, Version: "v0.3.0", Replace: &debug.Module{Path: "example.com/f", Version: "v0.4.0"}}), "v0.4.0"},
	} {
		if got := moduleVersion(row.info); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}

	own := "supplierpay-go/" + moduleVersion(ownBuild(t)) + " (test)"
	for want, set := range map[string]func(*Config){
		own:               func(*Config) {},
		own + " shop":     func(cfg *Config) { _ = cfg.SetAppInfo("shop", "") },
		own + " shop/1.2": func(cfg *Config) { _ = cfg.SetAppInfo("old", "1"); _ = cfg.SetAppInfo("shop", "1.2") },
		"agency/7":        func(cfg *Config) { _ = cfg.SetAppInfo("shop", "1.2"); cfg.UserAgent = "agency/7" },
	} {
		var got string
		s := newServer(t, false, func(x *exchange) {
			respond("200 OK", okBody)(x)
			got = x.req.UserAgent()
		})
		if _, err := newClient(t, s, set).Do(t.Context(), read(), nil); err != nil {
			t.Fatal(err)
		}
		s.close()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func ownBuild(t *testing.T) *debug.BuildInfo {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build info")
	}
	return info
}

func TestLoginFailed(t *testing.T) {
	down := &payment.Error{Kind: payment.ErrUnavailable}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, row := range map[string]struct {
		ctx  context.Context
		err  error
		want error
	}{
		"refused":          {t.Context(), &payment.Error{Kind: payment.ErrInvalidRequest}, payment.ErrUnauthenticated},
		"locked out":       {t.Context(), &payment.Error{Kind: payment.ErrUnavailable, Status: 423}, payment.ErrUnauthenticated},
		"conflict":         {t.Context(), &payment.Error{Kind: payment.ErrUnavailable, Status: 409}, payment.ErrUnauthenticated},
		"told to wait":     {t.Context(), &payment.Error{Kind: payment.ErrUnavailable, Status: 408}, payment.ErrUnavailable},
		"odd answer":       {t.Context(), errors.New("no token"), payment.ErrUnauthenticated},
		"down":             {t.Context(), down, payment.ErrUnavailable},
		"slow":             {t.Context(), context.DeadlineExceeded, payment.ErrUnavailable},
		"too often":        {t.Context(), &payment.Error{Kind: payment.ErrRateLimited}, payment.ErrRateLimited},
		"the caller left":  {gone, context.Canceled, nil},
		"left during down": {gone, down, payment.ErrUnavailable},
	} {
		err := LoginFailed(row.ctx, "test", row.err)
		var e *payment.Error
		if !errors.As(err, &e) || e.Kind != row.want || !errors.Is(err, row.err) || e.Provider != "test" || payment.OutcomeOf(err) != payment.Unknown {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Positive("Limit", -1) == nil || Positive("Limit", 0) == nil || Positive("Limit", 1) != nil ||
		Positive("Limit", longest) != nil || Positive("Limit", longest+1) == nil {
		t.Error("Positive")
	}
}
