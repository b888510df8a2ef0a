package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// builtIn is a script that comes with the sandbox. It fits every template: it knows only who leads and who comes to listen.
type builtIn struct {
	name, about string
	write       func(*writer)
}

// builtIns lists them all.
var builtIns = []builtIn{
	{"lesson", "a teacher and twelve students who come and go, 45 minutes, recorded", writeLesson},
	{"webinar", "two hosts and sixty viewers, an hour, streamed live", writeWebinar},
	{"standup", "six people, a quarter of an hour, each speaks in turn", writeStandup},
	{"appointment", "two people, half an hour", writeAppointment},
	{"flaky-call", "four people who lose their connections and come back", writeFlakyCall},
	{"failed-recording", "two people whose recording can't be uploaded", writeFailedRecording},
}

// Why a built-in script can't be played.
var (
	errNoScript = refuse(http.StatusBadRequest, "there is no built-in scenario of this name")
	errNoCast   = refuse(http.StatusBadRequest, "the template of this room has no role that a scenario could use")
)

// playBuiltIn begins a built-in scenario in a room; the same seed makes the same steps. It fails when there is none of this name,
// and when nobody could have a role in it.
func (tx *tx) playBuiltIn(rm *room, name string, seed int) (*scenario, error) {
	at := slices.IndexFunc(builtIns, func(b builtIn) bool { return b.name == name })
	if at < 0 {
		return nil, errNoScript
	}
	steps, err := builtIns[at].script(tx.templates.at(rm.TemplateID).roleRules(), seed)
	if err != nil {
		return nil, err
	}
	return tx.play(rm, name, &seed, steps), nil
}

// script writes the steps for a template with these roles.
func (b builtIn) script(rules map[string]roleRules, seed int) ([]step, error) {
	lead, crowd := cast(rules)
	if lead == "" {
		return nil, errNoCast
	}
	w := &writer{
		random: rand.New(rand.NewPCG(uint64(seed), 0)), lead: lead, crowd: crowd,
		screen: rules[lead].mayPublish(sourceScreen), speaks: rules[crowd].mayPublish(trackAudio),
	}
	b.write(w)
	return inOrder(w.steps), nil
}

// inOrder sorts steps by their times; those of one time stay in their order.
func inOrder(steps []step) []step {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.At, b.At) })
	return steps
}

// cast returns the role that may end the room and one that may not: without a cap, else the one that may publish most. Where there
// is no such role the other has both parts; "" without any role.
func cast(rules map[string]roleRules) (lead, crowd string) {
	few := ""
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		role := rules[name]
		switch {
		case role.maxPeerCount < 0:
		case role.may("endRoom"):
			lead = cmp.Or(lead, name)
		case role.maxPeerCount == 0:
			crowd = cmp.Or(crowd, name)
		case few == "" || len(role.allowed) > len(rules[few].allowed):
			few = name
		}
	}
	crowd = cmp.Or(crowd, few, lead)
	return cmp.Or(lead, crowd), crowd
}

// writer writes a script down. What the roles can't do it leaves out.
type writer struct {
	random      *rand.Rand
	lead, crowd string // the roles
	screen      bool   // who leads may share the screen
	speaks      bool   // who listens may speak
	steps       []step
}

// castNames are the names of those who come to listen, as far as they last.
var castNames = []string{
	"Amara", "Bilal", "Chloe", "Daniel", "Elif", "Farah", "Gustav", "Hana", "Ilya", "Jonas", "Keiko", "Lucia", "Mateo", "Nadia", "Oskar",
	"Priya", "Quentin", "Rosa", "Samir", "Tove",
}

// guest is the name of the n-th of them.
func guest(n int) string {
	name := castNames[n%len(castNames)]
	if round := n / len(castNames); round > 0 {
		return fmt.Sprintf("%s %d", name, round+1)
	}
	return name
}

// around is a moment at the given one or up to spread later.
func (w *writer) around(at, spread time.Duration) time.Duration {
	return at + time.Duration(w.random.Int64N(int64(spread))).Truncate(time.Millisecond)
}

func (w *writer) add(at time.Duration, st step) {
	st.At = span(at)
	w.steps = append(w.steps, st)
}

func (w *writer) join(at time.Duration, name, role string) {
	w.add(at, step{Do: "join", Peer: name, Role: role, UserID: strings.ReplaceAll(strings.ToLower(name), " ", "-")})
}

func (w *writer) leave(at time.Duration, name, reason string) {
	w.add(at, step{Do: "leave", Peer: name, Reason: reason})
}

// mic mutes or unmutes somebody of the crowd.
func (w *writer) mic(at time.Duration, name, do string) {
	if w.speaks {
		w.add(at, step{Do: do, Peer: name})
	}
}

// shares has somebody who leads share the screen for a while.
func (w *writer) shares(from, to time.Duration, name string) {
	if w.screen {
		w.add(from, step{Do: "share", Peer: name})
		w.add(to, step{Do: "unshare", Peer: name})
	}
}

