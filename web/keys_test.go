package web

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var keyFiles = []string{"cookie.key", "hmac.key", "sealing.key", "signing.key"}

func TestLoadKeysMakesThemOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "keys")
	first, err := LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cookie.key", "sealing.key", "hmac.key", "signing.key"}, first.Made); diff != "" {
		t.Error(diff)
	}
	for name, key := range map[string]Secret{"hash": first.CookieHash, "block": first.CookieBlock, "sealing": first.Sealing, "hmac": first.HMAC} {
		if len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
			t.Errorf("%s key has %d bytes, or only zeros", name, len(key))
		}
	}
	if bytes.Equal(first.CookieHash, first.CookieBlock) || bytes.Equal(first.Sealing, first.HMAC) {
		t.Error("two keys are the same")
	}
	if sig := ed25519.Sign(first.Signing, []byte("x")); !ed25519.Verify(first.Signing.Public().(ed25519.PublicKey), []byte("x"), sig) {
		t.Error("the signing key doesn't sign")
	}
	second, err := LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Made) != 0 {
		t.Errorf("made again: %v", second.Made)
	}
	if second.Made = first.Made; !same(first, second) {
		t.Error("the second start has other keys")
	}
}

func same(a, b Keys) bool {
	return bytes.Equal(a.CookieHash, b.CookieHash) && bytes.Equal(a.CookieBlock, b.CookieBlock) &&
		bytes.Equal(a.Sealing, b.Sealing) && bytes.Equal(a.HMAC, b.HMAC) && a.Signing.Equal(b.Signing)
}

func TestKeyFilesArePrivateAndAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := LoadKeys(dir); err != nil {
		t.Fatal(err)
	}
	if mode := stat(t, dir).Mode().Perm(); mode != 0o700 {
		t.Errorf("directory mode %04o", mode)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if mode := stat(t, filepath.Join(dir, e.Name())).Mode(); mode != 0o600 {
			t.Errorf("%s: mode %s", e.Name(), mode)
		}
	}
	if diff := cmp.Diff(keyFiles, names); diff != "" {
		t.Error(diff)
	}
}

func stat(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestLoadKeysRace(t *testing.T) {
	for range 5 {
		dir := filepath.Join(t.TempDir(), "keys")
		var got [8]Keys
		var errs [8]error
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { got[i], errs[i] = LoadKeys(dir) })
		}
		wg.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		made := 0
		for _, k := range got {
			made += len(k.Made)
			if !same(got[0], k) {
				t.Fatal("two starts ended up with different keys")
			}
		}
		if made != len(keyFiles) {
			t.Errorf("%d files were made, want %d", made, len(keyFiles))
		}
	}
}

func TestLoadKeysRefuses(t *testing.T) {
	write := func(text string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o600) }
	}
	chmod := func(mode fs.FileMode) func(string) error {
		return func(path string) error { return os.Chmod(path, mode) }
	}
	short := base64.StdEncoding.EncodeToString(make([]byte, 16))
	tests := []struct {
		name, file string
		damage     func(path string) error
		want       string
	}{
		{"readable by all", "hmac.key", chmod(0o644), "chmod 600"},
		{"readable by the group", "signing.key", chmod(0o640), "chmod 600"},
		{"writable by others", "cookie.key", chmod(0o602), "chmod 600"},
		{"empty", "sealing.key", write(""), "backup"},
		{"not base64", "cookie.key", write("hush!"), "backup"},
		{"too short", "hmac.key", write(short), "backup"},
		{"not PEM", "signing.key", write("hush"), "backup"},
		{"PEM of something else", "signing.key", write("-----BEGIN PRIVATE KEY-----\naHVzaA==\n-----END PRIVATE KEY-----\n"), "backup"},
		{"a directory", "cookie.key", func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "not a file"},
		{"dangling link", "cookie.key", func(path string) error { return errors.Join(os.Remove(path), os.Symlink("nowhere", path)) }, "cookie.key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := LoadKeys(dir); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, tt.file)
			if err := tt.damage(path); err != nil {
				t.Fatal(err)
			}
			k, err := LoadKeys(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v, want an error with %q and the path", err, tt.want)
			}
			if strings.Contains(err.Error(), "hush") || k.Signing != nil || k.HMAC != nil {
				t.Errorf("the error or the keys tell too much: %v", err)
			}
		})
	}
}

func TestLoadKeysWithoutAPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadKeys(filepath.Join(path, "keys")); err == nil {
		t.Error("keys under a file")
	}
}

func TestLoadKeysTellsOfALostOne(t *testing.T) {
	dir := t.TempDir()
	if _, err := LoadKeys(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "hmac.key")); err != nil {
		t.Fatal(err)
	}
	k, err := LoadKeys(dir)
	if diff := cmp.Diff([]string{"hmac.key"}, k.Made); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	k := Keys{CookieHash: Secret("hush"), HMAC: Secret("hush"), Signing: ed25519.PrivateKey("hush")}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("keys", "all", k, "ptr", &k, "one", k.HMAC)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("keys", "all", k, "nested", struct{ K Keys }{k}, "one", []Secret{k.HMAC})
	marshalled, err := json.Marshal(map[string]any{"all": k, "one": k.HMAC})
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.NewBufferString(log.String() + string(marshalled))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(out, verb+verb+verb+verb, k, &k, k.HMAC, struct{ S Secret }{k.HMAC})
	}
	hidden := []string{"hush", "68757368", "104 117", base64.StdEncoding.EncodeToString([]byte("hush"))}
	for _, h := range hidden {
		if strings.Contains(strings.ToLower(out.String()), strings.ToLower(h)) {
			t.Errorf("%q is in %s", h, out)
		}
	}
	if !strings.Contains(out.String(), "[secret]") {
		t.Error("nothing was printed at all")
	}
}

func TestLoadSigningKeyMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := LoadSigningKey(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without keys: %v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
	all, err := LoadKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := LoadSigningKey(dir); err != nil || !key.Equal(all.Signing) {
		t.Errorf("another key, or %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, signingFile), []byte("hush"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := LoadSigningKey(dir); err == nil || key != nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("what isn't a key: %v", err)
	}
}
