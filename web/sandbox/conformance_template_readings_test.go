package sandbox

// templateReadingRows are the other readings; what the usual ones do is in the other rows.
var templateReadingRows = []row{
	otherReading(ReadingTemplateNamesFold, "Templates: create", func(b *box) {
		path := b.makeTemplate(`{"name":"Night Shift"}`)
		equal(b.t, "overwritten", b.makeTemplate(`{"name":"night shift"}`), path)
		equal(b.t, "new spelling", b.call(200, "GET", path, "")["name"], any("night shift"))
		equal(b.t, "update", b.call(400, "POST", "/templates/"+webinarID, `{"name":"NIGHT SHIFT","roles":{},"settings":{}}`), failure(400, "overwrite error"))
	}),
	otherReading(ReadingUpdateEmptiesAll, updatePage, func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		b.call(200, "POST", path, `{"name":"bare"}`)
		equal(b.t, "kept", known(b.t, b.call(200, "GET", path, ""), startStamp, "2025-03-04T09:30:00.124Z"), object{
			"name": "bare", "customerId": customerID, "customer": customerID, "destinations": object{}, "roles": object{},
			"settings": object{"region": "auto", "recording": nil, "retry": object{}},
		})
	}),
	otherReading(ReadingOverwriteConflict, updatePage, func(b *box) {
		body := `{"name":"classroom","roles":{},"settings":{}}`
		equal(b.t, "template", b.call(409, "POST", "/templates/"+webinarID, body), failure(409, "overwrite error"))
		equal(b.t, "role", b.call(409, "POST", "/templates/"+webinarID+"/roles/host", `{"name":"speaker"}`), failure(409, "overwrite error"))
	}),
	otherReading(ReadingUpdateShowsTimes, updatePage, func(b *box) {
		got := b.call(200, "POST", "/templates/"+webinarID, `{"roles":{},"settings":{}}`)
		equal(b.t, "times", []any{got["createdAt"], got["updatedAt"]}, []any{"2024-02-07T16:57:06.203Z", startStamp})
	}),
	otherReading(ReadingTemplateSDKKeys, "Templates: object", func(b *box) {
		for id, isDefault := range map[string]bool{classroomID: true, webinarID: false} {
			got := b.call(200, "GET", "/templates/"+id, "")
			equal(b.t, "get", []any{got["default"], got["appId"]}, []any{isDefault, appID})
			got["default"] = !isDefault
			b.call(200, "POST", "/templates/"+id, encodedText(b.t, got))
		}
		listed := b.call(200, "GET", "/templates", "")["data"].([]any)[1].(object)
		equal(b.t, "not taken from bodies", listed["default"], any(true))
	}),
	otherReading(ReadingTemplateCustomerID, "Templates: object", func(b *box) {
		got := b.call(200, "POST", "/templates", `{}`)
		equal(b.t, "keys", []any{got["customer_id"], got["customerId"]}, []any{customerID, nil})
		b.call(200, "POST", "/templates/"+got["id"].(string), encodedText(b.t, got))
	}),
	otherReading(ReadingUnknownTemplateKeysDropped, "Templates: create", func(b *box) {
		got := b.call(200, "POST", "/templates", `{"x":1,"settings":{"region":"in","y":2},"roles":{"a":{"z":3}},"destinations":{"w":{}}}`)
		equal(b.t, "template", known(b.t, got, startStamp, startStamp), object{
			"name": got["name"], "customerId": customerID, "customer": customerID, "destinations": object{},
			"roles":    object{"a": tableRole("a", "a")},
			"settings": object{"region": "in", "recording": nil, "retry": object{}},
		})
	}),
	otherReading(ReadingPluginsInDestinations, "Templates: create", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		got := b.call(200, "GET", path, "")
		plugins := wholeAnswer(b.t)["plugins"]
		equal(b.t, "inside", []any{got["plugins"], got["destinations"].(object)["plugins"]}, []any{nil, plugins})
		destinations := b.call(200, "GET", path+"/destinations", "")
		equal(b.t, "part of them", destinations["plugins"], plugins)
		equal(b.t, "sent back", b.call(200, "POST", path+"/destinations", encodedText(b.t, destinations)), destinations)
		equal(b.t, "replaced with them", b.call(200, "POST", path+"/destinations", `{}`), object{})
		equal(b.t, "none", b.call(200, "GET", path, "")["destinations"], any(object{}))
	}),
	otherReading(ReadingRoleDefaultsSamples, "Templates: create", func(b *box) {
		want := tableRole("host", "guest", "host")
		setTreeAt(b.t, want, "publishParams.video", object{"bitRate": 300.0, "codec": "vp8", "frameRate": 30.0, "width": 480.0, "height": 360.0})
		setTreeAt(b.t, want, "publishParams.screen", object{"codec": "vp8", "frameRate": 10.0, "width": 1920.0, "height": 1080.0})
		setTreeAt(b.t, want, "subscribeParams.subscribeDegradation.packetLossThreshold", 25.0)
		equal(b.t, "role", treeAt(b.t, b.call(200, "POST", "/templates", `{}`), "roles.host"), any(want))
	}),
	otherReading(ReadingRoleDefaultsLegacy, "Legacy templates: create", func(b *box) {
		want := tableRole("host", "guest")
		setTreeAt(b.t, want, "publishParams.video", object{"bitRate": 250.0, "codec": "vp8", "frameRate": 30.0, "width": 480.0, "height": 270.0})
		setTreeAt(b.t, want, "publishParams.screen", object{"codec": "vp8", "frameRate": 10.0, "width": 1920.0, "height": 1080.0})
		setTreeAt(b.t, want, "subscribeParams.subscribeDegradation", object{})
		setTreeAt(b.t, want, "permissions", object{})
		setTreeAt(b.t, want, "priority", nil)
		equal(b.t, "role", treeAt(b.t, b.call(200, "POST", "/templates", `{}`), "roles.host"), any(want))
		some := b.call(200, "POST", "/templates", `{"roles":{"a":{"permissions":{"mute":true}}}}`)
		equal(b.t, "permissions that are sent", treeAt(b.t, some, "roles.a.permissions"),
			any(object{"mute": true, "browserRecording": true, "rtmpStreaming": true, "hlsStreaming": true}))
	}),
	otherReading(ReadingRolePartsReset, rolePage, func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		want := tableRole("lead", "lead", "nurse")
		want["priority"] = 3.0
		equal(b.t, "modified", b.call(200, "POST", path+"/roles/lead", `{"priority":3}`), want)
		want = tableRole("new", "lead", "new", "nurse")
		want["publishParams"] = object{}
		equal(b.t, "new", b.call(200, "POST", path+"/roles/new", `{"publishParams":{}}`), want)
	}),
	otherReading(ReadingRolesStayReferenced, "Templates: delete a role", func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		equal(b.t, "status", b.do("DELETE", path+"/roles/nurse", "").Code, 204)
		b.callList("POST", path+"/recordings", `[{"name":"r","role":"lead"}]`)
		b.call(200, "POST", path+"/roles/lead", `{"name":"chief"}`)
		got := b.call(200, "GET", path, "")
		equal(b.t, "subscribers", treeAt(b.t, got, "roles.chief.subscribeParams.subscribeToRoles"), any([]any{"lead", "nurse"}))
		equal(b.t, "plugins", got["plugins"], wholeAnswer(b.t)["plugins"])
		equal(b.t, "recordings", b.callList("GET", path+"/recordings", ""), []any{object{"name": "r", "role": "lead"}})
	}),
	otherReading(ReadingUploadPrefixRequired, "Templates: create", func(b *box) {
		body := `{"recording":{"upload":{"type":"gs","location":"l","credentials":{"key":"k","secretKey":"s"}}}}`
		equal(b.t, "refused", b.call(400, "POST", "/templates/"+webinarID+"/settings", body), badParamFailure("recording.upload.prefix is required"))
		b.makeTemplate(wholeTemplate)
	}),
	otherReading(ReadingSettingsSecretKey, settingsPage, func(b *box) {
		path := b.makeTemplate(wholeTemplate)
		want := treeAt(b.t, wholeAnswer(b.t), "settings").(object)
		equal(b.t, "answer", b.call(200, "POST", path+"/settings", encodedText(b.t, want)), want)
	}),
	otherReading(ReadingSettingsWithoutAzure, settingsPage, func(b *box) {
		settings := `{"recording":{"upload":{"type":"azure","location":"l","credentials":{"key":"k","secretKey":"s"}}}}`
		equal(b.t, "refused", b.call(400, "POST", "/templates/"+webinarID+"/settings", settings), badParamFailure("recording.upload.type must be one of s3, gs, oss"))
		b.makeTemplate(`{"settings":` + settings + `}`)
	}),
	otherReading(ReadingFiveRTMPURLs, "Templates: create", func(b *box) {
		path := "/templates/" + webinarID + "/destinations"
		five := `{"rtmpDestinations":{"a":{"name":"a","rtmpUrls":["1","2","3","4","5"]}}}`
		equal(b.t, "five", b.call(200, "POST", path, five), decodedText(b.t, five).(object))
		equal(b.t, "six", b.call(400, "POST", path, `{"rtmpDestinations":{"a":{"name":"a","rtmpUrls":["1","2","3","4","5","6"]}}}`),
			badParamFailure("rtmpDestinations.a.rtmpUrls must have at most 5 items"))
	}),
	otherReading(ReadingRecordingsNull, "Templates: get recordings", func(b *box) {
		equal(b.t, "none", b.do("GET", b.makeTemplate(`{}`)+"/recordings", "").Body.String(), "null\n")
	}),
	otherReading(ReadingCompositeShowsEnabled, "Templates: get recordings", func(b *box) {
		path := b.makeTemplate(`{}`) + "/recordings"
		sent := `[{"name":"r","role":"host","compositeRecording":{"browserComposite":{"width":1280}}}]`
		equal(b.t, "answer", b.callList("POST", path, sent), decodedText(b.t, sent).([]any))
		got := b.callList("GET", path, "")
		equal(b.t, "read", treeAt(b.t, got[0], "compositeRecording.browserComposite"), any(object{"width": 1280.0, "enabled": true}))
		b.callList("POST", path, `[{"name":"r","role":"host","compositeRecording":{"browserComposite":{"enabled":false}}}]`)
		equal(b.t, "off", treeAt(b.t, b.callList("GET", path, "")[0], "compositeRecording.browserComposite"), any(object{}))
	}),
}

// otherReading is the row of a reading, with a box that has chosen it.
func otherReading(name Reading, page string, test func(b *box)) row {
	return row{kind: aReading, what: string(name), page: page, test: test, box: otherwise(name)}
}
