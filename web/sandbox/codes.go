package sandbox

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// codesPerRoom is the documented limit.
const codesPerRoom = 100

// code is a room code, as stored and as answered.
type code struct {
	Code      string    `json:"code"`
	RoomID    string    `json:"room_id"`
	Role      string    `json:"role"`
	Enabled   bool      `json:"enabled"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"` // of the last switch
}

// wholeSeconds is the code with times as creating calls show them.
func (c *code) wholeSeconds() *code {
	shown := *c
	shown.CreatedAt = c.CreatedAt.Truncate(time.Second)
	shown.UpdatedAt = c.UpdatedAt.Truncate(time.Second)
	return &shown
}

func (c *code) switched(enabled bool, now time.Time) *code {
	next := *c
	next.Enabled = enabled
	next.UpdatedAt = now.Truncate(time.Millisecond)
	return &next
}

// codesRoom returns the room of a room-code call and its template. Call it with mu held.
func (st *state) codesRoom(r *http.Request) (*room, *template, error) {
	rm := st.rooms[r.PathValue("room_id")]
	if rm == nil {
		return nil, nil, errRoomNotFound
	}
	if !rm.Enabled {
		return nil, nil, errRoomDisabled
	}
	return rm, st.templates[rm.TemplateID], nil
}

// createCodes gives each role a code that has none enabled, and disables the codes of roles that are gone.
func (s *Server) createCodes(r *http.Request) (any, error) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	rm, t, err := s.state.codesRoom(r)
	if err != nil {
		return nil, err
	}
	kept, gone, missing := s.state.sortCodes(rm, t)
	if len(s.state.roomCodes[rm.ID])+len(missing) > codesPerRoom {
		return nil, errTooManyCodes
	}
	now := s.clock()
	made := s.state.newCodes(rm, missing, now)
	changed := slices.Clone(made)
	for _, c := range gone {
		changed = append(changed, c.switched(false, now))
	}
	if len(changed) > 0 {
		if err := s.state.commit(change{Codes: changed}); err != nil {
			return nil, err
		}
	}
	return codesReply(append(kept, made...)), nil
}

// createCode adds a code for one role, however many it has.
func (s *Server) createCode(r *http.Request) (any, error) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	rm, t, err := s.state.codesRoom(r)
	if err != nil {
		return nil, err
	}
	role := r.PathValue("role")
	if !t.hasRole(role) {
		return nil, errRoleNotFound
	}
	if len(s.state.roomCodes[rm.ID]) >= codesPerRoom {
		return nil, errTooManyCodes
	}
	made := s.state.newCodes(rm, []string{role}, s.clock())
	if err := s.state.commit(change{Codes: made}); err != nil {
		return nil, err
	}
	return made[0].wholeSeconds(), nil
}

// sortCodes tells a room's enabled codes into those to keep and those whose role is gone, and names the roles without one.
func (st *state) sortCodes(rm *room, t *template) (kept, gone []*code, missing []string) {
	has := map[string]bool{}
	for _, text := range st.roomCodes[rm.ID] {
		c := st.codes[text]
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

// newCodes makes one code for each role, without storing them.
func (st *state) newCodes(rm *room, roles []string, now time.Time) []*code {
	now = now.Truncate(time.Millisecond)
	codes := make([]*code, 0, len(roles))
	taken := map[string]bool{}
	for _, role := range roles {
		text := newCodeText()
		for taken[text] || st.codes[text] != nil {
			text = newCodeText()
		}
		taken[text] = true
		codes = append(codes, &code{Code: text, RoomID: rm.ID, Role: role, Enabled: true, CreatedAt: now, UpdatedAt: now})
	}
	return codes
}

// newCodeText returns ten random letters as xxx-xxxx-xxx.
func newCodeText() string {
	text := []byte("xxx-xxxx-xxx")
	for i, c := range text {
		if c == 'x' {
			text[i] = byte('a' + rand.IntN(26))
		}
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

func readCodeQuery(r *http.Request) (codeQuery, error) {
	q := query{values: r.URL.Query()}
	enabled, sent := q.flag("enabled")
	cq := codeQuery{
		role: q.values.Get("role"), enabled: enabled, eitherState: !sent,
		limit: q.limit(limitCodesDefault), start: q.values.Get("start"),
	}
	if q.bad {
		return codeQuery{}, errBadQuery
	}
	return cq, nil
}

func (s *Server) listCodes(r *http.Request) (any, error) {
	q, err := readCodeQuery(r)
	if err != nil {
		return nil, err
	}
	s.state.mu.RLock()
	defer s.state.mu.RUnlock()
	rm, t, err := s.state.codesRoom(r)
	if err != nil {
		return nil, err
	}
	texts := s.state.roomCodes[rm.ID]
	if q.start != "" {
		at := slices.Index(texts, q.start)
		if at < 0 {
			return nil, errBadQuery
		}
		texts = texts[at+1:]
	}
	found, more := s.state.findCodes(texts, q)
	if len(found) == 0 && q.role != "" && !t.hasRole(q.role) {
		return nil, errRoleNotFound
	}
	last := ""
	if more {
		last = found[len(found)-1].Code
	}
	return page{Limit: q.limit, Data: found, Last: last}, nil
}

// findCodes returns a page of codes and whether more follow.
func (st *state) findCodes(texts []string, q codeQuery) (found []*code, more bool) {
	found = []*code{}
	for _, text := range texts {
		c := st.codes[text]
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
func (s *Server) updateCode(r *http.Request) (any, error) {
	raw, err := readBody(r)
	if err != nil {
		return nil, err
	}
	f := newFields(raw)
	text, enabled := f.text("code"), f.flag("enabled")
	if len(raw) != 2 || text == nil || enabled == nil {
		return nil, errCodeBody
	}
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	c := s.state.codes[*text]
	if c == nil {
		return nil, errCodeNotFound
	}
	if *enabled && !s.state.templates[s.state.rooms[c.RoomID].TemplateID].hasRole(c.Role) {
		return nil, errCodeStuck
	}
	if c.Enabled == *enabled {
		return c, nil
	}
	c = c.switched(*enabled, s.clock())
	if err := s.state.commit(change{Codes: []*code{c}}); err != nil {
		return nil, err
	}
	return c, nil
}
