package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// roomFailures are bodies that create and update refuse alike, with the documents' texts or those of choices.go.
var roomFailures = []struct {
	name, body string
	want       object
}{
	{"no bucket", `{"recording_info":{"enabled":true,"upload_info":{"type":"s3"}}}`, failure(400, "Bucket location is missing")},
	{"blank bucket", `{"recording_info":{"upload_info":{"type":"s3","location":"  "}}}`, failure(400, "Bucket location is missing")},
	{"empty upload", `{"recording_info":{"upload_info":{}}}`, failure(400, "Bucket location is missing")},
	{"no type", `{"recording_info":{"upload_info":{"location":"b"}}}`, failure(400, "Invalid upload configuration")},
	{"other type", `{"recording_info":{"upload_info":{"type":"ftp","location":"b"}}}`, failure(400, "Invalid upload configuration")},
	{"type in capitals", `{"recording_info":{"upload_info":{"type":"S3","location":"b"}}}`, failure(400, "Invalid upload configuration")},
	{"key alone", `{"recording_info":{"upload_info":{"type":"s3","location":"b","credentials":{"key":"k"}}}}`, failure(400, "Invalid upload configuration")},
	{"secret alone", `{"recording_info":{"upload_info":{"type":"gs","location":"b","credentials":{"secret":"s"}}}}`, failure(400, "Invalid upload configuration")},
	{"empty credentials", `{"recording_info":{"upload_info":{"type":"oss","location":"b","credentials":{}}}}`, failure(400, "Invalid upload configuration")},
	{"old template", `{"template":"classroom"}`, failure(400, "Invalid body param: template. Use template_id")},
	{"old template, null", `{"template":null}`, failure(400, "Invalid body param: template. Use template_id")},
	{"region", `{"region":"ap"}`, failure(400, "Error: region not supported")},
	{"region in capitals", `{"region":"EU"}`, failure(400, "Error: region not supported")},
	{"119 s", `{"max_duration_seconds":119}`, failure(400, "Invalid body param: max_duration_seconds less than 120 seconds")},
	{"0 s", `{"max_duration_seconds":0}`, failure(400, "Invalid body param: max_duration_seconds less than 120 seconds")},
	{"huge minus", `{"max_duration_seconds":-99999999999999999999}`, failure(400, "Invalid body param: max_duration_seconds less than 120 seconds")},
	{"43201 s", `{"max_duration_seconds":43201}`, failure(400, "Invalid body param: max_duration_seconds greater than 43200 seconds")},
	{"huge", `{"max_duration_seconds":99999999999999999999}`, failure(400, "Invalid body param: max_duration_seconds greater than 43200 seconds")},
	{"2501", `{"size":2501}`, badParamFailure("room size greater than 2500, set large_room flag as true")},
	{"20001 standard", `{"size":20001}`, badParamFailure("room size greater than 2500, set large_room flag as true")},
	{"20001 large", `{"size":20001,"large_room":true}`, badParamFailure("room size greater than 20000")},
	{"size -1", `{"size":-1}`, badParamFailure("room size less than 0")},
	{"name with a space", `{"name":"room 1"}`, badParamFailure("name may contain a-z A-Z 0-9 . - : _ only")},
	{"name with an umlaut", `{"name":"räume"}`, badParamFailure("name may contain a-z A-Z 0-9 . - : _ only")},
	{"name with invalid UTF-8", "{\"name\":\"a\xff\"}", badParamFailure("name may contain a-z A-Z 0-9 . - : _ only")},
	{"webhook without URL", `{"webhook":{"headers":{"a":"b"}}}`, badParamFailure("webhook.url must be an absolute http or https URL")},
	{"webhook to a path", `{"webhook":{"url":"/hook"}}`, badParamFailure("webhook.url must be an absolute http or https URL")},
	{"webhook by ftp", `{"webhook":{"url":"ftp://h/x"}}`, badParamFailure("webhook.url must be an absolute http or https URL")},
	{"webhook that isn't a URL", `{"webhook":{"url":"https://[x"}}`, badParamFailure("webhook.url must be an absolute http or https URL")},

	{"name is a number", `{"name":7}`, badParamFailure("name must be a string")},
	{"flag is text", `{"large_room":"true"}`, badParamFailure("large_room must be a boolean")},
	{"size is text", `{"size":"10"}`, badParamFailure("size must be an integer")},
	{"size has a fraction", `{"size":10.5}`, badParamFailure("size must be an integer")},
	{"size has an exponent", `{"size":1e3}`, badParamFailure("size must be an integer")},
	{"duration 120.0", `{"max_duration_seconds":120.0}`, badParamFailure("max_duration_seconds must be an integer")},
	{"recording is a flag", `{"recording_info":true}`, badParamFailure("recording_info must be an object")},
	{"inner flag", `{"recording_info":{"enabled":1}}`, badParamFailure("recording_info.enabled must be a boolean")},
	{"inner polls", `{"recording_info":{"polls":"x"}}`, badParamFailure("recording_info.polls must be an array of strings")},
	{"inner key", `{"recording_info":{"upload_info":{"type":"s3","location":"b","credentials":{"key":1,"secret":"s"}}}}`, badParamFailure("recording_info.upload_info.credentials.key must be a string")},
	{"polls", `{"polls":["a",1]}`, badParamFailure("polls must be an array of strings")},
	{"polls with null", `{"polls":[null]}`, badParamFailure("polls must be an array of strings")},
	{"webhook is text", `{"webhook":"https://h"}`, badParamFailure("webhook must be an object")},
	{"header is a number", `{"webhook":{"url":"https://h","headers":{"n":1}}}`, badParamFailure("webhook.headers.n must be a string")},
	{"header is null", `{"webhook":{"url":"https://h","headers":{"n":null}}}`, badParamFailure("webhook.headers must be an object of strings")},

	{"empty body", ``, failure(400, "request body must not be empty")},
	{"blank body", " \n", failure(400, "request body must not be empty")},
	{"trailing comma", `{"name":"a",}`, failure(400, "request body contains badly-formed JSON (at position 13)")},
	{"cut off", `{"name":"a`, failure(400, "request body contains badly-formed JSON (at position 10)")},
	{"two values", `{} {}`, failure(400, "request body contains badly-formed JSON (at position 4)")},
	{"an array", `[]`, failure(400, "request body must be a JSON object")},
	{"null", `null`, failure(400, "request body must be a JSON object")},

	// Where two rules are broken, the one that stands first in the documents speaks.
	{"bucket before region", `{"region":"ap","recording_info":{"upload_info":{}}}`, failure(400, "Bucket location is missing")},
	{"upload before template", `{"template":"x","recording_info":{"upload_info":{"location":"b"}}}`, failure(400, "Invalid upload configuration")},
	{"template before region", `{"template":"x","region":"ap"}`, failure(400, "Invalid body param: template. Use template_id")},
	{"region before duration", `{"max_duration_seconds":1,"region":"ap"}`, failure(400, "Error: region not supported")},
	{"duration before size", `{"max_duration_seconds":1,"size":99999}`, failure(400, "Invalid body param: max_duration_seconds less than 120 seconds")},
	{"size before name", `{"size":99999,"name":"a b"}`, badParamFailure("room size greater than 2500, set large_room flag as true")},
}

