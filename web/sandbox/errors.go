package sandbox

import (
	"errors"
	"net/http"
)

// apiError is a refusal in the API's main shape; it is also what goes over the wire.
type apiError struct {
	Code    int      `json:"code"` // the HTTP status
	Message string   `json:"message"`
	Details []string `json:"details,omitzero"` // nil: the short shape, see short
}

// Error returns the message.
func (e *apiError) Error() string { return e.Message }

func refuse(status int, message string, details ...string) *apiError {
	if details == nil {
		details = []string{} // an empty array on the wire, not null
	}
	return &apiError{Code: status, Message: message, Details: details}
}

// refusals are the documented ones, with the page that each comes from. The tests walk them.
var refusals []documentedRefusal

type documentedRefusal struct {
	page string
	*apiError
}

// documented declares a refusal of the documents, at package level.
func documented(page string, status int, message string, details ...string) *apiError {
	e := refuse(status, message, details...)
	refusals = append(refusals, documentedRefusal{page, e})
	return e
}

// short is a refusal in the shape without details, which some groups of calls have.
func short(status int, message string) *apiError {
	return &apiError{Code: status, Message: message}
}

// documentedShort declares a refusal of the documents that has the shape without details, at package level.
func documentedShort(page string, status int, message string) *apiError {
	e := short(status, message)
	refusals = append(refusals, documentedRefusal{page, e})
	return e
}

// shortened returns err in the shape without details: with the text that says most, where there are details.
func shortened(err error) error {
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		return err
	}
	if len(e.Details) > 0 {
		return short(e.Code, e.Details[0])
	}
	return short(e.Code, e.Message)
}

// badParam is the documented validation shape: a generic head, the full text in the details.
func badParam(what string) *apiError {
	return refuse(http.StatusBadRequest, "Invalid body param", "Invalid body param: "+what)
}

// The documented refusals of rooms and room codes, and those of every call. Those we had to word ourselves stand in choices.go.
var (
	errBucketLocation = documented("Rooms: create", http.StatusBadRequest, "Bucket location is missing")
	errUploadConfig   = documented("Rooms: create", http.StatusBadRequest, "Invalid upload configuration")
	errTemplateKey    = documented("Rooms: create", http.StatusBadRequest, "Invalid body param: template. Use template_id")
	errRegion         = documented("Rooms: create", http.StatusBadRequest, "Error: region not supported")
	errNoTemplate     = documented("Rooms: create", http.StatusBadRequest, "Error: template not found")
	errTooShort       = documented("Rooms: create", http.StatusBadRequest, "Invalid body param: max_duration_seconds less than 120 seconds")
	errTooLong        = documented("Rooms: create", http.StatusBadRequest, "Invalid body param: max_duration_seconds greater than 43200 seconds")
	errSizeLarge      = documented("Rooms: create", http.StatusBadRequest, "Invalid body param", "Invalid body param: room size greater than 20000")
	errSizeStandard   = documented("Rooms: create", http.StatusBadRequest, "Invalid body param", "Invalid body param: room size greater than 2500, set large_room flag as true")

	errEmptyBody = documented("seen in tests of others", http.StatusBadRequest, "request body must not be empty")

	errRoomNotFound = documented("Room codes: create", http.StatusNotFound, "Room not found")
	errRoomDisabled = documented("Room codes: create", http.StatusForbidden, "Room is disabled")
	errRoleNotFound = documented("Room codes: create for one role", http.StatusNotFound, "Role not found")
	errBadQuery     = documented("Room codes: list", http.StatusBadRequest, "Invalid query parameter")
	errCodeNotFound = documented("Room codes: enable or disable", http.StatusNotFound, "Code not found")
	errCodeStuck    = documented("Room codes: enable or disable", http.StatusForbidden, "Code can not be enabled (role/room does not exist)")
	errCodeBody     = documented("Room codes: enable or disable", http.StatusBadRequest, "Invalid body parameter")
)
