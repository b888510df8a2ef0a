package handlers

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/hms"
)

// SandboxAPI is what the built-in sandbox has of the API. Whoever starts the program tells it, because handlers must not
// know the sandbox; it is the same when a real account is connected.
type SandboxAPI struct {
	Calls    []string        // that it answers, as "GET /rooms/{room_id}"
	Readings []pages.Reading // that can be chosen where the API's documents are unclear
}

// screenUse says which screen needs an operation of the client.
type screenUse struct {
	operation string // name in hms.Operations
	path      string // of the screen, as in routes
	words     string
}

// screenUses has a row for each operation that the desk uses, at the least. The tests compare it with the code.
var screenUses = []screenUse{
	{"CreateRoom", "/rooms/new", "New room"},
	{"FindRoom", "/rooms/new", "New room: whether the name is taken"},
	{"FindRoom", "/history/{operation}", "A change in history: what came of it when no answer came"},
	{"AllRooms", "/rooms", "Rooms: the list is compared with 100ms every few minutes"},
	{"AllRooms", "/rooms/refresh", "Rooms: compare now"},
	{"Room", "/rooms/{id}", "A room: read it now"},
	{"Room", "/rooms/new", "New room: a copy of another"},
	{"SetRoomEnabled", "/rooms/{id}/disable", "A room: disable"},
	{"SetRoomEnabled", "/rooms/{id}/enable", "A room: enable"},
	{"AllRoomCodes", "/rooms/{id}", "A room: its codes"},
	{"CreateRoomCodes", "/rooms/{id}/codes", "A room: make its codes"},
	{"SetRoomCodeEnabled", "/rooms/{id}/codes/{code}/disable", "A room: disable a code"},
	{"SetRoomCodeEnabled", "/rooms/{id}/codes/{code}/enable", "A room: enable a code"},
	{"UpdateRoom", "/rooms/{id}/restore", "A room: restore it as it was"},
	{"FindRoom", "/rooms/{id}/restore", "A room: restore it as it was, if nobody has its name"},
	{"UpdateTemplate", "/history/{operation}", "A template: restore it as it was"},
	{"AllTemplates", "/templates", "Templates: the list is compared with 100ms every few minutes"},
	{"AllTemplates", "/templates/refresh", "Templates: compare now"},
	{"AllSessions", "/templates/{id}/impact", "A template: which sessions a change reaches"},
	{"ListRoomCodes", "/templates/{id}/impact", "A template: which room codes depend on a role"},
	{"CreateTemplate", "/templates/new", "New template"},
	{"AllTemplates", "/templates/new", "New template: whether the name is taken"},
	{"Template", "/templates/new", "New template: a copy of another"},
	{"AllTemplates", "/templates/import", "Import a template: whether one of its name is here"},
	{"Template", "/templates/{id}/edit", "A template: change it"},
	{"UpdateTemplate", "/templates/{id}/edit", "A template: change it"},
	{"RecordingConfigs", "/templates/{id}/edit", "A template: change its recording configuration"},
	{"UpdateRecordingConfigs", "/templates/{id}/edit", "A template: change its recording configuration"},
	{"Template", "/templates/{id}/export", "A template: export it"},
	{"AllTemplates", "/rooms", "Rooms: what rooms inherit is compared with history every few minutes"},
	{"AllTemplates", "/rooms/new", "New room: the templates to choose from"},
	{"Template", "/rooms/{id}", "A room: what it inherits"},
	{"Template", "/templates/{id}", "A template: read it now"},
	{"RecordingConfigs", "/templates/{id}", "A template: its recording configuration"},
}

// deskUses are what people do with the desk, each with a route that it takes: the right to that decides who may.
var deskUses = []struct{ route, words string }{
	{"GET /rooms/{id}", "see rooms and their codes"},
	{"GET /rooms.csv", "export the list of rooms"},
	{"GET /templates/{id}", "see templates with their versions, and compare them"},
	{"GET /history", "search history"},
	{"GET /rooms/{id}/moments", "see rooms and templates as they were on any day"},
	{"GET /history.csv", "export history, with or without what proves it"},
	{"POST /history/verify", "verify history and take checkpoints"},
	{"POST /rooms/new", "make, enable and disable rooms"},
	{"POST /rooms/{id}/codes", "make and switch room codes"},
	{"POST /rooms/{id}/restore", "restore rooms and templates"},
	{"POST /history/{operation}/settle", "look again at what is unknown"},
	{"POST /templates/{id}/default", "mark the default template"},
	{"POST /templates/new", "make, copy and import templates"},
	{"POST /templates/{id}/edit", "change templates"},
	{"POST /settings/people", "add people and change their roles"},
	{"POST /settings/policies", "decide how long history is kept and how often it is signed"},
	{"POST /history/prune", "remove old history by that policy"},
	{"GET /history/backup", "download backups"},
}

