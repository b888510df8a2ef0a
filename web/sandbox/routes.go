package sandbox

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// handler answers one call: with the body of a 200, or with an error (an *apiError is the API's own refusal).
type handler func(*Server, *http.Request) (any, error)

// route is one call of the API. The path stands below basePath and is a pattern of http.ServeMux.
type route struct {
	method, path string
	page         string   // of the documents that describes it
	query, body  []string // the documented parameters
	refused      []string // keys of the body with a refusal of their own
	open         bool     // needs no management token
	handle       handler
}

// routes lists every call the sandbox knows; the router and the tests read it.
func routes() []route {
	return slices.Concat(
		roomRoutes(), codeRoutes(), tokenRoutes(), sessionRoutes(), templateRoutes(), beamRoutes(), pollRoutes(), eventRoutes(), sipRoutes(),
	)
}

// newMux registers each path once, for all methods, because the mux's own 404 and 405 are not JSON.
func (s *Server) newMux(table []route) *http.ServeMux {
	byPath := map[string]map[string]route{}
	s.open = map[string]bool{}
	for _, rt := range table {
		s.open[rt.method+" "+basePath+rt.path] = rt.open
		if byPath[rt.path] == nil {
			byPath[rt.path] = map[string]route{}
		}
		byPath[rt.path][rt.method] = rt
	}
	mux := http.NewServeMux()
	for path, methods := range byPath {
		mux.Handle(basePath+path, s.methods(methods))
	}
	s.handleAdmin(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.reply(w, r, nil, errNoSuchPath)
	})
	return mux
}

func (s *Server) methods(routes map[string]route) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(routes)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rt, ok := routes[r.Method]
		if !ok {
			w.Header().Set("Allow", allow)
			s.reply(w, r, nil, errWrongMethod)
			return
		}
		body, err := rt.handle(s, s.strict(r, rt))
		s.reply(w, r, body, err)
	})
}

// knownKeys is where a request's context has the keys that its body may have, where others are refused.
type knownKeys struct{}

// strict returns r so that readFields refuses keys that aren't documented, where that reading is chosen.
func (s *Server) strict(r *http.Request, rt route) *http.Request {
	if rt.body == nil || !s.state.conf.reads(ReadingUnknownKeys) {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), knownKeys{}, slices.Concat(rt.body, rt.refused)))
}

func (s *Server) handleAdmin(mux *http.ServeMux) {
	byPath := map[string]map[string]route{}
	for _, rt := range adminRoutes() {
		if byPath[rt.path] == nil {
			byPath[rt.path] = map[string]route{}
		}
		byPath[rt.path][rt.method] = route{method: rt.method, path: rt.path, handle: rt.handle}
	}
	for path, methods := range byPath {
		mux.Handle(adminPath+path, s.methods(methods))
	}
}
