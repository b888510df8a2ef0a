package sandbox

import (
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// tokenLife is how long the tokens are good that the sandbox signs itself (documentation: "Security and tokens").
const tokenLife = 24 * time.Hour

// tokenSlack is how much earlier than now they begin, for whoever checks them by a clock that is behind.
const tokenSlack = 10 * time.Second

// authClaims are the claims of an auth token, which lets one user join one room (documentation: "Security and tokens").
type authClaims struct {
	managementClaims
	RoomID string `json:"room_id"`
	Role   string `json:"role"`
	UserID string `json:"user_id,omitzero"` // the customer's own
}

func tokenRoutes() []route {
	return []route{
		{
			method: "POST", path: "/token", page: "Room codes: get an auth token", handle: (*Server).exchangeCode, open: true,
			body: []string{"code", "user_id"},
		},
	}
}

// tokenReply is what a code is exchanged for.
type tokenReply struct {
	Token     string    `json:"token"`
	RoomID    string    `json:"room_id,omitzero"`
	Role      string    `json:"role,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// exchangeCode gives whoever knows a room code a token to join with.
func (s *Server) exchangeCode(r *http.Request) (any, error) {
	f, err := readFields(r)
	if err != nil {
		return nil, shortened(err)
	}
	text, userID := either(f.text("code"), ""), either(f.text("user_id"), "")
	if *f.err != nil {
		return nil, shortened(*f.err)
	}
	if text == "" {
		return nil, errNoCode
	}
	claims, err := s.claimsFor(text, userID)
	if err != nil {
		return nil, err
	}
	token, err := s.signed(claims)
	if err != nil {
		return nil, err
	}
	reply := tokenReply{Token: token}
	if !s.state.conf.reads(ReadingTokenAlone) {
		reply.RoomID, reply.Role, reply.ExpiresAt = claims.RoomID, claims.Role, claims.ExpiresAt.Time
	}
	return reply, nil
}

// claimsFor returns what a token for the holder of a code says.
func (s *Server) claimsFor(text, userID string) (claims *authClaims, err error) {
	return claims, s.update(func(tx *tx) error {
		c, err := tx.usableCode(text)
		if err != nil {
			return err
		}
		claims = &authClaims{managementClaims: s.newClaims("app", tx.newUUID()), RoomID: c.RoomID, Role: c.Role, UserID: userID}
		return nil
	})
}

// usableCode returns the code that somebody can join with, or why nobody can. The refusals have the short shape.
func (st *state) usableCode(text string) (*code, error) {
	c := st.codes.at(text)
	switch {
	case c == nil:
		return nil, errNoSuchCode
	case !c.Enabled:
		return nil, errCodeDisabled
	case !st.rooms.at(c.RoomID).Enabled:
		return nil, errCodeRoomDisabled
	case !st.roomTemplate(c.RoomID).hasRole(c.Role):
		return nil, errCodeRoleGone
	}
	return c, nil
}

// newClaims returns what every token says: who signs it, its kind and its times.
func (s *Server) newClaims(kind, id string) managementClaims {
	from := s.clock.real().Truncate(time.Second).Add(-tokenSlack)
	return managementClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID: id, IssuedAt: jwt.NewNumericDate(from), NotBefore: jwt.NewNumericDate(from),
			ExpiresAt: jwt.NewNumericDate(from.Add(tokenSlack + tokenLife)),
		},
		AccessKey: string(s.accessKey), Type: kind, Version: 2,
	}
}

// signed returns a token of the workspace with the given claims.
func (s *Server) signed(claims jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.secret)
}

// parseAuthToken returns the claims of an auth token that is good now. It fails with an *apiError, a 401, for any other.
func (s *Server) parseAuthToken(text string) (*authClaims, error) {
	claims := &authClaims{}
	if err := s.parseClaims(text, s.clock.real(), claims, &claims.AccessKey); err != nil {
		return nil, errToken(tokenDetail(err))
	}
	if claims.Type != "app" || claims.Version != 2 {
		return nil, errToken("not an auth token of version 2")
	}
	return claims, nil
}

// bearerAuth returns the claims of the auth token that r carries. It fails with an *apiError, a 401.
func (s *Server) bearerAuth(r *http.Request) (*authClaims, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, errNoToken(r.URL.Path)
	}
	scheme, text, _ := strings.Cut(header, " ")
	text = strings.TrimSpace(text)
	if !strings.EqualFold(scheme, "Bearer") || text == "" {
		return nil, errToken("no bearer token")
	}
	return s.parseAuthToken(text)
}

// adminToken answers with a management token, so that calls can be tried from a shell at once.
func (s *Server) adminToken(r *http.Request) (reply any, err error) {
	var claims managementClaims
	err = s.update(func(tx *tx) error {
		claims = s.newClaims("management", tx.newUUID())
		return nil
	})
	if err != nil {
		return nil, err
	}
	token, err := s.signed(claims)
	if r.URL.Query().Has("plain") {
		return plainText(token + "\n"), err
	}
	return tokenReply{Token: token, ExpiresAt: claims.ExpiresAt.Time}, err
}
