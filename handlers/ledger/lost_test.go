package ledger_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/db/dbtest"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// clock only moves when it is told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// bench is a ledger on an empty database, with a client that asks the sandbox once. All of them go by one clock.
type bench struct {
	t      *testing.T
	clock  *clock
	db     *db.DB
	box    *sandbox.Server
	client *hms.Client
	ledger *ledger.Ledger
}

var (
	workspace = db.Workspace{ID: "ws", Name: "Workspace"}
	byAnn     = ledger.Change{Actor: ledger.Actor{ID: "u1", Name: "ann@example.org", Kind: "user"}}
)

// newBench starts a bench whose API's clock is ahead of ours by offset.
func newBench(t *testing.T, offset time.Duration) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{at: time.Date(2031, 3, 9, 8, 0, 0, 0, time.UTC)}, db: dbtest.Open(t)}
	var err error
	b.box, err = sandbox.New(sandbox.Options{Now: func() time.Time { return b.clock.now().Add(offset) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.box.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := b.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.PutWorkspace(workspace) }); err != nil {
		t.Fatal(err)
	}
	b.client, b.ledger = b.through(b.box, nil)
	return b
}

// through is a client and a ledger of this bench that reach the API by way of h; observe may be nil.
func (b *bench) through(h http.Handler, observe func(hms.Call)) (*hms.Client, *ledger.Ledger) {
	b.t.Helper()
	api := httptest.NewServer(h)
	b.t.Cleanup(api.Close)
	client, err := hms.New(hms.Config{
		BaseURL: api.URL + "/v2", AccessKey: sandbox.DemoAccessKey, Secret: sandbox.DemoSecret,
		Tries: 1, Now: b.clock.now, Observe: observe,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	key := []byte("a key for tests, thirty-two byte")
	return client, ledger.New(ledger.Config{DB: b.db, HMS: client, Workspace: workspace, Key: key, Now: b.clock.now})
}

func (b *bench) create(p hms.RoomParams) ledger.Target {
	b.t.Helper()
	made, err := b.ledger.CreateRoom(b.t.Context(), byAnn, p, "", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return ledger.Target{Kind: "room", ID: made.RoomID, Name: made.RoomName}
}

func (b *bench) setEnabled(id string, enabled bool) {
	b.t.Helper()
	if _, err := b.ledger.SetRoomEnabled(b.t.Context(), byAnn, id, enabled); err != nil {
		b.t.Fatal(err)
	}
}

// lose lets the answer to the next change at path be lost, and wants err, what the change came to, to say so.
func (b *bench) lose(path string, made bool, change func() error) {
	b.t.Helper()
	b.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: path, CutBefore: !made, CutAfter: made})
	if err := change(); !isOpen(err) {
		b.t.Fatalf("the change came to %v, want an open outcome", err)
	}
}

func isOpen(err error) bool {
	_, is := errors.AsType[*ledger.Open](err)
	return is
}

// settle wants exactly one operation to be closed, and none to stay open.
func (b *bench) settle() {
	b.t.Helper()
	if closed, left, err := b.ledger.Settle(b.t.Context()); closed != 1 || left != 0 || err != nil {
		b.t.Fatalf("settling closed %d and left %d, %v", closed, left, err)
	}
}

// rows are those of history with this action, as phases.
func (b *bench) rows(actions ...string) (rows []db.Row, told []string) {
	b.t.Helper()
	err := b.db.EachRow(b.t.Context(), db.OperationQuery{}, func(r *db.Row) error {
		for _, a := range actions {
			if r.Action == a {
				rows = append(rows, *r)
				told = append(told, r.Action+" "+r.Phase)
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return rows, told
}

// outcomes are those of the operations of one action, newest first.
func (b *bench) outcomes(action string) []string {
	b.t.Helper()
	ops, err := b.db.Operations(b.t.Context(), db.OperationQuery{Action: action})
	if err != nil {
		b.t.Fatal(err)
	}
	var list []string
	for _, op := range ops {
		list = append(list, op.Outcome)
	}
	return list
}

func (b *bench) same(what string, want, got []string) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// known is the room as the read model has it, and wants the API to agree.
func (b *bench) known(id string) db.Room {
	b.t.Helper()
	known, err := b.db.Room(b.t.Context(), workspace.ID, id)
	if err != nil {
		b.t.Fatal(err)
	}
	room, err := b.client.Room(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	if room.Enabled != known.Enabled || room.Description != known.Description {
		b.t.Errorf("the read model has enabled %v and %q, the API %v and %q", known.Enabled, known.Description, room.Enabled, room.Description)
	}
	return known
}

// TestLostEnableThenDisable wants the enable to be looked up before the room is changed again: afterwards it would be
// taken for not made.
func TestLostEnableThenDisable(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := b.create(hms.RoomParams{Name: "ward-1"})
	b.setEnabled(room.ID, false)
	b.lose("/rooms/", true, func() error {
		_, err := b.ledger.SetRoomEnabled(t.Context(), byAnn, room.ID, true)
		return err
	})
	b.setEnabled(room.ID, false)
	_, told := b.rows("room.enable", "room.disable")
	b.same("history", []string{
		"room.disable intent", "room.disable done",
		"room.enable intent", "room.enable settled", "room.disable intent", "room.disable done",
	}, told)
	b.same("the enable", []string{db.OutcomeDone}, b.outcomes("room.enable"))
	if b.known(room.ID).Enabled {
		t.Error("the room is enabled")
	}
}

// TestLostOverwriteOfASecret has an overwriting that can't be seen in the room, as the API never shows its keys: only
// its time tells whether it was made.
func TestLostOverwriteOfASecret(t *testing.T) {
	t.Parallel()
	with := func(secret string) hms.RoomParams {
		keys := &hms.Credentials{Key: "AKIAEXAMPLEEXAMPLE00", Secret: secret}
		upload := &hms.UploadInfo{Type: "s3", Location: "bucket", Credentials: keys}
		return hms.RoomParams{Name: "ward-2", RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: upload}}
	}
	for name, tt := range map[string]struct {
		made    bool
		outcome string
	}{"cut before": {false, db.OutcomeFailed}, "cut after": {true, db.OutcomeDone}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 0)
			room := b.create(with("first-secret-0123456789abcdef"))
			b.clock.pass(time.Hour)
			b.lose("/rooms", tt.made, func() error {
				_, err := b.ledger.CreateRoom(t.Context(), byAnn, with("other-secret-0123456789abcdef"), room.ID, nil)
				return err
			})
			b.settle()
			b.same("the creates", []string{tt.outcome, db.OutcomeDone}, b.outcomes("room.create"))
		})
	}
}

// TestLostCodes wants codes to be told apart by what they are, not by when the API says that they were made.
func TestLostCodes(t *testing.T) {
	t.Parallel()
	for name, offset := range map[string]time.Duration{"same clock": 0, "API behind": -8 * time.Second, "API ahead": 8 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, offset)
			room := b.create(hms.RoomParams{Name: "ward-3"})
			again := func() error {
				_, err := b.ledger.CreateRoomCodes(t.Context(), byAnn, room)
				return err
			}
			b.lose("/room-codes", true, again)
			b.settle()
			b.same("after the first", []string{db.OutcomeDone}, b.outcomes("code.create"))
			b.lose("/room-codes", false, again)
			b.settle()
			b.same("after the second", []string{db.OutcomeFailed, db.OutcomeDone}, b.outcomes("code.create"))
		})
	}
}