func writeLesson(w *writer) {
	const teacher = "Ms Okafor"
	w.join(0, teacher, w.lead)
	w.add(time.Minute, step{Do: "record", Peer: teacher})
	w.shares(3*time.Minute, 38*time.Minute, teacher)
	for i := range 12 {
		name := guest(i)
		w.join(w.around(5*time.Second, 4*time.Minute), name, w.crowd)
		w.mic(w.around(5*time.Minute, 2*time.Minute), name, "mute")
		switch {
		case i%5 == 1: // closes the tab and comes back
			w.leave(w.around(12*time.Minute, 5*time.Minute), name, leftByItself)
			w.join(w.around(18*time.Minute, 4*time.Minute), name, w.crowd)
		case i%5 == 3: // asks a question
			w.mic(w.around(20*time.Minute, time.Minute), name, "unmute")
			w.add(w.around(22*time.Minute, time.Minute), step{Do: "message", Peer: name, Message: "Could you show that once more?"})
			w.mic(w.around(24*time.Minute, time.Minute), name, "mute")
		}
		w.leave(w.around(40*time.Minute, 4*time.Minute), name, leftByItself)
	}
	w.add(44*time.Minute+30*time.Second, step{Do: "stop", Peer: teacher, Type: "recording"})
	w.add(45*time.Minute, step{Do: "end", By: teacher, Reason: "the lesson is over"})
}

func writeWebinar(w *writer) {
	const host, second = "Ingrid", "Tomás"
	w.join(0, host, w.lead)
	w.join(w.around(20*time.Second, time.Minute), second, w.lead)
	w.add(5*time.Minute, step{Do: "stream", Peer: host})
	w.shares(6*time.Minute, 50*time.Minute, host)
	for i := range 60 {
		name := guest(i)
		w.join(w.around(2*time.Minute, 12*time.Minute), name, w.crowd)
		if i%7 == 2 {
			w.add(w.around(30*time.Minute, 15*time.Minute), step{Do: "message", Peer: name, Message: "Will the recording be shared?"})
		}
		w.leave(w.around(48*time.Minute, 10*time.Minute), name, leftByItself)
	}
	w.add(58*time.Minute, step{Do: "stop", Peer: host, Type: "stream"})
	w.leave(w.around(58*time.Minute, 30*time.Second), second, leftByItself)
	w.add(time.Hour, step{Do: "end", By: host, Reason: "thank you all"})
}

func writeStandup(w *writer) {
	const lead = "Noor"
	w.join(0, lead, w.lead)
	for i := range 5 {
		name := guest(i)
		w.join(w.around(5*time.Second, time.Minute), name, w.crowd)
		w.mic(65*time.Second, name, "mute")
		turn := 90*time.Second + time.Duration(i)*2*time.Minute
		w.mic(turn, name, "unmute")
		w.mic(turn+w.around(time.Minute, 50*time.Second), name, "mute")
		w.leave(w.around(14*time.Minute, 30*time.Second), name, leftByItself)
	}
	w.leave(15*time.Minute, lead, leftByItself)
}

func writeAppointment(w *writer) {
	const lead = "Dr Haddad"
	other := guest(w.random.IntN(len(castNames)))
	w.join(0, lead, w.lead)
	w.join(w.around(10*time.Second, 3*time.Minute), other, w.crowd)
	w.shares(9*time.Minute, 13*time.Minute, lead)
	w.leave(w.around(26*time.Minute, 4*time.Minute), other, leftByItself)
	w.leave(31*time.Minute, lead, leftByItself)
}

func writeFlakyCall(w *writer) {
	const lead = "Dr Weiss"
	w.join(0, lead, w.lead)
	for i, reason := range []string{leftNetwork, leftMedia, leftServer} {
		name := guest(i)
		lost := w.around(4*time.Minute, 3*time.Minute)
		w.join(w.around(5*time.Second, time.Minute), name, w.crowd)
		w.leave(lost, name, reason)
		w.add(lost+20*time.Second, step{Do: "join", Peer: name, Role: w.crowd, Fail: joinNetwork})
		w.join(lost+45*time.Second, name, w.crowd)
		w.leave(w.around(15*time.Minute, 2*time.Minute), name, leftByItself)
	}
	w.leave(18*time.Minute, lead, leftNetwork)
}

func writeFailedRecording(w *writer) {
	const lead = "Kwame"
	w.join(0, lead, w.lead)
	w.join(w.around(10*time.Second, time.Minute), guest(0), w.crowd)
	w.add(2*time.Minute, step{Do: "record", Peer: lead, Fail: "UPLOAD_ERROR"})
	w.add(10*time.Minute, step{Do: "stop", Peer: lead, Type: "recording"})
	w.leave(w.around(11*time.Minute, 30*time.Second), guest(0), leftByItself)
	w.leave(12*time.Minute, lead, leftByItself)
}
