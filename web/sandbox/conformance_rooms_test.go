package sandbox

import (
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"
)

const (
	listRooms  = "GET /rooms"
	createRoom = "POST /rooms"
	getRoom    = "GET /rooms/{room_id}"
	updateRoom = "POST /rooms/{room_id}"
)

// roomRows are about rooms; what is so for more than them is in requestRows.
var roomRows = []row{
	{kind: anEndpoint, call: listRooms, page: "Rooms: list", test: func(b *box) {
		id := b.make(`{"name":"Ward.7"}`)
		equal(b.t, "list", b.call(200, "GET", "/rooms", ""), object{"limit": 10.0, "last": id, "data": []any{object{
			"id": id, "name": "Ward.7", "enabled": true, "description": "", "customer_id": customerID, "recording_source_template": true,
			"template_id": classroomID, "template": "classroom", "region": "eu", "large_room": false, "key": customerID + ":Ward.7",
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "0001-01-01T00:00:00Z",
		}}})
	}},
	{kind: aParameter, call: listRooms, what: "enabled", page: "Rooms: list", test: func(b *box) {
		on, off := b.make(`{"name":"on"}`), b.make(`{"name":"off"}`)
		b.call(200, "POST", "/rooms/"+off, `{"enabled":false}`)
		equal(b.t, "default", b.walk("/rooms", url.Values{}, "id"), []string{on})
		equal(b.t, "true", b.walk("/rooms", url.Values{"enabled": {"true"}}, "id"), []string{on})
		equal(b.t, "false", b.walk("/rooms", url.Values{"enabled": {"false"}}, "id"), []string{off})
	}},
	{kind: aParameter, call: listRooms, what: "after", page: "Rooms: list", test: func(b *box) {
		b.make(`{}`)
		b.advance(time.Minute)
		id := b.make(`{}`)
		equal(b.t, "inclusive", b.walk("/rooms", url.Values{"after": {"2025-03-04T09:31:00.123Z"}}, "id"), []string{id})
	}},
	{kind: aParameter, call: listRooms, what: "before", page: "Rooms: list", test: func(b *box) {
		id := b.make(`{}`)
		b.advance(time.Minute)
		b.make(`{}`)
		equal(b.t, "inclusive", b.walk("/rooms", url.Values{"before": {"2025-03-04T09:30:00.123Z"}}, "id"), []string{id})
	}},
	{kind: aParameter, call: listRooms, what: "name", page: "Rooms: list", test: func(b *box) {
		id := b.make(`{"name":"Ward.7"}`)
		b.make(`{"name":"Ward.77"}`)
		equal(b.t, "whole, in any case", b.walk("/rooms", url.Values{"name": {"wARD.7"}}, "id"), []string{id})
	}},
	{kind: aParameter, call: listRooms, what: "template_id", page: "Rooms: list", test: func(b *box) {
		b.make(`{}`)
		id := b.make(`{"template_id":"` + webinarID + `"}`)
		equal(b.t, "ids", b.walk("/rooms", url.Values{"template_id": {webinarID}}, "id"), []string{id})
	}},
	{kind: aParameter, call: listRooms, what: "limit", page: "Pagination", test: func(b *box) {
		for range 12 {
			b.make(`{}`)
		}
		for query, want := range map[string][2]int{"": {10, 10}, "?limit=10": {10, 10}, "?limit=100": {100, 12}} {
			page := b.call(200, "GET", "/rooms"+query, "")
			equal(b.t, query, page["limit"], any(float64(want[0])))
			equal(b.t, query, len(page["data"].([]any)), want[1])
		}
	}},
	{kind: aParameter, call: listRooms, what: "start", page: "Pagination", test: func(b *box) {
		old, newer := b.make(`{}`), b.make(`{}`)
		equal(b.t, "after a cursor", b.call(200, "GET", "/rooms?start="+newer, "")["last"], any(old))
	}},
	{kind: aQuirk, call: listRooms, what: "newest first, and null after the last page", page: "Pagination", test: func(b *box) {
		first, second := b.make(`{}`), b.make(`{}`)
		equal(b.t, "order", b.walk("/rooms", url.Values{}, "id"), []string{second, first})
		equal(b.t, "end", b.call(200, "GET", "/rooms?start="+first, ""), object{"limit": 10.0, "data": nil, "last": ""})
	}},
	{kind: aQuirk, call: listRooms, what: "filters combine", page: "Rooms: list", test: func(b *box) {
		b.make(`{"name":"a","template_id":"` + webinarID + `"}`)
		b.advance(time.Hour)
		id := b.make(`{"name":"b","template_id":"` + webinarID + `"}`)
		b.make(`{"name":"c"}`)
		filters := url.Values{"template_id": {webinarID}, "after": {"2025-03-04T10:00:00.000Z"}, "enabled": {"true"}}
		equal(b.t, "ids", b.walk("/rooms", filters, "id"), []string{id})
		filters = url.Values{"template_id": {webinarID}, "name": {"c"}}
		equal(b.t, "none", b.call(200, "GET", "/rooms?"+filters.Encode(), ""), object{"limit": 10.0, "data": []any{}, "last": ""})
	}},
	{kind: aQuirk, call: listRooms, what: "an item shows all that is set", page: "Rooms: list", test: func(b *box) {
		id := b.make(`{"name":"Ward.8","recording_info":{"enabled":false},"region":"in","large_room":true,"size":18000,"max_duration_seconds":7300,` +
			`"polls":["p"],"webhook":{"url":"https://h.example.org","headers":{"x":"y"}}}`)
		equal(b.t, "item", b.call(200, "GET", "/rooms", "")["data"], any([]any{object{
			"id": id, "name": "Ward.8", "enabled": true, "description": "", "customer_id": customerID, "recording_source_template": false,
			"recording": object{"enabled": false}, "template_id": classroomID, "template": "classroom", "region": "in", "key": customerID + ":Ward.8",
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": zeroStamp, "large_room": true, "size": 18000.0, "max_duration_seconds": 7300.0,
			"polls": []any{"p"}, "webhook": object{"url": "https://h.example.org", "headers": object{"x": "y"}},
		}}))
	}},
	{kind: aQuirk, call: listRooms, what: "recording is the key of recording_info", page: "Rooms: list", test: func(b *box) {
		b.make(`{"recording_info":{"enabled":true}}`)
		item := b.call(200, "GET", "/rooms", "")["data"].([]any)[0].(object)
		equal(b.t, "recording", item["recording"], any(object{"enabled": true}))
		if _, both := item["recording_info"]; both {
			b.t.Error("recording_info is there as well")
		}
	}},

	{kind: anEndpoint, call: createRoom, page: "Rooms: create", test: func(b *box) {
		made := b.call(200, "POST", "/rooms", `{"name":"Ward.7"}`)
		equal(b.t, "room", made, object{
			"id": made["id"], "name": "Ward.7", "enabled": true, "description": "", "customer_id": customerID, "app_id": appID,
			"recording_source_template": true, "recording_info": nil, "template_id": classroomID, "template": "classroom", "region": "eu",
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.116Z",
		})
	}},
	setRow(createRoom, "name", `"Ward.7"`, "Ward.7"),
	setRow(createRoom, "description", `"Handover"`, "Handover"),
	setRow(createRoom, "template_id", `"`+webinarID+`"`, webinarID),
	setRow(createRoom, "recording_info", `{"enabled":true,"upload_info":{"type":"gs","location":"bucket","prefix":"p","options":{"region":"eu"},"credentials":{"key":"k","secret":"s"}}}`,
		object{"enabled": true, "upload_info": object{
			"type": "gs", "location": "bucket", "prefix": "p", "options": object{"region": "eu"}, "credentials": object{"key": "k", "secret": "s"},
		}}),
	setRow(createRoom, "region", `"in"`, "in"),
	setRow(createRoom, "large_room", `true`, true),
	setRow(createRoom, "size", `2500`, 2500.0),
	setRow(createRoom, "max_duration_seconds", `43200`, 43200.0),
	setRow(createRoom, "webhook", `{"url":"https://h.example.org","headers":{"x":"y"}}`, object{"url": "https://h.example.org", "headers": object{"x": "y"}}),
	setRow(createRoom, "polls", `["65a1c0ded5e6f708192a4009"]`, []any{"65a1c0ded5e6f708192a4009"}),
	setRow(createRoom, "enabled", `false`, false),
	{kind: aQuirk, call: createRoom, what: "an existing name, in any case, is changed instead", page: "Rooms: create", test: func(b *box) {
		id := b.make(`{"name":"Ward.7","description":"kept"}`)
		again := b.call(200, "POST", "/rooms", `{"name":"WARD.7","template_id":"`+webinarID+`"}`)
		equal(b.t, "id", again["id"], any(id))
		equal(b.t, "template", again["template"], any("webinar"))
		equal(b.t, "description", again["description"], any("kept"))
	}},
	{kind: aQuirk, call: createRoom, what: "a missing name becomes a UUID", page: "Rooms: create", test: func(b *box) {
		if name := b.call(200, "POST", "/rooms", `{}`)["name"].(string); len(name) != 36 {
			b.t.Errorf("name %q", name)
		}
	}},
	{kind: aQuirk, call: createRoom, what: "updated_at is a little before created_at", page: "Rooms: create", test: func(b *box) {
		made := b.call(200, "POST", "/rooms", `{}`)
		if made["updated_at"].(string) >= made["created_at"].(string) {
			b.t.Errorf("%v is not before %v", made["updated_at"], made["created_at"])
		}
	}},
	{kind: aQuirk, call: createRoom, what: "large rooms and rooms with polls show customer and large_room", page: "Rooms: create large rooms", test: func(b *box) {
		for body, large := range map[string]bool{`{"large_room":true,"size":20000}`: true, `{"polls":["p"]}`: false} {
			made := b.call(200, "POST", "/rooms", body)
			equal(b.t, body, []any{made["customer"], made["large_room"]}, []any{customerID, large})
		}
	}},
	{kind: aQuirk, call: createRoom, what: "recording_info cuts the link to the template", page: "Rooms: create", test: func(b *box) {
		made := b.call(200, "POST", "/rooms", `{"recording_info":{"enabled":false}}`)
		equal(b.t, "shown", made["recording_source_template"], nil)
		got := b.call(200, "GET", "/rooms/"+made["id"].(string), "")
		equal(b.t, "cut", []any{got["recording_source_template"], got["recording_info"]}, []any{false, object{"enabled": false}})
	}},
	refusalRow(createRoom, errBucketLocation, `{"recording_info":{"upload_info":{"type":"s3"}}}`),
	refusalRow(createRoom, errUploadConfig, `{"recording_info":{"upload_info":{"type":"ftp","location":"b"}}}`),
	refusalRow(createRoom, errTemplateKey, `{"template":"classroom"}`),
	refusalRow(createRoom, errRegion, `{"region":"ap"}`),
	refusalRow(createRoom, errNoTemplate, `{"template_id":"`+absentID+`"}`),
	refusalRow(createRoom, errTooShort, `{"max_duration_seconds":119}`),
	refusalRow(createRoom, errTooLong, `{"max_duration_seconds":43201}`),
	refusalRow(createRoom, errSizeLarge, `{"size":20001,"large_room":true}`),
	refusalRow(createRoom, errSizeStandard, `{"size":2501}`),
	refusalRow(createRoom, errEmptyBody, ``),
	{kind: aRefusal, call: createRoom, what: "request body contains badly-formed JSON (at position N)", page: "seen in tests of others", test: func(b *box) {
		equal(b.t, "answer", b.call(400, "POST", "/rooms", `{"name":"a",}`), failure(400, "request body contains badly-formed JSON (at position 13)"))
	}},

	{kind: anEndpoint, call: getRoom, page: "Rooms: get", test: func(b *box) {
		id := b.make(`{"name":"Ward.7","recording_info":{"enabled":true,"upload_info":{"type":"s3","location":"b","credentials":{"key":"k","secret":"s"}}}}`)
		equal(b.t, "room", b.call(200, "GET", "/rooms/"+id, ""), object{
			"id": id, "name": "Ward.7", "enabled": true, "description": "", "customer_id": customerID, "recording_source_template": false,
			"recording_info": object{"enabled": true, "upload_info": object{"type": "s3", "location": "b"}},
			"template_id":    classroomID, "template": "classroom", "region": "eu",
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.116Z",
		})
	}},
	{kind: aRefusal, call: getRoom, what: "Room not found", page: "Room codes: create", test: func(b *box) {
		b.refused(errRoomNotFound, "GET", "/rooms/"+absentID, "")
	}},

	{kind: anEndpoint, call: updateRoom, page: "Rooms: update", test: func(b *box) {
		id := b.make(`{"name":"Ward.7","description":"kept"}`)
		b.advance(time.Minute)
		equal(b.t, "room", b.call(200, "POST", "/rooms/"+id, `{"region":"us"}`), object{
			"id": id, "name": "Ward.7", "enabled": true, "description": "kept", "customer_id": customerID, "customer": customerID,
			"recording_source_template": true, "enabled_source_template": true, "recording_info": nil,
			"template_id": classroomID, "template": "classroom", "region": "us",
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:31:00.123Z",
		})
	}},
	setRow(updateRoom, "name", `"Ward.8"`, "Ward.8"),
	setRow(updateRoom, "description", `""`, ""),
	setRow(updateRoom, "recording_info", `{"enabled":false}`, object{"enabled": false}),
	setRow(updateRoom, "region", `"eu"`, "eu"),
	setRow(updateRoom, "large_room", `true`, true),
	setRow(updateRoom, "size", `1`, 1.0),
	setRow(updateRoom, "max_duration_seconds", `120`, 120.0),
	setRow(updateRoom, "webhook", `{"url":"http://h.example.org"}`, object{"url": "http://h.example.org"}),
	setRow(updateRoom, "polls", `["p","q"]`, []any{"p", "q"}),
	{kind: aParameter, call: updateRoom, what: "enabled", page: "Rooms: disable or enable", test: func(b *box) {
		id := b.make(`{}`)
		equal(b.t, "answer", b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)["enabled"], any(false))
		equal(b.t, "kept", b.call(200, "GET", "/rooms/"+id, "")["enabled"], any(false))
	}},
	{kind: aQuirk, call: updateRoom, what: "the answer to disabling has a blank template and region, recording null, and nine digits", page: "Rooms: disable or enable", test: func(b *box) {
		id := b.make(`{"name":"Ward.7","recording_info":{"enabled":true},"description":"Handover"}`)
		b.advance(time.Minute)
		equal(b.t, "answer", b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`), object{
			"id": id, "name": "Ward.7", "enabled": false, "description": "Handover", "customer_id": customerID, "customer": customerID,
			"recording_source_template": false, "enabled_source_template": false, "recording": nil,
			"template_id": "", "template": "", "region": "", "large_room": false,
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:31:00.123456789Z",
		})
	}},
	{kind: aQuirk, call: updateRoom, what: "another room's name returns that room", page: "Rooms: update", test: func(b *box) {
		one, two := b.make(`{"name":"one"}`), b.make(`{"name":"two"}`)
		before := b.rooms()
		equal(b.t, "id", b.call(200, "POST", "/rooms/"+one, `{"name":"Two"}`)["id"], any(two))
		equal(b.t, "rooms", b.rooms(), before)
	}},
	{kind: aQuirk, call: updateRoom, what: "credentials come back in clear", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{}`)
		info := `{"enabled":true,"upload_info":{"type":"s3","location":"b","credentials":{"key":"k","secret":"s"}}}`
		got := b.call(200, "POST", "/rooms/"+id, `{"recording_info":`+info+`}`)
		equal(b.t, "credentials", got["recording_info"].(object)["upload_info"].(object)["credentials"], any(object{"key": "k", "secret": "s"}))
	}},
	{kind: aQuirk, call: updateRoom, what: "recording_info is replaced as a whole", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{"recording_info":{"enabled":true,"upload_info":{"type":"s3","location":"b"}}}`)
		equal(b.t, "answer", b.call(200, "POST", "/rooms/"+id, `{"recording_info":{"enabled":false}}`)["recording_info"], any(object{"enabled": false}))
	}},
	{kind: aQuirk, call: createRoom, what: "names have a-z A-Z 0-9 . - : _ alone", page: "Rooms: create", test: func(b *box) {
		b.make(`{"name":"aZ09.-:_"}`)
		for _, name := range []string{"a b", "a/b", "ä", "a'b", "a\t"} {
			equal(b.t, name, b.call(400, "POST", "/rooms", encodedText(b.t, object{"name": name})), badParamFailure(textNameChars))
		}
	}},
	{kind: aQuirk, call: createRoom, what: "the region auto, and a missing one, are the template's", page: "Rooms: create", test: func(b *box) {
		for _, body := range []string{`{}`, `{"region":"auto"}`, `{"region":""}`} {
			equal(b.t, body, b.call(200, "POST", "/rooms", body)["region"], any("eu"))
		}
		path := b.makeTemplate(`{"settings":{"region":"auto"}}`)
		made := b.call(200, "POST", "/rooms", `{"template_id":"`+strings.TrimPrefix(path, "/templates/")+`"}`)
		equal(b.t, "auto", made["region"], any("auto"))
		b.call(200, "POST", path+"/settings", `{"region":"us"}`)
		equal(b.t, "later", b.call(200, "GET", "/rooms/"+made["id"].(string), "")["region"], any("us"))
	}},
	{kind: aQuirk, call: createRoom, what: "a name in use by a disabled room changes that room, which stays disabled", page: "Rooms: create", test: func(b *box) {
		id := b.make(`{"name":"Ward.7"}`)
		b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
		again := b.call(200, "POST", "/rooms", `{"name":"ward.7","description":"new"}`)
		equal(b.t, "room", []any{again["id"], again["enabled"], again["description"]}, []any{id, false, "new"})
	}},
	{kind: aQuirk, call: createRoom, what: "the poll ids of recording_info don't count", page: "Rooms: create", test: func(b *box) {
		equal(b.t, "polls", b.call(200, "POST", "/rooms", `{"recording_info":{"enabled":true,"polls":["p"]}}`)["polls"], nil)
	}},
	{kind: aQuirk, call: updateRoom, what: "the answer shows all that is set", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{"name":"Ward.7"}`)
		b.advance(time.Minute)
		recording := `{"enabled":true,"upload_info":{"type":"s3","location":"b","prefix":"p","options":{"region":"eu-north-1"},"credentials":{"key":"k","secret":"s"}}}`
		hook := `{"url":"https://h.example.org","headers":{"x":"y"}}`
		equal(b.t, "room", b.call(200, "POST", "/rooms/"+id, `{"name":"Ward.8","description":"Late","recording_info":`+recording+
			`,"region":"us","max_duration_seconds":5500,"polls":["p"],"webhook":`+hook+`}`), object{
			"id": id, "name": "Ward.8", "enabled": true, "description": "Late", "customer_id": customerID, "customer": customerID,
			"recording_source_template": false, "enabled_source_template": false, "recording_info": decodeObject(b.t, []byte(recording)),
			"max_duration_seconds": 5500.0, "template_id": classroomID, "template": "classroom", "region": "us", "polls": []any{"p"},
			"webhook": decodeObject(b.t, []byte(hook)), "created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:31:00.123Z",
		})
	}},
	{kind: aQuirk, call: updateRoom, what: "only what is sent changes", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{"name":"a","description":"d","region":"us","large_room":true,"size":9000,"max_duration_seconds":600,"polls":["p"],"webhook":{"url":"https://h.example.org"}}`)
		before := b.call(200, "GET", "/rooms/"+id, "")
		after := b.call(200, "POST", "/rooms/"+id, `{"max_duration_seconds":900}`)
		for _, key := range []string{"name", "description", "region", "large_room", "size", "polls", "webhook", "enabled"} {
			equal(b.t, key, after[key], before[key])
		}
		equal(b.t, "duration", after["max_duration_seconds"], any(900.0))
	}},
	{kind: aQuirk, call: updateRoom, what: "template_id is ignored, template refused", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{}`)
		equal(b.t, "template", b.call(200, "POST", "/rooms/"+id, `{"template_id":"`+webinarID+`"}`)["template_id"], any(classroomID))
		b.refused(errTemplateKey, "POST", "/rooms/"+id, `{"template":"webinar"}`)
	}},
	{kind: aQuirk, call: updateRoom, what: "null lets the room inherit its recording again, and clears webhook and polls", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{"recording_info":{"enabled":true},"polls":["p"],"webhook":{"url":"https://h.example.org"}}`)
		got := b.call(200, "POST", "/rooms/"+id, `{"recording_info":null,"polls":null,"webhook":null}`)
		equal(b.t, "room", []any{got["recording_source_template"], got["recording_info"], got["polls"], got["webhook"]}, []any{true, nil, nil, nil})
	}},
	{kind: aQuirk, call: updateRoom, what: "the rules are those of create", page: "Rooms: update", test: func(b *box) {
		id := b.make(`{}`)
		for body, e := range map[string]*apiError{
			`{"max_duration_seconds":119}`: errTooShort, `{"max_duration_seconds":43201}`: errTooLong, `{"size":2501}`: errSizeStandard,
			`{"size":20001,"large_room":true}`: errSizeLarge, `{"region":"ap"}`: errRegion,
			`{"recording_info":{"upload_info":{"type":"s3"}}}`:                                                 errBucketLocation,
			`{"recording_info":{"upload_info":{"type":"s3","location":"b","credentials":{"key":"k"}}}}`:        errUploadConfig,
			`{"recording_info":{"upload_info":{"type":"s3","location":"b","credentials":{"secret":"s"}}}}`:     errUploadConfig,
			`{"recording_info":{"upload_info":{"location":"b","credentials":{"key":"k","secret":"s"}}}}`:       errUploadConfig,
			`{"recording_info":{"upload_info":{"type":"azure","credentials":{"key":"k","secret":"s"}}}}`:       errBucketLocation,
			`{"recording_info":{"upload_info":{"type":"oss","location":"b","credentials":{}},"enabled":true}}`: errUploadConfig,
		} {
			b.refused(e, "POST", "/rooms/"+id, body)
		}
	}},
	{kind: aQuirk, call: updateRoom, what: "enabling answers in the same short way", page: "Rooms: disable or enable", test: func(b *box) {
		id := b.make(`{"enabled":false}`)
		got := b.call(200, "POST", "/rooms/"+id, `{"enabled":true}`)
		equal(b.t, "answer", []any{got["enabled"], got["template"], got["region"], got["recording_source_template"]}, []any{true, "", "", true})
	}},
	{kind: aQuirk, call: getRoom, what: "a room isn't got by its name", page: "Rooms: get", test: func(b *box) {
		b.make(`{"name":"Ward.7"}`)
		b.refused(errRoomNotFound, "GET", "/rooms/Ward.7", "")
	}},
	{kind: aQuirk, call: listRooms, what: "HIPAA: names are hashed and found by both, descriptions are empty", page: "HIPAA workspace", box: Options{HIPAA: true}, test: func(b *box) {
		made := b.call(200, "POST", "/rooms", `{"name":"Ward.7","description":"Handover"}`)
		hashed := sha256Hex("Ward.7")
		equal(b.t, "create", []any{made["name"], made["description"]}, []any{hashed, ""})
		for _, name := range []string{"ward.7", hashed} {
			found := b.call(200, "GET", "/rooms?name="+url.QueryEscape(name), "")["data"].([]any)
			equal(b.t, name, len(found), 1)
			equal(b.t, "listed", found[0].(object)["name"], any(hashed))
		}
		equal(b.t, "another's", b.walk("/rooms", url.Values{"name": {sha256Hex("Ward.8")}}, "id"), []string(nil))
	}},
}

func sha256Hex(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// setRow is a parameter that comes back as it was sent.
func setRow(call, name, sent string, want any) row {
	return row{kind: aParameter, call: call, what: name, page: "Rooms: create", test: func(b *box) {
		path := "/rooms"
		if call == updateRoom {
			path += "/" + b.make(`{}`)
		}
		equal(b.t, name, b.call(200, "POST", path, fmt.Sprintf(`{%q:%s,"description":"d",%[1]q:%[2]s}`, name, sent))[name], want)
	}}
}

// refusalRow is a body that has to be refused with a documented text.
func refusalRow(call string, e *apiError, body string) row {
	what := strings.Join(append([]string{e.Message}, e.Details...), " | ")
	return row{kind: aRefusal, call: call, what: what, page: pageOfRefusal(e), test: func(b *box) {
		b.refused(e, "POST", "/rooms", body)
	}}
}

func pageOfRefusal(e *apiError) string {
	for _, r := range refusals {
		if r.apiError == e {
			return r.page
		}
	}
	return ""
}

func decoded(b *box, w *httptest.ResponseRecorder) object {
	b.t.Helper()
	return decodeObject(b.t, w.Body.Bytes())
}
