package pages

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/views/layout"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

func templateURL(id string) templ.SafeURL { return templ.SafeURL("/templates/" + url.PathEscape(id)) }

func templateVersionsURL(id string) templ.SafeURL { return templateURL(id) + "/versions" }

func templateVersionURL(id string, n int) templ.SafeURL {
	return templateVersionsURL(id) + templ.SafeURL("/"+strconv.Itoa(n))
}

// templateCompareURL is where a template is compared with another one, which is chosen there.
func templateCompareURL(id string) templ.SafeURL {
	return templ.SafeURL("/templates/compare?a=" + url.QueryEscape(id))
}

func templateCopyURL(id string) templ.SafeURL {
	return templ.SafeURL("/templates/new?from=" + url.QueryEscape(id))
}

func templateRoomsURL(id string) templ.SafeURL {
	return templ.SafeURL("/rooms?template_id=" + url.QueryEscape(id))
}

// templateDefaultURL is the page that asks before a template's mark is set, or taken away.
func templateDefaultURL(t *db.Template) templ.SafeURL {
	to := templateURL(t.ID) + "/default"
	if t.Marked {
		to += "?on=false"
	}
	return to
}

// templateRestoreURL is the page that asks before a template is brought back to a version.
func templateRestoreURL(d TemplateVersionData) templ.SafeURL {
	return templateURL(d.Template.ID) + templ.SafeURL("/restore?at="+url.QueryEscape(exactly(d.Version.Time)))
}

func proofURL(operation string) templ.SafeURL { return operationURL(operation) + "/proof" }

// How many names a line of the list has.
const (
	rolesShown        = 4
	destinationsShown = 3
)

func isDefault(t *db.Template) bool { return t.Default || t.Marked }

// defaultSource says who says that a template is the default.
func defaultSource(t *db.Template) string {
	if t.Default {
		return "100ms says so"
	}
	return "marked here by an admin; 100ms doesn't tell which one it takes"
}

// changedHow says in a word or two what changed a template last.
func changedHow(t *db.Template) string {
	if strings.HasSuffix(t.Action, ".seen") {
		if t.Versions > 1 {
			return "changed elsewhere"
		}
		return "first seen"
	}
	return ""
}

// changedBy is who changed a template last; nobody knows that of changes made elsewhere.
func changedBy(t *db.Template) string {
	if how := changedHow(t); how != "" {
		return how
	}
	return "by " + actor(t.ChangedBy, t.ChangedKind)
}

// someOf is a list in one line, the first of many.
func someOf(list []string, n int) string {
	if len(list) <= n {
		return strings.Join(list, ", ")
	}
	return strings.Join(list[:n], ", ") + " and " + components.Number(len(list)-n) + " more"
}

// how says how a version came about; "" for a change that was made here.
func (v *TemplateVersion) how() string {
	if !strings.HasSuffix(v.Action, ".seen") {
		return ""
	}
	if v.First {
		return "first seen"
	}
	return "changed elsewhere"
}

func (v *TemplateVersion) who() string {
	if v.how() != "" {
		return "not known"
	}
	return actor(v.Actor, v.ActorKind)
}

// fields names what changed with a version. Labels have commas of their own.
func (v *TemplateVersion) fields() string {
	if len(v.Changed) <= fieldsShown {
		return strings.Join(v.Changed, "; ")
	}
	return strings.Join(v.Changed[:fieldsShown], "; ") + " and " + components.Number(len(v.Changed)-fieldsShown) + " more"
}

// versionWords is a version with its time, for the heads of a difference.
func versionWords(v *db.TemplateVersion) string { return "Version " + strconv.Itoa(v.N) }

// versionColumns are the heads of the difference: the earlier version first.
func (d TemplateVersionData) versionColumns() (have, will string) {
	this := &d.Version.TemplateVersion
	if d.With.N > this.N {
		return versionWords(this), versionWords(d.With)
	}
	return versionWords(d.With), versionWords(this)
}

// blueprintLines are the lines of a difference for people.
func blueprintLines(changes []blueprint.Change) []components.Line {
	out := make([]components.Line, len(changes))
	for i, c := range changes {
		out[i] = components.Line{Field: c.Label, Have: shortMark(c.Have), Will: shortMark(c.Will)}
	}
	return out
}