func (a *App) help(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, pages.Help(pages.HelpData{Page: a.page(w, r, "Help", "help"), Rights: a.rights()}))
}

// rights gives each of deskUses to the weakest role that may take its route.
func (a *App) rights() []pages.Right {
	need := map[string]access{}
	for _, rt := range a.routes() {
		need[rt.method+" "+rt.path] = rt.access
	}
	var rights []pages.Right
	weaker := map[string]bool{}
	for _, role := range rank {
		right := pages.Right{Role: role}
		for _, use := range deskUses {
			if !weaker[use.route] && allowed(role, need[use.route]) {
				right.May = append(right.May, use.words)
				weaker[use.route] = true
			}
		}
		rights = append(rights, right)
	}
	return rights
}

func (a *App) helpAPI(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, pages.HelpAPI(pages.HelpAPIData{
		Page:       a.page(w, r, "The 100ms API", "help"),
		Groups:     a.coverage(viewerOf(r).user.Role),
		Operations: len(hms.Operations()),
		Readings:   a.SandboxAPI.Readings,
	}))
}

// coverage is every call that the client or the sandbox knows, by resource, in the order of the client's operations. Screens
// that the role may not open are named without a link.
func (a *App) coverage(role string) []*pages.APIGroup {
	c := coverage{calls: map[string]*pages.APICall{}}
	open := a.openPages(role)
	for _, op := range hms.Operations() {
		call := c.call(op.Method, op.Path)
		call.Operations = append(call.Operations, op.Name)
		for _, use := range screenUses {
			if use.operation == op.Name {
				call.Screens = append(call.Screens, screenLink(use, open))
			}
		}
	}
	for _, name := range a.SandboxAPI.Calls {
		method, path, _ := strings.Cut(name, " ")
		c.call(method, path).Sandbox = true
	}
	return c.groups
}

// openPages are the paths of the pages that a role may open.
func (a *App) openPages(role string) map[string]bool {
	open := map[string]bool{}
	for _, rt := range a.routes() {
		if rt.method == http.MethodGet && allowed(role, rt.access) {
			open[rt.path] = true
		}
	}
	return open
}

// screenLink leads to the screen, or to the list where one finds the thing that the screen is about.
func screenLink(use screenUse, open map[string]bool) pages.Screen {
	screen := pages.Screen{Words: use.words}
	list, _, _ := strings.Cut(use.path, "/{")
	if open[use.path] && open[list] {
		screen.URL = list
	}
	return screen
}

// coverage gathers the calls.
type coverage struct {
	groups []*pages.APIGroup
	calls  map[string]*pages.APICall // by method and path, without the parameters' names
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// call returns the call with this method and path, after adding it where it is new. Parameters may have other names.
func (c *coverage) call(method, path string) *pages.APICall {
	key := method + " " + parameter.ReplaceAllString(path, "{}")
	if known, ok := c.calls[key]; ok {
		return known
	}
	added := &pages.APICall{Method: method, Path: path}
	c.calls[key] = added
	group := c.group(resource(path))
	group.Calls = append(group.Calls, added)
	return added
}

func (c *coverage) group(id string) *pages.APIGroup {
	i := slices.IndexFunc(c.groups, func(g *pages.APIGroup) bool { return g.ID == id })
	if i >= 0 {
		return c.groups[i]
	}
	added := &pages.APIGroup{ID: id}
	c.groups = append(c.groups, added)
	return added
}

// resource is the first part of a path, but what belongs to another resource stands there.
func resource(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch first {
	case "token":
		return "room-codes"
	case "recording-assets":
		return "recordings"
	}
	return first
}
