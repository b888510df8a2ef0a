package sandbox

// Why a recording or stream stopped, as webhooks say it.
const beamRoomEnded = "room ended"

// beamsAlone says whether a recording or stream goes on in a room that everybody has left.
func (tx *tx) beamsAlone(string) bool { return false }

// endBeams stops what records or streams in a room.
func (tx *tx) endBeams(string, string) {}

func beamRoutes() []route { return nil }

func beamAdmin() []adminRoute { return nil }
