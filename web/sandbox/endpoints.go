package sandbox

import (
	"slices"
	"strings"
)

// Endpoint is one call that the sandbox answers.
type Endpoint struct {
	Method string
	Path   string // below the base path; {…} stands for a parameter
	Page   string // of the documents that describes it
}

// Endpoints lists every call that the sandbox answers, in the order of the router's table: once each, also where a slash at the
// end of the path is taken as well. The sandbox's own calls, which are outside of the API, are not among them.
func Endpoints() []Endpoint {
	var all []Endpoint
	for _, rt := range routes() {
		e := Endpoint{rt.method, strings.TrimSuffix(rt.path, "/{$}"), rt.page}
		if !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	return all
}