func TestRoomFailures(t *testing.T) {
	for _, tc := range roomFailures {
		t.Run(tc.name, func(t *testing.T) {
			b := newBox(t, Options{})
			equal(t, "create", b.call(400, "POST", "/rooms", tc.body), tc.want)
			equal(t, "rooms", len(b.rooms()), 0)
			id := b.make(`{"name":"there"}`)
			before := b.rooms()
			equal(t, "update", b.call(400, "POST", "/rooms/"+id, tc.body), tc.want)
			equal(t, "rooms after update", b.rooms(), before)
		})
	}
}

func TestRoomLimitsThemselvesAreFine(t *testing.T) {
	b := newBox(t, Options{})
	for _, body := range []string{
		`{"max_duration_seconds":120}`, `{"max_duration_seconds":43200}`, `{"size":0}`, `{"size":2500}`,
		`{"size":20000,"large_room":true}`, `{"region":"auto"}`, `{"region":""}`, `{"template_id":""}`, `{"name":"A.b-c:d_9"}`,
		`{"recording_info":{"upload_info":{"type":"azure","location":"c"}}}`, `{"recording_info":{"upload_info":null}}`,
		`{"unknown":1}`, `{"webhook":{"url":"http://h:1/x?y=z","headers":null}}`, `{"polls":[]}`, `{"Name":"ignored name"}`,
	} {
		b.call(200, "POST", "/rooms", body)
	}
}

func TestRoomFailuresOfTheirOwn(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	equal(t, "unknown template", b.call(400, "POST", "/rooms", `{"template_id":"`+absentID+`"}`), failure(400, "Error: template not found"))
	equal(t, "region before template", b.call(400, "POST", "/rooms", `{"region":"x","template_id":"x"}`), failure(400, "Error: region not supported"))
	equal(t, "get unknown", b.call(404, "GET", "/rooms/"+absentID, ""), failure(404, "Room not found"))
	equal(t, "get nonsense", b.call(404, "GET", "/rooms/nonsense", ""), failure(404, "Room not found"))
	equal(t, "update unknown", b.call(404, "POST", "/rooms/"+absentID, `{}`), failure(404, "Room not found"))
	equal(t, "too long", b.call(413, "POST", "/rooms", `{"description":"`+strings.Repeat("x", bodyLimit)+`"}`), failure(413, "request body too large"))
	// The request's own template is not part of an update.
	b.call(200, "POST", "/rooms/"+id, `{"template_id":"`+absentID+`"}`)
	equal(t, "template", b.call(200, "GET", "/rooms/"+id, "")["template_id"], any(classroomID))
}

