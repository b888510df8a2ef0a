package main

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"roomledger/db"
	"roomledger/web/sandbox"
)

const (
	crashSubmits = 24                     // unless ROOMLEDGER_CRASH_SUBMITS says otherwise
	crashClients = 8                      // people at a time
	submitsAKill = 6                      // submits begun for each kill
	moreKills    = 20                     // at most, each of one submit more, when none of the plan's strikes any
	killWithin   = 40 * time.Millisecond  // of the moment when a submit begins at an API that takes its time
	killSoon     = 6 * time.Millisecond   // of that moment at the built-in one, which takes none
	startWithin  = 300 * time.Millisecond // is killed who is killed while starting
	slowCall     = 1500 * time.Millisecond
)

// TestKilledAtRandom kills the program with SIGKILL while people submit forms, again and again, and starts it anew on
// its data. In the end history, index and API have to tell the same story. ROOMLEDGER_CRASH_SUBMITS is the number of
// forms; ROOMLEDGER_CRASH_SEED repeats the plan of a run, though not how the machine schedules it.
func TestKilledAtRandom(t *testing.T) {
	n := int(number(t, "ROOMLEDGER_CRASH_SUBMITS", crashSubmits))
	seed := number(t, "ROOMLEDGER_CRASH_SEED", 1+rand.Uint64N(1e9))
	t.Run("with its sandbox", func(t *testing.T) {
		t.Parallel()
		c := newCrash(t, rand.New(rand.NewPCG(seed, 1)), n, killSoon, withAdmin(nil))
		c.run()
		c.check(keptRooms(t, c.victim.dir))
	})
	t.Run("with an API that lives on", func(t *testing.T) {
		t.Parallel()
		chance := rand.New(rand.NewPCG(seed, 2))
		box, env := account(t, func(h http.Handler) http.Handler { return unhurried(t, h, rand.New(rand.NewPCG(seed, 3))) })
		c := newCrash(t, chance, n, killWithin, env)
		c.run()
		boxed, err := box.Rooms()
		if err != nil {
			t.Fatal(err)
		}
		c.check(boxed)
	})
}

// TestKilledWhileStarting kills the program while it makes its keys, its database and the first admin.
func TestKilledWhileStarting(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(number(t, "ROOMLEDGER_CRASH_SEED", 1+rand.Uint64N(1e9)), 4))
	v := newVictim(t, filepath.Join(t.TempDir(), "data"), withAdmin(nil))
	for range 5 {
		v.launch()
		<-time.After(time.Duration(chance.Int64N(int64(startWithin))))
		v.kill()
	}
	v.start()
	newBrowser(t).signIn(t, v.await(t.Context()), adminEmail, adminPassword)
	v.end()
	rec := readRecord(t, v.dir)
	rec.checkRows(t)
	admins := 0
	for _, row := range rec.rows {
		if row.Action == "user.create" && row.Phase == db.PhaseDone {
			admins++
		}
	}
	if admins != 1 {
		t.Errorf("%d first admins were made", admins)
	}
}

// number is a number from the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(cmp.Or(os.Getenv(name), strconv.FormatUint(otherwise, 10)), 10, 32)
	if err != nil || n == 0 {
		t.Fatalf("%s has to be a number from 1 on: %v", name, err)
	}
	t.Logf("%s=%d", name, n)
	return n
}

// unhurried is an API that takes its time for a change, sometimes a long one. It makes the change also when its caller has
// died meanwhile, unless it happens to notice that first.
func unhurried(t *testing.T, api http.Handler, chance *rand.Rand) http.Handler {
	var mu sync.Mutex
	choose := func() (delay time.Duration, notices bool) {
		mu.Lock()
		defer mu.Unlock()
		delay = time.Duration(chance.Int64N(int64(killWithin)))
		if chance.IntN(8) == 0 {
			delay = slowCall
		}
		return delay, chance.IntN(3) == 0
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			api.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Logf("a request was cut: %v", err) // without the whole of it nothing is done
			return
		}
		delay, notices := choose()
		<-time.After(delay)
		if notices && r.Context().Err() != nil {
			return
		}
		r = r.WithContext(context.WithoutCancel(r.Context()))
		r.Body = io.NopCloser(bytes.NewReader(body))
		api.ServeHTTP(w, r)
	})
}

// kill is one SIGKILL.
type kill struct {
	begun int           // once so many submits have begun
	after time.Duration // and then so much later
	again time.Duration // killed once more, so long after the start that follows; 0: not
}

// crash is one run: a program to be killed and the people who use it meanwhile.
type crash struct {
	t      *testing.T
	chance *rand.Rand
	within time.Duration // of the moment when a submit begins, a kill comes
	victim *victim
	people *browser
	kills  []kill
	wanted []*submission
}

