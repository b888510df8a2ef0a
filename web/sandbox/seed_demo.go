package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// demoDays is how far back the demo account goes.
const demoDays = 90

// demo lays out the busy account: what somebody did in it, and when. All that is random in it follows from one number; the times
// follow from when the sandbox was founded.
type demo struct {
	random  *rand.Rand
	now     time.Time
	moments []moment
}

// moment is something that was done.
type moment struct {
	at time.Time
	do func(*tx) error
}

// plantDemo fills a new state with the demo account, by living through its ninety days: what was done is done in its order, and what
// follows from it by itself follows.
func (st *state) plantDemo(number uint64, now time.Time) error {
	chance := st.random
	defer func() { st.random = chance }()
	st.random = rand.New(rand.NewPCG(number, 1))
	d := &demo{random: rand.New(rand.NewPCG(number, 2)), now: now}
	d.layOut()
	slices.SortStableFunc(d.moments, func(a, b moment) int { return a.at.Compare(b.at) })
	for _, m := range d.moments {
		if _, err := st.runUntil(m.at); err != nil {
			return err
		}
		if err := st.inTx(m.at, m.do); err != nil {
			return fmt.Errorf("the demo account, %s: %w", m.at.Format(time.DateTime), err)
		}
	}
	_, err := st.runUntil(now)
	return err
}

func (d *demo) add(at time.Time, do func(*tx) error) {
	d.moments = append(d.moments, moment{at, do})
}

// layOut plans the account.
func (d *demo) layOut() {
	d.add(d.now.AddDate(0, 0, -demoDays-1), func(tx *tx) error {
		return tx.plantTemplates(slices.Concat(plainTemplates, showcaseTemplates))
	})
	d.add(d.now.AddDate(0, 0, -demoDays-1).Add(time.Hour), func(tx *tx) error {
		demoQuiz(tx)
		return nil
	})
	for _, k := range demoKinds {
		for i := range k.rooms {
			d.room(k, k.name(i))
		}
	}
	d.failedRecording()
	d.runningMeeting()
}

// demoKind is a kind of rooms in the account.
type demoKind struct {
	template string // its name
	rooms    int
	names    []string // of the rooms; more than there are names for get numbers
	about    string
	scenario string // what happens in the rooms
	often    int    // of so many rooms one has a session
}

var demoKinds = []demoKind{
	{"classroom", 62, []string{
		"year-7-biology", "year-7-history", "year-8-chemistry", "year-8-geography", "year-9-physics", "year-9-french", "year-10-maths",
		"year-10-art", "year-11-economics", "year-11-spanish",
	}, "Weekly lesson", "lesson", 3},
	{"telehealth", 34, []string{"cardiology-follow-up", "ward-4-handover", "physio-intake", "dermatology-review"}, "Appointments", "appointment", 4},
	{"webinar", 18, []string{"admissions-q-and-a", "product-briefing", "parents-evening"}, "Open to everybody with the link", "webinar", 9},
	{"audio room", 16, []string{"reading-circle", "choir-rehearsal"}, "Audio only", "flaky-call", 5},
	{"live shopping", 12, []string{"autumn-lookbook", "kitchen-hour"}, "Streamed on Thursdays", "webinar", 6},
	{"town hall", 8, []string{"all-hands", "board-update"}, "Large, with captions", "standup", 3},
}

// name is the name of the i-th room of the kind.
func (k demoKind) name(i int) string {
	name := k.names[i%len(k.names)]
	if i < len(k.names) {
		return name
	}
	return fmt.Sprintf("%s-%c", name, 'b'+rune(i/len(k.names)-1))
}

// workingHour is a moment on a working day, so many days ago.
func (d *demo) workingHour(daysAgo int) time.Time {
	day := d.now.AddDate(0, 0, -daysAgo)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	at := day.Truncate(24 * time.Hour).Add(7*time.Hour + time.Duration(d.random.Int64N(int64(10*time.Hour))))
	if latest := d.now.Add(-2 * time.Hour); at.After(latest) {
		return at.AddDate(0, 0, -3) // today's hours aren't over
	}
	return at
}

