package sandbox

// startPolls starts the polls of a room that start with its session.
func (tx *tx) startPolls(*room, *session) {}

// stopPolls ends the polls that run in a session.
func (tx *tx) stopPolls(*session) {}

func pollRoutes() []route { return nil }

func pollAdmin() []adminRoute { return nil }
