package hms

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Session is one continuous call in a room, from the first who joins to the last who leaves (documentation: Sessions,
// "The session object"). Of one that has ended, UpdatedAt is its end.
type Session struct {
	ID         string                 `json:"id"`
	RoomID     string                 `json:"room_id"`
	CustomerID string                 `json:"customer_id"`
	AppID      string                 `json:"app_id,omitzero"` // undocumented: the vendor's own client knows it
	Active     bool                   `json:"active"`
	Peers      map[string]SessionPeer `json:"peers"` // by id
	CreatedAt  time.Time              `json:"created_at"`
	UpdatedAt  time.Time              `json:"updated_at"`
}

// SessionPeer is one stay of somebody in a session: who rejoins is another peer with the same UserID.
type SessionPeer struct {
	ID        string    `json:"id"`
	SessionID string    `json:"session_id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	UserID    string    `json:"user_id"`       // the customer's own, from the auth token
	User      string    `json:"user,omitzero"` // deprecated, made by 100ms
	JoinedAt  time.Time `json:"joined_at"`
	LeftAt    time.Time `json:"left_at,omitzero"` // zero: still there
}

func (s Session) key() string { return s.ID }

func (p SessionPeer) key() string { return p.ID }

// sessionWire is a session as it comes.
type sessionWire struct {
	plainSession
	CreatedAt moment             `json:"created_at"`
	UpdatedAt moment             `json:"updated_at"`
	Peers     keyed[SessionPeer] `json:"peers"`
}

type plainSession Session

func (w sessionWire) value() Session {
	session := Session(w.plainSession)
	session.Peers = w.Peers
	session.CreatedAt, session.UpdatedAt = time.Time(w.CreatedAt), time.Time(w.UpdatedAt)
	return session
}

// UnmarshalJSON reads a session with all the quirks of the API's answers.
func (s *Session) UnmarshalJSON(b []byte) (err error) {
	*s, err = decode[Session, sessionWire](b)
	return err
}

// sessionPeerWire is a peer of a session as it comes.
type sessionPeerWire struct {
	plainSessionPeer
	JoinedAt moment `json:"joined_at"`
	LeftAt   moment `json:"left_at"`
}

type plainSessionPeer SessionPeer

func (w sessionPeerWire) value() SessionPeer {
	peer := SessionPeer(w.plainSessionPeer)
	peer.JoinedAt, peer.LeftAt = time.Time(w.JoinedAt), time.Time(w.LeftAt)
	return peer
}

// UnmarshalJSON reads a peer with all the quirks of the API's answers.
func (p *SessionPeer) UnmarshalJSON(b []byte) (err error) {
	*p, err = decode[SessionPeer, sessionPeerWire](b)
	return err
}

// SessionQuery filters a list of sessions.
type SessionQuery struct {
	Active        *bool // nil leaves it to the API: running ones only by its text, all by its samples
	RoomID        string
	After, Before time.Time // of the start, inclusive
	Limit         int       // 10-100
	Start         string    // Page.Last of the page before
}

func (q SessionQuery) values() url.Values {
	v := url.Values{}
	setFlag(v, "active", q.Active)
	setText(v, "room_id", q.RoomID)
	setPeriod(v, q.After, q.Before)
	setPage(v, q.Limit, q.Start)
	return v
}

// Session returns one session; an error that Is ErrNotFound when there is none.
func (c *Client) Session(ctx context.Context, id string) (Session, error) {
	return fetch(ctx, c, request{
		op: "Session", method: http.MethodGet, segments: []string{"sessions", id}, repeat: true,
	}, decodeOne[Session, sessionWire])
}

// ListSessions returns one page of sessions, newest first.
func (c *Client) ListSessions(ctx context.Context, q SessionQuery) (Page[Session], error) {
	return c.listSessions(ctx, "ListSessions", q)
}

func (c *Client) listSessions(ctx context.Context, op string, q SessionQuery) (Page[Session], error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"sessions"}, query: q.values(), repeat: true,
	}, decodePage[Session, sessionWire])
}

// AllSessions walks the sessions that q selects, newest first, in the largest pages unless q.Limit says otherwise. An
// error is the last thing it yields.
func (c *Client) AllSessions(ctx context.Context, q SessionQuery) iter.Seq2[Session, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(q.Start, func(start string) (Page[Session], error) {
		page := q
		page.Start = start
		return c.listSessions(ctx, "AllSessions", page)
	})
}

// errNoSession is the answer of a room in which nobody is.
var errNoSession = fmt.Errorf("the room has no running session: %w", ErrNotFound)

// ActiveSession returns the running session of a room; an error that Is ErrNotFound when there is none.
func (c *Client) ActiveSession(ctx context.Context, roomID string) (Session, error) {
	query := SessionQuery{RoomID: roomID, Active: new(true)}.values()
	return fetch(ctx, c, request{
		op: "ActiveSession", method: http.MethodGet, segments: []string{"sessions"}, query: query, repeat: true,
	}, func(body []byte) (Session, error) {
		page, err := decodePage[Session, sessionWire](body)
		if err != nil {
			return Session{}, err
		}
		// Both filters are checked again: were one of them ignored, this would be somebody else's session.
		i := slices.IndexFunc(page.Data, func(s Session) bool { return s.Active && s.RoomID == roomID })
		if i < 0 {
			return Session{}, errNoSession
		}
		return page.Data[i], nil
	})
}
