package activeplatformtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

// platformZone is where the installation stands: its times carry an offset.
var platformZone = time.FixedZone("", 3*60*60)

const millis = "2006-01-02T15:04:05.000-07:00"

// createdJSON and paymentJSON have the members of the two answers of API v1, in the order of the
// pages.
type createdJSON struct {
	ID              int64   `json:"id"`
	AccountID       int64   `json:"account_id"`
	Total           string  `json:"total"`
	Comment         string  `json:"comment"`
	CreatedAt       string  `json:"created_at"`
	UpdatedAt       string  `json:"updated_at"`
	Status          string  `json:"status"`
	PaymentMethodID *int64  `json:"payment_method_id"`
	DocumentID      string  `json:"document_id"`
	RequesterIP     *string `json:"requester_ip"`
	ManagerID       *int64  `json:"manager_id"`
	Denominated     bool    `json:"denominated"`
	ExpirationDate  *string `json:"expiration_date"`
}

type paymentJSON struct {
	ID                int64    `json:"id"`
	DocumentID        string   `json:"document_id"`
	Status            string   `json:"status"`
	AccountID         int64    `json:"account_id"`
	CreatedAt         string   `json:"created_at"`
	UpdatedAt         string   `json:"updated_at"`
	Total             string   `json:"total"`
	Comment           string   `json:"comment"`
	RequesterIP       *string  `json:"requester_ip"`
	ManagerID         *int64   `json:"manager_id"`
	PaymentMethodID   *int64   `json:"payment_method_id"`
	PaymentMethodName *string  `json:"payment_method_name"`
	Orders            []string `json:"orders"` // a top-up has none
}

func stampV1(t time.Time) string { return t.In(platformZone).Format(millis) }

func (r *record) created() createdJSON {
	return createdJSON{
		ID: r.id, AccountID: r.account.number, Total: amount(r.total), Comment: r.comment,
		CreatedAt: stampV1(r.createdAt), UpdatedAt: stampV1(r.updatedAt), Status: r.status,
		PaymentMethodID: r.methodID, DocumentID: r.documentID, RequesterIP: r.requesterIP, ManagerID: r.managerID,
	}
}

func (r *record) json() paymentJSON {
	return paymentJSON{
		ID: r.id, DocumentID: r.documentID, Status: r.status, AccountID: r.account.number,
		CreatedAt: stampV1(r.createdAt), UpdatedAt: stampV1(r.updatedAt), Total: amount(r.total), Comment: r.comment,
		RequesterIP: r.requesterIP, ManagerID: r.managerID, PaymentMethodID: r.methodID, PaymentMethodName: r.methodName(),
		Orders: []string{},
	}
}

// methodName is the name of the method that the money came through, if somebody has said one.
func (r *record) methodName() *string {
	if r.methodID == nil {
		return nil
	}
	name := "Bank transfer"
	return &name
}

func (s *Server) createV1(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "api_token"); name != "" {
		return refuseParameter(name)
	}
	var in attributes
	if json.Unmarshal(c.Body, &in) != nil {
		return refuseV1(http.StatusBadRequest, "the body is no JSON object")
	}
	in.Purpose = nil // API v1 has none
	ip, _, _ := strings.Cut(c.RemoteAddr, ":")
	return s.create(in, c, &ip, func(problem string) func() sim.Answer { return refuseV1(http.StatusUnprocessableEntity, problem) },
		func(r *record) sim.Answer { return sim.JSON(http.StatusCreated, r.created()) })
}

// create checks the request now and makes the payment when the returned function is called.
func (s *Server) create(in attributes, c *sim.Call, ip *string, refuse func(problem string) func() sim.Answer, answer func(*record) sim.Answer) func() sim.Answer {
	var r *record
	var problem string
	s.locked(func(time.Time) { r, problem = s.newRecord(in) })
	if problem != "" {
		return refuse(problem)
	}
	return func() (a sim.Answer) {
		s.locked(func(now time.Time) {
			r.requesterIP, r.seen = ip, c.Visibility()
			s.add(r, now)
			a = answer(r)
		})
		return a
	}
}

func (s *Server) getV1(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "api_token"); name != "" {
		return refuseParameter(name)
	}
	id, ok := strings.CutSuffix(c.PathValue("file"), ".json")
	if !ok {
		return refuseV1(http.StatusNotFound, "no such method")
	}
	return func() (a sim.Answer) {
		s.locked(func(now time.Time) {
			r := s.payment(id)
			if r == nil || !r.visible(now) {
				a = refuseV1(http.StatusNotFound, "no such payment")()
				return
			}
			a = sim.JSON(http.StatusOK, r.json())
		})
		return a
	}
}

func (s *Server) completeV1(c *sim.Call) func() sim.Answer {
	if name := notSimulated(c, "api_token"); name != "" {
		return refuseParameter(name)
	}
	var in struct {
		PaymentMethodID *int64 `json:"payment_method_id"`
	}
	if json.Unmarshal(c.Body, &in) != nil || in.PaymentMethodID == nil {
		return refuseV1(http.StatusUnprocessableEntity, "payment_method_id must be an integer")
	}
	return func() (a sim.Answer) {
		s.locked(func(now time.Time) {
			r := s.payment(c.PathValue("id"))
			switch {
			case r == nil || r.gone:
				a = refuseV1(http.StatusNotFound, "no such payment")()
			case r.status != waiting:
				a = refuseV1(http.StatusUnprocessableEntity, "the payment does not wait")()
			default:
				r.methodID = in.PaymentMethodID
				s.close(r, completed, now)
				a = sim.JSON(http.StatusOK, r.json())
			}
		})
		return a
	}
}
