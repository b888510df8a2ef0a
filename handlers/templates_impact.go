package handlers

import (
	"context"

	"github.com/a-h/templ"

	"roomledger/views/pages"
	"roomledger/web/blueprint"
)

// reviewImpact is the part of a review that says whom the changes reach.
func (a *App) reviewImpact(ctx context.Context, id string, changes []blueprint.Change, roles []blueprint.RoleChange) templ.Component {
	if len(changes) == 0 {
		return nil
	}
	return pages.ImpactPanel(a.impact(ctx, id, changes, roles))
}
