package handlers_test

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/hms"
)

// visit is how to call one route so that it succeeds. Who may do so stands here a second time, as the contract has it: a
// slip in the router's own table has to show.
type visit struct {
	least  string                                   // the least role that may; "": anybody, signed in or not
	path   func(d *desk, b *browser) string         // nil: the route's own
	form   func(b *browser, path string) url.Values // what is posted; nil: nothing
	status int                                      // of the success; 0: 200 for GET, 303 for POST
	leaves []string                                 // "action phase" of further history rows
}

// visits has a case for each route: one without fails the walk.
var visits = map[string]visit{
	"GET /healthz": {},
	"GET /readyz":  {},
	"GET /metrics": {},

	"GET /signin":   {},
	"POST /signin":  {form: signInForm},
	"GET /signout":  {least: db.RoleViewer},
	"POST /signout": {least: db.RoleViewer},
	"GET /setup":    {path: setUpPath},
	"POST /setup":   {form: setUpForm, leaves: []string{"user.signin note"}},

	"GET /{$}":      {least: db.RoleViewer, path: fixed("/")},
	"GET /help":     {least: db.RoleViewer},
	"GET /help/api": {least: db.RoleViewer},

	"GET /rooms":          {least: db.RoleViewer},
	"GET /rooms.csv":      {least: db.RoleViewer},
	"GET /rooms/refresh":  {least: db.RoleOperator},
	"POST /rooms/refresh": {least: db.RoleOperator},
	"GET /rooms/new":      {least: db.RoleOperator},
	"POST /rooms/new":     {least: db.RoleOperator, form: roomForm},
	"GET /rooms/{id}":     {least: db.RoleViewer, path: roomPath("")},

	"GET /rooms/{id}/enable":   {least: db.RoleOperator, path: roomPath("/enable")},
	"POST /rooms/{id}/enable":  {least: db.RoleOperator, path: roomPath("/enable"), form: confirmForm},
	"GET /rooms/{id}/disable":  {least: db.RoleOperator, path: roomPath("/disable")},
	"POST /rooms/{id}/disable": {least: db.RoleOperator, path: roomPath("/disable"), form: confirmForm},
	"GET /rooms/{id}/moments":  {least: db.RoleAuditor, path: roomPath("/moments")},
	"GET /rooms/{id}/restore":  {least: db.RoleOperator, path: roomPath("/restore"), status: http.StatusSeeOther},
	"POST /rooms/{id}/restore": {least: db.RoleOperator, path: changedRoomPath, form: restoreForm},
	"GET /rooms/{id}/codes":    {least: db.RoleOperator, path: roomPath("/codes")},
	"POST /rooms/{id}/codes":   {least: db.RoleOperator, path: roomPath("/codes"), form: confirmForm},

	"GET /rooms/{id}/codes/{code}/enable":   {least: db.RoleOperator, path: codePath("/enable")},
	"POST /rooms/{id}/codes/{code}/enable":  {least: db.RoleOperator, path: codePath("/enable"), form: confirmForm},
	"GET /rooms/{id}/codes/{code}/disable":  {least: db.RoleOperator, path: codePath("/disable")},
	"POST /rooms/{id}/codes/{code}/disable": {least: db.RoleOperator, path: codePath("/disable"), form: confirmForm},

	"GET /templates/new":               {least: db.RoleOperator},
	"POST /templates/new":              {least: db.RoleOperator, form: templateForm},
	"GET /templates/import":            {least: db.RoleOperator},
	"POST /templates/import":           {least: db.RoleOperator, form: importForm, status: http.StatusOK},
	"GET /templates/{id}/edit":         {least: db.RoleOperator, path: knownTemplatePath("/edit")},
	"POST /templates/{id}/edit":        {least: db.RoleOperator, path: knownTemplatePath("/edit"), form: editForm},
	"GET /templates/{id}/export":       {least: db.RoleViewer, path: knownTemplatePath("/export")},
	"GET /templates":                   {least: db.RoleViewer},
	"GET /templates/refresh":           {least: db.RoleOperator},
	"POST /templates/refresh":          {least: db.RoleOperator},
	"GET /templates/compare":           {least: db.RoleViewer},
	"GET /templates/{id}":              {least: db.RoleViewer, path: templatePath("")},
	"GET /templates/{id}/matrix":       {least: db.RoleViewer, path: templatePath("/matrix")},
	"GET /templates/{id}/versions":     {least: db.RoleViewer, path: templatePath("/versions")},
	"GET /templates/{id}/versions/{n}": {least: db.RoleViewer, path: templatePath("/versions/1")},
	"GET /templates/{id}/default":      {least: db.RoleAdmin, path: templatePath("/default")},
	"POST /templates/{id}/default":     {least: db.RoleAdmin, path: templatePath("/default"), form: confirmForm},
	"GET /templates/{id}/impact":       {least: db.RoleViewer, path: templatePath("/impact")},

	"GET /templates/{id}/moments":  {least: db.RoleAuditor, path: templatePath("/moments")},
	"GET /templates/{id}/restore":  {least: db.RoleOperator, path: templatePath("/restore"), status: http.StatusSeeOther},
	"POST /templates/{id}/restore": {least: db.RoleOperator, path: templatePath("/restore"), form: restoreForm},

	"GET /history":                   {least: db.RoleAuditor},
	"GET /history.csv":               {least: db.RoleAuditor},
	"GET /history.jsonl":             {least: db.RoleAuditor},
	"GET /history/evidence.zip":      {least: db.RoleAuditor},
	"GET /history/verify":            {least: db.RoleAuditor},
	"POST /history/verify":           {least: db.RoleAuditor},
	"GET /history/backup":            {least: db.RoleAdmin},
	"GET /history/prune":             {least: db.RoleAdmin, path: oldHistoryPath},
	"POST /history/prune":            {least: db.RoleAdmin, path: oldHistoryPath},
	"GET /history/checkpoint":        {least: db.RoleAuditor, path: checkpointPath},
	"GET /history/key":               {least: db.RoleAuditor},
	"GET /history/{operation}":       {least: db.RoleAuditor, path: operationPath},
	"GET /history/{operation}/proof": {least: db.RoleAuditor, path: proofPath},

	"GET /history/{operation}/settle":  {least: db.RoleOperator, path: openPath},
	"POST /history/{operation}/settle": {least: db.RoleOperator, path: openPath, form: confirmForm, leaves: []string{"room.create settled"}},

	"GET /settings":              {least: db.RoleViewer, status: http.StatusSeeOther},
	"GET /settings/theme":        {least: db.RoleViewer, status: http.StatusSeeOther},
	"POST /settings/theme":       {least: db.RoleViewer, form: themeForm},
	"GET /settings/people":       {least: db.RoleAdmin},
	"POST /settings/people":      {least: db.RoleAdmin, form: personForm},
	"GET /settings/people/{id}":  {least: db.RoleViewer, path: ownPath},
	"POST /settings/people/{id}": {least: db.RoleViewer, path: ownPath, form: passwordForm},

	"GET /settings/policies":  {least: db.RoleAdmin},
	"POST /settings/policies": {least: db.RoleAdmin, form: confirmForm},

	"GET /settings/sessions":                {least: db.RoleViewer},
	"GET /settings/sessions/revoke-others":  {least: db.RoleViewer},
	"POST /settings/sessions/revoke-others": {least: db.RoleViewer},
	"GET /settings/sessions/{id}/revoke":    {least: db.RoleViewer, path: otherSessionPath},
	"POST /settings/sessions/{id}/revoke":   {least: db.RoleViewer, path: otherSessionPath},
}

