package sandbox

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	pageTrunk     = "SIP outbound: create a trunk"
	pageTrunkNew  = "SIP outbound: update a trunk"
	pageCall      = "SIP outbound: call"
	pageDTMF      = "SIP: DTMF"
	callTrunk     = "POST /sip/outbound/trunks"
	callTrunkNew  = "POST /sip/outbound/trunks/{trunk_id}"
	callDial      = "POST /sip/outbound/call"
	callDTMF      = "POST /sip/dtmf"
	fullTrunkBody = `{"username":"desk","password":"p4ss","address":"sip.example.net","from":"+4930111"}`
)

// phone is a room that can be called into.
type phone struct{ room, code, trunk string }

func (b *box) phone() (p phone) {
	b.t.Helper()
	p.room, p.code = b.codeFor(`{"name":"phoned"}`)
	p.trunk = b.call(200, "POST", "/sip/outbound/trunks", fullTrunkBody)["id"].(string)
	return p
}

// dial is the body of a call, with more keys.
func (p phone) dial(to, more string) string {
	return fmt.Sprintf(`{"to":%q,"room_code":%q,"trunk_id":%q%s}`, to, p.code, p.trunk, more)
}

// dialled makes a call and returns it as the sandbox keeps it.
func (b *box) dialled(body string) object {
	b.t.Helper()
	id := b.call(200, "POST", "/sip/outbound/call", body)["id"]
	calls := b.made(200, "GET", "/sip/calls", "")["calls"].([]any)
	last := calls[len(calls)-1].(object)
	equal(b.t, "id", last["id"], id)
	return last
}

// caller is the peer that a call is.
func (b *box) caller(call object) (p *peer) {
	b.t.Helper()
	b.change(func(tx *tx) { p = tx.peers.at(call["peer_id"].(string)) })
	return p
}

// keptTrunk is the only trunk.
func (b *box) keptTrunk() (t trunk) {
	b.t.Helper()
	b.change(func(tx *tx) {
		t = *tx.trunks.list[0]
		t.Seq = ""
	})
	return t
}

// trunkRow says that a call keeps one key of a trunk.
func trunkRow(call, page, key string, want trunk) row {
	return row{kind: aParameter, call: call, what: key, page: page, test: func(b *box) {
		path := "/sip/outbound/trunks"
		if call == callTrunkNew {
			path += "/" + b.call(200, "POST", path, `{}`)["id"].(string)
		}
		want.ID = b.call(200, "POST", path, fmt.Sprintf(`{%q:"v"}`, key))["id"].(string)
		equal(b.t, "kept", b.keptTrunk(), want)
		equal(b.t, "refused", b.call(400, "POST", path, fmt.Sprintf(`{%q:1}`, key)), bare(400, "Invalid body param: "+key+" must be a string"))
	}}
}

// digits sends digits with the auth token of a code.
func (b *box) digits(status int, token, body string) object {
	b.t.Helper()
	management := b.token
	b.token = token
	defer func() { b.token = management }()
	return b.call(status, "POST", "/sip/dtmf", body)
}

// mandatory is the row of a key that a call can't be made without.
func mandatory(e *apiError, body string) row {
	return row{kind: aRefusal, call: callDial, what: e.Message, page: pageCall, test: func(b *box) {
		equal(b.t, "answer", b.call(400, "POST", "/sip/outbound/call", body), bare(400, e.Message))
	}}
}

