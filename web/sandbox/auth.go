package sandbox

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// managementClaims are the claims of a management token. jwt checks nbf and exp.
type managementClaims struct {
	jwt.RegisteredClaims
	AccessKey string  `json:"access_key"`
	Type      string  `json:"type"`
	Version   float64 `json:"version"`
}

// longestToken is how long a token may live, by an older page.
const longestToken = 90 * 24 * time.Hour

// strict says whether the token has all that the vendor's samples have, and doesn't live too long.
func (c *managementClaims) strict() bool {
	return c.ID != "" && c.IssuedAt != nil && c.NotBefore != nil && c.ExpiresAt.Sub(c.NotBefore.Time) <= longestToken
}

// errAccessKey is why a token of another workspace is refused.
var errAccessKey = errors.New("unknown access key")

// authenticate returns the refusal of r, or nil when it carries a good management token. It is a 401, but for the history of
// webhooks.
func (s *Server) authenticate(r *http.Request) error {
	if err := s.checkToken(r); err != nil {
		return refusedToken(r, err)
	}
	return nil
}

// refusedToken is how the call of r says that its token was refused for a reason.
func refusedToken(r *http.Request, reason error) error {
	if isHistoryPath(r.URL.Path) {
		return errInsufficient
	}
	return reason
}

func (s *Server) checkToken(r *http.Request) error {
	header := r.Header.Get("Authorization")
	if header == "" && !s.state.conf.reads(ReadingOneTokenText) {
		return errNoToken(r.URL.Path)
	}
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return errToken("no bearer token")
	}
	sum := sha256.Sum256([]byte(token))
	now := s.tokenTime(r)
	if s.tokens.good(sum, now) {
		return nil
	}
	claims, err := s.parseToken(token, now)
	if err != nil {
		return errToken(tokenDetail(err))
	}
	if claims.Type != "management" || claims.Version != 2 {
		return errToken("not a management token of version 2")
	}
	if s.state.conf.reads(ReadingStrictTokens) && !claims.strict() {
		return errToken("token is malformed")
	}
	s.tokens.remember(sum, claims, now)
	return nil
}

func (s *Server) parseToken(token string, now time.Time) (*managementClaims, error) {
	claims := &managementClaims{}
	return claims, s.parseClaims(token, now, claims, &claims.AccessKey)
}

// parseClaims reads a token of the workspace into claims, of which accessKey is a part.
func (s *Server) parseClaims(token string, now time.Time, claims jwt.Claims, accessKey *string) error {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return now }))
	_, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) {
		if subtle.ConstantTimeCompare([]byte(*accessKey), s.accessKey) != 1 {
			return nil, errAccessKey
		}
		return s.secret, nil
	})
	return err
}

// tokenDetail names the reason without the parser's own words, which change between versions.
func tokenDetail(err error) string {
	for _, reason := range []struct {
		is   error
		text string
	}{
		{errAccessKey, "not found"},
		{jwt.ErrTokenExpired, "token is expired"},
		{jwt.ErrTokenNotValidYet, "token is not valid yet"},
		{jwt.ErrTokenSignatureInvalid, "signature is invalid"},
		{jwt.ErrTokenRequiredClaimMissing, "exp is missing"},
	} {
		if errors.Is(err, reason.is) {
			return reason.text
		}
	}
	return "token is malformed"
}

func errToken(detail string) *apiError {
	return refuse(http.StatusUnauthorized, "Token validation error", detail)
}

// errNoToken spells the capital E as the documents of each group do.
func errNoToken(path string) *apiError {
	if strings.HasPrefix(path, basePath+"/room-codes") || strings.HasPrefix(path, basePath+"/stream-keys") {
		return refuse(http.StatusUnauthorized, "Authentication Error")
	}
	return refuse(http.StatusUnauthorized, "Authentication error")
}

// tokenCacheSize bounds the cache; clients hold a token for hours, so a few are plenty.
const tokenCacheSize = 256

// tokenCache remembers good tokens by their hash, because checking one costs more than answering most requests. Only the
// times have to be looked at again: everything else about a token never changes.
type tokenCache struct {
	mu    sync.RWMutex
	valid map[[sha256.Size]byte]validity
}

type validity struct{ from, until time.Time }

func (c *tokenCache) good(sum [sha256.Size]byte, now time.Time) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.valid[sum]
	return ok && !now.Before(v.from) && now.Before(v.until)
}

func (c *tokenCache) remember(sum [sha256.Size]byte, claims *managementClaims, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.valid == nil || len(c.valid) >= tokenCacheSize {
		c.valid = map[[sha256.Size]byte]validity{}
	}
	v := validity{from: now, until: claims.ExpiresAt.Time}
	if claims.NotBefore != nil {
		v.from = claims.NotBefore.Time
	}
	c.valid[sum] = v
}
