package pages

import "roomledger/web/blueprint"

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