// TestDisableWaitsForAnOverwrite has a disable read the room while its overwriting is under way: what it writes down
// must be the room as it is afterwards.
func TestDisableWaitsForAnOverwrite(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	seen := make(chan struct{}, 8)
	_, b.ledger = b.through(b.box, func(c hms.Call) {
		if c.Op == "Room" {
			seen <- struct{}{}
		}
	})
	room := b.create(hms.RoomParams{Name: "ward-4", Description: new("old words")})
	sent, answer := make(chan struct{}), make(chan struct{})
	b.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", Hook: func() { close(sent); <-answer }})
	failed := make(chan error, 2)
	go func() {
		_, err := b.ledger.CreateRoom(t.Context(), byAnn, hms.RoomParams{Name: "ward-4", Description: new("new words")}, room.ID, nil)
		failed <- err
	}()
	<-seen // by the overwriting
	<-sent
	go func() {
		_, err := b.ledger.SetRoomEnabled(t.Context(), byAnn, room.ID, false)
		failed <- err
	}()
	<-seen // by the disable: the old words
	close(answer)
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	rows, told := b.rows("room.create", "room.disable")
	b.same("history", []string{
		"room.create intent", "room.create done", "room.create intent", "room.create done", "room.disable intent", "room.disable done",
	}, told)
	for where, text := range map[string]string{"before": rows[4].Before, "after": rows[5].After, "read model": b.known(room.ID).Data} {
		if !strings.Contains(text, "new words") || strings.Contains(text, "old words") {
			t.Errorf("%s: %s", where, text)
		}
	}
}

// held lets the first answer that is asked for with this query stand still on its way, until the channel goOn is closed.
func held(api http.Handler, query string, written chan<- struct{}, goOn <-chan struct{}) http.Handler {
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		api.ServeHTTP(answer, r)
		if strings.Contains(r.URL.RawQuery, query) {
			once.Do(func() { close(written); <-goOn })
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		if _, err := answer.Body.WriteTo(w); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
}

// TestStaleListIsNotBelieved has the API list a room as disabled; before that list arrives, the room is enabled.
func TestStaleListIsNotBelieved(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	room := b.create(hms.RoomParams{Name: "ward-5"})
	b.setEnabled(room.ID, false)
	written, goOn := make(chan struct{}), make(chan struct{})
	_, refreshing := b.through(held(b.box, "enabled=false", written, goOn), nil)
	b.clock.pass(time.Second)
	done := make(chan error, 1)
	go func() {
		_, err := refreshing.RefreshRooms(t.Context())
		done <- err
	}()
	<-written
	b.clock.pass(time.Second)
	b.setEnabled(room.ID, true)
	close(goOn)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !b.known(room.ID).Enabled {
		t.Error("the room is disabled")
	}
	// A list that is newer than what we know is believed.
	b.clock.pass(time.Second)
	if _, err := b.client.SetRoomEnabled(t.Context(), room.ID, false); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ledger.RefreshRooms(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b.known(room.ID).Enabled {
		t.Error("the room is enabled")
	}
}
