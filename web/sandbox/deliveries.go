package sandbox

import "time"

// Where a delivery stands.
const (
	deliveryPending = "pending"
	deliverySuccess = "success"
	deliveryFailed  = "failed"
)

// retryAfter is how long after each failed try the next one follows (documentation: webhooks, "Retries").
var retryAfter = []time.Duration{time.Second, 3 * time.Second, 10 * time.Second}

// sendsAtOnce is how many tries are on their way at most, so that a receiver that doesn't answer can't pile them up.
const sendsAtOnce = 64

// delivery is an event on its way to a webhook.
type delivery struct {
	ID       string            `json:"id"`
	EventID  string            `json:"event_id"`
	Type     string            `json:"type"` // of the event
	RoomID   string            `json:"room_id"`
	URL      string            `json:"url"`
	Headers  map[string]string `json:"headers,omitzero"`
	Status   string            `json:"status"`
	Attempts int               `json:"attempts,omitzero"`
	DueAt    time.Time         `json:"due_at,omitzero"`
	Reason   string            `json:"reason,omitzero"` // why the last try failed
	At       time.Time         `json:"at"`
	Replay   string            `json:"replay,omitzero"` // the replay that it is part of ...
	Of       string            `json:"of,omitzero"`     // ... and the delivery that it repeats
}

func (d *delivery) key() string     { return d.ID }
func (d *delivery) order() string   { return d.ID }
func (d *delivery) made() time.Time { return d.At }

// historyID is what the history calls a delivery: two groups of six hex digits of its id.
func historyID(id string) string { return id[2:8] + "-" + id[18:] }

func (st *state) movedDelivery(old, next **delivery) {
	st.scheduleSend(old, next)
	st.roomDeliveries.move(old, next, func(d *delivery) string { return d.RoomID })
}

// scheduleSend keeps the outbox true to a delivery.
func (st *state) scheduleSend(old, next **delivery) {
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
		ID: tx.newID(), EventID: e.ID, Type: e.Type, RoomID: e.RoomID, URL: hook.URL, Headers: hook.Headers,
		Status: deliveryPending, DueAt: tx.now, At: tx.now,
	})
}

// sendDue starts to send what is due at now, as much as may be on its way at once. What is left goes when something has landed.
func (s *Server) sendDue(now time.Time) {
	st := s.state
	st.mu.Lock()
	defer s.unlock()
	for st.out < sendsAtOnce && s.sending.Err() == nil {
		due, ok := st.outbox.take(now)
		if !ok {
			return
		}
		if reason, known := st.outcomes[due.v.ID]; known {
			s.keepTry(due.v, reason)
			continue
		}
		d, e := due.v, st.events.at(due.v.EventID)
		st.out++
		go s.send(d, e)
	}
}

// waitForSends waits until nothing is on its way.
func (s *Server) waitForSends() {
	st := s.state
	st.mu.Lock()
	defer st.mu.Unlock()
	for st.out > 0 {
		st.landed.Wait()
	}
}

// closeSends breaks off what is on its way and lets nothing go any more.
func (s *Server) closeSends() {
	s.state.mu.Lock()
	s.stopSending()
	s.state.mu.Unlock()
	s.waitForSends()
	s.sender.CloseIdleConnections()
}

// send tries one delivery and keeps what came of it. A try that Close broke off doesn't count, and comes again after a restart.
func (s *Server) send(d *delivery, e *event) {
	reason := s.post(d, e)
	cutOff := reason != "" && s.sending.Err() != nil
	s.state.mu.Lock()
	defer s.unlock()
	defer s.land()
	if !cutOff {
		s.keepTry(d, reason)
	}
}

// keepTry writes down what came of a try. When it can't, it is tried again a while later: the writing, not the sending. Call it
// with mu held for writing.
func (s *Server) keepTry(d *delivery, reason string) {
	now := s.clock.now()
	s.runDue(now)
	err := s.state.inTx(now, func(tx *tx) error { tx.tried(d, reason); return nil })
	if err == nil {
		delete(s.state.outcomes, d.ID)
		return
	}
	s.log.Error("sandbox: a webhook's outcome could not be kept", "delivery", d.ID, "err", err)
	s.state.outcomes[d.ID] = reason
	s.state.outbox.set(d.ID, d, now.Add(stepRetry))
}

// land counts one try less on its way. Call it with mu held for writing.
func (s *Server) land() {
	s.state.out--
	if s.state.out == 0 {
		s.state.landed.Broadcast()
	}
}

// tried notes one more try of d; an empty reason is a success.
func (tx *tx) tried(d *delivery, reason string) {
	next := d.tried(reason, tx.now)
	if next.Replay == "" {
		tx.deliveries.put(tx, next)
		return
	}
	tx.replayed.put(tx, next)
	if next.Status != deliveryPending {
		tx.settleReplayed(next)
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
