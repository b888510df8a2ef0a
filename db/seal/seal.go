// Package seal is what makes history provable: how a row is written as a leaf, the Merkle tree over the leaves (RFC 6962,
// as golang.org/x/mod/sumdb/tlog has it), the checkpoints that are signed over it, and how an export of rows is checked.
//
// It knows bytes, hashes and keys. It must not know the database, the API or pages: whoever checks an export has none of
// them.
package seal

import (
	"encoding/hex"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of the tree: SHA-256.
type Hash = tlog.Hash

// HashSize is the size of a Hash in bytes.
const HashSize = tlog.HashSize

// Hex is a hash as exports and pages write it.
func Hex(h Hash) string { return hex.EncodeToString(h[:]) }
