package sandbox

import (
	"net/http"
	"slices"
)

func pollAdmin() []adminRoute {
	return []adminRoute{
		{"POST", "/polls/{poll_id}/start", `start a poll in a room's session: {"room_id"}`, (*Server).adminStartPoll},
		{"POST", "/polls/{poll_id}/stop", `stop a poll in a room's session: {"room_id"}`, (*Server).adminStopPoll},
		{
			"POST", "/polls/{poll_id}/responses",
			`answer a question as a client would: {"peer_id" or "user_id", "question", "options" or "text", "skipped", "duration" in ms}`,
			(*Server).adminAnswer,
		},
		{"GET", "/token", "a management token for a day, to try calls with; /token?plain gives it alone", (*Server).adminToken},
		{"GET", "/sip/calls", "the SIP calls, oldest first, with the digits sent to them", (*Server).adminCalls},
		{"POST", "/sip/calls", `call into a room by telephone: {"room_code", "name", "user_id"}`, (*Server).adminDialIn},
	}
}

// adminStartPoll starts a poll as somebody in the room would, whether the room is linked to it or not.
func (s *Server) adminStartPoll(r *http.Request) (any, error) {
	return s.inPollRoom(r, func(tx *tx, p *poll, se *session) (*pollRun, error) {
		if tx.runOf(p.ID, se.ID) != nil {
			return nil, errPollStarted
		}
		return tx.startPoll(p, se), nil
	})
}

func (s *Server) adminStopPoll(r *http.Request) (any, error) {
	return s.inPollRoom(r, func(tx *tx, p *poll, se *session) (*pollRun, error) {
		run := tx.runOf(p.ID, se.ID)
		if run == nil || !run.running() {
			return nil, errPollNotRunning
		}
		return tx.stopPoll(run), nil
	})
}

// inPollRoom changes how the poll that r names stands in the session of the room that its body names.
func (s *Server) inPollRoom(r *http.Request, change func(*tx, *poll, *session) (*pollRun, error)) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	roomID := either(f.text("room_id"), "")
	if *f.err != nil {
		return nil, *f.err
	}
	return reply, s.update(func(tx *tx) error {
		p, err := tx.pollOf(r)
		if err != nil {
			return err
		}
		if tx.rooms.at(roomID) == nil {
			return errRoomNotFound
		}
		se := tx.running[roomID]
		if se == nil {
			return errNoPollSession
		}
		run, err := change(tx, p, se)
		if err != nil {
			return err
		}
		reply = tx.shownRun(run)
		return nil
	})
}

func (s *Server) adminAnswer(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	peerID, userID := either(f.text("peer_id"), ""), either(f.text("user_id"), "")
	b := ballot{
		question: either(f.integer("question"), 0), options: f.integers("options"), text: either(f.text("text"), ""),
		skipped: either(f.flag("skipped"), false), took: f.integer("duration"),
	}
	if err := s.refusalOf(f, func(c *pollCheck) { c.count("duration", either(b.took, 0)) }); err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		p, err := tx.pollOf(r)
		if err != nil {
			return err
		}
		run, by, err := tx.voterIn(p, peerID, userID)
		if err != nil {
			return err
		}
		re, err := tx.vote(p, run, by, b)
		if err != nil {
			return err
		}
		reply = tx.shownResponse(re)
		return nil
	})
}

// voterIn returns a connected peer, named by its own or the customer's id, and the run of the poll in its session.
func (st *state) voterIn(p *poll, peerID, userID string) (*pollRun, *peer, error) {
	active := false
	for _, run := range slices.Backward(st.runsOf[p.ID]) {
		if !run.running() {
			continue
		}
		active = true
		for _, by := range st.sessionPeers[run.SessionID] {
			if !by.connected() || (peerID != "" && by.ID != peerID) || (peerID == "" && (userID == "" || by.UserID != userID)) {
				continue
			}
			if !st.roomTemplate(by.RoomID).allowsPolls(by.Role) {
				return nil, nil, errPollPermission
			}
			return run, by, nil
		}
	}
	if !active {
		return nil, nil, errPollNotRunning
	}
	return nil, nil, errVoterNotFound
}

// allowsPolls says whether a role may read and answer polls. Whoever may write them may read them.
func (t *template) allowsPolls(role string) bool {
	rules := t.role(role)
	return rules.may("pollRead") || rules.may("pollWrite")
}
