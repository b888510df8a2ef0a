package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/handlers/ledger"
	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// era is how the room was from a moment on, as the API has it, secrets and all.
type era struct {
	at   time.Time
	body []byte
}

// past plays with one room, through the ledger and behind its back, and remembers each era.
type past struct {
	*bench
	rng  *rand.Rand
	id   string
	eras []era
}

func newPast(t *testing.T, seed uint64, readings ...sandbox.Reading) *past {
	t.Helper()
	p := &past{bench: newBench(t, 0), rng: rand.New(rand.NewPCG(seed, 1))}
	if len(readings) > 0 {
		p.read(readings)
	}
	p.clock.pass(time.Minute)
	p.id = p.create(p.params()).ID
	p.remember()
	return p
}

// read goes on with an API that reads its documents another way.
func (p *past) read(readings []sandbox.Reading) {
	p.t.Helper()
	o := sandbox.Options{Now: p.clock.now, Readings: map[sandbox.Reading]bool{}}
	for _, r := range readings {
		o.Readings[r] = true
	}
	box, err := sandbox.New(o)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := box.Close(); err != nil {
			p.t.Error(err)
		}
	})
	p.box = box
	p.client, p.ledger = p.through(box, nil)
}

// remember ends a step: what the API has now is how it was from now on.
func (p *past) remember() {
	p.t.Helper()
	p.eras = append(p.eras, era{p.clock.now(), p.body()})
	p.clock.pass(time.Minute)
}

// body is the room as the API has it.
func (p *past) body() []byte {
	p.t.Helper()
	rooms, err := p.box.Rooms()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, r := range rooms {
		if r.ID == p.id {
			return r.Body
		}
	}
	p.t.Fatalf("the API has no room %s", p.id)
	return nil
}

func (p *past) secret() string { return fmt.Sprintf("a-secret-long-enough-%d", p.rng.IntN(3)) }

// params changes a few things at random.
func (p *past) params() hms.RoomParams {
	var out hms.RoomParams
	for range 1 + p.rng.IntN(3) {
		switch p.rng.IntN(8) {
		case 0:
			out.Description = new(fmt.Sprintf("description %d", p.rng.IntN(3)))
		case 1:
			out.Size = new(p.rng.IntN(4) * 10)
		case 2:
			out.Region = []string{"in", "us", "eu"}[p.rng.IntN(3)]
		case 3:
			out.MaxDurationSeconds = new(600 + 60*p.rng.IntN(3))
		case 4:
			out.Polls = []string{fmt.Sprintf("poll-%d", p.rng.IntN(2))}
		case 5:
			out.Webhook = &hms.Webhook{URL: "https://h.example.org/x?k=" + p.secret(), Headers: map[string]string{"X-Key": p.secret()}}
		case 6:
			out.RecordingInfo = &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{
				Type: "s3", Location: "bucket", Prefix: fmt.Sprintf("p%d", p.rng.IntN(2)),
				Credentials: &hms.Credentials{Key: p.secret(), Secret: p.secret()},
			}}
		case 7:
			out.RecordingInfo = &hms.RecordingInfo{}
		}
	}
	return out
}

