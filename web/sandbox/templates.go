package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// template is a stored template: the document as it is answered, what the API keeps besides it, and what other calls need.
type template struct {
	id, name  string
	region    string   // of the settings: in, us, eu or auto
	roles     []string // by name
	isDefault bool     // of the workspace
	subdomain string   // of the pages that the vendor serves; templates made by the API have none
	tree      object
	doc       json.RawMessage // the tree, encoded
	recording object          // the one element of the recording configuration; nil: there is none
}

// storedTemplate is a template in the state's file.
type storedTemplate struct {
	Default   bool            `json:"default"`
	Subdomain string          `json:"subdomain,omitzero"`
	Doc       json.RawMessage `json:"doc"`
	Recording json.RawMessage `json:"recording,omitzero"`
}

// MarshalJSON is the form in the state's file.
func (t *template) MarshalJSON() ([]byte, error) {
	stored := storedTemplate{Default: t.isDefault, Subdomain: t.subdomain, Doc: t.doc}
	if t.recording != nil {
		var err error
		if stored.Recording, err = json.Marshal(t.recording); err != nil {
			return nil, err
		}
	}
	return json.Marshal(stored)
}

// UnmarshalJSON reads the form in the state's file.
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
	t.isDefault, t.subdomain = stored.Default, stored.Subdomain
	if stored.Recording == nil {
		return nil
	}
	recording, err := decodeTree(stored.Recording)
	if err != nil {
		return fmt.Errorf("template %q: the recording configuration: %w", t.id, err)
	}
	t.recording, _ = recording.(object)
	return nil
}

func parseTemplate(doc json.RawMessage) (*template, error) {
	v, err := decodeTree(doc)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	tree, _ := v.(object)
	t, err := newTemplate(tree)
	if err != nil {
		return nil, err
	}
	if !isID(t.id) || t.name == "" || objectAt(tree, "roles") == nil {
		return nil, fmt.Errorf("template %q: the id, the name or the roles are missing", t.id)
	}
	return t, nil
}

// newTemplate returns the template of a tree, which nobody may change from then on.
func newTemplate(tree object) (*template, error) {
	doc, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", textAt(tree, "id"), err)
	}
	return &template{
		id: textAt(tree, "id"), name: textAt(tree, "name"), region: textAt(objectAt(tree, "settings"), "region"),
		roles: slices.Sorted(maps.Keys(objectAt(tree, "roles"))), tree: tree, doc: doc,
	}, nil
}

func (t *template) key() string   { return t.id }
func (t *template) order() string { return t.id }

func (t *template) hasRole(role string) bool {
	_, found := slices.BinarySearch(t.roles, role)
	return found
}

// changed returns t with another tree, as of now.
func (t *template) changed(tree object, now time.Time) (*template, error) {
	tree["updatedAt"] = stamp(laterThan(textAt(t.tree, "updatedAt"), now))
	next, err := newTemplate(tree)
	if err != nil {
		return nil, err
	}
	next.isDefault, next.subdomain, next.recording = t.isDefault, t.subdomain, t.recording
	return next, nil
}

// laterThan returns now, but always a time after that of the text.
func laterThan(text string, now time.Time) time.Time {
	now = now.Truncate(time.Millisecond)
	if before, err := time.Parse(time.RFC3339, text); err == nil && !now.After(before) {
		return before.Add(time.Millisecond)
	}
	return now
}

// stamp is a time as JSON has it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// templateKeys are the keys of the body of a create or an update.
var templateKeys = []string{"name", "roles", "settings", "destinations", "plugins"}

func templateRoutes() []route {
	return slices.Concat([]route{
		{method: "GET", path: "/templates", page: "Templates: list", handle: (*Server).listTemplates, query: []string{"limit", "start"}},
		{method: "POST", path: "/templates", page: "Templates: create", handle: (*Server).createTemplate, body: templateKeys},
		{method: "GET", path: "/templates/{template_id}", page: "Templates: get", handle: (*Server).template},
		{method: "POST", path: "/templates/{template_id}", page: "Templates: update", handle: (*Server).updateTemplate, body: templateKeys},
	}, roleRoutes(), templatePartRoutes())
}

// calledTemplate returns the template that a call names.
func (st *state) calledTemplate(r *http.Request) (*template, error) {
	t := st.templates.at(r.PathValue("template_id"))
	if t == nil {
		return nil, errNoSuchID
	}
	return t, nil
}

func (s *Server) listTemplates(r *http.Request) (reply any, err error) {
	q := s.query(r)
	limit, start := q.limit(limitDefault), q.id("start")
	if q.bad {
		return nil, errBadQuery
	}
	return reply, s.view(func(st *state) error {
		found := st.templates.list.before(start).newest(limit, func(*template) bool { return true })
		reply = pageOf(st.conf, limit, start, found, st.templateReply)
		return nil
	})
}

