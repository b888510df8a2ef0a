package seal

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tombstone says: the rows up to Upto were removed by a policy, and Root is the root of the tree over them. Their hashes
// stay.
type Tombstone struct {
	Upto   int64
	Root   Hash
	Time   string // when, RFC 3339
	Policy string // in words, one line
}

const tombstoneHeader = "roomledger tombstone"

// Tombstone signs a tombstone.
func (s *Signer) Tombstone(t Tombstone) (string, error) {
	policy := strings.Join(strings.Fields(t.Policy), " ")
	return s.note(strings.Join([]string{
		tombstoneHeader, s.Name(), strconv.FormatInt(t.Upto, 10), t.Root.String(), t.Time, policy, "",
	}, "\n"))
}

// OpenTombstone reads a tombstone. The error is ErrFormat or ErrKey.
func (k Keys) OpenTombstone(signed string) (Tombstone, error) {
	text, name, err := k.open(signed)
	if err != nil {
		return Tombstone{}, err
	}
	return parseTombstone(text, name)
}

func parseTombstone(text, name string) (Tombstone, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 7 || lines[0] != tombstoneHeader || lines[1] != name {
		return Tombstone{}, fmt.Errorf("%w: not a tombstone", ErrFormat)
	}
	upto, err := strconv.ParseInt(lines[2], 10, 64)
	if err != nil || upto <= 0 {
		return Tombstone{}, fmt.Errorf("%w: a tombstone up to %q", ErrFormat, lines[2])
	}
	root, err := tlog.ParseHash(lines[3])
	if err != nil {
		return Tombstone{}, fmt.Errorf("%w: a tombstone with the root %q", ErrFormat, lines[3])
	}
	return Tombstone{Upto: upto, Root: root, Time: lines[4], Policy: lines[5]}, nil
}
