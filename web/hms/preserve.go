package hms

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync"
	"time"
)

var (
	errKind      = errors.New("not of the documented kind")
	errOverwrite = errors.New("what stands there could not be read, so it isn't overwritten")
	errMore      = errors.New("something follows the JSON value")
	errStripped  = errors.New("its secrets were taken out: sending it would wipe them")
)

// Origin is what an object was read from: all its members as they came, also those that we don't know. It stands in each
// object that can be read on its own, listed, or moved to another name; nobody else needs to touch it.
//
// An object is written over its origin, or, made by hand, over what stood in its place (in a list: over nothing). So what
// we don't know survives, and what wasn't changed is sent as it came: missing, null, zero or 30.0. A member that stood
// there is sent with its new value, zero too; a pointer, list or map set to nil takes it out. A zero that wasn't there
// before isn't sent: the API itself drops zeros.
//
// A member of another kind than documented leaves its field at zero. Setting the field replaces a plain value; over
// anything larger it fails, as nobody has seen what would be lost.
//
// Its content never shows when it is printed.
type Origin struct {
	doc func() document // nil: the object was made by hand
}

// document is what an Origin holds, behind a function: that prints as an address, while fmt shows the rest of unexported
// fields without asking them. Its members are never changed, so copies of an object share them.
type document struct {
	members  map[string]any
	stripped bool // by WithoutSecrets
}

func originOf(d document) Origin { return Origin{func() document { return d }} }

// read returns what the object was read from; the zero document when it was made by hand.
func (o Origin) read() document {
	if o.doc == nil {
		return document{}
	}
	return o.doc()
}

// Equal says whether both were read from the same members.
func (o Origin) Equal(other Origin) bool { return reflect.DeepEqual(o.read(), other.read()) }

var (
	originType = reflect.TypeFor[Origin]()
	timeType   = reflect.TypeFor[time.Time]()
)

// unmarshalOver reads a JSON object into the struct that into points to, with its origin. Of null it makes the zero value.
func unmarshalOver(body []byte, into any) error {
	tree, err := parse(body)
	if err != nil {
		return err
	}
	return read(reflect.ValueOf(into).Elem(), tree)
}

// decodeOver reads an answer that must be a JSON object.
func decodeOver[T any](body []byte) (T, error) {
	var value T
	tree, err := parse(body)
	if err != nil {
		return value, err
	}
	if tree == nil {
		return value, errIncomplete
	}
	err = read(reflect.ValueOf(&value).Elem(), tree)
	return value, err
}

// parse reads one JSON value into maps, lists and plain values; numbers keep their text.
func parse(body []byte) (tree any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errMore
	}
	return tree, nil
}

// copied is a JSON tree that shares nothing that can be changed.
func copied(tree any) any {
	switch tree := tree.(type) {
	case map[string]any:
		if tree == nil {
			return nil
		}
		out := make(map[string]any, len(tree))
		for key, member := range tree {
			out[key] = copied(member)
		}
		return out
	case []any:
		out := make([]any, len(tree))
		for i, item := range tree {
			out[i] = copied(item)
		}
		return out
	}
	return tree
}

// read sets value from a JSON tree, null to zero. It fails with errKind where the tree has another shape.
func read(value reflect.Value, tree any) error {
	value.SetZero()
	if tree == nil {
		return nil
	}
	switch value.Kind() {
	case reflect.Pointer:
		return readPointer(value, tree)
	case reflect.Struct:
		if value.Type() == timeType {
			return readTime(value, tree)
		}
		return readObject(value, tree)
	case reflect.Map:
		return readMap(value, tree)
	case reflect.Slice:
		return readList(value, tree)
	}
	return readPlain(value, tree)
}

func readPointer(value reflect.Value, tree any) error {
	target := reflect.New(value.Type().Elem())
	if err := read(target.Elem(), tree); err != nil {
		return err
	}
	value.Set(target)
	return nil
}

func readObject(value reflect.Value, tree any) error {
	members, ok := tree.(map[string]any)
	if !ok {
		return errKind
	}
	for i, f := range fieldsOf(value.Type()) {
		member := value.Field(i)
		if f.origin {
			member.Set(reflect.ValueOf(originOf(document{members: members})))
			continue
		}
		if read(member, members[f.keyIn(members)]) != nil {
			member.SetZero() // see Origin: one odd member must not make a whole account's templates unreadable
		}
	}
	return nil
}

// objectField is what the tags of a field say.
type objectField struct {
	key, alias string
	origin     bool
}

// fieldTables are the fields of each type in their order. Asking reflect costs more than reading what stands there.
var fieldTables sync.Map // of reflect.Type to []objectField

func fieldsOf(object reflect.Type) []objectField {
	if known, ok := fieldTables.Load(object); ok {
		return known.([]objectField)
	}
	var list []objectField
	for field := range object.Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		list = append(list, objectField{key: key, alias: field.Tag.Get("alias"), origin: field.Type == originType})
	}
	fieldTables.Store(object, list)
	return list
}

// keyIn is the key by which a field is read from members.
func (f objectField) keyIn(members map[string]any) string {
	if f.alias != "" && members[f.key] == nil && members[f.alias] != nil {
		return f.alias
	}
	return f.key
}

// names returns the keys under which a field stands in members, the documented one when there is none. Fields with the
// tag "alias" are known by a second name.
func (f objectField) names(members map[string]any) []string {
	if f.alias != "" && members[f.alias] != nil && members[f.key] != nil {
		return []string{f.key, f.alias}
	}
	return []string{f.keyIn(members)}
}

// readMap leaves out entries that can't be read; writeMap keeps them.
func readMap(value reflect.Value, tree any) error {
	members, ok := tree.(map[string]any)
	if !ok {
		return errKind
	}
	value.Set(reflect.MakeMapWithSize(value.Type(), len(members)))
	for key, member := range members {
		entry := reflect.New(value.Type().Elem()).Elem()
		if read(entry, member) == nil {
			value.SetMapIndex(reflect.ValueOf(key), entry)
		}
	}
	return nil
}

func readList(value reflect.Value, tree any) error {
	items, ok := tree.([]any)
	if !ok {
		return errKind
	}
	list := reflect.MakeSlice(value.Type(), len(items), len(items))
	for i, item := range items {
		if err := read(list.Index(i), item); err != nil {
			return err
		}
	}
	value.Set(list)
	return nil
}

func readPlain(value reflect.Value, tree any) error {
	switch tree := tree.(type) {
	case string:
		if value.Kind() == reflect.String {
			value.SetString(tree)
			return nil
		}
	case bool:
		if value.Kind() == reflect.Bool {
			value.SetBool(tree)
			return nil
		}
	case json.Number:
		return readNumber(value, tree)
	}
	return errKind
}

func readNumber(value reflect.Value, number json.Number) error {
	switch value.Kind() {
	case reflect.Int:
		var n whole
		if err := n.UnmarshalJSON([]byte(number)); err != nil {
			return err
		}
		value.SetInt(int64(n))
		return nil
	case reflect.Float64:
		f, err := number.Float64()
		if err != nil {
			return err // too large
		}
		value.SetFloat(f)
		return nil
	}
	return errKind
}

func readTime(value reflect.Value, tree any) error {
	text, ok := tree.(string)
	if !ok {
		return errKind
	}
	var at moment
	if err := at.UnmarshalJSON([]byte(`"` + text + `"`)); err != nil {
		return err
	}
	value.Set(reflect.ValueOf(time.Time(at)))
	return nil
}
