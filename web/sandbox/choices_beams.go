package sandbox

import "net/http"

// This file lists what the sandbox does about recordings, assets, streams and stream keys where the API's documents are silent or
// contradict each other; choices.go has the rest.
//
// Starting
//   - The body is judged first, then the room: a room that isn't there is a 403, as tests of others have seen. A disabled one gives
//     403 `Room is disabled`, because nobody can join it, a bot neither. Then come the destination, the meeting URL and the beam
//     that may run already.
//   - A room has one beam of any kind, from the start until the bot has left; the documents say so in passing.
//   - A template has a subdomain when it came with a seed that says one. Those made by API have none, as documented. The link opens
//     with the role of the recording configuration or destination, else with __internal_recorder, which a sample shows.
//   - A client in the room that starts a beam sends a page of its own where the template has no link.
//   - Any meeting URL that is absolute http or https is taken; the bot fails on those whose host ends in .invalid, after three tries
//     of ten seconds.
//   - A destination that isn't there, and none when there are several, are refused with texts of our own. Without any it is "".
//   - Composite recording is on when browserComposite is there, unless it says enabled: false.
//   - What a start leaves out the destination says: recording, resolution, and rtmp_urls too, whose table only says required.
//   - Out of range values are refused in the validation shape, with texts of our own. Recordings have the resolutions that are
//     documented for external streams.
//   - transcription.enabled that is missing means off, as every flag that is missing; no output_modes means all.
//   - A template's transcriptions count when their role is the bot's; of several the first by name.
//
// States
//   - A beam runs 4 s after its start, leaves 2 s after its stop, and has its files 100 s after that: a tenth of the documented
//     minutes. Without files it is completed as soon as the bot has left.
//   - Stopped before it ran, a beam fails with BEAM_STOPPED: nothing else explains that error.
//   - A bot alone from its start is stopped as one that was left alone, after autoStopTimeout or 5 minutes.
//   - A beam that is stopping or over can't be stopped again: `beam not found`, `hls not running`; the latter is what the vendor's
//     client shows for live streams. Reading a recording that never was gives `beam not found` too, a stream a text of our own.
//   - Pausing what is paused, and resuming what isn't, changes nothing. Pauses are not part of a recording's length.
//   - Timed metadata, pause and resume work on a stream that starts or runs, whatever its destination says.
//   - The session of a bot without peers ends when the bot has left.
//   - HIPAA workspaces refuse starting and stopping streams and presigned URLs with 403 and texts of our own. A room's own bucket
//     is for what its sessions record by themselves only, so recordings need the template's.
//
// Answers
//   - Stopping a recording answers as lists do, without its assets; the limit of stop-all is the number of those stopped.
//   - recording_assets of live streams is null until there are some, of external streams [] but in the answer to a start.
//   - beam_id, job_id and the id of the call are one; recording_id of webhooks is the id of the composite or the VOD.
//   - start_delay is in seconds. A failure is told after the stop that it is the reason of.
//
// Assets
//   - The vendor's own bucket is called sandbox-storage here; azure paths begin with azure://.
//   - Transcripts are there as processing as soon as the recording is, because their webhook names their ids then. They and
//     summaries have no thumbnails key anywhere, and stand below transcript/, which the documents don't say.
//   - A VOD that isn't zipped is a playlist beside where its zip would be. Audio-only recordings are mp4 without a resolution.
//   - A recorded chat has the messages of type chat that were sent while the bot was there, pauses or not. Of the sender of a call
//     of the API it has nothing, and a role is written [role].
//   - Assets are embedded in the order of their making. A failed upload leaves a failed asset.
//   - Presigned URLs are those of the sandbox itself, for 1 s to 7 days, which is what S3 signs for; azure has the 3 days of S3.
//     Webhooks have links for the template's presignDuration, or for a day. Links out of date or altered are 403; from the vendor's
//     storage a file is gone after 15 days: 404.
//
// Recording by itself
//   - A room's recording_info decides on the legacy composite; without one its template's customComposite or settings do.
//   - Without anything published it fails with INPUT_ERROR. Its chat stands beside the composite only.
//   - A template's autoStart needs a link to its rooms, because nobody is asked for a meeting URL.
//   - Links in its webhooks begin with the sandbox's usual address, because no request led to them.
//
// Stream keys
//   - An ingest goes to the first HLS destination by name. It has the destination's autoStopTimeout, or 5 minutes, to come back.
//   - A key that sends already is `already connected`, a live stream that was started by a call `remote session active`, anything else
//     in the room `beam start error`. Disabling the room ends what is being sent as disabling the key does.
//     A key that is disabled fails its ingest with `stream key disabled`, as the sample has it.

