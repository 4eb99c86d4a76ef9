package travelporttest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/supplierpay/supplierpay-go/internal/sim"
)

const workbenchLife = 30 * time.Minute

// workbench is a session. One that was created empty has a reservation of its own without a
// locator.
type workbench struct {
	id          string
	reservation *reservation
	opened      time.Time
	closed      bool
	forms       []form
	payments    []queued
}

func (w *workbench) open(now time.Time) bool {
	return w != nil && !w.closed && now.Before(w.opened.Add(workbenchLife))
}

// sessionInvalid is the answer to a call for a workbench that is committed, discarded, expired, or
// was never there.
func sessionInvalid(c *sim.Call, key string) sim.Answer {
	return problem{http.StatusBadRequest, "", "SESSION IDENTIFIER IS INVALID", key}.answer(c)
}

// inWorkbench runs act under the lock with the open workbench of the call's path.
func (s *Server) inWorkbench(c *sim.Call, key string, act func(w *workbench) sim.Answer) func() sim.Answer {
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		w := s.benches[c.PathValue("id")]
		if !w.open(now) {
			return sessionInvalid(c, key)
		}
		return act(w)
	}
}

func (s *Server) newWorkbench(r *reservation, now time.Time) *workbench {
	w := &workbench{id: s.id(), reservation: r, opened: now}
	s.benches[w.id] = w
	return w
}

func (s *Server) createWorkbench(c *sim.Call) func() sim.Answer {
	if _, _, ok := opened(c.Body, "ReservationID"); !ok {
		return refuse(c, invalidInput("ReservationResponse", http.StatusBadRequest))
	}
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		w := s.newWorkbench(&reservation{}, now)
		return sim.JSON(http.StatusCreated, s.benchJSON(c, w, now))
	}
}

func (s *Server) fromLocator(c *sim.Call) func() sim.Answer {
	const key = "ReservationResponse"
	if len(c.Body) > 0 {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	locator := c.URL.Query().Get("Locator")
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		r := s.reservations[locator]
		if r == nil {
			return problem{http.StatusNotFound, "", "RESERVATION NOT FOUND", key}.answer(c)
		}
		if s.conf.exclusive {
			for _, w := range s.benches {
				if w.reservation == r && w.open(now) {
					return problem{http.StatusBadRequest, "4350", "COMMIT OR IGNORE RESERVATION WORKBENCH", key}.answer(c)
				}
			}
		}
		return sim.JSON(http.StatusOK, s.benchJSON(c, s.newWorkbench(r, now), now))
	}
}

func (s *Server) retrieveWorkbench(c *sim.Call) func() sim.Answer {
	return s.inWorkbench(c, "ReservationResponse", func(w *workbench) sim.Answer {
		return sim.JSON(http.StatusOK, s.benchJSON(c, w, s.Now()))
	})
}

func (s *Server) discardWorkbench(c *sim.Call) func() sim.Answer {
	return s.inWorkbench(c, "ReservationResponse", func(w *workbench) sim.Answer {
		w.closed = true
		return sim.Answer{Status: http.StatusNoContent}
	})
}

// commit issues what the payments pay for. That the workbench is open is looked at when the commit
// is done, not when it arrived: one that was discarded meanwhile commits nothing.
func (s *Server) commit(c *sim.Call) func() sim.Answer {
	const key = "ReservationResponse"
	_, raw, ok := opened(c.Body, "ReservationQueryCommitReservation")
	var flags struct {
		ErrorWhenScheduleChangesInd, ErrorWhenOfferPriceChangesInd, EnableTwoStepCommitInd bool
	}
	if !ok || json.Unmarshal(raw, &flags) != nil {
		return refuse(c, invalidInput(key, http.StatusBadRequest))
	}
	return s.inWorkbench(c, key, func(w *workbench) sim.Answer {
		r, now := w.reservation, s.Now()
		repriced := !r.NewPrice.IsUnset() && !r.NewPrice.Equal(r.offers[0].Price) && len(w.payments) > 0
		said := ""
		switch {
		case len(w.payments) > 0 && r.CommitRefusal != "":
			said = r.CommitRefusal
		case flags.ErrorWhenOfferPriceChangesInd && repriced:
			said = "OFFER PRICE HAS CHANGED"
		case flags.ErrorWhenScheduleChangesInd && r.ScheduleChanged:
			said = "SCHEDULE HAS CHANGED"
		}
		if said != "" {
			return problem{http.StatusOK, "", said, key}.answer(c)
		}
		w.closed = true
		r.forms = append(r.forms, w.forms...)
		r.payments = append(r.payments, w.payments...)
		s.issue(r, w.payments, now, c.Visibility(), repriced)
		return sim.JSON(http.StatusOK, s.reservationJSON(c, r, r.forms, r.payments, now, !s.conf.quiet))
	})
}

func (s *Server) getReservation(c *sim.Call) func() sim.Answer {
	return s.showReservation(c, c.PathValue("id"))
}

func (s *Server) getByLocator(c *sim.Call) func() sim.Answer {
	return s.showReservation(c, c.URL.Query().Get("Locator"))
}

func (s *Server) showReservation(c *sim.Call, locator string) func() sim.Answer {
	return func() sim.Answer {
		now := s.Now()
		s.mu.Lock()
		defer s.mu.Unlock()
		r := s.reservations[locator]
		if r == nil {
			return problem{http.StatusNotFound, "", "RESERVATION NOT FOUND", "ReservationResponse"}.answer(c)
		}
		return sim.JSON(http.StatusOK, s.reservationJSON(c, r, r.forms, r.payments, now, true))
	}
}

// opened takes a body out of its envelope, wrapped or flat. name ends with * for any type of a
// family.
func opened(body []byte, name string) (typ string, raw json.RawMessage, ok bool) {
	family, any := strings.CutSuffix(name, "*")
	fits := func(typ string) bool { return typ == name || any && strings.HasPrefix(typ, family) }
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return "", nil, false
	}
	if flat, has := top["@type"]; has {
		return typ, body, json.Unmarshal(flat, &typ) == nil && fits(typ)
	}
	for key, raw := range top {
		if len(top) == 1 && fits(key) && strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
			return key, raw, true
		}
	}
	return "", nil, false
}

func invalidInput(key string, status int) problem {
	return problem{status, "1586", "INVALID INPUT FORMAT", key}
}

// formOf finds a form of payment of the workbench or its reservation.
func (w *workbench) formOf(id string) (form, bool) {
	all := slices.Concat(w.reservation.forms, w.forms)
	i := slices.IndexFunc(all, func(f form) bool { return f.id == id })
	if i < 0 {
		return form{}, false
	}
	return all[i], true
}
