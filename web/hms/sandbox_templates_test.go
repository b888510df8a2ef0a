package hms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func roleNames(template hms.Template) []string { return slices.Sorted(maps.Keys(template.Roles)) }

// twoRoles is a template with a bucket, whose second role has its defaults.
func twoRoles(name string) hms.Template {
	return hms.Template{
		Name: name,
		Roles: map[string]hms.Role{
			"host": {
				Name:            "host",
				PublishParams:   hms.PublishParams{Allowed: []string{hms.PublishAudio}, Audio: &hms.AudioParams{BitRate: 32, Codec: hms.CodecOpus}},
				SubscribeParams: hms.SubscribeParams{SubscribeToRoles: []string{"guest"}, MaxSubsBitRate: 3200},
				Permissions:     map[string]bool{hms.PermissionPollWrite: true, hms.PermissionEndRoom: true},
				Priority:        2, MaxPeerCount: 3,
			},
			"guest": {Name: "guest"},
		},
		Settings: hms.TemplateSettings{Region: hms.RegionIndia, Recording: &hms.TemplateRecording{Upload: &hms.TemplateUpload{
			Type: hms.UploadS3, Location: "bucket", Prefix: "p", Options: &hms.UploadOptions{Region: "ap-south-1"},
			Credentials: &hms.TemplateCredentials{Key: "AKIATEST", SecretKey: "test-secret"},
		}}},
	}
}

func playTemplates(a *account) {
	ctx := a.t.Context()
	made := must(a.CreateTemplate(ctx, twoRoles("clinic")))
	a.equal("created", []any{made.Name, roleNames(made), made.Settings.Region}, []any{"clinic", []string{"guest", "host"}, "in"})
	a.equal("customer", made.CustomerID, a.room("a").CustomerID)
	a.equal("app and default", made.AppID != "", a.reads[sandbox.ReadingTemplateSDKKeys])
	host, guest := made.Roles["host"], made.Roles["guest"]
	a.equal("host", []any{host.Priority, host.MaxPeerCount, host.PublishParams.Audio.BitRate, host.Permissions["endRoom"]}, []any{2, 3, 32, true})
	a.equal("defaults", len(guest.PublishParams.Allowed) > 0, true)

	got := must(a.Template(ctx, made.ID))
	a.equal("read", got, made)
	listed := map[string]hms.Template{}
	for _, template := range every(a.AllTemplates(ctx)) {
		listed[template.Name] = template
	}
	a.equal("listed", listed["clinic"], got)
	a.equal("with those of the seed", slices.Sorted(maps.Keys(listed)), []string{"classroom", "clinic", "webinar"})
	page := must(a.ListTemplates(ctx, 10, ""))
	a.equal("newest first", []any{page.Data[0].ID, len(page.Data)}, []any{made.ID, 3})

	changeTemplate(a, got)
	copyTemplate(a, got)
	for i := range 9 {
		must(a.CreateTemplate(ctx, hms.Template{Name: fmt.Sprintf("t %d", i)}))
	}
	first := must(a.ListTemplates(ctx, 0, ""))
	rest := must(a.ListTemplates(ctx, 0, first.Last))
	a.equal("two pages", []int{len(first.Data), len(rest.Data)}, []int{10, len(every(a.AllTemplates(ctx))) - 10})
	_, err := a.Template(ctx, absentID)
	a.equal("no template", errors.Is(err, hms.ErrNotFound), true)
}

