package sandbox

import "net/http"

// This file lists what the sandbox does about sessions where the API's documents are silent or contradict each other; choices.go has
// the rest. Where a Reading is named, it turns the choice over.
//
// Sessions
//   - Both /sessions and /sessions/ are served: the documents show both.
//   - Without `active` the list has all sessions, as the documents' sample has: the table's default of true would make it a list
//     of nothing but running ones (ReadingSessionsActiveByDefault).
//   - peers is a map, as in every sample, though a table calls it an array (ReadingSessionPeersArray). It has those who left too.
//   - app_id, which only the vendor's own client knows, and a peer's deprecated user are left out (ReadingSessionAppID, ReadingSessionPeerUser).
//   - left_at is missing while a peer is connected, as in the older documents' sample (ReadingLeftAtNull).
//   - updated_at is the start until the session is over. Times have whole milliseconds.
//   - `after` and `before` both judge the start and both include it: the text on `before` that says "after" is a slip.
//   - A room_id that no room has gives an empty list.
//   - The 404 of a session has the main shape of errors; an older build had another (ReadingSessionErrorData).
//   - A session lasts as long as its room says and at most 12 hours. Then everybody leaves, by `client request`, as reasons for it
//     there are none; no room.end webhook is sent, since nobody has ended the room.
//   - A session's duration in webhooks is its end less its start, as the guide to attendance has it; the other page means the sum
//     of its peers' durations.
//   - A session runs on without peers while something records or streams; it is then an active room with no peers.
//
// Active rooms
//   - No session is 404 `room not active`, for a room that doesn't exist too (ReadingSessionNotActive: `session not active`).
//   - A peer who isn't connected to the room is 404 `Peer not found`, in the manner of `Room not found`. To removing peers and
//     sending messages that applies as well (ReadingAbsentPeerAccepted: those only submit something, and say so).
//   - A role that nobody has is nobody, not a mistake: such a message goes to no one, such a removal removes no one.
//   - An empty role or peer_id is a missing one, as documented for messages. An empty name or metadata empties it. Metadata is any
//     text: "usually" JSON doesn't make it a rule.
//   - A role that the template doesn't have is 404 `Role not found`, one that is full 400 `role limit reached`, the text of the
//     webhook; the name and metadata of that call are not changed either (ReadingRoleChangeSubmitted: 200, with a peer as it was).
//     role.change.failure is sent for both and names the role asked for. The peer's own role is no change and tells nothing.
//   - With a new role tracks that it may not publish stop, and audio and video that it may begin.
//   - `message` is required and not empty; its length is not limited. type is `chat` when missing.
//   - Removing peers wants one of its two keys, else 400. Who was removed leaves half a second later, everybody of an ended
//     room too: "submitted" and "is ending" say no more than that it takes a moment.
//   - A locked room is disabled at once, so that nobody gets in again before the end. Asking again doesn't put the end off.
//   - Who is thrown out by the end of a room leaves by `client request`, with its reason as the message: removing peers is
//     another call, and the documents keep `peer kicked` for it.
//   - room.end.success of a call names no peer (empty texts) and has the source `api`; of a peer it has `peer`, as documented.
//   - room.end.failure is sent when a call is to end a room without a session. That webhook and role.change.failure are missing in the
//     documents' overview (ReadingUnlistedFailures).
//
// Joining
//   - Nobody joins a disabled room (403), a role that the template doesn't have (404) or that is full, or a room of as many
//     peers as its size says (0 is no limit). All of them are `role not allowed` to webhooks, the only one of the three documented
//     messages that is about rules. Nothing is sent for a token that is no good: it says no room.
//   - The messages of peer.join.failure that come from the network can be asked for. joined_at is the zero time, as documented.
//   - peer.leave.failure keeps joined_at, has the zero time as left_at, and says `peer not joined` (ReadingPeerNotJoined).
//   - A peer publishes audio and video at once and unmuted, as far as its role may; the tracks of one source share a stream.
//   - Tracks are regular or of a screen: others come from plugins of apps, and nothing says what they are called.
//   - A change of a template applies to whoever joins or changes the role later.
//
// HIPAA
//   - Names are hashed without a prefix, in answers and webhooks alike; the dashboard's `SHA256:` is the dashboard's
//     (ReadingHIPAANamePrefix). An empty name stays empty.
//   - GET /active-rooms/{room_id} hashes the name of the room; the calls about its peers show theirs.

// Other readings of the documents about sessions and active rooms.
const (
	ReadingSessionsActiveByDefault Reading = "sessions-active-by-default"
	ReadingSessionPeersArray       Reading = "session-peers-array"
	ReadingSessionAppID            Reading = "session-app-id"
	ReadingSessionPeerUser         Reading = "session-peer-user"
	ReadingLeftAtNull              Reading = "session-left-at-null"
	ReadingSessionErrorData        Reading = "session-error-data"
	ReadingSessionNotActive        Reading = "session-not-active"
	ReadingAbsentPeerAccepted      Reading = "absent-peer-accepted"
	ReadingRoleChangeSubmitted     Reading = "role-change-submitted"
	ReadingHIPAANamePrefix         Reading = "hipaa-name-prefix"
)

var sessionReadings = []reading{
	{ReadingSessionsActiveByDefault, "sessions are listed without active=true too", "an unfiltered list has running sessions only", "Sessions: list"},
	{ReadingSessionPeersArray, "a session's peers are an object by id", "they are an array", "Sessions: object"},
	{ReadingSessionAppID, "a session has no app_id", "it has one", "Sessions: object"},
	{ReadingSessionPeerUser, "a session's peer has no user", "it has the deprecated one", "Sessions: object"},
	{ReadingLeftAtNull, "left_at is missing while a peer is connected", "it is null", "Sessions: object"},
	{ReadingSessionErrorData, "a session not found has the main shape of errors", "it has data instead of details", "Sessions: get"},
	{ReadingSessionNotActive, "a room without a session is \"room not active\"", "it is \"session not active\"", "Active rooms: get"},
	{ReadingAbsentPeerAccepted, "removing or messaging a peer who isn't there is refused", "it is accepted, and nothing happens", "Active rooms: remove peers"},
	{ReadingRoleChangeSubmitted, "a change to a full role is refused", "it is answered with 200 and the peer as it was", "Active rooms: update a peer"},
	{ReadingHIPAANamePrefix, "hashed names are hex digits", "they begin with \"SHA256:\"", "HIPAA workspace"},
}

// The refusals that others saw.
var (
	errSessionNotFound  = documented("seen in tests of others", http.StatusNotFound, "Error: Session not found")
	errRoomNotActive    = documented("seen in an app of others", http.StatusNotFound, "room not active")
	errSessionNotActive = documented("seen in an app of others", http.StatusNotFound, "session not active")
)

// Who ended a room, as webhooks say it.
const (
	endedByCall = "api"
	endedByPeer = "peer"
)

// messageTimeUp is what peers are told who leave because their session has lasted as long as it may.
const messageTimeUp = "session ended"

// Refusals of our own.
var (
	errPeerNotFound = refuse(http.StatusNotFound, "Peer not found")
	errRoleLimit    = refuse(http.StatusBadRequest, "role limit reached")
	errRoomFull     = refuse(http.StatusForbidden, "Room is full")
	errNoMessage    = badParam("message is required")
	errNobody       = badParam("peer_id or role is required")
)
