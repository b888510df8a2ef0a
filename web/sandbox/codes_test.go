package sandbox

import (
	"fmt"
	"net/url"
	"regexp"
	"testing"
	"time"
)

// roles returns the roles of an answer's codes, in order.
func roles(answer object) []string {
	var names []string
	for _, item := range answer["data"].([]any) {
		names = append(names, item.(object)["role"].(string))
	}
	return names
}

func TestCreateCodes(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	first := b.call(200, "POST", "/room-codes/room/"+id, "")
	equal(t, "roles", roles(first), []string{"assistant", "student", "teacher"})
	one := first["data"].([]any)[0].(object)
	if text := one["code"].(string); !regexp.MustCompile(`^[a-z]{3}-[a-z]{4}-[a-z]{3}$`).MatchString(text) {
		t.Errorf("code %q", text)
	}
	equal(t, "code", one, object{
		"code": one["code"], "room_id": id, "role": "assistant", "enabled": true,
		"created_at": "2025-03-04T09:30:00Z", "updated_at": "2025-03-04T09:30:00Z",
	})
	equal(t, "again, with any body", b.call(200, "POST", "/room-codes/room/"+id, "{not json"), first)

	// A role whose only code was switched off gets a fresh one.
	b.call(200, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":false}`, one["code"]))
	fresh := b.call(200, "POST", "/room-codes/room/"+id, "")["data"].([]any)
	if fresh[0].(object)["code"] == one["code"] {
		t.Error("the disabled code came back")
	}
	equal(t, "the others are kept", fresh[1:], first["data"].([]any)[1:])
	equal(t, "listed", len(b.walk("/room-codes/room/"+id, url.Values{}, "code")), 4)
}

// TestCodesOfRolesThatAreGone: changing a room's template takes roles away from under their codes.
func TestCodesOfRolesThatAreGone(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{"name":"moved"}`)
	old := b.call(200, "POST", "/room-codes/room/"+id, "")["data"].([]any)[0].(object)["code"]
	b.make(`{"name":"moved","template_id":"` + webinarID + `"}`)
	equal(t, "new roles", roles(b.call(200, "POST", "/room-codes/room/"+id, "")), []string{"attendee", "host", "speaker"})
	equal(t, "old codes", roles(b.call(200, "GET", "/room-codes/room/"+id+"?enabled=false", "")), []string{"assistant", "student", "teacher"})
	equal(t, "a gone role's codes", len(b.call(200, "GET", "/room-codes/room/"+id+"?role=student", "")["data"].([]any)), 1)
	equal(t, "enable", b.call(403, "POST", "/room-codes/code", fmt.Sprintf(`{"code":%q,"enabled":true}`, old)),
		failure(403, "Code can not be enabled (role/room does not exist)"))
}

func TestCreateOneCode(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	path := "/room-codes/room/" + id + "/role/"
	one, two := b.call(200, "POST", path+"teacher", ""), b.call(200, "POST", path+"teacher", "{}")
	if one["code"] == two["code"] {
		t.Error("the second code is the first")
	}
	equal(t, "code", one, object{
		"code": one["code"], "room_id": id, "role": "teacher", "enabled": true,
		"created_at": "2025-03-04T09:30:00Z", "updated_at": "2025-03-04T09:30:00Z",
	})
	equal(t, "role", b.call(404, "POST", path+"nobody", ""), failure(404, "Role not found"))
	equal(t, "escaped role", b.call(404, "POST", path+"a%2Fb", ""), failure(404, "Role not found"))
	for range codesPerRoom - 2 {
		b.call(200, "POST", path+"student", "")
	}
	equal(t, "one more", b.call(400, "POST", path+"student", ""), failure(400, "room code limit reached"))
	equal(t, "one of each", b.call(400, "POST", "/room-codes/room/"+id, ""), failure(400, "room code limit reached"))
	equal(t, "pages", len(b.walk("/room-codes/room/"+id, url.Values{}, "code")), codesPerRoom)
}

func TestListCodes(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	path := "/room-codes/room/" + id
	equal(t, "none", b.call(200, "GET", path, ""), object{"limit": 20.0, "data": []any{}, "last": ""})
	b.call(200, "POST", path, "")
	got := b.call(200, "GET", path+"?role=teacher&enabled=true&limit=10", "")
	code := got["data"].([]any)[0].(object)["code"]
	equal(t, "one", got, object{"limit": 10.0, "last": "", "data": []any{object{
		"code": code, "room_id": id, "role": "teacher", "enabled": true,
		"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.123Z",
	}}})
	equal(t, "role", b.call(404, "GET", path+"?role=nobody", ""), failure(404, "Role not found"))
	for range 22 {
		b.call(200, "POST", path+"/role/student", "")
	}
	equal(t, "pages of one role", len(b.walk(path, url.Values{"role": {"student"}, "limit": {"10"}}, "code")), 23)
}

func TestCodesOfRoomsOutOfReach(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
	for _, call := range []struct{ method, path string }{
		{"POST", "/room-codes/room/%s"}, {"POST", "/room-codes/room/%s/role/teacher"}, {"GET", "/room-codes/room/%s"},
	} {
		equal(t, call.path, b.call(403, call.method, fmt.Sprintf(call.path, id), ""), failure(403, "Room is disabled"))
		equal(t, call.path, b.call(404, call.method, fmt.Sprintf(call.path, absentID), ""), failure(404, "Room not found"))
	}
}

func TestUpdateCode(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	code := b.call(200, "POST", "/room-codes/room/"+id+"/role/teacher", "")["code"].(string)
	want := object{
		"code": code, "room_id": id, "role": "teacher", "enabled": true,
		"created_at": "2025-03-04T09:30:00.123Z", "updated_at": "2025-03-04T09:30:00.123Z",
	}
	body := func(enabled bool) string { return fmt.Sprintf(`{"code":%q,"enabled":%t}`, code, enabled) }
	b.advance(time.Minute)
	equal(t, "nothing to do", b.call(200, "POST", "/room-codes/code", body(true)), want)
	want = with(want, object{"enabled": false, "updated_at": "2025-03-04T09:31:00.123Z"})
	equal(t, "off", b.call(200, "POST", "/room-codes/code", body(false)), want)
	b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
	equal(t, "on, in a disabled room", b.call(200, "POST", "/room-codes/code", body(true))["enabled"], any(true))

	equal(t, "unknown", b.call(404, "POST", "/room-codes/code", `{"code":"abc-defg-hij","enabled":true}`), failure(404, "Code not found"))
	for _, bad := range []string{
		`{"code":"` + code + `"}`, `{"enabled":true}`, `{"code":"` + code + `","enabled":"true"}`, `{"code":1,"enabled":true}`,
		`{"code":"` + code + `","enabled":true,"role":"x"}`, `{}`, `{"code":"` + code + `","enabled":null}`, `{"code":"` + code + `","Enabled":true}`,
	} {
		equal(t, bad, b.call(400, "POST", "/room-codes/code", bad), failure(400, "Invalid body parameter"))
	}
	equal(t, "empty", b.call(400, "POST", "/room-codes/code", ""), failure(400, "request body must not be empty"))
}