// changeTemplate reads, changes and writes a template.
func changeTemplate(a *account, template hms.Template) {
	ctx := a.t.Context()
	host := template.Roles["host"]
	host.MaxPeerCount = 7
	template.Roles = maps.Clone(template.Roles)
	template.Roles["host"] = host
	template.Settings.RoomState = &hms.TemplateRoomState{MessageInterval: 15, Enabled: true}
	updated := must(a.UpdateTemplate(ctx, template.ID, template))
	a.equal("the answer's times", !updated.CreatedAt.IsZero(), a.reads[sandbox.ReadingUpdateShowsTimes])
	kept := must(a.Template(ctx, template.ID))
	a.equal("changed", []int{kept.Roles["host"].MaxPeerCount, kept.Settings.RoomState.MessageInterval}, []int{7, 15})
	keys := kept.Settings.Recording.Upload.Credentials
	a.equal("the secret is there still", []string{keys.Key, keys.SecretKey}, []string{"AKIATEST", "test-secret"})
	a.equal("created", kept.CreatedAt, template.CreatedAt)

	template.Name = "classroom"
	_, err := a.UpdateTemplate(ctx, template.ID, template)
	status := 400
	if a.reads[sandbox.ReadingOverwriteConflict] {
		status = 409
	}
	a.refused("another one's name", err, status, "overwrite error")
}

// copyTemplate sends a template that was read under another name: a copy is made. Names that differ by case are the same template
// by a reading only.
func copyTemplate(a *account, template hms.Template) {
	ctx := a.t.Context()
	template.Name = "clinic 2"
	copied := must(a.CreateTemplate(ctx, template))
	a.equal("another one", copied.ID != template.ID, true)
	template.Name = "CLINIC 2"
	again := must(a.CreateTemplate(ctx, template))
	a.equal("over a name in another case", again.ID == copied.ID, a.reads[sandbox.ReadingTemplateNamesFold])
	if again.ID != copied.ID {
		again.Name = "clinic 2"
		over := must(a.CreateTemplate(ctx, again))
		a.equal("over a name", over.ID, copied.ID)
		again.Name = "clinic 3"
		must(a.UpdateTemplate(ctx, again.ID, again))
	}
	empty := hms.Template{Name: "no roles"}
	_, err := a.UpdateTemplate(ctx, copied.ID, empty)
	if a.reads[sandbox.ReadingUpdateEmptiesAll] {
		succeeds(err)
		return
	}
	a.refused("without roles", err, 400, "")
}

func playRoles(a *account) {
	ctx := a.t.Context()
	id := must(a.CreateTemplate(ctx, twoRoles("clinic"))).ID
	host := must(a.Role(ctx, id, "host"))
	a.equal("read", host, must(a.Template(ctx, id)).Roles["host"])

	host.MaxPeerCount, host.Permissions = 9, map[string]bool{hms.PermissionMute: true}
	changed := must(a.PutRole(ctx, id, "host", host))
	a.equal("changed", []any{changed.Name, changed.MaxPeerCount, changed.Permissions["mute"], changed.Priority}, []any{"host", 9, true, 2})
	a.equal("kept", must(a.Role(ctx, id, "host")).MaxPeerCount, 9)

	part := must(a.PutRole(ctx, id, "host", hms.Role{Name: "host", Priority: 4}))
	a.equal("a part", part.Priority, 4)
	a.equal("what it lacks stays", part.MaxPeerCount == 9, !a.reads[sandbox.ReadingRolePartsReset])

	made := must(a.PutRole(ctx, id, "night nurse/2", hms.Role{Name: "night nurse/2", Priority: 3}))
	a.equal("made", []any{made.Name, made.Priority}, []any{"night nurse/2", 3})
	guest := must(a.Role(ctx, id, "guest"))
	guest.Name = "visitor"
	a.equal("renamed", must(a.PutRole(ctx, id, "guest", guest)).Name, "visitor")
	followed := must(a.Role(ctx, id, "host")).SubscribeParams.SubscribeToRoles
	if len(followed) > 0 {
		stays := a.reads[sandbox.ReadingRolesStayReferenced] || a.reads[sandbox.ReadingRolePartsReset]
		a.equal("who receives it follows", slices.Equal(followed, []string{"visitor"}), !stays)
	}
	visitor := must(a.Role(ctx, id, "visitor"))
	visitor.Name = "host"
	_, err := a.PutRole(ctx, id, "visitor", visitor)
	switch {
	case a.reads[sandbox.ReadingRolesStayReferenced]: // it still receives who it was itself
		a.refused("with a role that is gone", err, 400, "")
	case a.reads[sandbox.ReadingOverwriteConflict]:
		a.refused("onto another one's name", err, 409, "overwrite error")
	default:
		a.refused("onto another one's name", err, 400, "overwrite error")
	}

	succeeds(a.DeleteRole(ctx, id, "night nurse/2"))
	a.equal("deleted", roleNames(must(a.Template(ctx, id))), []string{"host", "visitor"})
	a.equal("twice", errors.Is(a.DeleteRole(ctx, id, "night nurse/2"), hms.ErrNotFound), true)
	_, err = a.Role(ctx, id, "night nurse/2")
	a.equal("no role", errors.Is(err, hms.ErrNotFound), true)
}

