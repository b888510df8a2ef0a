package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// FuzzCreateRoom: whatever the body, the answer is JSON, never a fault of the server, and a refusal makes no room.
func FuzzCreateRoom(f *testing.F) {
	for _, tc := range roomFailures {
		f.Add(tc.body)
	}
	f.Add(fullBody)
	f.Add("{\"name\":\"\u202e\U0001f600\x00\"}")
	f.Fuzz(func(t *testing.T, body string) {
		b := newBox(t, Options{})
		w := b.do("POST", "/rooms", body)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		if made := len(b.rooms()); (w.Code == 200) != (made == 1) {
			t.Fatalf("status %d and %d rooms", w.Code, made)
		}
		if w.Code == 200 {
			b.call(200, "GET", "/rooms?enabled="+strconv.FormatBool(b.rooms()[0].Enabled), "")
		}
	})
}

const manyRooms = 100_000

func filled(b *testing.B, o Options) *box {
	bx := newBox(b, o)
	for i := range manyRooms {
		if w := bx.do("POST", "/rooms", fmt.Sprintf(`{"name":"room-%d","description":"One of many"}`, i)); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
	return bx
}

func BenchmarkCreate(b *testing.B) {
	for _, kept := range []string{"memory", "journal"} {
		b.Run(kept, func(b *testing.B) {
			o := Options{}
			if kept == "journal" {
				o.Dir = b.TempDir()
			}
			bx := newBox(b, o)
			for i := 0; b.Loop(); i++ {
				if w := bx.do("POST", "/rooms", `{"name":"room-`+strconv.Itoa(i)+`"}`); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "creates/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	bx := filled(b, Options{})
	middle := bx.rooms()[manyRooms/2].ID
	for name, path := range map[string]string{
		"get": "/rooms/" + middle, "by-name": "/rooms?name=ROOM-777", "page-of-10": "/rooms?start=" + middle,
		"page-of-100": "/rooms?limit=100&start=" + middle, "disabled": "/rooms?enabled=false",
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", basePath+path, strings.NewReader(""))
			r.Header.Set("Authorization", "Bearer "+bx.token)
			for b.Loop() {
				w := httptest.NewRecorder()
				if bx.ServeHTTP(w, r); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
		})
	}
}

// BenchmarkStart loads a hundred thousand rooms, and reports what they take in memory.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	if err := filled(b, Options{Dir: dir}).Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := New(Options{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		var mem runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&mem)
		b.ReportMetric(float64(mem.HeapAlloc)/(1<<20), "MB-held")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
