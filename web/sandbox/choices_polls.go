package sandbox

import "net/http"

// This file lists what the sandbox does about polls, auth tokens and SIP where the API's documents are silent or contradict each
// other; choices.go has the rest.
//
// Polls
//   - No refusal is documented. What isn't there gives a 404 named after it ("Poll not found"), what breaks a rule a 400 in the
//     validation shape that names the JSON path.
//   - Nothing is mandatory: the documents mark nothing so. Defaults are filled into the answer; answer_min_len 1 and
//     answer_max_len 1024, an option's weight 1 and answer's flags false are those of the samples. attachment, answer and options
//     are left out when they weren't sent; in answer so are options and text.
//   - A question's type is missing from the documents' table, so it may be missing here: single-choice with options, else
//     short-answer. The other types are those of the vendor's client. ReadingPollTypeRequired refuses a missing one.
//   - An index may be left out: the place counts. Those that are sent have to be 1 to n in any order, and that of the path where
//     the path names one: indexes are positions.
//   - A question or option after the last is added by its index, as no other call adds one. ReadingPollNoAppend: 404.
//   - attachment takes both documented forms and answers with the samples' objects. ReadingPollAttachmentURLs: with URLs.
//   - Deleting an option also takes it out of the right answer and moves the others there. Responses keep the index that their
//     question had, also when questions move.
//   - A poll can be changed while it runs; an end that is set stays. It runs once in a session. duration 0, the default, has no end.
//   - Texts have no upper bound: none is documented. Numbers end where 32 bits do, lest what was sent comes back as something else.
//   - A poll linked to a room starts when the session does, not when it is linked later.
//   - Reading is by GET, as the documents' headings say; the -X POST of their examples is a 405, or a rewrite.
//   - /sessions/{session_id}, which only an example shows, answers with one item of the list, found by the session's id. One
//     result is found by the id that the example has and the heading lacks.
//   - Lists are newest first, with limit and start as everywhere; after the last page responses and results are null. limit, start
//     and question are refused like other bad queries. A single response is shown when it is superseded too.
//   - stopped_at is null while a poll runs, as with recordings. total_responses and unique_participants count the responses that a
//     list without all shows, skipped ones too.
//   - duration of responses and results is in milliseconds, as the samples' numbers suggest. ReadingPollSeconds: in seconds.
//   - Responses show a choice by its option's text, several joined by ", ", as the samples have no options. ReadingPollResponseOptions
//     adds options, the indexes.
//   - original_response is the first of a row of changed responses, and left out where nothing was changed. retries is always 0:
//     it counts what a client sends again, which a server can't see.
//   - In an anonymous poll peer_id and user_id are left out. A peer without a user id counts by its peer id in mode userid.
//   - Results are of quizzes only, one for a voter and question; an answer that is changed changes it. A right answer scores the
//     question's weight, all else 0: options by their indexes where the right answer has some, else by text. Options' weights
//     don't count.
//   - Answering needs pollRead or pollWrite in the peer's role, and the poll to run in the peer's session.
//
// Auth tokens
//   - The exchange stands below /v2 of the sandbox, as it has no second host. Refusals have the short shape; their texts are ours.
//   - The answer has room_id, role and expires_at (RFC 3339, whole seconds), as a client of others expects. ReadingTokenAlone: token
//     alone, which is all that is sure.
//   - Tokens are good for 24 hours by the real time. user_id is left out where none was sent, and codes whose role is gone are refused.
//
// SIP
//   - All of it answers in the short shape, which only DTMF's documents show; refusals of the token have the main shape.
//   - Trunks: nothing is mandatory, and an update replaces the whole. Ids are like all others. ReadingSIPShortTrunkIDs: ten digits.
//   - to ending in 9 is never answered: 408 after 30 seconds of the sandbox's time, or with the end of the request. to ending in 8
//     refuses at once. All others answer at once. What comes after an @ doesn't count.
//   - Calling in is an admin call: the sandbox speaks no SIP.
//   - The peer is named by name, else by to, and has the role of the code. It leaves like others.
//   - Header names are reserved in any case. Which are is not said: those that make up a call.
//   - DTMF goes to the telephones that are in the room of the token; where there are none, the answer is the same. Capital letters
//     are no digits, an empty list is a missing one.

// ReadingPollTypeRequired and the others below are described in pollReadings.
const (
	ReadingPollTypeRequired    Reading = "poll-question-type-required"
	ReadingPollNoAppend        Reading = "poll-no-append"
	ReadingPollAttachmentURLs  Reading = "poll-attachment-urls"
	ReadingPollSeconds         Reading = "poll-durations-in-seconds"
	ReadingPollResponseOptions Reading = "poll-response-options"
	ReadingTokenAlone          Reading = "token-alone"
	ReadingSIPShortTrunkIDs    Reading = "sip-short-trunk-ids"
)

