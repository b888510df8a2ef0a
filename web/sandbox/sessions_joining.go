package sandbox

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// roleRules is what a role says about who takes it (documentation: policy, "Role object").
type roleRules struct {
	Publish struct {
		Allowed []string `json:"allowed"` // audio, video, screen, simulcast
	} `json:"publishParams"`
	Permissions struct {
		EndRoom bool `json:"endRoom"`
	} `json:"permissions"`
	MaxPeerCount int `json:"maxPeerCount"` // 0: any number, -1: nobody
}

// mayPublish says whether the role may publish audio, video or the screen.
func (r roleRules) mayPublish(what string) bool { return slices.Contains(r.Publish.Allowed, what) }

// roleRules returns the rules of a template's roles; none of a template whose roles can't be read, so that nobody gets in there.
func (t *template) roleRules() map[string]roleRules {
	var doc struct {
		Roles map[string]roleRules `json:"roles"`
	}
	if json.Unmarshal(t.doc, &doc) != nil {
		return nil
	}
	return doc.Roles
}

// ruleOf returns the rules of a role of a room's template.
func (st *state) ruleOf(rm *room, role string) (rules roleRules, found bool) {
	rules, found = st.templates.at(rm.TemplateID).roleRules()[role]
	return rules, found
}

// mayTakeRole returns why nobody more can have a role in a room, or nil.
func (st *state) mayTakeRole(rm *room, role string) error {
	rules, found := st.ruleOf(rm, role)
	if !found {
		return errRoleNotFound
	}
	if rules.MaxPeerCount == 0 {
		return nil
	}
	have := 0
	for _, p := range st.present[rm.ID] {
		if p.Role == role {
			have++
		}
	}
	if have >= rules.MaxPeerCount { // always so for -1
		return errRoleLimit
	}
	return nil
}

// mayJoin returns why somebody can't join a room, or nil.
func (st *state) mayJoin(rm *room, who joining) error {
	if !rm.Enabled {
		return errRoomDisabled
	}
	if err := st.mayTakeRole(rm, who.role); err != nil {
		return err
	}
	if rm.Size > 0 && len(st.present[rm.ID]) >= rm.Size {
		return errRoomFull
	}
	return nil
}

// admit lets somebody into a room whom its rules allow in. Others are refused, and webhooks tell so.
func (tx *tx) admit(rm *room, who joining) (*peer, error) {
	if err := tx.mayJoin(rm, who); err != nil {
		tx.joinFailed(rm, who, joinNotAllowed)
		return nil, err
	}
	return tx.join(rm, who), nil
}

// Why somebody couldn't join, as webhooks say it (documentation: webhooks, "peer.join.failure").
const (
	joinNotAllowed = "role not allowed"
	joinNetwork    = "network disconnection"
	joinDuplicate  = "duplicate peer id"
)

// joinFailed tells that somebody couldn't join a room.
func (tx *tx) joinFailed(rm *room, who joining, why string) {
	tx.happen(rm, "peer.join.failure", object{
		"peer_id": tx.newUUID(), "user_id": who.userID, "user_name": tx.conf.shownName(who.name), "user_data": who.metadata,
		"role": who.role, "type": cmp.Or(who.kind, "regular"), "joined_at": time.Time{}, "error_message": why,
	})
}
