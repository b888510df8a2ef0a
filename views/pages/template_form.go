package pages

import (
	"net/url"
	"reflect"
	"strings"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/views/layout"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// TemplateFormData is for TemplateForm: a template that is made or changed, also after 422 and 409.
type TemplateFormData struct {
	Page      layout.Page
	ID        string // of the template that is changed; "" for a new one
	Name      string // of that template as it is now
	Form      *blueprint.Form
	FormToken string
	Version   string // of the template that the form was drawn from; "" for a new one
	Reason    string
	Presets   []TemplatePreset // to begin with, of a new one
	Apology   string           // what couldn't be read for it, and why
	From      string           // what a new one begins with, in words: "the preset Webinar", "a copy of clinic-default"; may be empty
	Unknown   []string         // paths of what an import or a copy leaves out
	Typed     []string         // fields whose secrets were typed, and have to be typed again
	Problem   *TemplateProblem
	Existing  *ExistingTemplate // set on 409: the template with this name
	Stale     *StaleTemplate    // set on 409: the template was changed since the form was opened
	Review    *TemplateReview   // what saving would change; nil until it was asked for
	Preview   form.Preview      // of a new one; zero until it was asked for
	NameState TemplateNameState
	Focus     string // path of rows that were just changed: one was added, or removed
}

// TemplateNameState is the answer to "may a template be called so", computed without calling the API.
type TemplateNameState struct {
	State    string // "" for a blank name, free, own, taken, bad
	Of       string // id of the template that is changed; "" for a new one
	ID, Name string // of the template that has it
	Problem  string // what is bad about it
}

// TemplatePreset is a beginning to choose.
type TemplatePreset struct {
	Key, Name, Help string
	Roles           []string
}

// TemplateImportData is for TemplateImport.
type TemplateImportData struct {
	Page   layout.Page
	Errors form.Errors // field template
}

// TemplateProblem is why the template wasn't saved, besides the messages in the form, or what of it wasn't.
type TemplateProblem struct {
	Title     string
	Operation string // URL; may be empty
}

// ExistingTemplate is the template that a create would overwrite.
type ExistingTemplate struct {
	ID, Name string
	Changes  []blueprint.Change
	Other    bool // the agreed id was another template's: the world changed since
}

// StaleTemplate is what happened to a template while somebody had its form open. The form holds both: their changes, and on top of
// them what was typed.
type StaleTemplate struct {
	Lines []StaleLine
	Known bool // how it was when the form was opened is on record
}

// StaleLine is a field that was changed here, elsewhere, or at both places; values are in words.
type StaleLine struct {
	Label, Before, Yours, Theirs string
	Both                         bool // each has changed it, and not to the same
	Untouched                    bool // not changed in the form, so that theirs stays
}

// TemplateReview is what saving a changed template would do.
type TemplateReview struct {
	Changes []blueprint.Change
	Roles   []blueprint.RoleChange
	Impact  templ.Component // whom it reaches; may be nil
}

// formID is the id of the form.
const formID = "template-form"

func (d TemplateFormData) action() string {
	if d.ID == "" {
		return "/templates/new"
	}
	return "/templates/" + url.PathEscape(d.ID) + "/edit"
}

func (d TemplateFormData) cancel() templ.SafeURL {
	if d.ID == "" {
		return "/templates"
	}
	return templ.SafeURL("/templates/" + url.PathEscape(d.ID))
}

func (d TemplateFormData) heading() string {
	if d.ID == "" {
		return "New template"
	}
	return "Edit " + d.Name
}

// above is the page that the form belongs to.
func (d TemplateFormData) above() string {
	if d.ID == "" {
		return "Templates"
	}
	return d.Name
}

// changed says whether leaving the page would lose something that the server doesn't have.
func (d TemplateFormData) changed() bool {
	return d.Form.Errors.Any() || d.Existing != nil || d.Stale != nil || d.Review != nil || d.Problem != nil || d.From != "" ||
		d.Focus != "" && d.holdsMore()
}

// holdsMore says whether anything was typed into a form that comes back to be gone on with: opening a role alone changes nothing.
func (d TemplateFormData) holdsMore() bool {
	return d.ID == "" || d.Reason != "" || len(d.Typed) > 0 || !reflect.DeepEqual(d.Form.Tree(), d.Form.Base)
}

func (d TemplateFormData) problemTitle() string {
	if d.Problem != nil && d.Problem.Title != "" {
		return d.Problem.Title
	}
	return "There is a problem"
}

func templateLines(changes []blueprint.Change) []components.Line {
	out := make([]components.Line, len(changes))
	for i, c := range changes {
		out[i] = components.Line{Field: c.Label, Have: c.Have, Will: c.Will}
	}
	return out
}

func roleChangeWords(c blueprint.RoleChange) string {
	switch {
	case c.Now == "":
		return "The role " + c.Was + " is deleted."
	case c.Was == "":
		return "The role " + c.Now + " is added."
	}
	return "The role " + c.Was + " is renamed to " + c.Now + "."
}

// named is the row's name for its button.

// heading names a row that has no name of its own.

// fold tells the cards of a page apart though others come and go: what was opened stays open.

func staleWords(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

func templateTakenTitle(e *ExistingTemplate) string {
	if e.Other {
		return "Another template has taken this name since you looked"
	}
	return "There is already a template called " + e.Name
}

// templateOverwriteReason asks why a template is replaced: beside the yes, outside of the form.

func templateOverwriteReason(d TemplateFormData) components.Field {
	f := reasonField(d.Form.Errors, d.Reason)
	f.Attrs["form"] = formID
	return f
}

// importField takes the text of an export. It doesn't come back: it may hold secrets, which an export of ours doesn't.

func importField(d TemplateImportData) components.Field {
	f := code(field(d.Errors, "template", "Or paste what is in it", "", "Secrets in it aren't taken over."))
	f.Attrs["rows"] = "12"
	return f
}

// templateTakenWords says what creating would do. Whether the API tells names apart by their case isn't documented.

func templateTakenWords(d TemplateFormData) string {
	name := strings.TrimSpace(d.Form.Values.Get("name"))
	if name == d.Existing.Name {
		return "100ms knows each name once. Creating “" + name + "” would not make a second template: it would replace"
	}
	return "A template has this name in another case, and nobody says whether 100ms tells them apart. Creating “" + name + "” may replace"
}
