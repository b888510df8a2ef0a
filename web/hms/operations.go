package hms

import "slices"

// Operation is one method of Client and what it sends.
type Operation struct {
	Name   string // of the method
	Method string // HTTP method
	Path   string // below the base URL; {…} stands for an argument, in the order of the method's
}

// operations stand in the order of the documents' groups; Operations gives them out.
var operations = []Operation{
	{"CreateRoom", "POST", "/rooms"},
	{"ListRooms", "GET", "/rooms"},
	{"AllRooms", "GET", "/rooms"},
	{"FindRoom", "GET", "/rooms"},
	{"Room", "GET", "/rooms/{room_id}"},
	{"UpdateRoom", "POST", "/rooms/{room_id}"},
	{"SetRoomEnabled", "POST", "/rooms/{room_id}"},

	{"CreateRoomCodes", "POST", "/room-codes/room/{room_id}"},
	{"CreateRoomCode", "POST", "/room-codes/room/{room_id}/role/{role}"},
	{"ListRoomCodes", "GET", "/room-codes/room/{room_id}"},
	{"AllRoomCodes", "GET", "/room-codes/room/{room_id}"},
	{"SetRoomCodeEnabled", "POST", "/room-codes/code"},
	{"ExchangeRoomCode", "POST", "/token"}, // below Config.AuthURL

	{"ActiveRoom", "GET", "/active-rooms/{room_id}"},
	{"Peers", "GET", "/active-rooms/{room_id}/peers"},
	{"Peer", "GET", "/active-rooms/{room_id}/peers/{peer_id}"},
	{"UpdatePeer", "POST", "/active-rooms/{room_id}/peers/{peer_id}"},
	{"SendMessage", "POST", "/active-rooms/{room_id}/send-message"},
	{"RemovePeers", "POST", "/active-rooms/{room_id}/remove-peers"},
	{"EndRoom", "POST", "/active-rooms/{room_id}/end-room"},

	{"ListSessions", "GET", "/sessions"},
	{"AllSessions", "GET", "/sessions"},
	{"ActiveSession", "GET", "/sessions"},
	{"Session", "GET", "/sessions/{session_id}"},

	{"ListTemplates", "GET", "/templates"},
	{"AllTemplates", "GET", "/templates"},
	{"Template", "GET", "/templates/{template_id}"},
	{"CreateTemplate", "POST", "/templates"},
	{"UpdateTemplate", "POST", "/templates/{template_id}"},
	{"Role", "GET", "/templates/{template_id}/roles/{role_name}"},
	{"PutRole", "POST", "/templates/{template_id}/roles/{role_name}"},
	{"DeleteRole", "DELETE", "/templates/{template_id}/roles/{role_name}"},
	{"TemplateSettings", "GET", "/templates/{template_id}/settings"},
	{"UpdateTemplateSettings", "POST", "/templates/{template_id}/settings"},
	{"Destinations", "GET", "/templates/{template_id}/destinations"},
	{"UpdateDestinations", "POST", "/templates/{template_id}/destinations"},
	{"RecordingConfigs", "GET", "/templates/{template_id}/recordings"},
	{"UpdateRecordingConfigs", "POST", "/templates/{template_id}/recordings"},

	{"StartRecording", "POST", "/recordings/room/{room_id}/start"},
	{"StopRoomRecordings", "POST", "/recordings/room/{room_id}/stop"},
	{"PauseRoomRecording", "POST", "/recordings/room/{room_id}/pause"},
	{"ResumeRoomRecording", "POST", "/recordings/room/{room_id}/resume"},
	{"StopRecording", "POST", "/recordings/{recording_id}/stop"},
	{"ListRecordings", "GET", "/recordings"},
	{"AllRecordings", "GET", "/recordings"},
	{"Recording", "GET", "/recordings/{recording_id}"},
	{"ListAssets", "GET", "/recording-assets"},
	{"AllAssets", "GET", "/recording-assets"},
	{"Asset", "GET", "/recording-assets/{asset_id}"},
	{"PresignedURL", "GET", "/recording-assets/{asset_id}/presigned-url"},

	{"StartLiveStream", "POST", "/live-streams/room/{room_id}/start"},
	{"StopRoomLiveStreams", "POST", "/live-streams/room/{room_id}/stop"},
	{"StopLiveStream", "POST", "/live-streams/{stream_id}/stop"},
	{"ListLiveStreams", "GET", "/live-streams"},
	{"AllLiveStreams", "GET", "/live-streams"},
	{"LiveStream", "GET", "/live-streams/{stream_id}"},
	{"SendTimedMetadata", "POST", "/live-streams/{stream_id}/timed-metadata"},
	{"PauseLiveStreamRecording", "POST", "/live-streams/{stream_id}/pause-recording"},
	{"ResumeLiveStreamRecording", "POST", "/live-streams/{stream_id}/resume-recording"},

	{"StartExternalStream", "POST", "/external-streams/room/{room_id}/start"},
	{"StopRoomExternalStreams", "POST", "/external-streams/room/{room_id}/stop"},
	{"StopExternalStream", "POST", "/external-streams/{stream_id}/stop"},
	{"ListExternalStreams", "GET", "/external-streams"},
	{"AllExternalStreams", "GET", "/external-streams"},
	{"ExternalStream", "GET", "/external-streams/{stream_id}"},

	{"CreateStreamKey", "POST", "/stream-keys/room/{room_id}"},
	{"StreamKey", "GET", "/stream-keys/room/{room_id}"},
	{"DisableStreamKey", "POST", "/stream-keys/room/{room_id}/disable"},

	{"CreatePoll", "POST", "/polls"},
	{"Poll", "GET", "/polls/{poll_id}"},
	{"UpdatePoll", "POST", "/polls/{poll_id}"},
	{"UpdatePollQuestion", "POST", "/polls/{poll_id}/questions/{question_id}"},
	{"DeletePollQuestion", "DELETE", "/polls/{poll_id}/questions/{question_id}"},
	{"UpdatePollOption", "POST", "/polls/{poll_id}/questions/{question_id}/options/{option_id}"},
	{"DeletePollOption", "DELETE", "/polls/{poll_id}/questions/{question_id}/options/{option_id}"},
	{"ListPollSessions", "GET", "/polls/{poll_id}/sessions"},
	{"AllPollSessions", "GET", "/polls/{poll_id}/sessions"},
	{"ListPollResponses", "GET", "/polls/{poll_id}/responses"},
	{"AllPollResponses", "GET", "/polls/{poll_id}/responses"},
	{"PollResponse", "GET", "/polls/{poll_id}/responses/{response_id}"},
	{"ListPollResults", "GET", "/polls/{poll_id}/results"},
	{"AllPollResults", "GET", "/polls/{poll_id}/results"},
	{"PollResult", "GET", "/polls/{poll_id}/results/{result_id}"},

	{"ListEvents", "GET", "/analytics/events"},
	{"AllEvents", "GET", "/analytics/events"},
	{"PeerStats", "GET", "/analytics/peer-stats"},
	{"ListWebhookEvents", "GET", "/analytics/webhooks"},
	{"AllWebhookEvents", "GET", "/analytics/webhooks"},
	{"ReplayWebhookEvents", "POST", "/analytics/webhooks/replay"},
	{"WebhookReplay", "GET", "/analytics/webhooks/replay/{workflow_id}"},

	{"CreateTrunk", "POST", "/sip/outbound/trunks"},
	{"UpdateTrunk", "POST", "/sip/outbound/trunks/{trunk_id}"},
	{"Call", "POST", "/sip/outbound/call"},
	{"SendDTMF", "POST", "/sip/dtmf"},
}

// Operations lists every method of Client that talks to the API, by path.
func Operations() []Operation { return slices.Clone(operations) }
