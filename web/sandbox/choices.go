package sandbox

import "net/http"

// This file lists what the sandbox does where the API's documents are silent or contradict each other. A client has to survive
// the other choice too.
//
// Tokens
//   - No Authorization header gives `Authentication error` (`Authentication Error` for room codes), a token that is no good
//     `Token validation error`: the documents name all three texts and not their cases. The details name the reason; only
//     "not found", for an unknown access key, is documented.
//   - nbf, iat and jti may be missing: public clients without them exist. exp may not. Its distance is not limited: the 90 days
//     of an old page would only get in the way of tests.
//   - The token is looked at before the path, so an unknown path without a token is a 401.
//
// Requests
//   - A wrong method gives a JSON 405 with Allow, an unknown path a JSON 404; HEAD is a wrong method. Paths are not cleaned up.
//   - The content type is not looked at: no refusal for it is documented. The body is read up to 1 MiB, then 413.
//   - A body-less call (room codes) ignores any body: the vendor's own client sends {}.
//   - Unknown keys and query parameters are ignored, as no refusal is documented but for `template` and for the room-code update. Keys are
//     case-sensitive; the last of a repeated key counts.
//   - null counts as not sent, but recording_info, webhook and polls, which are replaced as wholes, are cleared by it:
//     the room inherits its template's recording again. No other way back is documented.
//   - A wrong type gives `Invalid body param` in the validation shape. Whole numbers only: 60.0 and 6e1 are refused; one
//     that fits no integer is judged by the rule of its range.
//   - The documented "Invalid body param: ..." texts are messages, apart from those about the size, which are documented as details.
//
// Rooms
//   - Rules are checked in the order of the documents' error table, then those that are worded here: name, webhook.
//   - A bad name is refused with a text of our own. Its length is not limited. "" is a missing name on create and keeps
//     the name on update.
//   - Creating over a name keeps what the request leaves out ("updated with the new configuration passed" suggests so), takes
//     the new spelling, switches the template if one is named, and works on a disabled room, which stays disabled.
//   - enabled is taken on create as well.
//   - Updating a room onto another room's name changes neither and returns the other ("the corresponding room ID is
//     returned" is all that is said).
//   - template_id on update is ignored, `template` refused as on create.
//   - An unknown room is a 404 `Room not found`, the text of room codes, for every call about rooms.
//   - An empty template_id or region is a missing one. region auto follows the template, and shows auto when the template says auto.
//   - The size rule judges the room as it would become, so large_room can't be taken from under a large size. A negative size
//     is refused. 0 stands for unset, and is left out of answers like the duration that was never set.
//   - A webhook's URL has to be absolute http or https. polls takes any strings; recording_info.polls is ignored, as every example
//     has the ids at the top.
//   - recording_source_template is in every answer; in that to create only when true. An inherited recording_info is null in
//     answers to create and update, absent in get and list. Credentials come back from create and update, never from get and
//     list. enabled_source_template equals recording_source_template.
//   - Webhook headers come back from every call that shows the webhook.
//   - The answer to a body of nothing but `enabled` is the documented short one: template and region blank, recording null
//     even when the room has its own settings.
//   - updated_at of a new room is 7 ms before created_at, as in the sample, and stays so until a change; a change is always
//     later than created_at, even when the clock stands still. Lists show the zero time of their samples.
//
// Lists
//   - limit outside 10 to 100, a boolean other than true and false, a time that is not RFC 3339 and a cursor that is no id
//     give 400 `Invalid query parameter`, documented for room codes alone. An empty parameter is a missing one.
//   - The name filter compares whole names in any case. The cursor need not exist: what is older than it follows.
//   - data is null after the last page, as in the older documents, and [] for a first page without items; last is then "".
//
// Room codes
//   - Creating for all roles keeps roles that have an enabled code and answers with all enabled codes, by role name.
//   - Codes are listed newest first, like everything else, 20 a page; those made by one call are in the order of its answer. last is the
//     last code, and "" when there are no more; a start that is no code of the room is a bad query.
//   - The hundredth code is the last; more are refused with a text of our own.
//   - A disabled room's codes can still be switched: only creating and listing are documented as forbidden.
//   - Code update wants both keys and nothing else.
//
// Rate
//   - Every call is counted, one second's worth may come at once, and the wait is in the text only: no Retry-After is documented.
//
// State
//   - A seed is planted once; a state found in the directory wins over it.

// Texts of our own, in the manner of the documented ones.
const (
	textUnknownKey   = "%s is not allowed"
	textWrongType    = "%s must be %s"
	textRequired     = "%s is required"
	textNameChars    = "name may contain a-z A-Z 0-9 . - : _ only"
	textSizeNegative = "room size less than 0"
	textWebhookURL   = "webhook.url must be an absolute http or https URL"
)

