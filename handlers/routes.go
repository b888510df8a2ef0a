package handlers

import (
	"slices"

	"roomledger/web"
)

// access is what somebody needs for a route. Each right holds those before it.
type access int

const (
	anyone   access = iota
	signedIn        // any role
	audits          // auditor, operator, admin: history and exports
	changes         // operator, admin: rooms and codes
	admins
)

// route is one URL. Records is the action that a change or an export leaves in history; empty for routes that leave nothing,
// and then unrecorded says why a POST is among them.
type route struct {
	method, path string
	access       access
	records      string
	unrecorded   string
	serve        web.HandlerFunc
}

// routes is every URL but the assets: the router and the tests that walk the routes both read it.
func (a *App) routes() []route {
	return slices.Concat(a.doorRoutes(), a.roomRoutes(), a.templateRoutes(), a.historyRoutes(), a.settingsRoutes())
}

func (a *App) doorRoutes() []route {
	return []route{
		{method: "GET", path: "/healthz", access: anyone, serve: a.health},
		{method: "GET", path: "/readyz", access: anyone, serve: a.ready},
		{method: "GET", path: "/metrics", access: anyone, serve: a.metrics},

		{method: "GET", path: "/signin", access: anyone, serve: a.signIn},
		{method: "POST", path: "/signin", access: anyone, records: "user.signin", serve: a.checkSignIn},
		{method: "GET", path: "/signout", access: signedIn, serve: a.confirmSignOut},
		{method: "POST", path: "/signout", access: signedIn, records: "user.signout", serve: a.signOut},
		{method: "GET", path: "/setup", access: anyone, serve: a.setUp},
		{method: "POST", path: "/setup", access: anyone, records: "user.create", serve: a.createFirstAdmin},

		{method: "GET", path: "/{$}", access: signedIn, serve: a.overview},
		{method: "GET", path: "/help", access: signedIn, serve: a.help},
		{method: "GET", path: "/help/api", access: signedIn, serve: a.helpAPI},
	}
}

func (a *App) roomRoutes() []route {
	return []route{
		{method: "GET", path: "/rooms", access: signedIn, serve: a.rooms},
		{method: "GET", path: "/rooms.csv", access: signedIn, records: "room.export", serve: a.roomsCSV},
		{method: "GET", path: "/rooms/refresh", access: changes, serve: a.confirmRefresh},
		{method: "POST", path: "/rooms/refresh", access: changes, unrecorded: "reads the API, changes nothing there", serve: a.refreshRooms},
		{method: "GET", path: "/rooms/new", access: changes, serve: a.newRoom},
		{method: "POST", path: "/rooms/new", access: changes, records: "room.create", serve: a.createRoom},
		{method: "GET", path: "/rooms/{id}", access: signedIn, serve: a.room},
		{method: "GET", path: "/rooms/{id}/enable", access: changes, serve: a.confirmEnableRoom},
		{method: "POST", path: "/rooms/{id}/enable", access: changes, records: "room.enable", serve: a.enableRoom},
		{method: "GET", path: "/rooms/{id}/disable", access: changes, serve: a.confirmDisableRoom},
		{method: "POST", path: "/rooms/{id}/disable", access: changes, records: "room.disable", serve: a.disableRoom},
		{method: "GET", path: "/rooms/{id}/moments", access: audits, serve: a.roomMoments},
		{method: "GET", path: "/rooms/{id}/restore", access: changes, serve: a.confirmRestoreRoom},
		{method: "POST", path: "/rooms/{id}/restore", access: changes, records: "room.update", serve: a.restoreRoom},
		{method: "GET", path: "/rooms/{id}/codes", access: changes, serve: a.confirmCreateCodes},
		{method: "POST", path: "/rooms/{id}/codes", access: changes, records: "code.create", serve: a.createCodes},
		{method: "GET", path: "/rooms/{id}/codes/{code}/enable", access: changes, serve: a.confirmEnableCode},
		{method: "POST", path: "/rooms/{id}/codes/{code}/enable", access: changes, records: "code.enable", serve: a.enableCode},
		{method: "GET", path: "/rooms/{id}/codes/{code}/disable", access: changes, serve: a.confirmDisableCode},
		{method: "POST", path: "/rooms/{id}/codes/{code}/disable", access: changes, records: "code.disable", serve: a.disableCode},
	}
}

