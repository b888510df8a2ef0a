package hms

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"time"
)

// marshalOver encodes v over its origin; see there.
func marshalOver(v any) ([]byte, error) {
	tree, err := write(reflect.ValueOf(v), nil, false)
	if err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// write returns value as a JSON tree, over what stood in its place, if anything did. It returns nil for what is to be taken
// out, and for a null that stays.
func write(value reflect.Value, was any, had bool) (any, error) {
	if had {
		before := reflect.New(value.Type()).Elem()
		unread := read(before, was) != nil
		switch {
		case unread && value.IsZero(), !unread && equal(before, value):
			return was, nil
		case unread && !plain(value):
			return nil, errOverwrite
		}
	}
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil, nil
		}
		return write(value.Elem(), was, had)
	case reflect.Struct:
		if !plain(value) {
			return writeObject(value, was)
		}
	case reflect.Map:
		return writeMap(value, was)
	case reflect.Slice:
		return writeList(value, was)
	}
	return writePlain(value)
}

// equal says whether two values read the same. Those with origins never do, unless these are empty: they are written
// member by member, each over its own.
func equal(a, b reflect.Value) bool { return reflect.DeepEqual(a.Interface(), b.Interface()) }

// plain says whether value is a text, a number, a truth or a time.
func plain(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		return false
	case reflect.Struct:
		return value.Type() == timeType
	}
	return true
}

func writeObject(value reflect.Value, was any) (map[string]any, error) {
	members, _ := was.(map[string]any)
	if origin := findOrigin(value).read().members; origin != nil {
		members = origin
	}
	out := make(map[string]any, len(members))
	maps.Copy(out, members)
	for i, f := range fieldsOf(value.Type()) {
		if f.origin {
			continue
		}
		member, keys := value.Field(i), f.names(members)
		if len(keys) > 1 && stands(member, members[keys[0]]) {
			keys = nil // not changed: should the two names have had different values, they keep them
		}
		for _, key := range keys {
			if err := writeMember(out, key, member); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return out, nil
}

// findOrigin returns the origin in a struct; the zero one when it keeps none.
func findOrigin(value reflect.Value) Origin {
	for i, f := range fieldsOf(value.Type()) {
		if f.origin {
			return value.Field(i).Interface().(Origin)
		}
	}
	return Origin{}
}

func writeMember(out map[string]any, key string, value reflect.Value) error {
	was, had := out[key]
	if !had && value.IsZero() {
		return nil
	}
	now, err := write(value, was, had)
	if err != nil {
		return err
	}
	if now == nil && was != nil {
		delete(out, key)
		return nil
	}
	out[key] = now
	return nil
}

func writeMap(value reflect.Value, was any) (any, error) {
	if value.IsNil() {
		return nil, nil
	}
	old, _ := was.(map[string]any)
	out := make(map[string]any, value.Len())
	for key, entry := range old {
		if read(reflect.New(value.Type().Elem()).Elem(), entry) != nil {
			out[key] = entry // it never was in the map, so nobody took it out
		}
	}
	for entry := value.MapRange(); entry.Next(); {
		key := entry.Key().String()
		was, had := old[key]
		now, err := write(entry.Value(), was, had)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		out[key] = now
	}
	return out, nil
}

// writeList writes each item over its own origin: its place in the list says nothing, as items may have been moved.
func writeList(value reflect.Value, was any) (any, error) {
	if value.IsNil() {
		return nil, nil
	}
	old, _ := was.([]any)
	out := make([]any, value.Len())
	for i := range out {
		item := value.Index(i)
		if i < len(old) && stands(item, old[i]) {
			out[i] = old[i]
			continue
		}
		now, err := write(item, nil, false)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i, err)
		}
		out[i] = now
	}
	return out, nil
}

// stands says whether value is what old reads as.
func stands(value reflect.Value, old any) bool {
	before := reflect.New(value.Type()).Elem()
	return read(before, old) == nil && equal(before, value)
}

func writePlain(value reflect.Value) (any, error) {
	switch value.Kind() {
	case reflect.String:
		return value.String(), nil
	case reflect.Bool:
		return value.Bool(), nil
	case reflect.Int:
		return value.Int(), nil
	case reflect.Float64:
		return value.Float(), nil
	case reflect.Struct:
		return value.Interface().(time.Time).UTC().Format(time.RFC3339Nano), nil
	}
	return nil, fmt.Errorf("a %s: %w", value.Type(), errKind)
}

// withoutOrigins returns a deep copy of v that knows nothing but its fields, and that can't be sent.
func withoutOrigins[T any](v T) T {
	return strip(reflect.ValueOf(v)).Interface().(T)
}

func strip(value reflect.Value) reflect.Value {
	out := reflect.New(value.Type()).Elem()
	switch {
	case value.Type() == originType:
		out.Set(reflect.ValueOf(originOf(document{stripped: true})))
	case plain(value):
		out.Set(value)
	case value.Kind() == reflect.Struct:
		for i := range value.NumField() {
			out.Field(i).Set(strip(value.Field(i)))
		}
	case value.IsNil():
	case value.Kind() == reflect.Pointer:
		out.Set(reflect.New(value.Type().Elem()))
		out.Elem().Set(strip(value.Elem()))
	case value.Kind() == reflect.Map:
		out.Set(reflect.MakeMapWithSize(value.Type(), value.Len()))
		for entry := value.MapRange(); entry.Next(); {
			out.SetMapIndex(entry.Key(), strip(entry.Value()))
		}
	default:
		out.Set(reflect.MakeSlice(value.Type(), value.Len(), value.Len()))
		for i := range value.Len() {
			out.Index(i).Set(strip(value.Index(i)))
		}
	}
	return out
}
