package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

const (
	stepsMax       = 1000 // of a scenario
	scenariosShown = 100  // at most
)

// Refusals of the calls about scenarios.
var (
	errNoScenario   = refuse(http.StatusNotFound, "Scenario not found")
	errNameOrSteps  = refuse(http.StatusBadRequest, "give a scenario either a name or steps")
	errTooManySteps = refuse(http.StatusBadRequest, fmt.Sprintf("a scenario has at most %d steps", stepsMax))
	errNotPlaying   = refuse(http.StatusConflict, "this scenario is over")
)

// scenarioRequest is the body of a call that begins a scenario.
type scenarioRequest struct {
	roomID, name string
	seed         *int
	steps        []step
}

func readScenario(r *http.Request) (scenarioRequest, error) {
	f, err := readFieldsSent(r)
	if err != nil {
		return scenarioRequest{}, err
	}
	in := scenarioRequest{roomID: either(f.text("room_id"), ""), name: either(f.text("name"), ""), seed: f.integer("seed")}
	all := f.objects("steps")
	if len(all) > stepsMax {
		return in, errTooManySteps
	}
	for _, item := range all {
		in.steps = append(in.steps, readStep(item))
	}
	if *f.err == nil && (in.name == "") == (len(in.steps) == 0) {
		return in, errNameOrSteps
	}
	in.steps = inOrder(in.steps)
	return in, *f.err
}

func readStep(f fields) step {
	st := step{
		At: span(either(f.wait("at", sessionMax), 0)), Do: f.oneOf("do", "", slices.Sorted(maps.Keys(actions))), Peer: either(f.text("peer"), ""), Role: either(f.text("role"), ""),
		UserID: either(f.text("user_id"), ""), Metadata: either(f.text("metadata"), ""), Type: either(f.text("type"), ""),
		Reason: either(f.text("reason"), ""), Message: either(f.text("message"), ""), By: either(f.text("by"), ""),
		Fail: either(f.text("fail"), ""), Lock: either(f.flag("lock"), false),
	}
	a := actions[st.Do]
	f.required("do", st.Do != "")
	f.required("peer", st.Peer != "" || !a.peer)
	f.required("role", st.Role != "" || !a.role)
	for key, values := range a.among {
		f.oneOf(key, "", values)
	}
	return st
}

// begin plays what a request asks for in a room.
func (in scenarioRequest) begin(tx *tx, rm *room) (*scenario, error) {
	if in.name == "" {
		return tx.play(rm, "", nil, in.steps), nil
	}
	seed := tx.random.IntN(1_000_000)
	return tx.playBuiltIn(rm, in.name, either(in.seed, seed))
}

func (s *Server) playScenario(r *http.Request) (reply any, err error) {
	in, err := readScenario(r)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		rm := tx.rooms.at(in.roomID)
		if rm == nil {
			return errRoomNotFound
		}
		sc, err := in.begin(tx, rm)
		if err != nil {
			return err
		}
		reply = tx.shownScenario(sc)
		return nil
	})
}

// shownScenario is a scenario with its steps, as it is answered.
func (st *state) shownScenario(sc *scenario) any {
	return struct {
		*scenario
		Steps []step `json:"steps"`
	}{sc, st.scripts.at(sc.ID).Steps}
}

// listScenarios shows the newest scenarios, those to choose from, and what steps can do.
func (s *Server) listScenarios(*http.Request) (reply any, err error) {
	names, about := map[string]string{}, map[string]string{}
	for _, b := range builtIns {
		names[b.name] = b.about
	}
	for name, a := range actions {
		about[name] = a.about
	}
	return reply, s.view(func(st *state) error {
		found := st.scenarios.list.newest(scenariosShown, func(*scenario) bool { return true })
		if found == nil {
			found = []*scenario{}
		}
		reply = object{"scenarios": found, "built_in": names, "actions": about}
		return nil
	})
}

func (s *Server) scenario(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		sc := st.scenarios.at(r.PathValue("id"))
		if sc == nil {
			return errNoScenario
		}
		reply = st.shownScenario(sc)
		return nil
	})
}

// stopScenario leaves out the steps that are still to come.
func (s *Server) stopScenario(r *http.Request) (any, error) {
	return answer{status: http.StatusNoContent}, s.update(func(tx *tx) error {
		sc := tx.scenarios.at(r.PathValue("id"))
		switch {
		case sc == nil:
			return errNoScenario
		case sc.State != scenarioPlaying:
			return errNotPlaying
		}
		next := *sc
		next.State, next.NextAt = scenarioStopped, time.Time{}
		tx.scenarios.put(tx, &next)
		return nil
	})
}
