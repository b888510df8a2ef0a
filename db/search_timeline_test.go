package db

import (
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// classes writes 6,000 operations, some with a clock that was set back. Half of the names have "standup" in one piece.
func classes(t *testing.T, d *DB) *play {
	p := newPlay(t, d, 3)
	for i := range 6 {
		rows := make([]Row, 1000)
		for j := range rows {
			n := i*1000 + j
			rows[j] = note([]string{"room.create", "room.disable", "user.signin"}[n%3], NewID())
			rows[j].Time = p.at.Add(time.Duration(n) * 5 * time.Minute)
			rows[j].TargetKind, rows[j].TargetName = "room", fmt.Sprintf("standup class %d", n)
			if n%2 == 0 {
				rows[j].TargetName = fmt.Sprintf("stand and up class %d", n)
			}
			if n%500 == 77 {
				rows[j].Time = rows[j].Time.AddDate(0, 0, -4)
			}
			if n%7 == 0 {
				rows[j].Error = "refused"
			}
			if n%1000 == 500 {
				rows[j].Phase = PhaseIntent
			}
		}
		add(t, d, rows...)
	}
	p.at = p.at.Add(6000 * 5 * time.Minute)
	return p
}

func TestTimelineOfMany(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.bits = 11
	p := classes(t, d)
	p.feed()
	last := note("room.create", "last")
	last.Time, last.TargetName, last.TargetKind, last.Reason = p.at, "class 6000", "room", reasonOf(p.at)
	add(t, d, last)
	all := p.all()
	from := p.at.AddDate(0, 0, -19)
	noon := time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
	for name, q := range map[string]OperationQuery{
		"word":                  {Q: "class"},
		"word, in one piece":    {Q: "standup"},
		"two words":             {Q: "class stand"},
		"short word beside":     {Q: "class d"},
		"rare short word":       {Q: "class 77"},
		"short word alone":      {Q: "p"},
		"word, done":            {Q: "CLASS", Outcome: OutcomeDone},
		"word, failed":          {Q: "class", Outcome: OutcomeFailed},
		"word, unknown":         {Q: "class", Outcome: OutcomeUnknown},
		"word, from noon":       {Q: "class", From: noon},
		"word, to noon":         {Q: "class", To: noon},
		"word, whole days":      {Q: "class", From: noon.Truncate(24 * time.Hour), To: p.at.Truncate(24 * time.Hour)},
		"word and filters":      {Q: "class", Action: "room.", Workspace: "sandbox", TargetKind: "room"},
		"actor":                 {Actor: "ann@example.com"},
		"actor and kind":        {Actor: "u1", TargetKind: "room", Outcome: OutcomeDone},
		"all":                   {},
		"all from noon to noon": {From: noon, To: noon.AddDate(0, 0, 1)},
		"action":                {Action: "room.create"},
		"object, failed":        {Action: "room.*", Outcome: OutcomeFailed, Workspace: "sandbox"},
		"workspace, to a day":   {Workspace: "sandbox", To: noon.Truncate(24 * time.Hour)},
		"nothing":               {Action: "room.create", Workspace: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			q.BeforeSeq, q.Limit = 50, 3 // are ignored
			got, capped, err := d.Timeline(t.Context(), q, from)
			if err != nil || capped {
				t.Fatalf("capped %v, error %v", capped, err)
			}
			if diff := gocmp.Diff(daysOf(naive(all, q, searchReach), from), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Of more than the limit, the newest are counted.
func TestTimelineIsCapped(t *testing.T) {
	d := open(t, t.TempDir())
	p := classes(t, d)
	all := p.all()
	for _, stage := range []string{"without an index", "with one", "with one that is late"} {
		for name, q := range map[string]OperationQuery{
			"word":         {Q: "class"},
			"short beside": {Q: "class a"},
			"short alone":  {Q: "a"},
			"actor":        {Actor: "ann@example.com"},
			"failed":       {Actor: "ann@example.com", Outcome: OutcomeFailed},
		} {
			list := naive(all, q, searchReach)
			for _, limit := range []int{500, len(list) - 1, len(list)} {
				got, capped, err := d.timeline(t.Context(), q, limit)
				if err != nil || capped != (limit < len(list)) {
					t.Errorf("%s, %s: capped is %v at %d of %d, error %v", stage, name, capped, limit, len(list), err)
				}
				// Which of them are the newest is a question of what hasn't ended, besides.
				counted := 0
				for _, day := range got {
					counted += day.Count
				}
				if counted != min(limit, len(list)) {
					t.Errorf("%s, %s: counted %d of %d up to %d", stage, name, counted, len(list), limit)
				}
			}
		}
		p.feed()
		if stage == "with one" {
			var rows []Row
			for i := range 600 {
				row := note("room.create", NewID())
				row.Time, row.TargetName = p.at, fmt.Sprintf("late class %d", i)
				rows = append(rows, row)
			}
			add(t, d, rows...)
			all = p.all()
		}
	}
}