var sipRows = []row{
	{kind: anEndpoint, call: callTrunk, page: pageTrunk, test: func(b *box) {
		id := b.call(200, "POST", "/sip/outbound/trunks", fullTrunkBody)["id"].(string)
		equal(b.t, "an object id", isID(id), true)
		equal(b.t, "kept", b.keptTrunk(), trunk{ID: id, Username: "desk", Password: "p4ss", Address: "sip.example.net", From: "+4930111"})
	}},
	{kind: anEndpoint, call: callTrunkNew, page: pageTrunkNew, test: func(b *box) {
		id := b.call(200, "POST", "/sip/outbound/trunks", fullTrunkBody)["id"].(string)
		b.exact(200, "POST", "/sip/outbound/trunks/"+id, `{"from":"+4930222"}`, `{"id":"ID"}`, "ID", id)
		equal(b.t, "replaced", b.keptTrunk(), trunk{ID: id, From: "+4930222"})
		equal(b.t, "unknown", b.call(404, "POST", "/sip/outbound/trunks/"+absentID, `{}`), bare(404, "trunk not found"))
	}},
	trunkRow(callTrunk, pageTrunk, "username", trunk{Username: "v"}),
	trunkRow(callTrunk, pageTrunk, "password", trunk{Password: "v"}),
	trunkRow(callTrunk, pageTrunk, "address", trunk{Address: "v"}),
	trunkRow(callTrunk, pageTrunk, "from", trunk{From: "v"}),
	trunkRow(callTrunkNew, pageTrunkNew, "username", trunk{Username: "v"}),
	trunkRow(callTrunkNew, pageTrunkNew, "password", trunk{Password: "v"}),
	trunkRow(callTrunkNew, pageTrunkNew, "address", trunk{Address: "v"}),
	trunkRow(callTrunkNew, pageTrunkNew, "from", trunk{From: "v"}),
	{kind: anEndpoint, call: callDial, page: pageCall, test: func(b *box) {
		p := b.phone()
		hook := newReceiver(b.t.(*testing.T))
		b.call(200, "POST", "/rooms/"+p.room, `{"webhook":{"url":"`+hook.URL+`"}}`)
		got := b.call(200, "POST", "/sip/outbound/call", p.dial("+4930555", `,"name":"Front desk","user_id":"u-3"`))
		equal(b.t, "answer", got, object{"id": got["id"]})
		equal(b.t, "an object id", isID(got["id"].(string)), true)
		b.elapse(0)
		equal(b.t, "events", len(hook.types()), 2)
		for _, body := range hook.got {
			if data := body["data"].(object); body["type"] == "peer.join.success" {
				equal(b.t, "peer", []any{data["type"], data["user_name"], data["user_id"], data["role"]}, []any{"sip", "Front desk", "u-3", "student"})
			}
		}
	}},
	{kind: aParameter, call: callDial, what: "to", page: pageCall, test: func(b *box) {
		p := b.phone()
		equal(b.t, "to", b.dialled(p.dial("sip:desk-1@pbx.example.net:5099", ""))["to"], any("sip:desk-1@pbx.example.net:5099"))
		equal(b.t, "refuses", b.call(403, "POST", "/sip/outbound/call", p.dial("+49308", "")), bare(403, "call refused"))
	}},
	{kind: aParameter, call: callDial, what: "room_code", page: pageCall, test: func(b *box) {
		p := b.phone()
		equal(b.t, "room", b.dialled(p.dial("100", ""))["room_id"], any(p.room))
		b.call(200, "POST", "/room-codes/code", `{"code":"`+p.code+`","enabled":false}`)
		equal(b.t, "disabled", b.call(403, "POST", "/sip/outbound/call", p.dial("100", "")), bare(403, "code is disabled"))
		p.code = "abc-defg-hij"
		equal(b.t, "unknown", b.call(404, "POST", "/sip/outbound/call", p.dial("100", "")), bare(404, "code not found"))
	}},
	{kind: aParameter, call: callDial, what: "trunk_id", page: pageCall, test: func(b *box) {
		p := b.phone()
		equal(b.t, "trunk", b.dialled(p.dial("100", ""))["trunk_id"], any(p.trunk))
		p.trunk = absentID
		equal(b.t, "unknown", b.call(404, "POST", "/sip/outbound/call", p.dial("100", "")), bare(404, "trunk not found"))
	}},
	{kind: aParameter, call: callDial, what: "name", page: pageCall, test: func(b *box) {
		p := b.phone()
		equal(b.t, "name", b.caller(b.dialled(p.dial("100", `,"name":"Lobby"`))).Name, "Lobby")
		equal(b.t, "none", b.caller(b.dialled(p.dial("101", ""))).Name, "101")
	}},
	{kind: aParameter, call: callDial, what: "user_id", page: pageCall, test: func(b *box) {
		equal(b.t, "user", b.caller(b.dialled(b.phone().dial("100", `,"user_id":"u-4"`))).UserID, "u-4")
	}},
	{kind: aParameter, call: callDial, what: "video", page: pageCall, test: func(b *box) {
		p := b.phone()
		equal(b.t, "video", b.dialled(p.dial("100", `,"video":true`))["video"], any(true))
		equal(b.t, "none", b.dialled(p.dial("100", ""))["video"], any(false))
		equal(b.t, "text", b.call(400, "POST", "/sip/outbound/call", p.dial("100", `,"video":"on"`)), bare(400, "Invalid body param: video must be a boolean"))
	}},
	{kind: aParameter, call: callDial, what: "headers", page: pageCall, test: func(b *box) {
		p := b.phone()
		got := b.dialled(p.dial("100", `,"headers":{"X-Ward":"7","Via":"x","call-id":"y"}`))
		equal(b.t, "without reserved ones", got["headers"], any(object{"X-Ward": "7"}))
		equal(b.t, "texts", b.call(400, "POST", "/sip/outbound/call", p.dial("100", `,"headers":{"X-A":1}`)),
			bare(400, "Invalid body param: headers.X-A must be a string"))
	}},
	{kind: aQuirk, call: callDial, what: "line breaks in headers are rejected", page: pageCall, test: func(b *box) {
		p := b.phone()
		for _, headers := range []string{`{"X-A":"1\r\n2"}`, `{"X-A":"1\n"}`, `{"X\rA":"1"}`} {
			equal(b.t, headers, b.call(400, "POST", "/sip/outbound/call", p.dial("100", `,"headers":`+headers)), bare(400, "invalid header"))
		}
	}},
	mandatory(errToMandatory, `{"room_code":"x","trunk_id":"y"}`),
	mandatory(errCodeMandatory, `{"to":"100","trunk_id":"y"}`),
	mandatory(errTrunkMandatory, `{"to":"100","room_code":"x"}`),
	{kind: aRefusal, call: callDial, what: errTimedOut.Message, page: pageCall, test: func(b *box) {
		synctest.Test(b.t.(*testing.T), func(t *testing.T) {
			b := newBox(t, Options{})
			p := b.phone()
			began := time.Now()
			equal(t, "answer", b.call(408, "POST", "/sip/outbound/call", p.dial("+4930559", "")), bare(408, "timed out"))
			equal(t, "took", time.Since(began), 30*time.Second)
			equal(t, "calls", b.made(200, "GET", "/sip/calls", "")["calls"], any([]any{}))
		})
	}},
	{kind: anEndpoint, call: callDTMF, page: pageDTMF, test: func(b *box) {
		p := b.phone()
		b.dialled(p.dial("100", ""))
		b.dialled(p.dial("101", ""))
		b.joined(p.room, "teacher", 0)
		token := b.exchanged(`{"code":"` + p.code + `"}`)
		equal(b.t, "answer", b.digits(200, token, `{"digits":["4","#"]}`), object{})
		tones := any([]any{
			object{"digit": "4", "at": "2025-03-04T09:30:00.123456789Z"}, object{"digit": "#", "at": "2025-03-04T09:30:00.323456789Z"},
		})
		for _, call := range b.made(200, "GET", "/sip/calls", "")["calls"].([]any) {
			equal(b.t, "each call", call.(object)["tones"], tones)
		}
	}},
	{kind: aParameter, call: callDTMF, what: "digits", page: pageDTMF, test: func(b *box) {
		p := b.phone()
		token := b.exchanged(`{"code":"` + p.code + `"}`)
		b.digits(200, token, `{"digits":["0","9","*","#","a","d"]}`)
		equal(b.t, "text", b.digits(400, token, `{"digits":"12"}`), bare(400, "Invalid body param: digits must be an array of strings"))
	}},
	{kind: aRefusal, call: callDTMF, what: errDigit.Message, page: pageDTMF, test: func(b *box) {
		token := b.exchanged(`{"code":"` + b.phone().code + `"}`)
		for _, digit := range []string{"e", "A", "12", "", "+"} {
			equal(b.t, digit, b.digits(400, token, fmt.Sprintf(`{"digits":["1",%q]}`, digit)), bare(400, "invalid digit"))
		}
	}},
	{kind: aRefusal, call: callDTMF, what: errNoDigits.Message, page: pageDTMF, test: func(b *box) {
		token := b.exchanged(`{"code":"` + b.phone().code + `"}`)
		for _, body := range []string{`{}`, `{"digits":[]}`, `{"digits":null}`} {
			equal(b.t, body, b.digits(400, token, body), bare(400, "digits are mandatory"))
		}
	}},
	{kind: aQuirk, call: callDTMF, what: "management tokens are refused", page: pageDTMF, test: func(b *box) {
		refused := failure(401, "Token validation error", "not an auth token of version 2")
		equal(b.t, "management", b.call(401, "POST", "/sip/dtmf", `{"digits":["1"]}`), refused)
		equal(b.t, "nonsense", b.digits(401, "x", `{"digits":["1"]}`), failure(401, "Token validation error", "token is malformed"))
		equal(b.t, "empty", b.digits(401, "", `{"digits":["1"]}`), failure(401, "Token validation error", "no bearer token"))
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest("POST", "/v2/sip/dtmf", strings.NewReader(`{"digits":["1"]}`)))
		equal(b.t, "none", b.decoded(w.Body.String()), failure(401, "Authentication error"))
	}},
	{kind: aQuirk, call: callDTMF, what: "digits queue", page: pageDTMF, test: func(b *box) {
		p := b.phone()
		b.dialled(p.dial("100", ""))
		token := b.exchanged(`{"code":"` + p.code + `"}`)
		b.digits(200, token, `{"digits":["1"]}`)
		b.elapse(50 * time.Millisecond)
		b.digits(200, token, `{"digits":["2"]}`)
		b.elapse(time.Second)
		b.digits(200, token, `{"digits":["3"]}`)
		var at []any
		for _, tone := range b.made(200, "GET", "/sip/calls", "")["calls"].([]any)[0].(object)["tones"].([]any) {
			at = append(at, tone.(object)["at"])
		}
		equal(b.t, "times", at, []any{"2025-03-04T09:30:00.123456789Z", "2025-03-04T09:30:00.323456789Z", "2025-03-04T09:30:01.173456789Z"})
	}},
	{kind: aQuirk, call: callTrunk, what: "trunks can neither be listed nor deleted", page: pageTrunk, test: func(b *box) {
		for _, call := range [][2]string{{"GET", ""}, {"GET", "/" + absentID}, {"DELETE", "/" + absentID}} {
			equal(b.t, call[0], b.call(405, call[0], "/sip/outbound/trunks"+call[1], ""), failure(405, "method not allowed"))
		}
	}},
	{kind: aQuirk, what: "who dials in is a peer of the type sip", page: "SIP interconnect", test: func(b *box) {
		p := b.phone()
		call := b.made(200, "POST", "/sip/calls", `{"room_code":"`+p.code+`","name":"Ward 7","user_id":"u-6"}`)
		who := b.caller(call)
		equal(b.t, "peer", []string{who.Kind, who.Name, who.UserID, who.Role, who.RoomID}, []string{"sip", "Ward 7", "u-6", "student", p.room})
		equal(b.t, "listed", b.made(200, "GET", "/sip/calls", "")["calls"], any([]any{call}))
		equal(b.t, "unknown", b.made(404, "POST", "/sip/calls", `{"room_code":"x"}`), bare(404, "code not found"))
		equal(b.t, "no text", b.made(400, "POST", "/sip/calls", `{"name":1}`), bare(400, "Invalid body param: name must be a string"))
	}},
	{kind: aReading, what: string(ReadingSIPShortTrunkIDs), page: pageTrunk, box: otherwise(ReadingSIPShortTrunkIDs), test: func(b *box) {
		p := b.phone()
		equal(b.t, "length", len(p.trunk), 10)
		equal(b.t, "its call", b.dialled(p.dial("100", ""))["trunk_id"], any(p.trunk))
	}},
}

