package hms

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"time"
)

var errIncomplete = errors.New("the answer lacks what it should hold")

// wire is an answer as it comes: T with the types that read leniently.
type wire[T any] interface {
	value() T
}

// decode reads one value of type T by its wire type W.
func decode[T any, W wire[T]](body []byte) (T, error) {
	var in W
	if err := json.Unmarshal(body, &in); err != nil {
		var none T
		return none, err
	}
	return in.value(), nil
}

// whole is a whole number that may come as 3600.0 or null.
type whole int

// UnmarshalJSON reads a JSON number. It fails on one that has a fraction or doesn't fit.
func (n *whole) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" {
		*n = 0
		return nil
	}
	if i, err := strconv.Atoi(text); err == nil {
		*n = whole(i)
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return &json.UnmarshalTypeError{Value: "something that isn't whole", Type: reflect.TypeFor[int]()}
	}
	*n = whole(f)
	return nil
}

// moment is a time that may come as null, "" or 0001-01-01T00:00:00Z when it was never set.
type moment time.Time

// UnmarshalJSON reads an RFC 3339 time with any number of decimals, as UTC.
func (m *moment) UnmarshalJSON(b []byte) error {
	text := string(b)
	if text == "null" || text == `""` {
		*m = moment{}
		return nil
	}
	t, err := time.Parse(`"`+time.RFC3339+`"`, text)
	t = t.UTC()
	if err != nil || t.Year() > 9999 { // a year that could not be written again
		return &json.UnmarshalTypeError{Value: "something that isn't a time", Type: reflect.TypeFor[time.Time]()}
	}
	if t.Year() <= 1 {
		t = time.Time{} // never set, in whatever zone
	}
	*m = moment(t)
	return nil
}
