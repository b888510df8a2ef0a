package layout

import "roomledger/views/components"

const product = "Roomledger"

// config tells htmx: back and forward are plain loads, and morphing leaves an opened details element open.
const config = `{"history":"reload","morphIgnore":["data-htmx-powered","open"]}`

type entry struct {
	section, label, icon, url string
}

// entries are the rail's, in its order; a section that this person may not read is not there.
func entries(p Page) []entry {
	list := []entry{
		{"overview", "Overview", "house", "/"},
		{"rooms", "Rooms", "video", "/rooms"},
	}
	if p.CanHistory {
		list = append(list, entry{"history", "History", "history", "/history"})
	}
	settings := "/settings/sessions"
	if p.CanAdmin {
		settings = "/settings/people"
	}
	return append(list, entry{"settings", "Settings", "settings", settings})
}

func documentTitle(p Page) string {
	title := product
	if p.Title != "" {
		title = p.Title + " · " + product
	}
	if p.Problem {
		return "Error: " + title
	}
	return title
}

func flashKind(f *Flash) string {
	switch f.Kind {
	case components.Fail, components.Ask:
		return f.Kind
	}
	return components.Done
}

func flashIcon(f *Flash) string {
	switch f.Kind {
	case components.Fail:
		return "x"
	case components.Ask:
		return "triangle-alert"
	}
	return "check"
}

type theme struct {
	value, label, icon string
}

var themes = []theme{{"system", "As the system", "monitor"}, {"light", "Light", "sun"}, {"dark", "Dark", "moon"}}

func pressed(t theme, current string) string {
	if t.value == current || t.value == "system" && current == "" {
		return "true"
	}
	return "false"
}

func back(p Page) string {
	if p.Path == "" {
		return "/"
	}
	return p.Path
}
