package layout

import (
	"time"

	"roomledger/views/components"
)

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
		{"templates", "Templates", "layout-template", "/templates"},
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

// because is the last failure, in brackets.
func because(o *Outage) string {
	if o.Problem == "" {
		return ""
	}
	return " (" + o.Problem + ")"
}

// next is when the next call goes out, in words that stay true while the page is read.
func next(now time.Time, o *Outage) string {
	if !o.Next.After(now) {
		return "any moment"
	}
	return "at " + clock(now, o.Next.Add(time.Second-1)) // the whole second after it: who looks then finds it done
}

// clock is a time of about today, to the second, and of other days with its date. It is no time element: the words of
// those change while the page stands.
func clock(now, t time.Time) string {
	if now.Sub(t).Abs() < 12*time.Hour {
		return t.UTC().Format("15:04:05 UTC")
	}
	return components.Exact(t)
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
