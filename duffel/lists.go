package duffel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strconv"

	"github.com/supplierpay/supplierpay-go/internal/call"
	"github.com/supplierpay/supplierpay-go/payment"
)

const (
	maxLimit = 200    // the largest page that Duffel gives
	maxPages = 10_000 // of one list; a server that always has another page does not hold a caller for ever
)

var (
	errNoList      = errors.New("no list in the answer's data")
	errCursorAgain = errors.New("the list's cursor came a second time")
	errNoEnd       = errors.New("the list does not end")
)

// addLimit adds the page size to the query.
func addLimit(query url.Values, limit int) error {
	if limit < 0 || limit > maxLimit {
		return payment.InvalidField("Limit", fmt.Sprintf("want 1 to %d, or 0 for Duffel's own", maxLimit))
	}
	if limit > 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	return nil
}

// failed is a list that cannot be asked for.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		yield(none, err)
	}
}

// list follows the cursors of op from the first page to the last.
func list[T any](ctx context.Context, c *Client, op call.Operation, decode func(json.RawMessage) (T, error)) iter.Seq2[T, error] {
	return pages(ctx, c, op, decode, func([]byte) {})
}

// pages is list that also hands the body of each page to seen.
func pages[T any](
	ctx context.Context, c *Client, op call.Operation, decode func(json.RawMessage) (T, error), seen func(body []byte),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		op := op
		op.Query = maps.Clone(op.Query)
		cursors := map[string]bool{}
		for {
			var items []T
			var after string
			_, err := c.do(ctx, op, func(a *call.Answer) error {
				var err error
				if items, after, err = decodePage(a.Body, decode); err != nil {
					return err
				}
				seen(a.Body)
				switch {
				case cursors[after]:
					return errCursorAgain
				case after != "" && len(cursors) == maxPages:
					return errNoEnd
				}
				return nil
			})
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if after == "" {
				return
			}
			cursors[after] = true
			op.Query.Set("after", after)
		}
	}
}

// decodePage reads the items of a page and the cursor of the next, "" on the last. It is strict about what tells that a
// list is empty or at its end: Lookup draws conclusions from it.
func decodePage[T any](body []byte, decode func(json.RawMessage) (T, error)) (items []T, after string, err error) {
	var page struct {
		Data   []json.RawMessage `json:"data"`
		Errors json.RawMessage   `json:"errors"`
		Meta   struct {
			After *string `json:"after"`
		} `json:"meta"`
	}
	if json.Unmarshal(body, &page) != nil {
		return nil, "", errNoList
	}
	if err := errorsInside(page.Errors, body); err != nil {
		return nil, "", err
	}
	if page.Data == nil { // missing or null, which is not the same as empty
		return nil, "", errNoList
	}
	items = make([]T, 0, len(page.Data))
	for _, raw := range page.Data {
		item, err := decode(raw)
		if err != nil {
			return nil, "", fmt.Errorf("an item of the list: %w", err)
		}
		items = append(items, item)
	}
	if page.Meta.After != nil {
		after = *page.Meta.After
	}
	return items, after, nil
}
