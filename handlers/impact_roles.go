package handlers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web/blueprint"
)

// lastTree is a template as it is known last, without secrets; nil when it isn't known.
func (a *App) lastTree(ctx context.Context, id string) (blueprint.Tree, error) {
	t, err := a.DB.Template(ctx, a.Workspace.ID, id)
	if errors.Is(err, db.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	return blueprint.ParseTree([]byte(t.Data))
}

// regionOf is a template's region; "" where it isn't known.
func regionOf(tree blueprint.Tree) string {
	settings, _ := tree["settings"].(map[string]any)
	region, _ := settings["region"].(string)
	return region
}

// dependants is a role with what of its template names it.
func dependants(tree blueprint.Tree, change blueprint.RoleChange) pages.ImpactRole {
	r := pages.ImpactRole{Was: change.Was, Now: change.Now, Unread: tree == nil}
	namings(tree, change.Was, func(path []string) {
		if len(path) > 1 && path[0] == "roles" {
			if path[1] != change.Was {
				r.Receivers = append(r.Receivers, path[1])
			}
			return
		}
		label := blueprint.Label(strings.Join(path, "."))
		if !slices.Contains(r.Named, label) {
			r.Named = append(r.Named, label)
		}
	})
	return r
}

// namings calls found with the path of each value of a template that names a role.
func namings(tree blueprint.Tree, role string, found func(path []string)) {
	n := naming{role: role, found: found}
	n.parts(nil, blueprint.Schema(), tree)
}

// naming is a walk through a template, along the table of its parts.
type naming struct {
	role  string
	found func(path []string)
}

func (n naming) parts(path []string, nodes []blueprint.Node, from map[string]any) {
	for _, node := range nodes {
		n.part(append(slices.Clip(path), node.Key), node, from[node.Key])
	}
}

func (n naming) part(path []string, node blueprint.Node, v any) {
	switch node.Kind {
	case blueprint.Object:
		inner, _ := v.(map[string]any)
		n.parts(path, node.Kids, inner)
	case blueprint.ByName:
		rows, _ := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(rows)) {
			inner, _ := rows[name].(map[string]any)
			n.parts(append(slices.Clip(path), name), node.Kids, inner)
		}
	case blueprint.InOrder:
		rows, _ := v.([]any)
		for i, row := range rows {
			inner, _ := row.(map[string]any)
			n.parts(append(slices.Clip(path), strconv.Itoa(i)), node.Kids, inner)
		}
	default:
		if n.names(node, v) {
			n.found(path)
		}
	}
}

// names says whether a value is the role's name, or has it in it.
func (n naming) names(node blueprint.Node, v any) bool {
	switch node.Kind {
	case blueprint.RoleName:
		return v == n.role
	case blueprint.Roles:
		list, _ := v.([]any)
		return slices.Contains(list, any(n.role))
	case blueprint.Pairs: // languages by role
		pairs, _ := v.(map[string]any)
		_, ok := pairs[n.role]
		return ok
	}
	return false
}
