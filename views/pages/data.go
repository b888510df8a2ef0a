// Package pages has one templ file per screen. Pages draw what handlers decided; they never see a request, a session
// or a handle of the database or the API.
package pages

import (
	"time"

	"roomledger/db"
	"roomledger/views/layout"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// SignInData is for SignIn. Email comes back as typed, the password never.
type SignInData struct {
	Page   layout.Page
	Email  string
	Next   string
	Errors form.Errors // fields email, password
}

// SetUpData is for SetUp: the first admin. Without a Token the page says where to find the link.
type SetUpData struct {
	Page   layout.Page
	Token  string
	Email  string
	Errors form.Errors // fields email, password
}

// HelpData is for Help.
type HelpData struct {
	Page   layout.Page
	Rights []Right // the weakest role first
}

// Right is what a role may do besides what the roles before it may.
type Right struct {
	Role string // as in db
	May  []string
}

// HelpAPIData is for HelpAPI: what of the vendor's API is covered.
type HelpAPIData struct {
	Page       layout.Page
	Groups     []*APIGroup
	Operations int // of the client
	Readings   []Reading
}

// APIGroup is the calls of one resource.
type APIGroup struct {
	ID    string // the first part of their paths, e.g. room-codes
	Calls []*APICall
}

// APICall is one call of the vendor's API and where it is used.
type APICall struct {
	Method     string
	Path       string
	Operations []string // of the client; none: only the sandbox knows it
	Sandbox    bool     // the built-in sandbox answers it
	Screens    []Screen // none: not on a screen yet
}

// Screen is a screen that needs a call.
type Screen struct {
	Words string
	URL   string // "" when this person may not open it
}

// Reading is what the sandbox does where the vendor's documents are unclear, and what it does with the reading of this name.
type Reading struct {
	Name  string
	Usual string
	Other string
}

// OverviewData is for Overview.
type OverviewData struct {
	Page       layout.Page
	Rooms      int // in the index, of this workspace
	Disabled   int
	Days       []db.DayCount // room.create by day and outcome, last 30 days, oldest first
	From       time.Time     // first day of the chart
	Regions    []Count
	Latency    []Count // API latency by bucket (label "under 100 ms"...), last operations
	Recent     []db.Operation
	Open       []db.Operation // outcome unknown: open problems
	Failed     []db.Operation // failed in the last 7 days
	IndexedAt  time.Time      // when the index was last compared with the API; zero: never
	IndexError string         // why the last comparison failed, in words for a person
	Seal       string         // what is wrong with the checkpoints that are kept elsewhere, in words for a person
}

// Count is one labelled figure of a chart.
type Count struct {
	Label string
	Count int
}

// RoomsData is for Rooms.
type RoomsData struct {
	Page      layout.Page
	Filter    *form.RoomsFilter // its errors are shown above the list
	List      db.RoomPage
	Templates []db.TemplateRef // to choose from in the filter
	Creators  []string
	IndexedAt time.Time
	IndexErr  string
}

// RoomFormData is for RoomNew: the form, also after 422 and 409.
type RoomFormData struct {
	Page      layout.Page
	Form      *form.Room
	Templates []Template // to choose from; empty when the API did not answer
	Apology   string     // e.g. the templates could not be read, and why
	Preview   form.Preview
	ShowCurl  bool
	NameState NameState
	From      string        // name of the room this copies, or ""
	Secrets   bool          // secrets were typed and have to be typed again
	Existing  *ExistingRoom // set on 409: the room with this name
	Operation string        // URL of the operation that this form began and that is not known to be done; may be empty
}

// NameState is the answer to "may this name be used", computed without calling the API.
type NameState struct {
	State      string // "", free, taken, bad
	RoomID     string // of the room that has it, when taken
	Suggestion string // a name that would be allowed, when bad
}

// ExistingRoom is the room that a create would overwrite, with the difference field by field.
type ExistingRoom struct {
	ID      string
	Name    string
	Enabled bool
	Created time.Time
	Changes []form.Change
	Other   bool // the agreed id was another room's: the world changed since
}

// Template is a template as the forms show it.
type Template struct {
	ID        string
	Name      string
	Roles     []string
	Region    string
	Recording bool // inherits "on"
	Bucket    string
	Rooms     int
	Default   bool
}

// RoomData is for Room: one room. Live is set when the API was asked.
type RoomData struct {
	Page      layout.Page
	Room      db.Room   // from the index (redacted)
	Live      *hms.Room // secrets already replaced; nil when not asked
	LiveError string
	LivePath  string
	Template  *Template // nil when unknown
	Codes     []hms.RoomCode
	CodesErr  string
	History   []db.Operation
	Happened  int             // operations on this room, counted up to 1,000
	Webhook   *hms.Webhook    // header values replaced by marks
	Upload    *hms.UploadInfo // credentials replaced by marks
	Polls     []string
}

// HistoryData is for History.
type HistoryData struct {
	Page       layout.Page
	Filter     *form.HistoryFilter // its errors are shown above the list
	Operations []db.Operation
	Newer      string // query strings of the neighbouring pages, "" at the ends
	Older      string
	Actors     []string
	Actions    []string
	Kinds      []string
	Counts     map[string]int // by outcome, for the filter, capped at 1,000
	Timeline   Timeline
	Total      int64      // rows in the record
	Search     SearchFeed // how far the search has read
	Workspace  string     // the current one's id: others are marked
	Moments    string     // URL of the earlier states of the target that is asked for; "" when it has none
}

// Timeline is how many operations each day had, for the filter of the history.
type Timeline struct {
	From, To time.Time // first and last day, UTC
	Days     []db.DayCount
	Capped   bool   // only the newest 20,000 that match are counted
	Drawn    *Drawn // keeps what is drawn of it; nil: nobody will ask again
}

// SearchFeed is up to which row of the record the search knows it. Where there is much to come, the page says so.
type SearchFeed struct {
	Fed, Head int64
}

// OperationData is for Operation: one change with all its rows.
type OperationData struct {
	Page       layout.Page
	Operation  db.Operation
	Rows       []db.Row
	Changes    []form.Change // before against after, when both are known
	Unreadable bool          // the states before and after aren't what this program writes
	Curl       string        // the request as a command, secrets as $PLACEHOLDERS; "" when there was none
	Before     *db.Operation // on the same target; nil when there is none
	After      *db.Operation
	Room       bool      // the target is a room of this workspace: link to it
	Template   bool      // the target is a template of this workspace: link to it
	Actor      bool      // who did it is a person of this desk whose page may be seen: link to it
	Person     bool      // the target is such a person
	CanLook    bool      // offer to ask 100ms again what became of it
	Why        string    // why it isn't known yet, from the last look; may be empty
	LookedAt   time.Time // of the last look
	Moments    string    // URL of the target's earlier states; "" when it has none
	Unsent     *UnsentRecordings
}

// PeopleData is for People: the list and the form to add one.
type PeopleData struct {
	Page   layout.Page
	Users  []db.User
	Email  string
	Role   string
	Errors form.Errors // fields email, role, password
}

// PersonData is for Person: change role, password, disabled.
type PersonData struct {
	Page     layout.Page
	User     db.User // as it is
	Role     string  // as typed
	Disabled bool    // as typed
	Self     bool
	Sessions int
	History  []db.Operation // what they did lately, for those who may read history
	Did      int            // operations of theirs, counted up to 1,000
	Reason   string         // as typed
	Errors   form.Errors    // fields role, password, reason
}

// SessionsData is for Sessions.
type SessionsData struct {
	Page     layout.Page
	Sessions []db.Session
	Current  string // id of this one
	All      bool   // an admin sees everybody's
}

// PoliciesData is for Policies.
type PoliciesData struct {
	Page   layout.Page
	Now    db.Policies    // as they are
	Form   *form.Policies // as typed
	Kept   db.Kept
	Agree  int // days to agree to, because older history would be removed for good; 0: nothing to agree to
	Doomed int // operations that would be removed
}

// ConfirmData is for Confirm: the page before something with consequences.
type ConfirmData struct {
	Page      layout.Page
	Heading   string
	Sentence  string // the consequence, naming the thing, and the way back
	Action    string // URL that is posted to
	Button    string
	Danger    bool
	Cancel    string       // URL to go back to
	FormToken string       // "" when the change doesn't call the API
	Reason    bool         // offer an optional "why"
	Why       string       // as typed
	Errors    form.Errors  // field reason
	Problem   *ProblemData // why the change wasn't made, or isn't known to be; its Page and Status are not used
}

// ProblemData is for Problem: an error as a page.
type ProblemData struct {
	Page      layout.Page
	Status    int
	What      string // what happened
	Why       string
	Do        string // what to do
	Link      string // e.g. the operation in history
	Word      string
	RequestID string
}

// VerificationData is for Verification: what of history is signed, what was found last, and how to check it.
type VerificationData struct {
	Page        layout.Page
	Rows        int64         // of history
	Newest      db.Checkpoint // Size is 0 where there is none
	Checkpoints []db.Checkpoint
	Below       bool   // the list doesn't begin with the newest
	Older       string // query string of the next page of the list; "" at its end
	Key         string // the public one
	Last        *Verified
	Altered     string // what a checkpoint kept in a file elsewhere tells against history
	Witnesses   []Witness
	Checkpoint  string // as typed
	Errors      form.Errors
}

// Verified is a verification as history has it.
type Verified struct {
	Operation db.Operation
	Found     struct { // the names are those of the row
		Rows        int64
		Root        string
		Checkpoints int
		Signed      int64
		Kept        int
		Faults      []struct {
			Seq, Upto int64
			Text      string
		}
	}
	Faults []Fault
}

// Fault is one thing that a verification found wrong. Operation is that of the row; "" where there is none to see.
type Fault struct {
	Text      string
	Operation string
}

// Witness is a place that keeps checkpoints besides the database.
type Witness struct {
	Name    string
	Size    int64 // of the last checkpoint that it took; 0: none since the start
	Time    time.Time
	Problem string // why it didn't take the newest
}
