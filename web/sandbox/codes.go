package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// codesPerRoom is the documented limit.
const codesPerRoom = 100

// code is a room code, as stored and as answered.
type code struct {
	ID        string    `json:"id,omitzero"` // its place among the codes; never answered
	Code      string    `json:"code"`
	RoomID    string    `json:"room_id"`
	Role      string    `json:"role"`
	Enabled   bool      `json:"enabled"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"` // of the last switch
}

func (c *code) key() string { return c.Code }

// order is the id; codes that were kept before they had one stand by their time.
func (c *code) order() string {
	return cmp.Or(c.ID, fmt.Sprintf("%08x-%s", c.CreatedAt.Unix(), c.Code))
}

// shown is the code as it is answered.
func (c *code) shown() *code {
	shown := *c
	shown.ID = ""
	return &shown
}

// wholeSeconds is the code with times as creating calls show them.
func (c *code) wholeSeconds() *code {
	shown := c.shown()
	shown.CreatedAt = c.CreatedAt.Truncate(time.Second)
	shown.UpdatedAt = c.UpdatedAt.Truncate(time.Second)
	return shown
}

func (c *code) switched(enabled bool, now time.Time) *code {
	next := *c
	next.Enabled = enabled
	next.UpdatedAt = now.Truncate(time.Millisecond)
	return &next
}

func codeRoutes() []route {
	return []route{
		{
			method: "GET", path: "/room-codes/room/{room_id}", page: "Room codes: list", handle: (*Server).listCodes,
			query: []string{"role", "enabled", "limit", "start"},
		},
		{method: "POST", path: "/room-codes/room/{room_id}", page: "Room codes: create for all roles", handle: (*Server).createCodes},
		{method: "POST", path: "/room-codes/room/{room_id}/role/{role}", page: "Room codes: create for one role", handle: (*Server).createCode},
		{method: "POST", path: "/room-codes/code", page: "Room codes: enable or disable", handle: (*Server).updateCode, body: []string{"code", "enabled"}},
	}
}

// codesRoom returns the room of a room-code call and its template.
func (st *state) codesRoom(r *http.Request) (*room, *template, error) {
	rm := st.rooms.at(r.PathValue("room_id"))
	if rm == nil {
		return nil, nil, errRoomNotFound
	}
	if !rm.Enabled {
		return nil, nil, errRoomDisabled
	}
	return rm, st.templates.at(rm.TemplateID), nil
}

// createCodes gives each role of a room a code.
func (s *Server) createCodes(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		rm, _, err := tx.codesRoom(r)
		if err != nil {
			return err
		}
		codes, err := tx.makeCodes(rm)
		reply = codesReply(codes)
		return err
	})
}

// makeCodes gives each role a code that has none enabled, disables the codes of roles that are gone, and returns the enabled ones.
func (tx *tx) makeCodes(rm *room) ([]*code, error) {
	t := tx.templates.at(rm.TemplateID)
	codes, gone, missing := tx.sortCodes(rm, t)
	if tx.conf.reads(ReadingCodesAgain) {
		missing = t.roles
	}
	if len(tx.roomCodes[rm.ID])+len(missing) > codesPerRoom {
		return nil, errTooManyCodes
	}
	for _, c := range gone {
		tx.codes.put(tx, c.switched(false, tx.now))
	}
	for _, role := range slices.Backward(missing) { // so that the list, newest first, has them by name
		codes = append(codes, tx.newCode(rm, role))
	}
	return codes, nil
}

// createCode adds a code for one role, however many it has.
func (s *Server) createCode(r *http.Request) (reply any, err error) {
	return reply, s.update(func(tx *tx) error {
		rm, t, err := tx.codesRoom(r)
		if err != nil {
			return err
		}
		role := r.PathValue("role")
		if !t.hasRole(role) {
			return errRoleNotFound
		}
		if len(tx.roomCodes[rm.ID]) >= codesPerRoom {
			return errTooManyCodes
		}
		reply = tx.newCode(rm, role).wholeSeconds()
		return nil
	})
}

// sortCodes tells a room's enabled codes into those to keep and those whose role is gone, and names the roles without one.
func (st *state) sortCodes(rm *room, t *template) (kept, gone []*code, missing []string) {
	has := map[string]bool{}
	for _, c := range st.roomCodes[rm.ID] {
		switch {
		case !c.Enabled:
		case t.hasRole(c.Role):
			kept, has[c.Role] = append(kept, c), true
		default:
			gone = append(gone, c)
		}
	}
	for _, role := range t.roles {
		if !has[role] {
			missing = append(missing, role)
		}
	}
	return kept, gone, missing
}

