package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"
)

// entity is a kind of object that the sandbox keeps. Objects are never changed in place: a change puts a new value over the
// old one, so that an answer can be written after the lock was let go, and a change that fails can be taken back.
type entity interface {
	key() string   // what it is found by
	order() string // ascending in the order of making: an id
}

// list holds objects by ascending order, which for ids is the order of their making as well. A page is cut out of it by binary
// search, so that its cost doesn't grow with their number.
type list[T entity] []T

func (l list[T]) find(order string) (int, bool) {
	// New objects come last; that case is worth not searching.
	if n := len(l); n == 0 || l[n-1].order() < order {
		return n, false
	}
	return slices.BinarySearchFunc(l, order, func(v T, order string) int { return cmp.Compare(v.order(), order) })
}

func (l *list[T]) put(v T) {
	at, known := l.find(v.order())
	if known {
		(*l)[at] = v
		return
	}
	*l = slices.Insert(*l, at, v)
}

func (l *list[T]) remove(v T) {
	at, known := l.find(v.order())
	switch {
	case !known:
	case at == 0: // as when the oldest are forgotten, which must not move all others
		var none T
		(*l)[0] = none
		*l = (*l)[1:]
	default:
		*l = slices.Delete(*l, at, at+1)
	}
}

// move puts next, when it belongs to the list, in the place of old. Either may be missing.
func (l *list[T]) move(old, next *T, belongs func(T) bool) {
	was, is := old != nil && belongs(*old), next != nil && belongs(*next)
	if was && !is {
		l.remove(*old)
	}
	if is {
		l.put(*next)
	}
}

// before returns what is older than the cursor, everything for an empty one. The cursor need not exist.
func (l list[T]) before(cursor string) list[T] {
	if cursor == "" {
		return l
	}
	at, _ := l.find(cursor)
	return l[:at]
}

// newest returns at most limit objects that are wanted, the newest first.
func (l list[T]) newest(limit int, wanted func(T) bool) []T {
	var found []T
	for i := len(l) - 1; i >= 0 && len(found) < limit; i-- {
		if wanted(l[i]) {
			found = append(found, l[i])
		}
	}
	return found
}

// keeper is a table without the type of its objects.
type keeper interface {
	kind() string
	load(objects json.RawMessage) (int, error)
	all() iter.Seq[any] // in the order of making
	size() int
}

// table keeps the objects of one kind.
type table[T entity] struct {
	name  string // of the kind, in the file of the state
	ids   *ids   // new ones have to come after those that are held
	byKey map[string]T
	list  list[T]
	// moved, when there is one, is told that next stands in the place of old; either may be nil. It keeps what else leads to
	// the objects: lists by another object, and what they have coming (see agenda.go).
	moved func(old, next *T)
}

func newTable[T entity](st *state, name string, moved func(old, next *T)) *table[T] {
	return &table[T]{name: name, ids: &st.ids, byKey: map[string]T{}, moved: moved}
}

// at returns the object with this key; the zero value, which is nil, when there is none.
func (t *table[T]) at(key string) T { return t.byKey[key] }

// move puts next in the place of old without writing it down. Either may be nil.
func (t *table[T]) move(old, next *T) {
	if old != nil && next == nil {
		delete(t.byKey, (*old).key())
	}
	if next != nil {
		t.byKey[(*next).key()] = *next
		t.ids.saw((*next).order())
	}
	t.list.move(old, next, func(T) bool { return true })
	if t.moved != nil {
		t.moved(old, next)
	}
}

// put makes v the object with its key, as part of tx.
func (t *table[T]) put(tx *tx, v T) {
	old := t.held(v.key())
	t.move(old, &v)
	tx.record(t.name, v, func() { t.move(&v, old) })
}

// held returns the object with this key as move wants it; nil when there is none.
func (t *table[T]) held(key string) *T {
	v, ok := t.byKey[key]
	if !ok {
		return nil
	}
	return &v
}

func (t *table[T]) kind() string { return t.name }

func (t *table[T]) size() int { return len(t.list) }

// load takes in what a line of the state's file has of this kind, one object or an array of them, and returns how many.
func (t *table[T]) load(text json.RawMessage) (int, error) {
	if len(text) == 0 || text[0] != '[' {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	var objects []T
	if err := json.Unmarshal(text, &objects); err != nil {
		return 0, fmt.Errorf("%s: %w", t.name, err)
	}
	for _, v := range objects {
		t.move(t.held(v.key()), &v)
	}
	return len(objects), nil
}

func (t *table[T]) all() iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, v := range t.list {
			if !yield(v) {
				return
			}
		}
	}
}

// forget lets go the oldest objects: those made before a time, and so many that at most keep are left. They are not written down
// as gone, so what forgets has to forget them again after loading.
func forget[T interface {
	entity
	made() time.Time
}](t *table[T], keep int, before time.Time) {
	for len(t.list) > keep || (len(t.list) > 0 && t.list[0].made().Before(before)) {
		oldest := t.list[0]
		t.move(&oldest, nil)
	}
}

// since returns the part of l from the first object made at t or later; a zero time leaves the list as it is.
func since[T interface {
	entity
	made() time.Time
}](l list[T], t time.Time) list[T] {
	if t.IsZero() {
		return l
	}
	at, _ := slices.BinarySearchFunc(l, t, func(v T, t time.Time) int { return v.made().Compare(t) })
	return l[at:]
}

// until returns the part of l up to the last object made at t or earlier; a zero time leaves the list as it is.
func until[T interface {
	entity
	made() time.Time
}](l list[T], t time.Time) list[T] {
	if t.IsZero() {
		return l
	}
	at, _ := slices.BinarySearchFunc(l, t, func(v T, t time.Time) int {
		if v.made().After(t) {
			return 1
		}
		return -1
	})
	return l[:at]
}
