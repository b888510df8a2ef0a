package ledger

// Compared is what of an object of the API counts when two states are compared, for tests that hold the object itself.
func (l *Ledger) Compared(kind string, raw []byte) string {
	return compared(kind, l.redact.json(raw, map[string]shape{"room": roomShape, "template": templateShape}[kind]))
}

// Project is the projection, for tests that rebuild without recording it.
var Project = projection
