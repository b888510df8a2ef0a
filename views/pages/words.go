package pages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/form"
)

// problems turns broken rules into the lines of a summary.
func problems(e form.Errors) []components.Message {
	out := make([]components.Message, len(e.List))
	for i, m := range e.List {
		out[i] = components.Message{Field: m.Field, Text: m.Text}
	}
	return out
}

func lines(changes []form.Change) []components.Line {
	out := make([]components.Line, len(changes))
	for i, c := range changes {
		out[i] = components.Line{Field: c.Field, Have: c.Have, Will: c.Will, Kept: c.Kept}
	}
	return out
}

// field is a control of a form with its message.
func field(e form.Errors, name, label, value, help string) components.Field {
	return components.Field{Name: name, Label: label, Value: value, Help: help, Error: e.Of(name)}
}

func outcomeKind(outcome string) string {
	switch outcome {
	case db.OutcomeDone:
		return components.Done
	case db.OutcomeFailed:
		return components.Fail
	}
	return components.Ask
}

func outcomeWord(outcome string) string {
	switch outcome {
	case db.OutcomeDone:
		return "Done"
	case db.OutcomeFailed:
		return "Failed"
	}
	return "Unknown"
}

// The badges of the long lists, drawn once.
var (
	badgeDone     = components.Badge(components.Done, "Done")
	badgeFailed   = components.Badge(components.Fail, "Failed")
	badgeUnknown  = components.Badge(components.Ask, "Unknown")
	badgeEnabled  = components.Badge(components.Done, "Enabled")
	badgeDisabled = components.Badge(components.Plain, "Disabled")
	badgeDefault  = components.Badge(components.Done, "Default")
)

func phaseKind(phase string) string {
	switch phase {
	case db.PhaseFailed:
		return components.Fail
	case db.PhaseDone, db.PhaseSettled:
		return components.Done
	}
	return components.Plain
}

// phaseWord is what a row of an operation stands for.
func phaseWord(phase string) string {
	switch phase {
	case db.PhaseIntent:
		return "Intent"
	case db.PhaseDone:
		return "Done"
	case db.PhaseFailed:
		return "Failed"
	case db.PhaseSettled:
		return "Settled"
	}
	return "Note"
}

// phaseHelp says in a sentence what that row proves.
func phaseHelp(phase string) string {
	switch phase {
	case db.PhaseIntent:
		return "Written down before the API was called."
	case db.PhaseDone:
		return "The API did it."
	case db.PhaseFailed:
		return "It was not done."
	case db.PhaseSettled:
		return "No answer had come, so the API was asked afterwards."
	}
	return "Happened in one step."
}

func regionName(region string) string {
	switch region {
	case "in":
		return "India"
	case "us":
		return "United States"
	case "eu":
		return "Europe"
	case "auto":
		return "automatic"
	}
	return region
}

// regionsInWords names the regions of a chart.
func regionsInWords(regions []Count) []Count {
	out := slices.Clone(regions)
	for i := range out {
		out[i].Label = cmp.Or(regionName(out[i].Label), "not told")
	}
	return out
}

func recordingName(recording string) string {
	switch recording {
	case "inherit":
		return "as the template"
	}
	return recording
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func templateName(list []db.TemplateRef, id string) string {
	for _, t := range list {
		if t.ID == id && t.Name != "" {
			return t.Name
		}
	}
	return id
}

// days lays sparse counts out on n days from the first one on.
func days(counts []db.DayCount, now, from time.Time, n int) []components.Day {
	out := make([]components.Day, n)
	at := make(map[string]int, n)
	for i := range out {
		out[i].Label = components.DayLabel(now, from, i)
		at[from.UTC().AddDate(0, 0, i).Format(time.DateOnly)] = i
	}
	for _, c := range counts {
		i, ok := at[c.Day]
		if !ok {
			continue
		}
		addCount(&out[i], c)
	}
	return out
}

func barsOf(counts []Count) []components.Bar {
	out := make([]components.Bar, len(counts))
	for i, c := range counts {
		out[i] = components.Bar{Label: c.Label, Count: c.Count}
	}
	return out
}

// capped writes a count that is known up to a limit: "1,000+".
func capped(n int, more bool) string {
	if more {
		return components.Number(n) + "+"
	}
	return components.Number(n)
}

// historyCap is how many operations are counted by outcome: the newest that match.
const historyCap = 1000

// countsOf says what was counted.
func countsOf(counts map[string]int) string {
	n := 0
	for _, count := range counts {
		n += count
	}
	if n < historyCap {
		return components.Number(n) + " in all:"
	}
	return capped(historyCap, true) + " in all. Of the newest " + components.Number(historyCap) + ":"
}

// sizeWords is a room's size for people; 0 means that none was set.
func sizeWords(size int) string {
	if size == 0 {
		return "not set"
	}
	return components.Plural(size, "person", "people")
}

// durationWords is a length in seconds for people: "1 h 30 min"; 0 means that none was set.
func durationWords(seconds int) string {
	if seconds <= 0 {
		return "not set"
	}
	return form.DurationWords(seconds)
}

// browser is a user agent cut to what tells browsers apart: its last product, e.g. "Firefox/145.0".
func browser(agent string) string {
	for _, name := range []string{"Edg/", "OPR/", "Firefox/", "Chrome/", "Version/"} {
		_, after, found := strings.Cut(agent, name)
		if !found {
			continue
		}
		version, _, _ := strings.Cut(after, ".")
		return browserName(name) + " " + version + platform(agent)
	}
	if agent == "" {
		return "unknown browser"
	}
	return agent
}

func browserName(token string) string {
	switch token {
	case "Edg/":
		return "Edge"
	case "OPR/":
		return "Opera"
	case "Version/":
		return "Safari"
	}
	return strings.TrimSuffix(token, "/")
}

func platform(agent string) string {
	for _, p := range []struct{ token, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, p.token) {
			return " on " + p.name
		}
	}
	return ""
}

// shortMark shortens the mark of a secret in a text to what tells two apart at a glance; history has it whole.
func shortMark(text string) string {
	const mark, shown = "hmac-sha256:", 8
	before, digits, found := strings.Cut(text, mark)
	if !found || len(digits) <= shown {
		return text
	}
	return before + mark + digits[:shown] + "…"
}

func passwordHelp(d PersonData) string {
	if d.Self {
		return "Leave it blank to keep the one you have."
	}
	return "Leave it blank to keep the one they have."
}

func passwordNote(d PersonData) string {
	if d.Self {
		return "At least 12 characters. A new password ends your other sessions."
	}
	return "At least 12 characters. A new password ends their sessions."
}

// afterPerson is where somebody goes who changes nothing.
func afterPerson(d PersonData) templ.SafeURL {
	if d.Page.CanAdmin {
		return "/settings/people"
	}
	return "/settings/sessions"
}
