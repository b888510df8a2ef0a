package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
)

// hashPrefix begins hashed names on the vendor's dashboard.
const hashPrefix = "SHA256:"

// shownName is a room's or peer's name as it is answered: in a HIPAA workspace its hash (documentation: HIPAA workspace).
func (c conf) shownName(name string) string {
	if !c.hipaa || name == "" {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := hex.EncodeToString(sum[:])
	if c.reads(ReadingHIPAANamePrefix) {
		return hashPrefix + hash
	}
	return hash
}

// shownDescription is a room's description as it is answered: a HIPAA workspace shows none.
func (c conf) shownDescription(rm *room) string {
	if c.hipaa {
		return ""
	}
	return rm.Description
}

// roomNamed returns the room with a name in any case, or in a HIPAA workspace with its hash; nil when there is none.
func (st *state) roomNamed(name string) *room {
	if rm := st.names[nameKey(name)]; rm != nil {
		return rm
	}
	return st.hashes[name]
}
