package blueprint

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// EditRows does what a submit button named add or remove asks for, and says whether there was one. A path that names no
// rows, or more rows than there may be, changes nothing.
func (f *Form) EditRows(values url.Values) bool {
	if path := values.Get("add"); path != "" {
		f.addRow(path)
	}
	if path := values.Get("remove"); path != "" {
		f.removeRow(path)
	}
	return values.Has("add") || values.Has("remove")
}

// addRow adds a blank row, which is there by its first value: roles begin as most are.
func (f *Form) addRow(path string) {
	n, ok := nodeAt(path)
	at := path + "." + place(f.count(path))
	if !ok || !n.rows() || f.count(path) >= n.limit() || !f.within(path) {
		return
	}
	if n.scalarRows() {
		f.Values.Set(at, "")
		return
	}
	f.Values.Set(join(at, n.Kids[0].Key), "")
	flatten(f.Values, at, onlySwitches(n.Kids), nil)
	if n.Key == "roles" {
		f.Values[at+".publishParams.allowed"] = []string{"audio", "video"}
		f.Values[at+".subscribeParams.subscribeToRoles"] = f.RoleNames()
	}
}

// onlySwitches are the parts in which a blank row has something ticked.
func onlySwitches(nodes []Node) []Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return n.rows() || n.Kind == Switch && !n.On })
}

// within says whether the rows that a path goes through are there.
func (f *Form) within(path string) bool {
	parts := strings.Split(path, ".")
	for i, part := range parts {
		row, err := strconv.Atoi(part)
		if err == nil && row >= f.count(strings.Join(parts[:i], ".")) {
			return false
		}
	}
	return true
}

// removeRow takes a row away and moves those after it up. A role that is gone is gone from the fields that name it.
func (f *Form) removeRow(path string) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return
	}
	at := path[:i]
	row, err := strconv.Atoi(path[i+1:])
	n, ok := nodeAt(at)
	if err != nil || !ok || !n.rows() || row < 0 || row >= f.count(at) {
		return
	}
	if at == "roles" {
		f.forget(f.Values.Get(path + ".name"))
	}
	moved := url.Values{}
	for name, typed := range f.Values {
		rest, in := strings.CutPrefix(name, at+".")
		head, tail, deeper := strings.Cut(rest, ".")
		j, err := strconv.Atoi(head)
		switch {
		case !in || err != nil || j < row:
			moved[name] = typed
		case j > row && deeper:
			moved[at+"."+place(j-1)+"."+tail] = typed
		case j > row:
			moved[at+"."+place(j-1)] = typed
		}
	}
	f.Values = moved
}

// RoleNames are the names of the roles in the form, in its order, each once.
func (f *Form) RoleNames() []string {
	var names []string
	for i := range f.count("roles") {
		name := strings.TrimSpace(f.Values.Get("roles." + place(i) + ".name"))
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// forget takes a role out of the lists that name it.
func (f *Form) forget(role string) {
	f.references(func(n Node, typed []string) []string {
		if n.Kind != Roles {
			return typed
		}
		return slices.DeleteFunc(slices.Clone(typed), func(s string) bool { return s == role })
	})
}

// followRenames lets fields that name a role, as it was called when the form was drawn, name it by what it is called now.
func (f *Form) followRenames() {
	names := map[string]string{}
	for i := range f.count("roles") {
		row := "roles." + place(i)
		name := strings.TrimSpace(f.Values.Get(row + ".name"))
		if drawn := f.Values.Get(row + "." + shown); drawn != "" && name != "" && drawn != name {
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
		role, language, _ := strings.Cut(line, ":")
		if to, ok := names[strings.TrimSpace(role)]; ok {
			lines[i] = to + ":" + language
		}
	}
	return strings.Join(lines, "\n")
}

// references puts what change makes of them into all fields that name roles.
func (f *Form) references(change func(n Node, typed []string) []string) {
	for name, typed := range f.Values {
		n, ok := nodeAt(name)
		if ok && (n.Kind == Roles || n.Kind == RoleName || n.Kind == Pairs) {
			f.Values[name] = change(n, typed)
		}
	}
}