// Texts of our own, in the manner of the documented ones. The first %s is the key.
const (
	textLonger       = "%s is longer than %d characters"
	textOneOf        = "%s must be one of %q"
	textSomeOf       = "%s may contain %q only"
	textTemperature  = "%s must be from 0.1 to 1.0"
	textSections     = "%s has more than %d items"
	textPositive     = "%s must be 1 or more"
	textBothSides    = "%s needs a width and a height"
	textResolution   = "%s must be from 500x480 to 1920x1080, or from 500x500 to 1080x1920"
	textMeetingURL   = "meeting_url must be an absolute http or https URL"
	textDestination  = "destination %q is not in the template"
	textDestinations = "destination is missing, and the template has several"
	textRTMPMany     = "rtmp_urls has more than %d items"
	textRTMPURL      = "rtmp_urls must be rtmp or rtmps URLs"
)

// Refusals of our own.
var (
	errNoSuchStream  = refuse(http.StatusNotFound, "stream not found")
	errNoSuchAsset   = refuse(http.StatusNotFound, "recording asset not found")
	errAssetUnusable = refuse(http.StatusBadRequest, "recording asset is not completed")
	errAssetExpired  = refuse(http.StatusNotFound, "recording asset has expired")
	errLinkSignature = refuse(http.StatusForbidden, "the signature of this link is wrong")
	errLinkExpired   = refuse(http.StatusForbidden, "this link has expired")
	errHIPAAStream   = refuse(http.StatusForbidden, "streaming is not available in a HIPAA workspace")
	errHIPAAPresign  = refuse(http.StatusForbidden, "presigned URLs are not available in a HIPAA workspace")
	errBeamOver      = refuse(http.StatusConflict, "nothing is left that could fail")
	errNotConnected  = refuse(http.StatusConflict, "no encoder is connected with this key")
)

// Readings of the pages about recordings, streams and stream keys.
const (
	ReadingBeamPerKind         Reading = "beam-per-kind"
	ReadingMeetingURLDefault   Reading = "meeting-url-default"
	ReadingMeetingURLMandatory Reading = "meeting-url-mandatory"
	ReadingCompositeEnabled    Reading = "composite-enabled"
	ReadingDestinationShown    Reading = "recording-destination-shown"
	ReadingStopNothing         Reading = "stop-nothing"
	ReadingStopWithoutError    Reading = "stop-without-error"
	ReadingThreeRTMPURLs       Reading = "three-rtmp-urls"
	ReadingExternalTimes       Reading = "external-stream-times"
	ReadingAssetTypeIgnored    Reading = "asset-type-ignored"
	ReadingTranscriptsWhenDone Reading = "transcripts-when-done"
	ReadingKeyDisable200       Reading = "stream-key-disable-200"
)

var beamReadings = []reading{
	{ReadingBeamPerKind, "a room has one recording or stream", "a room has one of each kind", "Recordings: start"},
	{
		ReadingMeetingURLDefault, "without a meeting_url the template must have a subdomain and the feature on", "the link is known for every template",
		"Recordings: start",
	},
	{ReadingMeetingURLMandatory, "meeting_url may be left out where the template has a link", "meeting_url is mandatory, as in the vendor's client", "Recordings: start"},
	{ReadingCompositeEnabled, "browserComposite is on when it is there", "browserComposite is on when it says enabled", "Templates: configure recordings"},
	{ReadingDestinationShown, "a recording's destination is in answers to start, pause and resume", "it is in all answers", "Recordings: object"},
	{ReadingStopNothing, "stopping all of a room that has none is a 404", "it is a 200 with an empty list", "Recordings: stop all of a room"},
	{ReadingStopWithoutError, "error is \"\" when all streams of a room were stopped", "error is left out then", "Live streams: stop all of a room"},
	{ReadingThreeRTMPURLs, "an external stream goes to 5 addresses", "it goes to 3", "External streams: start"},
	{ReadingExternalTimes, "started_at and stopped_at of a new external stream are null", "they are its created_at", "External streams: start"},
	{ReadingAssetTypeIgnored, "assets are listed by asset_type", "asset_type is ignored", "Recording assets: list"},
	{ReadingTranscriptsWhenDone, "transcripts are listed as processing first", "they are there when they are completed", "Recordings: transcription"},
	{ReadingKeyDisable200, "disabling a stream key answers 201", "it answers 200", "Stream keys: disable"},
}
