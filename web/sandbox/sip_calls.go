package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// sipCall is a call to or from a telephone, which is a peer in a room. The API never shows more of it than its id.
type sipCall struct {
	ID        string            `json:"id"`
	TrunkID   string            `json:"trunk_id"` // empty, like to, when the telephone has called
	To        string            `json:"to"`
	PeerID    string            `json:"peer_id"`
	RoomID    string            `json:"room_id"`
	Video     bool              `json:"video"`
	Headers   map[string]string `json:"headers"` // without those that the API leaves out
	Tones     []tone            `json:"tones"`
	StartedAt time.Time         `json:"started_at"`
}

func (c *sipCall) key() string   { return c.ID }
func (c *sipCall) order() string { return c.ID }

func (st *state) movedCall(old, next **sipCall) {
	if old != nil {
		delete(st.callsOf, (*old).PeerID)
	}
	if next != nil {
		st.callsOf[(*next).PeerID] = *next
	}
}

// dialing is the body of a call.
type dialing struct {
	to, roomCode, trunkID, name, userID string
	video                               bool
	headers                             map[string]string
}

func readDialing(r *http.Request) (dialing, error) {
	f, err := readFields(r)
	if err != nil {
		return dialing{}, shortened(err)
	}
	d := dialing{
		to: either(f.text("to"), ""), roomCode: either(f.text("room_code"), ""), trunkID: either(f.text("trunk_id"), ""),
		name: either(f.text("name"), ""), userID: either(f.text("user_id"), ""), video: either(f.flag("video"), false),
		headers: f.textMap("headers"),
	}
	if *f.err != nil {
		return dialing{}, shortened(*f.err)
	}
	return d, nil
}

func (d dialing) check() error {
	switch {
	case d.to == "":
		return errToMandatory
	case d.roomCode == "":
		return errCodeMandatory
	case d.trunkID == "":
		return errTrunkMandatory
	}
	for name, value := range d.headers {
		if strings.ContainsAny(name+value, "\r\n") {
			return errSIPHeader
		}
	}
	return nil
}

// reservedHeaders are the SIP headers that belong to the call itself, in small letters.
var reservedHeaders = []string{
	"via", "from", "to", "call-id", "cseq", "contact", "max-forwards", "route", "record-route", "content-length", "content-type",
	"authorization", "proxy-authorization", "user-agent", "allow", "supported", "require",
}

// ownHeaders are the headers that are sent along with a call.
func (d dialing) ownHeaders() map[string]string {
	own := map[string]string{}
	for name, value := range d.headers {
		if !slices.Contains(reservedHeaders, strings.ToLower(name)) {
			own[name] = value
		}
	}
	return own
}

// Who answers is told by the last digit of the number.
const (
	lineSilent  = "9" // rings until the call is given up
	lineRefuses = "8" // refuses at once
)

// ringing is how long a call rings before it is given up, by the sandbox's time.
const ringing = 30 * time.Second

// dialOut calls a telephone and answers when it has: the line's end joins the room as a peer.
func (s *Server) dialOut(r *http.Request) (reply any, err error) {
	d, err := readDialing(r)
	if err == nil {
		err = d.check()
	}
	if err == nil {
		err = s.view(func(st *state) error { _, err := st.line(d); return err })
	}
	if err != nil {
		return nil, err
	}
	number, _, _ := strings.Cut(d.to, "@")
	switch {
	case strings.HasSuffix(number, lineRefuses):
		return nil, errCallRefused
	case strings.HasSuffix(number, lineSilent):
		s.ring(r)
		return nil, errTimedOut
	}
	return reply, s.update(func(tx *tx) error {
		c, err := tx.line(d)
		if err != nil {
			return err
		}
		reply = idReply{tx.connect(d, c).ID}
		return nil
	})
}

// line returns the code that a call leads to, or why it can't be made.
func (st *state) line(d dialing) (*code, error) {
	if st.trunks.at(d.trunkID) == nil {
		return nil, errTrunkNotFound
	}
	return st.usableCode(d.roomCode)
}

// ring waits until a call is given up: for the length of the ringing, or until whoever asked for it has gone.
func (s *Server) ring(r *http.Request) {
	wait, ok := s.clock.until(s.clock.now().Add(ringing))
	if !ok { // the time stands still
		<-r.Context().Done()
		return
	}
	pause(r, wait)
}

// connect lets the telephone into the room of a code.
func (tx *tx) connect(d dialing, c *code) *sipCall {
	name := d.name
	if name == "" {
		name = d.to
	}
	p := tx.join(tx.rooms.at(c.RoomID), joining{name: name, userID: d.userID, role: c.Role, kind: "sip"})
	call := &sipCall{
		ID: tx.newID(), TrunkID: d.trunkID, To: d.to, PeerID: p.ID, RoomID: c.RoomID, Video: d.video, Headers: d.ownHeaders(),
		Tones: []tone{}, StartedAt: tx.now,
	}
	tx.calls.put(tx, call)
	return call
}

// adminDialIn lets a telephone in that has called a room's SIP address (documentation: SIP interconnect).
func (s *Server) adminDialIn(r *http.Request) (reply any, err error) {
	d, err := readDialing(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		c, err := tx.usableCode(d.roomCode)
		if err != nil {
			return err
		}
		reply = tx.connect(dialing{name: d.name, userID: d.userID}, c)
		return nil
	})
}

// adminCalls answers with the calls, oldest first, and the digits that were sent to each.
func (s *Server) adminCalls(*http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		reply = struct {
			Calls []*sipCall `json:"calls"`
		}{append([]*sipCall{}, st.calls.list...)}
		return nil
	})
}
