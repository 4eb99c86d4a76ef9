package etm

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestCoverage: the table in the package's documentation has every call of ETM's navigation, in its order, and each says
// how it is made.
func TestCoverage(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	doc := f.Doc.Text()
	for line := range strings.Lines(fixture(t, "navigation.txt")) {
		name := strings.TrimSpace(line)
		name = strings.ReplaceAll(name, "С", "C") // one name begins with a Cyrillic letter
		if name == "AVIA" || name == "HOTELS" || name == "REQUIRED" || name == "OPTIONAL" {
			continue
		}
		at := strings.Index(doc, "\t"+name+" ")
		if at < 0 {
			t.Fatalf("%q is missing, or stands in another order", name)
		}
		doc = doc[at+1+len(name):]
		how, _, _ := strings.Cut(doc, "\n")
		known := false
		for _, way := range []string{
			"Do", "Authenticator", "B2BLogin", "B2CLogin", "Search", "Get", "CheckAvailability", "CreatePayment",
		} {
			known = known || strings.HasPrefix(strings.TrimSpace(how), way)
		}
		if !known {
			t.Errorf("%q: made by %q", name, how)
		}
	}
}
