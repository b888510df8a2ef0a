package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// model is what the documents say about rooms and codes, as simply as it can be said.
type model struct {
	rooms []*modelRoom // oldest first
}

type modelRoom struct {
	id, name, description, template string
	region                          string // "": the template's
	enabled, ownRecording           bool
	codes                           []*modelCode // oldest first
}

type modelCode struct {
	code, role string
	enabled    bool
}

// The seeded templates as far as the model knows them.
var (
	modelRoles   = map[string][]string{classroomID: {"assistant", "student", "teacher"}, webinarID: {"attendee", "host", "speaker"}}
	modelRegions = map[string]string{classroomID: "eu", webinarID: "auto"}
)

func (m *model) named(name string) *modelRoom {
	for _, rm := range m.rooms {
		if strings.EqualFold(rm.name, name) {
			return rm
		}
	}
	return nil
}

// settings are the keys of a create or an update that the model knows, as JSON and applied to a room.
type settings struct {
	body  []string
	apply []func(*modelRoom)
}

func (s *settings) set(json string, apply func(*modelRoom)) {
	s.body, s.apply = append(s.body, json), append(s.apply, apply)
}

func (s *settings) json() string { return "{" + strings.Join(s.body, ",") + "}" }

func randomSettings(random *rand.Rand) *settings {
	s := &settings{}
	if random.IntN(2) == 0 {
		text := fmt.Sprintf("d-%d", random.IntN(1000))
		s.set(`"description":"`+text+`"`, func(rm *modelRoom) { rm.description = text })
	}
	switch random.IntN(4) {
	case 0:
		s.set(`"recording_info":{"enabled":false}`, func(rm *modelRoom) { rm.ownRecording = true })
	case 1:
		s.set(`"recording_info":null`, func(rm *modelRoom) { rm.ownRecording = false })
	}
	switch random.IntN(4) {
	case 0:
		s.set(`"region":"us"`, func(rm *modelRoom) { rm.region = "us" })
	case 1:
		s.set(`"region":"auto"`, func(rm *modelRoom) { rm.region = "" })
	}
	if random.IntN(5) == 0 {
		enabled := random.IntN(2) == 0
		s.set(fmt.Sprintf(`"enabled":%t`, enabled), func(rm *modelRoom) { rm.enabled = enabled })
	}
	return s
}

// pair is a sandbox and the model beside it.
type pair struct {
	*box
	model
	random *rand.Rand
}

// steps are the calls that a random sequence is made of.
var steps = map[string]func(*pair){
	"create":       (*pair).stepCreate,
	"update":       (*pair).stepUpdate,
	"switch":       (*pair).stepSwitch,
	"codes":        (*pair).stepCodes,
	"code":         (*pair).stepCode,
	"switch code":  (*pair).stepSwitchCode,
	"refused":      (*pair).stepRefused,
	"time goes on": func(p *pair) { p.advance(time.Duration(p.random.IntN(3)) * time.Second) },
}

func (p *pair) randomName() string {
	name := fmt.Appendf(nil, "room-%d", p.random.IntN(8))
	if p.random.IntN(2) == 0 {
		name[0] = 'R'
	}
	return string(name)
}

func (p *pair) randomRoom() *modelRoom {
	if len(p.model.rooms) == 0 {
		p.stepCreate()
	}
	return p.model.rooms[p.random.IntN(len(p.model.rooms))]
}

func (p *pair) stepCreate() {
	s := randomSettings(p.random)
	name := p.randomName()
	s.set(`"name":"`+name+`"`, func(rm *modelRoom) { rm.name = name })
	if p.random.IntN(3) == 0 {
		template := []string{classroomID, webinarID}[p.random.IntN(2)]
		s.set(`"template_id":"`+template+`"`, func(rm *modelRoom) { rm.template = template })
	}
	rm := p.named(name)
	fresh := rm == nil
	if fresh {
		rm = &modelRoom{enabled: true, template: classroomID}
		p.model.rooms = append(p.model.rooms, rm)
	}
	for _, f := range s.apply {
		f(rm)
	}
	id := p.call(200, "POST", "/rooms", s.json())["id"].(string)
	if !fresh && id != rm.id {
		p.t.Fatalf("creating over %s made %s of %s", name, id, rm.id)
	}
	rm.id = id
}

func (p *pair) stepUpdate() {
	rm, s := p.randomRoom(), randomSettings(p.random)
	holder := rm
	if p.random.IntN(3) == 0 {
		name := p.randomName()
		s.set(`"name":"`+name+`"`, func(rm *modelRoom) { rm.name = name })
		if h := p.named(name); h != nil {
			holder = h
		}
	}
	if holder == rm { // on to another room's name neither changes
		for _, f := range s.apply {
			f(rm)
		}
	}
	equal(p.t, "answered room", p.call(200, "POST", "/rooms/"+rm.id, s.json())["id"], any(holder.id))
}

