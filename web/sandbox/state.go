package sandbox

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// state is everything the sandbox holds. What is read under mu stays as it is: see entity.
type state struct {
	mu      sync.RWMutex
	conf    conf
	journal *journal // nil: in memory only
	closed  bool     // nothing may be changed any more
	unkept  error    // why the last change could not be written; nil: it was
	ids     ids
	random  *rand.Rand

	agenda             agenda[timed]     // what is to happen by itself
	outbox             agenda[*delivery] // what is to be sent
	nextStep, nextSend atomic.Int64      // when the first of them is due, see noteNext
	happened           time.Time         // when the latest change was made

	workspaces *table[*workspace] // there is one

	templates       *table[*template]
	templateNames   map[string]*template // by templateNameKey
	defaultTemplate *template

	rooms    *table[*room]
	names    map[string]*room // by nameKey
	hashes   map[string]*room // by shownName; only in a HIPAA workspace
	enabled  list[*room]
	disabled list[*room]

	codes     *table[*code]
	roomCodes lists[*code]

	sessions     *table[*session]
	running      map[string]*session // by room
	runningNow   list[*session]
	roomSessions lists[*session]
	peers        *table[*peer]
	sessionPeers lists[*peer]
	present      lists[*peer] // who is connected, by room
	messages     *table[*message]
	roomMessages lists[*message]
	scripts      *table[*script]
	scenarios    *table[*scenario]

	beams     *table[*beam]
	beamIndex beamIndex
	captures  *table[*capture]

	assets     *table[*asset]
	assetIndex assetIndex

	streamKeys *table[*streamKey]
	roomKeys   lists[*streamKey]
	ingests    *table[*ingest]
	ingesting  map[string]*ingest // by room

	events         *table[*event]
	roomEvents     lists[*event] // those that analytics list
	deliveries     *table[*delivery]
	roomDeliveries lists[*delivery]
	replays        *table[*replayRun]
	replayPlans    *table[*replayPlan]
	replayed       *table[*delivery] // tries of replays
	replayTallies  map[string]replayTally

	out      int               // tries of webhooks on their way
	landed   *sync.Cond        // told when out becomes 0
	outcomes map[string]string // of tries that could not be kept yet, by delivery: why they failed, "" when they didn't

	pollState
	sipState
}

// conf is what the options say about the API's behaviour.
type conf struct {
	readings map[Reading]bool
	hipaa    bool
}

// reads says whether a reading of the documents is chosen that isn't the usual one.
func (c conf) reads(r Reading) bool { return c.readings[r] }

func newState(c conf) *state {
	st := &state{conf: c, templateNames: map[string]*template{}, names: map[string]*room{}, hashes: map[string]*room{}, running: map[string]*session{}}
	st.random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	st.nextStep.Store(never)
	st.nextSend.Store(never)
	st.workspaces = newTable[*workspace](st, "workspace", nil)
	st.templates = newTable(st, "template", st.movedTemplate)
	st.rooms = newTable(st, "room", st.movedRoom)
	st.codes = newTable(st, "codes", func(old, next **code) {
		st.roomCodes.move(old, next, func(c *code) string { return c.RoomID })
	})
	st.sessions = newTable(st, "session", st.movedSession)
	st.peers = newTable(st, "peer", st.movedPeer)
	st.messages = newTable(st, "message", func(old, next **message) {
		st.roomMessages.move(old, next, func(m *message) string { return m.RoomID })
	})
	st.scripts = newTable[*script](st, "script", nil)
	st.scenarios = newTable(st, "scenario", func(old, next **scenario) { schedule(st, "scenario", old, next) })
	st.makeBeamTables()
	st.events = newTable(st, "event", st.movedEvent)
	st.deliveries = newTable(st, "delivery", st.movedDelivery)
	st.replays = newTable(st, "replay", func(old, next **replayRun) { schedule(st, "replay", old, next) })
	st.replayPlans = newTable[*replayPlan](st, "replay_plan", nil)
	st.replayed = newTable(st, "replayed", st.movedReplayed)
	st.replayTallies = map[string]replayTally{}
	st.landed, st.outcomes = sync.NewCond(&st.mu), map[string]string{}
	st.pollState = newPollState(st)
	st.sipState = newSIPState(st)
	return st
}

// kinds lists the tables in the order in which they are written.
func (st *state) kinds() []keeper {
	return slices.Concat([]keeper{
		st.workspaces, st.templates, st.rooms, st.codes, st.sessions, st.peers, st.messages, st.scripts, st.scenarios,
		st.beams, st.captures, st.assets, st.streamKeys, st.ingests, st.events, st.deliveries, st.replays, st.replayPlans, st.replayed,
	}, st.pollKinds(), st.sipKinds())
}

// lists keeps a list of objects for each object that they belong to.
type lists[T entity] map[string]list[T]

