package payment_test

import (
	"encoding/xml"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/supplierpay/supplierpay-go/payment"
)

// The table is the kept list plus the amendments named here, no more and no less.
func TestISO4217AgainstTheKeptList(t *testing.T) {
	data, err := os.ReadFile("testdata/iso4217-list-one.xml")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Published string `xml:"Pblshd,attr"`
		Entries   []struct {
			Code  string `xml:"Ccy"`
			Units string `xml:"CcyMnrUnts"`
		} `xml:"CcyTbl>CcyNtry"`
	}
	if err := xml.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"XCG": 2} // amendment 176, after the list
	for _, e := range list.Entries {
		if e.Code == "" || e.Units == "N.A." {
			continue // no currency of its own, or none with a minor unit
		}
		n, err := strconv.Atoi(e.Units)
		if err != nil {
			t.Fatalf("%s: %v", e.Code, err)
		}
		if before, ok := want[e.Code]; ok && before != n {
			t.Fatalf("%s has %d and %d digits in the list", e.Code, before, n)
		}
		want[e.Code] = n
	}
	if list.Published != "2024-06-25" || len(want) < 150 {
		t.Fatalf("list of %q with %d codes: not the one that the table names", list.Published, len(want))
	}

	got := map[string]int{}
	table := payment.ISO4217()
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				code := string([]rune{a, b, c})
				if n, ok := table.MinorUnits(code); ok {
					got[code] = n
				}
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-list +table):\n%s", diff)
	}
}

func TestCurrenciesWith(t *testing.T) {
	iso := payment.ISO4217()
	changed := iso.With("JPY", 2).With("QQQ", 8).With("HUF", 0)

	m, err := changed.ParseMoney("500.25", "JPY")
	if err != nil || m.String() != "500.25 JPY" {
		t.Errorf("got %v, %v", m, err)
	}
	if _, err := changed.ParseMoney("0.00000001", "QQQ"); err != nil {
		t.Error(err)
	}
	_, err = changed.ParseMoney("1.5", "HUF")
	checkInvalid(t, err, payment.NotSent, "Amount")
	if err := changed.Check(m); err != nil {
		t.Error(err)
	}

	// The table that it came from is as it was.
	_, err = iso.ParseMoney("500.25", "JPY")
	checkInvalid(t, err, payment.NotSent, "Amount")
	checkInvalid(t, iso.Check(m), payment.NotSent, "Amount")
	if _, ok := iso.MinorUnits("QQQ"); ok {
		t.Error("With changed the standard table")
	}

	var none payment.Currencies
	if _, err := none.ParseMoney("1", "GBP"); err == nil {
		t.Error("the empty table knows GBP")
	}
	if _, err := none.With("GBP", 2).ParseMoney("1.25", "GBP"); err != nil {
		t.Error(err)
	}
}

func TestCurrenciesWithPanics(t *testing.T) {
	for _, tt := range []struct {
		code string
		n    int
	}{{"", 2}, {"gbp", 2}, {"GBPX", 2}, {"G1P", 2}, {"GBP", -1}, {"GBP", 9}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("With(%q, %d) did not panic", tt.code, tt.n)
				}
			}()
			payment.ISO4217().With(tt.code, tt.n)
		}()
	}
}