func TestCutOffBody(t *testing.T) {
	b := newBox(t, Options{})
	r := httptest.NewRequest("POST", "/v2/rooms", brokenBody{})
	r.Header.Set("Authorization", "Bearer "+b.token)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	equal(t, "status", w.Code, 400)
	equal(t, "rooms", len(b.rooms()), 0)
}

const fullBody = `{"name":"Ward.7","description":"Handover","template_id":"` + webinarID + `","region":"us","large_room":true,"size":19000,
"max_duration_seconds":5400,"polls":["65a1c0ded5e6f708192a4009"],
"recording_info":{"enabled":true,"upload_info":{"type":"s3","location":"bucket","prefix":"p","options":{"region":"eu-west-2"},"credentials":{"key":"K","secret":"S"}}},
"webhook":{"url":"https://h.example.org/x","headers":{"x-token":"t"}}}`

// upload is the recording_info of fullBody as it is answered, with and without its credentials.
func upload(credentials bool) object {
	info := object{"type": "s3", "location": "bucket", "prefix": "p", "options": object{"region": "eu-west-2"}}
	if credentials {
		info["credentials"] = object{"key": "K", "secret": "S"}
	}
	return object{"enabled": true, "upload_info": info}
}

func fullReply(id string) object {
	return object{
		"id": id, "name": "Ward.7", "enabled": true, "description": "Handover", "customer_id": customerID,
		"template_id": webinarID, "template": "webinar", "region": "us", "large_room": true, "size": 19000.0,
		"max_duration_seconds": 5400.0, "polls": []any{"65a1c0ded5e6f708192a4009"},
		"webhook":    object{"url": "https://h.example.org/x", "headers": object{"x-token": "t"}},
		"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.116Z",
	}
}

func with(base object, changes object) object {
	out := object{}
	maps.Copy(out, base)
	for key, value := range changes {
		if out[key] = value; value == "absent" {
			delete(out, key)
		}
	}
	return out
}

