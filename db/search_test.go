package db

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// texts are what names are made of: letters of all kinds, and what means something to SQL, to LIKE or to FTS.
var texts = []string{
	"algebra", "Physics", "GRÖßE", "größe", "standup", "x", "ab", "Ωmega", "日本語", "会議", "🎓🎒", "é", "e\u0301", "%", "100%", "_", `\`,
	"*", `"`, `"quoted"`, "'", "AND", "OR", "NOT", "NEAR/2", "-x", "^top", "tokens:abc", "(", ")", "a b", " ", "\t", "\n", "\x00",
	"\xff", "7", "42", "1234567", "616263", "rfalse", "İ", "ß", ";--", "\u200b",
}

// play writes random operations: in one step, in two, some never finished, some finished much later, by clocks that are
// set back at times.
type play struct {
	t    *testing.T
	d    *DB
	rand *rand.Rand
	open []Row
	at   time.Time
}

func newPlay(t *testing.T, d *DB, seed uint64) *play {
	return &play{t: t, d: d, rand: rand.New(rand.NewPCG(seed, 1)), at: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
}

func pick[T any](p *play, list ...T) T { return list[p.rand.IntN(len(list))] }

func (p *play) name() string {
	var b strings.Builder
	for range p.rand.IntN(4) {
		b.WriteString(pick(p, texts...))
		b.WriteString(pick(p, "", " ", "-"))
	}
	return b.String()
}

func (p *play) row() Row {
	p.at = p.at.Add(time.Duration(p.rand.IntN(200)) * time.Second)
	at := p.at
	if p.rand.IntN(300) == 0 {
		at = at.AddDate(0, 0, -p.rand.IntN(5))
	}
	n := p.rand.IntN(6)
	return Row{
		Time: at, Workspace: pick(p, "a", "a", "b"), Operation: NewID(), ActorID: fmt.Sprintf("u%d", n), ActorKind: "user",
		ActorName: []string{"ann@example.com", "bob@example.com", "", "u1", "Ångström", "AND"}[n],
		Action:    pick(p, "room.create", "room.create", "room.disable", "code.create", "roomy.test", "user.signin"),
		Phase:     pick(p, PhaseNote, PhaseIntent), TargetKind: pick(p, "room", "user", ""),
		TargetID: pick(p, "", "id1", "ID2", "65a0b3c4d5e6f708192a3b4c"), TargetName: p.name(), Error: pick(p, "", "", "", "refused"),
		Reason: reasonOf(at),
	}
}

// outcome ends one of the open operations.
func (p *play) outcome() Row {
	i := p.rand.IntN(len(p.open))
	row := p.open[i]
	p.open = slices.Delete(p.open, i, i+1)
	row.Phase = pick(p, PhaseDone, PhaseDone, PhaseFailed, PhaseSettled)
	if p.rand.IntN(4) == 0 {
		row.TargetName, row.TargetID = p.name(), "id9"
	}
	return row
}

// write adds n rows.
func (p *play) write(n int) {
	p.t.Helper()
	var rows []Row
	for range n {
		row := p.row()
		if len(p.open) > 0 && p.rand.IntN(5) < 2 {
			row = p.outcome()
		}
		if row.Phase == PhaseIntent {
			p.open = append(p.open, row)
		}
		rows = append(rows, row)
	}
	add(p.t, p.d, rows...)
}

func (p *play) feed() {
	p.t.Helper()
	if _, err := p.d.FeedSearch(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// all are the operations as the table has them, newest first.
func (p *play) all() []Operation {
	p.t.Helper()
	list, err := query(p.t.Context(), p.d, scanOperation, "SELECT "+operationColumns+" FROM operations ORDER BY seq DESC")
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// word is a part of something's text, or of nothing's.
func (p *play) word(all []Operation) string {
	if p.rand.IntN(8) == 0 {
		return pick(p, texts...)
	}
	o := pick(p, all...)
	text := []rune(searchText(o))
	if why := reasonOf(o.Time); why != "" && p.rand.IntN(3) == 0 {
		text = []rune(why)
	}
	from := p.rand.IntN(len(text))
	word := string(text[from:min(from+1+p.rand.IntN(12), len(text))])
	if p.rand.IntN(2) == 0 {
		word = strings.ToUpper(word)
	}
	return pick(p, word, word, `"`+word+`"`)
}

func (p *play) query(all []Operation) OperationQuery {
	var q OperationQuery
	sometimes := func(field *string, values ...string) {
		if p.rand.IntN(4) == 0 {
			*field = pick(p, values...)
		}
	}
	sometimes(&q.Workspace, "a", "b", "c")
	sometimes(&q.Actor, "ann@example.com", "bob@example.com", "u1", "u2", "Ångström", "AND", "nobody")
	sometimes(&q.Action, "room.create", "room.", "room.*", "user.signin", "code.create", "none.of")
	sometimes(&q.Outcome, OutcomeDone, OutcomeFailed, OutcomeUnknown)
	sometimes(&q.TargetKind, "room", "user")
	sometimes(&q.Target, "id1", "ID2", "id9", clean(pick(p, all...).TargetName), strings.ToUpper(clean(pick(p, all...).TargetName)))
	for range p.rand.IntN(3) {
		q.Q += p.word(all) + " "
	}
	if p.rand.IntN(4) == 0 {
		q.From = pick(p, all...).Time.Add(pick(p, 0, time.Millisecond, -24*time.Hour))
	}
	if p.rand.IntN(4) == 0 {
		q.To = pick(p, pick(p, all...).Time, pick(p, all...).Time.Truncate(24*time.Hour))
	}
	return q
}

// place is where in the list a page begins.
func (p *play) place(q OperationQuery, all []Operation) OperationQuery {
	q.Limit = pick(p, 1, 7, 50, 200)
	switch p.rand.IntN(3) {
	case 0:
		q.BeforeSeq = pick(p, all...).Seq
	case 1:
		q.AfterSeq = pick(p, all...).Seq
	}
	return q
}

// check asks n random queries and compares each answer with the naive one.
func (p *play) check(n int, seen func(OperationQuery, []Operation) []Operation) {
	p.t.Helper()
	all := p.all()
	for range n {
		q := p.query(all)
		want := naive(seen(q, all), q, int(p.d.search.reach))
		at := p.place(q, all)
		got, err := p.d.Operations(p.t.Context(), at)
		if err != nil {
			p.t.Fatalf("%+v: %v", at, err)
		}
		if diff := gocmp.Diff(page(want, at), got); diff != "" && len(page(want, at))+len(got) > 0 {
			p.t.Fatalf("%+v: %s", at, diff)
		}
		p.checkCounts(q, want)
	}
}

func (p *play) checkCounts(q OperationQuery, want []Operation) {
	p.t.Helper()
	from := p.at.AddDate(0, 0, -p.rand.IntN(8))
	days, capped, err := p.d.Timeline(p.t.Context(), q, from)
	if err != nil || capped {
		p.t.Fatalf("%+v: capped %v, error %v", q, capped, err)
	}
	if diff := gocmp.Diff(daysOf(want, from), days); diff != "" {
		p.t.Fatalf("%+v from %s: %s", q, from, diff)
	}
	if q.Outcome != "" {
		return
	}
	counts, err := p.d.OutcomeCounts(p.t.Context(), q)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, o := range want[:min(len(want), outcomeCap)] {
		counts[o.Outcome]--
	}
	if diff := gocmp.Diff(map[string]int{OutcomeDone: 0, OutcomeFailed: 0, OutcomeUnknown: 0}, counts); diff != "" {
		p.t.Fatalf("%+v: counts are off by %s", q, diff)
	}
}

// everything is what a search finds that leaves nothing out.
func everything(_ OperationQuery, all []Operation) []Operation { return all }

// Whatever the index has been fed, a search finds what a look at each operation finds.
func TestSearch(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.bits = 10
	p := newPlay(t, d, 7)
	p.write(1500)
	p.check(60, everything) // there is no index
	p.feed()
	p.check(120, everything)
	p.write(800)
	p.check(120, everything) // half of what is open has ended since
	p.feed()
	for range 30 {
		p.write(20)
		p.feed()
	}
	p.check(120, everything)
	p.write(1)
	p.check(40, everything)
}

// A search for words sees what the index has, what was open then, and the newest operations; one without words sees all.
func TestSearchFarBehind(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.bits, d.search.reach = 9, 100
	p := newPlay(t, d, 8)
	p.write(1500)
	fed := int64(0)
	visible := func(q OperationQuery, all []Operation) []Operation {
		if !slices.ContainsFunc(folded(q.Q), indexable) || q.Outcome == OutcomeUnknown {
			return all
		}
		var list []Operation
		for i, o := range all {
			if i < int(d.search.reach) || o.Seq <= fed {
				list = append(list, o)
			}
		}
		return list
	}
	p.check(100, visible)
	p.feed()
	fed = 1500
	p.write(1000)
	p.check(150, visible)
	p.feed()
	p.check(100, everything)
}

// Two processes write, and both feed the index.
func TestSearchOfTwoHandles(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	p := newPlay(t, a, 9)
	done := make(chan error)
	go func() {
		for range 100 {
			if _, err := b.FeedSearch(t.Context()); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for i := range 60 {
		p.d = []*DB{a, b}[i%2]
		p.write(30)
		p.feed()
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, p.d = range []*DB{a, b} {
		p.check(100, everything)
		if fed, head, err := p.d.SearchState(t.Context()); fed != 1800 || head != 1800 || err != nil {
			t.Errorf("fed %d of %d, error %v", fed, head, err)
		}
	}
}

// An export has the rows of exactly the operations that the page lists.
func TestStreamOfWords(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.reach = 500
	p := newPlay(t, d, 10)
	p.write(1500)
	p.feed()
	all := p.all()
	for range 60 {
		q := p.query(all)
		want := map[string]bool{}
		for _, o := range naive(all, q, 500) {
			want[o.ID] = true
		}
		got := map[string]bool{}
		if err := d.EachRow(t.Context(), q, func(row *Row) error { got[row.Operation] = true; return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v: %s", q, diff)
		}
	}
}

// The index answers what it is better at, as long as it isn't far behind.
func TestWhoAnswers(t *testing.T) {
	d := open(t, t.TempDir())
	d.search.reach = 50
	p := newPlay(t, d, 11)
	queries := map[string]struct {
		q                  OperationQuery
		missing, fed, late bool
	}{
		"all":              {q: OperationQuery{}},
		"one filter":       {q: OperationQuery{Workspace: "a"}},
		"one, in a span":   {q: OperationQuery{Actor: "u1", From: p.at}},
		"two filters":      {q: OperationQuery{Actor: "u1", Workspace: "a"}, fed: true},
		"open ones":        {q: OperationQuery{Outcome: OutcomeUnknown, Q: "algebra"}},
		"word":             {q: OperationQuery{Q: "alg"}, missing: true, fed: true, late: true},
		"short word":       {q: OperationQuery{Q: "al"}},
		"short, filters":   {q: OperationQuery{Q: "al", Actor: "u1", Workspace: "a"}},
		"short and a long": {q: OperationQuery{Q: "al alg"}, missing: true, fed: true, late: true},
	}
	ask := func(stage string, want func(name string) bool) {
		for name, c := range queries {
			fi, err := d.finder(t.Context(), c.q, 2)
			if err != nil || (fi != nil) != want(name) {
				t.Errorf("%s, %s: the index answers is %v, error %v", stage, name, fi != nil, err)
			}
			if fi != nil {
				fi.snap.end()
			}
		}
	}
	p.write(200)
	ask("missing", func(name string) bool { return queries[name].missing })
	p.feed()
	ask("fed", func(name string) bool { return queries[name].fed })
	p.write(51)
	ask("late", func(name string) bool { return queries[name].late })
}
