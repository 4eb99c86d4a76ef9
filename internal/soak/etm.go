package main

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/supplierpay/supplierpay-go/etm"
	"github.com/supplierpay/supplierpay-go/etm/etmtest"
	"github.com/supplierpay/supplierpay-go/payment"
)

// openETM has no shut: ETM never proves that nothing was taken.
func openETM() *site {
	srv := etmtest.NewServer(etmtest.WithoutListener())
	return &site{
		handler: srv.Handler(),
		payer: func(baseURL string, t *http.Transport) (timedPayer, error) {
			return etm.New(baseURL, etm.B2BLogin(srv.Login, srv.Password), etm.WithTransport(t))
		},
		place: func(n int, chance *rand.Rand) payment.Request {
			total := price(chance, "EUR")
			o := etmtest.Order{Price: total}
			switch chance.IntN(10) {
			case 0:
				o.RefusalWord = "declined"
			case 1, 2:
				o.TicketDelay = time.Hour
			}
			return payment.Request{Key: key(n), OrderID: srv.AddOrder(o), Amount: total}
		},
		taken:   srv.Taken,
		expire:  srv.ExpireSessions,
		advance: srv.Advance,
		single:  true,
		close:   srv.Close,
	}
}
