package pages

import (
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/views/layout"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// now is the fixed time of every sample.
var now = time.Date(2026, 11, 22, 20, 51, 7, 0, time.UTC)

const (
	roomID     = "65a0b3c4d5e6f708192a3b4c"
	otherRoom  = "659f1122d5e6f708192a3a01"
	templateID = "64d2a7b1c94e0f52a6b3d801"
)

// page is the shell as an admin of the sandbox sees it.
func page(title, section, path string) layout.Page {
	return layout.Page{
		Title: title, Section: section, Path: path, Now: now,
		User:      &layout.User{Email: "asha@northside.example", Role: "admin"},
		Workspace: "Northside Academy", Sandbox: true,
		Seal:       layout.Seal{Seq: 10482, Time: now.Add(-2 * time.Minute), By: "asha@northside.example"},
		CanHistory: true, CanChange: true, CanAdmin: true,
	}
}

// reader is the shell as a viewer of a live workspace sees it.
func reader(title, section, path string) layout.Page {
	p := page(title, section, path)
	p.User = &layout.User{Email: "viewer@northside.example", Role: "viewer"}
	p.Sandbox, p.CanHistory, p.CanChange, p.CanAdmin, p.Seal, p.Theme = false, false, false, false, layout.Seal{}, "dark"
	return p
}

// outside is the shell for somebody who isn't signed in.
func outside(title, path string) layout.Page {
	return layout.Page{Title: title, Path: path, Now: now, Sandbox: true}
}

func broken(pairs ...string) form.Errors {
	var e form.Errors
	for i := 0; i < len(pairs); i += 2 {
		e.Add(pairs[i], pairs[i+1])
	}
	return e
}

func problem(p layout.Page) layout.Page {
	p.Problem = true
	return p
}

func flashed(p layout.Page, kind, text, link, word string) layout.Page {
	p.Flash = &layout.Flash{Kind: kind, Text: text, Link: link, Word: word}
	return p
}

func operations() []db.Operation {
	op := func(seq int64, ago time.Duration, who, kind, action, name, id, outcome string, took int64, remark string) db.Operation {
		return db.Operation{
			Seq: seq, LastSeq: seq + 1, ID: "op" + strconv.FormatInt(seq, 10), Workspace: "w1", Time: now.Add(-ago), ActorName: who, ActorKind: kind,
			IP: "192.0.2.7", Action: action, TargetKind: "room", TargetID: id, TargetName: name, Outcome: outcome, LatencyMS: took, Error: remark,
		}
	}
	list := []db.Operation{
		op(10481, 2*time.Minute, "asha@northside.example", "user", "room.create", "class-7b-maths", roomID, db.OutcomeDone, 182, ""),
		op(10479, 9*time.Minute, "asha@northside.example", "user", "room.create", "class-7B-Maths", roomID, db.OutcomeFailed, 41, "100ms answered: region not supported."),
		op(10477, time.Hour, "ben@northside.example", "cli", "room.create", "exam-hall-01", "65a0b3c4d5e6f708192a3b11", db.OutcomeDone, 9123, ""),
		op(10391, 3*time.Hour, "", "system", "room.disable", "open-day-2025", "65a0b3c4d5e6f708192a3b22", db.OutcomeUnknown, 30000, ""),
		op(10388, 30*time.Hour, "mira@northside.example", "user", "user.signin", "", "", db.OutcomeDone, 0, ""),
		op(10301, 200*24*time.Hour, "mira@northside.example", "user", "room.create", "<script>alert(1)</script>", otherRoom, db.OutcomeDone, 96, ""),
	}
	list[2].Workspace = "w2"
	return list
}

func manyOperations(n int) []db.Operation {
	base := operations()
	out := make([]db.Operation, n)
	for i := range out {
		out[i] = base[i%len(base)]
		out[i].Seq = int64(20000 - i)
	}
	return out
}

func dayCounts(n int) []db.DayCount {
	var out []db.DayCount
	for i := range n {
		day := now.AddDate(0, 0, i-n+1).Format(time.DateOnly)
		if i%7 < 5 {
			out = append(out, db.DayCount{Day: day, Outcome: db.OutcomeDone, Count: 3 + (i*i*7)%23})
		}
		if i%6 == 0 {
			out = append(out, db.DayCount{Day: day, Outcome: db.OutcomeFailed, Count: 1 + i%3})
		}
	}
	return append(out, db.DayCount{Day: now.Format(time.DateOnly), Outcome: db.OutcomeUnknown, Count: 1})
}

func chartStart(n int) time.Time { return now.AddDate(0, 0, 1-n) }

func rooms() []db.Room {
	return []db.Room{
		{
			Workspace: "w1", ID: roomID, Name: "class-7b-maths", Enabled: true, Description: "9 pm maths, batch 2\nBring the <workbook>.", TemplateID: templateID,
			TemplateName: "classroom-default", Region: "in", Size: 40, MaxDurationSeconds: 5400, Recording: "on", CreatedAt: now.Add(-2 * time.Minute),
			UpdatedAt: now.Add(-time.Minute), SeenAt: now.Add(-30 * time.Second), Creator: "asha@northside.example", Operation: "op10481",
		},
		{
			Workspace: "w1", ID: otherRoom, Name: "7c1de8f0-3c55-4a56-9f6b-0f0d8b8a21c4", TemplateID: templateID, TemplateName: "classroom-default", Region: "eu",
			LargeRoom: true, Size: 19000, Recording: "inherit", CreatedAt: now.AddDate(-1, -2, 0), SeenAt: now.Add(-time.Hour),
		},
		{
			Workspace: "w1", ID: "65a0b3c4d5e6f708192a3b22", Name: "open-day-2026", Enabled: true, TemplateID: "64d2a7b1c94e0f52a6b3d802", TemplateName: "webinar-default",
			Region: "us", LargeRoom: true, Recording: "off", CreatedAt: now.AddDate(0, 0, -3), SeenAt: now.Add(-time.Hour), Creator: "ben@northside.example",
		},
	}
}

func manyRooms(n int) []db.Room {
	base := rooms()
	out := make([]db.Room, n)
	for i := range out {
		out[i] = base[i%len(base)]
		out[i].Name += "-" + strconv.Itoa(i)
	}
	return out
}

func templateRefs() []db.TemplateRef {
	return []db.TemplateRef{{ID: templateID, Name: "classroom-default"}, {ID: "64d2a7b1c94e0f52a6b3d802", Name: "webinar-default"}}
}

func templates() []Template {
	return []Template{
		{ID: templateID, Name: "classroom-default", Roles: []string{"teacher", "student"}, Region: "in", Rooms: 38, Default: true},
		{ID: "64d2a7b1c94e0f52a6b3d802", Name: "webinar-default", Roles: []string{"host", "stage", "viewer", "backstage", "recorder"}, Region: "eu", Recording: true, Bucket: "s3://northside-rec", Rooms: 1},
	}
}

func blankForm() *form.Room {
	return &form.Room{Recording: "inherit", Storage: "vendor", Region: "auto", FormToken: "tok_0123456789abcdef0123"}
}

func fullForm() *form.Room {
	f := blankForm()
	f.Name, f.Description, f.TemplateID, f.Size, f.MaxDurationSeconds = "class-7b-maths", "9 pm maths, batch 2\n</textarea><b>", templateID, "400", "1h30m"
	f.Polls = "64d2a7b1c94e0f52a6b3d8aa"
	f.Recording, f.Storage, f.UploadType, f.UploadLocation, f.UploadPrefix, f.UploadRegion = "on", "own", "s3", "northside-rec", "maths", "eu-central-1"
	f.UploadKey, f.UploadSecret = "AKIATYPEDKEY", "typed-storage-secret"
	f.WebhookURL = "https://hooks.northside.example/rooms"
	f.Headers = []form.Header{{Name: "X-Token", Value: "typed-header-secret"}, {Name: "X-Team", Value: "typed-team-secret"}}
	return f
}

func sampleRequest() form.Preview {
	return form.Preview{
		JSON: "{\n  \"name\": \"class-7b-maths\",\n  \"description\": \"9 pm <maths>, \\\"batch\\\": 2\",\n  \"size\": 400,\n  \"recording_info\": {\n    \"enabled\": true,\n" +
			"    \"upload_info\": {\n      \"type\": \"s3\",\n      \"credentials\": {\n        \"key\": \"$STORAGE_KEY\",\n        \"secret\": \"$STORAGE_SECRET\"\n      }\n    }\n  }\n}",
		Curl: "curl -X POST https://api.100ms.live/v2/rooms \\\n  -H \"Authorization: Bearer $HMS_TOKEN\" \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"name\":\"class-7b-maths\"}'",
	}
}

func roomForm(f *form.Room, change func(*RoomFormData)) RoomFormData {
	d := RoomFormData{Page: page("New room", "rooms", "/rooms/new"), Form: f, Templates: templates(), Preview: sampleRequest()}
	if change != nil {
		change(&d)
	}
	return d
}

func everyFieldBroken() *form.Room {
	f := fullForm()
	f.Name, f.Size, f.MaxDurationSeconds = "Rishabh's Room", "4000", "1 week"
	for _, name := range []string{
		"name", "description", "template_id", "region", "size", "max_duration_seconds", "large_room", "recording", "storage", "upload_info.type", "upload_info.location",
		"upload_info.options.region", "upload_info.prefix", "upload_info.credentials.key", "upload_info.credentials.secret", "webhook.url", "webhook.header_name", "polls",
	} {
		f.Errors.Add(name, "Put "+name+" right.")
	}
	f.Errors.Add("", "100ms answered: something nobody has seen before.")
	return f
}

func takenForm(d *RoomFormData) {
	d.Page.Problem, d.Secrets = true, true
	d.Form.Errors.Add("name", "Choose another name, or agree to the change.")
	d.Existing = &ExistingRoom{
		ID: roomID, Name: "Class-7B-Maths", Enabled: true, Created: now.AddDate(0, -1, 0),
		Changes: []form.Change{
			{Field: "name", Have: "Class-7B-Maths", Will: "class-7b-maths"},
			{Field: "description", Have: "", Will: "9 pm maths, batch 2"},
			{Field: "recording_info.enabled", Have: "false (from the template)", Will: "true"},
			{Field: "recording_info.upload_info.credentials.secret", Have: "•••• (kept hidden)", Will: "•••• (kept hidden)"},
			{Field: "polls", Have: "64d2a7b1c94e0f52a6b3d8aa", Kept: true},
		},
	}
}

func liveRoom() RoomData {
	d := RoomData{
		Page: flashed(page("class-7b-maths", "rooms", "/rooms/"+roomID), "done", "Room class-7b-maths is made.", "/history/op10481", "On record"),
		Room: rooms()[0], Live: &hms.Room{ID: roomID}, LivePath: "/rooms/" + roomID + "?live=1", Template: &templates()[0],
		Codes: []hms.RoomCode{
			{Code: "qmv-trea-xop", RoomID: roomID, Role: "teacher", Enabled: true, CreatedAt: now.Add(-time.Minute)},
			{Code: "bnk-wyzu-dal", RoomID: roomID, Role: "student", CreatedAt: now.Add(-time.Minute)},
		},
		History: operations()[:2], Happened: 14,
		Webhook: &hms.Webhook{URL: "https://hooks.northside.example/rooms", Headers: map[string]string{"X-Token": "hmac-sha256:9f41…", "X-Team": "hmac-sha256:c07d…"}},
		Upload: &hms.UploadInfo{
			Type: "s3", Location: "northside-rec", Prefix: "/maths", Options: &hms.UploadOptions{Region: "eu-central-1"},
			Credentials: &hms.Credentials{Key: "hmac-sha256:11aa…", Secret: "hmac-sha256:22bb…"},
		},
		Polls: []string{"64d2a7b1c94e0f52a6b3d8aa", "64d2a7b1c94e0f52a6b3d8ab"},
	}
	return d
}

// span is a timeline of the last n days.
func span(n int) Timeline {
	today := now.Truncate(24 * time.Hour)
	return Timeline{From: today.AddDate(0, 0, 1-n), To: today, Days: dayCounts(n)}
}

func historyData() HistoryData {
	return HistoryData{
		Filter: historyQuery(""),
		Page:   page("History", "history", "/history"), Operations: operations(), Older: "cursor=b10301", Actors: []string{"asha@northside.example", "ben@northside.example"},
		Actions: []string{"room.create", "room.disable", "user.signin"}, Counts: map[string]int{db.OutcomeDone: 990, db.OutcomeFailed: 9, db.OutcomeUnknown: 1},
		Kinds: []string{"room", "user"}, Timeline: span(90), Total: 10482, Workspace: "w1",
	}
}

func operationData() OperationData {
	row := db.Row{
		Seq: 10481, Time: now.Add(-2 * time.Minute), Workspace: "w1", Operation: "op10481", ActorName: "asha@northside.example", ActorKind: "user", IP: "192.0.2.7",
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", RequestID: "r-8f2c", Action: "room.create", Phase: db.PhaseIntent,
		TargetKind: "room", TargetName: "class-7b-maths", Request: `{"name":"class-7b-maths","webhook":{"url":"https://hooks.northside.example","headers":{"X-Token":"hmac-sha256:9f41"}}}`,
		APIMethod: "POST", APIPath: "/rooms",
	}
	done := row
	done.Seq, done.Time, done.Phase, done.TargetID = 10482, now.Add(-2*time.Minute+182*time.Millisecond), db.PhaseDone, roomID
	done.Request, done.Response, done.APIStatus, done.LatencyMS, done.Attempts = "", `{"id":"`+roomID+`","name":"class-7b-maths"}`, 200, 182, 2
	done.Before, done.After, done.Reason = `{"description":""}`, `{"description":"9 pm maths"}`, "The timetable moved."
	return OperationData{
		Page: page("room.create class-7b-maths", "history", "/history/op10481"), Operation: operations()[0], Rows: []db.Row{row, done},
		Changes: []form.Change{{Field: "description", Have: "", Will: "9 pm maths"}, {Field: "size", Have: "40", Will: "400"}}, Room: true,
		Curl:   "curl -X POST \"${HMS_API_URL:-https://api.100ms.live/v2}/rooms\" \\\n  -H \"Authorization: Bearer $HMS_TOKEN\"",
		Before: &operations()[5], After: &operations()[1], Actor: true,
		Moments: "/rooms/" + roomID + "/moments",
	}
}

func users() []db.User {
	return []db.User{
		{ID: "u1", Email: "asha@northside.example", Role: "admin", CreatedAt: now.AddDate(0, -5, 0), SeenAt: now.Add(-time.Minute)},
		{ID: "u2", Email: "ben.with-a-rather-long-address@department.northside.example", Role: "operator", CreatedAt: now.AddDate(0, -1, 0)},
		{ID: "u3", Email: "mira@northside.example", Role: "viewer", Disabled: true, CreatedAt: now.AddDate(-1, 0, 0), SeenAt: now.AddDate(0, -2, 0)},
	}
}

func sessions() []db.Session {
	const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	const safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
	return []db.Session{
		{ID: "s1", UserID: "u1", Email: "asha@northside.example", CreatedAt: now.Add(-time.Hour), SeenAt: now, ExpiresAt: now.Add(11 * time.Hour), IP: "192.0.2.7", UserAgent: firefox},
		{ID: "s2", UserID: "u1", Email: "asha@northside.example", CreatedAt: now.Add(-5 * time.Hour), SeenAt: now.Add(-4 * time.Hour), ExpiresAt: now.Add(7 * time.Hour), IP: "2001:db8::1f2e", UserAgent: safari},
	}
}
