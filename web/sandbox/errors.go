package sandbox

import "net/http"

// apiError is a refusal in the API's main shape; it is also what goes over the wire.
type apiError struct {
	Code    int      `json:"code"` // the HTTP status
	Message string   `json:"message"`
	Details []string `json:"details"`
}

// Error returns the message.
func (e *apiError) Error() string { return e.Message }

func refuse(status int, message string, details ...string) *apiError {
	if details == nil {
		details = []string{} // an empty array on the wire, not null
	}
	return &apiError{Code: status, Message: message, Details: details}
}

// badParam is the documented validation shape: a generic head, the full text in the details.
func badParam(what string) *apiError {
	return refuse(http.StatusBadRequest, "Invalid body param", "Invalid body param: "+what)
}

// The documented refusals. Those we had to word ourselves stand in choices.go.
var (
	errBucketLocation = refuse(http.StatusBadRequest, "Bucket location is missing")
	errUploadConfig   = refuse(http.StatusBadRequest, "Invalid upload configuration")
	errTemplateKey    = refuse(http.StatusBadRequest, "Invalid body param: template. Use template_id")
	errRegion         = refuse(http.StatusBadRequest, "Error: region not supported")
	errNoTemplate     = refuse(http.StatusBadRequest, "Error: template not found")
	errTooShort       = refuse(http.StatusBadRequest, "Invalid body param: max_duration_seconds less than 120 seconds")
	errTooLong        = refuse(http.StatusBadRequest, "Invalid body param: max_duration_seconds greater than 43200 seconds")
	errSizeLarge      = badParam("room size greater than 20000")
	errSizeStandard   = badParam("room size greater than 2500, set large_room flag as true")

	errEmptyBody = refuse(http.StatusBadRequest, "request body must not be empty")

	errRoomNotFound = refuse(http.StatusNotFound, "Room not found")
	errRoomDisabled = refuse(http.StatusForbidden, "Room is disabled")
	errRoleNotFound = refuse(http.StatusNotFound, "Role not found")
	errBadQuery     = refuse(http.StatusBadRequest, "Invalid query parameter")
	errCodeNotFound = refuse(http.StatusNotFound, "Code not found")
	errCodeStuck    = refuse(http.StatusForbidden, "Code can not be enabled (role/room does not exist)")
	errCodeBody     = refuse(http.StatusBadRequest, "Invalid body parameter")
)
