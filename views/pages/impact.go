package pages

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/views/layout"
)

// TemplateImpactData is for TemplateImpact: what any change of a template would reach.
type TemplateImpactData struct {
	Page     layout.Page
	Template db.Template
	Role     string // that is asked about; "": none
	Impact   Impact
}

// Impact is for ImpactPanel: what a change of a template reaches, and when.
type Impact struct {
	Template string // id
	Now      time.Time
	Planned  bool // it is about one change, not about any
	Touches  ImpactTouches
	Rooms    ImpactSide // those that use the template
	Capped   bool       // the newest db.TemplateRoomsCap were counted only
	RoomsErr string     // why they couldn't be counted
	Ties     []ImpactTie
	Running  ImpactRunning
	Roles    []ImpactRole // that are renamed, deleted or asked about
	Codes    ImpactCodes  // how far codes were looked through for them
}

// ImpactTouches is what a change is about.
type ImpactTouches struct {
	People    bool // what people get when they join: roles, region, room state, plugins
	Region    bool
	Storage   bool // where recordings go, and the old way to record
	Recording bool // the recording configuration
	Streams   bool // destinations
	Name      bool // the template's own name
}

// ImpactTie is a setting that rooms can have of their own, and how many do.
type ImpactTie struct {
	Kind   TieKind
	Follow ImpactSide // the change reaches them
	Unsure ImpactSide // whether they follow isn't to be seen
	Own    ImpactSide // it doesn't
}

// TieKind says which setting it is.
type TieKind int

// The settings that rooms can have of their own.
const (
	TieRecording TieKind = iota // whether and where to record
	TieRegion
)

// ImpactSide is rooms that a change reaches in the same way.
type ImpactSide struct {
	Count    int
	Parts    []ImpactPart
	Examples []db.RoomRef // the newest few
}

// ImpactPart is those of them that have one value, with the list that shows just these.
type ImpactPart struct {
	Value string // as in the filter of the list; "" where the API doesn't tell it, or where there is one part
	Count int
	URL   string // "" where no list can show them
}

// ImpactRunning is the sessions that run in rooms of the template.
type ImpactRunning struct {
	Sessions int
	People   int
	Examples []ImpactSession
	Unknown  int    // sessions in rooms that the list of rooms doesn't have yet
	Looked   int    // running sessions of the workspace that were looked at
	More     bool   // there are more
	Problem  string // why they weren't all read
}

// ImpactSession is a session that runs.
type ImpactSession struct {
	Room   db.RoomRef
	People int
	Since  time.Time
}

// ImpactRole is a role and what depends on its name.
type ImpactRole struct {
	Was, Now  string // Now is "" when it is deleted, and Was when it is only asked about
	People    int    // who have it in running sessions
	On, Off   int    // enabled and disabled codes
	Rooms     int    // that these are of
	Examples  []db.RoomRef
	Receivers []string // other roles that receive it
	Named     []string // what else names it
	Unread    bool     // the template isn't known, so the last two aren't either
}

// ImpactCodes is how far room codes were looked through.
type ImpactCodes struct {
	Looked  int // rooms
	Left    int // enabled rooms that weren't looked at
	Closed  int // disabled rooms: their codes can't be listed
	Problem string
}

// deleted says whether the role is to go.
func (r ImpactRole) deleted() bool { return r.Now == "" }

// renamed says whether the role gets another name.
func (r ImpactRole) renamed() bool { return r.Now != "" && r.Now != r.Was }

func impactURL(template, role string) templ.SafeURL {
	path := "/templates/" + url.PathEscape(template) + "/impact"
	if role != "" {
		path += "?role=" + url.QueryEscape(role)
	}
	return templ.SafeURL(path)
}

func impactHelp(d Impact) string {
	if d.Planned {
		return "Which rooms and people get this change, and when."
	}
	return "Which rooms and people get a change of this template, and when."
}

// impactCount is a number of rooms, open where there are more than were counted.
func impactCount(d Impact, n int) string {
	if d.Capped {
		return components.Number(n) + "+ rooms"
	}
	return components.Plural(n, "room", "rooms")
}

// tieWords is what a setting is called.
func tieWords(t ImpactTie) string {
	if t.Kind == TieRegion {
		return "Region"
	}
	return "Recording and storage"
}

// tieNote is what has to be known about a setting.
func tieNote(d Impact, t ImpactTie) string {
	switch {
	case t.Kind == TieRecording && d.Touches.Recording && t.Own.Count > 0:
		return "Whether rooms with recording settings of their own still follow the recording configuration isn't documented."
	case t.Kind == TieRecording && t.Own.Count > 0:
		return "Recording settings of a room stand for all of the template's, its bucket too."
	case t.Kind == TieRegion && t.Unsure.Count > 0:
		return "A room that leaves its region open is shown with the template's."
	}
	return ""
}

// partWords is the value that a part of the rooms has.
func partWords(t ImpactTie, p ImpactPart) string {
	if t.Kind == TieRegion {
		return cmp.Or(regionName(p.Value), "not told")
	}
	return recordingName(p.Value)
}

// sideValue is the value that all rooms of a side have, where it is one and says more than the sentence.
func sideValue(t ImpactTie, s ImpactSide) string {
	if len(s.Parts) != 1 || s.Parts[0].Value == "inherit" || s.Parts[0].Value == "auto" {
		return ""
	}
	return "(" + partWords(t, s.Parts[0]) + ") "
}

func exampleWords(s ImpactSide) string {
	if len(s.Examples) == s.Count {
		return "Namely "
	}
	return "Such as "
}

