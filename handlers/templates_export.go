package handlers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"roomledger/handlers/ledger"
	"roomledger/web/blueprint"
	"roomledger/web/form"
)

// exportTemplate is a template as a file that another workspace can import, without its secrets.
func (a *App) exportTemplate(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !objectID.MatchString(id) {
		return notFoundError()
	}
	live, err := a.Ledger.ReadTemplate(r.Context(), id)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(blueprint.Export(live.Tree), "", "  ")
	if err != nil {
		return fmt.Errorf("write the template: %w", err)
	}
	target := ledger.Target{Kind: "template", ID: id, Name: live.Name}
	if err := a.Ledger.Note(r.Context(), change(r, ""), "template.export", target, "", nil); err != nil {
		return fmt.Errorf("record the export: %w", err)
	}
	out, err := download(w, "template-"+cmp.Or(form.SuggestName(live.Name), id)+".json")
	if err != nil {
		return err
	}
	if _, err := out.Write(append(raw, '\n')); err != nil {
		return a.cutOff(r, err)
	}
	return a.cutOffIf(r, out.Flush())
}
