package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"roomledger/db"
)

// Versions are the states of a template that follow on the last one; see follow. Where the rows tell of the last one again, that
// takes its own place.
func (projector) Versions(intent, outcome *db.Row, last *db.TemplateVersion) []db.TemplateVersion {
	rows := tellingTemplate(intent, outcome)
	if len(rows) == 0 {
		return nil
	}
	var list []db.TemplateVersion
	var prev *State
	if last != nil {
		prev = &State{Content: last.Data, Compared: compared("template", last.Data), Time: last.Time}
	}
	states := follow(prev, rows)
	n := 1
	if last != nil {
		again := *last
		again.Data, again.Mark = prev.Content, versionMark(prev.Compared)
		again.SeenAt = latest(again.SeenAt, rows[0].Time)
		list = append(list, again)
		n = last.N + 1
	}
	for i, s := range states {
		v := versionOf(s)
		v.Workspace, v.ID, v.N = outcome.Workspace, cmp.Or(outcome.TargetID, intent.TargetID), n+i
		if len(list) > 0 {
			v.Data = dated(v.Data, list[len(list)-1].Data)
		}
		list = append(list, v)
	}
	list[len(list)-1].SeenAt = latest(list[len(list)-1].SeenAt, rows[len(rows)-1].Time)
	return list
}

// tellingTemplate are the rows of a change as they tell of the template that it is about: how it was read before, and how it was
// from then on.
func tellingTemplate(intent, outcome *db.Row) []db.Row {
	var rows []db.Row
	after := *outcome
	if outcome.Phase != db.PhaseNote {
		before := *intent
		before.After, after.Before = "", ""
		if before.Before != "" && (outcome.TargetID == "" || outcome.TargetID == before.TargetID) {
			rows = append(rows, before)
		}
	}
	if after.Before != "" || after.After != "" {
		rows = append(rows, after)
	}
	return rows
}

// versionOf is a state that a row tells of, as a version. What was only read was made elsewhere, whatever it was read for.
func versionOf(s State) db.TemplateVersion {
	v := db.TemplateVersion{
		Seq: s.Seq, Time: s.Time, SeenAt: s.Time, Operation: s.Operation,
		Action: s.Action, Actor: s.Actor, ActorKind: s.ActorKind, Reason: s.Reason, Mark: versionMark(s.Compared), Data: s.Content,
	}
	if s.Seen && !strings.HasSuffix(s.Action, seenVerb) {
		v.Action, v.Actor, v.ActorKind, v.Reason = "template"+seenVerb, System.Name, System.Kind, ""
	}
	return v
}

func versionMark(compared string) string {
	sum := sha256.Sum256([]byte(compared))
	return hex.EncodeToString(sum[:16])
}

// Template is a template as it is listed: what stands in its newest version.
func (projector) Template(v db.TemplateVersion) db.Template {
	tree, _ := parseObject(v.Data)
	t := db.Template{
		Workspace: v.Workspace, ID: v.ID, Name: textAt(tree, "name"), Region: textAt(objectAt(tree, "settings"), "region"),
		Default: tree["default"] == true, RoleNames: slices.Sorted(maps.Keys(objectAt(tree, "roles"))),
		Destinations: destinationNames(objectAt(tree, "destinations")), Storage: storageName(objectAt(tree, "settings", "recording", "upload")),
		Versions: v.N, CreatedAt: timeAt(tree, "createdAt"), ChangedAt: v.Time, SeenAt: v.SeenAt,
		ChangedBy: v.Actor, ChangedKind: v.ActorKind, Action: v.Action, Operation: v.Operation,
	}
	list, read := tree[recordings].([]any)
	if read {
		t.Recordings = []string{}
	}
	for _, item := range list {
		config, _ := item.(map[string]any)
		t.Recordings = append(t.Recordings, textAt(config, "name"))
	}
	return t
}

// storageName is a bucket as people know it, such as s3://recordings/prefix; "" for none.
func storageName(upload map[string]any) string {
	if len(upload) == 0 {
		return ""
	}
	name := textAt(upload, "type") + "://" + textAt(upload, "location")
	if prefix := textAt(upload, "prefix"); prefix != "" {
		name += "/" + strings.TrimPrefix(prefix, "/")
	}
	return name
}

// destinationKinds are the kinds of destinations and what a list calls them, in its order.
var destinationKinds = []struct{ key, name string }{
	{"rtmpDestinations", "RTMP"},
	{"hlsDestinations", "HLS"},
	{"transcriptions", "Transcription"},
	{"browserRecordings", "Browser recording"},
}

func destinationNames(destinations map[string]any) []string {
	var names []string
	for _, kind := range destinationKinds {
		all := objectAt(destinations, kind.key)
		for _, key := range slices.Sorted(maps.Keys(all)) {
			entry, _ := all[key].(map[string]any)
			name := textAt(entry, "name")
			if name == "" {
				name = key
			}
			names = append(names, kind.name+" "+name)
		}
	}
	return names
}
