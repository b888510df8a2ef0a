package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/handlers"
	"roomledger/web/blueprint"
	"roomledger/web/hms"
)

func TestReachOfARole(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	b := d.as(db.RoleViewer)
	for _, name := range []string{"follows-1", "follows-2"} {
		room, err := d.app.HMS.FindRoom(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		codes, err := d.app.HMS.CreateRoomCodes(t.Context(), room.ID)
		if err != nil {
			t.Fatal(err)
		}
		teacher := slices.IndexFunc(codes, func(c hms.RoomCode) bool { return c.Role == "teacher" })
		if _, err := d.app.HMS.SetRoomCodeEnabled(t.Context(), codes[teacher].Code, name == "follows-1"); err != nil {
			t.Fatal(err)
		}
	}
	p := b.get(reachPath).want(http.StatusOK)
	if p.Find(".reach-role").Length() != 0 || p.Find(`nav.jumps a[href="`+reachPath+`?role=teacher"]`).Length() != 1 {
		t.Errorf("the page shows %s", p.problem())
	}
	p = b.get(reachPath + "?role=teacher").want(http.StatusOK)
	says(t, strings.Join(strings.Fields(p.Find("section.reach").Text()), " "),
		"Role teacher", "2 codes of 2 rooms are for it, 1 of them enabled.", "Namely follows-2, follows-1", "Received by assistant, student.",
		"The codes of 4 rooms were read; those of 1 disabled room can't be listed.")
	if p.Find(`nav.jumps a[aria-current="page"]`).Text() != "Role teacher" {
		t.Error("the role isn't marked")
	}
	for _, role := range []string{"nobody", "%3Cscript%3E", ""} {
		if p := b.get(reachPath + "?role=" + role).want(http.StatusOK); p.Find(".reach-role").Length() != 0 {
			t.Errorf("?role=%s shows %s", role, p.problem())
		}
	}
}

// Roles that are renamed or deleted come with everything of the template that names them.
func TestReachOfRenamedRoles(t *testing.T) {
	t.Parallel()
	d := reachable(t, deskOptions{})
	if _, err := d.ledger.ReadTemplate(t.Context(), classroomID); err != nil { // with its recording configuration
		t.Fatal(err)
	}
	room, err := d.app.HMS.FindRoom(t.Context(), "follows-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.app.HMS.CreateRoomCodes(t.Context(), room.ID); err != nil {
		t.Fatal(err)
	}
	d.join(room.ID, "teacher")
	got := d.app.Impact(t.Context(), classroomID, nil, []blueprint.RoleChange{{Was: "teacher", Now: "tutor"}, {Was: "student"}, {Now: "guest"}})
	if len(got.Roles) != 2 || !got.Planned {
		t.Fatalf("%+v", got.Roles)
	}
	teacher, student := got.Roles[0], got.Roles[1]
	if teacher.Now != "tutor" || teacher.On != 1 || teacher.People != 1 || !slices.Equal(teacher.Receivers, []string{"assistant", "student"}) ||
		len(teacher.Named) != 1 || !strings.Contains(strings.ToLower(teacher.Named[0]), "role") {
		t.Errorf("the renamed role: %+v", teacher)
	}
	if student.Now != "" || student.On != 1 || student.Rooms != 1 || student.People != 0 || len(student.Examples) != 1 || student.Examples[0].Name != "follows-1" || len(student.Named) != 0 {
		t.Errorf("the deleted role: %+v", student)
	}
	if got.Codes.Looked != 4 || got.Codes.Left != 0 || got.Codes.Closed != 1 || got.Codes.Problem != "" {
		t.Errorf("codes: %+v", got.Codes)
	}
	if gone := d.app.Impact(t.Context(), roomID(77), nil, []blueprint.RoleChange{{Was: "teacher"}}); !gone.Roles[0].Unread || gone.Rooms.Count != 0 {
		t.Errorf("a template that isn't known: %+v", gone)
	}
}

// Whatever names a role is found, in each part of a template that can.
func TestNamings(t *testing.T) {
	t.Parallel()
	tree, err := blueprint.ParseTree([]byte(`{"name":"host","roles":{"host":{"name":"host","subscribeParams":{"subscribeToRoles":["host"]}},
		"a.b":{"subscribeParams":{"subscribeToRoles":["guest","host"]}},"guest":{"subscribeParams":{"subscribeToRoles":null}},"odd":"host"},
		"destinations":{"transcriptions":{"t":{"role":"host","translation":{"roleLanguages":{"host":"es","guest":"de"}}}},
		"browserRecordings":{"b":{"role":"host"},"c":{"role":"guest"}}},"recordings":[{"name":"r","role":"host"},"host"],
		"plugins":{"whiteboard":{"permissions":{"admin":["host"],"writer":["guest"],"reader":"host"}},"transcriptions":{"permissions":{"admin":["host"]}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	handlers.Namings(tree, "host", func(path []string) { got = append(got, strings.Join(path, "/")) })
	want := []string{
		"roles/a.b/subscribeParams/subscribeToRoles", "roles/host/subscribeParams/subscribeToRoles",
		"destinations/transcriptions/t/role", "destinations/transcriptions/t/translation/roleLanguages", "destinations/browserRecordings/b/role",
		"recordings/0/role", "plugins/whiteboard/permissions/admin", "plugins/transcriptions/permissions/admin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	handlers.Namings(nil, "host", func(path []string) { t.Errorf("nothing has %v", path) })
}
