package handlers

import (
	"context"

	"roomledger/views/pages"
	"roomledger/web/blueprint"
)

// Impact is what a change reaches, for its tables.
func (a *App) Impact(ctx context.Context, id string, changes []blueprint.Change, roles []blueprint.RoleChange) pages.Impact {
	return a.impact(ctx, id, changes, roles)
}

// Namings is where a role is named, for its table.
var Namings = namings