func (p *pair) stepSwitch() {
	rm := p.randomRoom()
	rm.enabled = !rm.enabled
	p.call(200, "POST", "/rooms/"+rm.id, fmt.Sprintf(`{"enabled":%t}`, rm.enabled))
}

func (p *pair) stepCodes() {
	rm := p.randomRoom()
	if !rm.enabled {
		p.refused(errRoomDisabled, "POST", "/room-codes/room/"+rm.id, "")
		return
	}
	has := map[string]bool{}
	for _, c := range rm.codes {
		c.enabled = c.enabled && slices.Contains(modelRoles[rm.template], c.role)
		has[c.role] = has[c.role] || c.enabled
	}
	answer := p.call(200, "POST", "/room-codes/room/"+rm.id, "")["data"].([]any)
	for _, item := range answer {
		if c := item.(object); !has[c["role"].(string)] {
			rm.codes = append(rm.codes, &modelCode{c["code"].(string), c["role"].(string), true})
		}
	}
}

func (p *pair) stepCode() {
	rm := p.randomRoom()
	role := []string{"teacher", "host"}[p.random.IntN(2)]
	path := "/room-codes/room/" + rm.id + "/role/" + role
	switch {
	case !rm.enabled:
		p.refused(errRoomDisabled, "POST", path, "")
	case !slices.Contains(modelRoles[rm.template], role):
		p.refused(errRoleNotFound, "POST", path, "")
	case len(rm.codes) < codesPerRoom:
		rm.codes = append(rm.codes, &modelCode{p.call(200, "POST", path, "")["code"].(string), role, true})
	}
}

func (p *pair) stepSwitchCode() {
	rm := p.randomRoom()
	if len(rm.codes) == 0 {
		return
	}
	c := rm.codes[p.random.IntN(len(rm.codes))]
	body := fmt.Sprintf(`{"code":%q,"enabled":%t}`, c.code, !c.enabled)
	if !c.enabled && !slices.Contains(modelRoles[rm.template], c.role) {
		p.refused(errCodeStuck, "POST", "/room-codes/code", body)
		return
	}
	c.enabled = !c.enabled
	equal(p.t, "code", p.call(200, "POST", "/room-codes/code", body)["enabled"], any(c.enabled))
}

// stepRefused makes a call that changes nothing.
func (p *pair) stepRefused() {
	rm := p.randomRoom()
	p.refused(errRegion, "POST", "/rooms", `{"name":"`+rm.name+`","description":"lost","region":"moon"}`)
	p.refused(errSizeStandard, "POST", "/rooms/"+rm.id, `{"name":"lost","size":2501}`)
}

// compare holds every room and code against the model.
func (p *pair) compare() {
	p.t.Helper()
	for _, enabled := range []bool{true, false} {
		var want []string
		for _, rm := range slices.Backward(p.model.rooms) {
			if rm.enabled == enabled {
				want = append(want, rm.id)
			}
		}
		equal(p.t, "list", p.walk("/rooms", url.Values{"enabled": {fmt.Sprint(enabled)}}, "id"), want)
	}
	for _, rm := range p.model.rooms {
		region := rm.region
		if region == "" {
			region = modelRegions[rm.template]
		}
		got := p.call(200, "GET", "/rooms/"+rm.id, "")
		equal(p.t, rm.name,
			[]any{got["name"], got["enabled"], got["description"], got["template_id"], got["recording_source_template"], got["region"]},
			[]any{rm.name, rm.enabled, rm.description, rm.template, !rm.ownRecording, region})
		if rm.enabled {
			p.compareCodes(rm)
		}
	}
}

func (p *pair) compareCodes(rm *modelRoom) {
	p.t.Helper()
	var want []string
	on := map[string]int{}
	for _, c := range rm.codes {
		on[c.code] = 0
		if c.enabled {
			on[c.code] = 1
		}
	}
	want = p.walk("/room-codes/room/"+rm.id, url.Values{"enabled": {"true"}}, "code")
	for _, code := range want {
		on[code]--
	}
	for code, n := range on {
		if n != 0 {
			p.t.Errorf("code %s of %s: enabled here and not there, or there and not here (%d)", code, rm.name, n)
		}
	}
	equal(p.t, "codes of "+rm.name, len(p.walk("/room-codes/room/"+rm.id, url.Values{}, "code")), len(rm.codes))
}

// TestModel makes random sequences of calls to the sandbox and the model, with restarts in between, and compares the two.
func TestModel(t *testing.T) {
	names := make([]string, 0, len(steps))
	for name := range steps {
		names = append(names, name)
	}
	slices.Sort(names)
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := Options{Dir: t.TempDir()}
			p := &pair{box: newBox(t, o), random: rand.New(rand.NewPCG(seed, 7))}
			var log []string
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(strings.Join(log, ", "))
				}
			})
			for i := range 250 {
				name := names[p.random.IntN(len(names))]
				log = append(log, name)
				steps[name](p)
				if i%50 == 49 {
					p.compare()
				}
				if i == 125 {
					p.kill()
					now := p.time
					p.box = newBox(t, o)
					p.advance(now.Sub(testStart))
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}
