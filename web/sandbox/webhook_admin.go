package sandbox

import (
	"maps"
	"net/http"
)

func eventAdmin() []adminRoute {
	return []adminRoute{
		{"GET", "/webhook", "the workspace's webhook", (*Server).workspaceWebhook},
		{"POST", "/webhook", "set the workspace's webhook: url (empty: none), headers, secret (of signatures)", (*Server).setWorkspaceWebhook},
		{"GET", "/deliveries", "what became of webhooks, also those on their way; room_id, limit, start", (*Server).adminDeliveries},
		{"POST", "/events", "make an event happen: room_id, type, data", (*Server).makeEvent},
		{"POST", "/replay-outage", "the replay of webhooks answers 503 from now on", (*Server).beginReplayOutage},
		{"DELETE", "/replay-outage", "it works again", (*Server).endReplayOutage},
		{"POST", "/replays/{workflow_id}", "end a replay: status Canceled or Terminated", (*Server).stopReplay},
	}
}

// webhookReply is the workspace's webhook without its secret.
type webhookReply struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Secret  bool              `json:"secret"` // it has one of its own
}

func (s *Server) workspaceWebhook(*http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		reply = replyOfWebhook(st.workspace())
		return nil
	})
}

func replyOfWebhook(w *workspace) webhookReply {
	reply := webhookReply{Headers: map[string]string{}, Secret: w.WebhookSecret != ""}
	if w.Webhook != nil {
		reply.URL = w.Webhook.URL
		maps.Copy(reply.Headers, w.Webhook.Headers)
	}
	return reply
}

// setWorkspaceWebhook sets what the vendor's dashboard sets.
func (s *Server) setWorkspaceWebhook(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	hook := &webhook{URL: either(f.text("url"), ""), Headers: f.textMap("headers")}
	secret := f.text("secret")
	if *f.err != nil {
		return nil, *f.err
	}
	if err := s.checkHook(hook.URL); err != nil {
		return nil, err
	}
	if hook.URL == "" {
		hook = nil
	}
	return reply, s.update(func(tx *tx) error {
		next := *tx.workspace()
		next.Webhook, next.WebhookSecret = hook, either(secret, next.WebhookSecret)
		tx.workspaces.put(tx, &next)
		reply = replyOfWebhook(&next)
		return nil
	})
}

// checkHook refuses a URL that no webhook can have; an empty one is none.
func (s *Server) checkHook(text string) error {
	if text == "" {
		return nil
	}
	switch {
	case !isWebURL(text):
		return badParam(textHookURL)
	case s.state.conf.hipaa && !isHTTPS(text):
		return badParam(textHookHTTPS)
	}
	return nil
}

// adminDeliveries lists deliveries, newest first, without the headers, which are secrets.
func (s *Server) adminDeliveries(r *http.Request) (reply any, err error) {
	q := s.query(r)
	limit, start, roomID := q.limitWithin(limitMax, 1, limitMax), q.id("start"), q.id("room_id")
	if q.bad {
		return nil, errBadQuery
	}
	return reply, s.view(func(st *state) error {
		all := st.deliveries.list
		if roomID != "" {
			all = st.roomDeliveries[roomID]
		}
		found := all.before(start).newest(limit, func(*delivery) bool { return true })
		reply = pageOf(st.conf, limit, start, found, func(d *delivery) any {
			shown := *d
			shown.Headers = nil
			return &shown
		})
		return nil
	})
}

// makeEvent makes an event happen as if it had by itself. What data lacks comes from the peer it names, else from the room's running
// session. It is a 204 when nobody is told of it.
func (s *Server) makeEvent(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	roomID, kind, data := either(f.text("room_id"), ""), either(f.text("type"), ""), f.values("data")
	if *f.err != nil {
		return nil, *f.err
	}
	if kind == "" {
		return nil, badParam(textEventType)
	}
	return reply, s.update(func(tx *tx) error {
		rm := tx.rooms.at(roomID)
		if rm == nil {
			return errRoomNotFound
		}
		reply = answer{status: http.StatusNoContent}
		if e := tx.makeEvent(rm, kind, data); e != nil {
			reply = shownEvent(e, e.Data)
		}
		return nil
	})
}

// makeEvent makes an event happen, and returns nil when nobody is told.
func (tx *tx) makeEvent(rm *room, kind string, data object) *event {
	id, _ := data["peer_id"].(string)
	p := tx.peers.at(id)
	if _, isError := clientErrors[kind]; isError {
		return tx.clientFails(rm, p, kind, data)
	}
	known := object{}
	if se := tx.running[rm.ID]; se != nil {
		known["session_id"], known["session_started_at"] = se.ID, se.CreatedAt
	}
	if p != nil {
		known = tx.peerData(p)
	}
	full := object{}
	for key, value := range known {
		if eventTypes[kind].needs(key) {
			full[key] = value
		}
	}
	maps.Copy(full, data)
	return tx.happen(rm, kind, full)
}

func (s *Server) beginReplayOutage(*http.Request) (any, error) {
	s.replayOutage.Store(true)
	return answer{status: http.StatusNoContent}, nil
}

func (s *Server) endReplayOutage(*http.Request) (any, error) {
	s.replayOutage.Store(false)
	return answer{status: http.StatusNoContent}, nil
}

// stopReplay ends a running replay; what it has on its way still goes.
func (s *Server) stopReplay(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	status := either(f.text("status"), "")
	if status != replayCanceled && status != replayTerminated {
		return nil, badParam(textReplayEnd)
	}
	return reply, s.update(func(tx *tx) error {
		rp := tx.replays.at(r.PathValue("workflow_id"))
		switch {
		case rp == nil:
			return errReplayNotFound
		case rp.Status != replayRunning:
			return errReplayOver
		}
		tx.endReplay(rp, status)
		reply = tx.replayReply(tx.replays.at(rp.ID))
		return nil
	})
}
