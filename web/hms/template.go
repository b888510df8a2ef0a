package hms

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Template is the blueprint of a room (documentation: policy, "Template object"). Its keys are camelCase.
type Template struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Default   bool             `json:"default,omitzero"` // undocumented: some answers carry it
	Roles     map[string]Role  `json:"roles"`
	Settings  TemplateSettings `json:"settings"`
	CreatedAt time.Time        `json:"createdAt"`
	UpdatedAt time.Time        `json:"updatedAt"`
}

// Role is what a peer may publish, receive and do.
type Role struct {
	Name          string          `json:"name"`
	PublishParams PublishParams   `json:"publishParams"`
	Permissions   map[string]bool `json:"permissions,omitzero"`
	Priority      int             `json:"priority,omitzero"`     // 1 (highest) - 5
	MaxPeerCount  int             `json:"maxPeerCount,omitzero"` // 0: no limit, -1: nobody
}

// PublishParams holds what a role may publish: audio, video, screen, simulcast.
type PublishParams struct {
	Allowed []string `json:"allowed,omitzero"`
}

// TemplateSettings are the defaults that rooms inherit.
type TemplateSettings struct {
	Region    string             `json:"region,omitzero"` // in, us, eu or auto
	Recording *TemplateRecording `json:"recording,omitzero"`
}

// TemplateRecording is the recording default of a template's rooms.
type TemplateRecording struct {
	Enabled bool            `json:"enabled,omitzero"`
	Upload  *TemplateUpload `json:"upload,omitzero"`
}

// TemplateUpload is the bucket of a template's recordings, without its credentials: we never need them.
type TemplateUpload struct {
	Type     string         `json:"type"`
	Location string         `json:"location"`
	Prefix   string         `json:"prefix,omitzero"`
	Options  *UploadOptions `json:"options,omitzero"`
}

// templateWire is a template as it comes.
type templateWire struct {
	plainTemplate
	OldID     string              `json:"_id"` // the deprecated twin
	Roles     map[string]roleWire `json:"roles"`
	CreatedAt moment              `json:"createdAt"`
	UpdatedAt moment              `json:"updatedAt"`
}

// plainTemplate is Template without its methods.
type plainTemplate Template

// roleWire is a role as it comes; it may be an empty object.
type roleWire struct {
	plainRole
	Priority     whole `json:"priority"`
	MaxPeerCount whole `json:"maxPeerCount"`
}

type plainRole Role

func (w templateWire) value() Template {
	template := Template(w.plainTemplate)
	template.ID = cmp.Or(template.ID, w.OldID)
	template.CreatedAt, template.UpdatedAt = time.Time(w.CreatedAt), time.Time(w.UpdatedAt)
	template.Roles = make(map[string]Role, len(w.Roles))
	for name, in := range w.Roles {
		role := Role(in.plainRole)
		role.Name = cmp.Or(role.Name, name)
		role.Priority, role.MaxPeerCount = int(in.Priority), int(in.MaxPeerCount)
		template.Roles[name] = role
	}
	return template
}

// UnmarshalJSON reads a template with all the quirks of the API's answers.
func (t *Template) UnmarshalJSON(b []byte) (err error) {
	*t, err = decode[Template, templateWire](b)
	return err
}

func decodeTemplate(body []byte) (Template, error) {
	template, err := decode[Template, templateWire](body)
	if err == nil && template.ID == "" {
		err = errIncomplete
	}
	return template, err
}

// Template returns one template; an error that Is ErrNotFound when there is none.
func (c *Client) Template(ctx context.Context, id string) (Template, error) {
	return fetch(ctx, c, request{
		op: "Template", method: http.MethodGet, segments: []string{"templates", id}, repeat: true,
	}, decodeTemplate)
}

// ListTemplates returns one page of templates, newest first. limit is 10-100, or 0 for the API's default of 10; start is
// Page.Last of the page before, or "".
func (c *Client) ListTemplates(ctx context.Context, limit int, start string) (Page[Template], error) {
	return c.listTemplates(ctx, "ListTemplates", limit, start)
}

func (c *Client) listTemplates(ctx context.Context, op string, limit int, start string) (Page[Template], error) {
	query := url.Values{}
	setPage(query, limit, start)
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"templates"}, query: query, repeat: true,
	}, decodePage[Template, templateWire])
}

// AllTemplates walks all templates, newest first. An error is the last thing it yields.
func (c *Client) AllTemplates(ctx context.Context) iter.Seq2[Template, error] {
	return all("", func(start string) (Page[Template], error) {
		return c.listTemplates(ctx, "AllTemplates", maxLimit, start)
	})
}
