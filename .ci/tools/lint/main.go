// Lint runs the analyzers that the project keeps to, beside go vet and staticcheck. CONTRIBUTING.md says why each is here.
package main

import (
	"github.com/nishanths/exhaustive"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"golang.org/x/tools/go/analysis/multichecker"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/reflectvaluecompare"
	"golang.org/x/tools/go/analysis/passes/sortslice"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/passes/waitgroup"
)

func main() {
	multichecker.Main(
		errorlint.NewAnalyzer(),
		exhaustive.Analyzer,
		nilness.Analyzer,
		reflectvaluecompare.Analyzer,
		sortslice.Analyzer,
		unusedwrite.Analyzer,
		waitgroup.Analyzer,
	)
}
