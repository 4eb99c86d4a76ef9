package house

import (
	"slices"
	"strings"
	"testing"
)

// TestReadme demands the two commands by which a newcomer begins, and a link to every document.
func TestReadme(t *testing.T) {
	docs := documents(t)
	i := slices.IndexFunc(docs, func(d document) bool { return d.name == "README.md" })
	if i < 0 {
		t.Fatal("no README.md")
	}
	readme := docs[i]
	for _, command := range []string{"go run ./examples/pay", "go test ./..."} {
		if !slices.ContainsFunc(readme.blocks, func(b block) bool { return b.language == "sh" && slices.Equal(b.lines, []string{command}) }) {
			t.Errorf("README.md does not have the command %q in a block of its own", command)
		}
	}
	for _, d := range docs {
		if strings.HasPrefix(d.name, "docs/") &&
			!slices.ContainsFunc(readme.links, func(m mention) bool { return m.target == d.name }) {
			t.Errorf("README.md does not link to %s", d.name)
		}
	}
}