func (s *Server) template(r *http.Request) (reply any, err error) {
	return reply, s.view(func(st *state) error {
		t, err := st.calledTemplate(r)
		if err != nil {
			return err
		}
		reply = st.templateReply(t)
		return nil
	})
}

// createTemplate makes a template, or puts a whole new one in the place of that which has the name already.
func (s *Server) createTemplate(r *http.Request) (reply any, err error) {
	body, err := readTree(r)
	if err != nil {
		return nil, err
	}
	if body["roles"] == nil {
		body["roles"] = object{"host": object{}, "guest": object{}}
	}
	tree, err := s.state.conf.planTemplate(body)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		if textAt(tree, "name") == "" {
			tree["name"] = "default_videoconf_" + tx.newUUID()
		}
		t, err := tx.keepTemplate(tx.namedTemplate(textAt(tree, "name")), tree)
		if err != nil {
			return err
		}
		reply = tx.templateReply(t)
		return nil
	})
}

// updateTemplate puts a whole new template in the place of the old one, which leaves only its name where none is sent.
func (s *Server) updateTemplate(r *http.Request) (reply any, err error) {
	body, err := readTree(r)
	if err != nil {
		return nil, err
	}
	tree, err := s.state.conf.planUpdate(body)
	if err != nil {
		return nil, err
	}
	return reply, s.update(func(tx *tx) error {
		old, err := tx.calledTemplate(r)
		if err != nil {
			return err
		}
		tree["name"] = cmp.Or(textAt(tree, "name"), old.name)
		if holder := tx.namedTemplate(textAt(tree, "name")); holder != nil && holder.id != old.id {
			return tx.conf.overwriteError()
		}
		next, err := tx.keepTemplate(old, tree)
		if err != nil {
			return err
		}
		reply = tx.updatedTemplateReply(next)
		return nil
	})
}

// planUpdate returns the tree that the body of an update stands for.
func (c conf) planUpdate(body object) (object, error) {
	for _, key := range []string{"roles", "settings"} {
		if body[key] == nil && !c.reads(ReadingUpdateEmptiesAll) {
			return nil, badParam(fmt.Sprintf(textRequired, key))
		}
	}
	return c.planTemplate(body)
}

// planTemplate returns the tree that a body stands for, complete but for what only the state knows: ids, times, and a name that
// wasn't sent.
func (c conf) planTemplate(body object) (object, error) {
	maps.DeleteFunc(body, func(key string, _ any) bool { return slices.Contains(answerKeys, key) })
	liftPlugins(body)
	ch := checker{conf: c, roles: map[string]bool{}}
	roles := objectAt(body, "roles")
	for name, role := range roles {
		ch.roles[name] = role != nil
	}
	if body["roles"] != nil {
		rolesShape.read(&ch, "roles", body["roles"]) // before what names them
	}
	kept, err := ch.check(templateShape, body)
	if err != nil {
		return nil, err
	}
	tree, _ := kept.(object)
	tree["settings"] = completeSettings(objectAt(tree, "settings"))
	if tree["destinations"] == nil {
		tree["destinations"] = object{}
	}
	tree["roles"] = c.completeRoles(objectAt(tree, "roles"))
	return tree, checkZip(objectAt(tree, "settings"), objectAt(tree, "destinations"))
}

// liftPlugins puts plugins that stand in the destinations, as in an answer of the documents, where the requests have them.
func liftPlugins(body object) {
	destinations := objectAt(body, "destinations")
	if destinations["plugins"] == nil {
		return
	}
	if body["plugins"] == nil {
		body["plugins"] = destinations["plugins"]
	}
	delete(destinations, "plugins")
}

// keepTemplate puts a template with this tree in the place of old, or a new one where old is nil.
func (tx *tx) keepTemplate(old *template, tree object) (*template, error) {
	if old == nil {
		now := stamp(tx.now.Truncate(time.Millisecond))
		old = &template{id: tx.newID(), tree: object{"createdAt": now}}
	}
	tree["id"], tree["_id"] = old.id, old.id
	tree["customerId"], tree["customer"] = customerID, customerID
	tree["createdAt"] = old.tree["createdAt"]
	next, err := old.changed(tree, tx.now)
	if err != nil {
		return nil, err
	}
	tx.templates.put(tx, next)
	return next, nil
}

// templateNameKey is how template names are compared.
func (c conf) templateNameKey(name string) string {
	if c.reads(ReadingTemplateNamesFold) {
		return strings.ToLower(name)
	}
	return name
}

// namedTemplate returns the template that has this name, or nil.
func (st *state) namedTemplate(name string) *template {
	return st.templateNames[st.conf.templateNameKey(name)]
}

func (c conf) overwriteError() error {
	if c.reads(ReadingOverwriteConflict) {
		return errOverwriteConflict
	}
	return errOverwrite
}
