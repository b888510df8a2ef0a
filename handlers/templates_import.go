package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/blueprint"
	"roomledger/web/form"
	"roomledger/web/hms"
)

// maxImport is how many bytes an imported template may have; ours.
const maxImport = 1 << 20

func (a *App) templateImport(w http.ResponseWriter, r *http.Request) error {
	return a.showImport(w, r, http.StatusOK, pages.TemplateImportData{})
}

func (a *App) showImport(w http.ResponseWriter, r *http.Request, status int, d pages.TemplateImportData) error {
	d.Page = a.page(w, r, "Import a template", "templates")
	d.Page.Problem = d.Errors.Any()
	return web.Render(w, r, status, pages.TemplateImport(d))
}

// importTemplate reads a template that was exported, and shows it as the form of a new one; or, where a template of its name is here,
// as a change of that one, which is reviewed first. Nothing is sent by it.
func (a *App) importTemplate(w http.ResponseWriter, r *http.Request) error {
	text, err := importText(w, r)
	if err != nil {
		return err
	}
	var d pages.TemplateImportData
	if len(text) > maxImport {
		d.Errors.Add("template", "Shorten it to 1 MB or less; no template is that large.")
		return a.showImport(w, r, http.StatusRequestEntityTooLarge, d)
	}
	if strings.TrimSpace(text) == "" {
		d.Errors.Add("template", "Choose a file, or paste what is in it.")
		return a.showImport(w, r, http.StatusUnprocessableEntity, d)
	}
	got, err := blueprint.Import([]byte(text))
	if err != nil {
		d.Errors.Add("template", err.Error())
		return a.showImport(w, r, http.StatusUnprocessableEntity, d)
	}
	have, err := a.templateNamed(r, got.Values.Get("name"))
	if err != nil {
		return err
	}
	if have.ID != "" {
		return a.importOver(w, r, got, have)
	}
	return a.importNew(w, r, got)
}

func (a *App) importNew(w http.ResponseWriter, r *http.Request, got blueprint.Imported) error {
	t := &templateForm{Form: got.Form, Confirm: &form.Confirm{FormToken: newToken()}}
	t.Form.Values = asNew(got.Values)
	d := t.data()
	d.From, d.Unknown = "what you imported", got.Unknown
	return a.showTemplateForm(w, r, importStatus(t.Form), d)
}

func importStatus(f *blueprint.Form) int {
	if f.Errors.Any() {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// importOver shows an import as a change of the template that has its name: secrets, and what the desk doesn't know, stay there.
func (a *App) importOver(w http.ResponseWriter, r *http.Request, got blueprint.Imported, have ledger.LiveTemplate) error {
	t := editing(have, onto(have.Tree, withSecretRows(have.Tree, got.Values)))
	t.Form.Valid()
	changes, err := a.changesOf(t, have)
	if err != nil {
		return err
	}
	d := t.data()
	d.From, d.Unknown = "what you imported; the template "+have.Name+" has its name", got.Unknown
	d.Review = &pages.TemplateReview{Changes: changes, Roles: t.Roles()}
	d.Review.Impact = a.reviewImpact(r.Context(), have.ID, changes, d.Review.Roles)
	return a.showTemplateForm(w, r, importStatus(t.Form), d)
}

// templateNamed is the template that has this name in any case; the zero one when there is none.
func (a *App) templateNamed(r *http.Request, name string) (ledger.LiveTemplate, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return ledger.LiveTemplate{}, nil
	}
	list, err := a.workspaceTemplates(r.Context())
	if err != nil {
		return ledger.LiveTemplate{}, err
	}
	for _, t := range list {
		if !strings.EqualFold(t.Name, name) {
			continue
		}
		live, err := a.Ledger.ReadTemplate(r.Context(), t.ID)
		if errors.Is(err, hms.ErrNotFound) {
			continue
		}
		return live, err
	}
	return ledger.LiveTemplate{}, nil
}

// importText is what was pasted or chosen as a file; of what is too large, only so much that it shows.
func importText(w http.ResponseWriter, r *http.Request) (string, error) {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		v, err := web.ParseForm(w, r)
		return v.Get("template"), err
	}
	return uploaded(r, params)
}

// uploaded reads a form with a file in it. What was pasted counts where no file was chosen.
func uploaded(r *http.Request, params map[string]string) (string, error) {
	parts := multipart.NewReader(r.Body, params["boundary"])
	pasted := ""
	for {
		part, err := parts.NextPart()
		if err == io.EOF {
			return pasted, nil
		}
		if err != nil {
			return "", brokenUpload(err)
		}
		text, err := io.ReadAll(io.LimitReader(part, maxImport+1))
		switch {
		case err != nil:
			return "", brokenUpload(err)
		case part.FormName() == "file" && len(text) > 0:
			return string(text), nil
		case part.FormName() == "template":
			pasted = string(text)
		}
	}
}

// brokenUpload words why an upload couldn't be read.
func brokenUpload(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &web.Error{
			Status: http.StatusRequestEntityTooLarge, What: "The file is too large.", Why: fmt.Sprintf("It may weigh up to %d kB.", min(large.Limit, maxImport)>>10),
			Do: "Choose the file of a template.", Err: err,
		}
	}
	return &web.Error{
		Status: http.StatusBadRequest, What: "The file could not be read.", Why: "It broke off on its way here, or isn't encoded right.",
		Do: "Go back and send it again.", Err: err,
	}
}
