package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
)

// trunk is a connection to a telephone provider (documentation: SIP outbound, "Create trunk").
type trunk struct {
	ID       string `json:"id"`
	Seq      string `json:"seq"` // its place among the trunks
	Username string `json:"username,omitzero"`
	Password string `json:"password,omitzero"`
	Address  string `json:"address,omitzero"`
	From     string `json:"from,omitzero"`
}

func (t *trunk) key() string   { return t.ID }
func (t *trunk) order() string { return t.Seq }

// sipState is what the state holds about SIP.
type sipState struct {
	trunks  *table[*trunk]
	calls   *table[*sipCall]
	callsOf map[string]*sipCall // by peer
}

func newSIPState(st *state) sipState {
	return sipState{
		callsOf: map[string]*sipCall{},
		trunks:  newTable[*trunk](st, "sip_trunk", nil),
		calls:   newTable(st, "sip_call", st.movedCall),
	}
}

func (ss *sipState) sipKinds() []keeper { return []keeper{ss.trunks, ss.calls} }

// checkSIP is check for what belongs to SIP.
func (st *state) checkSIP() error {
	for _, c := range st.calls.list {
		if st.peers.at(c.PeerID) == nil {
			return fmt.Errorf("the sandbox's state has SIP call %s without its peer", c.ID)
		}
	}
	return nil
}

var (
	trunkKeys = []string{"username", "password", "address", "from"}
	callKeys  = []string{"to", "room_code", "trunk_id", "name", "user_id", "video", "headers"}
)

func sipRoutes() []route {
	return []route{
		{method: "POST", path: "/sip/outbound/trunks", page: "SIP outbound: create a trunk", handle: (*Server).createTrunk, body: trunkKeys},
		{method: "POST", path: "/sip/outbound/trunks/{trunk_id}", page: "SIP outbound: update a trunk", handle: (*Server).updateTrunk, body: trunkKeys},
		{method: "POST", path: "/sip/outbound/call", page: "SIP outbound: call", handle: (*Server).dialOut, body: callKeys},
		{method: "POST", path: "/sip/dtmf", page: "SIP: DTMF", handle: (*Server).sendDigits, open: true, body: []string{"digits"}},
	}
}

func readTrunk(r *http.Request) (*trunk, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, shortened(err)
	}
	t := &trunk{
		Username: either(f.text("username"), ""), Password: either(f.text("password"), ""),
		Address: either(f.text("address"), ""), From: either(f.text("from"), ""),
	}
	if *f.err != nil {
		return nil, shortened(*f.err)
	}
	return t, nil
}

// idReply is an answer of nothing but an id.
type idReply struct {
	ID string `json:"id"`
}

func (s *Server) createTrunk(r *http.Request) (reply any, err error) {
	t, err := readTrunk(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		t.Seq = tx.newID()
		t.ID = cmp.Or(tx.shortTrunkID(), t.Seq)
		tx.trunks.put(tx, t)
		reply = idReply{t.ID}
		return nil
	})
}

// shortTrunkID returns an unused id of ten hexadecimal digits, as one of the documents' samples has; "" where ids are to be
// those of everything else.
func (tx *tx) shortTrunkID() string {
	if !tx.conf.reads(ReadingSIPShortTrunkIDs) {
		return ""
	}
	for {
		id := fmt.Sprintf("%010x", tx.random.Uint64N(1<<40))
		if tx.trunks.at(id) == nil {
			return id
		}
	}
}

// updateTrunk puts the body in the place of all that the trunk was.
func (s *Server) updateTrunk(r *http.Request) (reply any, err error) {
	next, err := readTrunk(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		t := tx.trunks.at(r.PathValue("trunk_id"))
		if t == nil {
			return errTrunkNotFound
		}
		next.ID, next.Seq = t.ID, t.Seq
		tx.trunks.put(tx, next)
		reply = idReply{t.ID}
		return nil
	})
}
