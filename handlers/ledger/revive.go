package ledger

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Secret is a value that a restore needs, and that has to be typed: history holds no secret, and the object as it is has
// none that bears the same mark.
type Secret struct {
	Path     string // in the API's JSON, e.g. webhook.headers.x-key
	Rest     string // of an address: what stands before the secret, which isn't asked for
	Optional bool   // nobody knows whether it had one
	Missing  bool   // it is needed, and wasn't typed
}

// Left is what a restore can't bring back, and why.
type Left struct{ Path, Why string }

// reviver turns a redacted object back into what the API takes. What history doesn't hold is taken from the object as it is
// where both look the same, and from what was typed elsewhere.
type reviver struct {
	redact redactor
	typed  map[string]string // by path
	asked  []Secret
	left   []Left
	unsure []string // paths of secrets that are too short for a mark: those of the object as it is stay
}

// object revives an object or a list of objects. What the object as it is has besides, and nobody knows, stays: to take it
// out would wipe what the API may have added since.
func (r *reviver) object(then, live any, s shape, path string) any {
	switch then := then.(type) {
	case map[string]any:
		now, _ := live.(map[string]any)
		return r.members(then, now, s, path)
	case []any:
		now, _ := live.([]any)
		out := make([]any, len(then))
		for i := range then {
			out[i] = r.object(then[i], itemAt(now, i), s, join(path, strconv.Itoa(i)))
		}
		return out
	}
	return r.unknown(then, live, path)
}

func (r *reviver) members(then, live map[string]any, s shape, path string) map[string]any {
	out := make(map[string]any, len(then))
	for _, key := range slices.Sorted(maps.Keys(then)) {
		if v := r.value(then[key], live[key], s[key], join(path, key)); v != nil {
			out[key] = v
		}
	}
	for key, value := range live {
		if _, known := s[key]; !known && out[key] == nil {
			out[key] = value
		}
	}
	return out
}

func (r *reviver) value(then, live any, by rule, path string) any {
	if then == nil {
		return nil
	}
	switch by.how {
	case object:
		return r.object(then, live, by.fields, path)
	case named:
		return r.each(then, live, rule{how: object, fields: by.fields}, path)
	case values:
		return r.each(then, live, rule{how: masked}, path)
	case masked, address, stream:
		return r.secrets(then, live, by, path)
	case hide:
		return r.unknown(then, live, path)
	}
	return then
}

// each revives the values of an object whose keys are names.
func (r *reviver) each(then, live any, by rule, path string) any {
	names, ok := then.(map[string]any)
	if !ok {
		return r.unknown(then, live, path)
	}
	now, _ := live.(map[string]any)
	out := make(map[string]any, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if v := r.value(names[name], now[name], by, join(path, name)); v != nil {
			out[name] = v
		}
	}
	return out
}

// unknown is what history knows the name of and nothing else.
func (r *reviver) unknown(then, live any, path string) any {
	if then != hidden {
		return then
	}
	if live == nil {
		r.left = append(r.left, Left{path, "History never holds the value of a field that isn't documented, and it has none now to keep."})
	}
	return live
}

// secrets revives one secret, or a list of them; those of a list may have moved.
func (r *reviver) secrets(then, live any, by rule, path string) any {
	list, ok := then.([]any)
	if !ok {
		return r.secret(then, []any{live}, by, path)
	}
	now, _ := live.([]any)
	out := make([]any, len(list))
	for i := range list {
		out[i] = r.secret(list[i], now, by, join(path, strconv.Itoa(i)))
	}
	return out
}

// secret takes what looks the same from the candidates, and else what was typed.
func (r *reviver) secret(then any, candidates []any, by rule, path string) any {
	was, ok := then.(string)
	if !ok || !redacted(was) {
		return then
	}
	if i := slices.IndexFunc(candidates, func(c any) bool { return c != nil && r.redact.apply(c, by) == then }); i >= 0 {
		if !strings.Contains(was, mark) {
			r.unsure = append(r.unsure, path)
		}
		return candidates[i]
	}
	rest := beforeSecret(was)
	typed := r.typed[path]
	r.asked = append(r.asked, Secret{Path: path, Rest: rest, Missing: typed == ""})
	return rest + typed
}

// redacted says whether something of a text was taken out.
func redacted(text string) bool {
	return strings.Contains(text, mark) || strings.Contains(text, secret) || text == hidden
}

// beforeSecret is what stands before the only secret of an address; "" where all of it has to be typed.
func beforeSecret(text string) string {
	for _, sign := range []string{mark, secret} {
		if before, after, found := strings.Cut(text, sign); found && !redacted(before) && !strings.Contains(after, "@") {
			return before
		}
	}
	return ""
}

func itemAt(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
