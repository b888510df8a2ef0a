package jobs_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/db/dbtest"
	"roomledger/db/seal"
	"roomledger/handlers/jobs"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

const workspace = "w"

// office is what jobs work with, and a log to wait for.
type office struct {
	t      *testing.T
	dir    string
	db     *db.DB
	box    *sandbox.Server
	client *hms.Client
	ledger *ledger.Ledger
	jobs   *jobs.Jobs
	heard  chan string
}

// listener passes on what is logged, message by message.
type listener struct {
	slog.Handler
	heard chan string
}

func (l listener) Handle(_ context.Context, r slog.Record) error {
	l.heard <- r.Message
	return nil
}

func newOffice(t *testing.T) *office {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(box)
	t.Cleanup(func() {
		api.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := hms.New(hms.Config{BaseURL: api.URL + "/v2", AccessKey: sandbox.DemoAccessKey, Secret: sandbox.DemoSecret, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := &office{t: t, dir: dir, db: dbtest.OpenDir(t, dir), box: box, client: client, heard: make(chan string, 1000)}
	o.ledger = ledger.New(ledger.Config{DB: o.db, HMS: client, Workspace: db.Workspace{ID: workspace}, Key: []byte("a key for tests, thirty-two byte"), Signer: testSigner(t)})
	o.jobs = jobs.New(o.ledger, o.db, workspace, slog.New(listener{slog.NewTextHandler(io.Discard, nil), o.heard}))
	return o
}

// start runs the jobs until the test ends.
func (o *office) start() {
	o.t.Helper()
	ctx, cancel := context.WithCancel(o.t.Context())
	ended := make(chan error)
	go func() { ended <- o.jobs.Run(ctx) }()
	o.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			o.t.Errorf("the jobs ended with %v", err)
		}
	})
}

// await waits until this is logged.
func (o *office) await(message string) {
	o.t.Helper()
	tooLong := time.After(time.Minute)
	for {
		select {
		case got := <-o.heard:
			if got == message {
				return
			}
		case <-tooLong:
			o.t.Fatalf("%q was never logged", message)
		}
	}
}

// What the jobs log once the rooms were read, or couldn't be.
const (
	refreshed    = "room index refreshed"
	notRefreshed = "room index not refreshed"
)

// refreshNow waits for a whole refresh: it is over when the next one begins, so there are two of them.
func (o *office) refreshNow(message string) {
	o.t.Helper()
	for range 2 {
		o.jobs.RefreshSoon()
		o.await(message)
	}
}

func (o *office) makeRoom(name string) hms.Room {
	o.t.Helper()
	room, err := o.client.CreateRoom(o.t.Context(), hms.RoomParams{Name: name})
	if err != nil {
		o.t.Fatal(err)
	}
	return room
}

func (o *office) index() db.RoomPage {
	o.t.Helper()
	page, err := o.db.Rooms(o.t.Context(), db.RoomQuery{Workspace: workspace, Sort: "name", Limit: 200})
	if err != nil {
		o.t.Fatal(err)
	}
	return page
}

func (o *office) state() (at time.Time, problem string) {
	o.t.Helper()
	at, problem, err := o.db.IndexState(o.t.Context(), workspace)
	if err != nil {
		o.t.Fatal(err)
	}
	return at, problem
}

func TestRoomsMadeElsewhereComeIn(t *testing.T) {
	o := newOffice(t)
	for i := range 130 { // more than a page of the API, and than a batch of ours
		room := o.makeRoom(fmt.Sprintf("ward-%03d", i))
		if i%10 == 0 {
			if _, err := o.client.SetRoomEnabled(t.Context(), room.ID, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.start()
	o.await(refreshed)
	if page := o.index(); page.Total != 130 || page.Rooms[0].Enabled || !page.Rooms[1].Enabled {
		t.Errorf("the index has %d rooms, the first two are enabled: %v, %v", page.Total, page.Rooms[0].Enabled, page.Rooms[1].Enabled)
	}
	first := o.index().Rooms[0]
	if _, err := o.client.UpdateRoom(t.Context(), first.ID, hms.RoomParams{Description: new("changed"), Region: "us", Enabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	o.makeRoom("ward-999")
	o.refreshNow(refreshed)
	page := o.index()
	if got := page.Rooms[0]; got.Description != "changed" || got.Region != "us" || !got.Enabled || page.Total != 131 {
		t.Errorf("the index has %d rooms, the first is %+v", page.Total, got)
	}
	ops, err := o.db.Operations(t.Context(), db.OperationQuery{})
	var told []string
	for _, op := range ops {
		told = append(told, op.Action+" "+op.ActorKind)
	}
	// Templates are kept from the first time that they are seen, rooms where they changed since we knew them.
	if want := []string{"room.seen system", "template.seen system", "template.seen system"}; !slices.Equal(told, want) || err != nil {
		t.Errorf("looking left %q in history, want %q, %v", told, want, err)
	}
}

func TestProblemsAreMarked(t *testing.T) {
	o := newOffice(t)
	o.makeRoom("ward-1")
	o.start()
	o.await(refreshed)
	o.refreshNow(refreshed)
	good, problem := o.state()
	if good.IsZero() || problem != "" {
		t.Fatalf("after a refresh the state is %v, %q", good, problem)
	}
	o.box.FailNext(sandbox.Fault{Method: http.MethodGet, Path: "/rooms", Status: 500, Body: "{}", Times: 1000})
	o.refreshNow(notRefreshed)
	at, problem := o.state()
	if problem == "" || at.Before(good) {
		t.Errorf("after a failure the state is %v, %q", at, problem)
	}
	o.refreshNow(notRefreshed)
	if later, _ := o.state(); !later.Equal(at) {
		t.Errorf("a refresh that failed counts as one: %v, before it %v", later, at)
	}
	o.box.ClearFaults()
	o.refreshNow(refreshed)
	if later, problem := o.state(); problem != "" || later.Before(at) {
		t.Errorf("after it went well again the state is %v, %q", later, problem)
	}
	if page := o.index(); page.Total != 1 {
		t.Errorf("the index has %d rooms", page.Total)
	}
}

// lostCreate leaves an operation open: the room was made, and the answer lost.
func (o *office) lostCreate(name string) string {
	o.t.Helper()
	o.box.FailNext(sandbox.Fault{Method: http.MethodPost, CutAfter: true})
	made, err := o.ledger.CreateRoom(o.t.Context(), ledger.Change{Actor: ledger.System}, hms.RoomParams{Name: name}, "", nil)
	if err == nil {
		o.t.Fatal("the answer came all the same")
	}
	return made.Operation
}

func TestOpenOperationsAreSettledAtTheStart(t *testing.T) {
	o := newOffice(t)
	op := o.lostCreate("ward-1")
	o.start()
	o.await("settled open operations")
	if got, err := o.db.Operation(t.Context(), op); err != nil || got.Outcome != db.OutcomeDone {
		t.Errorf("the operation is %s, %v", got.Outcome, err)
	}
}

func TestOpenOperationsAreSettledLater(t *testing.T) {
	o := newOffice(t)
	o.start()
	o.await(refreshed)
	op := o.lostCreate("ward-1")
	o.await("settled open operations")
	if got, err := o.db.Operation(t.Context(), op); err != nil || got.Outcome != db.OutcomeDone {
		t.Errorf("the operation is %s, %v", got.Outcome, err)
	}
}

// As long as the API is down the same is logged once, and not every second.
func TestSettlingGoesOnUntilItCan(t *testing.T) {
	o := newOffice(t)
	op := o.lostCreate("ward-1")
	o.box.FailNext(sandbox.Fault{Method: http.MethodGet, Status: 500, Body: "{}", Times: 5}) // a look-up, the refresh, another look-up
	o.start()
	o.await("operations stay open")
	o.await("settled open operations")
	if got, err := o.db.Operation(t.Context(), op); err != nil || got.Outcome != db.OutcomeDone {
		t.Errorf("the operation is %s, %v", got.Outcome, err)
	}
}

// Nobody uses the desk and nothing is open: that the API answers again is noticed all the same, and what couldn't be
// read meanwhile is.
func TestRecoveryIsNoticed(t *testing.T) {
	o := newOffice(t)
	o.box.FailNext(sandbox.Fault{CutBefore: true, Times: 1000})
	for range 5 {
		if _, err := o.client.Room(t.Context(), "65a0b3c4d5e6f708192a3b4c"); err == nil {
			t.Fatal("it answers")
		}
	}
	o.start()
	o.await("100ms doesn't answer")
	if state := o.client.Health().State; state != hms.StateUnavailable {
		t.Errorf("the API is %s", state)
	}
	o.box.ClearFaults()
	o.await("100ms answers again")
	if state := o.client.Health().State; state != hms.StateOK {
		t.Errorf("the API is %s", state)
	}
	o.await(refreshed)
}

func TestOldThingsAreDropped(t *testing.T) {
	o := newOffice(t)
	use := func(token string) error {
		return o.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.UseFormToken(workspace, "u", token, "c", "op") })
	}
	if err := use("fresh-token-fresh-token"); err != nil {
		t.Fatal(err)
	}
	if err := use("stale-token-stale-token"); err != nil {
		t.Fatal(err)
	}
	err := o.db.InTx(t.Context(), func(tx *db.Tx) error {
		old := time.Now().AddDate(0, 0, -31).UTC().Format("2006-01-02T15:04:05.000Z")
		_, err := tx.Exec("UPDATE form_tokens SET created_at = ? WHERE token LIKE 'stale%'", old)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- o.jobs.Run(ctx) }()
	o.await(refreshed)
	o.refreshNow(refreshed) // the tidying lies between the first refresh and the next
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.db.FormToken(t.Context(), workspace, "u", "fresh-token-fresh-token"); err != nil {
		t.Errorf("a fresh token: %v", err)
	}
	if _, _, err := o.db.FormToken(t.Context(), workspace, "u", "stale-token-stale-token"); err == nil {
		t.Error("a token of a month ago is still there")
	}
}

// testSigner signs with a key that is the same in every test.
func testSigner(t testing.TB) *seal.Signer {
	t.Helper()
	signer, err := seal.NewSigner(ed25519.NewKeyFromSeed([]byte("a key for tests, thirty-two byte")))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}