func playTemplateParts(a *account) {
	ctx := a.t.Context()
	id := must(a.CreateTemplate(ctx, twoRoles("clinic"))).ID
	settings := must(a.TemplateSettings(ctx, id))
	settings.Region = hms.RegionUS
	updated := must(a.UpdateTemplateSettings(ctx, id, settings))
	read := must(a.TemplateSettings(ctx, id))
	for what, s := range map[string]hms.TemplateSettings{"updated": updated, "read": read} {
		keys := s.Recording.Upload.Credentials
		a.equal(what, []string{s.Region, keys.Key, keys.SecretKey}, []string{"us", "AKIATEST", "test-secret"})
	}
	again := must(a.UpdateTemplateSettings(ctx, id, updated)) // its secret came under another name
	a.equal("sent back", again.Recording.Upload.Credentials.SecretKey, "test-secret")
	refusedSettings(a, id, settings)

	destinations := must(a.Destinations(ctx, id))
	destinations.RTMP = map[string]hms.RTMPDestination{"tube": {
		Name: "tube", Width: 1280, Height: 720, RecordingEnabled: true,
		URLs: []hms.StreamURL{"rtmp://in.example.org/live/k-1", "rtmp://b.example.org/x/k-2"},
	}}
	destinations.HLS = map[string]hms.HLSDestination{"screen": {
		Name: "screen", Layers: []hms.HLSDestinationLayer{{Width: 1280, Height: 720}, {Width: 640, Height: 360}},
		Recording: &hms.HLSRecording{VOD: true},
	}}
	must(a.UpdateDestinations(ctx, id, destinations))
	kept := must(a.Destinations(ctx, id))
	a.equal("URLs", kept.RTMP["tube"].URLs, destinations.RTMP["tube"].URLs)
	a.equal("live", []any{len(kept.HLS["screen"].Layers), kept.HLS["screen"].Recording.VOD}, []any{2, true})
	four := kept.RTMP["tube"]
	four.URLs = []hms.StreamURL{"rtmp://a.example.org/x", "rtmp://b.example.org/x", "rtmp://c.example.org/x", "rtmp://d.example.org/x"}
	kept.RTMP["tube"] = four
	_, err := a.UpdateDestinations(ctx, id, kept)
	if a.reads[sandbox.ReadingFiveRTMPURLs] {
		succeeds(err)
	} else {
		a.refused("four URLs", err, 400, "")
	}
	recordingConfigs(a, id)
}

func refusedSettings(a *account, id string, settings hms.TemplateSettings) {
	ctx := a.t.Context()
	upload := *settings.Recording.Upload
	settings.Recording = &hms.TemplateRecording{Upload: &upload}
	upload.Prefix = ""
	_, err := a.UpdateTemplateSettings(ctx, id, hms.TemplateSettings{Recording: settings.Recording})
	if a.reads[sandbox.ReadingUploadPrefixRequired] {
		a.refused("without a prefix", err, 400, "")
	} else {
		succeeds(err)
	}
	upload.Prefix, upload.Type = "p", hms.UploadAzure
	_, err = a.UpdateTemplateSettings(ctx, id, hms.TemplateSettings{Recording: settings.Recording})
	if a.reads[sandbox.ReadingSettingsWithoutAzure] {
		a.refused("azure", err, 400, "")
	} else {
		succeeds(err)
	}
}

