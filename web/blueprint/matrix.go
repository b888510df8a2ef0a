package blueprint

import (
	"maps"
	"slices"
)

// Matrix is what each role may, of one template or of several side by side: a column for each role, a row for each thing.
type Matrix struct {
	Roles  []MatrixRole
	Groups []MatrixGroup
}

// MatrixRole is a column: a role, and in which of the templates it is.
type MatrixRole struct {
	Name string
	In   []bool // for each template
}

// MatrixGroup are rows that belong together, such as the permissions.
type MatrixGroup struct {
	Title string
	Rows  []MatrixRow
}

// MatrixRow is one thing that roles may, with a cell for each of them.
type MatrixRow struct {
	Label, Help string
	Cells       []MatrixCell
	Differs     bool // one of its cells does
}

// MatrixCell is what one role may in each of the templates.
type MatrixCell struct {
	Marks   []MatrixMark
	Differs bool // the templates that have the role don't agree
}

// MatrixMark is what one role may in one template.
type MatrixMark struct {
	There bool   // the role is in that template
	On    bool   // it may
	Text  string // what isn't yes or no, in words; else ""
}

// MatrixOf says what the roles of templates may, in the order of the table. They may be redacted.
func MatrixOf(trees ...Tree) Matrix {
	sides := make([]side, len(trees))
	all := map[string]bool{}
	for i, tree := range trees {
		sides[i] = sideOf(tree)
		for name := range sides[i].roles {
			all[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(all))
	m := Matrix{}
	for _, name := range names {
		role := MatrixRole{Name: name}
		for _, s := range sides {
			role.In = append(role.In, s.roles[name] != nil)
		}
		m.Roles = append(m.Roles, role)
	}
	for _, group := range matrixGroups(names) {
		shown := MatrixGroup{Title: group.title}
		for _, row := range group.rows {
			shown.Rows = append(shown.Rows, matrixRow(row, names, sides))
		}
		m.Groups = append(m.Groups, shown)
	}
	return m
}

// side is one of the templates.
type side struct {
	tree  Tree
	roles map[string]map[string]any // by what they are called
}

func sideOf(tree Tree) side {
	tree, _ = lift(tree)
	s := side{tree, map[string]map[string]any{}}
	for _, p := range rowsAt("roles", tree) {
		if s.roles[nameOf(p)] = object(p.value); p.value == nil {
			s.roles[nameOf(p)] = map[string]any{}
		}
	}
	return s
}

// matrixLine says how a row is found out for a role.
type matrixLine struct {
	label, help string
	mark        func(s side, name string, role map[string]any) MatrixMark
}

type matrixPart struct {
	title string
	rows  []matrixLine
}

func matrixGroups(names []string) []matrixPart {
	publishes, _ := nodeAt("roles.*.publishParams.allowed")
	groups := []matrixPart{{title: "Publishes"}, {title: "Receives"}, {title: "May"}, {title: "Plugins"}, {title: "Limits"}}
	for _, o := range publishes.Options {
		groups[0].rows = append(groups[0].rows, matrixLine{o.Label, "", func(_ side, _ string, role map[string]any) MatrixMark {
			return MatrixMark{On: has(object(role["publishParams"])["allowed"], o.Value)}
		}})
	}
	for _, other := range names {
		groups[1].rows = append(groups[1].rows, matrixLine{other, "", func(_ side, _ string, role map[string]any) MatrixMark {
			return MatrixMark{On: has(object(role["subscribeParams"])["subscribeToRoles"], other)}
		}})
	}
	for _, n := range permissionSchema {
		groups[2].rows = append(groups[2].rows, matrixLine{n.Label, n.Help, func(_ side, _ string, role map[string]any) MatrixMark {
			return MatrixMark{On: len(texts(n, object(role["permissions"])[n.Key])) > 0}
		}})
	}
	groups[3].rows = pluginLines()
	for _, key := range []string{"priority", "maxPeerCount"} {
		n, _ := nodeAt("roles.*." + key)
		groups[4].rows = append(groups[4].rows, matrixLine{n.Label, n.Help, func(_ side, _ string, role map[string]any) MatrixMark {
			return MatrixMark{Text: words(n, role[key])}
		}})
	}
	return groups
}

func pluginLines() []matrixLine {
	var lines []matrixLine
	for _, plugin := range pluginsSchema {
		permissions, _ := child(plugin.Kids, "permissions")
		for _, n := range permissions.Kids {
			lines = append(lines, matrixLine{plugin.Label + ": " + n.Label, "", func(s side, name string, _ map[string]any) MatrixMark {
				have := object(object(object(s.tree["plugins"])[plugin.Key])["permissions"])
				return MatrixMark{On: has(have[n.Key], name)}
			}})
		}
	}
	return lines
}

func matrixRow(line matrixLine, names []string, sides []side) MatrixRow {
	row := MatrixRow{Label: line.label, Help: line.help, Cells: make([]MatrixCell, len(names))}
	marks := make([]MatrixMark, len(names)*len(sides)) // of all cells: a matrix has thousands
	for i, name := range names {
		cell := MatrixCell{Marks: marks[i*len(sides):][:len(sides):len(sides)]}
		before := -1
		for at, s := range sides {
			role := s.roles[name]
			if role == nil {
				continue
			}
			cell.Marks[at] = line.mark(s, name, role)
			cell.Marks[at].There = true
			cell.Differs = cell.Differs || before >= 0 && cell.Marks[before] != cell.Marks[at]
			before = at
		}
		row.Cells[i] = cell
		row.Differs = row.Differs || cell.Differs
	}
	return row
}
