package pages

import (
	"regexp"
	"time"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/form"
)

var enabledOptions = []components.Option{
	{Value: "all", Label: "Enabled and disabled"},
	{Value: "true", Label: "Enabled"},
	{Value: "false", Label: "Disabled"},
}

var regionFilter = []components.Option{
	{Label: "Any"},
	{Value: "in", Label: "India"},
	{Value: "us", Label: "United States"},
	{Value: "eu", Label: "Europe"},
	{Value: "auto", Label: "Automatic"},
}

var recordingFilter = []components.Option{
	{Label: "Any"},
	{Value: "inherit", Label: "As the template"},
	{Value: "on", Label: "On"},
	{Value: "off", Label: "Off"},
}

var outcomeFilter = []components.Option{
	{Label: "Any"},
	{Value: db.OutcomeDone, Label: "Done"},
	{Value: db.OutcomeFailed, Label: "Failed"},
	{Value: db.OutcomeUnknown, Label: "Unknown"},
}

func enabledValue(typed string) string {
	if typed == "" {
		return "all"
	}
	return typed
}

// anyOf offers "Any" and the values; one that is asked for but not among them stays on offer, so that nothing typed into
// the address is lost.
func anyOf(values []string, current string) []components.Option {
	out := []components.Option{{Label: "Any"}}
	known := current == ""
	for _, v := range values {
		out = append(out, components.Option{Value: v, Label: v})
		known = known || v == current
	}
	if !known {
		out = append(out, components.Option{Value: current, Label: current})
	}
	return out
}

func templateFilter(d RoomsData) []components.Option {
	out := []components.Option{{Label: "Any"}}
	known := d.Filter.TemplateID == ""
	for _, t := range d.Templates {
		out = append(out, components.Option{Value: t.ID, Label: templateName(d.Templates, t.ID)})
		known = known || t.ID == d.Filter.TemplateID
	}
	if !known {
		out = append(out, components.Option{Value: d.Filter.TemplateID, Label: d.Filter.TemplateID})
	}
	return out
}

var dayOnly = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

// dateField is a date picker, unless a time was typed into the address: a picker would lose it.
func dateField(e form.Errors, name, label, value string) components.Field {
	f := field(e, name, label, value, "")
	if value == "" || dayOnly.MatchString(value) {
		f.Type = "date"
		return f
	}
	f.Attrs = templ.Attributes{"spellcheck": "false"}
	return f
}

func roomCursor(f *form.RoomsFilter, cursor string) string {
	if cursor == "" {
		return ""
	}
	return f.URL("cursor", cursor)
}

func roomsWord(n int) string {
	if n == 1 {
		return "room"
	}
	return "rooms"
}

func templateOf(r *db.Room) string {
	if r.TemplateName != "" {
		return r.TemplateName
	}
	return components.ShortID(r.TemplateID)
}

func sizeCell(r *db.Room) string {
	switch {
	case r.Size > 0:
		return components.Number(r.Size)
	case r.LargeRoom:
		return "large"
	}
	return "–"
}

func madeBy(r *db.Room) string {
	if r.Creator == "" {
		return "elsewhere"
	}
	return r.Creator
}

// minute is a point in time to the minute, in UTC; a zero time gives "never".
func minute(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04") + " UTC"
}

func targetWord(o *db.Operation) string {
	switch {
	case o.TargetName != "":
		return o.TargetName
	case o.TargetID != "":
		return components.ShortID(o.TargetID)
	}
	return "details"
}

// under is the second line of a target: why it failed, else its id.
func under(o *db.Operation) string {
	if o.Error != "" {
		return cut(o.Error, 90)
	}
	if o.TargetName == "" || o.TargetName == o.TargetID {
		return ""
	}
	return components.ShortID(o.TargetID)
}

// cut keeps the first n characters of a text.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	return string(runes[:n-1]) + "…"
}

// actor is who did it; what people didn't do by hand says so.
func actor(name, kind string) string {
	switch {
	case kind == "system" && name == "":
		return "system"
	case name == "":
		return kind
	case kind == "cli":
		return name + " (command line)"
	}
	return name
}

func orUnknown(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

func madeCount(d OverviewData) int {
	n := 0
	for _, c := range d.Days {
		if c.Outcome == db.OutcomeDone {
			n += c.Count
		}
	}
	return n
}
