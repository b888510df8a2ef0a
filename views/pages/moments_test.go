package pages

import (
	"slices"
	"time"

	"roomledger/web/form"
)

const templatePath = "/templates/" + templateID

func momentsQuery(query string) *form.Moment { return form.ParseMoment(typed(query)) }

// moments are the states of a room, newest first.
func moments() []Moment {
	at := func(ago time.Duration, action, who, kind string, fields ...string) Moment {
		return Moment{Time: now.Add(-ago), Operation: "op10481", Action: action, Actor: who, ActorKind: kind, Fields: fields}
	}
	list := []Moment{
		at(2*time.Minute, "room.disable", "asha@northside.example", "user", "enabled"),
		at(26*time.Hour, "room.seen", "system", "system", "description", "name", "size", "webhook.url", "webhook.headers.X-Token"),
		at(200*24*time.Hour, "room.create", "ben@northside.example", "cli"),
	}
	list[0].Reason, list[1].Seen, list[2].First = "The term <ends>.", true, true
	return list
}

func momentsData(path, query string) MomentsData {
	return MomentsData{
		Page: page("class-7b-maths, as it was", "rooms", path+"/moments"), Kind: "room", ID: roomID, Name: "class-7b-maths", Path: path,
		Form: momentsQuery(query),
	}
}

// roomThen is a room as it was, a while ago.
func roomThen() *MomentState {
	room := liveRoom()
	room.Page, room.Live, room.Template = page("", "rooms", ""), nil, nil
	return &MomentState{
		Asked: now.Add(-30 * time.Hour), State: &moments()[2], Later: &moments()[1], Content: `{"name":"class-7b-maths","enabled":true}`, Room: &room,
		Compared: true, CanRestore: true, Changes: differences(),
	}
}

func differences() []form.Change {
	return []form.Change{
		{Field: "enabled", Have: "true", Will: "false"},
		{Field: "size", Have: "", Will: "40"},
		{Field: "webhook.headers.X-Token", Have: "hmac-sha256:9f410000aaaa", Will: "hmac-sha256:c07d0000bbbb"},
		{Field: "webhook.url", Have: "https://hooks.northside.example/rooms?hmac-sha256:9f410000aaaa", Will: ""},
	}
}

func restoreData(e form.Errors) RestoreData {
	return RestoreData{
		Page: page("Restore class-7b-maths", "rooms", "/rooms/"+roomID+"/restore"), Kind: "room", Name: "class-7b-maths", Path: "/rooms/" + roomID,
		Form: &form.Restore{Confirm: &form.Confirm{Reason: "Back to <maths>", FormToken: "tok_0123456789abcdef0123", Errors: e}, Version: "v1"},
		At:   now.Add(-30 * time.Hour), Since: now.Add(-200 * 24 * time.Hour), Changes: differences(),
		Left: []RestoreLeft{{"name", "Another room has this name now: " + otherRoom + "."}, {"recording", "It followed its template. 100ms names no way back to that."}},
		Secrets: []RestoreSecret{
			{Name: "secret.webhook.url", Label: "webhook.url", Rest: "https://hooks.northside.example/rooms?"},
			{Name: "secret.webhook.headers.X-Token", Label: "webhook.headers.X-Token"},
			{Name: "secret.recording_info.upload_info.credentials.key", Label: "recording_info.upload_info.credentials.key", Optional: true},
		},
		Unsure: []string{"webhook.headers.X-Team"},
	}
}

func momentSamples() []sample {
	list := momentsData("/rooms/"+roomID, "")
	list.List, list.Older = moments(), "/rooms/"+roomID+"/moments?cursor=9"
	second := momentsData("/rooms/"+roomID, "cursor=9")
	second.List = moments()[2:]
	wrong := momentsData("/rooms/"+roomID, "at=yesterday")
	wrong.Page.Problem, wrong.List = true, moments()
	then := momentsData("/rooms/"+roomID, "at=2026-11-21")
	then.At = roomThen()
	down := momentsData("/rooms/"+roomID, "at=2026-11-21T14:51:07Z")
	down.At = roomThen()
	down.At.Apology, down.At.LastKnown, down.At.Later, down.At.CanRestore = "100ms doesn't answer.", now.Add(-time.Hour), nil, false
	same := momentsData("/rooms/"+roomID, "at=2026-11-21&with=2026-10-01")
	same.At = roomThen()
	same.At.With, same.At.Swapped, same.At.Changes = now.AddDate(0, -2, 0), true, nil
	before := momentsData("/rooms/"+roomID, "at=2020-01-01")
	before.At = &MomentState{Asked: now.AddDate(-6, 0, 0), Made: now.AddDate(-1, 0, 0), Later: &moments()[2]}
	unknown := momentsData("/rooms/"+roomID, "at=2020-01-01")
	unknown.At = &MomentState{Asked: now.AddDate(-6, 0, 0)}
	template := momentsData(templatePath, "at=2026-11-21")
	template.Kind, template.ID, template.Name, template.Page.Section = "template", templateID, "classroom-default", "history"
	template.At = roomThen()
	template.At.Room, template.At.Template, template.At.State = nil, &templates()[1], &slices.Clone(moments()[1:2])[0]
	nothing := restoreData(form.Errors{})
	nothing.Nothing, nothing.Changes, nothing.Secrets, nothing.Unsure = true, nil, nil, nil
	refused := restoreData(broken("", "100ms answered: the tide is out", "secret.webhook.url", "Type webhook.url.", "reason", "Shorten the reason."))
	refused.Page.Problem = true
	return []sample{
		{"moments", Moments(list)},
		{"moments-older", Moments(second)},
		{"moments-none", Moments(momentsData("/rooms/"+roomID, ""))},
		{"moments-wrong", Moments(wrong)},
		{"moment", MomentAt(then)},
		{"moment-api-down", MomentAt(down)},
		{"moment-same", MomentAt(same)},
		{"moment-before", MomentAt(before)},
		{"moment-unknown", MomentAt(unknown)},
		{"moment-template", MomentAt(template)},
		{"restore", Restore(restoreData(form.Errors{}))},
		{"restore-nothing", Restore(nothing)},
		{"restore-refused", Restore(refused)},
	}
}
