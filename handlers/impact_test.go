package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web/blueprint"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// classroomID is the default template of the sandbox: teacher, student, assistant.
const classroomID = "65c3a2480b7d4e2f9a6c1d31"

// join lets somebody into a room at the API, and returns the peer's id.
func (d *desk) join(roomID, role string) string {
	d.t.Helper()
	return d.happens("/rooms/"+roomID+"/join", fmt.Sprintf(`{"name":"somebody","role":%q}`, role))
}

// happens makes happen at the API what people do, and returns the id of what came of it.
func (d *desk) happens(path, body string) string {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.api.URL+"/sandbox"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	var reply struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&reply); err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: status %d, %v", path, resp.StatusCode, err)
	}
	return reply.ID
}

// templated is a room of the classroom template that differs from others in how it hangs together with it.
func (d *desk) templated(name string, p hms.RoomParams) hms.Room {
	d.t.Helper()
	p.Name, p.TemplateID = name, classroomID
	room, err := d.app.HMS.CreateRoom(d.t.Context(), p)
	if err != nil {
		d.t.Fatal(err)
	}
	return room
}

// fact is the text of one line of the page, and fails without it.
func (p page) fact(term string) string {
	p.t.Helper()
	for _, dt := range p.Find("section.reach dl.facts dt").EachIter() {
		if dt.Text() == term {
			return strings.Join(strings.Fields(dt.Next().Text()), " ")
		}
	}
	p.t.Errorf("the page has no %q: %s", term, p.problem())
	return ""
}

// says fails unless the text has all parts.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q isn't said in %q", part, text)
		}
	}
}

// reachable is a desk whose classroom template has rooms of every kind, known to the index, and is known itself.
func reachable(t *testing.T, o deskOptions) *desk {
	t.Helper()
	d := newDeskWith(t, o)
	d.templated("follows-1", hms.RoomParams{})
	d.templated("follows-2", hms.RoomParams{})
	d.templated("records", hms.RoomParams{RecordingInfo: &hms.RecordingInfo{Enabled: true}, Region: "us"})
	d.templated("records-not", hms.RoomParams{RecordingInfo: &hms.RecordingInfo{}, Region: "in"})
	d.disableElsewhere(d.templated("closed", hms.RoomParams{}).ID)
	d.refresh()
	if _, err := d.ledger.ObserveTemplates(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	return d
}

const reachPath = "/templates/" + classroomID + "/impact"

func TestReachOfATemplate(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	p := d.as(db.RoleViewer).get(reachPath).want(http.StatusOK)
	says(t, p.fact("Rooms"), "5 rooms use this template", "Namely closed, records-not, records, follows-2, follows-1")
	if p.Find(`section.reach a[href="/rooms?template_id=`+classroomID+`"]`).Length() != 1 {
		t.Error("the rooms aren't linked")
	}
	says(t, p.fact("Recording and storage"), "3 rooms follow the template", "2 rooms have their own", "off: 1", "on: 1", "Namely records-not, records")
	says(t, p.fact("Region"), "3 rooms (Europe) may follow the template", "2 rooms have their own", "India: 1", "United States: 1")
	says(t, p.fact("Running now"), "No session is running in its rooms.")
	says(t, p.fact("Takes effect"), "After rejoin", "isn't documented")
	for _, a := range p.Find(`section.reach a[href^="/rooms?"]`).EachIter() {
		shown := listed(d.as(db.RoleViewer).get(a.AttrOr("href", "")).want(http.StatusOK))
		_, n, found := strings.Cut(a.Text(), ": ")
		if !found {
			n, _, _ = strings.Cut(a.Text(), " ")
		}
		if fmt.Sprint(len(shown)) != n {
			t.Errorf("%q leads to %d rooms", a.Text(), len(shown))
		}
	}
}

// A template that no room uses, and ones that aren't there.
func TestReachOfNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.as(db.RoleViewer).get(reachPath).want(http.StatusOK)
	says(t, p.fact("Rooms"), "No room uses this template.")
	if p.Find("dl.facts dt").Length() != 3 {
		t.Errorf("the facts are %s", p.problem())
	}
	for _, id := range []string{roomID(77), "x", "%00"} {
		d.as(db.RoleViewer).get("/templates/" + id + "/impact").want(http.StatusNotFound)
	}
}

