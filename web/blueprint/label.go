package blueprint

import (
	"slices"
	"strings"
)

// Label names a value in words, by its path in a template (roles.host.publishParams.video.bitRate) or the name of its field in
// a form (roles.0.publishParams.video.bitRate): "Role host: Video, Bit rate". What the table doesn't know comes as it is.
func Label(path string) string {
	return labelOf(path, func(_, name string) string { return counted(name) })
}

// Label names a field of the form in words, its rows by what they are called in it.
func (f *Form) Label(field string) string {
	return labelOf(field, func(row, name string) string {
		if called := strings.TrimSpace(f.Values.Get(row + ".name")); called != "" {
			return called
		}
		return counted(name)
	})
}

// counted is a row's place as people count, or its name.
func counted(name string) string {
	if i, ok := placeOf(name); ok {
		return place(i + 1)
	}
	return name
}

func labelOf(path string, called func(row, name string) string) string {
	parts := strings.SplitN(path, ".", 3*deepest)
	const most = 2 * deepest // where names have dots, too
	if len(parts) > most {
		return path
	}
	if label, ok := labelled(schema, parts, 0, called, trail{}); ok {
		return label
	}
	return path
}

// labelled finds the words of the path from its part at i on. A name may have dots in it, so each end of it is tried.
func labelled(nodes []Node, parts []string, i int, called func(row, name string) string, t trail) (string, bool) {
	n, ok := child(nodes, parts[i])
	switch {
	case !ok:
		return "", false
	case i == len(parts)-1:
		return t.to(n.Label).String(), true
	case !n.rows():
		return labelled(n.Kids, parts, i+1, called, t.into(n))
	}
	for end := i + 2; end <= len(parts); end++ {
		row := t.row(n, called(strings.Join(parts[:end], "."), strings.Join(parts[i+1:end], ".")))
		if end == len(parts) {
			return row.String(), end == i+2 // of more parts, it is as likely to be something in the row
		}
		if label, ok := labelled(n.Kids, parts, end, called, row); ok {
			return label, true
		}
	}
	return "", false
}

// trail is the way to a value in words: the row that it belongs to, and what it stands in there.
type trail struct {
	head string
	rest []string
}

func (t trail) String() string {
	rest := strings.Join(t.rest, ", ")
	if t.head == "" || rest == "" {
		return t.head + rest
	}
	return t.head + ": " + rest
}

func (t trail) to(label string) trail {
	return trail{t.head, append(slices.Clip(t.rest), label)}
}

// into goes into an object.
func (t trail) into(n Node) trail {
	if n.Implied {
		return t
	}
	return t.to(n.Label)
}

// row goes into a row by what it is called.
func (t trail) row(n Node, name string) trail {
	label := strings.ToUpper(n.Row[:1]) + n.Row[1:]
	if n.limit() > 1 {
		label += " " + name
	}
	if t.head == "" && len(t.rest) == 0 && !n.scalarRows() {
		return trail{head: label}
	}
	return t.to(label)
}