func fixed(path string) func(*desk, *browser) string {
	return func(*desk, *browser) string { return path }
}

func setUpPath(d *desk, _ *browser) string { return d.app.SetUp.Path() }

func roomPath(rest string) func(*desk, *browser) string {
	return func(d *desk, _ *browser) string { return "/rooms/" + d.apiRoom().ID + rest }
}

// changedRoomPath is of a room that another tool has changed since it was made.
func changedRoomPath(d *desk, _ *browser) string {
	d.t.Helper()
	made, err := d.ledger.CreateRoom(d.t.Context(), ledger.Change{Actor: ledger.System}, hms.RoomParams{}, "", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	d.updateElsewhere(made.RoomID, hms.RoomParams{Description: new("changed")})
	return "/rooms/" + made.RoomID + "/restore"
}

// templatePath is of a template that another tool has changed since it was first seen.
func templatePath(rest string) func(*desk, *browser) string {
	return func(d *desk, _ *browser) string {
		d.t.Helper()
		if _, err := d.ledger.ObserveTemplates(d.t.Context(), 0); err != nil {
			d.t.Fatal(err)
		}
		return "/templates/" + d.moveTemplate().ID + rest
	}
}

// templateForm is the form of a new template.
func templateForm(b *browser, path string) url.Values {
	b.t.Helper()
	return with(b.get(path).want(http.StatusOK).form(path), "name", "visited "+rand.Text(), "roles.0.name", "host")
}

func importForm(*browser, string) url.Values {
	return url.Values{"template": {`{"name":"imported","roles":{"host":{}}}`}}
}

// editForm changes a template.
func editForm(b *browser, path string) url.Values {
	b.t.Helper()
	v := b.get(path).want(http.StatusOK).form(path)
	region := "us"
	if v.Get("settings.region") == region {
		region = "in"
	}
	return with(v, "settings.region", region)
}

// knownTemplatePath is of a template that is on record as it is.
func knownTemplatePath(rest string) func(*desk, *browser) string {
	return func(d *desk, _ *browser) string { return "/templates/" + d.aTemplate("known "+rand.Text()).ID + rest }
}

// restoreForm is the form that brings back what is on record last.
func restoreForm(b *browser, path string) url.Values {
	b.t.Helper()
	at := url.QueryEscape(time.Now().UTC().Format(time.RFC3339Nano))
	return b.get(path + "?at=" + at).want(http.StatusOK).form(path)
}

func codePath(rest string) func(*desk, *browser) string {
	return func(d *desk, _ *browser) string {
		d.t.Helper()
		room := d.apiRoom()
		codes, err := d.app.HMS.CreateRoomCodes(d.t.Context(), room.ID)
		if err != nil || len(codes) == 0 {
			d.t.Fatalf("codes of a new room: %v, %v", codes, err)
		}
		return "/rooms/" + room.ID + "/codes/" + codes[0].Code + rest
	}
}

func operationPath(d *desk, _ *browser) string {
	d.t.Helper()
	what := ledger.Target{Kind: "user", Name: "somebody"}
	if err := d.ledger.Note(d.t.Context(), ledger.Change{Actor: ledger.System}, "test.look", what, "", nil); err != nil {
		d.t.Fatal(err)
	}
	rows := d.rows()
	return "/history/" + rows[len(rows)-1].Operation
}

// openPath leaves the intent to make a room, as a crash right after writing it does.
func openPath(d *desk, _ *browser) string {
	d.t.Helper()
	name := strings.ToLower("open-" + rand.Text())
	row := db.Row{
		Time: time.Now().Add(-time.Hour), Workspace: d.app.Workspace.ID, Operation: db.NewID(), ActorID: "u1", ActorName: "somebody", ActorKind: "user",
		Action: "room.create", Phase: db.PhaseIntent, TargetKind: "room", TargetName: name,
		Request: `{"name":"` + name + `"}`, APIMethod: http.MethodPost, APIPath: "/rooms",
	}
	if err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error { return tx.Append(&row) }); err != nil {
		d.t.Fatal(err)
	}
	return "/history/" + row.Operation + "/settle"
}

