package sandbox

import (
	"maps"
	"slices"
)

// This file is what other calls read out of a template.

// roleRules is what holds for the peers of a role.
type roleRules struct {
	allowed      []string // to publish: audio, video, screen, simulcast
	maxPeerCount int      // in a session; 0: any number, -1: nobody
	permissions  []string // by name
}

// mayPublish says whether the role may publish audio, video or the screen.
func (r roleRules) mayPublish(what string) bool { return slices.Contains(r.allowed, what) }

// may says whether the role has a permission.
func (r roleRules) may(permission string) bool { return slices.Contains(r.permissions, permission) }

// role returns the rules of a role; those of one that isn't there allow nothing.
func (t *template) role(name string) roleRules {
	role := objectAt(objectAt(t.tree, "roles"), name)
	rules := roleRules{
		allowed:      textsAt(objectAt(role, "publishParams"), "allowed"),
		maxPeerCount: wholeAt(role, "maxPeerCount"),
	}
	granted := objectAt(role, "permissions")
	for _, permission := range slices.Sorted(maps.Keys(granted)) {
		if flagAt(granted, permission) {
			rules.permissions = append(rules.permissions, permission)
		}
	}
	return rules
}

// namedDestinations returns the destinations of a kind in a template's tree, by their keys.
func namedDestinations(tree object, kind string) []object {
	named := objectAt(objectAt(tree, "destinations"), kind)
	var all []object
	for _, key := range slices.Sorted(maps.Keys(named)) {
		if o, ok := named[key].(object); ok {
			all = append(all, o)
		}
	}
	return all
}
