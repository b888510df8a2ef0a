package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Errors of signed texts.
var (
	// ErrFormat means that a text isn't what it should be, signed or not.
	ErrFormat = errors.New("not a signed checkpoint")
	// ErrKey means that nobody who is trusted signed a text, or that it was changed since.
	ErrKey = errors.New("not signed by a trusted key, or changed since")
)

// Checkpoint says: the history of Origin had Size rows, and Root is the root of the tree over them.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

// Signer signs with the installation's key.
type Signer struct {
	key    ed25519.PrivateKey
	public string
	note.Verifier
}

// NewSigner returns a signer. The key's name, which is the origin of its checkpoints, is made of the key itself.
func NewSigner(key ed25519.PrivateKey) (*Signer, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("a signing key has no public key")
	}
	mark := sha256.Sum256(public)
	text, err := note.NewEd25519VerifierKey("roomledger/"+hex.EncodeToString(mark[:8]), public)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	return &Signer{key: key, public: text, Verifier: verifier}, nil
}

// Sign signs a text, as the library asks for it.
func (s *Signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

// Public is the public key as one line: its name, a hash and the key.
func (s *Signer) Public() string { return s.public }

// Keys are the keys that checkpoints by this signer can be checked with.
func (s *Signer) Keys() Keys { return Keys{s.Verifier} }

// Checkpoint signs the head of a tree: a signed note whose text is a checkpoint as C2SP's tlog-checkpoint has it.
func (s *Signer) Checkpoint(size int64, root Hash) (string, error) {
	return s.note(s.Name() + "\n" + strconv.FormatInt(size, 10) + "\n" + root.String() + "\n")
}

func (s *Signer) note(text string) (string, error) {
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return string(signed), nil
}

// Keys are the public keys that are trusted.
type Keys []note.Verifier

// ParseKeys reads public keys, one a line; empty lines and lines that begin with # don't count.
func ParseKeys(text string) (Keys, error) {
	var keys Keys
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") || seen[line] {
			continue
		}
		seen[line] = true
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("a public key is one line like roomledger/…+…+…: %w", err)
		}
		keys = append(keys, v)
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no public key")
	}
	return keys, nil
}

// Open reads a checkpoint. The error is ErrFormat or ErrKey.
func (k Keys) Open(signed string) (Checkpoint, error) {
	text, name, err := k.open(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := parseCheckpoint(text)
	if err == nil && c.Origin != name {
		return Checkpoint{}, fmt.Errorf("%w: it is of %q and signed by %q", ErrFormat, c.Origin, name)
	}
	return c, err
}

// ReadCheckpoint reads a checkpoint, whoever signed it. The error is ErrFormat.
func ReadCheckpoint(signed string) (Checkpoint, error) {
	text, _, err := read(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	return parseCheckpoint(text)
}

// read returns the text of a note and the name of who says to have signed it.
func read(signed string) (text, name string, err error) {
	_, err = note.Open([]byte(signed), note.VerifierList())
	unverified, ok := errors.AsType[*note.UnverifiedNoteError](err)
	if !ok {
		return "", "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return unverified.Note.Text, unverified.Note.UnverifiedSigs[0].Name, nil
}

// open returns the text of a note and the name of who is trusted and signed it.
func (k Keys) open(signed string) (text, name string, err error) {
	n, err := note.Open([]byte(signed), note.VerifierList(k...))
	if _, unverified := errors.AsType[*note.UnverifiedNoteError](err); unverified {
		return "", "", ErrKey
	}
	if _, invalid := errors.AsType[*note.InvalidSignatureError](err); invalid {
		return "", "", ErrKey
	}
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return n.Text, n.Sigs[0].Name, nil
}

// parseCheckpoint reads the text of a checkpoint: origin, size, root; lines that other programs may add after it are
// passed over.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, ErrFormat
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: its size is %q", ErrFormat, lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: its root is %q", ErrFormat, lines[2])
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

// SplitNotes takes a file of one or more signed notes apart: each ends with its signature lines, and a copy that is
// appended to a file begins on a new line. Ends of lines are put right, as a copy by way of a form or a mail has them.
func SplitNotes(file []byte) []string {
	file = append(bytes.ReplaceAll(file, []byte("\r\n"), []byte("\n")), '\n')
	var notes []string
	var one strings.Builder
	signatures := false
	for line := range bytes.Lines(file) {
		signature := bytes.HasPrefix(line, []byte("— "))
		if signatures && !signature { // the next note begins
			notes = append(notes, one.String())
			one.Reset()
		}
		signatures = signature
		if one.Len() == 0 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		one.Write(line)
	}
	if strings.TrimSpace(one.String()) != "" {
		notes = append(notes, one.String())
	}
	return notes
}