var pollReadings = []reading{
	{
		ReadingPollTypeRequired, "a question without a type gets one by its options", "a question without a type is refused",
		"Polls: question object",
	},
	{
		ReadingPollNoAppend, "a question or option posted to the index after the last is added", "it is a 404; a poll grows by being rewritten",
		"Polls: update a question",
	},
	{
		ReadingPollAttachmentURLs, "a question's attachment is answered as objects with type and url", "it is answered as a list of URLs",
		"Polls: question object",
	},
	{
		ReadingPollSeconds, "durations of responses and results are in milliseconds", "they are in seconds",
		"Polls: list responses",
	},
	{
		ReadingPollResponseOptions, "responses show chosen options by their text alone", "they have the options' indexes besides",
		"Polls: list responses",
	},
	{
		ReadingTokenAlone, "the exchange of a room code answers with token, room_id, role and expires_at", "it answers with token alone",
		"Room codes: get an auth token",
	},
	{
		ReadingSIPShortTrunkIDs, "ids of SIP trunks have 24 hexadecimal digits", "they have ten",
		"SIP outbound: create a trunk",
	},
}

// Texts of our own, in the manner of the documented ones.
const (
	textPollOneOf    = "%s must be one of %s"
	textPollNegative = "%s less than 0"
	textPollTooGreat = "%s greater than %d"
	textPollPlaces   = "%s must have the indexes 1 to %d, each once"
	textPollPlace    = "index must be %d, as in the path"
	textPollLengths  = "%sanswer_max_len less than answer_min_len"
	textPollAnswer   = "%sanswer.options must be indexes of options"
	textAnswerLength = "text must have %d to %d characters"
)

// Refusals of our own.
var (
	errPollNotFound        = refuse(http.StatusNotFound, "Poll not found")
	errQuestionNotFound    = refuse(http.StatusNotFound, "Question not found")
	errOptionNotFound      = refuse(http.StatusNotFound, "Option not found")
	errPollSessionNotFound = refuse(http.StatusNotFound, "Session not found")
	errResponseNotFound    = refuse(http.StatusNotFound, "Response not found")
	errResultNotFound      = refuse(http.StatusNotFound, "Result not found")

	errNoPollSession  = refuse(http.StatusConflict, "no session runs in this room")
	errPollStarted    = refuse(http.StatusConflict, "this poll has been started in this session")
	errPollNotRunning = refuse(http.StatusConflict, "this poll is not running")
	errVoterNotFound  = refuse(http.StatusNotFound, "nobody of this peer_id or user_id is in a session where the poll runs")
	errPollPermission = refuse(http.StatusForbidden, "the peer's role lacks the permission pollRead")
	errAnsweredOnce   = refuse(http.StatusConflict, "this question can be answered once only")
	errQuestionOver   = refuse(http.StatusConflict, "the time to answer this question is over")
	errNotSkippable   = refuse(http.StatusBadRequest, "this question can't be skipped")
	errOptionCount    = refuse(http.StatusBadRequest, "options must have one index, or for a multiple choice at least one")

	errNoCode           = short(http.StatusBadRequest, "code is mandatory")
	errNoSuchCode       = short(http.StatusNotFound, "code not found")
	errCodeDisabled     = short(http.StatusForbidden, "code is disabled")
	errCodeRoomDisabled = short(http.StatusForbidden, "room is disabled")
	errCodeRoleGone     = short(http.StatusNotFound, "role not found")

	errTrunkNotFound   = short(http.StatusNotFound, "trunk not found")
	errCallRefused     = short(http.StatusForbidden, "call refused")
	errSIPHeader       = short(http.StatusBadRequest, "invalid header")
	errSIPRoomNotFound = short(http.StatusNotFound, "room not found")
)

// The documented refusals of SIP.
var (
	errTimedOut       = documentedShort("SIP outbound: call", http.StatusRequestTimeout, "timed out")
	errToMandatory    = documentedShort("SIP outbound: call", http.StatusBadRequest, "to is mandatory")
	errCodeMandatory  = documentedShort("SIP outbound: call", http.StatusBadRequest, "room_code is mandatory")
	errTrunkMandatory = documentedShort("SIP outbound: call", http.StatusBadRequest, "trunk_id is mandatory")
	errDigit          = documentedShort("SIP: DTMF", http.StatusBadRequest, "invalid digit")
	errNoDigits       = documentedShort("SIP: DTMF", http.StatusBadRequest, "digits are mandatory")
)
