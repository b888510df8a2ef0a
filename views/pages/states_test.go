package pages

import (
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/layout"
	"roomledger/web/form"
)

// sample is one screen in one state.
type sample struct {
	name string
	page templ.Component
}

func samples() []sample {
	return slices.Concat(doorSamples(), roomSamples(), recordSamples(), momentSamples(), helpSamples(), templateSamples(), templateFormSamples(), impactSamples())
}

func doorSamples() []sample {
	people := func(e form.Errors) PeopleData {
		return PeopleData{Page: page("People", "settings", "/settings/people"), Users: users(), Role: "operator", Errors: e}
	}
	invalid := people(broken("email", "Choose an email that nobody has yet.", "role", "Choose a role.", "password", "Use 12 characters or more."))
	invalid.Page.Problem, invalid.Email = true, "asha@northside.example"
	policies := func(days, rows, minutes string) PoliciesData {
		return PoliciesData{
			Page: page("Policies", "settings", "/settings/policies"), Now: db.DefaultPolicies(), Kept: db.Kept{First: 1, Last: 10403, Since: now.AddDate(0, -7, 0)},
			Form: &form.Policies{KeepDays: days, CheckpointRows: rows, CheckpointMinutes: minutes},
		}
	}
	shorter := policies("365", "1000", "10")
	shorter.Page.Problem, shorter.Agree, shorter.Doomed = true, 365, 1204
	pruned := policies("90", "500", "5")
	pruned.Now.KeepDays, pruned.Kept.First, pruned.Kept.Pruned, pruned.Kept.PrunedAt = 90, 4201, 4200, now.Add(-5*time.Hour)
	unreadable := policies("7", "many", "10")
	unreadable.Page.Problem = true
	unreadable.Form.Errors = broken("keep_days", "Give a number of days from 30 to 36,500, or 0 to keep history for good.", "checkpoint_rows", "Give a number of rows from 1 to 1,000,000.")
	return []sample{
		{"signin", SignIn(SignInData{Page: outside("Sign in", "/signin")})},
		{"signin-wrong", SignIn(SignInData{
			Page: problem(outside("Sign in", "/signin")), Email: "asha@northside.example", Next: "/rooms/new",
			Errors: broken("email", "Check the email.", "password", "Check the password."),
		})},
		{"signin-throttled", SignIn(SignInData{Page: problem(outside("Sign in", "/signin")), Errors: broken("", "Wait 3 minutes, then try again.")})},
		{"setup", SetUp(SetUpData{Page: outside("Set up", "/setup"), Token: "one-time-token"})},
		{"setup-wrong", SetUp(SetUpData{
			Page: problem(outside("Set up", "/setup")), Token: "one-time-token", Email: "asha",
			Errors: broken("email", "Write an email address such as name@example.org.", "password", "Use 12 characters or more."),
		})},
		{"setup-no-token", SetUp(SetUpData{Page: outside("Set up", "/setup")})},
		{"people", People(people(form.Errors{}))},
		{"people-wrong", People(invalid)},
		{"person", Person(PersonData{
			Page: page(users()[1].Email, "settings", "/settings/people/u2"), User: users()[1], Sessions: 2, History: operations()[2:3], Did: 1,
		})},
		{"person-self", Person(PersonData{
			Page: problem(page(users()[0].Email, "settings", "/settings/people/u1")), User: users()[0], Self: true, Sessions: 1,
			Errors: broken("role", "Keep at least one admin.", "password", "Use 12 characters or more."),
		})},
		{"person-disabled", Person(PersonData{Page: page(users()[2].Email, "settings", "/settings/people/u3"), User: users()[2]})},
		{"sessions", Sessions(SessionsData{Page: page("Sessions", "settings", "/settings/sessions"), Sessions: sessions(), Current: "s1", All: true})},
		{"sessions-own", Sessions(SessionsData{Page: reader("Sessions", "settings", "/settings/sessions"), Sessions: sessions()[:1], Current: "s1"})},
		{"policies", Policies(policies("0", "1000", "10"))},
		{"policies-agree", Policies(shorter)},
		{"policies-pruned", Policies(pruned)},
		{"policies-wrong", Policies(unreadable)},
		{"confirm-disable", Confirm(ConfirmData{
			Page: page("Disable class-7b-maths", "rooms", "/rooms/"+roomID+"/disable"), Heading: "Disable class-7b-maths?",
			Sentence: "Nobody can join class-7b-maths any more, and its codes stop working. A disabled room can be enabled again.",
			Action:   "/rooms/" + roomID + "/disable", Button: "Disable the room", Danger: true, Cancel: "/rooms/" + roomID, FormToken: "tok_0123456789abcdef0123", Reason: true,
		})},
		{"confirm-enable", Confirm(ConfirmData{
			Page: page("Enable class-7b-maths", "rooms", "/x"), Heading: "Enable class-7b-maths?", Sentence: "People can join it again with its codes.",
			Action: "/rooms/" + roomID + "/enable", Button: "Enable the room", Cancel: "/rooms/" + roomID,
		})},
		{"confirm-wrong-reason", Confirm(ConfirmData{
			Page: problem(page("End this session", "settings", "/x")), Heading: "End this session?", Sentence: "The browser is signed out at once.",
			Action: "/settings/sessions/s2/revoke", Button: "End session", Danger: true, Cancel: "/settings/sessions", Reason: true,
			Why: "too long", Errors: broken("reason", "Shorten the reason to 500 characters or fewer."),
		})},
		{"confirm-not-made", Confirm(ConfirmData{
			Page: problem(page("Disable class-7b-maths", "rooms", "/x")), Heading: "Disable class-7b-maths?", Sentence: "Nobody can join it any more.",
			Action: "/rooms/" + roomID + "/disable", Button: "Disable", Danger: true, Cancel: "/rooms/" + roomID, FormToken: "tok_0123456789abcdef0123",
			Reason: true, Why: "The term is over & done.", Problem: &ProblemData{
				What: "100ms asks us to slow down.", Why: "It answered 429.", Do: "Nothing was changed. Try again in a minute.",
				Link: "/history/op10391", Word: "The operation in history", RequestID: "r-8f2c",
			},
		})},
		{"problem-404", Problem(ProblemData{Page: page("Not found", "", "/nowhere"), Status: 404, What: "There is no such page", Do: "Check the address, or start from the overview.", RequestID: "r-8f2c"})},
		{"problem-502", Problem(ProblemData{
			Page: page("No answer", "rooms", "/rooms/new"), Status: 502, What: "100ms did not answer", Why: "The room may have been made all the same.",
			Do: "See in history what came of it before you try again.", Link: "/history/op10391", Word: "See what is known", RequestID: "r-8f2c",
		})},
		{"problem-outside", Problem(ProblemData{Page: outside("Try again", "/signin"), Status: 403, What: "This came from another site", Do: "Open the page here and send it again."})},
	}
}