// room is the room as the API shows it.
func (p *past) room() hms.Room {
	p.t.Helper()
	room, err := p.client.Room(p.t.Context(), p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	return room
}

// step changes the room in one of the ways there are.
func (p *past) step() {
	p.t.Helper()
	ctx := p.t.Context()
	switch room := p.room(); p.rng.IntN(5) {
	case 0:
		p.setEnabled(p.id, !room.Enabled)
	case 1:
		next := p.params()
		next.Name = room.Name
		if _, err := p.ledger.CreateRoom(ctx, byAnn, next, p.id, nil); err != nil {
			p.t.Fatal(err)
		}
	case 2:
		p.elsewhere(hms.RoomParams{
			Description: new(fmt.Sprintf("by another tool %d", p.rng.IntN(3))), Name: fmt.Sprintf("ward-%d", p.rng.IntN(3)), Size: new(p.rng.IntN(3)),
		})
	case 3:
		p.elsewhere(hms.RoomParams{Enabled: new(!room.Enabled)})
	case 4:
		p.restore(p.eras[p.rng.IntN(len(p.eras))])
	}
	p.remember()
}

// elsewhere changes the room with another tool; the next comparison finds it.
func (p *past) elsewhere(params hms.RoomParams) {
	p.t.Helper()
	if _, err := p.client.UpdateRoom(p.t.Context(), p.id, params); err != nil {
		p.t.Fatal(err)
	}
	p.clock.pass(time.Minute)
	p.refresh()
}

func (b *bench) refresh() {
	b.t.Helper()
	if _, err := b.ledger.RefreshRooms(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// restore brings an era back, and wants all of it that isn't said to stay.
func (p *past) restore(e era) {
	p.t.Helper()
	ctx, at := p.t.Context(), e.at.Add(30*time.Second)
	plan, err := p.ledger.PlanRoom(ctx, p.id, at, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	_, err = p.ledger.RestoreRoom(ctx, byAnn, p.id, at, plan.Version, typedFrom(p.t, plan, e.body))
	not, nothing := errors.AsType[*ledger.NotRestored](err)
	if nothing && !not.Plan.Nothing() || err != nil && !nothing {
		p.t.Fatalf("restoring the room as of %v came to %v", at, err)
	}
	kept := map[string]bool{}
	for _, l := range plan.Left {
		kept[l.Path] = true
	}
	if kept["recording"] {
		kept["recording_info"], kept["recording_source_template"], kept["enabled_source_template"] = true, true, true
	}
	kept["updated_at"] = true
	if diff := cmp.Diff(fieldsBut(p.t, e.body, kept), fieldsBut(p.t, p.body(), kept)); diff != "" {
		p.t.Errorf("the room restored as of %v, but for %v (-then +now):\n%s", at, plan.Left, diff)
	}
}

// typedFrom is what somebody types who knows the secrets of then.
func typedFrom(t *testing.T, plan ledger.Restore, body []byte) map[string]string {
	t.Helper()
	typed := map[string]string{}
	for _, s := range plan.Asked {
		var v any = fieldsBut(t, body, nil)
		for key := range strings.SplitSeq(s.Path, ".") {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		text, ok := v.(string)
		if !ok {
			t.Fatalf("asked for %s, which there never was", s.Path)
		}
		typed[s.Path] = strings.TrimPrefix(text, s.Rest)
	}
	return typed
}

// fieldsBut are the fields of an object, without some.
func fieldsBut(t *testing.T, body []byte, but map[string]bool) map[string]any {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	for key := range but {
		delete(all, key)
	}
	return all
}

// TestStatesAreThePast plays at random and wants history to tell, for any moment, how the room was then.
func TestStatesAreThePast(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := newPast(t, seed)
			for range 25 {
				p.step()
			}
			p.checkEras()
			p.checkPages()
		})
	}
}

// TestStatesInOtherReadings does the same where the API shows more or less than usual.
func TestStatesInOtherReadings(t *testing.T) {
	t.Parallel()
	for _, reading := range []sandbox.Reading{
		sandbox.ReadingReadsCredentials, sandbox.ReadingRecordingOff, sandbox.ReadingListTimes, sandbox.ReadingOwnRegion, sandbox.ReadingUpsertResets,
	} {
		t.Run(string(reading), func(t *testing.T) {
			t.Parallel()
			p := newPast(t, 99, reading)
			for range 20 {
				p.step()
			}
			p.checkEras()
			p.checkPages()
		})
	}
}

func (p *past) checkEras() {
	p.t.Helper()
	target := ledger.Target{Kind: "room", ID: p.id}
	for i, e := range p.eras {
		state, later, err := p.ledger.StateAt(p.t.Context(), target, e.at.Add(time.Duration(p.rng.IntN(59))*time.Second))
		if err != nil || state == nil {
			p.t.Fatalf("era %d: state %v, %v", i, state, err)
		}
		if diff := cmp.Diff(p.ledger.Compared("room", e.body), state.Compared); diff != "" {
			p.t.Errorf("era %d (-was +history):\n%s", i, diff)
		}
		if state.Time.After(e.at) || later != nil && !later.Time.After(e.at) {
			p.t.Errorf("era %d, of %v: the state is from %v, the next from %+v", i, e.at, state.Time, later)
		}
	}
	state, later, err := p.ledger.StateAt(p.t.Context(), target, p.eras[0].at.Add(-time.Second))
	if state != nil || later == nil || !later.First || err != nil {
		p.t.Errorf("before the room was made it was %+v, then %+v, %v", state, later, err)
	}
}

// checkPages wants the pages of states to be the eras that differ from those before, newest first.
func (p *past) checkPages() {
	p.t.Helper()
	var want, got []string
	for i, e := range p.eras {
		if now := p.ledger.Compared("room", e.body); i == 0 || now != p.ledger.Compared("room", p.eras[i-1].body) {
			want = append([]string{now}, want...)
		}
	}
	before := int64(0)
	for {
		list, older, err := p.ledger.States(p.t.Context(), ledger.Target{Kind: "room", ID: p.id}, before)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, s := range list {
			got = append(got, s.Compared)
		}
		if before = older; older == 0 {
			break
		}
	}
	p.same("the states of all pages", want, got)
}
