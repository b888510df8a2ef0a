package ledger_test

import (
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/db"
	"roomledger/db/dbtest"
	"roomledger/db/seal"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// keeper is a bench whose ledger can sign, in a known directory.
type keeper struct {
	*bench
	dir    string
	random *rand.Rand
	signer *seal.Signer
	rooms  []string // ids that were met
	plans  []string // of templates
}

func newKeeper(t *testing.T, seed uint64) *keeper {
	t.Helper()
	k := &keeper{bench: newBench(t, 0), dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 1))}
	k.db = dbtest.OpenDir(t, k.dir)
	var err error
	if k.signer, err = seal.NewSigner(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))); err != nil {
		t.Fatal(err)
	}
	err = k.db.InTx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.PutWorkspace(workspace), tx.SetPolicies(db.Policies{KeepDays: 30, CheckpointRows: 1, CheckpointMinutes: 1}))
	})
	if err != nil {
		t.Fatal(err)
	}
	k.ledger = ledger.New(ledger.Config{
		DB: k.db, HMS: k.client, Workspace: workspace, Key: []byte("a key for tests, thirty-two byte"), Signer: k.signer, Now: k.clock.now,
	})
	return k
}

// step does something at random. What it comes to doesn't matter: whatever it was is on record.
func (k *keeper) step() {
	k.t.Helper()
	k.clock.pass(time.Duration(k.random.IntN(200)) * time.Minute)
	switch n := k.random.IntN(100); {
	case n < 8:
		k.box.FailNext(sandbox.Fault{Method: http.MethodPost, CutAfter: true})
	case n < 13:
		k.box.FailNext(sandbox.Fault{Method: http.MethodPost, CutBefore: true})
	case n < 18:
		k.box.FailNext(sandbox.Fault{Method: http.MethodPost, Status: http.StatusBadRequest})
	case n < 21:
		k.look()
	}
	switch n := k.random.IntN(100); {
	case n < 40:
		k.createOne()
	case n < 50:
		k.stepTemplate()
	case n < 75:
		k.toggle()
	case n < 80:
		k.makeCodes()
	default:
		problem := []string{"", "wrong password"}[k.random.IntN(2)]
		err := k.ledger.Note(k.t.Context(), byAnn, "user.signin", ledger.Target{Kind: "user", Name: "ann@example.org"}, problem, nil)
		if err != nil {
			k.t.Fatal(err)
		}
	}
}

