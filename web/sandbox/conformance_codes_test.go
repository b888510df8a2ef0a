package sandbox

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"time"
)

const (
	listCodes   = "GET /room-codes/room/{room_id}"
	createCodes = "POST /room-codes/room/{room_id}"
	createCode  = "POST /room-codes/room/{room_id}/role/{role}"
	updateCode  = "POST /room-codes/code"
)

// coded makes a room with a code for its teacher.
func coded(b *box) (roomID, code string) {
	roomID = b.make(`{}`)
	return roomID, b.call(200, "POST", "/room-codes/room/"+roomID+"/role/teacher", "")["code"].(string)
}

var codeRows = []row{
	{kind: anEndpoint, call: listCodes, page: "Room codes: list", test: func(b *box) {
		id, code := coded(b)
		equal(b.t, "list", b.call(200, "GET", "/room-codes/room/"+id, ""), object{"limit": 20.0, "last": "", "data": []any{object{
			"code": code, "room_id": id, "role": "teacher", "enabled": true,
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.123Z",
		}}})
	}},
	{kind: aParameter, call: listCodes, what: "role", page: "Room codes: list", test: func(b *box) {
		id, code := coded(b)
		b.call(200, "POST", "/room-codes/room/"+id, "")
		equal(b.t, "codes", b.walk("/room-codes/room/"+id, url.Values{"role": {"teacher"}}, "code"), []string{code})
	}},
	{kind: aParameter, call: listCodes, what: "enabled", page: "Room codes: list", test: func(b *box) {
		id, code := coded(b)
		b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, code))
		equal(b.t, "both by default", len(b.walk("/room-codes/room/"+id, url.Values{}, "code")), 1)
		equal(b.t, "true", len(b.walk("/room-codes/room/"+id, url.Values{"enabled": {"true"}}, "code")), 0)
		equal(b.t, "false", b.walk("/room-codes/room/"+id, url.Values{"enabled": {"false"}}, "code"), []string{code})
	}},
	{kind: aParameter, call: listCodes, what: "limit", page: "Room codes: list", test: func(b *box) {
		id, _ := coded(b)
		for range 10 {
			b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")
		}
		equal(b.t, "ten", len(b.call(200, "GET", "/room-codes/room/"+id+"?limit=10", "")["data"].([]any)), 10)
	}},
	{kind: aParameter, call: listCodes, what: "start", page: "Room codes: list", test: func(b *box) {
		id, first := coded(b)
		second := b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")["code"].(string)
		equal(b.t, "newest first", b.walk("/room-codes/room/"+id, url.Values{}, "code"), []string{second, first})
		equal(b.t, "after the second", b.walk("/room-codes/room/"+id, url.Values{"start": {second}}, "code"), []string{first})
		b.refused(errBadQuery, "GET", "/room-codes/room/"+id+"?start=abc-defg-hij", "")
	}},
	{kind: aQuirk, call: listCodes, what: "last is empty on the last page, and null comes after it", page: "Room codes: list", test: func(b *box) {
		id, first := coded(b)
		for range 10 {
			b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")
		}
		page := b.call(200, "GET", "/room-codes/room/"+id+"?limit=10", "")
		equal(b.t, "last", page["last"], page["data"].([]any)[9].(object)["code"])
		equal(b.t, "all", b.call(200, "GET", "/room-codes/room/"+id+"?limit=11", "")["last"], any(""))
		equal(b.t, "end", b.call(200, "GET", "/room-codes/room/"+id+"?start="+first, ""), object{"limit": 20.0, "data": nil, "last": ""})
	}},
	{kind: aQuirk, call: listCodes, what: "codes made by one call are in the order of its answer", page: "Room codes: list", test: func(b *box) {
		id := b.make(`{}`)
		made := b.call(200, "POST", "/room-codes/room/"+id, "")
		equal(b.t, "roles", roles(b.call(200, "GET", "/room-codes/room/"+id, "")), roles(made))
	}},
	{kind: aQuirk, call: listCodes, what: "rooms have no codes before some are made", page: "Room codes: overview", test: func(b *box) {
		equal(b.t, "list", b.call(200, "GET", "/room-codes/room/"+b.make(`{}`), ""), object{"limit": 20.0, "data": []any{}, "last": ""})
	}},
	codeRefusal(listCodes, errBadQuery, "GET", "/room-codes/room/{room}?enabled=perhaps", ""),
	codeRefusal(listCodes, errRoomNotFound, "GET", "/room-codes/room/"+absentID, ""),
	codeRefusal(listCodes, errRoleNotFound, "GET", "/room-codes/room/{room}?role=nobody", ""),
	codeRefusal(listCodes, errRoomDisabled, "GET", "/room-codes/room/{disabled}", ""),

	{kind: anEndpoint, call: createCodes, page: "Room codes: create for all roles", test: func(b *box) {
		id := b.make(`{}`)
		got := b.call(200, "POST", "/room-codes/room/"+id, "")
		equal(b.t, "keys", len(got), 1) // data alone, no limit and no last
		equal(b.t, "roles", roles(got), []string{"assistant", "student", "teacher"})
		first := got["data"].([]any)[0].(object)
		equal(b.t, "code", first, object{
			"code": first["code"], "room_id": id, "role": "assistant", "enabled": true,
			"created_at": "2025-03-04T09:30:00Z", "updated_at": "2025-03-04T09:30:00Z",
		})
	}},
	{kind: aQuirk, call: createCodes, what: "again: new roles get codes, those of roles that are gone are disabled", page: "Room codes: create for all roles", test: func(b *box) {
		id := b.make(`{"name":"moved"}`)
		b.call(200, "POST", "/room-codes/room/"+id, "")
		b.make(`{"name":"moved","template_id":"` + webinarID + `"}`)
		equal(b.t, "roles", roles(b.call(200, "POST", "/room-codes/room/"+id, "")), []string{"attendee", "host", "speaker"})
		equal(b.t, "disabled", roles(b.call(200, "GET", "/room-codes/room/"+id+"?enabled=false", "")), []string{"assistant", "student", "teacher"})
	}},
	{kind: aQuirk, call: createCodes, what: "roles that have an enabled code keep it, others get one", page: "Room codes: create for all roles", test: func(b *box) {
		id, code := coded(b)
		first := b.call(200, "POST", "/room-codes/room/"+id, "")
		equal(b.t, "kept", first["data"].([]any)[2].(object)["code"], any(code))
		equal(b.t, "again", b.call(200, "POST", "/room-codes/room/"+id, ""), first)
		b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, code))
		fresh := b.call(200, "POST", "/room-codes/room/"+id, "")["data"].([]any)
		equal(b.t, "a fresh one", []any{len(fresh), fresh[2].(object)["code"] != code}, []any{3, true})
	}},
	codeRefusal(createCodes, errRoomNotFound, "POST", "/room-codes/room/"+absentID, ""),
	codeRefusal(createCodes, errRoomDisabled, "POST", "/room-codes/room/{disabled}", ""),

	{kind: anEndpoint, call: createCode, page: "Room codes: create for one role", test: func(b *box) {
		id := b.make(`{}`)
		got := b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")
		equal(b.t, "code", got, object{
			"code": got["code"], "room_id": id, "role": "student", "enabled": true,
			"created_at": "2025-03-04T09:30:00Z", "updated_at": "2025-03-04T09:30:00Z",
		})
	}},
	{kind: aQuirk, call: createCode, what: "a code is ten small letters, like abc-defg-hij", page: "Room codes: object", test: func(b *box) {
		if _, code := coded(b); !regexp.MustCompile(`^[a-z]{3}-[a-z]{4}-[a-z]{3}$`).MatchString(code) {
			b.t.Errorf("code %q", code)
		}
	}},
	{kind: aQuirk, call: createCode, what: "several codes for one role, at most a hundred for a room", page: "Room codes: overview", test: func(b *box) {
		id := b.make(`{}`)
		for range codesPerRoom {
			b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")
		}
		b.call(400, "POST", "/room-codes/room/"+id+"/role/student", "")
	}},
	codeRefusal(createCode, errRoleNotFound, "POST", "/room-codes/room/{room}/role/nobody", ""),
	codeRefusal(createCode, errRoomNotFound, "POST", "/room-codes/room/"+absentID+"/role/teacher", ""),
	codeRefusal(createCode, errRoomDisabled, "POST", "/room-codes/room/{disabled}/role/teacher", ""),

	{kind: anEndpoint, call: updateCode, page: "Room codes: enable or disable", test: func(b *box) {
		id, code := coded(b)
		b.advance(time.Minute)
		equal(b.t, "code", b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, code)), object{
			"code": code, "room_id": id, "role": "teacher", "enabled": false,
			"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:31:00.123Z",
		})
	}},
	{kind: aParameter, call: updateCode, what: "code", page: "Room codes: enable or disable", test: func(b *box) {
		b.refused(errCodeBody, "POST", "/room-codes/code", `{"enabled":true}`)
	}},
	{kind: aParameter, call: updateCode, what: "enabled", page: "Room codes: enable or disable", test: func(b *box) {
		_, code := coded(b)
		for _, on := range []bool{false, true} {
			equal(b.t, "enabled", b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":%t}`, code, on))["enabled"], any(on))
		}
	}},
	{kind: aQuirk, call: updateCode, what: "both keys and nothing else", page: "Room codes: enable or disable", test: func(b *box) {
		_, code := coded(b)
		for _, more := range []string{``, `,"enabled":null`, `,"enabled":1`, `,"enabled":false,"role":"student"`} {
			b.refused(errCodeBody, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q%s}`, code, more))
		}
	}},
	{kind: aQuirk, call: updateCode, what: "updated_at changes only with enabled", page: "Room codes: object", test: func(b *box) {
		_, code := coded(b)
		b.advance(time.Minute)
		same := b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":true}`, code))
		equal(b.t, "updated_at", same["updated_at"], any("2025-03-04T09:30:00.123Z"))
	}},
	{kind: aQuirk, call: updateCode, what: "codes of a disabled room can be switched all the same", page: "Room codes: enable or disable", test: func(b *box) {
		id, code := coded(b)
		b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
		b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, code))
	}},
	codeRefusal(updateCode, errCodeNotFound, "POST", "/room-codes/code", `{"code":"abc-defg-hij","enabled":true}`),
	codeRefusal(updateCode, errCodeBody, "POST", "/room-codes/code", `{"code":"abc-defg-hij","enabled":"yes"}`),
	{kind: aRefusal, call: updateCode, what: errCodeStuck.Message, page: "Room codes: enable or disable", test: func(b *box) {
		id := b.make(`{"name":"moved"}`)
		code := b.call(200, "POST", "/room-codes/room/"+id+"/role/teacher", "")["code"].(string)
		b.make(`{"name":"moved","template_id":"` + webinarID + `"}`)
		b.refused(errCodeStuck, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":true}`, code))
	}},
	{kind: aRefusal, call: listCodes, what: "Authentication Error", page: "Room codes: list", test: func(b *box) {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("GET", "/v2/room-codes/room/"+absentID, nil))
		equal(b.t, "answer", decoded(b, w), failure(401, "Authentication Error"))
	}},

	readingRow(ReadingCodesAgain, func(b *box) {
		id, _ := coded(b)
		b.call(200, "POST", "/room-codes/room/"+id, "")
		equal(b.t, "codes", len(b.walk("/room-codes/room/"+id, url.Values{"role": {"teacher"}}, "code")), 2)
	}),
	readingRow(ReadingCodes333, func(b *box) {
		if _, code := coded(b); len(code) != 11 {
			b.t.Errorf("code %q", code)
		}
	}),
	readingRow(ReadingCodesOldestFirst, func(b *box) {
		id, first := coded(b)
		second := b.call(200, "POST", "/room-codes/room/"+id+"/role/student", "")["code"].(string)
		equal(b.t, "codes", b.walk("/room-codes/room/"+id, url.Values{}, "code"), []string{first, second})
		equal(b.t, "after the first", b.walk("/room-codes/room/"+id, url.Values{"start": {first}}, "code"), []string{second})
	}),
	readingRow(ReadingCodesTen, func(b *box) {
		id, _ := coded(b)
		equal(b.t, "limit", b.call(200, "GET", "/room-codes/room/"+id, "")["limit"], any(10.0))
	}),
	readingRow(ReadingCodesLast, func(b *box) {
		id, code := coded(b)
		equal(b.t, "last", b.call(200, "GET", "/room-codes/room/"+id, "")["last"], any(code))
	}),
}

// codeRefusal is a call about codes that has to be refused; {room} and {disabled} in its path stand for such rooms.
func codeRefusal(call string, e *apiError, method, path, body string) row {
	return row{kind: aRefusal, call: call, what: e.Message, page: pageOfRefusal(e), test: func(b *box) {
		room, disabled := b.make(`{}`), b.make(`{}`)
		b.call(200, "POST", "/rooms/"+disabled, `{"enabled":false}`)
		b.refused(e, method, replaceAll(path, "{room}", room, "{disabled}", disabled), body)
	}}
}