func newCrash(t *testing.T, chance *rand.Rand, n int, within time.Duration, env environment) *crash {
	t.Helper()
	c := &crash{t: t, chance: chance, within: within, victim: newVictim(t, t.TempDir(), env), people: newBrowser(t)}
	for range n {
		c.want()
	}
	for range max(1, n/submitsAKill) {
		k := kill{begun: 1 + chance.IntN(n), after: c.soon()}
		if chance.IntN(3) == 0 {
			k.again = time.Duration(chance.Int64N(int64(startWithin)))
		}
		c.kills = append(c.kills, k)
	}
	slices.SortFunc(c.kills, func(a, b kill) int { return a.begun - b.begun })
	return c
}

// want adds a room that somebody wants.
func (c *crash) want() *submission {
	s := &submission{name: "room-" + strconv.Itoa(len(c.wanted)), impatient: c.chance.IntN(3) == 0, twice: c.chance.IntN(5) == 0}
	if c.chance.IntN(6) == 0 {
		s.name = ""
	}
	c.wanted = append(c.wanted, s)
	return s
}

// soon is when to kill, counted from the beginning of a submit.
func (c *crash) soon() time.Duration { return time.Duration(c.chance.Int64N(int64(c.within))) }

// run makes every submit come to an end, whatever is killed meanwhile, and stops the program. Kills may all miss: then
// there are more of them, with more to strike.
func (c *crash) run() {
	c.victim.start()
	c.people.signIn(c.t, c.victim.await(c.t.Context()), adminEmail, adminPassword)
	c.rush(c.wanted, c.kills)
	for more := 0; more < moreKills && !slices.ContainsFunc(c.wanted, func(s *submission) bool { return s.broken }); more++ {
		c.rush([]*submission{c.want()}, []kill{{begun: 1, after: c.soon()}})
	}
	awaitSettled(c.t, c.victim.dir)
	for _, s := range c.wanted {
		if s.open {
			c.submitAgain(s)
		}
	}
	c.victim.end()
}

// rush lets people submit all of wanted while the program is killed.
func (c *crash) rush(wanted []*submission, kills []kill) {
	queue := make(chan *submission, len(wanted))
	for _, s := range wanted {
		queue <- s
	}
	close(queue)
	begun := make(chan struct{}, len(wanted)) // a submit begins; never blocks
	var people sync.WaitGroup
	for range crashClients {
		people.Go(func() {
			for s := range queue {
				begun <- struct{}{}
				c.submit(s)
			}
		})
	}
	c.killAll(kills, begun)
	people.Wait()
}

// killAll kills as planned; begun tells of each submit that begins.
func (c *crash) killAll(kills []kill, begun <-chan struct{}) {
	seen := 0
	for _, k := range kills {
		for ; seen < k.begun; seen++ {
			<-begun
		}
		<-time.After(k.after)
		c.victim.kill()
		if k.again > 0 {
			c.victim.launch()
			<-time.After(k.again)
			c.victim.kill()
		}
		c.victim.start()
	}
}

// check wants everything that was asked for to be there, and all accounts of it to agree.
func (c *crash) check(boxed []sandbox.RoomState) {
	rec := readRecord(c.t, c.victim.dir)
	rec.check(c.t, boxed)
	names := map[string]string{} // by id
	for _, room := range boxed {
		names[room.ID] = room.Name
	}
	operations := map[string]db.Operation{}
	for _, op := range rec.creations {
		operations[op.ID] = op
	}
	broken := 0
	for _, s := range c.wanted {
		if s.broken {
			broken++
		}
		c.checkSubmission(s, names, operations[rec.tokens[s.form.Get("form_token")]])
	}
	settled := map[bool]int{}
	for _, row := range rec.rows {
		if row.Phase == db.PhaseSettled {
			settled[row.TargetID != ""]++
		}
	}
	c.t.Logf("%d submits broke off; %d operations were settled as made, %d as not made; %d rooms",
		broken, settled[true], settled[false], len(boxed))
	if broken == 0 {
		c.t.Error("no kill struck a submit: nothing was tested")
	}
}

// checkSubmission compares what somebody was told with what is there. The operation is the one of their last form.
func (c *crash) checkSubmission(s *submission, names map[string]string, op db.Operation) {
	if s.room == "" {
		for _, name := range names {
			if strings.EqualFold(name, s.name) {
				return
			}
		}
		c.t.Errorf("%s was said to be taken, but there is no such room", s.name)
		return
	}
	id := strings.TrimPrefix(s.room, "/rooms/")
	if name, ok := names[id]; !ok || s.name != "" && s.name != name {
		c.t.Errorf("%q was said to be made as %s, the API has %q there", s.name, id, name)
	}
	if op.Outcome != db.OutcomeDone || op.TargetID != id {
		c.t.Errorf("%q was said to be made as %s, history says %+v", s.name, id, op)
	}
}
