package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Where a delivery stands.
const (
	deliveryPending = "pending"
	deliverySuccess = "success"
	deliveryFailed  = "failed"
)

// retryAfter is how long after each failed try the next one follows (documentation: webhooks, "Retries").
var retryAfter = []time.Duration{time.Second, 3 * time.Second, 10 * time.Second}

// sendTimeout is how long a receiver may take to answer; the documents don't say.
const sendTimeout = 10 * time.Second

// delivery is an event on its way to a webhook.
type delivery struct {
	ID       string            `json:"id"`
	EventID  string            `json:"event_id"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitzero"`
	Status   string            `json:"status"`
	Attempts int               `json:"attempts,omitzero"`
	DueAt    time.Time         `json:"due_at,omitzero"`
	Reason   string            `json:"reason,omitzero"` // why the last try failed
	At       time.Time         `json:"at"`
}

func (d *delivery) key() string     { return d.ID }
func (d *delivery) order() string   { return d.ID }
func (d *delivery) made() time.Time { return d.At }

func (st *state) movedDelivery(old, next **delivery) {
	switch {
	case next != nil:
		st.outbox.set((*next).ID, *next, (*next).DueAt)
	case old != nil:
		st.outbox.set((*old).ID, *old, time.Time{})
	}
}

// deliver puts e on its way to hook.
func (tx *tx) deliver(e *event, hook *webhook) {
	tx.deliveries.put(tx, &delivery{
		ID: tx.newID(), EventID: e.ID, URL: hook.URL, Headers: hook.Headers, Status: deliveryPending, DueAt: tx.now, At: tx.now,
	})
}

// sendDue starts to send what is due at now; s.sends is done when all answers came.
func (s *Server) sendDue(now time.Time) {
	s.state.mu.Lock()
	defer s.unlock()
	for {
		due, ok := s.state.outbox.take(now)
		if !ok {
			return
		}
		d, e := due.v, s.state.events.at(due.v.EventID)
		s.sends.Go(func() { s.send(d, e) })
	}
}

// send tries one delivery and keeps what came of it.
func (s *Server) send(d *delivery, e *event) {
	reason := s.post(d, e)
	err := s.update(func(tx *tx) error {
		tx.deliveries.put(tx, d.tried(reason, tx.now))
		return nil
	})
	if err != nil {
		s.log.Error("sandbox: a webhook's outcome could not be kept", "delivery", d.ID, "err", err)
	}
}

// tried is d after one more try, at now; an empty reason is a success.
func (d *delivery) tried(reason string, now time.Time) *delivery {
	next := *d
	next.Attempts++
	next.Reason, next.DueAt, next.Status = reason, time.Time{}, deliverySuccess
	if reason == "" {
		return &next
	}
	if next.Attempts > len(retryAfter) {
		next.Status = deliveryFailed
		return &next
	}
	next.Status, next.DueAt = deliveryPending, now.Add(retryAfter[next.Attempts-1])
	return &next
}

// post sends one try and returns why it failed, "" when it didn't.
func (s *Server) post(d *delivery, e *event) (reason string) {
	if s.mute {
		return "this sandbox sends nothing"
	}
	body, err := json.Marshal(object{
		"version": "2.0", "id": e.ID, "account_id": customerID, "app_id": appID,
		"timestamp": e.At.Truncate(time.Second), "type": e.Type, "data": e.Data,
	})
	if err != nil {
		return err.Error()
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(body))
	if err != nil {
		return "invalid url"
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range d.Headers {
		r.Header.Set(name, value)
	}
	answer, err := s.sender.Do(r)
	if err != nil {
		return "no answer"
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, bodyLimit)); err != nil {
		return "no whole answer"
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Sprintf("status %d", answer.StatusCode)
	}
	return ""
}
