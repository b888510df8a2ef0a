package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
)

// This file lists what the sandbox does about events where the API's documents are silent or contradict each other; choices.go has
// the rest.
//
// Delivery
//   - A receiver has 10 s; a redirect is an answer like any other and not followed. Tries go up to 64 at once, so the order isn't kept.
//     A try that the end of the sandbox breaks off isn't counted and comes again after the restart.
//   - A try goes to the URL that counted when the event happened; a replay goes to the one that counts now, as it is
//     meant for a receiver that was mended.
//   - app_id is in every envelope and template_id inside data: so most of the samples.
//   - The signature's key is the secret of the credentials, unless the webhook was set with one of its own: the documents speak of
//     an "auth secret" and of no other. In a HIPAA workspace a webhook that isn't https fails with each try.
//   - Names of rooms and peers in a HIPAA workspace's events are hashed as in its answers, see choices_sessions.go.
//   - What a caller doesn't know of an event's documented keys is blank: "", 0, false, [], the zero time. Deprecated keys are left out.
//   - The failures that the overview leaves out (room.end.failure, role.change.failure) are sent like all others.
//   - size and duration of track and stream recordings are numbers, as in the samples; stream_type is named as in the table.
//   - Events and deliveries are kept for the documented 30 days, at most 100,000 of each.
//
// Delivery history
//   - An entry is one delivery with its last outcome, a replay's too; one on its way isn't listed. Newest first, as other lists.
//   - event_timestamp is when the event happened, and what the window is about; both its ends count. A start in the future is as
//     little "within the last 30 days" as one that is too old. An end before the start is refused with a text of our own.
//   - event_data has the sample's three keys, "" where the event lacks one. error_reason is "timeout" as in the sample, else worded here.
//   - Without event_names all events are listed, also those that can't be asked for by name; another name is refused.
//   - A broken limit, page, time, status or name gives `Invalid query parameter`, documented for room codes alone.
//   - History and replay are limited like all other calls, by the rate of the sandbox, since no number is documented; with
//     ReadingHistoryLimit they have 60 calls a minute together, by the clock of the machine, then 429 until the minute is over.
//
// Replay
//   - The body wins over the query, which counts for what the body lacks: the page heads a table of query parameters and sends a body.
//     No body at all is fine. Both documented paths are taken.
//   - Identical filters are those that were asked for in the same words; after the end of the first run they start another.
//   - Oldest first, ten a second, each tried as often as at first.
//   - Some failed: completed_with_failures; all failed: failed. completed counts those that arrived. completed_at and result are
//     absent until the end.
//   - The workflow id is taken in the path and as the query parameter workflow_id: the page's heading has the one, its table the other.
//   - Canceled and Terminated come by hand alone: no documented call makes them.
//
// Analytics events
//   - Newest first, ids and people of no known object find nothing, an unsupported type is refused. beam_id alone is enough, together with
//     types it wants beam.recording.success among them.
//   - A next keeps the filters of its first query; other ones sent beside it are not looked at, but room_id has to be there and the
//     same. One that is older than a day or no cursor at all gives `Invalid query parameter`.
//   - client.* events come by hand and from flaky scenarios: nobody's client runs here.
//
// Peer stats
//   - Made up from the peer's id and times, a value for each minute, the same every time. A subscriber's bitrate is null now and then.
//   - An unknown peer, another session's and one whose session goes on give 404 with a text of our own.
//   - Layers are h, m and l; a screen has none, so rid is null. A subscriber hears and sees at most 25 others.

// Readings of the documents about events.
const (
	ReadingEnvelopeWithoutApp  Reading = "envelope-without-app-id"
	ReadingEnvelopeTemplate    Reading = "envelope-template-id"
	ReadingPeerNotJoined       Reading = "peer-not-joined-capital"
	ReadingUnlistedFailures    Reading = "unlisted-failures-unsent"
	ReadingTrackFailureType    Reading = "track-failure-says-success"
	ReadingStreamTypeKey       Reading = "stream-type-as-type"
	ReadingSizesAsText         Reading = "recording-sizes-as-text"
	ReadingTrackNoDuration     Reading = "track-success-without-duration"
	ReadingTranscriptionFailed Reading = "transcription-failed"
	ReadingIngestFailure       Reading = "ingest-failure-key-disabled"
	ReadingHLSStoppedSample    Reading = "hls-stopped-as-sample"

	ReadingHistorySuccess Reading = "history-success-succeeded"
	ReadingHistoryData    Reading = "history-whole-data"
	ReadingHistoryLimit   Reading = "history-calls-limited"

	ReadingReplayMark      Reading = "replay-mark-in-data"
	ReadingReplayPath      Reading = "replay-path-of-sample"
	ReadingReplayQuery     Reading = "replay-by-query"
	ReadingReplayNames     Reading = "replay-event-names"
	ReadingReplayCompleted Reading = "replay-always-completed"
	ReadingReplayStatus    Reading = "replay-status-by-query"

	ReadingAnalyticsOldest Reading = "analytics-oldest-first"
	ReadingBeamNeedsType   Reading = "beam-id-needs-type"
	ReadingStatsRunning    Reading = "peer-stats-empty-while-running"
	ReadingStatsLayers     Reading = "peer-stats-layers-of-templates"
)

