package sqlstore_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

var writeDDL = flag.Bool("write-ddl", false, "write the files of the folder ddl")

// TestDDLFiles holds the files for other migration tools to the code.
func TestDDLFiles(t *testing.T) {
	for _, dialect := range []string{"postgres", "sqlite"} {
		versions, err := sqlstore.DDL(dialect, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, statements := range versions {
			text := strings.Join(statements, ";\n\n") + ";\n"
			for tool, file := range map[string][2]string{
				"goose":          {fmt.Sprintf("%05d_supplierpay.sql", i+1), "-- +goose Up\n" + text},
				"golang-migrate": {fmt.Sprintf("%06d_supplierpay.up.sql", i+1), text},
				"atlas":          {fmt.Sprintf("%d_supplierpay.sql", i+1), text},
			} {
				path := filepath.Join("ddl", dialect, tool, file[0])
				if *writeDDL {
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(file[1]), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if got, err := os.ReadFile(path); err != nil || string(got) != file[1] {
					t.Errorf("%s differs from the code, %v: run go test -run TestDDLFiles -args -write-ddl", path, err)
				}
			}
		}
	}
}
