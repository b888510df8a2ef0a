package sandbox

import "maps"

// clientError is one kind of error that a client's own SDK reports.
type clientError struct {
	code                       int
	name, message, description string
	terminal                   bool
	action                     string
	more                       object // keys of this type alone
}

// clientErrors are the error events of analytics with an example each (documentation: analytics, "Error events").
var clientErrors = map[string]clientError{
	"client.publish.failed": {
		4006, "ICEDisconnected", "The connection for publishing was lost", "No answer from the media server", true, "PUBLISH",
		object{
			"domain": "CUSTOM",
			"audio":  object{"maxBitrate": 32000, "deviceId": "default", "volume": 1, "codec": "opus"},
			"video": object{
				"deviceId": "camera-1", "maxFramerate": 30, "maxBitrate": 850000, "codec": "vp8", "height": 720, "width": 1280,
			},
			"devices": object{
				"videoInput": []string{"camera-1"}, "audioInput": []string{"default"}, "audioOutput": []string{"default"},
			},
		},
	},
	"client.subscribe.failed": {
		4006, "ICEDisconnected", "The connection for receiving was lost", "No answer from the media server", false, "SUBSCRIBE", nil,
	},
	"client.join.failed": {
		500, "ServerErrors", "The server could not let the client in", "It was tried again and given up", true, "JOIN",
		object{"domain": "CUSTOM", "retries_join": 3},
	},
	"client.disconnected": {
		1003, "WebSocketConnectionLost", "The connection to the server was lost", "The network may have changed", false,
		"RECONNECT_SIGNAL",
		object{"transport_state": "Reconnecting"},
	},
	"client.connect.failed": {
		2003, "EndpointUnreachable", "The server could not be reached", "The network may block it", true, "INIT",
		object{"endpoint": "https://init.example.org/init", "transport_state": "Failed"},
	},
}

// clientFails notes that a peer's client reported an error of one of the types of clientErrors; data has what is to differ from
// the example.
func (tx *tx) clientFails(rm *room, p *peer, kind string, data object) *event {
	full := clientErrors[kind].data()
	if p != nil {
		of := tx.peerData(p)
		for _, key := range []string{"session_id", "peer_id", "user_id", "user_name", "role"} {
			full[key] = of[key]
		}
	}
	maps.Copy(full, data)
	return tx.observe(rm, kind, full)
}

func (e clientError) data() object {
	data := object{
		"error_code": e.code, "error_name": e.name, "error_message": e.message, "error_description": e.description,
		"is_terminal": e.terminal, "action": e.action,
		"agent": object{
			"sdk": "web", "sdk_version": "0.12.8", "os": "web", "os_version": "Windows 11", "device_model": "Chrome 126",
			"framework": "react-web", "framework_version": "18.3.1", "framework_sdk_version": "0.10.8", "is_prebuilt": false,
			"domain": "app.example.org", "string": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
		},
	}
	maps.Copy(data, e.more)
	return data
}