func roomsFilter(query string) *form.RoomsFilter { return form.ParseRoomsFilter(typed(query)) }

func historyQuery(query string) *form.HistoryFilter { return form.ParseHistoryFilter(typed(query)) }

// typed is a query as it stands in an address.
func typed(query string) url.Values {
	values, err := url.ParseQuery(query)
	if err != nil {
		panic(err)
	}
	return values
}

func roomSamples() []sample {
	list := RoomsData{
		Page: page("Rooms", "rooms", "/rooms"), List: db.RoomPage{Rooms: rooms(), Older: "c2", Total: 1000, Capped: true},
		Templates: templateRefs(), Creators: []string{"asha@northside.example", "ben@northside.example"}, IndexedAt: now.Add(-3 * time.Minute),
		Filter: roomsFilter(""),
	}
	filtered := list
	filtered.Filter = roomsFilter("q=7b+%26+more&enabled=true&template_id=" + templateID + "&region=in&recording=on&creator=gone@northside.example&after=2026-11-01&before=2026-11-22T10:00:00Z&sort=name")
	filtered.List = db.RoomPage{Rooms: rooms()[:1], Newer: "c1", Older: "c3", Total: 1}
	nothing := filtered
	nothing.List = db.RoomPage{}
	wrong := list
	wrong.Filter, wrong.IndexErr = roomsFilter("after=yesterday"), "100ms did not answer at 20:40 UTC. The list may be out of date."
	wrong.Page.Problem = true
	down, slow := list, list
	down.Page.Outage = &layout.Outage{Down: true, Since: now.Add(-4 * time.Minute), Next: now.Add(17500 * time.Millisecond), Problem: "no whole answer in time"}
	slow.Page = reader("Rooms", "rooms", "/rooms")
	slow.Page.Outage = &layout.Outage{Since: now.Add(-5 * time.Second), Next: now.Add(40 * time.Second)}
	live := liveRoom()
	old := RoomData{Page: reader("open-day-2026", "rooms", "/rooms/"+otherRoom), Room: rooms()[1], LivePath: "/rooms/" + otherRoom + "?live=1"}
	failed := live
	failed.Live, failed.LiveError, failed.Codes, failed.Page.Flash, failed.History = nil, "100ms did not answer.", nil, nil, nil
	failed.CodesErr = "The codes could not be read, because 100ms did not answer."
	disabled := live
	disabled.Room.Enabled, disabled.Room.Recording, disabled.Codes, disabled.Webhook, disabled.Upload = false, "inherit", nil, nil, nil
	disabled.Page = flashed(disabled.Page, "ask", "Nobody knows yet whether it was done.", "/history/op10391", "See")
	return []sample{
		{"rooms", Rooms(list)},
		{"rooms-down", Rooms(down)},
		{"rooms-slow", Rooms(slow)},
		{"rooms-filtered", Rooms(filtered)},
		{"rooms-no-match", Rooms(nothing)},
		{"rooms-wrong-filter", Rooms(wrong)},
		{"rooms-empty", Rooms(RoomsData{Page: page("Rooms", "rooms", "/rooms"), Filter: roomsFilter("")})},
		{"rooms-empty-reader", Rooms(RoomsData{Page: reader("Rooms", "rooms", "/rooms"), IndexedAt: now, Filter: roomsFilter("")})},
		{"room-new", RoomNew(roomForm(blankForm(), nil))},
		{"room-new-full", RoomNew(roomForm(fullForm(), func(d *RoomFormData) { d.NameState, d.ShowCurl = NameState{State: "free"}, true }))},
		{"room-new-copy", RoomNew(roomForm(blankForm(), func(d *RoomFormData) { d.From, d.NameState = "class-7a", NameState{State: "taken", RoomID: roomID} }))},
		{"room-new-wrong", RoomNew(roomForm(everyFieldBroken(), func(d *RoomFormData) {
			d.Page.Problem, d.Secrets, d.NameState = true, true, NameState{State: "bad", Suggestion: "Rishabhs-Room"}
		}))},
		{"room-new-taken", RoomNew(roomForm(fullForm(), takenForm))},
		{"room-new-taken-other", RoomNew(roomForm(fullForm(), func(d *RoomFormData) {
			takenForm(d)
			d.Existing.Other, d.Existing.Enabled, d.Existing.Changes = true, false, nil
		}))},
		{"room-new-no-templates", RoomNew(roomForm(blankForm(), func(d *RoomFormData) {
			d.Templates, d.Apology, d.Form.TemplateID = nil, "The templates could not be read, because 100ms did not answer. Write the template's id instead.", templateID
		}))},
		{"room-new-unknown-template", RoomNew(roomForm(blankForm(), func(d *RoomFormData) { d.Form.TemplateID = "64d2a7b1c94e0f52a6b3dfff" }))},
		{"room-live", Room(live)},
		{"room-old-reader", Room(old)},
		{"room-api-down", Room(failed)},
		{"room-disabled", Room(disabled)},
	}
}