// look settles what is open.
func (k *keeper) look() {
	k.t.Helper()
	k.box.ClearFaults()
	if _, _, err := k.ledger.Settle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// createOne makes a room, or overwrites the one that has its name.
func (k *keeper) createOne() {
	k.t.Helper()
	name := fmt.Sprintf("room-%d", k.random.IntN(60))
	if k.random.IntN(2) == 0 {
		name = strings.ToUpper(name)
	}
	p := hms.RoomParams{Name: name, Description: new(fmt.Sprint("as of step ", k.random.IntN(1000)))}
	if k.random.IntN(3) == 0 {
		p.RecordingInfo = &hms.RecordingInfo{Enabled: k.random.IntN(2) == 0}
	}
	if k.random.IntN(3) == 0 {
		p.Size, p.MaxDurationSeconds = new(k.random.IntN(2500)), new(120+k.random.IntN(40_000))
	}
	made, err := k.ledger.CreateRoom(k.t.Context(), byAnn, p, "", nil)
	if taken, is := errors.AsType[*ledger.Taken](err); is && k.random.IntN(4) > 0 {
		made, err = k.ledger.CreateRoom(k.t.Context(), byAnn, p, taken.Room.ID, nil)
	}
	if err == nil {
		k.rooms = append(k.rooms, made.RoomID)
	}
	k.expected(err)
}

func (k *keeper) toggle() {
	k.t.Helper()
	if len(k.rooms) == 0 {
		return
	}
	_, err := k.ledger.SetRoomEnabled(k.t.Context(), byAnn, k.rooms[k.random.IntN(len(k.rooms))], k.random.IntN(2) == 0)
	k.expected(err)
}

func (k *keeper) makeCodes() {
	k.t.Helper()
	if len(k.rooms) == 0 {
		return
	}
	room, err := k.client.Room(k.t.Context(), k.rooms[k.random.IntN(len(k.rooms))])
	if err == nil {
		_, err = k.ledger.CreateRoomCodes(k.t.Context(), byAnn, ledger.Target{Kind: "room", ID: room.ID, Name: room.Name})
	}
	k.expected(err)
}

// expected fails unless err is one that faults and taken names bring about.
func (k *keeper) expected(err error) {
	k.t.Helper()
	_, taken := errors.AsType[*ledger.Taken](err)
	_, open := errors.AsType[*ledger.Open](err)
	_, refused := errors.AsType[*ledger.Refused](err)
	_, pending := errors.AsType[*ledger.Pending](err)
	_, api := errors.AsType[*hms.Error](err)
	_, held := errors.AsType[*ledger.TemplateTaken](err)
	_, stale := errors.AsType[*ledger.TemplateStale](err)
	if held || stale || errors.Is(err, ledger.ErrNoChange) {
		return
	}
	if err != nil && !taken && !open && !refused && !pending && !api {
		k.t.Fatal(err)
	}
}

// dump is the content of a table, but for what has no meaning: the numbers of rooms and counts of nothing.
func (k *keeper) dump() map[string][]string {
	k.t.Helper()
	pool, err := sql.Open("sqlite3", "file:"+filepath.Join(k.dir, db.FileName)+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() {
		if err := pool.Close(); err != nil {
			k.t.Error(err)
		}
	}()
	list := map[string][]string{}
	for name, text := range map[string]string{
		"operations": "SELECT * FROM operations ORDER BY seq",
		"days":       "SELECT * FROM days ORDER BY day",
		"day_counts": "SELECT * FROM day_counts WHERE n <> 0 ORDER BY day, workspace, action, outcome",
		"rooms":      "SELECT rooms.*, data FROM (SELECT * FROM rooms) rooms JOIN room_data USING (n) ORDER BY workspace, id",
		"templates":  "SELECT * FROM templates ORDER BY workspace, id",
		"versions":   "SELECT rowid AS n, v.workspace, id, v.n, seq, time, seen_at, operation, action, actor, reason, mark, data FROM template_versions v ORDER BY workspace, id, v.n",
	} {
		if list[name], err = lines(k.t, pool, text); err != nil {
			k.t.Fatal(err)
		}
	}
	return list
}

// lines are rows as text; a column n that a row begins with is left out.
func lines(t *testing.T, pool *sql.DB, text string) (list []string, err error) {
	rows, err := pool.QueryContext(t.Context(), text)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, places := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, err
		}
		if names[0] == "n" {
			values = values[1:]
		}
		list = append(list, fmt.Sprintln(values...))
	}
	return list, rows.Err()
}

// TestRebuiltEqualsLive is the promise that nothing but history counts: after thousands of changes, with lost answers,
// refusals, overwriting, settling and pruning, what is rebuilt from it is what was there.
func TestRebuiltEqualsLive(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, 20260601)
	for i := range 20 { // made elsewhere; some of them are changed later, some never
		room, err := k.client.CreateRoom(t.Context(), hms.RoomParams{Name: fmt.Sprintf("elsewhere-%d", i)})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			k.rooms = append(k.rooms, room.ID)
		}
	}
	if n, err := k.ledger.RefreshRooms(t.Context()); n != 20 || err != nil {
		t.Fatalf("%d rooms, %v", n, err)
	}
	removed := int64(0)
	for i := range manySteps {
		k.step()
		if i%250 != 249 {
			continue
		}
		n, err := k.ledger.Prune(t.Context(), ledger.Change{Actor: ledger.System})
		if err != nil {
			t.Fatal(err)
		}
		removed += n
		k.compare(i)
	}
	k.enough(removed)
	report, err := db.Verify(t.Context(), filepath.Join(k.dir, db.FileName), seal.Trust{Keys: k.signer.Keys()})
	if err != nil || !report.Intact() || report.Pruned != removed {
		t.Errorf("history is %+v, %v", report, err)
	}
}

