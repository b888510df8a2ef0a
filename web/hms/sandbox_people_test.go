package hms_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func playPeople(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	notActive := "room not active"
	if a.reads[sandbox.ReadingSessionNotActive] {
		notActive = "session not active"
	}
	_, err := a.ActiveRoom(ctx, room.ID)
	a.refused("nobody is there", err, 404, notActive)
	a.equal("which is not found", errors.Is(err, hms.ErrNotFound), true)

	asha, bo := a.join(room.ID, "teacher", "asha"), a.join(room.ID, "student", "bo")
	active := must(a.ActiveRoom(ctx, room.ID))
	slices.Sort(active.Session.Peers)
	a.equal("active", active, hms.ActiveRoom{ID: room.ID, Name: "a", CustomerID: room.CustomerID, Session: hms.ActiveRoomSession{
		ID: active.Session.ID, CreatedAt: sandboxStart, Peers: slices.Sorted(slices.Values([]string{asha, bo})),
	}})
	students := must(a.Peers(ctx, room.ID, hms.PeerQuery{Role: "student"}))
	a.equal("students", students, map[string]hms.Peer{
		bo: {ID: bo, Name: "bo", UserID: "bo", Role: "student", JoinedAt: students[bo].JoinedAt},
	})
	a.equal("nobody of that user", len(must(a.Peers(ctx, room.ID, hms.PeerQuery{UserID: "cleo"}))), 0)
	kinds := map[hms.TrackType]hms.TrackSource{}
	for _, track := range must(a.Peer(ctx, room.ID, asha)).Tracks {
		kinds[track.Type] = track.Source
	}
	a.equal("tracks", kinds, map[hms.TrackType]hms.TrackSource{hms.TrackAudio: hms.SourceRegular, hms.TrackVideo: hms.SourceRegular})

	changed := must(a.UpdatePeer(ctx, room.ID, bo, hms.PeerParams{Name: "Bo R", Role: "assistant", Metadata: new(`{"hand":true}`)}))
	a.equal("changed", []string{changed.Name, changed.Role, changed.Metadata}, []string{"Bo R", "assistant", `{"hand":true}`})
	emptied := must(a.UpdatePeer(ctx, room.ID, bo, hms.PeerParams{Metadata: new("")}))
	a.equal("emptied", []string{emptied.Name, emptied.Metadata}, []string{"Bo R", ""})
	fillRole(a, room.ID, bo)
	sendMessages(a, room.ID, bo)
	removePeople(a, room.ID, bo)
	endRoom(a, room.ID, notActive)
}

// fillRole makes somebody one teacher more than the template allows.
func fillRole(a *account, roomID, peerID string) {
	a.join(roomID, "teacher", "dan")
	peer, err := a.UpdatePeer(a.t.Context(), roomID, peerID, hms.PeerParams{Role: "teacher"})
	if a.reads[sandbox.ReadingRoleChangeSubmitted] {
		succeeds(err)
		a.equal("still", peer.Role, "assistant")
		return
	}
	a.refused("a full role", err, 400, "role limit reached")
}

func sendMessages(a *account, roomID, peerID string) {
	ctx := a.t.Context()
	succeeds(a.SendMessage(ctx, roomID, hms.MessageParams{Message: "to all"}))
	succeeds(a.SendMessage(ctx, roomID, hms.MessageParams{Message: "to one", PeerID: peerID, Role: "teacher", Type: "note"}))
	sent := string(a.fetch("GET", "/sandbox/rooms/"+roomID+"/messages", "", 200))
	for _, want := range []string{"to all", "to one", peerID, "note"} {
		a.contains("messages", sent, want)
	}
	a.refused("an empty message", a.SendMessage(ctx, roomID, hms.MessageParams{}), 400, "")
	err := a.SendMessage(ctx, roomID, hms.MessageParams{Message: "gone", PeerID: absentPeer})
	if a.reads[sandbox.ReadingAbsentPeerAccepted] {
		succeeds(err)
		return
	}
	a.refused("to nobody", err, 404, "")
}

// absentPeer is the id of nobody.
const absentPeer = "00000000-0000-4000-8000-000000000000"

func removePeople(a *account, roomID, peerID string) {
	ctx := a.t.Context()
	a.refused("nobody named", a.RemovePeers(ctx, roomID, hms.RemoveParams{}), 400, "")
	succeeds(a.RemovePeers(ctx, roomID, hms.RemoveParams{PeerID: peerID, Reason: "noise"}))
	a.pass(time.Second)
	_, err := a.Peer(ctx, roomID, peerID)
	a.equal("gone", errors.Is(err, hms.ErrNotFound), true)
	succeeds(a.RemovePeers(ctx, roomID, hms.RemoveParams{Role: "teacher"}))
	a.pass(time.Second)
	_, err = a.Peers(ctx, roomID, hms.PeerQuery{})
	a.equal("with them the session", errors.Is(err, hms.ErrNotFound), true)
}

