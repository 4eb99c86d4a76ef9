package house

import (
	"fmt"
	"go/build/constraint"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sources are the Go files of the repository.
type sources struct {
	files []source
	// starts are the places of each line of code, without its indentation.
	starts map[string][]place
}

type source struct {
	name, text string
	lines      []string
}

type place struct{ file, line int }

func readSources(t *testing.T) *sources {
	t.Helper()
	s := &sources{starts: map[string][]place{}}
	walk(t, ".go", func(name, text string) { s.add(name, text) })
	return s
}

func (s *sources) add(name, text string) {
	if left(text) {
		return
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		key := strings.TrimLeft(line, "\t")
		s.starts[key] = append(s.starts[key], place{len(s.files), i})
	}
	s.files = append(s.files, source{name, text, lines})
}

// left reports whether no build has the file.
func left(text string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "package ") {
			return false
		}
		if x, err := constraint.Parse(strings.TrimSpace(line)); err == nil {
			return !x.Eval(func(tag string) bool { return tag != "ignore" })
		}
	}
	return false
}

// find returns where the lines stand in a compiled file, with any indentation, or "".
func (s *sources) find(lines []string) string {
	lines = trim(lines)
	if len(lines) == 0 || !slices.ContainsFunc(lines, isCode) {
		return ""
	}
	for _, at := range s.starts[strings.TrimLeft(lines[0], "\t")] {
		f := s.files[at.file]
		indent, ok := strings.CutSuffix(f.lines[at.line], lines[0])
		if !ok || at.line+len(lines) > len(f.lines) {
			continue
		}
		same := true
		for i, line := range lines {
			if line != "" {
				line = indent + line
			}
			same = same && line == f.lines[at.line+i]
		}
		if same && !quoted(f.text, at.line+1, at.line+len(lines)) {
			return fmt.Sprintf("%s:%d", f.name, at.line+1)
		}
	}
	return ""
}

// trim drops empty lines at both ends.
func trim(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func isCode(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && !strings.HasPrefix(line, "//")
}

// quoted reports whether the lines stand inside a comment or a string, where nothing compiles them.
func quoted(text string, from, to int) bool {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return false
		}
		first := fset.Position(pos).Line
		last := first + strings.Count(literal, "\n")
		if (tok == token.COMMENT || tok == token.STRING) && first < last && first <= from && to <= last {
			return true
		}
	}
}

// TestSamples holds every code block of the documents to the repository.
func TestSamples(t *testing.T) {
	s := readSources(t)
	for _, d := range documents(t) {
		for _, b := range d.blocks {
			for _, problem := range s.check(b) {
				t.Errorf("%s:%d: %s", d.name, b.line, problem)
			}
		}
	}
}

// check says what is wrong with a block: Go that no file has, commands that cannot be run.
func (s *sources) check(b block) []string {
	switch b.language {
	case "go":
		if s.find(b.lines) == "" {
			return []string{"no compiled file has this code: " + strings.TrimSpace(strings.Join(b.lines[:1], ""))}
		}
	case "sh", "": // indented blocks are commands too
		var problems []string
		for _, line := range b.lines {
			if problem := s.command(line); problem != "" {
				problems = append(problems, problem)
			}
		}
		return problems
	case "sql":
		for _, word := range column.FindAllString(strings.Join(b.lines, "\n"), -1) {
			if !s.within("payment/once/sqlstore", word) && !s.within("payment/once", `"`+word+`"`) {
				return []string{"the journal has no " + word}
			}
		}
	case "mermaid": // TestDiagrams
	case "text":
	default:
		return []string{"a block of language " + b.language}
	}
	return nil
}

var (
	setting = regexp.MustCompile(`^([A-Z][A-Z0-9_]*)=`)
	// liveSetting is a variable of the live tests.
	liveSetting = regexp.MustCompile(`\bSUPPLIERPAY_([A-Z]+)_([A-Z0-9_]*[A-Z0-9])\b`)

	column = regexp.MustCompile(`[a-z_]+`)
	module = regexp.MustCompile(`(?m)^module (\S+)$`)
)