func TestReachOfRunningSessions(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	b := d.as(db.RoleViewer)
	follows, err := d.app.HMS.FindRoom(t.Context(), "follows-1")
	if err != nil {
		t.Fatal(err)
	}
	d.join(follows.ID, "teacher")
	left := d.join(follows.ID, "student")
	d.join(follows.ID, "student")
	d.happens("/peers/"+left+"/leave", "")
	other, err := d.app.HMS.CreateRoom(t.Context(), hms.RoomParams{Name: "other", TemplateID: "65c3b7120b7d4e2f9a6c1d32"})
	if err != nil {
		t.Fatal(err)
	}
	d.join(other.ID, "attendee") // a room that the index doesn't have yet
	running := b.get(reachPath).want(http.StatusOK).fact("Running now")
	says(t, running, "1 session is running in its rooms, with 2 people in it.", "follows-1 2 people, since just now", "1 session runs in a room that the list of rooms doesn't have yet")
	d.refresh()
	if running := b.get(reachPath).want(http.StatusOK).fact("Running now"); strings.Contains(running, "doesn't have yet") {
		t.Errorf("it still says %q", running)
	}
	p := b.get(reachPath + "?role=student").want(http.StatusOK)
	says(t, p.Find(".reach-role").Text(), "Role student", "1 person has it in a running session")
}

// What the API doesn't tell is said, and the rest of the page is there.
func TestReachWithoutTheAPI(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault sandbox.Fault
		words string
	}{
		{"dead", sandbox.Fault{CutBefore: true}, "100ms doesn't answer."},
		{"500", sandbox.Fault{Status: 500, Body: `{"code":500,"message":"oops"}`}, "It answered 500: “oops”."},
		{"429", sandbox.Fault{Status: 429, Header: http.Header{"Retry-After": {"75"}}, Body: `{"code":429,"message":"too many"}`}, "100ms asks us to slow down."},
		{"401", sandbox.Fault{Status: 401, Body: `{"code":401,"message":"Token validation error"}`}, "100ms refused our key."},
		{"slow", sandbox.Fault{Delay: time.Minute}, "100ms took too long to answer."},
		{"nonsense", sandbox.Fault{Body: `{"code":200}`}, "100ms"},
		{"cut short", sandbox.Fault{Body: `{"limit":100,"data":[{`}, "100ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := reachable(t, deskOptions{})
			for _, path := range []string{"/sessions", "/room-codes"} {
				fault := tt.fault
				fault.Method, fault.Path, fault.Times = http.MethodGet, path, 1000
				d.box.FailNext(fault)
			}
			began := time.Now()
			p := d.as(db.RoleViewer).get(reachPath + "?role=teacher").want(http.StatusOK)
			if took := time.Since(began); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
			says(t, p.fact("Running now"), "Not all running sessions could be read: ", tt.words)
			if strings.Contains(p.fact("Running now"), "No session is running") {
				t.Error("it claims that none is running")
			}
			says(t, p.fact("Rooms"), "5 rooms use this template")
			says(t, p.Find("section.reach").Text(), "Not all room codes could be read: ", "4 rooms were not looked at", "Its room codes are not known.")
		})
	}
}

// The calls that a preview makes are bounded, however much there is.
func TestReachIsBounded(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	many := make([]db.Room, 70)
	for i := range many {
		many[i] = db.Room{ID: roomID(i), Name: fmt.Sprintf("many-%d", i), Enabled: true, TemplateID: classroomID, Recording: "inherit", Region: "eu", CreatedAt: time.Now(), SeenAt: time.Now()}
	}
	d.known(many...)
	d.box.ResetCalls()
	p := d.as(db.RoleViewer).get(reachPath + "?role=teacher").want(http.StatusOK)
	if n := d.box.Calls(http.MethodGet, "/room-codes"); n != 50 {
		t.Errorf("%d rooms were asked for their codes", n)
	}
	// None of them is at the API, so each of these calls came to 404.
	says(t, p.Find("section.reach").Text(), "The codes of 0 rooms were read; 74 rooms were not looked at; those of 1 disabled room can't be listed.")

	fault := sandbox.Fault{Method: http.MethodGet, Path: "/sessions", Times: 1000, Body: sessionsPage(100)}
	d.box.FailNext(fault)
	d.box.ResetCalls()
	p = d.as(db.RoleViewer).get(reachPath).want(http.StatusOK)
	if n := d.box.Calls(http.MethodGet, "/sessions"); n > 6 {
		t.Errorf("%d pages of sessions were read", n)
	}
	says(t, p.fact("Running now"), "Not all running sessions could be read")
}