// TestRingingEndsWithTheRequest: nobody waits for a call that nobody wants any more, also when the sandbox's time stands still.
func TestRingingEndsWithTheRequest(t *testing.T) {
	for _, speed := range []float64{1, 0} {
		synctest.Test(t, func(t *testing.T) {
			b := newBox(t, Options{})
			p := b.phone()
			if err := b.SetSpeed(speed); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := contextAfter(t, time.Second)
			defer cancel()
			r := httptest.NewRequestWithContext(ctx, "POST", "/v2/sip/outbound/call", strings.NewReader(p.dial("9", "")))
			r.Header.Set("Authorization", "Bearer "+b.token)
			began := time.Now()
			b.ServeHTTP(httptest.NewRecorder(), r)
			equal(t, "took", time.Since(began), time.Second)
		})
	}
}

// TestDigitsAfterLeaving: a telephone that has hung up hears nothing, and one whose room is gone from the token nothing either.
func TestDigitsAfterLeaving(t *testing.T) {
	b := newBox(t, Options{})
	p := b.phone()
	call := b.dialled(p.dial("100", ""))
	gone := b.caller(call)
	b.change(func(tx *tx) { tx.leave(gone, leftByItself, "") })
	token := b.exchanged(`{"code":"` + p.code + `"}`)
	equal(t, "answer", b.digits(200, token, `{"digits":["1"]}`), object{})
	equal(t, "tones", b.made(200, "GET", "/sip/calls", "")["calls"].([]any)[0].(object)["tones"], any([]any{}))
	claims := goodClaims(testStart)
	claims["type"], claims["room_id"] = "app", absentID
	equal(t, "room", b.digits(404, sign(t, claims, DemoSecret), `{"digits":["1"]}`), bare(404, "room not found"))
}

