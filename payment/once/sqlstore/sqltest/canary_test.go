package sqltest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/supplierpay/supplierpay-go/payment"
	"github.com/supplierpay/supplierpay-go/payment/once"
)

// canary is in everything that a row must not keep; kept is in what it does keep, which proves that the search finds.
const (
	canary = "4242424242424242"
	kept   = "keptkeptkept"
)

type cardDetails struct{ Number payment.Secret }

func (cardDetails) PaymentDetails() string { return "fake" }

func cardAnswers(req payment.Request, status payment.Status) payment.Payment {
	return payment.Payment{Provider: "fake", ID: "pay_" + kept, OrderID: req.OrderID, Status: status, Amount: req.Amount,
		MatchedBy: payment.MatchedByAnswer, Raw: map[string]string{"card": canary},
		Next: &payment.NextAction{Kind: payment.Redirect, URL: payment.NewSecret("https://bank/" + canary)}}
}

// payCards makes payments that end in every kind of row, with card data in all that passes by.
func payCards(t *testing.T, store once.Store) {
	ways := map[string]func(req payment.Request) (payment.Payment, error){
		"paid": func(req payment.Request) (payment.Payment, error) { return cardAnswers(req, payment.Succeeded), nil },
		"action": func(req payment.Request) (payment.Payment, error) {
			return cardAnswers(req, payment.ActionRequired), nil
		},
		"declined": func(req payment.Request) (payment.Payment, error) {
			return cardAnswers(req, payment.Failed), &payment.Error{Outcome: payment.Refused, Kind: payment.ErrDeclined,
				Code: "declined_" + kept, Message: "card " + canary + " was declined", Err: errors.New(canary)}
		},
		"unknown": func(payment.Request) (payment.Payment, error) {
			return payment.Payment{}, &payment.Error{Status: 502, Message: "<html>" + canary, Err: errors.New(canary)}
		},
	}
	for key, answer := range ways {
		payer := journaled(t, &fakePayer{look: found, pay: func(_ context.Context, req payment.Request) (payment.Payment, error) {
			return answer(req)
		}}, store)
		req := request(t, key+kept, "order "+key)
		req.Description, req.Details = "card "+canary, cardDetails{payment.NewSecret(canary)}
		_, _ = payer.Pay(t.Context(), req) // the rows are what is looked at
		if rows, err := payer.Get(t.Context(), req.Key); err != nil || len(rows) != 1 {
			t.Fatalf("%s: %+v, %v", key, rows, err)
		}
	}
}

// search reads every byte of every file and reports where it is.
func search(t *testing.T, dir, what string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // PostgreSQL has just removed it
		}
		if bytes.Contains(b, []byte(what)) {
			files = append(files, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func hunt(t *testing.T, dir string) {
	t.Helper()
	if len(search(t, dir, kept)) == 0 {
		t.Error("the files do not show what was kept, so they prove nothing")
	}
	if files := search(t, dir, canary); len(files) > 0 {
		t.Errorf("a card number is in %v", files)
	}
}

func TestCanarySQLite(t *testing.T) {
	p := newSQLite(t)
	store, _ := p.store(t)
	payCards(t, store)
	hunt(t, filepath.Dir(strings.TrimPrefix(p.DSN, "file:")))
}

func TestCanaryPostgres(t *testing.T) {
	c := ownCluster(t)
	store, db := place{"pgx", c.DSN()}.store(t)
	payCards(t, store)
	if _, err := db.ExecContext(t.Context(), "CHECKPOINT"); err != nil {
		t.Fatal(err)
	}
	hunt(t, c.data())
}
