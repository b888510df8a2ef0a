package pages

import (
	"time"

	"roomledger/db"
	"roomledger/views/layout"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// TemplatesData is for Templates: the list.
type TemplatesData struct {
	Page      layout.Page
	Filter    *form.TemplatesFilter // its errors are shown above the list
	List      db.TemplatePage
	IndexedAt time.Time
	Behind    bool // the last comparison with the API failed
}

// TemplateData is for TemplatePage: one template. It is drawn from the read model; Live says that the API was asked.
type TemplateData struct {
	Page      layout.Page
	Template  db.Template // redacted
	Live      bool
	LiveError string
	LivePath  string
	Drift     []blueprint.Change // what the API showed otherwise than the read model, when it was asked
	Noted     bool               // the drift is on record
	Content   TemplateContent
	Rooms     []db.Room         // the newest of those that use it
	Versions  []TemplateVersion // the newest, without what changed
	History   []db.Operation
	Happened  int // operations on this template, counted up to 1,000
	Unsent    *UnsentRecordings
}

// UnsentRecordings is the recording configuration that a change of a template was to send by a second call, and didn't.
type UnsentRecordings struct {
	Template  string // id
	Operation string // the change
	Content   string // redacted JSON
	Missing   bool   // the template isn't known to have it by now
}

// TemplateContent is what a template holds, in words.
type TemplateContent struct {
	Matrix    blueprint.Matrix
	Sections  []blueprint.Section
	JSON      string // all of it, redacted; "" while nobody has asked for that, or where nothing is known
	WholePath string // leads to the page with all of it
	Broken    bool   // it isn't what this program writes
}

// TemplateVersionsData is for TemplateVersions: every state that a template has had.
type TemplateVersionsData struct {
	Page     layout.Page
	Template db.Template
	List     []TemplateVersion // newest first
	Newest   string            // URL of the first page, "" on it
	Older    string            // URL of the next page, "" at the end
}

// TemplateVersion is a version and what changed with it.
type TemplateVersion struct {
	db.TemplateVersion
	First   bool     // nothing is on record before it
	Changed []string // labels of what changed
}

// TemplateVersionData is for TemplateVersionPage: one version, and its difference to another.
type TemplateVersionData struct {
	Page       layout.Page
	Template   db.Template
	Version    TemplateVersion
	Content    TemplateContent
	Older      int // numbers of the neighbours; 0: there is none
	Newer      int
	With       *db.TemplateVersion // what it is compared with; nil: there is nothing to compare with
	Typed      string              // the number that was asked for, as typed
	Changes    []blueprint.Change  // from the earlier of the two to the later
	CanRestore bool
	Errors     form.Errors // field with
}

// TemplateCompareData is for TemplateCompare: two templates side by side.
type TemplateCompareData struct {
	Page    layout.Page
	A, B    string // ids, as typed
	List    []db.TemplateRef
	First   *db.Template // nil: not chosen, or not known
	Second  *db.Template
	Changes []blueprint.Change
	Matrix  blueprint.Matrix
	Broken  bool
	Errors  form.Errors // fields a, b
}

// TemplateMatrixData is for TemplateMatrix: what each role may, to be printed.
type TemplateMatrixData struct {
	Page     layout.Page
	Template db.Template
	Content  TemplateContent
}
