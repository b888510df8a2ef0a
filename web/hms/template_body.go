package hms

import (
	"encoding/json"
	"maps"
	"reflect"
)

// serverOwned are the keys of a template that only the API sets: who it belongs to and when it was made. No request
// documents them. "default" is one of them: which template is the default is chosen in the vendor's dashboard, and version 2
// of the API neither documents the key nor takes it.
var serverOwned = []string{
	"id", "_id", "customerId", "customer_id", "customer", "appId", "default", "createdAt", "updatedAt",
}

// templateBody is a template on its way to the API.
type templateBody Template

// MarshalJSON writes the template as CreateTemplate and UpdateTemplate send it.
func (b templateBody) MarshalJSON() ([]byte, error) {
	t := Template(b)
	if t.Origin.read().stripped || t.Settings.Origin.read().stripped || t.Destinations != nil && t.Destinations.stripped() {
		return nil, errStripped
	}
	return marshalChanged(t.asRead(), func(template map[string]any) {
		for _, key := range serverOwned {
			delete(template, key)
		}
		nameSecretKey(reach(template, "settings"))
		// Requests document plugins here only. Whether the API takes them where it has put them in an answer isn't said.
		if plugins := member(template, "destinations")["plugins"]; plugins != nil && template["plugins"] == nil {
			template["plugins"] = plugins
		}
	})
}

// marshalChanged encodes v over its origin, after a last change that requests need.
func marshalChanged(v any, change func(map[string]any)) ([]byte, error) {
	tree, err := writeObject(reflect.ValueOf(v), nil)
	if err != nil {
		return nil, err
	}
	change(tree)
	return json.Marshal(tree)
}

// reach is member for an object that is to be changed: what wasn't changed so far belongs to the origin, so it is copied.
func reach(object map[string]any, path ...string) map[string]any {
	for _, key := range path {
		inner, ok := object[key].(map[string]any)
		if !ok {
			return nil
		}
		inner = maps.Clone(inner)
		object[key] = inner
		object = inner
	}
	return object
}

// member returns the object at a path of keys; nil when there is none.
func member(object map[string]any, path ...string) map[string]any {
	for _, key := range path {
		object, _ = object[key].(map[string]any)
	}
	return object
}
