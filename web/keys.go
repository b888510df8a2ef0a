package web

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

const (
	cookieFile  = "cookie.key"
	sealingFile = "sealing.key"
	hmacFile    = "hmac.key"
	signingFile = "signing.key"

	keyBytes = 32
	unseen   = "[secret]"
)

// Secret is key material. It passes for a []byte and never prints.
type Secret []byte

// Format writes a placeholder, whatever the verb.
func (Secret) Format(s fmt.State, _ rune) { fmt.Fprint(s, unseen) }

// LogValue is the placeholder.
func (Secret) LogValue() slog.Value { return slog.StringValue(unseen) }

// MarshalText gives the placeholder to encoders such as JSON's.
func (Secret) MarshalText() ([]byte, error) { return []byte(unseen), nil }

// Keys are the installation's own. As a whole they never print.
type Keys struct {
	CookieHash  Secret             // 32 bytes; signs cookies
	CookieBlock Secret             // 32 bytes; encrypts cookies
	Sealing     Secret             // 32 bytes; encrypts stored secrets
	HMAC        Secret             // 32 bytes; marks secret values in the history
	Signing     ed25519.PrivateKey // signs checkpoints

	// Made are the names of the files that weren't there and were made by this call. Next to data that was written
	// under older keys, a name here means that a key was lost.
	Made []string
}

// Format writes a placeholder, whatever the verb.
func (Keys) Format(s fmt.State, _ rune) { fmt.Fprint(s, unseen) }

// LogValue is the placeholder.
func (Keys) LogValue() slog.Value { return slog.StringValue(unseen) }

// MarshalText gives the placeholder to encoders such as JSON's.
func (Keys) MarshalText() ([]byte, error) { return []byte(unseen), nil }

// LoadKeys reads the keys from the files cookie.key, sealing.key, hmac.key and signing.key in dir, and makes dir and what is missing.
// Processes that start at the same time end up with the same keys. A file that others may read or that doesn't hold
// its key is an error which says what to do; it never gets overwritten.
func LoadKeys(dir string) (Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Keys{}, fmt.Errorf("make the key directory: %w", err)
	}
	l := keyLoader{dir: dir}
	cookie := l.random(cookieFile, 2*keyBytes)
	k := Keys{
		Sealing: l.random(sealingFile, keyBytes),
		HMAC:    l.random(hmacFile, keyBytes),
		Signing: l.signing(signingFile),
		Made:    l.made,
	}
	if l.err != nil {
		return Keys{}, l.err
	}
	k.CookieHash, k.CookieBlock = cookie[:keyBytes:keyBytes], cookie[keyBytes:]
	return k, nil
}

// LoadSigningKey reads the key that signs checkpoints as LoadKeys does, but makes nothing. The error is fs.ErrNotExist
// where dir has none.
func LoadSigningKey(dir string) (ed25519.PrivateKey, error) {
	l := keyLoader{dir: dir}
	path := filepath.Join(dir, signingFile)
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	key := parseSigning(text)
	if key == nil {
		return nil, l.unusable(signingFile, "an Ed25519 key as PKCS #8 in PEM")
	}
	return key, nil
}

// keyLoader reads one key after the other until the first error.
type keyLoader struct {
	dir  string
	made []string
	err  error
}

// random is a key of size random bytes, kept in base64.
func (l *keyLoader) random(name string, size int) Secret {
	text := l.load(name, func() ([]byte, error) {
		key := make([]byte, size)
		rand.Read(key) // never fails
		return []byte(base64.StdEncoding.EncodeToString(key) + "\n"), nil
	})
	if l.err != nil {
		return nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != size {
		l.err = l.unusable(name, fmt.Sprintf("%d bytes in base64", size))
		return nil
	}
	return key
}

// signing is an Ed25519 key, kept as PKCS #8 in PEM.
func (l *keyLoader) signing(name string) ed25519.PrivateKey {
	text := l.load(name, func() ([]byte, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
	})
	if l.err != nil {
		return nil
	}
	key := parseSigning(text)
	if key == nil {
		l.err = l.unusable(name, "an Ed25519 key as PKCS #8 in PEM")
	}
	return key
}

// parseSigning returns nil for what isn't a key.
func parseSigning(text []byte) ed25519.PrivateKey {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil
	}
	return key
}

// unusable leaves the cause out: an encoder's error can quote the key.
func (l *keyLoader) unusable(name, want string) error {
	return fmt.Errorf("key file %s does not hold %s: put the right file back from your backup", filepath.Join(l.dir, name), want)
}

// load reads a key file, and makes it first where it is missing.
func (l *keyLoader) load(name string, generate func() ([]byte, error)) []byte {
	if l.err != nil {
		return nil
	}
	path := filepath.Join(l.dir, name)
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = l.create(path, generate)
	}
	if err != nil {
		l.err = fmt.Errorf("key file %s: %w", path, err)
	}
	return text
}

// create makes the file and reads it back, so that it doesn't matter whose key won when two processes make one.
func (l *keyLoader) create(path string, generate func() ([]byte, error)) ([]byte, error) {
	text, err := generate()
	if err != nil {
		return nil, err
	}
	switch err := writeOnce(path, text); {
	case err == nil:
		l.made = append(l.made, filepath.Base(path))
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}
	return readPrivate(path)
}

// readPrivate reads a file that nobody but its owner may touch.
func readPrivate(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a file: move it away, or name another key directory")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("other accounts may use it (mode %04o): run chmod 600 %s", mode, path)
	}
	text = make([]byte, min(info.Size(), 64<<10))
	n, err := f.ReadAt(text, 0)
	if err != nil {
		return nil, err
	}
	return text[:n], nil
}

// writeOnce makes a file of mode 0600 appear whole and on disk, or returns fs.ErrExist. The link is what makes it the
// first and only one: a rename would put the second process's key in place of the first one's.
func writeOnce(path string, text []byte) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp.Name())) }()
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