func endRoom(a *account, roomID, notActive string) {
	ctx := a.t.Context()
	a.join(roomID, "student", "eve")
	succeeds(a.EndRoom(ctx, roomID, hms.EndParams{Reason: "over", Lock: new(true)}))
	a.pass(time.Second)
	a.equal("locked", must(a.Room(ctx, roomID)).Enabled, false)
	a.refused("ended already", a.EndRoom(ctx, roomID, hms.EndParams{}), 404, notActive)
}

func playSessions(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	_, err := a.ActiveSession(ctx, room.ID)
	a.equal("none runs", errors.Is(err, hms.ErrNotFound), true)
	asha, bo := a.join(room.ID, "teacher", "asha"), a.join(room.ID, "student", "bo")
	a.pass(10 * time.Minute)
	a.leave(bo)
	running := must(a.ActiveSession(ctx, room.ID))
	a.equal("running", []any{running.RoomID, running.Active, running.CreatedAt}, []any{room.ID, true, sandboxStart})
	a.equal("app id", running.AppID != "", a.reads[sandbox.ReadingSessionAppID])
	a.equal("peers", slices.Sorted(maps.Keys(running.Peers)), slices.Sorted(slices.Values([]string{asha, bo})))
	left := running.Peers[bo]
	a.equal("left", left, hms.SessionPeer{
		ID: bo, SessionID: running.ID, Name: "bo", Role: "student", UserID: "bo", User: left.User,
		JoinedAt: sandboxStart, LeftAt: sandboxStart.Add(10 * time.Minute),
	})
	a.equal("user", left.User != "", a.reads[sandbox.ReadingSessionPeerUser])
	a.equal("still there", running.Peers[asha].LeftAt.IsZero(), true)

	_, err = a.PeerStats(ctx, running.ID, bo)
	if a.reads[sandbox.ReadingStatsRunning] {
		succeeds(err)
	} else {
		a.refused("stats of a running session", err, 404, "")
	}
	a.pass(10 * time.Minute)
	a.leave(asha)
	ended := must(a.Session(ctx, running.ID))
	a.equal("ended", []any{ended.Active, ended.UpdatedAt}, []any{false, sandboxStart.Add(20 * time.Minute)})
	peerStats(a, ended, asha)
	_, err = a.Session(ctx, absentID)
	a.refused("no session", err, 404, "Error: Session not found")
	sessionPages(a, ended)
}

func peerStats(a *account, session hms.Session, peerID string) {
	stats := must(a.PeerStats(a.t.Context(), session.ID, peerID))
	a.equal("of", []string{stats.PeerID, stats.SessionID, stats.RoomID}, []string{peerID, session.ID, session.RoomID})
	layers := []string{}
	for _, track := range stats.Publisher.Video {
		layers = append(layers, track.RID)
		series := track.TimeSeries
		if n := len(series.Timestamps); n < 20 || len(series.Bitrate) != n || len(series.RTT) != n || *series.Bitrate[0] <= 0 {
			a.t.Errorf("series of a video: %+v", series)
		}
	}
	want := []string{"h", "m", "l"}
	if a.reads[sandbox.ReadingStatsLayers] {
		want = []string{"f", "h", "q"}
	}
	a.equal("layers", layers, want)
	if len(stats.Publisher.Audio) != 1 || len(stats.Subscriber.Audio) != 1 || len(stats.Subscriber.Video) != 1 {
		a.t.Errorf("got %d, %d and %d tracks", len(stats.Publisher.Audio), len(stats.Subscriber.Audio), len(stats.Subscriber.Video))
	}
}

// sessionPages lists the sessions of two rooms, of which older has ended and the others have not.
func sessionPages(a *account, older hms.Session) {
	ctx := a.t.Context()
	want := []string{older.ID}
	for i := range 11 {
		a.pass(time.Minute)
		room := a.room(fmt.Sprintf("room-%d", i))
		a.join(room.ID, "student", "cleo")
		want = append(want, must(a.ActiveSession(ctx, room.ID)).ID)
	}
	slices.Reverse(want)
	ids := func(sessions []hms.Session) (list []string) {
		for _, session := range sessions {
			list = append(list, session.ID)
		}
		return list
	}
	a.equal("running", ids(every(a.AllSessions(ctx, hms.SessionQuery{Active: new(true)}))), want[:11])
	a.equal("over", ids(every(a.AllSessions(ctx, hms.SessionQuery{Active: new(false)}))), want[11:])
	page := must(a.ListSessions(ctx, hms.SessionQuery{}))
	a.equal("first page", ids(page.Data), want[:10])
	next := must(a.ListSessions(ctx, hms.SessionQuery{Start: page.Last}))
	rest := want[10:]
	if a.reads[sandbox.ReadingSessionsActiveByDefault] {
		rest = want[10:11]
	}
	a.equal("second page", ids(next.Data), rest)
	since := hms.SessionQuery{After: sandboxStart.Add(21 * time.Minute), Before: sandboxStart.Add(22 * time.Minute)}
	a.equal("of two minutes", ids(every(a.AllSessions(ctx, since))), want[9:11])
	a.equal("of a room", ids(every(a.AllSessions(ctx, hms.SessionQuery{RoomID: older.RoomID, Active: new(false)}))), []string{older.ID})
}
