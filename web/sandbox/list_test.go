package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"
)

// walk follows a list to its end and returns the ids, or codes, of its items in order.
func (b *box) walk(path string, query url.Values, key string) []string {
	b.t.Helper()
	var all []string
	for range 1000 {
		page := b.call(200, "GET", path+"?"+query.Encode(), "")
		items, _ := page["data"].([]any)
		for _, item := range items {
			all = append(all, item.(object)[key].(string))
		}
		last := page["last"].(string)
		if last == "" || len(items) == 0 {
			return all
		}
		query.Set("start", last)
	}
	b.t.Fatal("the list has no end")
	return nil
}

// listed makes 35 rooms, a minute apart; every fifth is disabled and every third is of the webinar.
func listed(t *testing.T) (b *box, ids []string) {
	b = newBox(t, Options{})
	for i := range 35 {
		template := classroomID
		if i%3 == 0 {
			template = webinarID
		}
		id := b.make(fmt.Sprintf(`{"name":"List-%d","template_id":%q}`, i, template))
		if i%5 == 0 {
			b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
		}
		ids = append(ids, id)
		b.advance(time.Minute)
	}
	return b, ids
}

func TestListRooms(t *testing.T) {
	b, ids := listed(t)
	at := func(minutes int, d time.Duration) string {
		return testStart.Truncate(time.Millisecond).Add(time.Duration(minutes)*time.Minute + d).Format("2006-01-02T15:04:05.000Z")
	}
	for _, tc := range []struct {
		name  string
		query url.Values
		want  func(i int) bool
	}{
		{"plain", url.Values{}, func(i int) bool { return i%5 != 0 }},
		{"ten", url.Values{"limit": {"10"}}, func(i int) bool { return i%5 != 0 }},
		{"hundred", url.Values{"limit": {"100"}}, func(i int) bool { return i%5 != 0 }},
		{"enabled", url.Values{"enabled": {"true"}}, func(i int) bool { return i%5 != 0 }},
		{"disabled", url.Values{"enabled": {"false"}}, func(i int) bool { return i%5 == 0 }},
		{"template", url.Values{"template_id": {webinarID}}, func(i int) bool { return i%5 != 0 && i%3 == 0 }},
		{"unknown template", url.Values{"template_id": {absentID}}, func(int) bool { return false }},
		{"after, inclusive", url.Values{"after": {at(8, 0)}}, func(i int) bool { return i%5 != 0 && i >= 8 }},
		{"just after", url.Values{"after": {at(8, time.Millisecond)}}, func(i int) bool { return i%5 != 0 && i > 8 }},
		{"before, inclusive", url.Values{"before": {at(8, 0)}}, func(i int) bool { return i%5 != 0 && i <= 8 }},
		{"just before", url.Values{"before": {at(8, -time.Millisecond)}}, func(i int) bool { return i%5 != 0 && i < 8 }},
		{"between", url.Values{"after": {at(3, 0)}, "before": {at(30, 0)}, "enabled": {"false"}}, func(i int) bool { return i%5 == 0 && i >= 3 && i <= 30 }},
		{"crossed", url.Values{"after": {at(30, 0)}, "before": {at(3, 0)}}, func(int) bool { return false }},
		{"name", url.Values{"name": {"lIST-12"}}, func(i int) bool { return i == 12 }},
		{"part of a name", url.Values{"name": {"List-1"}}, func(i int) bool { return i == 1 }},
		{"name of a disabled one", url.Values{"name": {"List-10"}}, func(int) bool { return false }},
		{"disabled name", url.Values{"name": {"List-10"}, "enabled": {"false"}}, func(i int) bool { return i == 10 }},
		{"name of another template", url.Values{"name": {"List-12"}, "template_id": {classroomID}}, func(int) bool { return false }},
		{"name, too late", url.Values{"name": {"List-12"}, "before": {at(11, 0)}}, func(int) bool { return false }},
		{"unknown name", url.Values{"name": {"nobody"}}, func(int) bool { return false }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.t = t
			var want []string
			for i, id := range slices.Backward(ids) {
				if tc.want(i) {
					want = append(want, id)
				}
			}
			equal(t, "ids", b.walk("/rooms", tc.query, "id"), want)
		})
	}
}

func TestListEnds(t *testing.T) {
	b, ids := listed(t)
	equal(t, "empty first page", b.call(200, "GET", "/rooms?name=nobody&limit=50", ""), object{"limit": 50.0, "data": []any{}, "last": ""})
	equal(t, "after the last page", b.call(200, "GET", "/rooms?start="+ids[0], ""), object{"limit": 10.0, "data": nil, "last": ""})
	equal(t, "a cursor that isn't there", len(b.call(200, "GET", "/rooms?start=ffffffffffffffffffffffff", "")["data"].([]any)), 10)
}