func recordingConfigs(a *account, id string) {
	ctx := a.t.Context()
	a.equal("none", len(must(a.RecordingConfigs(ctx, id))), 0)
	config := hms.RecordingConfig{
		Name: "default", Role: "host", MaxDuration: 5400, PresignDuration: 7200,
		Thumbnails: &hms.RecordingThumbnails{Width: 640, Height: 360, Offsets: []int{4, 60}},
		CompositeRecording: &hms.CompositeRecording{
			BrowserComposite: &hms.BrowserComposite{AutoStopTimeout: 240, Width: 1280, Height: 720},
		},
	}
	made := must(a.UpdateRecordingConfigs(ctx, id, []hms.RecordingConfig{config}))
	read := must(a.RecordingConfigs(ctx, id))
	a.equal("configured", []any{len(made), len(read), read[0].Name, read[0].Thumbnails.Offsets}, []any{1, 1, "default", []int{4, 60}})
	composite := read[0].CompositeRecording.BrowserComposite
	a.equal("enabled is shown", composite.Enabled, a.reads[sandbox.ReadingCompositeShowsEnabled])
	composite.AutoStart = true
	again := must(a.UpdateRecordingConfigs(ctx, id, read))
	a.equal("changed", again[0].CompositeRecording.BrowserComposite.AutoStart, true)
	_, err := a.UpdateRecordingConfigs(ctx, id, nil)
	a.refused("none", err, 400, "")
}

// futureTemplate has keys that the client doesn't know, wherever objects stand.
const futureTemplate = `{"name":"future","colour":"blue","plugins":{"whiteboard":{"permissions":{"admin":["host"]},"grid":5}},
	"roles":{"host":{"name":"host","publishParams":{"allowed":["audio"],"audio":{"bitRate":32,"codec":"opus","stereo":true}},
		"subscribeParams":{"subscribeToRoles":["host"],"order":["host"]},"permissions":{"fly":true},"badge":{"kind":1}}},
	"settings":{"region":"in","quiet":{"from":"22:00"}},
	"destinations":{"hlsDestinations":{"tv":{"name":"tv","layers":[{"width":1280,"height":720,"hue":0.5}],"delay":2}},"carrierPigeons":{"p":{"name":"p"}}}}`

// playKeepsUnknown changes a template by each call that can: what the client doesn't know is there afterwards as it was.
func playKeepsUnknown(a *account) {
	ctx := a.t.Context()
	var made struct {
		ID string `json:"id"`
	}
	succeeds(json.Unmarshal(a.fetch("POST", "/v2/templates", futureTemplate, 200), &made))
	before := a.templateTree(made.ID)
	if _, kept := before["colour"]; kept == a.reads[sandbox.ReadingUnknownTemplateKeysDropped] {
		a.t.Fatalf("the sandbox keeps what it doesn't know: %t", kept)
	}

	template := must(a.Template(ctx, made.ID))
	must(a.UpdateTemplate(ctx, made.ID, template))
	a.equal("sent back", a.templateTree(made.ID), before)

	host := template.Roles["host"]
	host.PublishParams.Audio = &hms.AudioParams{BitRate: 64, Codec: hms.CodecOpus}
	template.Roles["host"] = host
	must(a.UpdateTemplate(ctx, made.ID, template))
	must(a.PutRole(ctx, made.ID, "host", must(a.Role(ctx, made.ID, "host"))))
	must(a.UpdateTemplateSettings(ctx, made.ID, must(a.TemplateSettings(ctx, made.ID))))
	must(a.UpdateDestinations(ctx, made.ID, must(a.Destinations(ctx, made.ID))))
	roles := before["roles"].(map[string]any)
	audio := roles["host"].(map[string]any)["publishParams"].(map[string]any)["audio"].(map[string]any)
	audio["bitRate"] = 64.0
	a.equal("changed", a.templateTree(made.ID), before)
}

// templateTree is a template as the sandbox answers it, without its times.
func (a *account) templateTree(id string) (tree map[string]any) {
	succeeds(json.Unmarshal(a.fetch("GET", "/v2/templates/"+id, "", 200), &tree))
	delete(tree, "createdAt")
	delete(tree, "updatedAt")
	return tree
}
