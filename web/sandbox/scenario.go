package sandbox

import (
	"fmt"
	"time"
)

// script is a list of things that are to happen in a room, in their order. It never changes; how far it has got is the
// scenario's, so that a step writes little.
type script struct {
	ID    string `json:"id"` // that of its scenario
	Steps []step `json:"steps"`
}

// step is one of them.
type step struct {
	At       span   `json:"at"` // after the beginning
	Do       string `json:"do"` // a key of actions
	Peer     string `json:"peer,omitzero"`
	Role     string `json:"role,omitzero"`
	UserID   string `json:"user_id,omitzero"`
	Metadata string `json:"metadata,omitzero"`
	Type     string `json:"type,omitzero"`    // of a track or message
	Reason   string `json:"reason,omitzero"`  // of leaving, removing and ending
	Message  string `json:"message,omitzero"` // the text of a message, or what is said of a leaving
	By       string `json:"by,omitzero"`      // the peer who asks for a role or an end
	Fail     string `json:"fail,omitzero"`    // with what a join fails
	Lock     bool   `json:"lock,omitzero"`
}

func (sc *script) key() string   { return sc.ID }
func (sc *script) order() string { return sc.ID }

// span is a length of time that is written like 1m30s.
type span time.Duration

// MarshalText writes the length as Go does.
func (d span) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what MarshalText wrote; it fails for any other text.
func (d *span) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = span(parsed)
	return err
}

// The states of a scenario.
const (
	scenarioPlaying  = "playing"
	scenarioFinished = "finished"
	scenarioStopped  = "stopped"
)

// scenario plays a script in a room.
type scenario struct {
	ID        string      `json:"id"`
	RoomID    string      `json:"room_id"`
	Name      string      `json:"name,omitzero"` // of a built-in one
	Seed      *int        `json:"seed,omitzero"` // of a built-in one: the same number makes the same steps
	State     string      `json:"state"`
	StartedAt time.Time   `json:"started_at"`
	Next      int         `json:"next"` // the index of the step to come
	NextAt    time.Time   `json:"next_at,omitzero"`
	Mishaps   []misfallen `json:"mishaps,omitzero"` // the steps that could not be done
}

// misfallen is a step that could not be done.
type misfallen struct {
	Step int    `json:"step"` // its index
	Why  string `json:"why"`
}

func (sc *scenario) key() string   { return sc.ID }
func (sc *scenario) order() string { return sc.ID }

func (sc *scenario) due() time.Time {
	if sc.State != scenarioPlaying {
		return time.Time{}
	}
	return sc.NextAt
}

// step does the next step. One that can't be done is noted and left out, as in life.
func (sc *scenario) step(tx *tx) {
	steps := tx.scripts.at(sc.ID).Steps
	next := *sc
	if err := tx.act(tx.rooms.at(sc.RoomID), steps[sc.Next]); err != nil {
		next.Mishaps = append(next.Mishaps[:len(next.Mishaps):len(next.Mishaps)], misfallen{sc.Next, err.Error()})
	}
	next.Next++
	tx.scenarios.put(tx, next.awaiting(steps))
}

// awaiting sets sc to wait for its next step, or to be over.
func (sc *scenario) awaiting(steps []step) *scenario {
	if sc.Next == len(steps) {
		sc.State, sc.NextAt = scenarioFinished, time.Time{}
		return sc
	}
	sc.NextAt = sc.StartedAt.Add(time.Duration(steps[sc.Next].At))
	return sc
}

// play begins a scenario in a room. The steps must stand in the order of their times.
func (tx *tx) play(rm *room, name string, seed *int, steps []step) *scenario {
	sc := &scenario{ID: tx.newID(), RoomID: rm.ID, Name: name, Seed: seed, State: scenarioPlaying, StartedAt: tx.now}
	tx.scripts.put(tx, &script{ID: sc.ID, Steps: steps})
	sc.awaiting(steps)
	tx.scenarios.put(tx, sc)
	return sc
}

// checkScenarios makes sure that scenarios find what they play and where.
func (st *state) checkScenarios() error {
	for _, sc := range st.scenarios.list {
		play := st.scripts.at(sc.ID)
		if play == nil || st.rooms.at(sc.RoomID) == nil {
			return fmt.Errorf("the sandbox's state has scenario %s without its script or room", sc.ID)
		}
		if sc.Next < 0 || sc.Next > len(play.Steps) || (sc.State == scenarioPlaying && sc.Next == len(play.Steps)) {
			return fmt.Errorf("the sandbox's state has scenario %s at step %d of %d", sc.ID, sc.Next, len(play.Steps))
		}
	}
	return nil
}
