package otelpay

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// TestEverySentinelHasAName reads the sentinels from the source of package payment. Their names
// here follow from theirs.
func TestEverySentinelHasAName(t *testing.T) {
	pkg, err := build.Import("github.com/supplierpay/supplierpay-go/payment", ".", build.FindOnly)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, "errors.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, decl := range f.Decls {
		if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, spec := range g.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					want = append(want, snake(strings.TrimPrefix(name.Name, "Err")))
				}
			}
		}
	}
	for _, s := range sentinels {
		got = append(got, s.name)
		if name := errorType(s.err, 500); name != s.name {
			t.Errorf("%v is %q, want %q", s.err, name, s.name)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// snake turns PriceChanged into price_changed.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
