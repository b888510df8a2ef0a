package sandbox

import (
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
	handle       handler
}

// routes lists every call the sandbox knows; the router and the tests read it.
func routes() []route {
	return []route{
		{"GET", "/rooms", (*Server).listRooms},
		{"POST", "/rooms", (*Server).createRoom},
		{"GET", "/rooms/{room_id}", (*Server).room},
		{"POST", "/rooms/{room_id}", (*Server).updateRoom},

		{"GET", "/templates", (*Server).listTemplates},
		{"GET", "/templates/{template_id}", (*Server).template},

		{"GET", "/room-codes/room/{room_id}", (*Server).listCodes},
		{"POST", "/room-codes/room/{room_id}", (*Server).createCodes},
		{"POST", "/room-codes/room/{room_id}/role/{role}", (*Server).createCode},
		{"POST", "/room-codes/code", (*Server).updateCode},
	}
}

// newMux registers each path once, for all methods, because the mux's own 404 and 405 are not JSON.
func (s *Server) newMux(table []route) *http.ServeMux {
	byPath := map[string]map[string]handler{}
	for _, rt := range table {
		if byPath[rt.path] == nil {
			byPath[rt.path] = map[string]handler{}
		}
		byPath[rt.path][rt.method] = rt.handle
	}
	mux := http.NewServeMux()
	for path, methods := range byPath {
		mux.Handle(basePath+path, s.methods(methods))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.reply(w, r, nil, errNoSuchPath)
	})
	return mux
}

func (s *Server) methods(handlers map[string]handler) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(handlers)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle, ok := handlers[r.Method]
		if !ok {
			w.Header().Set("Allow", allow)
			s.reply(w, r, nil, errWrongMethod)
			return
		}
		body, err := handle(s, r)
		s.reply(w, r, body, err)
	})
}
