package live

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMissing(t *testing.T) {
	vars := map[string]string{
		"SUPPLIERPAY_ETM_LOGIN": "ann", "SUPPLIERPAY_ETM_PAY": "maybe", "SUPPLIERPAY_ETM_B": "2", "SUPPLIERPAY_DUFFEL_TOKEN": "x",
	}
	env := Env{Provider: "etm", Getenv: func(name string) string { return vars[name] }}
	for _, tc := range []struct {
		wants, missing []string
	}{
		{nil, nil},
		{[]string{"LOGIN"}, nil},
		{[]string{"LOGIN", "PASSWORD", "TOKEN"}, []string{"SUPPLIERPAY_ETM_PASSWORD", "SUPPLIERPAY_ETM_TOKEN"}},
		{[]string{"A|B"}, nil},
		{[]string{"A|C"}, []string{"SUPPLIERPAY_ETM_A or SUPPLIERPAY_ETM_C"}},
		{[]string{"PAY"}, nil},
		{[]string{"PAY=maybe"}, nil},
		{[]string{"PAY=yes"}, []string{"SUPPLIERPAY_ETM_PAY=yes"}},
	} {
		if diff := cmp.Diff(tc.missing, env.Missing(tc.wants...)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tc.wants, diff)
		}
	}
	if got := env.Get("LOGIN"); got != "ann" {
		t.Errorf("LOGIN is %q", got)
	}
}
