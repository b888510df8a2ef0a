package main

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serving(t, dir, withAdmin(nil))
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	form := b.roomForm(t, r.base, "still-there")
	made := b.want(t, http.StatusSeeOther, r.base+"/rooms/new", form)
	r.end()

	r = serving(t, dir, nil)
	r.awaitLog(indexReady)
	if p := b.want(t, http.StatusOK, r.base+made.location+"?live=1", nil); !strings.Contains(p.words(t), "still-there") {
		t.Errorf("the room's page says %s", p.words(t))
	}
	// The form, sent again after the restart, gives its first result.
	if p := b.want(t, http.StatusSeeOther, r.base+"/rooms/new", form); p.location != made.location {
		t.Errorf("the form leads to %s, before to %s", p.location, made.location)
	}
	r.end()
	rec := readRecord(t, dir)
	rec.check(t, keptRooms(t, dir))
	rec.created(t, "still-there")
}

// keptRooms is what the built-in sandbox has in dir, besides the demo account that it began with.
func keptRooms(t *testing.T, dir string) []sandbox.RoomState {
	t.Helper()
	demo := map[string]bool{}
	for _, room := range roomsOf(t, sandbox.Options{Seed: sandbox.SeedDemo, SeedNumber: 1}) {
		demo[room.Name] = true
	}
	kept := roomsOf(t, sandbox.Options{Dir: filepath.Join(dir, "sandbox")})
	return slices.DeleteFunc(kept, func(room sandbox.RoomState) bool { return demo[room.Name] })
}

// roomsOf is what a sandbox with these options has.
func roomsOf(t *testing.T, o sandbox.Options) []sandbox.RoomState {
	t.Helper()
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := box.Rooms()
	if closed := box.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	return rooms
}

// leaveOpen leaves the intent to make a room, as a crash right after writing it does. It returns the operation.
func leaveOpen(t *testing.T, dir, workspace, name string, at time.Time) string {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	row := db.Row{
		Time: at, Workspace: workspace, Operation: db.NewID(), ActorID: "u1", ActorName: adminEmail, ActorKind: "user",
		Action: "room.create", Phase: db.PhaseIntent, TargetKind: "room", TargetName: name,
		Request: `{"name":"` + name + `"}`, APIMethod: http.MethodPost, APIPath: "/rooms",
	}
	err = d.InTx(t.Context(), func(tx *db.Tx) error { return tx.Append(&row) })
	if closed := d.Close(); err != nil || closed != nil {
		t.Fatal(err, closed)
	}
	return row.Operation
}

// outcome is what became of an operation.
func outcome(t *testing.T, dir, operation string) db.Operation {
	t.Helper()
	for _, op := range readRecord(t, dir).creations {
		if op.ID == operation {
			return op
		}
	}
	t.Fatalf("no operation %s", operation)
	return db.Operation{}
}

// TestAccountsDontMix tries the built-in sandbox, goes live with a crash behind it, and comes back.
func TestAccountsDontMix(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serving(t, dir, withAdmin(nil))
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	tried := b.want(t, http.StatusSeeOther, r.base+"/rooms/new", b.roomForm(t, r.base, "tried"))
	b.want(t, http.StatusOK, r.base+tried.location, nil) // takes the message along that names the room
	r.end()
	long := time.Now().Add(-time.Hour)
	left := leaveOpen(t, dir, "sandbox", "same-name", long)

	_, env := account(t, asItIs)
	r = serving(t, dir, env)
	r.awaitLog(indexReady)
	if p := b.want(t, http.StatusOK, r.base+"/rooms", nil); strings.Contains(p.words(t), "tried") {
		t.Errorf("the live account's list says %s", p.words(t))
	}
	b.want(t, http.StatusNotFound, r.base+tried.location, nil)
	live := b.want(t, http.StatusSeeOther, r.base+"/rooms/new", b.roomForm(t, r.base, "same-name"))
	b.want(t, http.StatusOK, r.base+live.location, nil)
	if strings.Contains(r.out.String(), "Sandbox") {
		t.Errorf("it takes the live account for a sandbox\n%s", r.out)
	}
	secretsKept(t, r, env["HMS_SECRET"], adminPassword)
	r.end()
	if op := outcome(t, dir, left); op.Outcome != db.OutcomeUnknown {
		t.Errorf("the sandbox's open operation was settled against the live account: %+v", op)
	}

	r = serving(t, dir, nil)
	r.awaitLog(indexReady)
	list := b.want(t, http.StatusOK, r.base+"/rooms", nil).words(t)
	if !strings.Contains(list, "tried") || strings.Contains(list, "same-name") {
		t.Errorf("the sandbox's list says %s", list)
	}
	b.want(t, http.StatusNotFound, r.base+live.location, nil)
	r.end()
	if op := outcome(t, dir, left); op.Outcome != db.OutcomeFailed {
		t.Errorf("nothing was made in the sandbox, but its operation ended as %+v", op)
	}
}

