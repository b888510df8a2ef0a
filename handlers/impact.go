package handlers

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
)

// impactExamples is how many rooms are named of each kind.
const impactExamples = 5

// templateImpact shows what any change of a template would reach, and with ?role= what depends on that role.
func (a *App) templateImpact(w http.ResponseWriter, r *http.Request) error {
	t, err := a.knownTemplate(r)
	if err != nil {
		return err
	}
	d := pages.TemplateImpactData{Page: a.page(w, r, "Reach of "+t.Name, "templates"), Template: t}
	var roles []blueprint.RoleChange
	if role := r.URL.Query().Get("role"); slices.Contains(t.RoleNames, role) {
		d.Role, roles = role, []blueprint.RoleChange{{Was: role, Now: role}}
	}
	d.Impact = a.impact(r.Context(), t.ID, nil, roles)
	return web.Render(w, r, http.StatusOK, pages.TemplateImpact(d))
}

// impact is what a change of a template reaches: rooms that use it, by whether they follow it in what changes, sessions that run
// in them, and for each role that is renamed or deleted what depends on its name. Without changes and roles it is about any
// change; a role whose two names are the same is only asked about. What can't be read is told, and never an error.
func (a *App) impact(ctx context.Context, id string, changes []blueprint.Change, roles []blueprint.RoleChange) pages.Impact {
	d := pages.Impact{Template: id, Now: a.Now(), Planned: len(changes) > 0, Touches: touched(changes)}
	tree, err := a.lastTree(ctx, id)
	if err != nil {
		a.Log.WarnContext(ctx, "template not read for what a change reaches", "err", err)
	}
	for _, change := range roles {
		if change.Was != "" {
			d.Planned = d.Planned || change.Now != change.Was
			d.Roles = append(d.Roles, dependants(tree, change))
		}
	}
	rooms, err := a.impactRooms(ctx, &d, regionOf(tree))
	if err != nil {
		a.Log.WarnContext(ctx, "rooms not counted for what a change reaches", "err", err)
		d.RoomsErr = "The rooms that use it couldn't be counted: our own database doesn't answer as it should."
	}
	a.impactLive(ctx, &d, rooms)
	return d
}

// touched sorts changes by what they are about; without any, it could be anything.
func touched(changes []blueprint.Change) pages.ImpactTouches {
	if len(changes) == 0 {
		return pages.ImpactTouches{People: true, Region: true, Storage: true, Recording: true, Streams: true}
	}
	var t pages.ImpactTouches
	for _, c := range changes {
		switch {
		case c.Path == "name":
			t.Name = true
		case within(c.Path, "settings.recording"):
			t.Storage = true
		case within(c.Path, "recordings"):
			t.Recording = true
		case within(c.Path, "destinations"):
			t.Streams = true
		default:
			t.People = true
			t.Region = t.Region || c.Path == "settings.region"
		}
	}
	return t
}

// within says whether a path is of a part, or is it.
func within(path, part string) bool { return path == part || strings.HasPrefix(path, part+".") }

// impactRooms fills in the rooms that use the template, and what ties them to it as far as the change touches that.
func (a *App) impactRooms(ctx context.Context, d *pages.Impact, region string) (db.TemplateRooms, error) {
	rooms, err := a.DB.TemplateRooms(ctx, a.Workspace.ID, d.Template)
	if err != nil {
		return rooms, err
	}
	d.Capped = rooms.Capped
	s := sides{app: a, template: d.Template, rooms: rooms}
	d.Rooms = s.of(ctx, func(db.RoomGroup) bool { return true }, "")
	if d.Rooms.Count > 0 && (d.Touches.Storage || d.Touches.Recording) {
		d.Ties = append(d.Ties, s.recording(ctx))
	}
	if d.Rooms.Count > 0 && d.Touches.Region {
		d.Ties = append(d.Ties, s.region(ctx, region))
	}
	return rooms, s.err
}

// sides parts the rooms of a template by how they hang together with it. The first error ends the looking.
type sides struct {
	app      *App
	template string
	rooms    db.TemplateRooms
	err      error
}

// of is the rooms for which is holds, in parts by a filter of the list of rooms (recording, region); "" makes one part of them.
func (s *sides) of(ctx context.Context, is func(db.RoomGroup) bool, field string) pages.ImpactSide {
	groups := s.rooms.Of(is)
	side := pages.ImpactSide{Count: db.CountRooms(groups)}
	if s.err == nil {
		side.Examples, s.err = s.app.DB.RoomsAlike(ctx, s.app.Workspace.ID, s.template, groups, impactExamples)
	}
	parts := map[string]int{}
	for _, g := range groups {
		parts[map[string]string{"recording": g.Recording, "region": g.Region}[field]] += g.Count
	}
	for _, value := range slices.Sorted(maps.Keys(parts)) {
		side.Parts = append(side.Parts, s.part(field, value, parts[value]))
	}
	return side
}

// part is rooms that have one value, with the list that shows them. What the API doesn't tell of rooms can't be filtered by.
func (s *sides) part(field, value string, count int) pages.ImpactPart {
	query := url.Values{"template_id": {s.template}}
	if field != "" {
		if value == "" {
			return pages.ImpactPart{Count: count}
		}
		query.Set(field, value)
	}
	return pages.ImpactPart{Value: value, Count: count, URL: "/rooms?" + query.Encode()}
}

// recording is who follows the template's recording settings: a room that was given any of its own is cut off from them as a whole
// (documentation: Rooms, "recording_info").
func (s *sides) recording(ctx context.Context) pages.ImpactTie {
	follows := func(g db.RoomGroup) bool { return g.Recording == "inherit" }
	return pages.ImpactTie{
		Kind:   pages.TieRecording,
		Follow: s.of(ctx, follows, "recording"),
		Own:    s.of(ctx, func(g db.RoomGroup) bool { return !follows(g) }, "recording"),
	}
}

// region is who follows the template's region. A room that left it open is answered with the template's region, as one that chose
// the same: those two can't be told apart.
func (s *sides) region(ctx context.Context, template string) pages.ImpactTie {
	follows := func(g db.RoomGroup) bool { return g.Region == "auto" }
	unsure := func(g db.RoomGroup) bool {
		return !follows(g) && (g.Region == "" || template == "" || template == "auto" || g.Region == template)
	}
	return pages.ImpactTie{
		Kind:   pages.TieRegion,
		Follow: s.of(ctx, follows, "region"),
		Unsure: s.of(ctx, unsure, "region"),
		Own:    s.of(ctx, func(g db.RoomGroup) bool { return !follows(g) && !unsure(g) }, "region"),
	}
}