// withField asks for the number of a version to compare with.
func withField(d TemplateVersionData) components.Field {
	value := d.Typed
	if value == "" && d.With != nil {
		value = strconv.Itoa(d.With.N)
	}
	f := field(d.Errors, "with", "Compare with version", value, "")
	f.Attrs = templ.Attributes{"inputmode": "numeric", "autocomplete": "off"}
	return f
}

// templateChoices are the templates to choose from; one that isn't among them stays on offer.
func templateChoices(d TemplateCompareData, chosen string) []components.Option {
	out := []components.Option{{Label: "Choose a template"}}
	known := chosen == ""
	for _, t := range d.List {
		out = append(out, components.Option{Value: t.ID, Label: t.Name})
		known = known || t.ID == chosen
	}
	if !known {
		out = append(out, components.Option{Value: chosen, Label: cut(chosen, 40)})
	}
	return out
}

// templateSortURL is where the head of a column leads.
func templateSortURL(f *form.TemplatesFilter, column string) string {
	first, second := column, "-"+column
	if column == "changed" {
		first, second = second, first
	}
	if f.Order() == first {
		return f.URL("sort", second)
	}
	return f.URL("sort", first)
}

// templateSorted is the value of aria-sort for a column.
func templateSorted(f *form.TemplatesFilter, column string) string {
	switch f.Order() {
	case column:
		return "ascending"
	case "-" + column:
		return "descending"
	}
	return ""
}

// templatePageURL is a neighbouring page of the list; "" at its end. Side is after or before.
func templatePageURL(f *form.TemplatesFilter, side, cursor string) string {
	if cursor == "" {
		return ""
	}
	return f.URL(side, cursor)
}

// templateCount says how many match.
func templateCount(n int) string {
	return capped(min(n, db.RoomCountCap), n > db.RoomCountCap) + " " + templatesWord(n)
}

func templatesWord(n int) string {
	if n == 1 {
		return "template"
	}
	return "templates"
}

// roomCount is how many rooms use a template.
func roomCount(n int) string { return capped(min(n, db.RoomCountCap), n > db.RoomCountCap) }

func templateChips(f *form.TemplatesFilter) []components.Chip {
	return shownChips(f.Chips(), func(c form.Chip) string { return c.Value })
}

// templateTabs lead to a template's sister pages.
func templateTabs(p layout.Page, id, current string) []components.Tab {
	base := string(templateURL(id))
	tabs := []components.Tab{
		{Label: "Template", URL: base, Current: current == ""},
		{Label: "Versions", URL: base + "/versions", Current: current == "versions"},
		{Label: "Matrix", URL: base + "/matrix", Current: current == "matrix"},
		{Label: "Reach", URL: base + "/impact", Current: current == "reach"},
	}
	if p.CanHistory {
		tabs = append(tabs, components.Tab{Label: "As it was", URL: base + "/moments", Current: current == "moments"})
	}
	return tabs
}

func orNotSet(s string) string { return cmp.Or(s, "not set") }

func orNothingSet(s string) string { return cmp.Or(s, "none") }

// storageWords is where recordings go.
func storageWords(storage string) string { return cmp.Or(storage, "kept by 100ms") }

func roomsSource(n int) string {
	if n == 0 {
		return ""
	}
	return "enabled and disabled, as last read"
}

// versionSource says what is known of the moment that a version begins with.
func versionSource(d TemplateVersionData) string {
	switch d.Version.how() {
	case "first seen":
		return "seen so then for the first time; it may be older"
	case "changed elsewhere":
		return "found to be so then; it was changed elsewhere, some time before"
	}
	return ""
}

// problemsAt are messages, those of the given fields as links to them: what else an address can hold has no control.
func problemsAt(e form.Errors, fields ...string) []components.Message {
	out := problems(e)
	for i := range out {
		if !slices.Contains(fields, out[i].Field) {
			out[i].Field = ""
		}
	}
	return out
}

// templateQuery is the search box of the list.
func templateQuery(f *form.TemplatesFilter) components.Field {
	box := field(f.Errors, "q", "Search templates", f.Q, "")
	box.Attrs = templ.Attributes{"placeholder": "Name, id, or a role"}
	return box
}
