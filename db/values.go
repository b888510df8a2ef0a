package db

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// timeLayout sorts as text the way times sort.
const timeLayout = "2006-01-02T15:04:05.000Z"

// NewID returns an id that nobody can guess, as a UUID of version 7: 36 characters, and later ones sort later to the
// millisecond.
func NewID() string {
	var id [16]byte
	rand.Read(id[6:]) // never fails: the runtime ends the program first
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(time.Now().UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// stored is a time as its column holds it: UTC, milliseconds; empty when t is zero.
func stored(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// dayOf is the UTC day of t.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// now is the current time as precisely as columns hold it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// column scans a stored time into t.
type column struct{ t *time.Time }

func (c column) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("a time is stored as %T", value)
	}
	*c.t = time.Time{}
	if text == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("a stored time doesn't parse: %w", err)
	}
	*c.t = t
	return nil
}

// clean makes text fit for a TEXT column: valid UTF-8 without NUL, which would end it for other readers of the file.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}
