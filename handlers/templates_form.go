package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// templateForm is the form of a template as it was sent.
type templateForm struct {
	*blueprint.Form
	*form.Confirm            // why, and the form token
	sent          url.Values // all of it, untouched
	overwrite     string
	version       string
	again         []string // secrets that were typed before, came back blank, and are still to be typed
	id            string   // of the template that is changed; "" for a new one
	name          string   // of that template as it is
}

// readTemplateForm reads what was typed over a template; nil for a new one.
func readTemplateForm(v url.Values, base blueprint.Tree) *templateForm {
	t := &templateForm{
		Form: blueprint.NewForm(base, maps.Clone(v)), Confirm: form.ParseConfirm(v), sent: v,
		overwrite: v.Get("overwrite"), version: v.Get("version"),
	}
	for _, name := range v["again"] {
		if isSecret(name) && strings.TrimSpace(v.Get(name)) == "" {
			t.again = append(t.again, name)
		}
	}
	return t
}

// secretPaths are the fields of the table whose values nobody may see again, rows as *.
var secretPaths = sync.OnceValue(func() map[string]bool {
	paths := map[string]bool{}
	for _, f := range blueprint.Fields() {
		if f.Node.Kind == blueprint.Secret {
			paths[f.Path] = true
		}
	}
	return paths
})

// secretTops are the parts of a template that hold such fields.
var secretTops = sync.OnceValue(func() map[string]bool {
	tops := map[string]bool{}
	for path := range secretPaths() {
		top, _, _ := strings.Cut(path, ".")
		tops[top] = true
	}
	return tops
})

// isSecret says whether a field of the form holds a secret.
func isSecret(name string) bool {
	if top, _, _ := strings.Cut(name, "."); !secretTops()[top] {
		return false // as nearly all of them
	}
	parts := strings.Split(name, ".")
	for i, part := range parts {
		if isRowNumber(part) {
			parts[i] = "*"
		}
	}
	return secretPaths()[strings.Join(parts, ".")]
}

// isRowNumber says whether a part of a field's name counts rows.
func isRowNumber(part string) bool {
	n, err := strconv.Atoi(part)
	return err == nil && n >= 0 && strconv.Itoa(n) == part
}

// typedSecrets are the fields in which a secret was typed, in alphabetical order.
func (t *templateForm) typedSecrets() []string {
	var names []string
	for name, typed := range t.Form.Values {
		if isSecret(name) && strings.TrimSpace(strings.Join(typed, "")) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// secrets are what was typed there, and the telling ends of addresses.
func (t *templateForm) secrets() []string {
	var list []string
	for _, name := range t.typedSecrets() {
		for _, s := range t.Form.Values[name] {
			s = strings.TrimSpace(s)
			list = append(list, s)
			if _, rest, found := strings.Cut(s, "://"); found {
				list = append(list, rest[strings.LastIndexByte(rest, '/')+1:])
			}
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// editRows adds or removes a row where a button asked for it, and says whether one did. The rows' path is where to look next.
func (t *templateForm) editRows() (path string, did bool) {
	typed := url.Values{}
	for _, name := range slices.Concat(t.again, t.typedSecrets()) {
		typed.Set(name, "on")
	}
	if !t.EditRows(t.sent) {
		return "", false
	}
	moved := &blueprint.Form{Values: typed} // they go where their rows go
	moved.EditRows(url.Values{"remove": t.sent["remove"]})
	t.again = slices.Sorted(maps.Keys(moved.Values))
	for _, name := range t.again {
		t.Form.Values.Del(name)
	}
	path = t.sent.Get("add")
	if opened := t.sent.Get("open"); opened != "" {
		path = opened + ".name"
	}
	if removed := t.sent.Get("remove"); path == "" && strings.Contains(removed, ".") {
		path = removed[:strings.LastIndexByte(removed, '.')]
	}
	return path, true
}

// valid checks every rule. A secret that was typed before the page came back has to be typed again once: left blank, it would
// silently stay what it was.
func (t *templateForm) valid(saving bool) bool {
	t.Form.Valid()
	if saving {
		without := "To keep what is there now"
		if t.id == "" {
			without = "To go without it"
		}
		for _, name := range t.again {
			t.Form.Errors.Add(name, "Type this again; it doesn’t come back with the page. "+without+", leave it blank and send the form once more.")
		}
		t.again = nil
	}
	t.Confirm.Valid()
	t.Form.Errors.List = slices.Concat(t.Confirm.Errors.List, t.Form.Errors.List)
	t.Form.Errors.Check(t.overwrite == "" || objectID.MatchString(t.overwrite) && len(t.sent["overwrite"]) == 1, "",
		"Say again whether the template may be replaced.")
	t.Form.Errors.Check(len(t.sent["version"]) <= 1, "", "This form is damaged: open it again.")
	return !t.Form.Errors.Any()
}

// change is the change that the form asks for.
func (t *templateForm) change(a *App, r *http.Request) ledger.Change {
	content := maps.Clone(t.sent)
	for _, name := range []string{"again", "as", "step"} { // of the page, not of the template
		content.Del(name)
	}
	return a.formChange(r, content, t.Reason, t.FormToken)
}

// newTokenIfUsed gives the form another token where its own can't be used again.
func (t *templateForm) newTokenIfUsed() {
	if t.Confirm.Errors.Of("") != "" || t.FormToken == "" {
		t.FormToken = newToken()
	}
}

// data is the form for its page, without its secrets.
func (t *templateForm) data() pages.TemplateFormData {
	typed := slices.Concat(t.again, t.typedSecrets())
	slices.Sort(typed)
	return pages.TemplateFormData{
		ID: t.id, Name: t.name, Form: t.Form, FormToken: t.FormToken, Version: t.version, Reason: t.Reason, Typed: slices.Compact(typed),
	}
}

// showTemplateForm draws the form.
func (a *App) showTemplateForm(w http.ResponseWriter, r *http.Request, status int, d pages.TemplateFormData) error {
	title := "New template"
	if d.ID != "" {
		title = "Edit " + d.Name
	}
	d.Page = a.page(w, r, title, "templates")
	d.Page.Problem = d.Form.Errors.Any() || d.Existing != nil || d.Stale != nil
	if err := a.nameTemplate(r, &d); err != nil {
		return err
	}
	return web.Render(w, r, status, pages.TemplateForm(d))
}
