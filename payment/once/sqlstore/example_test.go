package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/supplierpay/supplierpay-go/duffel"
	"github.com/supplierpay/supplierpay-go/payment/once"
	"github.com/supplierpay/supplierpay-go/payment/once/sqlstore"
)

// openDB stands for
//
//	sql.Open("pgx", os.Getenv("DATABASE_URL")) // import _ "github.com/jackc/pgx/v5/stdlib"
func openDB() *sql.DB {
	return (&fakeDB{answers: map[string]string{
		"SELECT current_schema()":      "public",
		"SELECT to_regclass":           "supplierpay_schema",
		"SELECT COALESCE(MAX(version)": "1",
	}}).open()
}

func Example() {
	ctx := context.Background()
	db := openDB()
	defer func() { _ = db.Close() }()
	store, err := sqlstore.NewPostgres(db)
	if err != nil {
		panic(err)
	}
	if err := store.Migrate(ctx); err != nil {
		panic(err)
	}
	client, err := duffel.New("duffel_test_token")
	if err != nil {
		panic(err)
	}
	payer, err := once.New(client, store, once.Name("duffel-test"))
	if err != nil {
		panic(err)
	}
	fmt.Println("ready to pay once at", payer.Provider())
	// Output: ready to pay once at duffel
}
