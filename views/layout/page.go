// Package layout is the shell around every page: head, rail, strip, flash. It knows no screen.
package layout

import "time"

// Page is what the shell needs to know about the page inside it and the person in front of it.
type Page struct {
	Title      string // without the product's name; "Error: " is put before it by the layout when Problem is set
	Problem    bool   // the page shows a problem summary
	Section    string // which entry of the rail is current: overview, rooms, templates, history, settings, help (a tool of its own), or ""
	Path       string // the page's own path and query, to come back to after switching the theme
	Theme      string // light, dark or "" (as the system says)
	User       *User  // nil: nobody is signed in; the rail is not drawn
	Workspace  string // its name
	Sandbox    bool
	Flash      *Flash // told once, after a redirect
	Seal       Seal
	Outage     *Outage // nil: 100ms is there
	Now        time.Time
	CanHistory bool // may read history
	CanChange  bool // may change rooms
	CanAdmin   bool // may manage people
}

// User is who is signed in.
type User struct {
	ID    string // for the link to their own account: /settings/people/{id}
	Email string
	Role  string
}

// Flash is one message after a redirect. Kind is done, fail or ask.
type Flash struct {
	Kind string
	Text string
	Link string // e.g. the operation in history; may be empty
	Word string // the link's words
}

// Outage says that calls to 100ms are held back: because it doesn't answer (Down), or because it asked for fewer.
type Outage struct {
	Down    bool
	Since   time.Time
	Next    time.Time // when the next call goes out; it may be in the past: any moment
	Problem string    // what the last failure was, in a few words; may be empty
}

// Seal is the newest history row, shown at the foot of the rail. Seq 0: history is empty or hidden from this person.
type Seal struct {
	Seq  int64
	Time time.Time
	By   string
}