// TestSIPAfterRestart: trunks and calls are kept, and digits still reach them.
func TestSIPAfterRestart(t *testing.T) {
	dir := t.TempDir()
	b := newBox(t, Options{Dir: dir})
	p := b.phone()
	b.dialled(p.dial("100", `,"headers":{"X-Ward":"7"}`))
	want := b.made(200, "GET", "/sip/calls", "")
	b.kill()
	b = newBox(t, Options{Dir: dir})
	equal(t, "calls", b.made(200, "GET", "/sip/calls", ""), want)
	b.digits(200, b.exchanged(`{"code":"`+p.code+`"}`), `{"digits":["d"]}`)
	tones := b.made(200, "GET", "/sip/calls", "")["calls"].([]any)[0].(object)["tones"].([]any)
	equal(t, "digit", tones[0].(object)["digit"], any("d"))
	b.dialled(p.dial("101", ""))
}

// TestTonesAreBounded: of a call that gets digits without end the newest are remembered.
func TestTonesAreBounded(t *testing.T) {
	call := &sipCall{}
	for range 3 {
		call = call.queued(slices.Repeat([]string{"7"}, tonesKept-1), testStart)
	}
	equal(t, "kept", len(call.Tones), tonesKept)
	equal(t, "the last", call.Tones[tonesKept-1].At, testStart.Add((3*(tonesKept-1)-1)*toneStep))
}