// checkpointPath follows on a row: there is no checkpoint of nothing.
func checkpointPath(d *desk, b *browser) string {
	d.t.Helper()
	operationPath(d, b)
	return "/history/checkpoint"
}

func proofPath(d *desk, b *browser) string { return operationPath(d, b) + "/proof" }

// oldHistoryPath is where history is removed, on a desk that has a row to remove.
func oldHistoryPath(d *desk, _ *browser) string {
	d.t.Helper()
	err := d.db.InTx(d.t.Context(), func(tx *db.Tx) error {
		old := db.Row{
			Time: time.Now().AddDate(-1, 0, 0), Workspace: "sandbox", Operation: db.NewID(), ActorKind: "system", Action: "test.look",
			Phase: db.PhaseNote,
		}
		if err := tx.SetPolicies(db.Policies{KeepDays: 30, CheckpointRows: 1, CheckpointMinutes: 1}); err != nil {
			return err
		}
		return tx.Append(&old)
	})
	if err != nil {
		d.t.Fatal(err)
	}
	operationPath(d, nil) // the newest row always stays
	return "/history/prune"
}

func ownPath(_ *desk, b *browser) string { return "/settings/people/" + b.who.ID }

func otherSessionPath(d *desk, b *browser) string {
	d.t.Helper()
	return "/settings/sessions/" + d.sessionOf(d.as(b.who.Role)).ID + "/revoke"
}

// confirmForm is the form of the page that asks before the change: it stands at the same URL and posts to it.
func confirmForm(b *browser, path string) url.Values {
	b.t.Helper()
	return b.get(path).want(http.StatusOK).form(path)
}

func signInForm(b *browser, path string) url.Values {
	b.t.Helper()
	v := b.get(path).want(http.StatusOK).form(path)
	v.Set("email", "viewer@example.org")
	v.Set("password", testPassword)
	return v
}

func setUpForm(b *browser, path string) url.Values {
	b.t.Helper()
	v := b.get(path).want(http.StatusOK).form("/setup")
	v.Set("email", "first@example.org")
	v.Set("password", testPassword)
	return v
}

func roomForm(b *browser, _ string) url.Values {
	b.t.Helper()
	return fill(b, "name", strings.ToLower("walk-"+rand.Text()))
}

func themeForm(*browser, string) url.Values { return url.Values{"theme": {"dark"}, "back": {"/rooms"}} }

func personForm(b *browser, path string) url.Values {
	b.t.Helper()
	v := b.get(path).want(http.StatusOK).form(path)
	v.Set("email", rand.Text()+"@example.org")
	v.Set("password", testPassword)
	return v
}

func passwordForm(b *browser, path string) url.Values {
	b.t.Helper()
	v := b.get(path).want(http.StatusOK).form(path)
	v.Set("password", "another four words, different")
	v.Set("current_password", testPassword)
	return v
}

// apiRoom is a new room that was made behind the back of our own history.
func (d *desk) apiRoom() hms.Room {
	d.t.Helper()
	room, err := d.app.HMS.CreateRoom(d.t.Context(), hms.RoomParams{Name: strings.ToLower("room-" + rand.Text())})
	if err != nil {
		d.t.Fatal(err)
	}
	return room
}

// sessionOf is the session of a browser that is signed in.
func (d *desk) sessionOf(b *browser) db.Session {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.web.URL, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range b.http.Jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	s, _, err := d.app.Sessions.Current(r)
	if err != nil {
		d.t.Fatalf("the browser's session: %v", err)
	}
	return s
}
