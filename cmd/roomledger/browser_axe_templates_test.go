package main

import (
	"context"
	"testing"

	"roomledger/web/hms"
)

// auditTemplates looks at the pages of templates: one that another tool changes meanwhile, and one with many roles.
func auditTemplates(t *testing.T, chrome context.Context) {
	_, env := account(t, asItIs)
	client, err := hms.New(hms.Config{BaseURL: env["HMS_API_URL"], AccessKey: env["HMS_ACCESS_KEY"], Secret: env["HMS_SECRET"]})
	if err != nil {
		t.Fatal(err)
	}
	harbour := harbourTemplate()
	quay, err := client.CreateTemplate(t.Context(), harbour)
	if err != nil {
		t.Fatal(err)
	}
	harbour.Name = "harbour"
	pier, err := client.CreateTemplate(t.Context(), harbour)
	if err != nil {
		t.Fatal(err)
	}
	r := serving(t, t.TempDir(), env)
	r.awaitLog(indexReady)
	pier.Settings.Region = "us"
	pier.Roles["pilot"].Permissions[hms.PermissionMute] = false
	if _, err := client.UpdateTemplate(t.Context(), pier.ID, pier); err != nil {
		t.Fatal(err)
	}
	at := "/templates/" + pier.ID
	signedIn(t, chrome, r.base).audit(
		state{"templates", "/templates", nil},
		state{"templates, one found", "/templates?q=pilot&sort=-changed", nil},
		state{"templates, none match", "/templates?q=lighthouse", nil},
		state{"templates, wrong filter", "/templates?sort=size", nil},
		state{"compare templates with 100ms", "/templates/refresh", nil},
		state{"a template that was changed elsewhere", at + "?live=1&whole=1", nil},
		state{"the form of a template of many roles", at + "/edit", func(b *tab) {
			b.press(`button[name="open"][value="roles.2"]`)
			b.is(`document.activeElement.id === "roles.2.name"`)
		}},
		state{"a template with its versions", at, nil},
		state{"versions", at + "/versions", nil},
		state{"a version", at + "/versions/1", nil},
		state{"a version against another", at + "/versions/1?with=2", nil},
		state{"a version against one that isn't there", at + "/versions/2?with=99", nil},
		state{"matrix", at + "/matrix", nil},
		state{"mark as the default", at + "/default", nil},
		state{"two templates to choose", "/templates/compare?a=" + pier.ID, nil},
		state{"two templates", "/templates/compare?a=" + pier.ID + "&b=" + quay.ID, nil},
		state{"two templates, wrongly chosen", "/templates/compare?a=nonsense&b=" + quay.ID, nil},
	)
}

// harbourTemplate has something in every part, and so many roles that their names stand upright.
func harbourTemplate() hms.Template {
	tpl := hms.Template{
		Name: "quay", Roles: map[string]hms.Role{}, Settings: hms.TemplateSettings{Region: "eu"},
		Destinations: &hms.Destinations{RTMP: map[string]hms.RTMPDestination{
			"lecture": {Name: "lecture", MaxDuration: 5400, URLs: []hms.StreamURL{"rtmp://live.example.org/live/key"}},
		}},
	}
	for _, name := range []string{"captain", "clerk", "crew", "harbour-master-on-duty", "passenger", "pilot", "stoker"} {
		tpl.Roles[name] = hms.Role{
			Name: name, Priority: 2, PublishParams: hms.PublishParams{Allowed: []string{hms.PublishAudio}},
			SubscribeParams: hms.SubscribeParams{SubscribeToRoles: []string{"captain", "pilot"}}, Permissions: map[string]bool{hms.PermissionMute: true},
		}
	}
	return tpl
}