// newCode makes a code for a role.
func (tx *tx) newCode(rm *room, role string) *code {
	text := tx.newCodeText()
	for tx.codes.at(text) != nil {
		text = tx.newCodeText()
	}
	now := tx.now.Truncate(time.Millisecond)
	c := &code{ID: tx.newID(), Code: text, RoomID: rm.ID, Role: role, Enabled: true, CreatedAt: now, UpdatedAt: now}
	tx.codes.put(tx, c)
	return c
}

// newCodeText returns random letters like abc-defg-hij.
func (tx *tx) newCodeText() string {
	middle := 4
	if tx.conf.reads(ReadingCodes333) {
		middle = 3
	}
	return tx.letters(3) + "-" + tx.letters(middle) + "-" + tx.letters(3)
}

// letters returns so many random small letters.
func (tx *tx) letters(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('a' + tx.random.IntN(26))
	}
	return string(text)
}

// codesReply answers with codes by role name; of one role the oldest stands first.
func codesReply(codes []*code) any {
	slices.SortStableFunc(codes, func(a, b *code) int { return cmp.Compare(a.Role, b.Role) })
	for i, c := range codes {
		codes[i] = c.wholeSeconds()
	}
	return struct {
		Data []*code `json:"data"`
	}{codes}
}

// codeQuery is what a list of codes is asked for.
type codeQuery struct {
	role                 string
	enabled, eitherState bool
	limit                int
	start                string
}

func (s *Server) readCodeQuery(r *http.Request) (codeQuery, error) {
	q := s.query(r)
	size := limitCodesDefault
	if s.state.conf.reads(ReadingCodesTen) {
		size = limitDefault
	}
	enabled, sent := q.flag("enabled")
	cq := codeQuery{
		role: q.values.Get("role"), enabled: enabled, eitherState: !sent,
		limit: q.limit(size), start: q.values.Get("start"),
	}
	if q.bad {
		return codeQuery{}, errBadQuery
	}
	return cq, nil
}

func (s *Server) listCodes(r *http.Request) (reply any, err error) {
	q, err := s.readCodeQuery(r)
	if err != nil {
		return nil, err
	}
	return reply, s.view(func(st *state) error {
		rm, t, err := st.codesRoom(r)
		if err != nil {
			return err
		}
		shown := st.codesOf(rm)
		if q.start != "" {
			at := slices.IndexFunc(shown, func(c *code) bool { return c.Code == q.start })
			if at < 0 {
				return errBadQuery
			}
			shown = shown[at+1:]
		}
		found, more := findCodes(shown, q)
		if len(found) == 0 && q.role != "" && !t.hasRole(q.role) {
			return errRoleNotFound
		}
		p := pageOf(st.conf, q.limit, q.start, found, func(c *code) any { return c.shown() })
		if !more && !st.conf.reads(ReadingCodesLast) {
			p.Last = ""
		}
		reply = p
		return nil
	})
}

// codesOf returns a room's codes in the order of their list.
func (st *state) codesOf(rm *room) []*code {
	all := slices.Clone(st.roomCodes[rm.ID])
	if !st.conf.reads(ReadingCodesOldestFirst) {
		slices.Reverse(all)
	}
	return all
}

// findCodes returns a page of codes and whether more follow.
func findCodes(codes []*code, q codeQuery) (found []*code, more bool) {
	for _, c := range codes {
		if (q.role != "" && c.Role != q.role) || (!q.eitherState && c.Enabled != q.enabled) {
			continue
		}
		if len(found) == q.limit {
			return found, true
		}
		found = append(found, c)
	}
	return found, false
}

// updateCode switches one code on or off.
func (s *Server) updateCode(r *http.Request) (reply any, err error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	text, enabled := f.text("code"), f.flag("enabled")
	if len(f.raw) != 2 || text == nil || enabled == nil {
		return nil, errCodeBody
	}
	return reply, s.update(func(tx *tx) error {
		c := tx.codes.at(*text)
		if c == nil {
			return errCodeNotFound
		}
		if *enabled && !tx.roomTemplate(c.RoomID).hasRole(c.Role) {
			return errCodeStuck
		}
		if c.Enabled != *enabled {
			c = c.switched(*enabled, tx.now)
			tx.codes.put(tx, c)
		}
		reply = c.shown()
		return nil
	})
}