// TestRoomReplies: one room with everything set, as each call shows it.
func TestRoomReplies(t *testing.T) {
	b := newBox(t, Options{})
	created := b.call(200, "POST", "/rooms", fullBody)
	id := created["id"].(string)
	full := fullReply(id)
	equal(t, "create", created, with(full, object{"app_id": appID, "customer": customerID, "recording_info": upload(true)}))
	equal(t, "get", b.call(200, "GET", "/rooms/"+id, ""), with(full, object{"recording_source_template": false, "recording_info": upload(false)}))
	equal(t, "list", b.call(200, "GET", "/rooms", ""), object{"limit": 10.0, "last": id, "data": []any{
		with(full, object{
			"recording_source_template": false, "recording": upload(false), "key": customerID + ":Ward.7",
			"updated_at": "0001-01-01T00:00:00Z",
		}),
	}})
	b.advance(time.Hour)
	updated := with(full, object{
		"recording_source_template": false, "enabled_source_template": false, "recording_info": upload(true), "customer": customerID,
		"description": "Later", "updated_at": "2025-03-04T10:30:00.123Z",
	})
	equal(t, "update", b.call(200, "POST", "/rooms/"+id, `{"description":"Later"}`), updated)
	b.advance(time.Hour)
	equal(t, "disable", b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`), object{
		"id": id, "name": "Ward.7", "enabled": false, "description": "Later", "customer_id": customerID, "customer": customerID,
		"recording_source_template": false, "enabled_source_template": false, "recording": nil,
		"template_id": "", "template": "", "region": "", "large_room": true,
		"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T11:30:00.123456789Z",
	})
	var body object
	if err := json.Unmarshal(b.rooms()[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	equal(t, "held", body, with(updated, object{"enabled": false, "updated_at": "2025-03-04T11:30:00.123Z"}))
}

// TestPlainRoom: a room of an empty request inherits everything.
func TestPlainRoom(t *testing.T) {
	b := newBox(t, Options{})
	got := b.call(200, "POST", "/rooms", `{}`)
	name := got["name"].(string)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(name) {
		t.Errorf("name %q is no UUID", name)
	}
	want := object{
		"id": got["id"], "name": name, "enabled": true, "description": "", "customer_id": customerID, "app_id": appID,
		"recording_source_template": true, "recording_info": nil, "template_id": classroomID, "template": "classroom", "region": "eu",
		"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.116Z",
	}
	equal(t, "create", got, want)
	equal(t, "get", b.call(200, "GET", "/rooms/"+got["id"].(string), ""), with(want, object{"app_id": "absent", "recording_info": "absent"}))
	equal(t, "follows its template", b.call(200, "POST", "/rooms", `{"template_id":"`+webinarID+`"}`)["region"], any("auto"))
}

func TestUpsert(t *testing.T) {
	b := newBox(t, Options{})
	first := b.call(200, "POST", "/rooms", fullBody)
	second := b.call(200, "POST", "/rooms", `{"name":"wARD.7","template_id":"`+classroomID+`","recording_info":{"enabled":false},"polls":null}`)
	equal(t, "answer", second, with(first, object{
		"name": "wARD.7", "template_id": classroomID, "template": "classroom", "recording_info": object{"enabled": false}, "polls": "absent",
		"updated_at": "2025-03-04T09:30:00.124Z", // the clock stood still, and yet later than created_at
	}))
	equal(t, "rooms", len(b.rooms()), 1)
	id := first["id"].(string)
	b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
	third := b.call(200, "POST", "/rooms", `{"name":"ward.7","recording_info":null,"webhook":null}`)
	equal(t, "stays disabled", third["enabled"], any(false))
	equal(t, "inherits again", third["recording_source_template"], any(true))
	equal(t, "no webhook", third["webhook"], nil)
	equal(t, "on again", b.call(200, "POST", "/rooms", `{"name":"ward.7","enabled":true}`)["enabled"], any(true))
	equal(t, "not refused half way", b.call(400, "POST", "/rooms", `{"name":"WARD.7","description":"x","region":"ap"}`)["message"], any("Error: region not supported"))
	equal(t, "name kept", b.rooms()[0].Name, "ward.7")
}

func TestUpdate(t *testing.T) {
	b := newBox(t, Options{})
	one, two := b.make(`{"name":"one"}`), b.make(`{"name":"two"}`)
	equal(t, "rename", b.call(200, "POST", "/rooms/"+one, `{"name":"ONE.more"}`)["name"], any("ONE.more"))
	equal(t, "the old name is free", b.call(200, "GET", "/rooms?name=one", "")["data"], any([]any{}))
	if three := b.make(`{"name":"one"}`); three == one {
		t.Error("the old name still leads to the renamed room")
	}
	before := b.rooms()
	taken := b.call(200, "POST", "/rooms/"+one, `{"name":"TWO","description":"x"}`)
	equal(t, "another's name", taken["id"], any(two))
	equal(t, "neither changed", b.rooms(), before)
	equal(t, "empty name", b.call(200, "POST", "/rooms/"+one, `{"name":""}`)["name"], any("ONE.more"))
}

func TestSizeIsJudgedAsItWouldBe(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{"large_room":true,"size":3000}`)
	b.call(400, "POST", "/rooms/"+id, `{"large_room":false}`)
	b.call(200, "POST", "/rooms/"+id, `{"large_room":false,"size":10}`)
	b.call(400, "POST", "/rooms/"+id, `{"size":3000}`)
}

func TestIDs(t *testing.T) {
	b := newBox(t, Options{})
	last := ""
	for i := range 50 {
		id := b.make(`{}`)
		if !isID(id) || id <= last {
			t.Fatalf("id %q after %q", id, last)
		}
		last = id
		switch i {
		case 20:
			b.advance(time.Second)
		case 30:
			b.advance(-time.Hour) // a clock set back
		}
	}
	equal(t, "seconds", last[:8], fmt.Sprintf("%08x", testStart.Unix()+1))
	rooms := b.rooms()
	for i := range rooms[1:] {
		if rooms[i+1].CreatedAt.Before(rooms[i].CreatedAt) {
			t.Fatal("created_at went back")
		}
	}
}

// TestConcurrentCreates: one name, many at once, one room.
func TestConcurrentCreates(t *testing.T) {
	b := newBox(t, Options{Dir: t.TempDir()})
	var wg sync.WaitGroup
	ids := make([]string, 32)
	for i := range ids {
		wg.Go(func() {
			name := []string{"contested", "CONTESTED"}[i%2]
			var room struct{ ID string }
			if err := json.Unmarshal(b.do("POST", "/rooms", `{"name":"`+name+`"}`).Body.Bytes(), &room); err != nil {
				t.Error(err)
			}
			ids[i] = room.ID
			b.do("GET", "/rooms", "")
			b.do("POST", "/rooms/"+room.ID, `{"enabled":true}`)
		})
	}
	wg.Wait()
	for _, id := range ids {
		equal(t, "id", id, ids[0])
	}
	equal(t, "rooms", len(b.rooms()), 1)
}
