package sqlstore_test

import (
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
	return (&fakeDB{}).open()
}

func Example() {
	db := openDB()
	defer func() { _ = db.Close() }()
	store, err := sqlstore.NewPostgres(db)
	if err != nil {
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
