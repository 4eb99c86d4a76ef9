package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadmeSampleIsAnExample holds the README's Go sample to the Example that runs it.
func TestReadmeSampleIsAnExample(t *testing.T) {
	readme := text(t, "README.md")
	_, sample, ok := strings.Cut(readme, "```go\n")
	if !ok {
		t.Fatal("README.md has no Go sample")
	}
	sample, _, _ = strings.Cut(sample, "```")
	source := text(t, "examples/pay/readme_test.go")
	_, body, ok := strings.Cut(source, "// README begins.\n")
	if !ok {
		t.Fatal("the Example has no mark")
	}
	body, _, _ = strings.Cut(body, "\t// README ends.\n")
	var lines []string
	for line := range strings.Lines(body) {
		lines = append(lines, strings.TrimPrefix(line, "\t"))
	}
	if diff := cmp.Diff(strings.Join(lines, ""), sample); diff != "" {
		t.Errorf("README.md and the Example differ (-example +README):\n%s", diff)
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

// TestLinks follows every relative link of the documents.
func TestLinks(t *testing.T) {
	docs, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(docs, more...) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", filepath.Base(name), m[1])
			}
		}
	}
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
