package form

import (
	"slices"
	"strconv"
	"strings"

	"roomledger/web/hms"
)

// plainLeaf is a leaf without secrets, or none when there is no value.
func plainLeaf(field, value string) []leaf {
	if value == "" {
		return nil
	}
	return []leaf{{field: field, value: value, shown: value}}
}

func secretLeaf(field, value string) leaf {
	return leaf{field: field, value: value, shown: HiddenValue, fresh: HiddenNew}
}

// roomLeaves are the plain values that a room has; what is off or zero counts as not set.
func roomLeaves(r hms.Room) []leaf {
	leaves := slices.Concat(
		plainLeaf("name", r.Name),
		plainLeaf("description", r.Description),
		plainLeaf("template_id", r.TemplateID),
		plainLeaf("region", r.Region),
	)
	if r.LargeRoom {
		leaves = append(leaves, onLeaf("large_room", true))
	}
	if r.Size != 0 {
		leaves = append(leaves, sizeLeaf(r.Size))
	}
	if r.MaxDurationSeconds != 0 {
		leaves = append(leaves, durationLeaf(r.MaxDurationSeconds))
	}
	for i, l := range leaves {
		if l.field == "template_id" && r.Template != "" {
			leaves[i].shown += " (" + r.Template + ")"
		}
	}
	return leaves
}

// paramLeaves are the plain values that are sent.
func paramLeaves(p hms.RoomParams) []leaf {
	leaves := slices.Concat(
		plainLeaf("name", p.Name),
		plainLeaf("template_id", p.TemplateID),
		plainLeaf("region", p.Region),
	)
	if p.Description != nil {
		leaves = append(leaves, leaf{field: "description", value: *p.Description, shown: *p.Description})
	}
	if p.LargeRoom != nil {
		leaves = append(leaves, onLeaf("large_room", *p.LargeRoom))
	}
	if p.Size != nil {
		leaves = append(leaves, sizeLeaf(*p.Size))
	}
	if p.MaxDurationSeconds != nil {
		leaves = append(leaves, durationLeaf(*p.MaxDurationSeconds))
	}
	return leaves
}

// onLeaf compares off as not set: the API drops what is false from many answers.
func onLeaf(field string, on bool) leaf {
	if on {
		return leaf{field: field, value: "on", shown: "on"}
	}
	return leaf{field: field, shown: "off"}
}

// sizeLeaf compares zero as not set, for the same reason.
func sizeLeaf(size int) leaf {
	s := strconv.Itoa(size)
	if size == 0 {
		return leaf{field: "size", shown: s}
	}
	return leaf{field: "size", value: s, shown: s}
}

func durationLeaf(seconds int) leaf {
	s := strconv.Itoa(seconds)
	return leaf{field: "max_duration_seconds", value: s, shown: DurationWords(seconds) + " (" + s + " s)"}
}

// recordingLeaves are a room's recording settings. Inherited ones are told by where they come from, and only when they
// would be cut off: a room that goes on inheriting has nothing to show.
func recordingLeaves(r hms.Room, cutOff bool) []leaf {
	switch {
	case inherits(r) && cutOff:
		return []leaf{{field: "recording_info.enabled", value: RecordingInherit, shown: "as its template says"}}
	case inherits(r):
		return nil
	}
	leaves := infoLeaves(r.RecordingInfo)
	if up := r.RecordingInfo.UploadInfo; up != nil && up.Credentials == nil {
		leaves = append(leaves, unseenLeaf("key"), unseenLeaf("secret"))
	}
	return leaves
}

// unseenLeaf stands for a credential that the API did not tell: it may be set, so it equals nothing.
func unseenLeaf(name string) leaf {
	return leaf{
		field: "recording_info.upload_info.credentials." + name,
		value: edge, shown: "not shown by 100ms",
	}
}

func infoLeaves(info *hms.RecordingInfo) []leaf {
	if info == nil {
		return nil
	}
	enabled := leaf{field: "recording_info.enabled", value: "off", shown: "off"}
	if info.Enabled {
		enabled.value, enabled.shown = "on", "on"
	}
	leaves := []leaf{enabled}
	up := info.UploadInfo
	if up == nil {
		return leaves
	}
	const path = "recording_info.upload_info."
	leaves = slices.Concat(leaves,
		plainLeaf(path+"type", up.Type),
		plainLeaf(path+"location", up.Location),
		plainLeaf(path+"prefix", up.Prefix),
	)
	if up.Options != nil {
		leaves = append(leaves, plainLeaf(path+"options.region", up.Options.Region)...)
	}
	if up.Credentials != nil {
		leaves = append(leaves,
			secretLeaf(path+"credentials.key", up.Credentials.Key),
			secretLeaf(path+"credentials.secret", up.Credentials.Secret))
	}
	return leaves
}

// webhookLeaves compares header names in lower case, as HTTP does.
func webhookLeaves(hook *hms.Webhook) []leaf {
	if hook == nil {
		return nil
	}
	target := leaf{field: "webhook.url", value: hook.URL, shown: hook.URL}
	switch public, hidden := publicURL(hook.URL); {
	case hidden && public == "":
		target = secretLeaf(target.field, hook.URL)
	case hidden:
		target.shown = public + "?" + hiddenMark
		target.fresh = public + "?" + HiddenNew
	}
	leaves := []leaf{target}
	for _, name := range sortedNames(hook.Headers) {
		leaves = append(leaves, secretLeaf("webhook.headers."+strings.ToLower(name), hook.Headers[name]))
	}
	return leaves
}

func pollLeaves(polls []string) []leaf { return plainLeaf("polls", strings.Join(polls, ", ")) }

// enabledLeaves has a line for an enabled room only when that would change; that a disabled room stays disabled is
// what people overlook.
func enabledLeaves(r hms.Room, sent bool) []leaf {
	if r.Enabled && !sent {
		return nil
	}
	return wantedEnabled(&r.Enabled)
}

func wantedEnabled(enabled *bool) []leaf {
	switch {
	case enabled == nil:
		return nil
	case *enabled:
		return []leaf{{field: "enabled", value: "yes", shown: "yes"}}
	}
	return []leaf{{field: "enabled", value: "no", shown: "no (the room is disabled)"}}
}
