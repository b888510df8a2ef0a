package sandbox

import "slices"

// This file knows where else a template names its roles.

// roleLists returns the objects of a template that have lists of role names.
func roleLists(tree object) []object {
	var owners []object
	for _, role := range objectAt(tree, "roles") {
		owners = append(owners, asObject(role, "subscribeParams"))
	}
	for _, plugin := range objectAt(tree, "plugins") {
		owners = append(owners, asObject(plugin, "permissions"))
	}
	return owners
}

// roleListKeys are the keys of such lists.
var roleListKeys = []string{"subscribeToRoles", "admin", "writer", "reader"}

// changeRoleLists puts what change makes of each list of role names in its place.
func changeRoleLists(tree object, change func(names []any) []any) {
	for _, owner := range roleLists(tree) {
		for _, key := range roleListKeys {
			if names := listAt(owner, key); names != nil {
				owner[key] = change(names)
			}
		}
	}
}

// asObject returns the object at a key of v, nil where either isn't one.
func asObject(v any, key string) object {
	o, _ := v.(object)
	return objectAt(o, key)
}

// roleUsers returns the destinations of a template that act as one of its roles.
func roleUsers(tree object) []object {
	return slices.Concat(namedDestinations(tree, "transcriptions"), namedDestinations(tree, "browserRecordings"))
}

// dropRole takes a name out of the lists of tree. What acts as the role is left as it is: it has no other to be.
func dropRole(tree object, name string) {
	changeRoleLists(tree, func(names []any) []any {
		return slices.DeleteFunc(names, func(v any) bool { return v == name })
	})
	for _, user := range roleUsers(tree) {
		delete(asObject(user["translation"], "roleLanguages"), name)
	}
}

// renameRole puts the name next in the place of old all over tree.
func renameRole(tree object, old, next string) {
	changeRoleLists(tree, func(names []any) []any {
		for i, v := range names {
			if v == old {
				names[i] = next
			}
		}
		return names
	})
	for _, user := range roleUsers(tree) {
		if user["role"] == old {
			user["role"] = next
		}
		languages := asObject(user["translation"], "roleLanguages")
		if language, ok := languages[old]; ok {
			delete(languages, old)
			languages[next] = language
		}
	}
}
