package blueprint

import (
	"maps"
	"slices"
	"strings"
)

// RoleChange is a role that a form renames (both names), deletes (Now is "") or adds (Was is "").
type RoleChange struct{ Was, Now string }

// Roles are the roles that the form renames and deletes, in the order of the template, and after them those that it adds.
func (f *Form) Roles() []RoleChange { return f.roles(newApplier(f.Values)) }

func (f *Form) roles(a applier) []RoleChange {
	have := object(f.Base["roles"])
	now := map[string]string{}
	var added []RoleChange
	for _, row := range a.rows("roles") {
		key, _ := a.keys(row, have)
		if _, there := have[key]; there {
			now[key] = a.name(row)
		} else {
			added = append(added, RoleChange{Now: a.name(row)})
		}
	}
	var changes []RoleChange
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if name := nameOf(part{key, have[key]}); oneLine(name) != now[key] {
			changes = append(changes, RoleChange{name, now[key]})
		}
	}
	return slices.Concat(changes, added)
}

// Renamed pairs roles of one template that are gone from another with those that are new there, where nothing else can be meant: one
// alone is the same but for its name. It is by was, as called now.
func Renamed(have, will Tree) map[string]string {
	was, now := object(have["roles"]), object(will["roles"])
	pairs, taken := map[string]string{}, map[string]int{}
	for key, role := range was {
		if now[key] != nil {
			continue
		}
		var fits []string
		for to, other := range now {
			if was[to] == nil && sameButName(role, other) {
				fits = append(fits, to)
				taken[to]++
			}
		}
		if len(fits) == 1 {
			pairs[key] = fits[0]
		}
	}
	maps.DeleteFunc(pairs, func(_, to string) bool { return taken[to] > 1 })
	return pairs
}

// RoleNames are the names of the roles in the form, in its order, each once.
func (f *Form) RoleNames() []string { return newApplier(f.Values).roleNames() }

func (a applier) roleNames() []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, row := range a.places.rows("roles") {
		if name := a.name(row); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// forget takes a role out of the lists that name it. What acts as the role is left to whoever takes it away.
func (f *Form) forget(role string) {
	f.references(func(n Node, typed []string) []string {
		switch n.Kind {
		case Roles:
			return slices.DeleteFunc(slices.Clone(typed), func(s string) bool { return s == role })
		case Pairs:
			lines := strings.Split(strings.Join(typed, "\n"), "\n")
			return single(strings.Join(slices.DeleteFunc(lines, func(line string) bool {
				named, _, _ := cutPair(line)
				return named == role
			}), "\n"))
		}
		return typed
	})
}

// followRenames lets fields that name a role, as it was called when the form was drawn, name it by what it is called now.
func (f *Form) followRenames() {
	a := newApplier(f.Values)
	names := map[string]string{}
	for _, row := range a.places.rows("roles") {
		name := a.name(row)
		if drawn := f.Values.Get(row + "." + shown); drawn != "" && name != "" && oneLine(drawn) != name {
			names[drawn] = name
			f.Values.Set(row+"."+shown, name)
		}
	}
	if len(names) == 0 {
		return
	}
	f.references(func(n Node, typed []string) []string {
		renamed := slices.Clone(typed)
		for i, s := range typed {
			if n.Kind == Pairs {
				renamed[i] = renamedPairs(s, names)
			} else if to, ok := names[s]; ok {
				renamed[i] = to
			}
		}
		return renamed
	})
}

func renamedPairs(s string, names map[string]string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		role, language, found := cutPair(line)
		if to, ok := names[role]; ok && found {
			lines[i] = to + ": " + language
		}
	}
	return strings.Join(lines, "\n")
}

// references puts what change makes of them into all fields that name roles.
func (f *Form) references(change func(n Node, typed []string) []string) {
	for name, typed := range f.Values {
		n, ok := nodeAt(name)
		if !ok || n.Kind != Roles && n.Kind != RoleName && n.Kind != Pairs {
			continue
		}
		changed := change(n, typed)
		if row, _ := roleField(name); row != "" && !slices.Equal(changed, typed) {
			f.open(row) // it isn't as it was
		}
		f.Values[name] = changed
	}
}
