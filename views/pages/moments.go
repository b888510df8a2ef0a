package pages

import (
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/views/layout"
	"roomledger/web/form"
)

// MomentsData is for Moments and MomentAt: the states of a room or template.
type MomentsData struct {
	Page  layout.Page
	Kind  string // room, template
	ID    string
	Name  string
	Path  string // of its pages
	Form  *form.Moment
	List  []Moment // newest first
	Older string   // URL of the next page, "" at the end
	At    *MomentState
}

// Moment is when a state began, and how.
type Moment struct {
	Time      time.Time
	Operation string
	Action    string
	Actor     string
	ActorKind string
	Reason    string
	Seen      bool     // found to be so: made elsewhere
	First     bool     // nothing is on record before it
	Fields    []string // that changed with it, by path in the API's JSON
}

// MomentState is how a room or template was at a moment.
type MomentState struct {
	Asked      time.Time
	State      *Moment   // since when, and how it came about; nil when nothing is on record by then
	Later      *Moment   // what came next; nil when it still holds
	Content    string    // redacted JSON
	Room       *RoomData // of a room
	Template   *Template // of a template
	Made       time.Time // by the API's clock; zero: not known
	With       time.Time // the other moment; zero: now
	Compared   bool      // with the other moment, or with now
	Swapped    bool      // the other moment is the earlier one
	Changes    []form.Change
	Apology    string    // why the API couldn't be asked how it is now
	LastKnown  time.Time // when it wasn't: as of when it is compared
	CanRestore bool
}

// RestoreData is for Restore: the page before a room or template is brought back to an earlier state.
type RestoreData struct {
	Page    layout.Page
	Form    *form.Restore
	Kind    string
	Name    string
	Path    string
	At      time.Time
	Since   time.Time // when that state began
	Changes []form.Change
	Nothing bool // nothing is to be brought back
	Left    []RestoreLeft
	Secrets []RestoreSecret // to be typed
	Unsure  []string        // secrets that can't be compared
}

// RestoreLeft is what can't be brought back, and why.
type RestoreLeft struct{ Field, Why string }

// RestoreSecret is an input for a secret.
type RestoreSecret struct {
	Name, Label string
	Rest        string // of an address: what stands before the secret
	Optional    bool
}

// exactly is a moment as the addresses of these pages have it.
func exactly(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

func momentsURL(d MomentsData) templ.SafeURL { return templ.SafeURL(d.Path + "/moments") }

func momentURL(path string, at time.Time) templ.SafeURL {
	return templ.SafeURL(path + "/moments?at=" + url.QueryEscape(exactly(at)))
}

func restoreURL(d MomentsData) templ.SafeURL {
	return templ.SafeURL(d.Path + "/restore?at=" + url.QueryEscape(exactly(d.At.Asked)))
}

// momentsTab is the tab of a template that these pages stand under: the list is one, a state of it is below that.
func momentsTab(d MomentsData) string {
	if d.At != nil {
		return "moment"
	}
	return "moments"
}

func templateMomentsURL(id string) templ.SafeURL {
	return templ.SafeURL("/templates/" + url.PathEscape(id) + "/moments")
}

// how says how a state came about.
func (m *Moment) how() string {
	switch {
	case m.First && m.Seen:
		return "first seen"
	case m.Seen:
		return "changed elsewhere"
	}
	return ""
}

// who is who made a state so; nobody knows that of changes made elsewhere.
func (m *Moment) who() string {
	if m.Seen {
		return "not known"
	}
	return actor(m.Actor, m.ActorKind)
}

// fieldsShown is how many fields a line of the list names.
const fieldsShown = 3

func (m *Moment) fields() string {
	if len(m.Fields) <= fieldsShown {
		return strings.Join(m.Fields, ", ")
	}
	return strings.Join(m.Fields[:fieldsShown], ", ") + " and " + components.Number(len(m.Fields)-fieldsShown) + " more"
}

// columns are the heads of a difference: the earlier moment first.
func (d *MomentState) columns() (have, will string) {
	now := "Now"
	switch {
	case !d.LastKnown.IsZero():
		now = "Last known"
	case !d.With.IsZero():
		now = components.Exact(d.With)
	}
	if d.Swapped {
		return now, components.Exact(d.Asked)
	}
	return components.Exact(d.Asked), now
}

// before says whether the room or template wasn't there yet.
func (d *MomentState) before() bool {
	return d.State == nil && !d.Made.IsZero() && d.Asked.Before(d.Made)
}

func secretInput(d RestoreData, s RestoreSecret) components.Field {
	help := "It is sent to 100ms and kept nowhere here. What it was then, or what has replaced it since."
	switch {
	case s.Rest != "":
		help = "What follows " + s.Rest + ". " + help
	case s.Optional:
		help = "History doesn't tell whether it had one. Left blank, it has none afterwards."
	}
	f := field(d.Form.Errors, s.Name, s.Label, "", help)
	f.Type = "password"
	f.Attrs = templ.Attributes{"autocomplete": "off", "spellcheck": "false"}
	return f
}

func momentField(d MomentsData, name, label, value string) components.Field {
	return dateField(d.Form.Errors, name, label, value)
}

// onDay is a moment in a sentence. The last of a day stands for the day.
func onDay(t time.Time) string {
	if t.Add(time.Millisecond).UTC().Truncate(24 * time.Hour).Equal(t.Add(time.Millisecond)) {
		return "at the end of " + t.UTC().Format(time.DateOnly)
	}
	return "at " + components.Exact(t)
}

// markLines are the lines of a difference with marks as short as they tell apart.
func markLines(changes []form.Change) []components.Line {
	out := lines(changes)
	for i := range out {
		out[i].Have, out[i].Will = shortMark(out[i].Have), shortMark(out[i].Will)
	}
	return out
}

// newestMoments leads back to the first page; "" on it.
func newestMoments(d MomentsData) string {
	if d.Form.Cursor == "" {
		return ""
	}
	return d.Path + "/moments"
}
