// Package house holds tests of the repository itself: that the public API is documented and that the documents are true.
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
)

const root = "../.."

// publicPackages returns the folders of the root module that users import.
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
			if rel != "." && (strings.HasPrefix(name, ".") || name == "internal" || name == "examples" || name == "testdata" || hasFile(path, "go.mod")) {
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

func hasFile(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// parseDir reads the Go files of a folder; tests says whether tests are among them.
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

// TestPublicAPIIsDocumented demands a comment on every exported identifier, a package comment, and a runnable Example
// with checked output in every public package.
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
