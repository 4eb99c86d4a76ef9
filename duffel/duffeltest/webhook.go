package duffeltest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Webhook is an event that Duffel tells of.
type Webhook struct {
	// ID and Type are the event's, Body is what receivers get.
	ID, Type string
	Body     []byte
}

// The members are in the order of the documentation.
type webhookJSON struct {
	ID             string      `json:"id"`
	APIVersion     string      `json:"api_version"`
	Type           string      `json:"type"`
	Data           webhookData `json:"data"`
	LiveMode       bool        `json:"live_mode"`
	IdempotencyKey string      `json:"idempotency_key"`
	CreatedAt      string      `json:"created_at"`
	OrganisationID string      `json:"identity_organisation_id"`
}

type webhookData struct {
	Object any `json:"object"`
}

type idObject struct {
	ID string `json:"id"`
}

// emit notes an event. The caller holds the lock.
func (s *Server) emit(typ, key string, object any) {
	w := webhookJSON{
		ID: fmt.Sprintf("wev_%022d", len(s.webhooks)+1), APIVersion: "v2", Type: typ, Data: webhookData{object},
		IdempotencyKey: key, CreatedAt: *stamp(s.Now(), micros), OrganisationID: "org_0000000000000000000001",
	}
	body, err := json.Marshal(w)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	s.webhooks = append(s.webhooks, Webhook{ID: w.ID, Type: typ, Body: body})
	s.undelivered = append(s.undelivered, s.webhooks[len(s.webhooks)-1])
}

// Webhooks returns all events so far, the oldest first, delivered or not.
func (s *Server) Webhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.webhooks)
}

// Delivery says where webhooks go, and what goes wrong on the way.
type Delivery struct {
	// URL is the receiver's address, and Secret what it was told.
	URL, Secret string
	// Duplicate sends each event twice.
	Duplicate bool
	// Reverse sends the newest event first.
	Reverse bool
	// Late is how long ago, by the server's clock, the events were signed.
	Late time.Duration
	// Again sends all events so far, delivered or not.
	Again bool
}

// Deliver sends the events that no receiver has accepted yet, one after another, and returns the
// status of each answer. An event that is not answered with a success stays for the next Deliver.
// It ends with the first receiver that cannot be reached.
func (s *Server) Deliver(ctx context.Context, d Delivery) (statuses []int, err error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, w := range s.due(d) {
		status, err := s.deliver(ctx, client, d, w)
		if err != nil {
			return statuses, fmt.Errorf("duffeltest: deliver %s: %w", w.ID, err)
		}
		statuses = append(statuses, status)
		if status >= 200 && status < 300 {
			s.delivered(w.ID)
		}
	}
	return statuses, nil
}

// due returns what a delivery sends, in its order.
func (s *Server) due(d Delivery) []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	events := s.undelivered
	if d.Again {
		events = s.webhooks
	}
	var due []Webhook
	for _, w := range events {
		due = append(due, w)
		if d.Duplicate {
			due = append(due, w)
		}
	}
	if d.Reverse {
		slices.Reverse(due)
	}
	return due
}

func (s *Server) delivered(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undelivered = slices.DeleteFunc(slices.Clone(s.undelivered), func(w Webhook) bool { return w.ID == id })
}

func (s *Server) deliver(ctx context.Context, client *http.Client, d Delivery, w Webhook) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(w.Body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Duffel-Signature", SignWebhook(d.Secret, s.Now().Add(-d.Late), w.Body))
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, err
}

// SignWebhook returns the X-Duffel-Signature header of a body that was signed at a time.
func SignWebhook(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(t + "."))
	_, _ = mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
