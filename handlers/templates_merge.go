package handlers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web/blueprint"
)

// merge brings together what was typed with what was changed elsewhere. Roles are known by their names alone, so what follows a
// rename would look like a change of all that names the role, and two renames like two new roles: both sides are compared as if
// nobody had renamed any, and the new names are put on top.
type merge struct {
	t     *templateForm
	stale *ledger.TemplateStale
	shown func(map[string]any) string
}

// both is a form of the template as it is now with the changes that were typed, and the table of who changed what.
func (m merge) both() (*blueprint.Form, *pages.StaleTemplate, error) {
	was, err := blueprint.ParseTree([]byte(m.stale.Was))
	if m.stale.Was == "" || err != nil {
		return m.without()
	}
	m.t.Form = blueprint.NewForm(was, maps.Clone(m.t.sent)) // a role that was left folded is as it was in that version
	typed := blueprint.NewForm(was, withoutSecrets(m.t.Form.Values))
	lines, err := m.lines(typed.Tree())
	if err != nil {
		return nil, nil, err
	}
	now := m.stale.Now.Tree
	n := renames{mine: renamesOf(typed), theirs: blueprint.Renamed(was, m.shownNow())}
	mine := n.mineUndone(was, typed)
	tree, _ := merged(was, mine, n.theirsUndone(now)).(map[string]any)
	n.keep(tree, mine)
	values := blueprint.Flatten(tree)
	n.redo(values, now)
	for row, typed := range pairedRows(values, m.t.Form.Values) { // what was typed goes on being what it was
		key := m.t.Form.Values.Get(typed + ".was")
		if parent, _ := cutLast(row); parent != "roles" && key != "" && has(now, row, key) {
			values.Set(row+".was", key)
		}
	}
	return blueprint.NewForm(now, values), &pages.StaleTemplate{Lines: lines, Known: true}, nil
}

// shownNow is the template as it is now, redacted as the one that it was.
func (m merge) shownNow() blueprint.Tree {
	tree, err := blueprint.ParseTree([]byte(m.stale.Now.Shown))
	if err != nil {
		return m.stale.Now.Tree
	}
	return tree
}

// renames are what each side calls roles now, by what they were called before.
type renames struct{ mine, theirs map[string]string }

// renamesOf are the roles that a form renames.
func renamesOf(f *blueprint.Form) map[string]string {
	names := map[string]string{}
	for _, c := range f.Roles() {
		if c.Was != "" && c.Now != "" {
			names[c.Was] = c.Now
		}
	}
	return names
}

// mineUndone is what a form of was asks for, but for the names of roles.
func (n renames) mineUndone(was blueprint.Tree, typed *blueprint.Form) blueprint.Tree {
	values := maps.Clone(typed.Values)
	for _, row := range rowsAt(values, "roles") {
		name := strings.TrimSpace(values.Get(row + ".name"))
		if old := values.Get(row + ".was"); n.mine[old] == name && name != "" {
			rename(values, row, name, old)
		}
	}
	return blueprint.NewForm(was, values).Tree()
}

// theirsUndone is a template as it is now, but for the names of roles.
func (n renames) theirsUndone(now blueprint.Tree) blueprint.Tree {
	if len(n.theirs) == 0 {
		return now
	}
	values := blueprint.Flatten(now)
	for old, name := range n.theirs {
		rename(values, sameName(rowsAt(values, "roles"), values, name), name, old)
	}
	return blueprint.NewForm(now, values).Tree()
}

// rename lets a row of a role have another name, which whatever names the role follows when the form is made.
func rename(values url.Values, row, from, to string) {
	if row != "" {
		values.Set(row+".name", to)
		values.Set(row+".shown", from)
	}
}

// keep puts roles back that were renamed here, and taken away elsewhere: a role that was renamed is one that somebody wants.
func (n renames) keep(tree, mine blueprint.Tree) {
	have, _ := mine["roles"].(map[string]any)
	roles, _ := tree["roles"].(map[string]any)
	for old := range n.mine {
		if _, there := roles[old]; !there && roles != nil && have[old] != nil {
			roles[old] = have[old]
		}
	}
}

// redo gives roles their new names, mine before theirs, and says which role of the template as it is now each row is.
func (n renames) redo(values url.Values, now blueprint.Tree) {
	roles, _ := now["roles"].(map[string]any)
	for _, row := range rowsAt(values, "roles") {
		old := values.Get(row + ".was")
		theirs := cmp.Or(n.theirs[old], old)
		if values.Set(row+".was", theirs); roles[theirs] == nil {
			values.Del(row + ".was")
		}
		if name := cmp.Or(n.mine[old], n.theirs[old]); name != "" {
			rename(values, row, values.Get(row+".name"), name)
		}
	}
}

// has says whether the template has a row of that name, where rows go by names at the row's place.
func has(tree blueprint.Tree, row, key string) bool {
	have := blueprint.Flatten(tree)
	at, _ := cutLast(row)
	for _, other := range rowsAt(have, at) {
		if have.Get(other+".was") == key {
			return true
		}
	}
	return false
}

// cutLast parts a path before its last part.
func cutLast(path string) (parent, last string) {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)], path[i+1:]
}

// without is both where nobody knows how the template was: everything stays as it was typed.
func (m merge) without() (*blueprint.Form, *pages.StaleTemplate, error) {
	f := onto(m.stale.Now.Tree, m.t.Form.Values)
	changes, err := blueprint.Diff(m.stale.Now.Shown, m.shown(f.Tree()))
	if err != nil {
		return nil, nil, fmt.Errorf("compare the template with the form: %w", err)
	}
	s := &pages.StaleTemplate{}
	for _, c := range changes {
		s.Lines = append(s.Lines, pages.StaleLine{Label: c.Label, Before: "not known", Theirs: c.Have, Yours: c.Will})
	}
	return f, s, nil
}

// lines are the fields that were changed here or elsewhere.
func (m merge) lines(mine blueprint.Tree) ([]pages.StaleLine, error) {
	raw, err := json.Marshal(mine)
	if err != nil {
		return nil, fmt.Errorf("write the form: %w", err)
	}
	here, err := blueprint.Diff(m.stale.Was, string(raw))
	if err != nil {
		return nil, fmt.Errorf("compare the form with the template: %w", err)
	}
	elsewhere, err := blueprint.Diff(m.stale.Was, m.stale.Now.Shown)
	if err != nil {
		return nil, fmt.Errorf("compare two states of the template: %w", err)
	}
	var lines []pages.StaleLine
	for _, c := range here {
		lines = append(lines, pages.StaleLine{Label: c.Label, Before: c.Have, Yours: c.Will, Theirs: c.Have})
	}
	for _, c := range elsewhere {
		i := slices.IndexFunc(here, func(o blueprint.Change) bool { return o.Path == c.Path })
		if i < 0 {
			lines = append(lines, pages.StaleLine{Label: c.Label, Before: c.Have, Theirs: c.Will, Yours: c.Have, Untouched: true})
			continue
		}
		lines[i].Theirs = c.Will
		lines[i].Both = lines[i].Yours != c.Will
	}
	for _, name := range m.t.typedSecrets() {
		lines = append(lines, pages.StaleLine{Label: blueprint.Label(name), Before: "a secret", Theirs: "a secret", Yours: "a new secret, to be typed again"})
	}
	return lines, nil
}

// withoutSecrets are typed values without the secrets among them.
func withoutSecrets(values url.Values) url.Values {
	out := url.Values{}
	for name, typed := range values {
		if !isSecret(name) {
			out[name] = typed
		} else {
			out[name] = []string{""}
		}
	}
	return out
}