func (a *App) templateRoutes() []route {
	return []route{
		{method: "GET", path: "/templates/new", access: changes, serve: a.newTemplate},
		{method: "POST", path: "/templates/new", access: changes, records: "template.create", serve: a.createTemplate},
		{method: "GET", path: "/templates/import", access: changes, serve: a.templateImport},
		{method: "POST", path: "/templates/import", access: changes, unrecorded: "shows a form, changes nothing", serve: a.importTemplate},
		{method: "GET", path: "/templates/{id}/edit", access: changes, serve: a.editTemplate},
		{method: "POST", path: "/templates/{id}/edit", access: changes, records: "template.update", serve: a.updateTemplate},
		{method: "GET", path: "/templates/{id}/export", access: signedIn, records: "template.export", serve: a.exportTemplate},
		{method: "GET", path: "/templates", access: signedIn, serve: a.templateList},
		{method: "GET", path: "/templates/refresh", access: changes, serve: a.confirmRefreshTemplates},
		{method: "POST", path: "/templates/refresh", access: changes, unrecorded: "reads the API, changes nothing there", serve: a.refreshTemplates},
		{method: "GET", path: "/templates/compare", access: signedIn, serve: a.compareTemplates},
		{method: "GET", path: "/templates/{id}", access: signedIn, serve: a.template},
		{method: "GET", path: "/templates/{id}/matrix", access: signedIn, serve: a.templateMatrix},
		{method: "GET", path: "/templates/{id}/versions", access: signedIn, serve: a.templateVersions},
		{method: "GET", path: "/templates/{id}/versions/{n}", access: signedIn, serve: a.templateVersion},
		{method: "GET", path: "/templates/{id}/default", access: admins, serve: a.confirmDefaultTemplate},
		{method: "POST", path: "/templates/{id}/default", access: admins, records: "template.default", serve: a.markDefaultTemplate},
		{method: "GET", path: "/templates/{id}/impact", access: signedIn, serve: a.templateImpact},
		{method: "GET", path: "/templates/{id}/moments", access: audits, serve: a.templateMoments},
		{method: "GET", path: "/templates/{id}/restore", access: changes, serve: a.confirmRestoreTemplate},
		{method: "POST", path: "/templates/{id}/restore", access: changes, records: "template.update", serve: a.restoreTemplate},
	}
}

func (a *App) historyRoutes() []route {
	return []route{
		{method: "GET", path: "/history", access: audits, serve: a.history},
		{method: "GET", path: "/history.csv", access: audits, records: "history.export", serve: a.historyCSV},
		{method: "GET", path: "/history.jsonl", access: audits, records: "history.export", serve: a.historyJSONL},
		{method: "GET", path: "/history/evidence.zip", access: audits, records: "history.export", serve: a.historyEvidence},
		{method: "GET", path: "/history/verify", access: audits, serve: a.verification},
		{method: "POST", path: "/history/verify", access: audits, records: "history.verify", serve: a.verifyHistory},
		{method: "GET", path: "/history/checkpoint", access: audits, unrecorded: "a row would come after the checkpoint that it tells of", serve: a.checkpoint},
		{method: "GET", path: "/history/key", access: audits, serve: a.publicKey},
		{method: "GET", path: "/history/backup", access: admins, records: "history.backup", serve: a.backup},
		{method: "GET", path: "/history/prune", access: admins, serve: a.confirmPrune},
		{method: "POST", path: "/history/prune", access: admins, records: "history.prune", serve: a.prune},
		{method: "GET", path: "/history/{operation}", access: audits, serve: a.operation},
		{method: "GET", path: "/history/{operation}/proof", access: audits, records: "history.export", serve: a.operationProof},
		{method: "GET", path: "/history/{operation}/settle", access: changes, serve: a.confirmSettle},
		{method: "POST", path: "/history/{operation}/settle", access: changes, records: "operation.settle", serve: a.settle},
	}
}

func (a *App) settingsRoutes() []route {
	return []route{
		{method: "GET", path: "/settings", access: signedIn, serve: a.settings},
		{method: "GET", path: "/settings/theme", access: signedIn, serve: a.settings},
		{method: "POST", path: "/settings/theme", access: signedIn, unrecorded: "a cookie of this browser", serve: a.setTheme},
		{method: "GET", path: "/settings/people", access: admins, serve: a.people},
		{method: "POST", path: "/settings/people", access: admins, records: "user.create", serve: a.createPerson},
		{method: "GET", path: "/settings/people/{id}", access: signedIn, serve: a.person},
		{method: "POST", path: "/settings/people/{id}", access: signedIn, records: "user.update", serve: a.updatePerson},
		{method: "GET", path: "/settings/policies", access: admins, serve: a.policies},
		{method: "POST", path: "/settings/policies", access: admins, records: "settings.update", serve: a.updatePolicies},
		{method: "GET", path: "/settings/sessions", access: signedIn, serve: a.sessions},
		{method: "GET", path: "/settings/sessions/revoke-others", access: signedIn, serve: a.confirmRevokeOthers},
		{method: "POST", path: "/settings/sessions/revoke-others", access: signedIn, records: "session.revoke", serve: a.revokeOthers},
		{method: "GET", path: "/settings/sessions/{id}/revoke", access: signedIn, serve: a.confirmRevoke},
		{method: "POST", path: "/settings/sessions/{id}/revoke", access: signedIn, records: "session.revoke", serve: a.revoke},
	}
}
