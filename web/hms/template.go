package hms

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// Template is the blueprint of a room (documentation: policy, "Template object"). Its keys are camelCase.
//
// An update replaces the whole template. So read it, change it and send it: what we don't know is sent along, see Origin.
type Template struct {
	Origin       Origin           `json:"-"`
	ID           string           `json:"id" alias:"_id"`
	Name         string           `json:"name"` // a-z A-Z 0-9 space - . _ :
	CustomerID   string           `json:"customerId,omitzero" alias:"customer"`
	AppID        string           `json:"appId,omitzero"`   // undocumented: the vendor's client knows it
	Default      bool             `json:"default,omitzero"` // undocumented: some answers carry it
	Roles        map[string]Role  `json:"roles"`
	Settings     TemplateSettings `json:"settings"`
	Destinations *Destinations    `json:"destinations,omitzero"`
	Plugins      *Plugins         `json:"plugins,omitzero"` // wherever they stood in the answer
	CreatedAt    time.Time        `json:"createdAt"`
	UpdatedAt    time.Time        `json:"updatedAt"`
}

// templateWire is a template as it comes, which is how it is kept.
type templateWire struct{ Template }

func (w templateWire) value() Template { return w.Template }

// UnmarshalJSON reads a template with all the quirks of the API's answers.
func (t *Template) UnmarshalJSON(b []byte) error {
	if err := unmarshalOver(b, t); err != nil {
		return err
	}
	if t.Roles == nil {
		if t.Origin.read().members["roles"] != nil {
			return errKind // what would be left isn't a template
		}
		t.Roles = map[string]Role{}
	}
	for key, role := range t.Roles {
		role.Name = cmp.Or(role.Name, key)
		t.Roles[key] = role
	}
	if t.Plugins == nil && t.Destinations != nil {
		t.Plugins = t.Destinations.Plugins
	}
	return nil
}

// MarshalJSON writes the template over what it was read from; see Origin. It holds secrets.
func (t Template) MarshalJSON() ([]byte, error) { return marshalOver(t.asRead()) }

// Tree returns a copy of the JSON that the template was read from, numbers as json.Number: what MarshalJSON writes of one that
// nobody has changed. It is nil for one that was made by hand, and it holds secrets.
func (t Template) Tree() map[string]any {
	tree, _ := copied(t.Origin.read().members).(map[string]any)
	return tree
}

// asRead takes back what UnmarshalJSON filled in, so that each value is written where it was read.
func (t Template) asRead() Template {
	members := t.Origin.read().members
	t.Roles = maps.Clone(t.Roles)
	for key, from := range member(members, "roles") {
		if role, ok := t.Roles[key]; ok {
			t.Roles[key] = role.nameless(key, from)
		}
	}
	if len(t.Roles) == 0 && members["roles"] == nil {
		t.Roles = nil
	}
	if members["plugins"] == nil && member(members, "destinations")["plugins"] != nil && t.Destinations != nil {
		destinations := *t.Destinations
		destinations.Plugins, t.Plugins = t.Plugins, nil
		t.Destinations = &destinations
	}
	return t
}

func decodeTemplate(body []byte) (Template, error) {
	var template Template
	err := template.UnmarshalJSON(body) // not by json.Unmarshal, which would go through all of it once more
	if err == nil && template.ID == "" {
		err = errIncomplete
	}
	return template, err
}

// WithoutSecrets returns a copy to keep or to show: without the bucket's credentials and the stream keys, and without what
// we don't know. It can't be sent.
func (t Template) WithoutSecrets() Template {
	shown := withoutOrigins(t)
	shown.Settings = t.Settings.WithoutSecrets()
	if t.Destinations != nil {
		destinations := t.Destinations.WithoutSecrets()
		shown.Destinations = &destinations
	}
	return shown
}

// secrets lists the values that must not show up in an error, should the API repeat them.
func (t Template) secrets() []string {
	values := t.Settings.secrets()
	if t.Destinations != nil {
		values = append(values, t.Destinations.secrets()...)
	}
	return values
}

// String names the template, and shows nothing of what is in it.
func (t Template) String() string { return "hms.Template{" + t.ID + " " + t.Name + "}" }

// GoString is String.
func (t Template) GoString() string { return t.String() }

// LogValue is String for log/slog.
func (t Template) LogValue() slog.Value { return slog.StringValue(t.String()) }

// CreateTemplate makes a template (documentation: policy). Beware: when the name exists, that template is overwritten. An id
// and other things that are the API's to say aren't sent, so a template that was read can be copied under another Name.
//
// With a name the request is safe to repeat, and is repeated; without one the API invents it, and the request is sent once.
func (c *Client) CreateTemplate(ctx context.Context, t Template) (Template, error) {
	return fetch(ctx, c, request{
		op: "CreateTemplate", method: http.MethodPost, segments: []string{"templates"},
		params: templateBody(t), repeat: t.Name != "", secrets: t.secrets(),
	}, decodeTemplate)
}

// Template returns one template; an error that Is ErrNotFound when there is none.
func (c *Client) Template(ctx context.Context, id string) (Template, error) {
	return fetch(ctx, c, request{
		op: "Template", method: http.MethodGet, segments: []string{"templates", id}, repeat: true,
	}, decodeTemplate)
}

// UpdateTemplate replaces the template with that id by t (documentation: policy): what t lacks is gone afterwards. It fails
// when t has the name of another template. The dates of the answer may be zero.
//
// Sending the same again changes nothing more, so the request is repeated where no clear answer came. A change that
// somebody else makes at the same time is lost in either case.
func (c *Client) UpdateTemplate(ctx context.Context, id string, t Template) (Template, error) {
	return fetch(ctx, c, request{
		op: "UpdateTemplate", method: http.MethodPost, segments: []string{"templates", id},
		params: templateBody(t), repeat: true, secrets: t.secrets(),
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
