package pages

import (
	"maps"
	"slices"
	"strings"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/form"
	"roomledger/web/hms"
)

func templateRoles(t *Template) string {
	if t == nil || len(t.Roles) == 0 {
		return ""
	}
	return "roles: " + strings.Join(t.Roles, ", ")
}

func regionSource(d RoomData) string {
	switch {
	case d.Template == nil || d.Room.Region == "":
		return ""
	case d.Room.Region == "auto":
		return "the template's: " + orUnknown(regionName(d.Template.Region))
	case d.Room.Region == d.Template.Region:
		return "the same as the template's"
	}
	return "this room's own; the template says " + orUnknown(regionName(d.Template.Region))
}

func largeNote(large bool) string {
	if large {
		return "large room: up to 20,000 people, 200 of them publishing"
	}
	return ""
}

func durationNote(seconds int) string {
	if seconds <= 0 {
		return "12 h is the most"
	}
	return components.Number(seconds) + " s"
}

func recordingNow(d RoomData) string {
	if d.Room.Recording != "inherit" {
		return orUnknown(d.Room.Recording)
	}
	if d.Template == nil {
		return "as the template"
	}
	return onOff(d.Template.Recording)
}

func recordingSource(d RoomData) string {
	switch d.Room.Recording {
	case "inherit":
		return "from the template; its changes reach this room"
	case "on", "off":
		return "this room's own; changes of the template don't reach it"
	}
	return ""
}

// bucketURL writes a bucket as people name it: s3://bucket/prefix.
func bucketURL(u *hms.UploadInfo) string {
	s := u.Type + "://" + u.Location
	if u.Prefix != "" {
		s += "/" + strings.TrimPrefix(u.Prefix, "/")
	}
	return s
}

func headersOf(w *hms.Webhook) []form.Header {
	out := make([]form.Header, 0, len(w.Headers))
	for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
		out = append(out, form.Header{Name: name, Value: w.Headers[name]})
	}
	return out
}

func madeSource(r db.Room) string {
	if r.Creator == "" {
		return "elsewhere, not from here"
	}
	return ""
}
