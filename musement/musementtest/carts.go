package musementtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/supplierpay/supplierpay-go/internal/sim"
	"github.com/supplierpay/supplierpay-go/payment"
)

// Product is something to put into a cart.
type Product struct {
	// Identifier is made of digits.
	Identifier string
	Title      string
	Price      payment.Money
	// NeedsParticipants makes the cart ask for the first names of all who come.
	NeedsParticipants bool
}

// AddProduct adds a product to the catalogue.
func (s *Server) AddProduct(p Product) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.products[p.Identifier] = p
}

// cart is a cart as it stands.
type cart struct {
	uuid     string
	items    []*cartItem
	customer *customerJSON
	order    *order
}

type cartItem struct {
	uuid         string
	product      Product
	quantity     int
	participants json.RawMessage
}

type customerJSON struct {
	Email                   string          `json:"email"`
	EventsRelatedNewsletter string          `json:"events_related_newsletter"`
	ExtraCustomerData       json.RawMessage `json:"extra_customer_data"`
	Firstname               string          `json:"firstname"`
	Lastname                string          `json:"lastname"`
	MusementNewsletter      string          `json:"musement_newsletter"`
	ThirdpartyNewsletter    string          `json:"thirdparty_newsletter"`
}

func sampleCustomer() *customerJSON {
	return &customerJSON{Email: "john.smith@example.com", Firstname: "John", Lastname: "Smith", EventsRelatedNewsletter: "NO",
		MusementNewsletter: "NO", ThirdpartyNewsletter: "NO", ExtraCustomerData: json.RawMessage("[]")}
}

type cartJSON struct {
	UUID      string         `json:"uuid"`
	Customer  *customerJSON  `json:"customer,omitempty"`
	Items     []cartItemJSON `json:"items"`
	FullPrice *moneyJSON     `json:"full_price,omitempty"`
	Discount  *moneyJSON     `json:"discount,omitempty"`
}

type cartItemJSON struct {
	UUID       string          `json:"uuid"`
	Status     string          `json:"status"`
	Quantity   int             `json:"quantity"`
	TotalPrice moneyJSON       `json:"total_price"`
	Product    cartProductJSON `json:"product"`
}

type cartProductJSON struct {
	ID          string    `json:"id"`
	Type        string    `json:"type"`
	Title       string    `json:"title"`
	RetailPrice moneyJSON `json:"retail_price"`
}

func (i *cartItem) json() cartItemJSON {
	return cartItemJSON{UUID: i.uuid, Status: "PREBOOK_OK", Quantity: i.quantity,
		TotalPrice: moneyOf(times(i.product.Price, i.quantity)),
		Product: cartProductJSON{ID: i.product.Identifier, Type: "musement", Title: i.product.Title,
			RetailPrice: moneyOf(i.product.Price)}}
}

func (c *cart) json() cartJSON {
	j := cartJSON{UUID: c.uuid, Customer: c.customer, Items: []cartItemJSON{}}
	for _, i := range c.items {
		j.Items = append(j.Items, i.json())
	}
	if total := c.total(); !total.IsUnset() {
		full, none := moneyOf(total), moneyOf(zeroOf(total))
		j.FullPrice, j.Discount = &full, &none
	}
	return j
}

// total is the price of all items; unset for an empty cart.
func (c *cart) total() payment.Money {
	var total payment.Money
	for _, i := range c.items {
		price := times(i.product.Price, i.quantity)
		if total.IsUnset() {
			total = price
			continue
		}
		total = mustMoney(total.Decimal().Add(price.Decimal()), price.Currency())
	}
	return total
}

func times(m payment.Money, n int) payment.Money {
	return mustMoney(m.Decimal().Mul(decimal.NewFromInt(int64(n))), m.Currency())
}

func mustMoney(d decimal.Decimal, currency string) payment.Money {
	m, err := payment.MoneyFromDecimal(d, currency)
	if err != nil {
		panic(fmt.Sprintf("musementtest: %v", err))
	}
	return m
}

// withCart calls h with the cart of the path, under the server's lock.
func (s *Server) withCart(c *sim.Call, h func(*cart) sim.Answer) func() sim.Answer {
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		found := s.carts[c.PathValue("cart")]
		if found == nil {
			return unknownResource()()
		}
		return h(found)
	}
}

// withOpenCart is withCart for what an order forbids.
func (s *Server) withOpenCart(c *sim.Call, h func(*cart) sim.Answer) func() sim.Answer {
	return s.withCart(c, func(found *cart) sim.Answer {
		if found.order != nil {
			return refuse(http.StatusLocked, "-1", "Cart is already connected to order with state 'closed'")()
		}
		return h(found)
	})
}

func (s *Server) createCart(c *sim.Call) func() sim.Answer {
	var w map[string]json.RawMessage
	if json.Unmarshal(c.Body, &w) != nil {
		return malformed()
	}
	return func() sim.Answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		made := &cart{uuid: s.uuid()}
		s.carts[made.uuid] = made
		return sim.JSON(http.StatusOK, made.json())
	}
}

func (s *Server) getCart(c *sim.Call) func() sim.Answer {
	return s.withCart(c, func(found *cart) sim.Answer { return sim.JSON(http.StatusOK, found.json()) })
}

func (s *Server) deleteCart(c *sim.Call) func() sim.Answer {
	return s.withOpenCart(c, func(found *cart) sim.Answer {
		delete(s.carts, found.uuid)
		return sim.JSON(http.StatusOK, true)
	})
}

func (s *Server) addItems(c *sim.Call) func() sim.Answer {
	var items []struct {
		Type              string `json:"type"`
		ProductIdentifier string `json:"product_identifier"`
		Quantity          int    `json:"quantity"`
	}
	if json.Unmarshal(c.Body, &items) != nil || len(items) == 0 {
		return malformed()
	}
	return s.withOpenCart(c, func(found *cart) sim.Answer {
		var added []*cartItem
		for _, i := range items {
			p, known := s.products[i.ProductIdentifier]
			if !known || i.Quantity < 1 || i.Type == "" {
				return unknownResource()()
			}
			added = append(added, &cartItem{uuid: s.uuid(), product: p, quantity: i.Quantity})
		}
		found.items = append(found.items, added...)
		return sim.JSON(http.StatusOK, added[0].json()) // only the first, and no list
	})
}

func (s *Server) removeItem(c *sim.Call) func() sim.Answer {
	return s.withCart(c, func(found *cart) sim.Answer {
		if found.order != nil {
			return refuse(http.StatusForbidden, "0", "You don't have permission to delete this resource.")()
		}
		i := found.item(c.PathValue("item"))
		if i == nil {
			return unknownResource()()
		}
		found.items = slices.DeleteFunc(found.items, func(x *cartItem) bool { return x == i })
		return sim.Answer{Status: http.StatusNoContent}
	})
}

func (c *cart) item(uuid string) *cartItem {
	if i := slices.IndexFunc(c.items, func(i *cartItem) bool { return i.uuid == uuid }); i >= 0 {
		return c.items[i]
	}
	return nil
}