// TestNewFormAfterACrash sends a new form with the name of an intent that isn't settled yet. Whoever is told what, the
// room must not end up with two makers.
func TestNewFormAfterACrash(t *testing.T) {
	t.Parallel()
	box, env := account(t, asItIs)
	dir := t.TempDir()
	r := serving(t, dir, env)
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	b.want(t, http.StatusSeeOther, r.base+"/rooms/new", b.roomForm(t, r.base, "first"))
	r.end()
	rec := readRecord(t, dir)
	left := leaveOpen(t, dir, rec.creations[0].Workspace, "half-made", time.Now())

	r = serving(t, dir, env)
	form := b.roomForm(t, r.base, "half-made")
	p, err := b.send(t.Context(), r.base+"/rooms/new", form)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("while the outcome is open, the new form gets %d: %s", p.status, p.words(t))
	awaitSettled(t, dir)
	r.end()
	boxed, err := box.Rooms()
	if err != nil {
		t.Fatal(err)
	}
	rec = readRecord(t, dir)
	rec.checkRows(t)
	rec.checkRooms(t, boxed)
	if op := outcome(t, dir, left); op.Outcome != db.OutcomeFailed {
		t.Errorf("the call was never made, but its operation ended as %+v", op)
	}
}

// TestGraceCountsFromTheStart has a call that was sent again and again for a minute before the crash, and that the API
// makes only after the restart: too long after the intent, not after the last time it can have been sent.
func TestGraceCountsFromTheStart(t *testing.T) {
	t.Parallel()
	_, env := account(t, asItIs)
	dir := t.TempDir()
	r := serving(t, dir, env)
	b := newBrowser(t)
	b.signIn(t, r.base, adminEmail, adminPassword)
	b.want(t, http.StatusSeeOther, r.base+"/rooms/new", b.roomForm(t, r.base, "first"))
	r.end()
	left := leaveOpen(t, dir, readRecord(t, dir).creations[0].Workspace, "late", time.Now().Add(-time.Minute))

	r = serving(t, dir, env)
	r.awaitLog(indexReady)
	client, err := hms.New(hms.Config{BaseURL: env["HMS_API_URL"], AccessKey: env["HMS_ACCESS_KEY"], Secret: env["HMS_SECRET"]})
	if err != nil {
		t.Fatal(err)
	}
	room, err := client.CreateRoom(t.Context(), hms.RoomParams{Name: "late"})
	if err != nil {
		t.Fatal(err)
	}
	awaitSettled(t, dir)
	r.end()
	if op := outcome(t, dir, left); op.Outcome != db.OutcomeDone || op.TargetID != room.ID {
		t.Errorf("room %s was made, its operation ended as %+v", room.ID, op)
	}
}

// awaitSettled waits until no operation is open. What it polls takes long enough not to be a busy loop.
func awaitSettled(t *testing.T, dir string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if len(readRecord(t, dir).open) == 0 {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	t.Errorf("operations are still open after 20 s: %+v", readRecord(t, dir).open)
}
