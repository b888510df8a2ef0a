package sandbox

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestFaultWords walks the table of words: the example of each is read, and written as it was read.
func TestFaultWords(t *testing.T) {
	for _, w := range faultWords {
		for value := range strings.SplitSeq(w.value, "|") {
			text := w.name
			if value != "" {
				text += "=" + value
			}
			f, err := ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ParseFault(f.String())
			if err != nil {
				t.Fatalf("%s became %q: %v", text, f.String(), err)
			}
			equal(t, text, again.String(), f.String())
			if f.String() == "" {
				t.Errorf("%s became nothing", text)
			}
		}
	}
	if len(FaultHelp()) != len(faultWords) {
		t.Error("the help lacks words")
	}
}

func TestBadFaults(t *testing.T) {
	for _, text := range []string{"", " , ", "colour=red", "status", "status=99", "status=x", "cut=through", "body=blue", "delay=-1s", "chance=0", "times=0", "token=good", "skew=far"} {
		if f, err := ParseFault(text); err == nil {
			t.Errorf("%q became %q", text, f.String())
		}
	}
}

// ask makes a call that asks for a fault by its header.
func (b *box) ask(fault, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, basePath+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+b.token)
	r.Header.Set(FaultHeader, fault)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestFaultsByHeader(t *testing.T) {
	b := newBox(t, Options{})
	for _, tc := range []struct {
		fault       string
		status      int
		contentType string
		body        string
		rooms       int // made
	}{
		{"status=503", 503, "application/json", `{"code":503,"message":"service unavailable","details":[]}`, 0},
		{"status=500,done", 500, "application/json", `{"code":500,"message":"internal server error","details":[]}`, 1},
		{"status=429", 429, "application/json", `{"code":429,"message":"rate limit exceeded, retry after 45 seconds","details":[]}`, 0},
		{"status=502 body=html", 502, "text/html; charset=utf-8", "<!DOCTYPE html><title>Bad gateway</title><h1>Bad gateway</h1>", 0},
		{"body=empty", 200, "application/json", "", 1},
		{"body=html", 200, "text/html; charset=utf-8", "<!DOCTYPE html><title>Bad gateway</title><h1>Bad gateway</h1>", 1},
		{"token=expired", 401, "application/json", `{"code":401,"message":"Token validation error","details":["token is expired"]}` + "\n", 0},
		{"skew=-25h", 401, "application/json", `{"code":401,"message":"Token validation error","details":["token is not valid yet"]}` + "\n", 0},
		{"skew=101h", 401, "application/json", `{"code":401,"message":"Token validation error","details":["token is expired"]}` + "\n", 0},
		{"status=9", 400, "application/json", `{"code":400,"message":"X-Sandbox-Fault: status=9 makes no sense; write it like status=503","details":[]}` + "\n", 0},
	} {
		t.Run(tc.fault, func(t *testing.T) {
			before := len(b.rooms())
			w := b.ask(tc.fault, "POST", "/rooms", `{}`)
			equal(t, "status", w.Code, tc.status)
			equal(t, "content type", w.Header().Get("Content-Type"), tc.contentType)
			equal(t, "body", w.Body.String(), tc.body)
			equal(t, "rooms", len(b.rooms())-before, tc.rooms)
			b.call(200, "GET", "/rooms", "") // the next one is as usual
		})
	}
}

func TestSpoiledBodies(t *testing.T) {
	b := newBox(t, Options{})
	whole := b.do("GET", "/templates", "").Body.String()
	equal(t, "half", b.ask("body=broken", "GET", "/templates", "").Body.String(), whole[:len(whole)/2])
	w := b.ask("type=text/plain", "GET", "/templates", "")
	equal(t, "type", w.Header().Get("Content-Type"), "text/plain")
	equal(t, "whole", w.Body.String(), whole)
	equal(t, "the date", b.ask("skew=10m", "GET", "/rooms", "").Header().Get("Date"), "Tue, 04 Mar 2025 09:40:00 GMT")
}

// TestExpiredTokenOfHistory: these calls refuse a token in their own words, an expired one too.
func TestExpiredTokenOfHistory(t *testing.T) {
	b := newBox(t, Options{})
	w := b.ask("token=expired", "GET", "/analytics/webhooks", "")
	equal(t, "status", w.Code, 403)
	equal(t, "body", w.Body.String(), `{"code":403,"message":"insufficient permissions","details":[]}`+"\n")
}

func TestFaultsThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Options{Jitter: time.Second})
		began := time.Now()
		b.ask("delay=2s,jitter=3s", "GET", "/rooms", "")
		if took := time.Since(began); took < 2*time.Second || took >= 6*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestChance: a fault by chance spoils some requests and not all of them.
func TestChance(t *testing.T) {
	b := newBox(t, Options{})
	b.FailNext(Fault{Status: 503, Chance: 50, Times: forever})
	var codes []int
	for range 200 {
		codes = append(codes, b.do("GET", "/rooms", "").Code)
	}
	if !slices.Contains(codes, 200) || !slices.Contains(codes, 503) {
		t.Error("two hundred tries were all the same")
	}
}

func TestSkew(t *testing.T) {
	b := newBox(t, Options{Skew: 30 * time.Minute})
	equal(t, "the date", b.do("GET", "/rooms", "").Header().Get("Date"), "Tue, 04 Mar 2025 10:00:00 GMT")
	equal(t, "created", b.call(200, "POST", "/rooms", `{}`)["created_at"], any("2025-03-04T10:00:00.123Z"))
	late := newBox(t, Options{Skew: 200 * time.Hour})
	late.call(401, "GET", "/rooms", "")
}

func FuzzParseFault(f *testing.F) {
	for _, w := range faultWords {
		f.Add(w.name + "=" + w.value)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := ParseFault(text)
		if err != nil {
			return
		}
		if again, err := ParseFault(fault.String()); fault.String() != "" && (err != nil || again.String() != fault.String()) {
			t.Errorf("%q became %q: %v", text, fault.String(), err)
		}
	})
}
