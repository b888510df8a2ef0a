package pages

import (
	"strings"

	"roomledger/web/blueprint"
)

// ContentOf puts a redacted template into words. What can't be read is shown as it is.
func ContentOf(data string) TemplateContent {
	tree, err := blueprint.ParseTree([]byte(data))
	if err != nil {
		return TemplateContent{JSON: data, Broken: true}
	}
	return TemplateContent{Matrix: blueprint.MatrixOf(tree), Sections: blueprint.SectionsOf(tree)}
}

// nothingIn says what it means that a section has nothing.
func nothingIn(s blueprint.Section) string {
	switch {
	case s.Key == "settings":
		return "Nothing is set: 100ms chooses the region and keeps recordings for 15 days."
	case s.Key == "recordings" && !s.Told:
		return "Not read yet: 100ms tells it only when a template is read by itself."
	}
	return "None is set up."
}

// valueGroup is values that stand together under a title, if they have one.
type valueGroup struct {
	Title  string
	Values []blueprint.Value
}

// valueGroups puts values that follow each other and stand in the same thing under its name, so that not each of them repeats it.
func valueGroups(values []blueprint.Value) []valueGroup {
	var groups []valueGroup
	for _, v := range values {
		title, label, within := strings.Cut(v.Label, ": ")
		if !within {
			title, label = "", v.Label
		}
		if len(groups) == 0 || groups[len(groups)-1].Title != title {
			groups = append(groups, valueGroup{Title: title})
		}
		last := &groups[len(groups)-1]
		last.Values = append(last.Values, blueprint.Value{Label: label, Text: v.Text})
	}
	return groups
}
