package form

import (
	"slices"

	"roomledger/web/hms"
)

// How secrets look in a difference.
const (
	HiddenValue = hiddenMark + " (kept hidden)"
	HiddenNew   = hiddenMark + " (a new value, kept hidden)"
)

// leaf is one value of a room by its path in the API's JSON.
type leaf struct {
	field string
	value string // compared; may be a secret, so never shown
	shown string
	fresh string // how it is shown where it replaces another value that looks the same; "" for shown
}

// DiffRoom says field by field, in the order of the form, what sending want would do to a room: what changes, and what
// the room has that want doesn't mention, which stays. Fields that are the same on both sides are left out.
// recording_info and webhook are replaced as a whole, so their parts that want lacks are shown as going away. Names are
// the same in any case to the API, but a change of case is a change of the name shown.
func DiffRoom(have hms.Room, want hms.RoomParams) []Change {
	var changes []Change
	for _, part := range []struct {
		have, want []leaf
		sent       bool
	}{
		{roomLeaves(have), paramLeaves(want), false},
		{recordingLeaves(have, want.RecordingInfo != nil), infoLeaves(want.RecordingInfo), want.RecordingInfo != nil},
		{webhookLeaves(have.Webhook), webhookLeaves(want.Webhook), want.Webhook != nil},
		{pollLeaves(have.Polls), pollLeaves(want.Polls), len(want.Polls) > 0},
		{enabledLeaves(have, want.Enabled != nil), wantedEnabled(want.Enabled), want.Enabled != nil},
	} {
		changes = append(changes, diffLeaves(part.have, part.want, part.sent)...)
	}
	return changes
}

// diffLeaves compares two sets of leaves. What only have knows goes away when the whole was sent, and else stays.
func diffLeaves(have, want []leaf, whole bool) []Change {
	var changes []Change
	for _, field := range unionFields(have, want) {
		old, had := findLeaf(have, field)
		next, sent := findLeaf(want, field)
		switch {
		case had && !sent && !whole:
			changes = append(changes, Change{Field: field, Have: old.shown, Will: old.shown, Kept: true})
		case old.value != next.value:
			changes = append(changes, Change{Field: field, Have: old.shown, Will: next.shownAfter(old)})
		}
	}
	return changes
}

// shownAfter is how l is shown beside the value it replaces: two secrets would look the same.
func (l leaf) shownAfter(old leaf) string {
	if l.fresh != "" && l.shown == old.shown {
		return l.fresh
	}
	return l.shown
}

func findLeaf(leaves []leaf, field string) (leaf, bool) {
	i := slices.IndexFunc(leaves, func(l leaf) bool { return l.field == field })
	if i < 0 {
		return leaf{}, false
	}
	return leaves[i], true
}

// unionFields lists the fields of both in the order of the form; headers, which have none, come last and keep theirs.
func unionFields(have, want []leaf) []string {
	var fields []string
	for _, l := range slices.Concat(have, want) {
		if !slices.Contains(fields, l.field) {
			fields = append(fields, l.field)
		}
	}
	rank := func(field string) int {
		if i := slices.Index(leafOrder, field); i >= 0 {
			return i
		}
		return len(leafOrder)
	}
	slices.SortStableFunc(fields, func(a, b string) int { return rank(a) - rank(b) })
	return fields
}

// leafOrder is the order of the form, by path in the API's JSON, within each part that is compared by itself.
var leafOrder = []string{
	"name", "description", "template_id", "region", "large_room", "size", "max_duration_seconds",
	"recording_info.enabled", "recording_info.upload_info.type", "recording_info.upload_info.location",
	"recording_info.upload_info.prefix", "recording_info.upload_info.options.region",
	"recording_info.upload_info.credentials.key", "recording_info.upload_info.credentials.secret",
	"webhook.url",
}
