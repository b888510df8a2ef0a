package blueprint

import (
	"net/url"
	"slices"
	"strings"

	"roomledger/web/form"
	"roomledger/web/hms"
)

// EditRows does what a submit button named add, remove or open asks for, and says whether there was one. What can't be done changes
// nothing, and Errors says why.
func (f *Form) EditRows(values url.Values) bool {
	f.Errors = form.Errors{}
	if values.Has("add") {
		f.addRow(values.Get("add"))
	}
	if values.Has("remove") {
		f.removeRow(values.Get("remove"))
	}
	if values.Has("open") {
		f.open(values.Get("open"))
	}
	return values.Has("add") || values.Has("remove") || values.Has("open")
}

const noRows = "There is nothing of that kind to add or remove. Load the form again."

// addRow adds a blank row, which is there by its first value: roles begin as most are.
func (f *Form) addRow(path string) {
	places := placesOf(f.Values)
	n, ok := listAt(path)
	switch {
	case !ok || !within(places, path):
		f.Errors.Add("", noRows)
		return
	case len(places.of[path]) >= n.limit():
		f.Errors.Add(path, tooMany(n))
		return
	}
	at := path + "." + places.next(path)
	if n.scalarRows() {
		f.Values.Set(at, "")
		return
	}
	f.Values.Set(join(at, n.Kids[0].Key), "")
	flatten(f.Values, at, onlySwitches(n.Kids), nil)
	if path == "roles" {
		f.Values[at+".publishParams.allowed"] = []string{hms.PublishAudio, hms.PublishVideo}
		f.Values[at+".subscribeParams.subscribeToRoles"] = f.RoleNames()
	}
}

// listAt is what a path names the rows of.
func listAt(path string) (Node, bool) {
	n, ok := nodeAt(path)
	return n, ok && n.rows() && strings.HasSuffix("."+path, "."+n.Key)
}

// onlySwitches are the parts in which a blank row has something ticked.
func onlySwitches(nodes []Node) []Node {
	return slices.DeleteFunc(slices.Clone(nodes), func(n Node) bool { return n.rows() || n.Kind == Switch && !n.On })
}

// within says whether the rows that a path goes through are there.
func within(places places, path string) bool {
	nodes := schema
	parts := strings.Split(path, ".")
	for i := 0; i < len(parts); i++ {
		n, ok := child(nodes, parts[i])
		if ok && n.rows() && i < len(parts)-1 {
			i++
			_, ok = places.typed[strings.Join(parts[:i+1], ".")]
		}
		if !ok {
			return false
		}
		nodes = n.Kids
	}
	return true
}

// removeRow takes a row away and moves those after it up. A role that is gone is gone from the fields that name it.
func (f *Form) removeRow(path string) {
	at, row, _ := cutAt(path, strings.LastIndexByte(path, '.'))
	gone, isRow := placeOf(row)
	if _, known := listAt(at); !known || !isRow || !within(placesOf(f.Values), path) {
		f.Errors.Add("", noRows)
		return
	}
	if at == "roles" {
		f.forget(strings.TrimSpace(f.Values.Get(path + ".name")))
	}
	moved := url.Values{}
	for name, typed := range f.Values {
		rest, in := strings.CutPrefix(name, at+".")
		head, tail, deeper := strings.Cut(rest, ".")
		i, isRow := placeOf(head)
		switch {
		case !in || !isRow || i < gone:
			moved[name] = typed
		case i > gone && deeper:
			moved[at+"."+place(i-1)+"."+tail] = typed
		case i > gone:
			moved[at+"."+place(i-1)] = typed
		}
	}
	f.Values = moved
}

// Rows are the paths of the rows that the form has of a path, such as roles.0 and roles.1 of roles.
func (f *Form) Rows(path string) []string { return placesOf(f.Values).rows(path) }
