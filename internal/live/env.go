package live

import "strings"

// Env reads the variables of one provider: TOKEN of duffel is SUPPLIERPAY_DUFFEL_TOKEN.
type Env struct {
	Provider string
	Getenv   func(string) string
}

// Get returns the value of a variable, "" if it is not set.
func (e Env) Get(name string) string { return e.Getenv(e.variable(name)) }

func (e Env) variable(name string) string {
	return "SUPPLIERPAY_" + strings.ToUpper(e.Provider) + "_" + name
}

// Missing lists what has to be set, by the full names. A want is a name, "TOKEN"; a name with the
// one value that counts, "PAY=yes"; or names of which one is enough, "ACCESS_GROUP|PCC".
func (e Env) Missing(wants ...string) []string {
	var missing []string
	for _, want := range wants {
		var names []string
		found := false
		for name := range strings.SplitSeq(want, "|") {
			short, value, exact := strings.Cut(name, "=")
			got := e.Get(short)
			found = found || got != "" && (!exact || got == value)
			names = append(names, e.variable(name))
		}
		if !found {
			missing = append(missing, strings.Join(names, " or "))
		}
	}
	return missing
}
