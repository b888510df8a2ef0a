package db

import (
	"time"
)

// Phases of a history row.
const (
	PhaseIntent  = "intent"  // durable before the API is called
	PhaseDone    = "done"    // the API did it
	PhaseFailed  = "failed"  // the API refused, or it certainly was not done
	PhaseSettled = "settled" // closes an open intent after looking
	PhaseNote    = "note"    // something that happened in one step: a sign-in, an export
)

// Outcomes of an operation.
const (
	OutcomeDone    = "done"
	OutcomeFailed  = "failed"
	OutcomeUnknown = "unknown" // an intent without an outcome
)

// Row is one row of history. Request, Response, Before and After are redacted JSON or empty.
type Row struct {
	Seq        int64
	Time       time.Time // UTC, milliseconds
	Workspace  string
	Operation  string // ties intent and outcome
	Batch      string
	ActorID    string
	ActorName  string
	ActorKind  string // user, cli, run, system
	IP         string
	UserAgent  string
	RequestID  string
	Action     string // object.verb
	Phase      string
	TargetKind string // room, code, user, session
	TargetID   string
	TargetName string
	Reason     string
	Request    string
	Response   string
	Before     string
	After      string
	APIMethod  string
	APIPath    string
	APIStatus  int
	LatencyMS  int64
	Attempts   int
	Error      string
}

// Operation is one change as the history page shows it: derived from its history rows.
type Operation struct {
	Seq        int64 // of its first row; the page's key
	LastSeq    int64
	ID         string
	Workspace  string
	Time       time.Time
	ActorID    string
	ActorName  string
	ActorKind  string
	IP         string
	Action     string
	TargetKind string
	TargetID   string
	TargetName string
	Outcome    string
	LatencyMS  int64
	Error      string // why it failed, or a remark such as "may have overwritten"
}

// OperationQuery filters operations; the zero value asks for the newest of all.
type OperationQuery struct {
	Workspace  string // "" all
	Q          string // words, each a part of target, actor or action: see Words
	Actor      string // exact actor name or, where no actor has that name, id
	Action     string // exact, or all of an object: "room." or "room.*"
	Outcome    string
	TargetKind string
	Target     string    // exact id, or exact name in any case
	From, To   time.Time // From inclusive, To exclusive; zero: open
	BeforeSeq  int64     // older than this one (0: from the newest)
	AfterSeq   int64     // newer than this one, for the page before
	Limit      int       // 1-200; 0: 50
}

// Room is a room of the read model: what we last knew of it. Data is the redacted JSON of the whole object; lists of many
// rooms leave it empty.
type Room struct {
	Workspace          string
	ID                 string
	Name               string
	Enabled            bool
	Description        string
	TemplateID         string
	TemplateName       string
	Region             string
	Size               int
	LargeRoom          bool
	MaxDurationSeconds int
	Recording          string // inherit, off, on
	Data               string
	CreatedAt          time.Time // by the API's clock
	UpdatedAt          time.Time
	SeenAt             time.Time // when we last read it
	Creator            string    // name of the actor who made it through us; "" when made elsewhere
	Operation          string    // the operation that made it; "" when made elsewhere
}

// RoomQuery filters the rooms of one workspace.
type RoomQuery struct {
	Workspace     string
	Q             string // part of name, description or id
	Enabled       *bool
	TemplateID    string
	Region        string
	Recording     string
	Creator       string
	After, Before time.Time // of CreatedAt, inclusive; rooms whose CreatedAt is unknown are in no span
	Sort          string    // created, -created (default), name, -name
	Cursor        string    // opaque, from RoomPage
	Limit         int       // 1-200; 0: 50

	among string // numbers of the rooms in question, as JSON; empty: all
}

// RoomPage is one page of rooms. Newer and Older are cursors, empty at the ends. Total is exact up to RoomCountCap.
type RoomPage struct {
	Rooms  []Room
	Newer  string
	Older  string
	Total  int
	Capped bool // there are more than Total
}

// Workspace is one 100ms account, known by API URL and access key; the sandbox is one too.
type Workspace struct {
	ID      string
	Name    string
	APIURL  string
	Sandbox bool
}

// Roles of a user, each holding the rights of those before it.
const (
	RoleViewer   = "viewer"
	RoleAuditor  = "auditor"
	RoleOperator = "operator"
	RoleAdmin    = "admin"
)

// User is a person who may sign in.
type User struct {
	ID        string
	Email     string // lower case, unique
	Role      string
	Disabled  bool
	CreatedAt time.Time
	UpdatedAt time.Time
	SeenAt    time.Time // zero: never signed in
}

// Session is one signed-in browser. ID is the SHA-256 of what its cookie holds, in hex.
type Session struct {
	ID        string
	UserID    string
	Email     string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // absolute end
	IP        string
	UserAgent string
}

// DayCount is how many operations of one outcome a day had.
type DayCount struct {
	Day     string // 2026-11-22, UTC
	Outcome string
	Count   int
}

// TemplateRef is a template that rooms of the index use.
type TemplateRef struct {
	ID   string
	Name string
}
