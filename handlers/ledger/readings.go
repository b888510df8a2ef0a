package ledger

import (
	"crypto/sha256"
	"sync"
)

// maxReadings is how many templates' readings are kept; far more than accounts have.
const maxReadings = 4096

// readings remembers, of each template that was read, what was worked out of its content. Most are read again as they were. It keeps
// hashes alone, so no secret. The zero value is empty.
type readings struct {
	mu sync.Mutex
	of map[string]reading // by template id
}

// reading is what follows from a content.
type reading struct {
	content [sha256.Size]byte // hash of all of it
	shown   [sha256.Size]byte // hash of it redacted
	mark    string            // see contentMark
}

// again is the reading of a template whose content and known state are those that it was of.
func (r *readings) again(id string, content [sha256.Size]byte, known string) (reading, bool) {
	r.mu.Lock()
	have, ok := r.of[id]
	r.mu.Unlock()
	return have, ok && have.content == content && have.shown == sha256.Sum256([]byte(known))
}

func (r *readings) keep(id string, was reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.of == nil || len(r.of) >= maxReadings {
		r.of = map[string]reading{}
	}
	r.of[id] = was
}