// command says what is wrong with a line of shell: a path, a test, a flag or an environment
// variable that is not there.
func (s *sources) command(line string) string {
	line, _, _ = strings.Cut(line, " # ")
	dir := "."
	for part := range strings.SplitSeq(line, " && ") {
		words := strings.Fields(part)
		for len(words) > 0 && setting.MatchString(words[0]) {
			if name := setting.FindStringSubmatch(words[0])[1]; !standard(name) && !s.reads(name) {
				return "no program reads " + name
			}
			words = words[1:]
		}
		switch {
		case len(words) == 0:
		case words[0] == "cd" && len(words) == 2 && isDir(filepath.Join(dir, words[1])):
			dir = filepath.Join(dir, words[1])
		case words[0] == "bash" && len(words) == 2 && isFile(words[1]):
		case words[0] == "psql", words[0] == "curl", words[0] == "sqlite3":
		case words[0] == "go" && len(words) > 2:
			if problem := s.goCommand(dir, words[1], words[2:]); problem != "" {
				return problem
			}
		default:
			return "a command that cannot be checked: " + part
		}
	}
	return ""
}

// standard reports whether a variable is one of the toolchain's.
func standard(name string) bool { return strings.HasPrefix(name, "GO") || name == "CGO_ENABLED" }

func (s *sources) goCommand(dir, verb string, args []string) string {
	if verb == "get" {
		for _, arg := range args {
			if !s.isModule(strings.TrimSuffix(arg, "@latest")) {
				return "no module " + arg
			}
		}
		return ""
	}
	target, run := "", ""
	for i := 0; i < len(args); i++ {
		name, value, joined := strings.Cut(args[i], "=")
		switch {
		case target != "":
			// Arguments of a program: its flags must be there.
			if flag, ok := strings.CutPrefix(name, "-"); ok && verb == "run" && !s.flag(target, strings.TrimPrefix(flag, "-")) {
				return target + " has no flag " + name
			}
		case slices.Contains([]string{"-run", "-bench", "-fuzz", "-tags", "-timeout", "-fuzztime", "-count", "-C"}, name):
			if !joined && i+1 < len(args) {
				i++
				value = args[i]
			}
			value = strings.Trim(value, `'"`)
			if name == "-run" || name == "-bench" || name == "-fuzz" {
				run = strings.Trim(value, "^$")
			}
			if name == "-C" {
				dir = filepath.Join(dir, value)
			}
		case strings.HasPrefix(name, "-"):
		default:
			target = filepath.ToSlash(filepath.Join(dir, strings.TrimSuffix(args[i], "...")))
			if !isDir(target) {
				return "no folder " + args[i]
			}
		}
	}
	if target == "" && verb == "test" {
		target = filepath.ToSlash(dir)
	}
	switch {
	case target == "":
		return "a command that cannot be checked: go " + verb
	case verb == "run" && !s.within(target, "func main() {"):
		return target + " has no main"
	case run != "" && run != "." && !s.within(target, "func "+run) && !s.deeper(target, "func "+run):
		return target + " has no test " + run
	}
	return ""
}

// reads reports whether a program has the name of an environment variable. The live tests make
// theirs of a prefix, the provider and a name, which stands in their own package.
func (s *sources) reads(name string) bool {
	if m := liveSetting.FindStringSubmatch(name); m != nil {
		quoted := regexp.MustCompile(`["|]` + m[2] + `["|=]`)
		return slices.ContainsFunc(s.files, func(f source) bool {
			return f.name == strings.ToLower(m[1])+"/live_test.go" && quoted.MatchString(f.text)
		})
	}
	return slices.ContainsFunc(s.files, func(f source) bool { return strings.Contains(f.text, `"`+name+`"`) })
}

// TestSettings finds every variable of the live tests that a document names in those tests.
func TestSettings(t *testing.T) {
	s := readSources(t)
	for _, d := range documents(t) {
		for _, name := range liveSetting.FindAllString(d.text, -1) {
			if !s.reads(name) {
				t.Errorf("%s: no test reads %s", d.name, name)
			}
		}
	}
}

// within reports whether a file of the folder has the text.
func (s *sources) within(dir, text string) bool {
	return slices.ContainsFunc(s.files, func(f source) bool {
		return filepath.ToSlash(filepath.Dir(f.name)) == dir && strings.Contains(f.text, text)
	})
}

// deeper reports whether a file below the folder has the text.
func (s *sources) deeper(dir, text string) bool {
	return slices.ContainsFunc(s.files, func(f source) bool {
		return (dir == "." || strings.HasPrefix(f.name, dir+"/")) && strings.Contains(f.text, text)
	})
}

