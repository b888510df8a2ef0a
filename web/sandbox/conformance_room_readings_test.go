package sandbox

import (
	"testing"
)

// readingRow is another reading, in a box that takes it.
func readingRow(name Reading, test func(b *box)) row {
	page := ""
	for _, r := range readings() {
		if r.name == name {
			page = r.page
		}
	}
	return row{kind: aReading, what: string(name), page: page, box: otherwise(name), test: test}
}

var roomReadingRows = []row{
	readingRow(ReadingTextInDetails, func(b *box) {
		for _, body := range []string{`{"template":"x"}`, `{"max_duration_seconds":1}`, `{"max_duration_seconds":99999}`} {
			equal(b.t, body, b.call(400, "POST", "/rooms", body)["message"], any("Invalid body param"))
		}
	}),
	readingRow(ReadingNullKeeps, func(b *box) {
		id := b.make(`{"recording_info":{"enabled":true},"polls":["p"],"webhook":{"url":"https://h"}}`)
		got := b.call(200, "POST", "/rooms/"+id, `{"recording_info":null,"polls":null,"webhook":null}`)
		equal(b.t, "kept", []any{got["recording_info"], got["polls"], got["webhook"]}, []any{object{"enabled": true}, []any{"p"}, object{"url": "https://h"}})
	}),
	readingRow(ReadingUpsertResets, func(b *box) {
		id := b.make(`{"name":"a","description":"gone","size":7,"region":"us","template_id":"` + webinarID + `"}`)
		again := b.call(200, "POST", "/rooms", `{"name":"A"}`)
		equal(b.t, "room", []any{again["id"], again["description"], again["size"], again["template_id"]}, []any{id, "", nil, classroomID})
		b.call(200, "POST", "/rooms/"+id, `{"enabled":false}`)
		equal(b.t, "enabled", b.call(200, "POST", "/rooms", `{"name":"A"}`)["enabled"], any(false))
	}),
	readingRow(ReadingUpsertDisabled, func(b *box) {
		b.call(200, "POST", "/rooms/"+b.make(`{"name":"a"}`), `{"enabled":false}`)
		equal(b.t, "answer", b.call(400, "POST", "/rooms", `{"name":"A"}`), failure(400, "room not active"))
	}),
	readingRow(ReadingEnabledOnCreate, func(b *box) {
		equal(b.t, "enabled", b.call(200, "POST", "/rooms", `{"enabled":false}`)["enabled"], any(true))
	}),
	readingRow(ReadingRenameChanges, func(b *box) {
		one, two := b.make(`{"name":"one"}`), b.make(`{"name":"two"}`)
		got := b.call(200, "POST", "/rooms/"+one, `{"name":"TWO","description":"x"}`)
		equal(b.t, "changed", []any{got["id"], got["name"], got["description"]}, []any{two, "TWO", "x"})
		equal(b.t, "the other", b.call(200, "GET", "/rooms/"+one, "")["name"], any("one"))
	}),
	readingRow(ReadingVendorNames, func(b *box) {
		b.call(200, "POST", "/rooms", `{"name":"Asha's Room 1330"}`)
		b.call(400, "POST", "/rooms", `{"name":"a/b"}`)
	}),
	readingRow(ReadingLargeFirst, func(b *box) {
		b.refused(errSizeLarge, "POST", "/rooms", `{"size":20001}`)
		b.refused(errSizeStandard, "POST", "/rooms", `{"size":2501}`)
	}),
	readingRow(ReadingOwnRegion, func(b *box) {
		equal(b.t, "region", b.call(200, "POST", "/rooms", `{}`)["region"], any("auto"))
	}),
	readingRow(ReadingRecordingOff, func(b *box) {
		got := b.call(200, "POST", "/rooms", `{}`)
		equal(b.t, "answer", []any{got["recording_info"], got["recording_source_template"]}, []any{object{"enabled": false}, nil})
		equal(b.t, "get", b.call(200, "GET", "/rooms/"+got["id"].(string), "")["recording_source_template"], any(true))
	}),
	readingRow(ReadingRoomByName, func(b *box) {
		id := b.make(`{"name":"Ward.7"}`)
		equal(b.t, "by name", b.call(200, "GET", "/rooms/ward.7", "")["id"], any(id))
		b.refused(errRoomNotFound, "GET", "/rooms/ward.8", "")
	}),
	readingRow(ReadingReadsCredentials, func(b *box) {
		id := b.make(`{"recording_info":{"upload_info":{"type":"s3","location":"b","credentials":{"key":"k","secret":"s"}}}}`)
		got := b.call(200, "GET", "/rooms/"+id, "")["recording_info"].(object)["upload_info"].(object)
		equal(b.t, "credentials", got["credentials"], any(object{"key": "k", "secret": "s"}))
	}),
	readingRow(ReadingListTimes, func(b *box) {
		b.make(`{}`)
		equal(b.t, "updated_at", b.call(200, "GET", "/rooms", "")["data"].([]any)[0].(object)["updated_at"], any("2025-03-04T09:30:00.116Z"))
	}),
}

// TestReadingsChangeSomething: the help tells what a reading does and what is usual.
func TestReadingsChangeSomething(t *testing.T) {
	for _, r := range readings() {
		if r.usual == "" || r.other == "" || r.usual == r.other || r.page == "" {
			t.Errorf("%s: usual %q, other %q, page %q", r.name, r.usual, r.other, r.page)
		}
	}
}
