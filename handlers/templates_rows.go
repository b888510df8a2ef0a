package handlers

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"roomledger/web/blueprint"
)

// pairedRows says which row of one form is which row of another, by their paths: rows with names by name, others by place.
func pairedRows(from, to url.Values) map[string]string {
	pairs := map[string]string{}
	pairRows(pairs, blueprint.Schema(), from, to, "", "")
	return pairs
}

func pairRows(pairs map[string]string, nodes []blueprint.Node, from, to url.Values, here, there string) {
	for _, n := range nodes {
		a, b := joined(here, n.Key), joined(there, n.Key)
		switch n.Kind {
		case blueprint.Object:
			pairRows(pairs, n.Kids, from, to, a, b)
		case blueprint.ByName, blueprint.InOrder:
			others := rowsAt(to, b)
			for i, row := range rowsAt(from, a) {
				other := samePlace(others, i)
				if n.Kind == blueprint.ByName {
					other = sameName(others, to, strings.TrimSpace(from.Get(row+".name")))
				}
				if other != "" {
					pairs[row] = other
					pairRows(pairs, n.Kids, from, to, row, other)
				}
			}
		}
	}
}

func joined(path, key string) string {
	if path == "" || key == "" {
		return path + key
	}
	return path + "." + key
}

func samePlace(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return ""
}

func sameName(rows []string, values url.Values, name string) string {
	for _, row := range rows {
		if name != "" && strings.TrimSpace(values.Get(row+".name")) == name {
			return row
		}
	}
	return ""
}

// rowsAt are the paths of the rows of a form at a path, in their order.
func rowsAt(values url.Values, at string) []string {
	found := map[int]bool{}
	for name := range values {
		rest, in := strings.CutPrefix(name, at+".")
		head, _, _ := strings.Cut(rest, ".")
		if in && isRowNumber(head) {
			n, _ := strconv.Atoi(head) // isRowNumber has read it
			found[n] = true
		}
	}
	rows := make([]string, 0, len(found))
	for _, n := range slices.Sorted(maps.Keys(found)) {
		rows = append(rows, at+"."+strconv.Itoa(n))
	}
	return rows
}

// moved is a field's name with its rows as they are counted in another form; "" where they aren't there.
func moved(pairs map[string]string, name string) string {
	parts := strings.Split(name, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if !isRowNumber(parts[i]) {
			continue
		}
		row, ok := pairs[strings.Join(parts[:i+1], ".")]
		if !ok {
			return ""
		}
		return strings.Join(append([]string{row}, parts[i+1:]...), ".")
	}
	return name
}

// onto is what was typed about one template as a form of another: rows of the same name are the same rows. What the form
// doesn't know, and secrets that aren't typed, are then those of that template.
func onto(base blueprint.Tree, typed url.Values) *blueprint.Form {
	values := url.Values{}
	for name, list := range typed {
		if !strings.HasSuffix(name, ".was") {
			values[name] = list
		}
	}
	have := blueprint.Flatten(base)
	for row, other := range pairedRows(values, have) {
		if have.Has(other + ".was") {
			values.Set(row+".was", have.Get(other+".was"))
		}
	}
	return blueprint.NewForm(base, values)
}

// withSecretRows is what was imported, with the rows that are secrets through and through as they are in a template: an export has
// none of them, and that is no wish to remove them.
func withSecretRows(base blueprint.Tree, imported url.Values) url.Values {
	values, have := maps.Clone(imported), blueprint.Flatten(base)
	here := map[string]string{}
	for row, other := range pairedRows(values, have) {
		here[other] = row
	}
	for name := range have {
		row, isRow := strings.CutSuffix(name, ".was")
		if !isRow || !isSecret(row) {
			continue
		}
		last := strings.LastIndexByte(row, '.')
		if list := moved(here, row[:last]); list != "" && len(rowsAt(imported, list)) == 0 {
			values.Set(list+row[last:], "")
		}
	}
	return values
}

// merged is a template with what was changed in it at two places at once: where both changed the same, mine stands.
func merged(before, mine, theirs any) any {
	was, _ := before.(map[string]any)
	my, isMine := mine.(map[string]any)
	their, isTheirs := theirs.(map[string]any)
	if !isMine || !isTheirs {
		if reflect.DeepEqual(before, mine) {
			return theirs
		}
		return mine
	}
	out := map[string]any{}
	for _, key := range slices.Concat(slices.Collect(maps.Keys(my)), slices.Collect(maps.Keys(their))) {
		a, inMine := my[key]
		b, inTheirs := their[key]
		old, had := was[key]
		switch {
		case inMine && inTheirs:
			out[key] = merged(old, a, b)
		case inMine && !(had && reflect.DeepEqual(old, a)):
			out[key] = a // changed or added here; taken away there, if it was there
		case inTheirs && !had:
			out[key] = b // added there
		}
	}
	return out
}
