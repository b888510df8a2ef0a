package db

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// pruneBefore removes what is older than a time.
func (p *play) pruneBefore(at time.Time) {
	p.t.Helper()
	how := pruning(p.t, 1_000_000)
	how.Before = at
	if done := prune(p.t, p.d, how); done.Operations < 500 {
		p.t.Fatalf("hardly anything was removed: %+v", done)
	}
}

// The index still has what a policy has removed. No search and no count does.
func TestSearchAfterPruning(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.bits = 10
	p := newPlay(t, d, 9)
	p.write(1200)
	for len(p.open) > 0 { // else it would end the pruning
		add(t, d, p.outcome())
	}
	half := p.at
	p.feed()
	p.write(1500)
	p.pruneBefore(half)
	p.check(60, everything)
	p.feed()
	p.check(40, everything)
}

// More hits than are looked at one by one: the index counts them, and has more than there are.
func TestTimelineAfterPruning(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.bits = 11
	p := classes(t, d)
	p.feed()
	unknown, err := d.Operations(t.Context(), OperationQuery{Outcome: OutcomeUnknown, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range unknown {
		row := note(o.Action, o.ID)
		row.Phase, row.Time, row.TargetKind, row.TargetName = PhaseDone, o.Time, o.TargetKind, o.TargetName
		add(t, d, row)
	}
	p.pruneBefore(p.at.AddDate(0, 0, -14))
	all, from := p.all(), p.at.AddDate(0, 0, -30)
	for _, q := range []OperationQuery{
		{Q: "class"},
		{Q: "standup"},
		{Q: "class stand"},
		{Q: "class", Outcome: OutcomeFailed},
		{},
		{Action: "room.*"},
		{Actor: "ann@example.com"},
		{Q: "class 77"},
		{Q: "class", To: p.at.AddDate(0, 0, -13)},
	} {
		got, capped, err := d.Timeline(t.Context(), q, from)
		if err != nil || capped {
			t.Fatalf("%+v: capped %v, error %v", q, capped, err)
		}
		if diff := gocmp.Diff(daysOf(naive(all, q, searchReach), from), got); diff != "" {
			t.Errorf("%+v: %s", q, diff)
		}
	}
}
