package db

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// cost is what hashing a password takes: OWASP's second choice for argon2id, which is easy on memory.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

var usualCost = cost{memory: 19 * 1024, passes: 2, threads: 1}

const (
	saltLen = 16
	keyLen  = 32
)

// dummyHash is a hash of no password. Checking against it takes as long as against a real one.
const dummyHash = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// hashing has room for those who hash at the same time, so that many sign-ins can't take all memory and both cores.
var hashing = make(chan struct{}, 2)

// giveBack returns what hashing took to the system once nobody has signed in for a moment. Left to itself the runtime
// keeps those 19 MiB a hash, which is more than all the rest.
var giveBack = func() *time.Timer {
	t := time.AfterFunc(time.Hour, debug.FreeOSMemory)
	t.Stop()
	return t
}()

const giveBackAfter = time.Second

var encoding = base64.RawStdEncoding

// HashPassword returns the argon2id hash of a password as a PHC string. It waits for its turn; when ctx ends first, the
// error is ctx.Err().
func HashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails: the runtime ends the program first
	key, err := usualCost.derive(ctx, password, salt, keyLen)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, usualCost.memory, usualCost.passes,
		usualCost.threads, encoding.EncodeToString(salt), encoding.EncodeToString(key)), nil
}

// CheckPassword tells whether hash, a PHC string, is of this password. It waits for its turn; when ctx ends first, the
// error is ctx.Err().
func CheckPassword(ctx context.Context, hash, password string) (bool, error) {
	c, salt, want, err := parseHash(hash)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	key, err := c.derive(ctx, password, salt, uint32(len(want)))
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return subtle.ConstantTimeCompare(key, want) == 1, nil
}

func (c cost) derive(ctx context.Context, password string, salt []byte, n uint32) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() {
		<-hashing
		giveBack.Reset(giveBackAfter)
	}()
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, n), nil
}

// parseHash takes a PHC string apart. It refuses costs far from ours: an altered database must not stop the program.
func parseHash(hash string) (c cost, salt, key []byte, err error) {
	bad := errors.New("the stored hash is not a usable argon2id one")
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return cost{}, nil, nil, bad
	}
	salt, saltErr := encoding.DecodeString(parts[4])
	key, keyErr := encoding.DecodeString(parts[5])
	switch {
	case saltErr != nil, keyErr != nil, len(salt) < 8, len(key) < 16, len(key) > 64,
		c.memory < 8, c.memory > 256*1024, c.passes < 1, c.passes > 16, c.threads < 1, c.threads > 16:
		return cost{}, nil, nil, bad
	}
	return c, salt, key, nil
}
