package sandbox

import (
	"cmp"
	"time"
)

// roleRules returns the rules of a template's roles by their names.
func (t *template) roleRules() map[string]roleRules {
	rules := make(map[string]roleRules, len(t.roles))
	for _, name := range t.roles {
		rules[name] = t.role(name)
	}
	return rules
}

// ruleOf returns the rules of a role of a room's template.
func (st *state) ruleOf(rm *room, role string) (rules roleRules, found bool) {
	t := st.templates.at(rm.TemplateID)
	if !t.hasRole(role) {
		return roleRules{}, false
	}
	return t.role(role), true
}

// mayTakeRole returns why nobody more can have a role in a room, or nil.
func (st *state) mayTakeRole(rm *room, role string) error {
	rules, found := st.ruleOf(rm, role)
	if !found {
		return errRoleNotFound
	}
	if rules.maxPeerCount == 0 {
		return nil
	}
	have := 0
	for _, p := range st.present[rm.ID] {
		if p.Role == role {
			have++
		}
	}
	if have >= rules.maxPeerCount { // always so for -1
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
