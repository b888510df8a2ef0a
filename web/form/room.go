package form

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// Limits of a room. Those that the API does not publish are our own and marked so.
const (
	MaxNameBytes        = 256   // ours: the API names no limit
	MaxDescription      = 5000  // characters; ours
	MaxSize             = 2500  // people in a standard room
	MaxLargeSize        = 20000 // people in a large room
	MaxPolls            = 100   // ours
	MaxPrefixBytes      = 512   // ours
	MaxURLBytes         = 2048  // ours
	MaxHeaders          = 50    // ours
	MaxHeaderValueBytes = 4096  // ours
)

// What the radio buttons recording and storage send.
const (
	RecordingInherit = "inherit" // the room follows its template
	RecordingOff     = "off"
	RecordingOn      = "on"
	StorageVendor    = "vendor" // kept by 100ms for 15 days
	StorageOwn       = "own"    // a bucket of one's own
)

// Header is one typed row of webhook headers.
type Header struct {
	Name  string
	Value string // secret: never written back to a page
}

// blank says whether nothing was typed into the row.
func (h Header) blank() bool {
	return strings.TrimSpace(h.Name) == "" && strings.TrimSpace(h.Value) == ""
}

// Room is the form of a room, as typed. Blanks around a value don't count; Params has it without them.
type Room struct {
	Name               string
	Description        string
	TemplateID         string
	Region             string // "", auto, in, us, eu
	LargeRoom          bool
	LargeRoomValue     string // what the checkbox sent: "on", or "" when it was off
	Size               string
	MaxDurationSeconds string // 5400, 90m, 1h30m
	Polls              string
	Recording          string // inherit, off, on
	Storage            string // vendor, own
	UploadType         string
	UploadLocation     string
	UploadPrefix       string
	UploadRegion       string
	UploadKey          string // secret
	UploadSecret       string // secret
	WebhookURL         string // its query is secret
	Headers            []Header
	Reason             string // why; asked for where a room is overwritten
	Overwrite          string
	FormToken          string

	Repeated []string // names of single-valued fields that were sent more than once; the first value is kept
	Errors   Errors
}

// Change is one line of the difference between a room as it is and what a form would make of it.
type Change struct {
	Field string // path in the API's JSON, e.g. recording_info.enabled
	Have  string // as it is; secrets as "•••• (kept hidden)"
	Will  string // as it will be
	Kept  bool   // the form doesn't mention it, so it stays
}

// roomFields are the fields in the order of the page.
var roomFields = []string{
	"name", "description", "template_id", "region", "large_room", "size", "max_duration_seconds", "recording", "storage",
	"upload_info.type", "upload_info.location", "upload_info.prefix", "upload_info.options.region",
	"upload_info.credentials.key", "upload_info.credentials.secret", "webhook.url", "webhook.header_name",
	"webhook.header_value", "polls", "reason", "overwrite", "form_token",
}

// inputs lists the single-valued fields.
func (f *Room) inputs() []input {
	return []input{
		{"name", &f.Name},
		{"description", &f.Description},
		{"template_id", &f.TemplateID},
		{"region", &f.Region},
		{"large_room", &f.LargeRoomValue},
		{"size", &f.Size},
		{"max_duration_seconds", &f.MaxDurationSeconds},
		{"recording", &f.Recording},
		{"storage", &f.Storage},
		{"upload_info.type", &f.UploadType},
		{"upload_info.location", &f.UploadLocation},
		{"upload_info.prefix", &f.UploadPrefix},
		{"upload_info.options.region", &f.UploadRegion},
		{"upload_info.credentials.key", &f.UploadKey},
		{"upload_info.credentials.secret", &f.UploadSecret},
		{"webhook.url", &f.WebhookURL},
		{"polls", &f.Polls},
		{"reason", &f.Reason},
		{"overwrite", &f.Overwrite},
		{"form_token", &f.FormToken},
	}
}

// ParseRoom reads what was typed. It keeps header rows as they are, with at least one to type into, and chooses
// inherit and vendor where recording and storage are missing.
func ParseRoom(values url.Values) *Room {
	f := &Room{}
	f.Repeated = readInputs(values, f.inputs())
	f.LargeRoom = f.LargeRoomValue == "on"
	f.Description = unixLines(f.Description)
	f.Polls = unixLines(f.Polls)
	f.Reason = cleanReason(f.Reason)
	f.Recording, f.Storage = f.recording(), f.storage()
	f.Headers = pairHeaders(values["webhook.header_name"], values["webhook.header_value"])
	return f
}

// pairHeaders makes rows of names and values in order; where one list is shorter the row is half blank.
func pairHeaders(names, values []string) []Header {
	rows := make([]Header, max(len(names), len(values), 1))
	for i, name := range names {
		rows[i].Name = name
	}
	for i, value := range values {
		rows[i].Value = value
	}
	return rows
}

func (f *Room) recording() string { return cmp.Or(f.Recording, RecordingInherit) }

func (f *Room) storage() string { return cmp.Or(f.Storage, StorageVendor) }

// stores says whether the choice of storage matters: only a recorded room has something to store.
func (f *Room) stores() bool { return f.recording() == RecordingOn }

// ownBucket says whether the fields of the own bucket matter.
func (f *Room) ownBucket() bool { return f.stores() && f.storage() == StorageOwn }

// relevant says whether a field counts, or belongs to a section that another choice makes irrelevant.
func (f *Room) relevant(field string) bool {
	switch {
	case field == "storage":
		return f.stores()
	case strings.HasPrefix(field, "upload_info."):
		return f.ownBucket()
	default:
		return slices.Contains(roomFields, field)
	}
}

// hasHeaders says whether anything was typed into the header rows.
func (f *Room) hasHeaders() bool {
	return slices.ContainsFunc(f.Headers, func(h Header) bool { return !h.blank() })
}