// move puts next in the place of old in the list of its owner. Either may be nil.
func (ls *lists[T]) move(old, next *T, owner func(T) string) {
	if *ls == nil {
		*ls = lists[T]{}
	}
	if old != nil && (next == nil || owner(*next) != owner(*old)) {
		l := (*ls)[owner(*old)]
		l.remove(*old)
		(*ls)[owner(*old)] = l
	}
	if next != nil {
		l := (*ls)[owner(*next)]
		l.put(*next)
		(*ls)[owner(*next)] = l
	}
}

// workspace is what the sandbox keeps about itself.
type workspace struct {
	Ahead   time.Duration `json:"ahead,omitzero"` // how far its time was moved before the real one, in nanoseconds
	Webhook *webhook      `json:"webhook,omitzero"`
	// WebhookSecret signs webhooks of a HIPAA workspace; empty: the secret of the credentials.
	WebhookSecret string `json:"webhook_secret,omitzero"`
}

func (*workspace) key() string   { return "workspace" }
func (*workspace) order() string { return "" }

// workspace returns the workspace; it is never nil.
func (st *state) workspace() *workspace {
	if w := st.workspaces.at("workspace"); w != nil {
		return w
	}
	return &workspace{}
}

// nameKey is how room names are compared.
func nameKey(name string) string {
	return strings.ToLower(name)
}

func (st *state) movedTemplate(old, next **template) {
	if old != nil && st.namedTemplate((*old).name) == *old {
		delete(st.templateNames, st.conf.templateNameKey((*old).name))
	}
	if next != nil {
		st.templateNames[st.conf.templateNameKey((*next).name)] = *next
	}
	switch {
	case next != nil && (*next).isDefault:
		st.defaultTemplate = *next
	case old != nil && (*old).isDefault && st.defaultTemplate == *old:
		st.defaultTemplate = nil
	}
}

func (st *state) movedRoom(old, next **room) {
	if old != nil {
		delete(st.names, nameKey((*old).Name))
		delete(st.hashes, st.conf.shownName((*old).Name))
	}
	if next != nil {
		st.names[nameKey((*next).Name)] = *next
	}
	if next != nil && st.conf.hipaa {
		st.hashes[st.conf.shownName((*next).Name)] = *next
	}
	st.enabled.move(old, next, func(rm *room) bool { return rm.Enabled })
	st.disabled.move(old, next, func(rm *room) bool { return !rm.Enabled })
}

// check makes sure that what refers to something finds it, as every call relies on.
func (st *state) check() error {
	if st.defaultTemplate == nil {
		return errors.New("the sandbox's state has no default template")
	}
	for _, rm := range st.rooms.list {
		if st.templates.at(rm.TemplateID) == nil {
			return fmt.Errorf("the sandbox's state has room %s without its template", rm.ID)
		}
	}
	for _, c := range st.codes.list {
		if st.rooms.at(c.RoomID) == nil {
			return fmt.Errorf("the sandbox's state has code %s without its room", c.Code)
		}
	}
	for _, se := range st.sessions.list {
		if st.rooms.at(se.RoomID) == nil {
			return fmt.Errorf("the sandbox's state has session %s without its room", se.ID)
		}
	}
	for _, p := range st.peers.list {
		if st.sessions.at(p.SessionID) == nil {
			return fmt.Errorf("the sandbox's state has peer %s without its session", p.ID)
		}
	}
	for _, m := range st.messages.list {
		if st.rooms.at(m.RoomID) == nil {
			return fmt.Errorf("the sandbox's state has message %s without its room", m.ID)
		}
	}
	for _, d := range st.deliveries.list {
		if !isID(d.ID) || st.rooms.at(d.RoomID) == nil {
			return fmt.Errorf("the sandbox's state has delivery %s without its room", d.ID)
		}
	}
	for _, rp := range st.replays.list {
		plan := st.replayPlans.at(rp.ID)
		if plan == nil || (rp.Status == replayRunning && len(plan.Deliveries) != rp.Total) {
			return fmt.Errorf("the sandbox's state has replay %s without its plan", rp.ID)
		}
	}
	return errors.Join(st.checkBeams(), st.checkScenarios(), st.checkPolls(), st.checkSIP())
}

// latest is the newest time that the state knows something to have happened at.
func (st *state) latest() time.Time {
	var t time.Time
	for _, at := range []time.Time{newestOf(st.rooms), newestOf(st.sessions), newestOf(st.beams), newestOf(st.assets), newestOf(st.events)} {
		if at.After(t) {
			t = at
		}
	}
	return t
}

func newestOf[T interface {
	entity
	made() time.Time
}](t *table[T]) time.Time {
	if len(t.list) == 0 {
		return time.Time{}
	}
	return t.list[len(t.list)-1].made()
}

// lines yields the whole state as the puts of changes, a line of the file each.
func (st *state) lines() iter.Seq[[]putRecord] {
	return func(yield func([]putRecord) bool) {
		for _, k := range st.kinds() {
			for v := range k.all() {
				if !yield([]putRecord{{kind: k.kind(), v: v}}) {
					return
				}
			}
		}
	}
}
