package handlers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"roomledger/views/pages"
	"roomledger/web/hms"
)

// templatesFresh is how long the list of templates may be shown before it is read again: the room form asks for it
// with each look at a name.
const templatesFresh = 20 * time.Second

// templateCache remembers the templates of the workspace for a moment, without their secrets. The zero value is empty.
type templateCache struct {
	mu   sync.Mutex
	read time.Time
	list []hms.Template
}

// forget lets the list be read again: a template was changed.
func (c *templateCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = nil
}

// workspaceTemplates returns the templates to choose from, by name.
func (a *App) workspaceTemplates(ctx context.Context) ([]hms.Template, error) {
	c := &a.templates
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list != nil && a.Now().Sub(c.read) < templatesFresh {
		return c.list, nil
	}
	list := []hms.Template{}
	for t, err := range a.HMS.AllTemplates(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list templates: %w", err)
		}
		list = append(list, t.WithoutSecrets())
	}
	slices.SortFunc(list, func(a, b hms.Template) int { return strings.Compare(a.Name, b.Name) })
	c.list, c.read = list, a.Now()
	return list, nil
}

// shownTemplates shapes templates for a page, with the number of rooms that use each.
func (a *App) shownTemplates(ctx context.Context, list []hms.Template) ([]pages.Template, error) {
	uses, err := a.DB.RoomsByTemplate(ctx, a.Workspace.ID)
	if err != nil {
		return nil, fmt.Errorf("count rooms by template: %w", err)
	}
	out := make([]pages.Template, len(list))
	for i, t := range list {
		out[i] = shownTemplate(t)
		out[i].Rooms = uses[t.ID]
	}
	return out, nil
}

func shownTemplate(t hms.Template) pages.Template {
	out := pages.Template{ID: t.ID, Name: t.Name, Roles: slices.Sorted(maps.Keys(t.Roles)), Region: t.Settings.Region, Default: t.Default}
	if rec := t.Settings.Recording; rec != nil {
		out.Recording = rec.Enabled
		if rec.Upload != nil {
			out.Bucket = rec.Upload.Type + "://" + rec.Upload.Location
		}
	}
	return out
}
