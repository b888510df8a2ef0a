package sandbox

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
)

// roleKeys are the keys of the body of a role.
var roleKeys = []string{"name", "publishParams", "subscribeParams", "permissions", "priority", "maxPeerCount"}

func roleRoutes() []route {
	const path = "/templates/{template_id}/roles/{role_name}"
	return []route{
		{method: "GET", path: path, page: "Templates: get a role", handle: (*Server).role},
		{method: "POST", path: path, page: "Templates: create or modify a role", handle: (*Server).setRole, body: roleKeys},
		{method: "DELETE", path: path, page: "Templates: delete a role", handle: (*Server).deleteRole},
	}
}

func (s *Server) role(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		t, err := st.calledTemplate(r)
		if err != nil {
			return err
		}
		role, ok := objectAt(t.tree, "roles")[r.PathValue("role_name")]
		if !ok {
			return errRoleNotFound
		}
		reply = role
		return nil
	})
}

// setRole makes a role, or changes the parts of it that the body has; with another name in the body it gets that name.
func (s *Server) setRole(r *http.Request) (reply any, err error) {
	body, err := readTree(r)
	if err != nil {
		return nil, err
	}
	return reply, s.changeTemplate(r, func(tx *tx, d *draft) error {
		edit, err := tx.conf.planRole(d, r.PathValue("role_name"), body)
		if err != nil {
			return err
		}
		d.putRole(edit, !tx.conf.reads(ReadingRolesStayReferenced))
		reply = objectAt(d.tree, "roles")[edit.name]
		return nil
	})
}

// roleEdit is a role about to be put into a template.
type roleEdit struct {
	old, name string // the name before, and from now on
	role      object
}

// planRole returns what the body of a role, sent to the path of the name old, makes of it.
func (c conf) planRole(d *draft, old string, body object) (roleEdit, error) {
	edit := roleEdit{old: old, name: cmp.Or(textAt(body, "name"), old)}
	ch := d.checker(c)
	ch.roles[edit.old], ch.roles[edit.name] = true, true // who renames a role may call it by either name
	kept, err := ch.check(roleShape, body)
	if err != nil {
		return roleEdit{}, err
	}
	if edit.name != edit.old && d.t.hasRole(edit.name) {
		return roleEdit{}, c.overwriteError()
	}
	role := object{}
	if !c.reads(ReadingRolePartsReset) {
		role = cloneObject(objectAt(objectAt(d.tree, "roles"), edit.old))
	}
	parts, _ := kept.(object)
	maps.Copy(role, parts)
	role["name"] = edit.name
	names := slices.DeleteFunc(slices.Clone(d.t.roles), func(name string) bool { return name == edit.old })
	if !slices.Contains(names, edit.name) {
		names = append(names, edit.name)
	}
	slices.Sort(names)
	edit.role = c.completeRole(role, names)
	return edit, nil
}

// putRole puts a role in the place of that with its old name; what names it there follows.
func (d *draft) putRole(edit roleEdit, follows bool) {
	roles := objectAt(d.tree, "roles")
	delete(roles, edit.old)
	roles[edit.name] = edit.role
	if edit.name == edit.old || !follows {
		return
	}
	renameRole(d.tree, edit.old, edit.name)
	if textAt(d.recording, "role") == edit.old {
		d.recording["role"] = edit.name
	}
}

// deleteRole takes a role out of a template, and out of the lists of roles that name it.
func (s *Server) deleteRole(r *http.Request) (any, error) {
	return answer{status: http.StatusNoContent}, s.changeTemplate(r, func(tx *tx, d *draft) error {
		name := r.PathValue("role_name")
		if !d.t.hasRole(name) {
			return errRoleNotFound
		}
		delete(objectAt(d.tree, "roles"), name)
		if !tx.conf.reads(ReadingRolesStayReferenced) {
			dropRole(d.tree, name)
		}
		return nil
	})
}