// impactJumps lead from any change to each of the roles.
func impactJumps(d TemplateImpactData) []components.Tab {
	id := d.Template.ID
	list := []components.Tab{{Label: "Any change", URL: string(impactURL(id, "")), Current: d.Role == ""}}
	for _, role := range d.Template.RoleNames {
		list = append(list, components.Tab{Label: "Role " + role, URL: string(impactURL(id, role)), Current: role == d.Role})
	}
	return list
}

// followWords, unsureWords and ownWords go on after a number of rooms.
func followWords(n int) string {
	if n == 1 {
		return "follows the template: a change reaches it"
	}
	return "follow the template: a change reaches them"
}

const unsureWords = "may follow the template or have chosen for themselves: 100ms doesn't tell which"

func ownWords(n int) string {
	if n == 1 {
		return "has its own: a change doesn't reach it"
	}
	return "have their own: a change doesn't reach them"
}

// impactEffects says in plain words when a change takes effect.
func impactEffects(d Impact) []string {
	var out []string
	t := d.Touches
	if t.People {
		out = append(out, "After rejoin: people who are in a room now keep what they joined with. They get the change when they join again, and everybody gets it with the next session.")
	}
	if t.Storage || t.Recording {
		out = append(out, "Recordings: whether one that is running takes a change over isn't documented. Count on it from the next recording on.")
	}
	if t.Streams {
		out = append(out, "Streams and transcripts: whether one that is running takes a change over isn't documented. Count on it from the next start on.")
	}
	if t.Name {
		out = append(out, "The name: rooms know their template by its id, so they go on using it.")
	}
	return out
}

// roleFate is what becomes of a role, as a heading.
func roleFate(r ImpactRole) string {
	switch {
	case r.deleted():
		return "Role " + r.Was + " is deleted"
	case r.renamed():
		return "Role " + r.Was + " becomes " + r.Now
	}
	return "Role " + r.Was
}

// peopleFate says who has the role now.
func peopleFate(d Impact, r ImpactRole) string {
	switch {
	case r.People == 0 && d.Running.Problem == "" && !d.Running.More && d.Running.Unknown == 0:
		return "Nobody has it in a running session."
	case r.People == 0:
		return "Nobody has it in the sessions that were looked at."
	case r.People == 1:
		return "1 person has it in a running session, and keeps it until they join again."
	}
	return components.Number(r.People) + " people have it in running sessions, and keep it until they join again."
}

// codeCount says how many codes stand for the role; what wasn't looked at is told once for all roles.
func codeCount(d Impact, r ImpactRole) string {
	n := r.On + r.Off
	switch {
	case n == 0 && d.Codes.Looked == 0:
		return "Its room codes are not known."
	case n == 0:
		return "No code of the rooms that were looked at is for it."
	}
	enabled := components.Number(r.On) + " of them enabled"
	if r.On == n {
		enabled = wordFor(n, "enabled", "all of them enabled")
	}
	return components.Plural(n, "code", "codes") + " of " + components.Plural(r.Rooms, "room", "rooms") + " " +
		wordFor(n, "is", "are") + " for it, " + enabled + "."
}

// codeFate is what the documentation says of such codes, and what it doesn't.
func codeFate(r ImpactRole) string {
	switch {
	case r.deleted():
		return "What a code does whose role is gone isn't documented. “Make codes” of a room disables such codes, and they can't be enabled again."
	case r.renamed():
		return "Whether codes follow a role to its new name isn't documented. Save, then make the codes of these rooms and try a link."
	}
	return ""
}

// tokenFate reminds of what no API tells us: who else uses the name.
func tokenFate(r ImpactRole) string {
	switch {
	case r.deleted():
		return "Apps of yours that let people join as " + r.Was + " need another role."
	case r.renamed():
		return "Apps of yours that let people join as " + r.Was + " have to use " + r.Now + "."
	}
	return ""
}

// codesLooked says how far codes were looked through.
func codesLooked(d Impact) string {
	c := d.Codes
	said := []string{"The codes of " + components.Plural(c.Looked, "room", "rooms") + " were read"}
	if c.Left > 0 {
		said = append(said, leftWords(d)+" not looked at")
	}
	if c.Closed > 0 {
		said = append(said, "those of "+components.Plural(c.Closed, "disabled room", "disabled rooms")+" can't be listed")
	}
	return strings.Join(said, "; ") + "."
}

// leftWords is how many rooms weren't looked at, open where there are more than were counted.
func leftWords(d Impact) string {
	if d.Capped {
		return components.Number(d.Codes.Left) + " rooms and more were"
	}
	return components.Plural(d.Codes.Left, "room was", "rooms were")
}

func runningWords(r ImpactRunning) string {
	if r.Sessions == 1 {
		return "1 session is running in its rooms, with " + components.Plural(r.People, "person", "people") + " in it."
	}
	return components.Number(r.Sessions) + " sessions are running in its rooms, with " + components.Plural(r.People, "person", "people") + " in them."
}

// runningNone is said where none was found, and no more than that.
func runningNone(r ImpactRunning) string {
	if r.Problem != "" || r.More || r.Unknown > 0 {
		return "No session was found running in its rooms, among those that were looked at."
	}
	return "No session is running in its rooms."
}

func runningUnknown(n int) string {
	return components.Plural(n, "session runs", "sessions run") + " in " + wordFor(n, "a room", "rooms") +
		" that the list of rooms doesn't have yet: whether " + wordFor(n, "it uses", "they use") + " this template isn't known."
}

func wordFor(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