// room plans a room: its making, perhaps its codes, its sessions, and its end.
func (d *demo) room(k demoKind, name string) {
	daysAgo := 1 + d.random.IntN(demoDays)
	made := d.workingHour(daysAgo)
	d.add(made, d.makeRoom(k, name))
	if d.random.IntN(5) < 3 {
		d.add(made.Add(2*time.Minute), func(tx *tx) error {
			_, err := tx.makeCodes(tx.names[name])
			return err
		})
	}
	if d.random.IntN(k.often) == 0 && daysAgo > 4 {
		begins := made.Add(26 * time.Hour)
		d.play(begins, name, k.scenario)
		d.add(begins.Add(15*time.Minute), func(tx *tx) error { return voteAll(tx, tx.names[name]) })
	}
	if d.random.IntN(12) == 0 {
		d.add(made.Add(60*time.Hour), func(tx *tx) error {
			tx.lock(tx.names[name])
			return nil
		})
	}
}

// play plans a built-in scenario in a room.
func (d *demo) play(at time.Time, name, scenario string) {
	seed := d.random.IntN(1000)
	d.add(at, func(tx *tx) error {
		_, err := tx.playBuiltIn(tx.names[name], scenario, seed)
		return err
	})
}

// makeRoom makes a room of a kind; some have settings of their own.
func (d *demo) makeRoom(k demoKind, name string) func(*tx) error {
	dice := d.random.IntN(8)
	return func(tx *tx) error {
		t := tx.namedTemplate(k.template)
		if t == nil {
			return fmt.Errorf("there is no template %q", k.template)
		}
		in := roomBody{name: name, templateID: t.id, description: new(k.about)}
		switch dice {
		case 0:
			in.region = "us"
		case 1:
			in.maxDuration = new(5400)
		case 2:
			in.recording, in.hasRecording = &recordingInfo{Enabled: true, UploadInfo: demoBucket(name)}, true
		case 3:
			in.size = new(40)
		case 4:
			in.polls, in.hasPolls = []string{tx.polls.list[0].ID}, true
		}
		if k.template == "town hall" {
			in.size, in.largeRoom = new(5000), new(true)
		}
		next, err := tx.planCreate(in, nil)
		if err != nil {
			return err
		}
		tx.date(next)
		tx.rooms.put(tx, next)
		return nil
	}
}

// demoBucket is the bucket of a room that keeps its own recordings.
func demoBucket(prefix string) *uploadInfo {
	return &uploadInfo{
		Type: "s3", Location: "school-recordings", Prefix: prefix, Options: &uploadOptions{Region: "eu-central-1"},
		Credentials: &credentials{Key: "AKIADEMODEMODEMODEMO", Secret: "demo-secret-that-opens-nothing"},
	}
}

// failedRecording plans a meeting whose recording came to nothing.
func (d *demo) failedRecording() {
	const name = "autumn-assembly"
	made := d.workingHour(8)
	d.add(made, d.makeRoom(demoKind{template: "webinar", about: "Once a term"}, name))
	d.play(made.Add(25*time.Hour), name, "failed-recording")
}

// runningMeeting plans a meeting that goes on right now.
func (d *demo) runningMeeting() {
	const name = "staff-room"
	d.add(d.now.Add(-50*time.Minute), d.makeRoom(demoKind{template: "classroom", about: "Open all day"}, name))
	d.play(d.now.Add(-12*time.Minute), name, "lesson")
}

// demoQuiz makes the quiz that some rooms begin their sessions with.
func demoQuiz(tx *tx) *poll {
	p := &poll{
		ID: tx.newID(), Title: "What do we remember?", Mode: modeUserID, Type: typeQuiz, Start: startAuto,
		Questions: []question{{
			Index: 1, Text: "Which planet has the shortest year?", Format: "text", Skippable: true, Weight: 2, AnswerMinLen: 1, AnswerMaxLen: 1024,
			Type: singleChoice, Answer: &rightAnswer{Options: []int{2}},
			Options: []option{{1, "Venus", 1}, {2, "Mercury", 1}, {3, "Mars", 1}},
		}},
	}
	tx.polls.put(tx, p)
	return p
}

// voteAll lets everybody in a room answer what it is asked, some of them rightly.
func voteAll(tx *tx, rm *room) error {
	se := tx.running[rm.ID]
	if se == nil {
		return nil
	}
	for _, run := range tx.runsIn[se.ID] {
		for i, p := range tx.connected(rm.ID) {
			if _, err := tx.vote(tx.polls.at(run.PollID), run, p, ballot{question: 1, options: []int{1 + i%3}}); err != nil {
				return err
			}
		}
	}
	return nil
}
