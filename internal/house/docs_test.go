// Package house holds tests of the repository itself: that the public API is documented and that
// the documents are true.
package house

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// publicPackages returns the folders that users import, those of modules of their own too. sqltest
// has tests alone.
func publicPackages(t *testing.T) []string {
	t.Helper()
	var dirs []string
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() {
			name := d.Name()
			if rel != "." && (strings.HasPrefix(name, ".") || name == "internal" || name == "examples" || name == "testdata" || name == "sqltest") {
				return fs.SkipDir
			}
			return nil
		}
		if dir := filepath.Dir(path); strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) == 0 {
		t.Fatal("found no package")
	}
	return dirs
}

// parseDir reads the Go files of a folder, tests too.
func parseDir(t *testing.T, fset *token.FileSet, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// TestPublicAPIIsDocumented demands a comment on every exported identifier, field and method, a
// package comment, and a runnable Example with checked output in every public package.
func TestPublicAPIIsDocumented(t *testing.T) {
	for _, dir := range publicPackages(t) {
		fset := token.NewFileSet()
		files := parseDir(t, fset, dir)
		p, err := doc.NewFromFiles(fset, files, "x")
		if err != nil {
			t.Fatal(err)
		}
		if p.Doc == "" {
			t.Errorf("%s: no package comment", dir)
		}
		checked := false
		for _, ex := range doc.Examples(files...) {
			checked = checked || ex.Output != ""
		}
		if !checked {
			t.Errorf("%s: no Example with checked output", dir)
		}
		for _, f := range p.Funcs {
			missing(t, dir, f.Name, f.Doc)
		}
		values(t, dir, p.Consts)
		values(t, dir, p.Vars)
		for _, typ := range p.Types {
			missing(t, dir, typ.Name, typ.Doc)
			for _, spec := range typ.Decl.Specs {
				for _, name := range silent(fset, spec.(*ast.TypeSpec).Type, mirrors(dir)) {
					missing(t, dir, typ.Name+"."+name, "")
				}
			}
			values(t, dir, typ.Consts)
			values(t, dir, typ.Vars)
			for _, f := range typ.Funcs {
				missing(t, dir, f.Name, f.Doc)
			}
			for _, m := range typ.Methods {
				missing(t, dir, typ.Name+"."+m.Name, m.Doc)
			}
		}
	}
}

func missing(t *testing.T, dir, name, comment string) {
	t.Helper()
	if ast.IsExported(name[strings.LastIndexByte(name, '.')+1:]) && strings.TrimSpace(comment) == "" {
		t.Errorf("%s: %s has no comment", dir, name)
	}
}

// values accepts a comment on the group, on the line above a name or behind it.
func values(t *testing.T, dir string, groups []*doc.Value) {
	t.Helper()
	for _, g := range groups {
		for _, s := range g.Decl.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok || g.Doc != "" || spec.Doc != nil || spec.Comment != nil {
				continue
			}
			for _, n := range spec.Names {
				missing(t, dir, n.Name, "")
			}
		}
	}
}

// mirrors reports whether a package has structs that mirror a provider's documents.
func mirrors(dir string) bool {
	return hasFile(dir, "payer.go") && filepath.Dir(dir) == root
}

func hasFile(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// silent returns the exported fields of a struct, or methods of an interface, without a comment. A
// comment above or behind the first of a group speaks for the lines that follow without an empty
// one. Where structs mirror a provider's documents, a field with the provider's own name for it
// speaks for itself.
func silent(fset *token.FileSet, typ ast.Expr, mirrors bool) []string {
	var list *ast.FieldList
	switch x := typ.(type) {
	case *ast.StructType:
		list = x.Fields
	case *ast.InterfaceType:
		list = x.Methods
	default:
		return nil
	}
	var names []string
	spoken, last := false, 0
	for _, f := range list.List {
		first := fset.Position(f.Pos()).Line
		if f.Doc != nil {
			first = fset.Position(f.Doc.Pos()).Line
		}
		spoken = f.Doc != nil || spoken && first == last+1
		last = fset.Position(f.End()).Line
		if spoken || f.Comment != nil || mirrors && f.Tag != nil && strings.Contains(f.Tag.Value, `json:"`) {
			continue
		}
		for _, n := range f.Names {
			if n.IsExported() {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// TestSilentFields holds the checker to fields that have no comment.
func TestSilentFields(t *testing.T) {
	const text = `package p
type s struct {
	A int
	B int // said

	// C and D are said.
	C int
	D int

	E int
	f int
	G int ` + "`json:\"g\"`" + `
}
type i interface {
	// M is said.
	M()
	N()

	O()
}`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range file.Decls {
		for _, mirrors := range []bool{false, true} {
			got = append(got, silent(fset, d.(*ast.GenDecl).Specs[0].(*ast.TypeSpec).Type, mirrors)...)
		}
	}
	if diff := cmp.Diff([]string{"A", "E", "G", "A", "E", "O", "O"}, got); diff != "" {
		t.Errorf("fields without comment (-want +got):\n%s", diff)
	}
}
