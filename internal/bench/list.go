package main

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/supplierpay/supplierpay-go/duffel"
)

// list measures the reading of a megabyte of Duffel's payments in one page.
func list(ctx context.Context, w io.Writer, srv *server, plan plan) error {
	hand, ours := &dialed{}, &dialed{}
	c, err := duffelClient(target{base: srv.Plain, transport: tuned(srv.roots, ours, 1)})
	if err != nil {
		return err
	}
	h := newHand(target{base: srv.Plain, transport: tuned(srv.roots, hand, 1)})
	var rows [2]int
	r := row{provider: "duffel", call: "list of 1 MB",
		hand: &subject{name: "by hand", dials: hand, work: func(ctx context.Context, _ int) error {
			var page struct {
				Data []handDuffelPayment `json:"data"`
				Meta struct {
					After *string `json:"after"`
				} `json:"meta"`
			}
			err := h.call(ctx, http.MethodGet, "/air/payments?order_id="+duffelOrder, duffelHeader(), nil, &page)
			rows[0] = len(page.Data)
			return err
		}},
		ours: &subject{name: "ours", dials: ours, work: func(ctx context.Context, _ int) error {
			rows[1] = 0
			for _, err := range c.ListPayments(ctx, duffel.ListPaymentsParams{OrderID: duffelOrder}) {
				if err != nil {
					return err
				}
				rows[1]++
			}
			return nil
		}},
	}
	if err := compare(ctx, []*subject{r.hand, r.ours}, plan, 1); err != nil {
		return err
	}
	if rows[0] != rows[1] || rows[0] == 0 {
		return fmt.Errorf("the sides read %d and %d payments", rows[0], rows[1])
	}
	_, _ = fmt.Fprintf(w, "### a list of 1 MB, %d payments\n\n| by hand, ms | ours | by hand, kB | ours | by hand, allocs | ours |\n|---|---|---|---|---|---|\n"+
		"| %s | %s | %d | %s | %d | %s |\n\n", rows[0], micros(r.hand.of(ns)/1000), times(r.ours.against(r.hand, ns)),
		r.hand.of(space)/1000, times(r.ours.against(r.hand, space)), r.hand.of(allocs), times(r.ours.against(r.hand, allocs)))
	return nil
}