var eventReadings = []reading{
	{ReadingEnvelopeWithoutApp, "webhooks have app_id", "they lack it, as half of the samples", "Webhooks: envelope"},
	{ReadingEnvelopeTemplate, "webhooks have template_id inside data", "it stands in the envelope", "Webhooks: envelope"},
	{ReadingPeerNotJoined, "peer.leave.failure says `peer not joined`", "it says `Peer not joined`", "Webhooks: events"},
	{ReadingUnlistedFailures, "room.end.failure and role.change.failure are sent", "they are not, as the overview lacks them", "Webhooks: events"},
	{ReadingTrackFailureType, "a failed track recording's type is track.recording.failure", "its type is track.recording.success, as in the sample", "Webhooks: events"},
	{ReadingStreamTypeKey, "stream recordings have stream_type", "they have type, as in the sample", "Webhooks: events"},
	{ReadingSizesAsText, "size and duration of track and stream recordings are numbers", "they are strings, as in the tables", "Webhooks: events"},
	{ReadingTrackNoDuration, "track.recording.success has duration", "it lacks it, as in the sample", "Webhooks: events"},
	{ReadingTranscriptionFailed, "a failed transcription is transcription.failure", "it is transcription.failed, as on the page of recordings", "Webhooks: events"},
	{ReadingIngestFailure, "ingest.failure says `internal error`", "it says `stream key disabled`, as in the sample", "Webhooks: events"},
	{ReadingHLSStoppedSample, "hls.stopped.success has url and live_transcription_enabled", "it lacks both, as the sample", "Webhooks: events"},
	{ReadingHistorySuccess, "deliveries that arrived are reporter.webhook.delivery.success", "they are reporter.webhook.delivery.succeeded", "Webhooks: history"},
	{ReadingHistoryData, "event_data of the history has three ids", "it is the event's whole data", "Webhooks: history"},
	{ReadingHistoryLimit, "history and replay have the limit of all calls", "they have 60 calls a minute of their own", "Webhooks: history"},
	{ReadingReplayMark, "is_replay stands beside data", "it stands inside data", "Webhooks: replay"},
	{ReadingReplayPath, "a replay is started on both documented paths", "only on /analytics/events/webhooks/replay", "Webhooks: replay"},
	{ReadingReplayQuery, "a replay reads its body, then its query", "it reads its query alone", "Webhooks: replay"},
	{ReadingReplayNames, "a replay's filters are answered with event_types", "with event_names", "Webhooks: replay"},
	{ReadingReplayCompleted, "a replay with failures ends as completed_with_failures or failed", "it ends as completed", "Webhooks: replay status"},
	{ReadingReplayStatus, "a replay's status is asked for by path or query", "by the query parameter workflow_id alone", "Webhooks: replay status"},
	{ReadingAnalyticsOldest, "analytics list the newest events first", "the oldest first", "Analytics: events"},
	{ReadingBeamNeedsType, "beam_id needs no type", "it needs type=beam.recording.success", "Analytics: events"},
	{ReadingStatsRunning, "peer stats of a running session are a 404", "they are there and empty", "Analytics: peer quality"},
	{ReadingStatsLayers, "layers of peer stats are h, m and l", "they are f, h and q, as in templates", "Analytics: peer quality"},
}

// Texts of our own, in the manner of the documented ones.
const (
	textTime        = "%s must be an RFC 3339 time"
	textReplayState = "status must be all, failed or success"
	textReplayLimit = "limit must be from 1 to 50000"
	textOffset      = "offset must be 0 or more"
	textEventNames  = "event_names has an event that can't be replayed by name"
	textEventType   = "type is missing"
	textHookHTTPS   = "url must be an absolute https URL in a HIPAA workspace"
	textHookURL     = "url must be an absolute http or https URL"
	textReplayEnd   = "status must be Canceled or Terminated"
)

// Refusals of our own.
var (
	errEndBeforeStart = refuse(http.StatusBadRequest, "end_time must not be before start_time")
	errNoStats        = refuse(http.StatusNotFound, "peer stats not found")
	errReplayOver     = refuse(http.StatusConflict, "workflow is over")
)

// blank is the value of a key of an event's data that its maker left out.
func (c conf) blank(kind string, key eventKey) any {
	if key.name == "error_code" && (kind == "beam.failure" || kind == "hls.failure") {
		return 1 // deprecated, and never anything else
	}
	if key.name != "error_message" {
		return key.zero()
	}
	switch {
	case kind == "peer.leave.failure" && c.reads(ReadingPeerNotJoined):
		return "Peer not joined"
	case kind == "peer.leave.failure":
		return "peer not joined"
	case kind == "ingest.failure" && c.reads(ReadingIngestFailure):
		return "stream key disabled"
	case kind == "ingest.failure":
		return "internal error"
	}
	return key.zero()
}

// readData makes data what the chosen readings say of it, and returns the event's type by them.
func (c conf) readData(kind string, data object) string {
	switch kind {
	case "track.recording.success", "track.recording.failure", "stream.recording.success", "stream.recording.failure":
		c.readTrackData(kind, data)
	case "hls.stopped.success":
		if c.reads(ReadingHLSStoppedSample) {
			delete(data, "url")
			delete(data, "live_transcription_enabled")
		}
	}
	switch {
	case kind == "track.recording.failure" && c.reads(ReadingTrackFailureType):
		return "track.recording.success"
	case kind == "transcription.failure" && c.reads(ReadingTranscriptionFailed):
		return "transcription.failed"
	}
	return kind
}

func (c conf) readTrackData(kind string, data object) {
	if stream, has := data["stream_type"]; has && c.reads(ReadingStreamTypeKey) {
		delete(data, "stream_type")
		data["type"] = stream
	}
	if kind == "track.recording.success" && c.reads(ReadingTrackNoDuration) {
		delete(data, "duration")
	}
	if !c.reads(ReadingSizesAsText) {
		return
	}
	for _, key := range []string{"size", "duration"} {
		switch n := data[key].(type) {
		case int, int64:
			data[key] = fmt.Sprint(n)
		case float64:
			data[key] = strconv.FormatFloat(n, 'f', -1, 64)
		}
	}
}
