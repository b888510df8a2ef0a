package sandbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// templateModel is the simplest thing that templates could be: names, and the roles of each.
type templateModel struct {
	b      *box
	random *rand.Rand
	paths  map[string]string          // by name
	roles  map[string]map[string]bool // by path
}

// Few names, so that calls meet.
var (
	modelNames     = []string{"alpha", "Alpha", "beta", "gamma"}
	modelRoleNames = []string{"host", "guest", "a/b", "x y"}
)

// TestTemplatesAgreeWithAModel makes random calls, and looks at everything after each.
func TestTemplatesAgreeWithAModel(t *testing.T) {
	for seed := range uint64(8) {
		m := &templateModel{
			b: newBox(t, Options{}), random: rand.New(rand.NewPCG(seed, 7)),
			paths: map[string]string{}, roles: map[string]map[string]bool{},
		}
		m.create()
		for range 60 {
			m.step()
			m.compare()
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

func (m *templateModel) step() {
	switch m.random.IntN(5) {
	case 0:
		m.create()
	case 1:
		m.update()
	case 2, 3:
		m.setRole()
	default:
		m.deleteRole()
	}
}

func pick[T any](m *templateModel, from []T) T { return from[m.random.IntN(len(from))] }

// some returns roles for a body, which all subscribe to each other.
func (m *templateModel) some() (names map[string]bool, bodies object) {
	names, bodies = map[string]bool{}, object{}
	for _, role := range modelRoleNames {
		if m.random.IntN(2) == 0 {
			names[role], bodies[role] = true, object{}
		}
	}
	return names, bodies
}

// one returns the name and path of a template that there is.
func (m *templateModel) one() (name, path string) {
	name = pick(m, slices.Sorted(maps.Keys(m.paths)))
	return name, m.paths[name]
}

func (m *templateModel) create() {
	name := pick(m, modelNames)
	names, bodies := m.some()
	path := m.b.makeTemplate(encodedText(m.b.t, object{"name": name, "roles": bodies}))
	if known, ok := m.paths[name]; ok {
		equal(m.b.t, "the same template", path, known)
	}
	m.paths[name], m.roles[path] = path, names
}

func (m *templateModel) update() {
	old, path := m.one()
	name := pick(m, append([]string{""}, modelNames...))
	names, bodies := m.some()
	body := encodedText(m.b.t, object{"name": name, "roles": bodies, "settings": object{}})
	if holder, ok := m.paths[name]; ok && holder != path {
		m.b.call(400, "POST", path, body)
		return
	}
	m.b.call(200, "POST", path, body)
	if name != "" {
		delete(m.paths, old)
		m.paths[name] = path
	}
	m.roles[path] = names
}

// escapedRole is a role's name in a path.
func escapedRole(name string) string {
	return strings.NewReplacer("/", "%2F", " ", "%20").Replace(name)
}

func (m *templateModel) setRole() {
	_, path := m.one()
	old, name := pick(m, modelRoleNames), pick(m, modelRoleNames)
	body := fmt.Sprintf(`{"name":%q,"permissions":{"mute":true}}`, name)
	if name != old && m.roles[path][name] {
		m.b.call(400, "POST", path+"/roles/"+escapedRole(old), body)
		return
	}
	m.b.call(200, "POST", path+"/roles/"+escapedRole(old), body)
	delete(m.roles[path], old)
	m.roles[path][name] = true
}

func (m *templateModel) deleteRole() {
	_, path := m.one()
	role, status := pick(m, modelRoleNames), 404
	if m.roles[path][role] {
		status = 204
	}
	equal(m.b.t, "delete", m.b.do("DELETE", path+"/roles/"+escapedRole(role), "").Code, status)
	delete(m.roles[path], role)
}

// compare looks whether the sandbox holds what the model does, and nothing that couldn't be sent back.
func (m *templateModel) compare() {
	names := map[string]string{"classroom": "/templates/" + classroomID, "webinar": "/templates/" + webinarID}
	maps.Copy(names, m.paths)
	got := map[string]string{}
	for _, item := range m.b.call(200, "GET", "/templates?limit=100", "")["data"].([]any) {
		whole := item.(object)
		path := "/templates/" + whole["id"].(string)
		got[whole["name"].(string)] = path
		if m.roles[path] == nil {
			continue
		}
		roles := whole["roles"].(object)
		equal(m.b.t, path, slices.Sorted(maps.Keys(roles)), slices.Sorted(maps.Keys(m.roles[path])))
		for name, role := range roles {
			equal(m.b.t, "name", role.(object)["name"], any(name))
			subscribed, _ := role.(object)["subscribeParams"].(object)["subscribeToRoles"].([]any)
			for _, to := range subscribed {
				if roles[to.(string)] == nil {
					m.b.t.Errorf("%s subscribes to %s, which is no role", name, to)
				}
			}
		}
	}
	equal(m.b.t, "templates", got, names)
}