func TestBadQueries(t *testing.T) {
	b := newBox(t, Options{})
	id := b.make(`{}`)
	for _, path := range []string{
		"/rooms?limit=9", "/rooms?limit=101", "/rooms?limit=-1", "/rooms?limit=ten", "/rooms?enabled=yes", "/rooms?enabled=TRUE",
		"/rooms?after=yesterday", "/rooms?before=2025-03-04", "/rooms?start=x", "/rooms?limit=0x10",
		"/templates?limit=9", "/templates?start=x",
		"/room-codes/room/" + id + "?enabled=1", "/room-codes/room/" + id + "?limit=9", "/room-codes/room/" + id + "?start=aaa-bbbb-ccc",
	} {
		equal(t, path, b.call(400, "GET", path, ""), failure(400, "Invalid query parameter"))
	}
	b.call(200, "GET", "/rooms?limit=&enabled=&after=&before=&name=&template_id=&start=", "")
}

func TestTemplates(t *testing.T) {
	b := newBox(t, Options{})
	page := b.call(200, "GET", "/templates", "")
	data := page["data"].([]any)
	equal(t, "order", []any{data[0].(object)["name"], data[1].(object)["name"]}, []any{"webinar", "classroom"})
	equal(t, "last", page["last"], any(classroomID))
	equal(t, "next", b.call(200, "GET", "/templates?start="+webinarID, "")["data"].([]any)[0].(object)["id"], any(classroomID))
	equal(t, "end", b.call(200, "GET", "/templates?start="+classroomID, "")["data"], nil)
	equal(t, "one", b.call(200, "GET", "/templates/"+webinarID, ""), data[0].(object))
	equal(t, "none", b.call(404, "GET", "/templates/"+absentID, ""), failure(404, "Template not found"))
}

// TestSeeds: the seeded templates have what the documents promise of every template.
func TestSeeds(t *testing.T) {
	for seed, roles := range map[string]map[string]int{SeedPlain: {classroomID: 3, webinarID: 3}, SeedEmpty: {starterID: 2}} {
		b := newBox(t, Options{Seed: seed})
		equal(t, seed+": rooms", b.call(200, "GET", "/rooms", "")["data"], any([]any{}))
		equal(t, seed+": templates", len(b.call(200, "GET", "/templates", "")["data"].([]any)), len(roles))
		for id, n := range roles {
			doc := b.call(200, "GET", "/templates/"+id, "")
			equal(t, "twins", []any{doc["_id"], doc["customer"]}, []any{doc["id"], doc["customerId"]})
			equal(t, "customer", doc["customer"], any(customerID))
			equal(t, "destinations", doc["destinations"], any(object{}))
			equal(t, "roles", len(doc["roles"].(object)), n)
			for name, role := range doc["roles"].(object) {
				checkRole(t, doc["roles"].(object), name, role.(object))
			}
			if _, ok := doc["settings"].(object)["recording"]; !ok {
				t.Errorf("%s: no recording in the settings", id)
			}
		}
	}
}

func checkRole(t *testing.T, roles object, name string, role object) {
	t.Helper()
	equal(t, "name", role["name"], any(name))
	for _, to := range role["subscribeParams"].(object)["subscribeToRoles"].([]any) {
		if roles[to.(string)] == nil {
			t.Errorf("%s subscribes to %s, which is no role", name, to)
		}
	}
	for _, permission := range []string{"browserRecording", "rtmpStreaming", "hlsStreaming"} {
		if _, ok := role["permissions"].(object)[permission].(bool); !ok {
			t.Errorf("%s lacks the permission %s", name, permission)
		}
	}
	if priority := role["priority"].(float64); priority < 1 || priority > 5 {
		t.Errorf("%s has priority %v", name, priority)
	}
	if _, ok := role["maxPeerCount"].(float64); !ok {
		t.Errorf("%s lacks maxPeerCount", name)
	}
	if _, ok := role["publishParams"].(object); !ok {
		t.Errorf("%s lacks publishParams", name)
	}
}

// TestPagesStayInOrder: changing and switching rooms leaves each where its age puts it, once.
func TestPagesStayInOrder(t *testing.T) {
	b, ids := listed(t)
	for i, id := range ids {
		b.call(200, "POST", "/rooms/"+id, `{"description":"changed"}`)
		if i%2 == 0 {
			b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
			b.call(200, "POST", "/rooms/"+id, `{"enabled":true}`)
		}
	}
	var want []string
	for i, id := range slices.Backward(ids) {
		if i%5 != 0 || i%2 == 0 {
			want = append(want, id)
		}
	}
	equal(t, "ids", b.walk("/rooms", url.Values{}, "id"), want)
	held := make([]string, 0, len(ids))
	for _, rm := range b.rooms() {
		held = append(held, rm.ID)
	}
	equal(t, "all, oldest first", held, ids)
}
