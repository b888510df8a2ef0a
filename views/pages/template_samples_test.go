package pages

import (
	"fmt"
	"strings"
	"time"

	"roomledger/db"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// clinic is a template as history has it.
const clinic = `{"name":"clinic <prod>","roles":{
	"doctor":{"priority":1,"maxPeerCount":2,"publishParams":{"allowed":["audio","video","screen"],"video":{"bitRate":450}},"subscribeParams":{"subscribeToRoles":["doctor","patient"]},"permissions":{"endRoom":true,"mute":true}},
	"patient":{"priority":2,"publishParams":{"allowed":["audio"]},"subscribeParams":{"subscribeToRoles":["doctor"]},"permissions":{"browserRecording":false}}},
	"settings":{"region":"eu","recording":{"upload":{"type":"s3","location":"clinic-films","prefix":"prod","credentials":{"key":"hmac-sha256:11aa","secretKey":"hmac-sha256:22bb"}}}},
	"destinations":{"rtmpDestinations":{"lecture":{"name":"lecture","maxDuration":5400,"rtmpUrls":["rtmp://live.example.org/hmac-sha256:33cc"]}}},
	"recordings":[{"name":"default","role":"doctor","compositeRecording":{"browserComposite":{"autoStart":true}}}]}`

// muteless is the clinic whose doctors may not mute.
var muteless = strings.Replace(clinic, `"mute":true`, `"mute":false`, 1)

func sampleTemplate() db.Template {
	return db.Template{
		Workspace: "w1", ID: templateID, Name: "clinic <prod>", Region: "eu", Marked: true, Roles: 2, RoleNames: []string{"doctor", "patient"},
		Destinations: []string{"RTMP lecture"}, Recordings: []string{"default"}, Storage: "s3://clinic-films/prod", Versions: 12, Data: clinic,
		CreatedAt: now.AddDate(-1, 0, 0), ChangedAt: now.Add(-3 * time.Hour), SeenAt: now.Add(-2 * time.Minute), ChangedBy: "asha@northside.example", ChangedKind: "user",
		Action: "template.update", Operation: "op10301", Rooms: 38,
	}
}

func sampleTemplates() []db.Template {
	big := sampleTemplate()
	big.ID, big.Name, big.Marked, big.Default, big.Region, big.Destinations, big.Recordings = "64d2a7b1c94e0f52a6b3d802", "webinar-default", false, true, "", nil, nil
	big.Storage, big.Rooms, big.Action, big.RoleNames, big.Roles = "", 1001, "template.seen", nil, 20
	for i := range 20 {
		big.RoleNames = append(big.RoleNames, fmt.Sprintf("role-%02d", i))
	}
	once := big
	once.ID, once.Name, once.Default, once.Rooms, once.Versions, once.Destinations = "64d2a7b1c94e0f52a6b3d803", "town hall", false, 0, 1, []string{"RTMP a", "RTMP b", "HLS c", "Transcription d"}
	return []db.Template{sampleTemplate(), big, once}
}

func sampleVersions() []TemplateVersion {
	list := []TemplateVersion{
		{TemplateVersion: db.TemplateVersion{N: 12, Seq: 10301, Time: now.Add(-3 * time.Hour), Operation: "op10301", Action: "template.update", Actor: "asha@northside.example", ActorKind: "user", Reason: "Doctors <mute>.", Data: clinic}, Changed: []string{"Role doctor: Mute others"}},
		{TemplateVersion: db.TemplateVersion{N: 11, Seq: 10201, Time: now.Add(-30 * time.Hour), Operation: "op10201", Action: "template.seen", ActorKind: "system", Data: muteless}, Changed: []string{"Region", "Role doctor: Priority", "Role nurse", "Bucket"}},
		{TemplateVersion: db.TemplateVersion{N: 10, Seq: 10101, Time: now.AddDate(0, -2, 0), Operation: "op10101", Action: "template.seen", ActorKind: "system", Data: "{}"}, First: true},
	}
	return list
}

func templatesFilter(query string) *form.TemplatesFilter {
	return form.ParseTemplatesFilter(typed(query))
}

func templateSamples() []sample {
	list := TemplatesData{
		Page: page("Templates", "templates", "/templates"), Filter: templatesFilter(""), IndexedAt: now.Add(-3 * time.Minute),
		List: db.TemplatePage{Templates: sampleTemplates(), Older: "c2", Total: 1001},
	}
	none := TemplatesData{Page: page("Templates", "templates", "/templates"), Filter: templatesFilter("")}
	noneSeen := TemplatesData{Page: reader("Templates", "templates", "/templates"), Filter: templatesFilter(""), IndexedAt: now}
	noMatch := list
	noMatch.Filter, noMatch.List = templatesFilter("q=lighthouse+%26+more&sort=-changed"), db.TemplatePage{}
	wrong := list
	wrong.Filter, wrong.Behind = templatesFilter("sort=size&q=%01"), true
	wrong.Page.Problem, wrong.List.Newer = true, "c1"
	return append([]sample{
		{"templates", Templates(list)},
		{"templates-empty", Templates(none)},
		{"templates-empty-reader", Templates(noneSeen)},
		{"templates-no-match", Templates(noMatch)},
		{"templates-wrong", Templates(wrong)},
	}, templatePageSamples()...)
}

// unsent is a recording configuration that was never sent.
func unsent(missing bool) *UnsentRecordings {
	return &UnsentRecordings{Template: templateID, Operation: "op10481", Content: `{"recordings":[{"name":"default","role":"doctor"}]}`, Missing: missing}
}

func templatePageSamples() []sample {
	path := "/templates/" + templateID
	p := page("clinic <prod>", "templates", path)
	drift, err := blueprint.Diff(muteless, clinic)
	if err != nil {
		panic(err)
	}
	live := TemplateData{
		Page: p, Template: sampleTemplate(), Live: true, LivePath: path + "?live=1", Drift: drift, Noted: true, Content: ContentOf(clinic), Rooms: rooms()[:2],
		Versions: sampleVersions(), History: operations()[:2], Happened: 1000,
	}
	open := TemplateData{
		Page: p, Template: db.Template{ID: templateID, Name: "clinic", SeenAt: now}, Live: true, LivePath: path + "?live=1", Drift: drift, Content: ContentOf(clinic),
		Unsent: unsent(true),
	}
	bare := TemplateData{Page: reader("webinar-default", "templates", path), Template: sampleTemplates()[1], LivePath: path + "?live=1", Content: ContentOf(`{"name":"webinar-default","roles":{}}`), Unsent: unsent(true)}
	unreadable := TemplateData{Page: p, Template: sampleTemplates()[2], LivePath: path + "?live=1", LiveError: "100ms did not answer.", Content: ContentOf("[]")}
	version := TemplateVersionData{
		Page: p, Template: sampleTemplate(), Version: sampleVersions()[1], Content: ContentOf(muteless), Older: 10, Newer: 12, With: &sampleVersions()[0].TemplateVersion,
		Typed: "12", Changes: drift, CanRestore: true,
	}
	first := TemplateVersionData{Page: reader("clinic", "templates", path), Template: sampleTemplate(), Version: sampleVersions()[2], Content: ContentOf("{}"), Newer: 11}
	wrong := version
	wrong.Page, wrong.Typed, wrong.With, wrong.Changes = problem(p), "99 <b>", &sampleVersions()[2].TemplateVersion, nil
	wrong.Errors = form.Errors{}
	wrong.Errors.Add("with", "Give the number of a version, from 1 to 12. Until then it is not used.")
	return append([]sample{
		{"template", TemplatePage(live)},
		{"template-open", TemplatePage(open)},
		{"template-reader", TemplatePage(bare)},
		{"template-broken", TemplatePage(unreadable)},
		{"template-versions", TemplateVersions(TemplateVersionsData{Page: p, Template: sampleTemplate(), List: sampleVersions(), Newest: path + "/versions", Older: path + "/versions?before=10"})},
		{"template-versions-none", TemplateVersions(TemplateVersionsData{Page: p, Template: sampleTemplates()[2]})},
		{"template-version", TemplateVersionPage(version)},
		{"template-version-first", TemplateVersionPage(first)},
		{"template-version-wrong", TemplateVersionPage(wrong)},
	}, templateCompareSamples()...)
}

func templateCompareSamples() []sample {
	p := page("Compare templates", "templates", "/templates/compare")
	one, other := sampleTemplate(), sampleTemplates()[2]
	other.Data = strings.Replace(muteless, `"patient":`, `"nurse":{},"patient":`, 1)
	changes, err := blueprint.Diff(one.Data, other.Data)
	if err != nil {
		panic(err)
	}
	trees := make([]blueprint.Tree, 2)
	for i, t := range []db.Template{one, other} {
		if trees[i], err = blueprint.ParseTree([]byte(t.Data)); err != nil {
			panic(err)
		}
	}
	both := TemplateCompareData{
		Page: p, A: one.ID, B: other.ID, First: &one, Second: &other, Changes: changes, Matrix: blueprint.MatrixOf(trees...),
		List: []db.TemplateRef{{ID: one.ID, Name: one.Name}, {ID: other.ID, Name: other.Name}},
	}
	same := both
	same.Changes = nil
	wrong := both
	wrong.Page, wrong.B, wrong.Second, wrong.Errors = problem(p), "<nonsense>", nil, broken("b", "Choose a template from the list: this one isn't known here.")
	roles := make([]string, 9)
	for i := range roles {
		roles[i] = fmt.Sprintf(`"a role with number %d":{"subscribeParams":{"subscribeToRoles":["a role with number 0"]}}`, i)
	}
	many := ContentOf(`{"roles":{` + strings.Join(roles, ",") + `}}`)
	return []sample{
		{"template-compare", TemplateCompare(both)},
		{"template-compare-same", TemplateCompare(same)},
		{"template-compare-choose", TemplateCompare(TemplateCompareData{Page: p, List: both.List[:1]})},
		{"template-compare-wrong", TemplateCompare(wrong)},
		{"template-compare-broken", TemplateCompare(TemplateCompareData{Page: p, A: one.ID, B: other.ID, First: &one, Second: &other, List: both.List, Broken: true})},
		{"template-matrix", TemplateMatrix(TemplateMatrixData{Page: p, Template: one, Content: ContentOf(clinic)})},
		{"template-matrix-many", TemplateMatrix(TemplateMatrixData{Page: p, Template: one, Content: many})},
		{"template-matrix-none", TemplateMatrix(TemplateMatrixData{Page: p, Template: one, Content: ContentOf(`{"roles":{}}`)})},
		{"template-matrix-broken", TemplateMatrix(TemplateMatrixData{Page: p, Template: one, Content: ContentOf("nothing")})},
	}
}
