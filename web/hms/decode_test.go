package hms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzDecodeRoom(f *testing.F) {
	for _, seed := range []string{
		`{"id":"r1","name":"physics","enabled":true,"recording":{"enabled":true},"size":12.0,"created_at":"2026-02-03T04:05:06.7Z"}`,
		`{"id":"r1","recording_info":{"upload_info":{"type":"gs","location":"b","options":{},"credentials":null}},"updated_at":"0001-01-01T00:00:00Z"}`,
		`{"limit":10,"data":[{"id":"r1","polls":null,"webhook":{"url":"u","headers":{"a":"b"}}}],"last":""}`,
		`{"id":"r1","size":1e999,"created_at":"0000-13-99"}`,
		`null`, `[]`, `{`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if page, err := decodePage[Room, roomWire](body); err == nil && page.Data == nil {
			t.Error("a page without an error has no list")
		}
		room, err := decodeRoom(body)
		if err != nil {
			return
		}
		if room.ID == "" {
			t.Error("a room without an id was accepted")
		}
		again, err := json.Marshal(room)
		if err != nil {
			t.Fatalf("a room that can't be written: %v", err)
		}
		back, err := decodeRoom(again)
		if err != nil {
			t.Fatalf("our own encoding %s: %v", again, err)
		}
		if once, err := json.Marshal(back); err != nil || !bytes.Equal(once, again) {
			t.Errorf("not stable: %s, then %s", again, once)
		}
	})
}

func FuzzDecodeError(f *testing.F) {
	for _, seed := range []string{
		`{"code":400,"message":"Invalid body param","details":["Invalid body param: room size greater than 20000"]}`,
		`{"code":"400","error":{"message":"a"},"details":[[["b"]],{"detail":"c"}]}`,
		`{"code":"abc-defg-hij","role":"host"}`,
		`{"error":"hls not running","data":[],"limit":10}`,
		`<html>`, `"text"`, `null`, ``,
	} {
		f.Add([]byte(seed), "application/json", "hidden-value")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType, secret string) {
		header := http.Header{"Content-Type": {contentType}}
		said := readRefusal(header, body).mask([]string{secret})
		texts := append([]string{said.message}, said.details...)
		if len(texts) > maxTexts+1 {
			t.Errorf("%d texts", len(texts))
		}
		for _, text := range texts {
			if len(text) > maxText+len("…") || !utf8.ValidString(text) || bytes.ContainsFunc([]byte(text), unicode.IsControl) {
				t.Errorf("text %q", text)
			}
		}
		if inBand, ok := readInBand(body); ok && len(inBand.message) == 0 {
			t.Errorf("an error without words: %s", body)
		}
	})
}

func TestSecretAcrossTheCutIsMasked(t *testing.T) {
	const key = "canary-0123456789abcdef"
	text := strings.Repeat("x", maxText-5) + key
	said := readRefusal(nil, []byte(`{"message":"`+text+`","details":["`+text+`"]}`)).mask([]string{key})
	for _, got := range append(said.details, said.message) {
		if strings.Contains(got, "canary") || len(got) > maxText+len("…") {
			t.Errorf("text ends with %q", got[len(got)-40:])
		}
	}
}

// hundredRooms is a full page of the shape that a list has.
func hundredRooms() []byte {
	var b bytes.Buffer
	b.WriteString(`{"limit":100,"data":[`)
	for i := range 100 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"65a0b3c4d5e6f7081920%04d","name":"lecture-%d","enabled":true,"description":"Second year",`+
			`"customer_id":"64c1f0a2e5b7d3419f8a0c99","recording_source_template":false,"recording":{"enabled":true,`+
			`"upload_info":{"type":"s3","location":"lectures","prefix":"y2"}},"template_id":"64d2a7b1c94e0f52a6b3d899",`+
			`"template":"class","region":"eu","created_at":"2026-01-12T03:36:36.218Z","key":"64c1f0a2e5b7d3419f8a0c99:lecture-%d",`+
			`"updated_at":"0001-01-01T00:00:00Z","large_room":false,"size":120,"max_duration_seconds":3600}`, i, i, i)
	}
	b.WriteString(`],"last":"65a0b3c4d5e6f70819200099"}`)
	return b.Bytes()
}

func BenchmarkDecodeRooms(b *testing.B) {
	body := hundredRooms()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		page, err := decodePage[Room, roomWire](body)
		if err != nil || len(page.Data) != 100 {
			b.Fatal(len(page.Data), err)
		}
	}
}
