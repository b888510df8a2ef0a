package sandbox

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"image/jpeg"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestFiles: links lead to small files of the right kind.
func TestFiles(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	b.patched(classroomID, beamDoc)
	room := b.make(`{"name":"filed"}`)
	b.joined(room, "teacher", time.Minute)
	b.joined(room, "student", time.Minute)
	id := b.started("recordings", room, `{"transcription":{"enabled":true,"summary":{"enabled":true,"sections":[
		{"title":"Agenda","format":"bullets"},{"title":"In short","format":"paragraph"}]}}}`)
	b.elapse(time.Minute)
	b.call(200, "POST", "/recordings/"+id+"/stop", "")
	b.elapse(time.Hour)
	for _, a := range items(b.call(200, "GET", "/recording-assets", "")) {
		w := b.fetch(b.presigned(a, "")["url"].(string))
		body := w.Body.Bytes()
		name := a["type"].(string)
		if mode, ok := a["metadata"].(object)["output_mode"]; ok {
			name += " " + mode.(string)
		}
		if w.Code != 200 || len(body) == 0 {
			t.Errorf("%s: %d %s", name, w.Code, body)
		}
		if name != assetComposite && name != assetLegacy { // whose sizes are of what players would get
			equal(t, name+" size", a["size"], any(float64(len(body))))
		}
		checkFile(t, name, body)
	}
}

// checkFile reads a file as who asked for it would.
func checkFile(t *testing.T, name string, body []byte) {
	t.Helper()
	switch name {
	case "room-composite", "room-composite-legacy":
		equal(t, name, string(body[4:12]), "ftypisom")
	case "chat":
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, name, rows, [][]string{{"SenderPeerID", "SenderName", "SenderUserID", "Roles", "SentAt", "Type", "Message"}})
	case "transcript txt":
		equal(t, name, string(body), "Asha: Good morning, can everybody hear me?\n\nAsha: Yes, loud and clear.\n\n")
	case "transcript srt":
		equal(t, name, strings.Split(string(body), "\n\n")[1], "2\n00:00:04,000 --> 00:00:08,000\nAsha: Yes, loud and clear.")
	case "transcript json":
		got := decodeObject(t, body)
		first := got["sentences"].([]any)[0].(object)
		equal(t, name, without(first, "peer_id"), object{
			"sentence": "Good morning, can everybody hear me?", "name": "Asha", "start_time": "0", "end_time": "4000",
		})
		equal(t, "words", len(got["words"].([]any)), 10)
	case "summary json":
		sections := decodeObject(t, body)["summary"].(object)["sections"].([]any)
		equal(t, name, sections[0], any(object{"title": "Speakers", "format": "bullets", "bullets": []any{"Asha", "Asha"}, "paragraph": ""}))
		equal(t, name, only(sections[2].(object), "title", "bullets"), object{"title": "In short", "bullets": []any{}})
	default:
		t.Errorf("a %s", name)
	}
}

// TestStreamFiles: the files that live streams leave, thumbnails and zips too.
func TestStreamFiles(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	doc := strings.Replace(beamDoc, `"hlsVod":true`, `"hlsVod":true,"enableZipUpload":true`, 1)
	b.patched(classroomID, doc)
	room := b.make(`{"name":"zipped","webhook":{"url":"http://hooks.example.org/"}}`)
	id := b.started("live-streams", room, `{}`)
	b.elapse(time.Minute)
	b.call(200, "POST", "/live-streams/"+id+"/stop", "")
	b.elapse(time.Hour)
	told := b.lastTold(room, "hls.recording.success")
	w := b.fetch(told["hls_vod_recording_presigned_url"].(string))
	equal(t, "type", w.Header().Get("Content-Type"), "application/zip")
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "playlist", z.File[0].Name, "master.m3u8")
	thumb := b.fetch(told["recording_thumbnails"].([]any)[0].(object)["url"].(string))
	if _, err := jpeg.Decode(thumb.Body); err != nil {
		t.Error(err)
	}
}

// TestFailedStream: an upload that failed leaves an asset that says so.
func TestFailedStream(t *testing.T) {
	b := newBox(t, Options{Mute: true})
	_, id := b.streaming("live-streams")
	b.elapse(time.Minute)
	b.call(200, "POST", "/live-streams/"+id+"/stop", "")
	b.elapse(time.Minute)
	equal(t, "in the making", b.status(id), "post_processing")
	b.force(200, "/beams/"+id+"/fail", `{"error_type":"UPLOAD_ERROR"}`)
	equal(t, "asset", only(items(b.call(200, "GET", "/recording-assets", ""))[0], "type", "status", "size"),
		object{"type": "room-vod", "status": "failed", "size": 0.0})
	equal(t, "stopped by whom it was", b.lastTold(b.call(200, "GET", "/live-streams/"+id, "")["room_id"].(string), "hls.stopped.success")["reason"], any("client request"))
	next := b.started("live-streams", b.make(`{"name":"early"}`), `{}`)
	b.force(200, "/beams/"+next+"/fail", `{"error_type":"UPLOAD_ERROR"}`)
	equal(t, "before it ran there was nothing", len(items(b.call(200, "GET", "/recording-assets", ""))), 1)
	b.force(400, "/beams/"+next+"/fail", `{`)
}

// TestContentByName: the other kinds of files.
func TestContentByName(t *testing.T) {
	st := newState(conf{})
	for name, start := range map[string]string{"a.webm": "\x1aE\xdf\xa3", "a.m3u8": "#EXTM3U\n", "a.mp4": "\x00\x00\x00\x18ftyp"} {
		content, err := st.content(&asset{}, name)
		if err != nil || !strings.HasPrefix(string(content), start) {
			t.Errorf("%s: %q, %v", name, content, err)
		}
	}
	equal(t, "mp4", len(emptyMP4), 24+116+8)
	equal(t, "webm", len(emptyWebM), 5+19+5)
}

// TestLinks: only signed links are good, and nothing of them can be changed.
func TestLinks(t *testing.T) {
	b := newBox(t, Options{})
	b.recordedOver(`{}`)
	link := b.presigned(b.composite(), "")["url"].(string)
	id := b.composite()["id"].(string)
	chat := items(b.call(200, "GET", "/recording-assets", ""))[0]["id"].(string)
	for _, bad := range []string{
		strings.Replace(link, "expires=", "expires=9", 1), strings.Replace(link, "signature=", "signature=0", 1),
		strings.Replace(link, ".mp4", ".csv", 1), strings.Replace(link, id, chat, 1), strings.Split(link, "?")[0], link + "0",
	} {
		equal(t, bad, decodeObject(t, b.fetch(bad).Body.Bytes()), failure(403, "the signature of this link is wrong"))
	}
	equal(t, "no asset", b.fetch(strings.Replace(link, id, absentID, 1)).Code, 404)
	equal(t, "no name", b.fetch("/files/"+id).Code, 403)
	for method, code := range map[string]int{"HEAD": 200, "POST": 405, "DELETE": 405} {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest(method, link, nil))
		equal(t, method, w.Code, code)
	}
	r := httptest.NewRequest("GET", "https://sandbox.example.org/", nil)
	equal(t, "over TLS", linkBase(r), "https://sandbox.example.org")
	r.Host = ""
	equal(t, "no host", linkBase(r), defaultBase)
}
