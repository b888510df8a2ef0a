package sandbox

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// The workspace that every sandbox is.
const (
	customerID = "65c3a1f00b7d4e2f9a6c1d20"
	appID      = "65c3a1f00b7d4e2f9a6c1d22"
)

// ids makes ids like MongoDB's: four bytes of seconds, then eight that count on from those of the seed. Each is greater than
// all before it, also when the clock stands still or goes back.
type ids struct {
	seconds uint32
	tail    uint64
}

func (s *ids) next(now time.Time) string {
	s.tail++
	s.seconds = max(s.seconds, uint32(now.Unix())) // as in an ObjectID, good until 2106
	var raw [12]byte
	binary.BigEndian.PutUint32(raw[:4], s.seconds)
	binary.BigEndian.PutUint64(raw[4:], s.tail)
	return hex.EncodeToString(raw[:])
}

// saw makes sure that later ids are greater than id.
func (s *ids) saw(id string) {
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != 12 {
		return
	}
	s.seconds = max(s.seconds, binary.BigEndian.Uint32(raw[:4]))
	s.tail = max(s.tail, binary.BigEndian.Uint64(raw[4:]))
}

// isID reports whether text has the form of an id.
func isID(text string) bool {
	if len(text) != 24 {
		return false
	}
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// newUUID returns a random UUID (version 4). Call it with mu held for writing.
func (st *state) newUUID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], st.random.Uint64())
	binary.BigEndian.PutUint64(b[8:], st.random.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