func recordSamples() []sample {
	filtered := historyData()
	filtered.Filter = historyQuery("q=maths&actor=gone@northside.example&action=room.create&outcome=done&target=" + roomID + "&from=2026-09-01&to=2026-11-22")
	filtered.Newer, filtered.Timeline, filtered.Moments = "cursor=n1", span(83), "/rooms/"+roomID+"/moments"
	nothing := filtered
	nothing.Operations, nothing.Counts, nothing.Newer, nothing.Older, nothing.Timeline.Days = nil, nil, "", "", nil
	wrong := historyData()
	wrong.Filter = historyQuery("from=soon")
	wrong.Page.Problem = true
	unclear := historyData()
	unclear.Filter = historyQuery("q=" + url.QueryEscape(`actor:ann@example.org actor:ben@example.org outcome: "two words"`))
	unclear.Page.Problem = true
	boxed := historyData()
	boxed.Filter = historyQuery("q=" + url.QueryEscape(`kind:room outcome:failed from:2024-03-05 colour:red "a b" <i>`))
	boxed.Timeline = span(980)
	boxed.Timeline.Capped = true
	boxed.Search = SearchFeed{Fed: 120000, Head: 1000000}
	months := historyData()
	months.Filter = historyQuery("from=2020-01-15T10:30:00Z&to=2026-11-22T20:00:00Z&q=%C3%BC")
	months.Timeline = span(2504)
	oneDay := historyData()
	oneDay.Filter, oneDay.Timeline = historyQuery("from=2026-11-22&to=2026-11-22"), span(1)
	full := OverviewData{
		Page: page("Overview", "overview", "/"), Rooms: 1234, Disabled: 17, Days: dayCounts(overviewDays), From: chartStart(overviewDays),
		Regions: []Count{{"India", 1010}, {"Europe", 180}, {"United States", 44}, {"Automatic", 0}}, Latency: []Count{{"under 100 ms", 12}, {"100 to 300 ms", 160}, {"over 1 s", 2}},
		Recent: operations(), Open: operations()[3:4], Failed: operations()[1:2], IndexedAt: now.Add(-3 * time.Minute), IndexError: "100ms did not answer at 20:40 UTC. It is asked again every few minutes.",
		Seal: "Checkpoints aren't kept at witness.example.org: it answered 503.",
	}
	quiet := OverviewData{Page: reader("Overview", "overview", "/"), Rooms: 2, IndexedAt: now, From: chartStart(overviewDays)}
	unknown := operationData()
	unknown.Operation = operations()[3]
	unknown.Rows, unknown.Changes, unknown.Room = unknown.Rows[:1], nil, false
	unknown.Before, unknown.After, unknown.Actor, unknown.Curl = nil, nil, false, ""
	lookable := unknown
	lookable.CanLook, lookable.LookedAt = true, now.Add(-2*time.Minute)
	lookable.Why = "100ms doesn't list the codes of a disabled room. Only when the room is enabled again can this be told."
	failed := operationData()
	failed.Operation = operations()[1]
	failed.Rows[1].Phase, failed.Rows[1].Error, failed.Rows[1].APIStatus, failed.Rows[1].Response = db.PhaseFailed, "region not supported", 400, "<html>not JSON</html>"
	failed.Rows = append(failed.Rows, db.Row{Seq: 10483, Time: now, Phase: db.PhaseSettled, Action: "room.create"})
	halfway := operationData()
	halfway.Rows[0].After, halfway.Unsent = unsent(false).Content, unsent(false)
	person := operationData()
	person.Operation.TargetKind, person.Operation.TargetID, person.Operation.TargetName, person.Operation.Action = "user", "u2", users()[1].Email, "user.update"
	person.Rows[0].Before, person.Rows[0].Request, person.Rows[1].Response = "", "", `{"x":"[hidden]","y":"[secret]"}`
	person.Room, person.Person, person.Curl = false, true, ""
	return []sample{
		{"overview", Overview(full)},
		{"overview-empty", Overview(OverviewData{Page: page("Overview", "overview", "/"), From: chartStart(overviewDays)})},
		{"overview-reader", Overview(quiet)},
		{"history", History(historyData())},
		{"history-filtered", History(filtered)},
		{"history-no-match", History(nothing)},
		{"history-wrong-filter", History(wrong)},
		{"history-unclear", History(unclear)},
		{"history-weeks", History(boxed)},
		{"history-months", History(months)},
		{"history-day", History(oneDay)},
		{"history-empty", History(HistoryData{Filter: historyQuery(""), Page: page("History", "history", "/history")})},
		{"verify", Verification(verification())},
		{"verify-altered", Verification(alteredHistory())},
		{"verify-empty", Verification(VerificationData{Page: page("Verify", "history", "/history/verify"), Key: sampleKey})},
		{"verify-wrong", Verification(wrongCheckpoint())},
		{"operation", Operation(operationData())},
		{"operation-unknown", Operation(unknown)},
		{"operation-unclear", Operation(lookable)},
		{"operation-failed", Operation(failed)},
		{"operation-person", Operation(person)},
		{"operation-unsent", Operation(halfway)},
	}
}
