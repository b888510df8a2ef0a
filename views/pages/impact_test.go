package pages

import (
	"slices"
	"strings"
	"testing"
	"time"

	"roomledger/db"
)

// ref names a room of the samples.
func ref(i int) db.RoomRef {
	r := rooms()[i]
	return db.RoomRef{ID: r.ID, Name: r.Name, TemplateID: r.TemplateID, Enabled: r.Enabled}
}

func side(count int, parts ...ImpactPart) ImpactSide {
	return ImpactSide{Count: count, Parts: parts, Examples: []db.RoomRef{ref(0), ref(1)}[:min(count, 2)]}
}

func part(value string, count int) ImpactPart {
	return ImpactPart{Value: value, Count: count, URL: "/rooms?region=" + value + "&template_id=" + templateID}
}

func anyImpact() Impact {
	return Impact{
		Template: templateID, Now: now, Touches: ImpactTouches{People: true, Region: true, Storage: true, Recording: true, Streams: true},
		Rooms: side(38, part("", 38)),
		Ties: []ImpactTie{
			{Kind: TieRecording, Follow: side(30, part("inherit", 30)), Own: side(8, part("off", 3), part("on", 5))},
			{Kind: TieRegion, Follow: side(1, part("auto", 1)), Unsure: side(36, part("in", 34), ImpactPart{Count: 2}), Own: side(1, part("us", 1))},
		},
		Running: ImpactRunning{
			Sessions: 7, People: 41, Looked: 9, Unknown: 1,
			Examples: []ImpactSession{{Room: ref(0), People: 1, Since: now.Add(-12 * time.Minute)}, {Room: ref(1), People: 12, Since: now.Add(-5 * time.Hour)}},
		},
	}
}

func plannedImpact() Impact {
	d := anyImpact()
	d.Planned, d.Capped = true, true
	d.Touches = ImpactTouches{People: true, Name: true}
	d.Ties = nil
	d.Rooms = side(db.TemplateRoomsCap, part("", db.TemplateRoomsCap))
	d.Running = ImpactRunning{Sessions: 1, People: 1, Examples: []ImpactSession{{Room: ref(0), People: 1, Since: now}}, Looked: 500, More: true, Unknown: 3, Problem: "100ms took too long to answer."}
	d.Codes = ImpactCodes{Looked: 31, Left: 19_900, Closed: 69, Problem: "100ms asks us to slow down."}
	d.Roles = []ImpactRole{
		{Was: "student", Now: "pupil & <b>", On: 12, Off: 3, Rooms: 9, Examples: []db.RoomRef{ref(0), ref(1)}, People: 4, Receivers: []string{"teacher", "observer"}, Named: []string{"Recording configuration lesson: Role"}},
		{Was: "observer", On: 1, Rooms: 1, Examples: []db.RoomRef{ref(0)}, People: 1},
		{Was: "unread", Unread: true},
	}
	return d
}

func impactSamples() []sample {
	role, none := anyImpact(), anyImpact()
	role.Roles = []ImpactRole{{Was: "student", Now: "student", On: 2, Rooms: 2, Examples: []db.RoomRef{ref(0), ref(1)}}}
	role.Codes, role.Running = ImpactCodes{Looked: 36, Closed: 2}, ImpactRunning{Looked: 3}
	none.Rooms, none.Ties, none.Running = ImpactSide{}, nil, ImpactRunning{}
	down := none
	down.RoomsErr, down.Running.Problem = "The rooms that use it couldn't be counted.", "100ms doesn't answer."
	data := func(d Impact, asked string) TemplateImpactData {
		return TemplateImpactData{
			Page: page("Reach of classroom-default", "templates", "/templates/"+templateID+"/impact"), Role: asked, Impact: d,
			Template: db.Template{ID: templateID, Name: "classroom-default", RoleNames: []string{"student", "teacher"}},
		}
	}
	return []sample{
		{"impact", TemplateImpact(data(anyImpact(), ""))},
		{"impact-role", TemplateImpact(data(role, "student"))},
		{"impact-planned", TemplateImpact(data(plannedImpact(), ""))},
		{"impact-none", TemplateImpact(data(none, ""))},
		{"impact-down", TemplateImpact(data(down, ""))},
	}
}

// Nothing is claimed beyond what was looked at.
func TestImpactClaimsNoMoreThanWasSeen(t *testing.T) {
	for name, c := range map[string]struct {
		r    ImpactRunning
		want string
	}{
		"all seen":        {ImpactRunning{Looked: 4}, "No session is running in its rooms."},
		"none at all":     {ImpactRunning{}, "No session is running in its rooms."},
		"more":            {ImpactRunning{Looked: 500, More: true}, "among those that were looked at"},
		"broken off":      {ImpactRunning{Looked: 100, Problem: "x"}, "among those that were looked at"},
		"rooms not known": {ImpactRunning{Looked: 1, Unknown: 1}, "among those that were looked at"},
	} {
		if got := runningNone(c.r); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		if got := peopleFate(Impact{Running: c.r}, ImpactRole{}); strings.Contains(got, "looked at") != strings.Contains(c.want, "looked at") {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, c := range map[string]struct {
		d    Impact
		want string
	}{
		"nothing read": {Impact{}, "Its room codes are not known."},
		"some read":    {Impact{Codes: ImpactCodes{Looked: 3, Left: 9}}, "No code of the rooms that were looked at"},
	} {
		if got := codeCount(c.d, ImpactRole{}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := codesLooked(Impact{Capped: true, Codes: ImpactCodes{Looked: 50, Left: 19_950}}); got != "The codes of 50 rooms were read; 19,950 rooms and more were not looked at." {
		t.Error(got)
	}
}

func TestImpactEffects(t *testing.T) {
	for want, touches := range map[string]ImpactTouches{
		"After rejoin:":            {People: true},
		"Recordings:":              {Storage: true},
		"Streams and transcripts:": {Streams: true},
		"The name: ":               {Name: true},
	} {
		if got := impactEffects(Impact{Touches: touches}); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%+v: %q", touches, got)
		}
	}
	all := impactEffects(Impact{Touches: ImpactTouches{true, true, true, true, true, true}})
	if len(all) != 4 || slices.Contains(all, "") {
		t.Errorf("%q", all)
	}
}
