package hms

import (
	"bytes"
	"encoding/json"
)

// nothing reads the answer of an operation that has nothing to say: no body at all, or any JSON. A page of a proxy that
// stands in the way is neither.
func nothing(body []byte) (struct{}, error) {
	if len(bytes.TrimSpace(body)) > 0 && !json.Valid(body) {
		return struct{}{}, errIncomplete
	}
	return struct{}{}, nil
}