// sessionsPage is a page of sessions that run, with a cursor that leads to itself.
func sessionsPage(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"id":%q,"room_id":%q,"active":true,"peers":{}}`, roomID(1000+i), roomID(i%5))
	}
	return fmt.Sprintf(`{"limit":%d,"data":[%s],"last":%q}`, n, strings.Join(list, ","), roomID(1))
}

// A planned change is about what it touches, and no more.
func TestReachOfAChange(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	all := []pages.TieKind{pages.TieRecording, pages.TieRegion}
	for _, tt := range []struct {
		name  string
		paths []string
		want  pages.ImpactTouches
		ties  []pages.TieKind
	}{
		{"nothing said", nil, pages.ImpactTouches{People: true, Region: true, Storage: true, Recording: true, Streams: true}, all},
		{"a role", []string{"roles.teacher.publishParams.video.bitRate"}, pages.ImpactTouches{People: true}, nil},
		{"a role called recordings", []string{"roles.recordings.priority"}, pages.ImpactTouches{People: true}, nil},
		{"the region", []string{"settings.region"}, pages.ImpactTouches{People: true, Region: true}, all[1:]},
		{"the room state", []string{"settings.roomState.enabled"}, pages.ImpactTouches{People: true}, nil},
		{"the bucket", []string{"settings.recording.upload.location"}, pages.ImpactTouches{Storage: true}, all[:1]},
		{"a bucket where was none", []string{"settings.recording"}, pages.ImpactTouches{Storage: true}, all[:1]},
		{"how to record", []string{"recordings.0.maxDuration"}, pages.ImpactTouches{Recording: true}, all[:1]},
		{"a stream", []string{"destinations.hlsDestinations.main.maxDuration"}, pages.ImpactTouches{Streams: true}, nil},
		{"captions", []string{"plugins.transcriptions.mode"}, pages.ImpactTouches{People: true}, nil},
		{"the name", []string{"name"}, pages.ImpactTouches{Name: true}, nil},
		{"several", []string{"name", "settings.region", "recordings.0.role"}, pages.ImpactTouches{People: true, Region: true, Recording: true, Name: true}, all},
	} {
		var changes []blueprint.Change
		for _, path := range tt.paths {
			changes = append(changes, blueprint.Change{Path: path})
		}
		got := d.app.Impact(t.Context(), classroomID, changes, nil)
		var ties []pages.TieKind
		for _, tie := range got.Ties {
			ties = append(ties, tie.Kind)
			if sum := tie.Follow.Count + tie.Unsure.Count + tie.Own.Count; sum != got.Rooms.Count {
				t.Errorf("%s: %d rooms in the parts of %v, %d in all", tt.name, sum, tie.Kind, got.Rooms.Count)
			}
		}
		if got.Touches != tt.want || !slices.Equal(ties, tt.ties) || got.Planned != (tt.paths != nil) {
			t.Errorf("%s: touches %+v, ties %v, planned %v", tt.name, got.Touches, ties, got.Planned)
		}
	}
}

// The review of an edit says whom it reaches, in the words of the panel; an API that is gone by then doesn't keep anybody from it.
func TestReachInAReview(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	b := d.as(db.RoleOperator)
	path := "/templates/" + classroomID + "/edit"
	v := b.get(path).want(http.StatusOK).form(path)
	v.Set("step", "review")
	v.Set("settings.region", "us")
	for i := range 3 {
		if name := fmt.Sprintf("roles.%d.name", i); v.Get(name) == "student" {
			v.Set(name, "pupil")
		}
	}
	p := b.post(path, v).want(http.StatusOK)
	says(t, p.fact("Region"), "3 rooms (Europe) may follow the template", "2 rooms have their own")
	says(t, p.fact("Takes effect"), "After rejoin")
	says(t, p.Find(".reach-role").Text(), "Role student becomes pupil", "Received by assistant, teacher.", "have to use pupil")
	if text := p.fact("Takes effect"); strings.Contains(text, "Recordings") {
		t.Errorf("it speaks of recordings: %s", text)
	}
	for _, at := range []string{"/sessions", "/room-codes"} {
		d.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: at, Times: 100, CutBefore: true})
	}
	p = b.post(path, v).want(http.StatusOK)
	says(t, p.fact("Running now"), "Not all running sessions could be read: 100ms doesn't answer.")
	says(t, p.fact("Rooms"), "5 rooms use this template")
}
