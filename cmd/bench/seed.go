package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
)

const (
	seedBatch = 1000 // rooms a transaction
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

// seeder writes rooms and their history as the ledger would have.
type seeder struct {
	ledger *ledger.Ledger
	from   time.Time // when the first room was made
	step   time.Duration
}

// seed fills a new database with n rooms and the history of making them: one in a hundred needed a second try, one in
// thirty was disabled later.
func seed(ctx context.Context, dir string, n int) (err error) {
	d, err := db.Open(ctx, db.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	ws := db.Workspace{ID: "sandbox", Name: "Sandbox", Sandbox: true}
	s := &seeder{
		ledger: ledger.New(ledger.Config{DB: d, Workspace: ws, Key: []byte("the key of seeded marks")}),
		from:   time.Now().Add(-seedDays * 24 * time.Hour), step: seedDays * 24 * time.Hour / time.Duration(n),
	}
	if err := d.InTx(ctx, func(tx *db.Tx) error { return tx.PutWorkspace(ws) }); err != nil {
		return err
	}
	for i := 0; i < n; i += seedBatch {
		err := d.InTx(ctx, func(tx *db.Tx) error {
			for k := i; k < min(i+seedBatch, n); k++ {
				if err := s.room(tx, k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// room writes everything about the i-th room.
func (s *seeder) room(tx *db.Tx, i int) error {
	r := s.sample(i)
	if i%100 == 0 {
		if err := s.refused(tx, i, r); err != nil {
			return err
		}
	}
	made, err := s.made(tx, i, r)
	if err != nil {
		return err
	}
	rec := s.ledger.RoomRecord(r)
	rec.Creator, rec.Operation = made.ActorName, made.Operation
	if i%30 == 0 {
		r.Enabled, rec.Enabled = false, false
		if err := s.disabled(tx, i, r); err != nil {
			return err
		}
	}
	return tx.PutRoom(rec)
}

func (s *seeder) sample(i int) hms.Room {
	at := s.from.Add(time.Duration(i) * s.step).UTC().Truncate(time.Millisecond)
	subject, t := subjects[i%len(subjects)], templates[i/7%len(templates)]
	return hms.Room{
		ID: fmt.Sprintf("%08x%016x", at.Unix(), i), Name: fmt.Sprintf("%s-%d", subject, i), Enabled: true,
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

func (s *seeder) made(tx *db.Tx, i int, r hms.Room) (db.Row, error) {
	row := s.base(i, r.CreatedAt.Add(-4*time.Millisecond), "room.create", r)
	var err error
	if row.Request, err = wanted(r); err != nil {
		return row, err
	}
	after := s.ledger.RoomRecord(r).Data
	return row, pair(tx, row, func(out *db.Row) {
		out.TargetID, out.Response, out.After = r.ID, after, after
	})
}

// refused is a first try that the API didn't take.
func (s *seeder) refused(tx *db.Tx, i int, r hms.Room) error {
	row := s.base(i, r.CreatedAt.Add(-20*time.Second), "room.create", r)
	var err error
	if row.Request, err = wanted(r); err != nil {
		return err
	}
	return pair(tx, row, func(out *db.Row) {
		out.Phase, out.APIStatus = db.PhaseFailed, 400
		out.Response = `{"code":400,"details":[],"message":"template not found"}`
		out.Error = "CreateRoom: POST /rooms: 400: template not found"
	})
}

func (s *seeder) disabled(tx *db.Tx, i int, r hms.Room) error {
	row := s.base(i, r.CreatedAt.Add(s.step/2), "room.disable", r)
	before := r
	before.Enabled = true
	row.TargetID, row.APIPath = r.ID, "/rooms/"+r.ID
	row.Request, row.Before = `{"enabled":false}`, s.ledger.RoomRecord(before).Data
	after := s.ledger.RoomRecord(r).Data
	return pair(tx, row, func(out *db.Row) { out.Response, out.After = after, after })
}

// pair appends an intent and its outcome, which starts out as done.
func pair(tx *db.Tx, intent db.Row, outcome func(*db.Row)) error {
	if err := tx.Append(&intent); err != nil {
		return err
	}
	out := intent
	out.Seq, out.Request, out.Phase = 0, "", db.PhaseDone
	out.Time = intent.Time.Add(12 * time.Millisecond)
	out.APIStatus, out.LatencyMS, out.Attempts = 200, 11, 1
	outcome(&out)
	return tx.Append(&out)
}