func (s *sources) flag(dir, name string) bool {
	return s.within(dir, `("`+name+`", `) || s.within(dir, `, "`+name+`", `)
}

// isModule reports whether the path is a module of the repository, or a package of one.
func (s *sources) isModule(path string) bool {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	m := module.FindSubmatch(mod)
	if err != nil || m == nil {
		return false
	}
	rest, ok := strings.CutPrefix(path, string(m[1]))
	return ok && isDir(strings.TrimPrefix(rest, "/"))
}

func isDir(name string) bool {
	info, err := os.Stat(filepath.Join(root, name))
	return err == nil && info.IsDir()
}

func isFile(name string) bool {
	info, err := os.Stat(filepath.Join(root, name))
	return err == nil && info.Mode().IsRegular()
}

// TestSamplesAreChecked holds the checker to samples that are wrong.
func TestSamplesAreChecked(t *testing.T) {
	s := &sources{starts: map[string][]place{}}
	s.add("a/a.go", "package a\n\nfunc f() {\n\tif x {\n\t\ty()\n\n\t\tz()\n\t}\n}\n\nconst c = `\n\tquoted()\n\tquoted2()\n`\n\n/*\n\tnever()\n*/\n")
	s.add("a/b.go", "//go:build ignore\n\npackage a\n\nfunc g() {}\n")
	s.add("duffel/live_test.go", "package duffel\n\nvar _ = live.Need(t, \"duffel\", \"KEY|ID\")\n")
	s.add("payment/once/sqlstore/d.go", "package sqlstore\n\nconst c = `CREATE TABLE supplierpay_attempts (state TEXT)` + \"open\"\n")
	s.add("internal/house/c.go", "package main\n\nfunc main() {\n\tflag.Int(\"n\", 1, \"\")\n\tos.Getenv(\"A_TOKEN\")\n}\n\nfunc TestA() {}\n")
	for _, c := range []struct {
		language, text string
		ok             bool
	}{
		{"go", "if x {\n\ty()\n\n\tz()\n}", true},
		{"go", "\tif x {\n\t\ty()\n", true},
		{"go", "y()\n\nz()", true},
		{"go", "y()\nz()", false},              // an empty line is lost
		{"go", "if x {\ny()\n\nz()\n}", false}, // flattened
		{"go", "if x {\n\ty()\n\n\tw()\n}", false},
		{"go", "quoted()\nquoted2()", false},
		{"go", "never()", false},
		{"go", "func g() {}", false},
		{"go", "// package a", false},
		{"go", "", false},
		{"sh", "bash .ci/run", true},
		{"sh", "bash .ci/nowhere", false},
		{"sh", "go run ./internal/house -n 1", true},
		{"sh", "go run ./internal/house -m 1", false},
		{"sh", "go run ./internal/nowhere", false},
		{"sh", "go run ./payment", false}, // no main
		{"sh", "cd internal && go run ./house", true},
		{"sh", "cd nowhere && go run .", false},
		{"sh", "go test ./...", true},
		{"sh", "go test -run '^TestA$' ./internal/house", true},
		{"sh", "go test -run TestB ./internal/house", false},
		{"sh", "A_TOKEN=x go test -tags live ./payment", true},
		{"sh", "SUPPLIERPAY_DUFFEL_KEY=x go test -tags live ./duffel", true},
		{"sh", "SUPPLIERPAY_DUFFEL_KEYS=x go test -tags live ./duffel", false},
		{"sh", "SUPPLIERPAY_ETM_KEY=x go test -tags live ./etm", false},
		{"sh", "B_TOKEN=x go test -tags live ./payment", false},
		{"sh", "go get github.com/supplierpay/supplierpay-go", true},
		{"sh", "go get github.com/supplierpay/supplierpay", false},
		{"sql", "SELECT state FROM supplierpay_attempts WHERE state = 'open'", true},
		{"sql", "SELECT nothing FROM supplierpay_attempts", false},
		{"", "go run ./nowhere", false},
		{"python", "pass", false},
	} {
		problems := s.check(block{language: c.language, lines: strings.Split(c.text, "\n")})
		if (len(problems) == 0) != c.ok {
			t.Errorf("%s block %q: %v", c.language, c.text, problems)
		}
	}
}
