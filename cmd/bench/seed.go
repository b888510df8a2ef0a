package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
)

const (
	seedBatch = 2000 // changes a transaction
	seedDays  = 300  // that they were made in
)

var actors = []string{
	"asha@example.org", "bela@example.org", "chidi@example.org", "dunja@example.org", "emre@example.org", "farah@example.org",
}

var (
	subjects  = []string{"algebra", "biology", "chemistry", "drama", "english", "french", "geography", "history", "physics", "welding"}
	regions   = []string{"eu", "in", "us"}
	templates = []hms.Template{{ID: "65d0aa10c1b2a30011223344", Name: "classroom"}, {ID: "65d0aa10c1b2a30011223355", Name: "webinar"}}
)

// seeder makes up rooms and their history as the ledger would have written them.
type seeder struct {
	ledger  *ledger.Ledger
	rooms   int
	changes int
	from    time.Time // when the first change was made
	step    time.Duration
}

// seed fills a new database with rooms and so many rows of history, or a few more. All rooms are made first; from then on each is
// disabled and enabled in turn, and so are its codes, three times as often. One change in a hundred needed a second try.
func seed(ctx context.Context, dir string, rooms, rows int) (err error) {
	d, err := db.Open(ctx, db.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	ws := db.Workspace{ID: "sandbox", Name: "Sandbox", Sandbox: true}
	if err := d.InTx(ctx, func(tx *db.Tx) error { return tx.PutWorkspace(ws) }); err != nil {
		return err
	}
	s := &seeder{
		ledger: ledger.New(ledger.Config{DB: d, Workspace: ws, Key: []byte("the key of seeded marks")}),
		rooms:  rooms, changes: max(rooms, (rows*100+201)/202), from: time.Now().Add(-seedDays * 24 * time.Hour),
	}
	s.step = seedDays * 24 * time.Hour / time.Duration(s.changes)
	return s.write(ctx, d)
}

// write lets one goroutine make up what the database writes next.
func (s *seeder) write(ctx context.Context, d *db.DB) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []change, 1)
	group.Go(func() error {
		defer close(batches)
		for i := 0; i < s.changes; i += seedBatch {
			batch, err := s.batch(i, min(i+seedBatch, s.changes))
			if err != nil {
				return err
			}
			select {
			case batches <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	group.Go(func() error {
		for batch := range batches {
			if err := d.InTx(ctx, func(tx *db.Tx) error { return put(tx, batch) }); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// change is what one change leaves behind.
type change struct {
	rows []db.Row // of history
	room *db.Room // nil: as it was
}

func put(tx *db.Tx, batch []change) error {
	for _, c := range batch {
		for i := range c.rows {
			if err := tx.Append(&c.rows[i]); err != nil {
				return err
			}
		}
		if c.room == nil {
			continue
		}
		if err := tx.PutRoom(*c.room); err != nil {
			return err
		}
	}
	return nil
}

// batch makes up the changes from one number to before another.
func (s *seeder) batch(from, to int) ([]change, error) {
	batch := make([]change, 0, to-from)
	for i := from; i < to; i++ {
		r := s.sample(i % s.rooms)
		round := i / s.rooms // how many changes this room has had
		c := change{}
		var err error
		switch {
		case round == 0:
			c, err = s.made(i, r)
		case round%4 == 1:
			c = s.switched(i, r, enabledAfter(round))
		default:
			c = s.switchedCode(i, r, round%2 == 0)
		}
		if err != nil {
			return nil, err
		}
		batch = append(batch, c)
	}
	return batch, nil
}

// enabledAfter says whether a room is enabled after so many changes since it was made.
func enabledAfter(changes int) bool { return (changes+3)/4%2 == 0 }

// when is the time of the i-th change.
func (s *seeder) when(i int) time.Time {
	return s.from.Add(time.Duration(i) * s.step).UTC().Truncate(time.Millisecond)
}

// roomName is the name of the i-th room.
func roomName(i int) string { return fmt.Sprintf("%s-%d", subjects[i%len(subjects)], i) }

// sample is the i-th room as it was made.
func (s *seeder) sample(i int) hms.Room {
	at := s.when(i)
	subject, t := subjects[i%len(subjects)], templates[i/7%len(templates)]
	return hms.Room{
		ID: fmt.Sprintf("%08x%016x", at.Unix(), i), Name: roomName(i), Enabled: true,
		Description: fmt.Sprintf("Group %d of %s, Tuesdays", i%40, subject), CustomerID: "65c3a1f00b7d4e2f9a6c1d20",
		AppID: "65c3a1f00b7d4e2f9a6c1d22", RecordingSourceTemplate: true, TemplateID: t.ID, Template: t.Name,
		Region: regions[i%len(regions)], Size: 10 + i%90, MaxDurationSeconds: 5400, CreatedAt: at, UpdatedAt: at,
	}
}

// base is the intent of a change of a room, as far as all changes have it.
func (s *seeder) base(i int, at time.Time, action string, r hms.Room) db.Row {
	who := i * 7 % len(actors)
	return db.Row{
		Time: at, Workspace: "sandbox", Operation: db.NewID(), ActorID: fmt.Sprintf("0193a000-0000-7000-8000-%012d", who),
		ActorName: actors[who], ActorKind: "user", IP: fmt.Sprintf("192.0.2.%d", who+10),
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", RequestID: rand.Text(),
		Action: action, Phase: db.PhaseIntent, TargetKind: "room", TargetName: r.Name, APIMethod: "POST", APIPath: "/rooms",
	}
}

// wanted is the request that makes r; keys in order, as the ledger writes them.
func wanted(r hms.Room) (string, error) {
	text, err := json.Marshal(map[string]any{
		"description": r.Description, "max_duration_seconds": r.MaxDurationSeconds, "name": r.Name, "region": r.Region,
		"size": r.Size, "template_id": r.TemplateID,
	})
	return string(text), err
}

// made is the making of a room. It stands in the list as it is after the last of its changes.
func (s *seeder) made(i int, r hms.Room) (change, error) {
	row := s.base(i, r.CreatedAt.Add(-4*time.Millisecond), "room.create", r)
	var err error
	if row.Request, err = wanted(r); err != nil {
		return change{}, err
	}
	after := s.ledger.RoomRecord(r).Data
	r.Enabled = enabledAfter((s.changes - 1 - i) / s.rooms)
	rec := s.ledger.RoomRecord(r)
	rec.Creator, rec.Operation = row.ActorName, row.Operation
	rows := tried(i, row, "template not found", 400, func(out *db.Row) {
		out.TargetID, out.Response, out.After = r.ID, after, after
	})
	return change{rows: rows, room: &rec}, nil
}

// switched disables or enables a room.
func (s *seeder) switched(i int, r hms.Room, enabled bool) change {
	row := s.base(i, s.when(i), "room."+verb(enabled), r)
	row.TargetID, row.APIPath = r.ID, "/rooms/"+r.ID
	row.Request = fmt.Sprintf(`{"enabled":%t}`, enabled)
	r.Enabled = enabled
	after := s.ledger.RoomRecord(r).Data
	row.Before = strings.Replace(after, fmt.Sprintf(`"enabled":%t`, enabled), fmt.Sprintf(`"enabled":%t`, !enabled), 1)
	return change{rows: tried(i, row, "internal server error", 500, func(out *db.Row) { out.Response, out.After = after, after })}
}

// switchedCode disables or enables a code of a room.
func (s *seeder) switchedCode(i int, r hms.Room, enabled bool) change {
	row := s.base(i, s.when(i), "code."+verb(enabled), r)
	row.TargetID, row.APIPath = r.ID, "/room-codes/code"
	code := fmt.Sprintf("abc-%04d-xyz", i%s.rooms%10_000)
	row.Request = fmt.Sprintf(`{"code":%q,"enabled":%t}`, code, enabled)
	return change{rows: tried(i, row, "internal server error", 500, func(out *db.Row) {
		out.Response = fmt.Sprintf(`{"code":%q,"created_at":%q,"enabled":%t,"role":"teacher","room_id":%q,"updated_at":%q}`,
			code, r.CreatedAt.Format(time.RFC3339), enabled, r.ID, s.when(i).Format(time.RFC3339))
	})}
}

func verb(enabled bool) string {
	if enabled {
		return "enable"
	}
	return "disable"
}

// tried is an intent with its outcome, which starts out as done. One in a hundred was refused twenty seconds before.
func tried(i int, intent db.Row, refusal string, status int, outcome func(*db.Row)) []db.Row {
	var rows []db.Row
	if i%100 == 0 {
		first := intent
		first.Time, first.Operation = intent.Time.Add(-20*time.Second), db.NewID()
		rows = pair(rows, first, func(out *db.Row) {
			out.Phase, out.APIStatus = db.PhaseFailed, status
			out.Response = fmt.Sprintf(`{"code":%d,"details":[],"message":%q}`, status, refusal)
			out.Error = fmt.Sprintf("%s %s: %d: %s", first.APIMethod, first.APIPath, status, refusal)
		})
	}
	return pair(rows, intent, outcome)
}

func pair(rows []db.Row, intent db.Row, outcome func(*db.Row)) []db.Row {
	out := intent
	out.Request, out.Phase = "", db.PhaseDone
	out.Time = intent.Time.Add(12 * time.Millisecond)
	out.APIStatus, out.LatencyMS, out.Attempts = 200, 11, 1
	outcome(&out)
	return append(rows, intent, out)
}