// Refusals of our own.
var (
	errNoSuchPath   = refuse(http.StatusNotFound, "not found")
	errWrongMethod  = refuse(http.StatusMethodNotAllowed, "method not allowed")
	errInternal     = refuse(http.StatusInternalServerError, "internal server error")
	errBodyTooLarge = refuse(http.StatusRequestEntityTooLarge, "request body too large")
	errBodyCutOff   = refuse(http.StatusBadRequest, "request body could not be read")
	errNotAnObject  = refuse(http.StatusBadRequest, "request body must be a JSON object")
	errNoSuchID     = refuse(http.StatusNotFound, "Template not found")
	errRoomInactive = refuse(http.StatusBadRequest, "room not active") // seen in programs of others
	errTimeEnds     = refuse(http.StatusBadRequest, "the sandbox's time ends with the year 2105")
	errTooManyCodes = refuse(http.StatusBadRequest, "room code limit reached")
)

// The other readings about tokens, requests, lists, rooms and room codes.
const (
	ReadingStrictTokens     Reading = "strict-tokens"
	ReadingOneTokenText     Reading = "one-token-text"
	ReadingUnknownKeys      Reading = "unknown-keys-refused"
	ReadingTextInDetails    Reading = "text-in-details"
	ReadingClampLimits      Reading = "limits-clamped"
	ReadingEmptyLists       Reading = "empty-lists"
	ReadingNullKeeps        Reading = "null-keeps"
	ReadingUpsertResets     Reading = "upsert-resets"
	ReadingUpsertDisabled   Reading = "upsert-disabled-refused"
	ReadingEnabledOnCreate  Reading = "enabled-ignored-on-create"
	ReadingRenameChanges    Reading = "rename-changes-holder"
	ReadingVendorNames      Reading = "vendor-names"
	ReadingLargeFirst       Reading = "size-large-first"
	ReadingOwnRegion        Reading = "own-region-shown"
	ReadingRecordingOff     Reading = "recording-off-shown"
	ReadingRoomByName       Reading = "room-by-name"
	ReadingReadsCredentials Reading = "reads-show-credentials"
	ReadingListTimes        Reading = "lists-show-times"
	ReadingCodesAgain       Reading = "codes-again"
	ReadingCodes333         Reading = "codes-3-3-3"
	ReadingCodesOldestFirst Reading = "codes-oldest-first"
	ReadingCodesTen         Reading = "codes-ten-a-page"
	ReadingCodesLast        Reading = "codes-last-always"
)

var roomReadings = []reading{
	{ReadingStrictTokens, "tokens may lack nbf, iat and jti, and live for ever", "they may not, and live for 90 days at most", "Security and tokens"},
	{ReadingOneTokenText, "a missing token has a text of its own", "a missing token is answered as a bad one", "Errors"},
	{ReadingUnknownKeys, "keys of a body that aren't documented are ignored", "they are refused, but in templates", "Make API calls"},
	{ReadingTextInDetails, "most texts about a parameter are messages", "they are details under a general message", "Rooms: create"},
	{ReadingClampLimits, "a limit out of range is refused", "it is brought into the range", "Pagination"},
	{ReadingEmptyLists, "after the last page data is null", "it is an empty list", "Pagination"},
	{ReadingNullKeeps, "null clears recording_info, webhook and polls", "null changes nothing", "Rooms: update"},
	{ReadingUpsertResets, "creating over a name keeps what isn't sent", "it resets what isn't sent", "Rooms: create"},
	{ReadingUpsertDisabled, "creating over a disabled room's name changes that room", "it is refused", "Rooms: create"},
	{ReadingEnabledOnCreate, "enabled counts on create", "it is ignored there", "Rooms: create"},
	{ReadingRenameChanges, "renaming onto another room's name changes neither room", "it changes the one that has the name", "Rooms: update"},
	{ReadingVendorNames, "names have the documented characters alone", "spaces and apostrophes are taken too, as in the vendor's own form", "Rooms: create"},
	{ReadingLargeFirst, "a size over 20000 without large_room asks for large_room", "it is too large", "Rooms: create"},
	{ReadingOwnRegion, "a room without a region shows its template's", "it shows auto", "Rooms: object"},
	{ReadingRecordingOff, "a room that inherits its recording shows null", "the answer to create shows recording that is off", "Rooms: create"},
	{ReadingRoomByName, "a room is got by its id", "by its name as well", "Rooms: get"},
	{ReadingReadsCredentials, "credentials come back from changes alone", "from reads as well", "Rooms: get"},
	{ReadingListTimes, "lists show a zero updated_at", "they show the real one", "Rooms: list"},
	{ReadingCodesAgain, "creating codes keeps those that roles have", "each role gets one more", "Room codes: create for all roles"},
	{ReadingCodes333, "codes look like abc-defg-hij", "like abc-def-ghi", "Room codes: object"},
	{ReadingCodesOldestFirst, "codes are listed newest first", "oldest first", "Room codes: list"},
	{ReadingCodesTen, "twenty codes make a page", "ten do", "Room codes: list"},
	{ReadingCodesLast, "last is empty when all codes fitted", "it is the last code", "Room codes: list"},
}
