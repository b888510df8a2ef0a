package hms

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// identified is a thing that has an id of its own.
type identified interface {
	key() string
}

// decodeOne reads one thing, which must have an id.
func decodeOne[T identified, W wire[T]](body []byte) (T, error) {
	value, err := decode[T, W](body)
	if err == nil && value.key() == "" {
		err = errIncomplete
	}
	return value, err
}

// keyed is a map of things by their id. The documents sometimes call it an array, so an array is read too.
type keyed[T identified] map[string]T

// UnmarshalJSON reads an object or an array of things, or null.
func (k *keyed[T]) UnmarshalJSON(b []byte) error {
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		return json.Unmarshal(b, (*map[string]T)(k))
	}
	var list []T
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	*k = make(keyed[T], len(list))
	for _, item := range list {
		(*k)[item.key()] = item
	}
	return nil
}

// amount is a whole number that may come as a text: the documents print sizes and durations in both ways.
type amount int

// UnmarshalJSON reads a JSON number, quoted or not. An empty text is 0.
func (n *amount) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" {
		text = "null"
	}
	return (*whole)(n).UnmarshalJSON([]byte(text))
}

// label is a text that may come as a number.
type label string

// UnmarshalJSON reads a text or a number as it is written.
func (l *label) UnmarshalJSON(b []byte) error {
	var number json.Number
	if json.Unmarshal(b, &number) == nil {
		*l = label(number)
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

// positions is a list of whole numbers that may come as a single one.
type positions []whole

// UnmarshalJSON reads an array of numbers, one number, or null.
func (p *positions) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("[")) || string(b) == "null" {
		return json.Unmarshal(b, (*[]whole)(p))
	}
	var one whole
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*p = positions{one}
	return nil
}

// ints returns numbers as ints, nil as nil.
func ints(numbers []whole) []int {
	if numbers == nil {
		return nil
	}
	list := make([]int, len(numbers))
	for i, n := range numbers {
		list[i] = int(n)
	}
	return list
}

// instant is a moment that may also come as seconds since 1970.
type instant time.Time

// UnmarshalJSON reads a time or a number of seconds.
func (i *instant) UnmarshalJSON(b []byte) error {
	var at whole
	if err := json.Unmarshal(b, &at); err == nil && at != 0 {
		*i = instant(time.Unix(int64(at), 0).UTC())
		return nil
	}
	if string(b) == "0" {
		b = []byte("null")
	}
	return (*moment)(i).UnmarshalJSON(b)
}
