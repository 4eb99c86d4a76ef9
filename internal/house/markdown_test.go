package house

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// document is a Markdown file, read as far as the tests need it.
type document struct {
	name   string // relative to the repository
	text   string
	blocks []block
	links  []mention
	// anchors are what a link may name after "#".
	anchors map[string]bool
}

// block is a code block with the line of its first line of code.
type block struct {
	language string
	line     int
	lines    []string
}

// mention is a link's target and its line.
type mention struct {
	target string
	line   int
}

var (
	// link is an inline link or picture.
	link = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	// code is what a line shows as code.
	code = regexp.MustCompile("`[^`]*`")
)

// documents reads every Markdown file of the repository.
func documents(t *testing.T) []document {
	t.Helper()
	var docs []document
	walk(t, ".md", func(name, text string) { docs = append(docs, parseDocument(name, text)) })
	if len(docs) < 5 {
		t.Fatalf("found only %d documents", len(docs))
	}
	return docs
}

// walk visits the repository's files with that ending. Hidden folders are no part of it, and
// neither is Go code in testdata, which nothing compiles.
func walk(t *testing.T, ending string, visit func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (strings.HasPrefix(base, ".") || base == "testdata" && ending == ".go") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ending) {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(name), string(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parseDocument(name, text string) document {
	d := document{name: name, text: text, anchors: map[string]bool{}}
	var open *block
	blank, inside := true, false // inside an indented block
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		language, fence := strings.CutPrefix(line, "```")
		switch indented := strings.HasPrefix(line, "    "); {
		case fence && open == nil:
			d.blocks = append(d.blocks, block{language: language, line: number + 1})
			open = &d.blocks[len(d.blocks)-1]
		case fence:
			open = nil
		case open != nil:
			open.lines = append(open.lines, line)
		case indented && (blank || inside):
			if !inside {
				d.blocks = append(d.blocks, block{line: number})
			}
			last := &d.blocks[len(d.blocks)-1]
			last.lines, inside = append(last.lines, line[4:]), true
		default:
			d.prose(line, number)
			inside = false
		}
		blank = strings.TrimSpace(line) == ""
	}
	return d
}

func (d *document) prose(line string, number int) {
	if hashes, title, ok := strings.Cut(line, " "); ok && hashes != "" && strings.Trim(hashes, "#") == "" {
		anchor := slug(title)
		for n := 1; d.anchors[anchor]; n++ {
			anchor = fmt.Sprintf("%s-%d", slug(title), n)
		}
		d.anchors[anchor] = true
	}
	for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(line, ""), -1) {
		d.links = append(d.links, mention{m[1], number})
	}
}

// slug is the anchor that a heading gets on the usual hosts.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-', r == '_', r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		}
	}
	return b.String()
}

// TestLinks follows every relative link of the documents, to the file and to the heading.
func TestLinks(t *testing.T) {
	docs := documents(t)
	for _, d := range docs {
		for _, m := range d.links {
			if problem := follow(docs, d, m.target); problem != "" {
				t.Errorf("%s:%d: %s", d.name, m.line, problem)
			}
		}
	}
}

// follow says what is wrong with a link, or "".
func follow(docs []document, from document, target string) string {
	if strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "mailto:") {
		return "" // not ours to follow, and the tests have no network
	}
	if strings.Contains(target, "://") {
		return "a link that is not https: " + target
	}
	file, anchor, anchored := strings.Cut(target, "#")
	name := from.name
	if file != "" {
		name = filepath.ToSlash(filepath.Join(filepath.Dir(from.name), file))
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			return name + " is not there"
		}
	}
	if !anchored {
		return ""
	}
	for _, d := range docs {
		if d.name == name && d.anchors[anchor] {
			return ""
		}
	}
	return fmt.Sprintf("%s has no heading #%s", name, anchor)
}

// TestLinksAreChecked holds the checker to links that are wrong.
func TestLinksAreChecked(t *testing.T) {
	d := parseDocument("docs/x.md", "# One, two\n\n## Two\n## Two\n[a](../README.md) `[b](nowhere.md)`\n\n```text\n[c](nowhere.md)\n```\n")
	if len(d.links) != 1 || d.links[0] != (mention{"../README.md", 5}) {
		t.Errorf("links: %v", d.links)
	}
	for target, ok := range map[string]bool{
		"#one-two": true, "#two": true, "#two-1": true, "../LICENSE": true, "https://example.com": true,
		"#two-2": false, "nowhere.md": false, "../README.md#nowhere": false, "http://example.com": false,
	} {
		if problem := follow([]document{d}, d, target); (problem == "") != ok {
			t.Errorf("%s: %q", target, problem)
		}
	}
}
