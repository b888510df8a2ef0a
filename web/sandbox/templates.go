package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// template is a stored template: the document as it is answered, and what other calls need out of it.
type template struct {
	id, name  string
	region    string   // of the settings: in, us, eu or auto
	roles     []string // by name
	isDefault bool     // the API never shows it
	doc       json.RawMessage
}

// storedTemplate is a template in the journal.
type storedTemplate struct {
	Default bool            `json:"default"`
	Doc     json.RawMessage `json:"doc"`
}

// MarshalJSON is the form in the journal.
func (t *template) MarshalJSON() ([]byte, error) {
	return json.Marshal(storedTemplate{Default: t.isDefault, Doc: t.doc})
}

// UnmarshalJSON reads the form in the journal.
func (t *template) UnmarshalJSON(text []byte) error {
	var stored storedTemplate
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	parsed, err := parseTemplate(stored.Doc)
	if err != nil {
		return err
	}
	*t = *parsed
	t.isDefault = stored.Default
	return nil
}

func parseTemplate(doc json.RawMessage) (*template, error) {
	var known struct {
		ID       string                     `json:"id"`
		Name     string                     `json:"name"`
		Roles    map[string]json.RawMessage `json:"roles"`
		Settings struct {
			Region string `json:"region"`
		} `json:"settings"`
	}
	if err := json.Unmarshal(doc, &known); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if !isID(known.ID) || known.Name == "" || len(known.Roles) == 0 {
		return nil, fmt.Errorf("template %q: the id, the name or the roles are missing", known.ID)
	}
	return &template{
		id: known.ID, name: known.Name, region: known.Settings.Region,
		roles: slices.Sorted(maps.Keys(known.Roles)), doc: slices.Clone(doc),
	}, nil
}

func (t *template) hasRole(role string) bool {
	_, found := slices.BinarySearch(t.roles, role)
	return found
}

func templateRoutes() []route {
	return []route{
		{method: "GET", path: "/templates", page: "Templates: list", handle: (*Server).listTemplates, query: []string{"limit", "start"}},
		{method: "GET", path: "/templates/{template_id}", page: "Templates: get", handle: (*Server).template},
	}
}

func (t *template) key() string   { return t.id }
func (t *template) order() string { return t.id }

func (s *Server) listTemplates(r *http.Request) (reply any, err error) {
	q := query{values: r.URL.Query()}
	limit, start := q.limit(limitDefault), q.id("start")
	if q.bad {
		return nil, errBadQuery
	}
	return reply, s.view(func(st *state) error {
		found := st.templates.list.before(start).newest(limit, func(*template) bool { return true })
		reply = pageOf(limit, start, found, func(t *template) any { return t.doc })
		return nil
	})
}

func (s *Server) template(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		t := st.templates.at(r.PathValue("template_id"))
		if t == nil {
			return errNoSuchID
		}
		reply = t.doc
		return nil
	})
}
