package blueprint

import (
	"net/url"
	"slices"
	"strings"

	"roomledger/web/hms"
)

// Glance is a template in short.
type Glance struct {
	Roles        []RoleGlance // in the order of their names
	Region       string       // in words; "" when the template says none
	Storage      string       // type://bucket/path; "" when 100ms keeps recordings
	Settings     []GlanceLine // what else is set there
	Destinations []GlanceLine
	Plugins      []GlanceLine // what a plugin lets people do, and which roles
	Recordings   []RecordingGlance
}

// GlanceLine is one thing that is set: what it is, what it is called, and more of it in words. Name and Detail may be "".
type GlanceLine struct{ Label, Name, Detail string }

// RoleGlance is a role in short.
type RoleGlance struct {
	Name      string
	Publishes []string // of Audio, Video, Screen
	Simulcast bool
	Receives  []string // names of roles
	May       []string // permissions, in words
	Priority  string   // 1 to 5; "" when the template says none
	Most      string   // people in one session, in words
}

// RecordingGlance is a recording configuration in short.
type RecordingGlance struct {
	Name, Role string
	Kinds      []string // what it makes, in words
	AutoStart  bool
}

// GlanceOf puts a template in short. It may be redacted, and shows no secret of one that isn't.
func GlanceOf(tree Tree) Glance {
	tree, _ = lift(tree)
	settings := object(tree["settings"])
	g := Glance{Storage: storage(object(object(settings["recording"])["upload"])), Settings: linesOf("settings", tree), Plugins: linesOf("plugins", tree)}
	for _, role := range rowsAt("roles", tree) {
		g.Roles = append(g.Roles, roleGlance(role))
	}
	if region := text(settings["region"]); region != "" {
		n, _ := nodeAt("settings.region")
		g.Region = optionLabel(n, region)
	}
	g.Settings = slices.DeleteFunc(g.Settings, func(l GlanceLine) bool {
		return l.Label == Label("settings.region") || strings.HasPrefix(l.Label, Label("settings.recording")+",") && !strings.Contains(l.Label, "deprecated")
	})
	g.Destinations = destinations(object(tree["destinations"]))
	for _, config := range rowsAt("recordings", tree) {
		g.Recordings = append(g.Recordings, recordingGlance(object(config.value)))
	}
	return g
}

// rowsAt are the rows of a part of the table at the top of a template.
func rowsAt(key string, tree Tree) []part {
	n, _ := child(schema, key)
	return parts(n, tree[key])
}

// linesOf are all values that are set in a part of a template.
func linesOf(key string, tree Tree) []GlanceLine {
	n, _ := child(schema, key)
	d := differ{known: true}
	d.nodes(spot{}, []Node{n}, nil, map[string]any{key: tree[key]})
	var lines []GlanceLine
	for _, c := range d.changes {
		lines = append(lines, GlanceLine{Label: c.Label, Detail: c.Will})
	}
	return lines
}

func storage(upload map[string]any) string {
	if upload == nil {
		return ""
	}
	at := text(upload["type"]) + "://" + text(upload["location"])
	if prefix := text(upload["prefix"]); prefix != "" {
		at += "/" + prefix
	}
	return at
}

func roleGlance(p part) RoleGlance {
	role := object(p.value)
	allowed := items(object(role["publishParams"])["allowed"])
	g := RoleGlance{
		Name: nameOf(p), Simulcast: slices.Contains(allowed, hms.PublishSimulcast), Priority: text(role["priority"]),
		Receives: items(object(role["subscribeParams"])["subscribeToRoles"]),
	}
	publish, _ := nodeAt("roles.*.publishParams.allowed")
	for _, o := range publish.Options {
		if slices.Contains(allowed, o.Value) && o.Value != hms.PublishSimulcast {
			g.Publishes = append(g.Publishes, o.Label)
		}
	}
	for _, n := range permissionSchema {
		if len(texts(n, object(role["permissions"])[n.Key])) > 0 {
			g.May = append(g.May, n.Label)
		}
	}
	most, _ := nodeAt("roles.*.maxPeerCount")
	g.Most = most.Words[0].Label // what 0 and nothing say
	if count := text(role["maxPeerCount"]); count != "" {
		g.Most = numberWords(most, count)
	}
	return g
}

// destinations are all of them by kind and name, in the order of the table.
func destinations(have map[string]any) []GlanceLine {
	var lines []GlanceLine
	for _, n := range destinationsSchema {
		for _, p := range parts(n, have[n.Key]) {
			lines = append(lines, GlanceLine{strings.ToUpper(n.Row[:1]) + n.Row[1:], nameOf(p), destinationDetail(object(p.value))})
		}
	}
	return lines
}

// destinationDetail says where a stream goes, or what is made of it.
func destinationDetail(o map[string]any) string {
	var said []string
	for _, address := range items(o["rtmpUrls"]) {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			said = append(said, u.Hostname())
		}
	}
	modes, _ := nodeAt("destinations.transcriptions.*.modes")
	for _, mode := range items(o["modes"]) {
		said = append(said, optionLabel(modes, mode))
	}
	recording := object(o["recording"])
	if o["recordingEnabled"] == true || recording["hlsVod"] == true || recording["singleFilePerLayer"] == true {
		said = append(said, "recorded")
	}
	return strings.Join(said, ", ")
}

func recordingGlance(o map[string]any) RecordingGlance {
	composite := object(o["compositeRecording"])
	browser := object(composite["browserComposite"])
	g := RecordingGlance{Name: text(o["name"]), Role: text(o["role"]), AutoStart: browser["autoStart"] == true}
	for _, kind := range []struct {
		label string
		on    bool
	}{
		{"What a browser shows", browser != nil},
		{"Without a browser", object(composite["customComposite"])["enabled"] == true},
		{"Each track", object(o["trackRecording"])["enabled"] == true},
		{"Each person", object(o["streamRecording"])["enabled"] == true},
	} {
		if kind.on {
			g.Kinds = append(g.Kinds, kind.label)
		}
	}
	return g
}
