package pages

import (
	"net/url"

	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// clinicForm is the form of the clinic, changed.
func clinicForm(change func(*TemplateFormData)) TemplateFormData {
	tree, err := blueprint.ParseTree([]byte(clinic))
	if err != nil {
		panic(err) // of this file alone
	}
	d := TemplateFormData{
		Page: page("Edit clinic <prod>", "templates", "/templates/"+templateID+"/edit"), ID: templateID, Name: "clinic <prod>",
		Form: blueprint.FormOf(tree), FormToken: "token-of-the-form-1", Version: "12-abc",
	}
	change(&d)
	return d
}

// newTemplateForm is the form of a new template, changed.
func newTemplateForm(change func(*TemplateFormData)) TemplateFormData {
	d := TemplateFormData{
		Page: page("New template", "templates", "/templates/new"), FormToken: "token-of-the-form-1",
		Form: blueprint.NewForm(nil, url.Values{"name": {"clinic <prod>"}, "roles.0.name": {"doctor"}}),
	}
	change(&d)
	return d
}

func templateFormSamples() []sample {
	changes := []blueprint.Change{{Path: "settings.region", Label: "Region", Have: "Europe", Will: "<India>"}}
	return []sample{
		{"template-new", TemplateForm(newTemplateForm(func(d *TemplateFormData) {
			d.NameState = TemplateNameState{State: "free"}
			d.Presets = []TemplatePreset{{Key: "webinar", Name: "Webinar", Help: "A few speak, many watch.", Roles: []string{"host", "attendee"}}}
			d.Preview = form.Preview{JSON: "POST /v2/templates\n\n{\n  \"key\": $SECRET\n}", Curl: "curl -X POST"}
		}))},
		{"template-new-wrong", TemplateForm(newTemplateForm(func(d *TemplateFormData) {
			d.NameState = TemplateNameState{State: "bad", Problem: "Use only <letters>."}
			d.Page.Problem, d.From, d.Unknown = true, "what you imported", []string{"roles.doctor.<odd>"}
			d.Form.Values.Set("roles.0.priority", "77")
			d.Form.Values.Add("roles.0.subscribeParams.subscribeToRoles", "nobody")
			d.Form.Values.Set("roles.0.publishParams.simulcast.video.layers.0.rid", "x")
			d.Form.Errors = broken("", "This form is out of date.", "roles.0.priority", "Give a number from 1 to 5.", "roles", "Name a role.",
				"roles.0.subscribeParams.subscribeToRoles", "There is no such role.", "roles.7.name", "Not drawn.", "destinations.hlsDestinations", "Too many.")
		}))},
		{"template-new-taken", TemplateForm(newTemplateForm(func(d *TemplateFormData) {
			d.Page.Problem, d.Reason = true, "It moves."
			d.NameState = TemplateNameState{State: "taken", ID: templateID, Name: "Clinic <prod>"}
			d.Existing = &ExistingTemplate{ID: templateID, Name: "Clinic <prod>", Changes: changes}
		}))},
		{"template-edit", TemplateForm(clinicForm(func(d *TemplateFormData) { d.NameState = TemplateNameState{State: "own", Of: templateID} }))},
		{"template-edit-folded", TemplateForm(clinicForm(func(d *TemplateFormData) {
			d.Form = blueprint.FoldedFormOf(d.Form.Base, 0)
		}))},
		{"template-edit-row", TemplateForm(clinicForm(func(d *TemplateFormData) {
			d.Form.EditRows(url.Values{"add": {"roles"}})
			d.NameState = TemplateNameState{State: "taken", Of: templateID, ID: roomID, Name: "ward"}
			d.Focus, d.Typed = "roles", []string{"settings.recording.upload.credentials.key"}
		}))},
		{"template-edit-review", TemplateForm(clinicForm(func(d *TemplateFormData) {
			d.Review = &TemplateReview{Changes: changes, Roles: []blueprint.RoleChange{{Was: "doctor", Now: "medic"}, {Was: "patient"}, {Now: "nurse"}}}
		}))},
		{"template-edit-unchanged", TemplateForm(clinicForm(func(d *TemplateFormData) { d.Review = &TemplateReview{} }))},
		{"template-edit-stale", TemplateForm(clinicForm(func(d *TemplateFormData) {
			d.Page.Problem = true
			d.Stale = &StaleTemplate{Known: true, Lines: []StaleLine{
				{Label: "Region", Before: "Europe", Theirs: "India", Yours: "<United States>", Both: true}, {Label: "Role doctor: Priority", Before: "", Theirs: "2", Yours: ""},
			}}
		}))},
		{"template-edit-partly", TemplateForm(clinicForm(func(d *TemplateFormData) {
			d.Page.Problem = true
			d.Problem = &TemplateProblem{Title: "The template is saved, but its recording configuration is not", Operation: "/history/op1"}
			d.Form.Errors = broken("", "100ms doesn't answer.")
		}))},
		{"template-import", TemplateImport(TemplateImportData{Page: page("Import a template", "templates", "/templates/import")})},
		{"template-import-wrong", TemplateImport(TemplateImportData{
			Page: problem(page("Import a template", "templates", "/templates/import")), Errors: broken("template", "This is no JSON."),
		})},
	}
}
