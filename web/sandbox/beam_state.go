package sandbox

import "fmt"

// makeBeamTables makes the tables of beams and of what comes of them.
func (st *state) makeBeamTables() {
	st.beams = newTable(st, "beam", st.movedBeam)
	st.captures = newTable(st, "capture", func(old, next **capture) { schedule(st, "capture", old, next) })
	st.assets = newTable(st, "asset", st.assetIndex.moved)
	st.streamKeys = newTable(st, "stream_key", func(old, next **streamKey) {
		st.roomKeys.move(old, next, func(k *streamKey) string { return k.RoomID })
	})
	st.ingesting = map[string]*ingest{}
	st.ingests = newTable(st, "ingest", st.movedIngest)
}

// checkBeams makes sure that beams and what comes of them find what they refer to.
func (st *state) checkBeams() error {
	for _, b := range st.beams.list {
		if st.rooms.at(b.RoomID) == nil || st.sessions.at(b.SessionID) == nil {
			return fmt.Errorf("the sandbox's state has beam %s without its room or session", b.ID)
		}
		if b.Kind == beamLive && len(b.Layers) == 0 {
			return fmt.Errorf("the sandbox's state has live stream %s without layers", b.ID)
		}
	}
	for _, c := range st.captures.list {
		if st.rooms.at(c.RoomID) == nil || st.sessions.at(c.SessionID) == nil {
			return fmt.Errorf("the sandbox's state has capture %s without its room or session", c.ID)
		}
	}
	for _, k := range st.streamKeys.list {
		if st.rooms.at(k.RoomID) == nil {
			return fmt.Errorf("the sandbox's state has stream key %s without its room", k.ID)
		}
	}
	for _, in := range st.ingests.list {
		if st.rooms.at(in.RoomID) == nil || st.streamKeys.at(in.Key) == nil {
			return fmt.Errorf("the sandbox's state has ingest %s without its room or key", in.ID)
		}
	}
	return nil
}
