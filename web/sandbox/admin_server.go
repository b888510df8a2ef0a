package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// serverAdmin are the calls about the sandbox itself.
func serverAdmin() []adminRoute {
	return []adminRoute{
		{"GET", "", "what the sandbox holds and can do", (*Server).overview},
		{"GET", "/clock", "its time", (*Server).showClock},
		{"POST", "/clock", `move its time: {"advance":"10m"}, {"speed":60}, {"speed":0} to stop it`, (*Server).moveClock},
		{"GET", "/faults", "the pending faults", (*Server).listFaults},
		{"POST", "/faults", `spoil coming requests: {"fault":"status=503,times=5,path=/rooms"}`, (*Server).addFault},
		{"DELETE", "/faults", "forget the pending faults", (*Server).clearFaults},
		{"GET", "/behaviour", "rate, latency and jitter", (*Server).showBehaviour},
		{"POST", "/behaviour", `change them: {"rate":20,"latency":"50ms","jitter":"20ms"}`, (*Server).changeBehaviour},
		{"GET", "/calls", "how often each call was made", (*Server).listCalls},
		{"DELETE", "/calls", "count from nothing again", (*Server).resetCalls},
	}
}

func (s *Server) overview(*http.Request) (reply any, err error) {
	help := object{}
	for _, rt := range adminRoutes() {
		help[rt.method+" "+adminPath+rt.path] = rt.help
	}
	others := []Reading{}
	for _, r := range readings() {
		if s.state.conf.reads(r.name) {
			others = append(others, r.name)
		}
	}
	return reply, s.view(func(st *state) error {
		held := object{}
		for _, k := range st.kinds() {
			held[k.kind()] = k.size()
		}
		reply = object{"api": basePath, "time": s.clock.now(), "holds": held, "readings": others, "faults": s.faultTexts(), "calls": help}
		return nil
	})
}

func (s *Server) showClock(*http.Request) (any, error) {
	return object{"time": s.clock.now(), "ahead": s.clock.ahead().String(), "speed": s.clock.pace()}, nil
}

func (s *Server) moveClock(r *http.Request) (any, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	f.only("advance", "speed")
	advance, speed := f.wait("advance", forEver), f.number("speed")
	if *f.err != nil {
		return nil, *f.err
	}
	if speed != nil {
		if err := s.SetSpeed(*speed); err != nil {
			return nil, badParam(fmt.Sprintf("speed must be from 0 to %d", speedMax))
		}
	}
	if advance != nil {
		if err := s.Advance(*advance); err != nil {
			return nil, err
		}
	}
	return s.showClock(r)
}

func (s *Server) faultTexts() []string {
	texts := []string{}
	for _, f := range s.Faults() {
		texts = append(texts, f.String())
	}
	return texts
}

func (s *Server) listFaults(*http.Request) (any, error) {
	return object{"faults": s.faultTexts(), "words": FaultHelp()}, nil
}

func (s *Server) addFault(r *http.Request) (any, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	f.only("fault")
	text := either(f.text("fault"), "")
	if *f.err != nil {
		return nil, *f.err
	}
	fault, err := ParseFault(text)
	if err != nil {
		return nil, badParam(err.Error())
	}
	s.FailNext(fault)
	return object{"faults": s.faultTexts()}, nil
}

func (s *Server) clearFaults(*http.Request) (any, error) {
	return object{"cleared": s.ClearFaults()}, nil
}

func (s *Server) showBehaviour(*http.Request) (any, error) {
	b := s.behaviour()
	return object{"rate": b.Rate, "latency": b.Latency.String(), "jitter": b.Jitter.String()}, nil
}

func (s *Server) changeBehaviour(r *http.Request) (any, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, err
	}
	f.only("rate", "latency", "jitter")
	b := s.behaviour()
	b.Rate = either(f.number("rate"), b.Rate)
	b.Latency = either(f.wait("latency", forEver), b.Latency)
	b.Jitter = either(f.wait("jitter", forEver), b.Jitter)
	if *f.err != nil {
		return nil, *f.err
	}
	if err := s.SetBehaviour(b); err != nil {
		return nil, badParam(err.Error())
	}
	return s.showBehaviour(r)
}

func (s *Server) listCalls(*http.Request) (any, error) {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	type count struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Count  int    `json:"count"`
	}
	all := []count{}
	for key, n := range s.calls.counts {
		all = append(all, count{key.method, key.path, n})
	}
	slices.SortFunc(all, func(a, b count) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
	return object{"calls": all}, nil
}

func (s *Server) resetCalls(*http.Request) (any, error) {
	s.ResetCalls()
	return object{"calls": []any{}}, nil
}