// compare rebuilds and wants nothing to change by it.
func (k *keeper) compare(step int) {
	k.t.Helper()
	live := k.dump()
	err := k.db.InTx(k.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Rebuild(k.t.Context(), ledger.Project, func(int64, int64) {})
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	if diff := cmp.Diff(live, k.dump()); diff != "" {
		k.t.Fatalf("after step %d (-live +rebuilt):\n%s", step, diff)
	}
}

// enough wants the random course to have met everything.
func (k *keeper) enough(removed int64) {
	k.t.Helper()
	met := map[string]int{}
	err := k.db.EachRow(k.t.Context(), db.OperationQuery{}, func(r *db.Row) error {
		met[r.Action+" "+r.Phase]++
		if r.Action == "room.create" && r.Phase == db.PhaseDone && r.Before != "" {
			met["overwritten"]++
		}
		if r.Phase == db.PhaseSettled && r.TargetKind == "template" {
			met["a template's settled"]++
		}
		if r.Phase == db.PhaseSettled && r.TargetID != "" {
			met["settled as made"]++
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, what := range []string{
		"room.create done", "room.create failed", "room.create settled", "room.create note", "room.enable done", "room.disable done",
		"room.disable settled", "code.create done", "user.signin note", "history.prune done", "overwritten", "settled as made",
		"template.create done", "template.update done", "template.record done", "template.default done", "template.seen note",
		"a template's settled",
	} {
		if met[what] == 0 {
			k.t.Errorf("the course never met %q: %v", what, met)
		}
	}
	if removed < manySteps/4 {
		k.t.Errorf("only %d rows were removed", removed)
	}
}

func TestRebuildIsRecorded(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, 1)
	k.create(hms.RoomParams{Name: "ward-1"})
	done, err := k.ledger.Rebuild(t.Context(), byAnn, func(int64, int64) {})
	if err != nil || done != (db.Rebuilt{Rows: 2, Rooms: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	rows, told := k.bench.rows("history.rebuild")
	k.same("history", []string{"history.rebuild intent", "history.rebuild done"}, told)
	if rows[1].After != `{"rooms":1,"rows":2}` || rows[1].ActorName != "ann@example.org" {
		t.Errorf("the row is %+v", rows[1])
	}
}

func TestPruneIsRecorded(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, 1)
	k.create(hms.RoomParams{Name: "ward-1"})
	if n, err := k.ledger.Prune(t.Context(), byAnn); n != 0 || err != nil {
		t.Errorf("pruned %d rows of today, %v", n, err)
	}
	k.clock.pass(31 * 24 * time.Hour)
	k.create(hms.RoomParams{Name: "ward-2"})
	if n, err := k.ledger.Prune(t.Context(), byAnn); n != 2 || err != nil {
		t.Errorf("pruned %d rows, %v", n, err)
	}
	rows, told := k.bench.rows("history.prune", "room.create")
	k.same("history", []string{"room.create intent", "room.create done", "history.prune intent", "history.prune done"}, told)
	last := rows[len(rows)-1]
	const want = `{"first":1,"upto":2,"operations":1,"before":"2031-03-10T08:00:00Z","keep_days":30}`
	if last.After != want || last.TargetName != "rows 1 to 2" {
		t.Errorf("the row is %+v", last)
	}
	if err := k.db.InTx(t.Context(), func(tx *db.Tx) error { return tx.SetPolicies(db.DefaultPolicies()) }); err != nil {
		t.Fatal(err)
	}
	k.clock.pass(31 * 24 * time.Hour)
	if n, err := k.ledger.Prune(t.Context(), byAnn); n != 0 || err != nil {
		t.Errorf("pruned %d rows that are kept for good, %v", n, err)
	}
}
