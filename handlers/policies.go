package handlers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/components"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

func (a *App) policies(w http.ResponseWriter, r *http.Request) error {
	p, err := a.DB.Policies(r.Context())
	if err != nil {
		return fmt.Errorf("read the policies: %w", err)
	}
	return a.showPolicies(w, r, http.StatusOK, p, pages.PoliciesData{Form: &form.Policies{
		KeepDays: strconv.Itoa(p.KeepDays), CheckpointRows: strconv.Itoa(p.CheckpointRows), CheckpointMinutes: strconv.Itoa(p.CheckpointMinutes),
	}})
}

func (a *App) showPolicies(w http.ResponseWriter, r *http.Request, status int, now db.Policies, d pages.PoliciesData) (err error) {
	d.Page, d.Now = a.page(w, r, "Policies", "settings"), now
	d.Page.Problem = d.Form.Errors.Any() || d.Agree > 0
	if d.Kept, err = a.DB.Kept(r.Context()); err != nil {
		return fmt.Errorf("read what is kept: %w", err)
	}
	return web.Render(w, r, status, pages.Policies(d))
}

func (a *App) updatePolicies(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	now, err := a.DB.Policies(r.Context())
	if err != nil {
		return fmt.Errorf("read the policies: %w", err)
	}
	f := form.ParsePolicies(v)
	if !f.Valid() {
		return a.showPolicies(w, r, http.StatusUnprocessableEntity, now, pages.PoliciesData{Form: f})
	}
	var to db.Policies
	to.KeepDays, to.CheckpointRows, to.CheckpointMinutes = f.Values()
	if removesMore(now, to) && !f.Agrees(to.KeepDays) {
		return a.askToRemove(w, r, now, to, f)
	}
	if err := SetPolicies(r.Context(), a.Ledger, change(r, ""), now, to); err != nil {
		return err
	}
	return a.done(w, r, "/settings/policies", web.Flash{Kind: "done", Text: savedPolicies(to)})
}

// removesMore says whether a change of policies lets history go that would have stayed.
func removesMore(from, to db.Policies) bool {
	return to.KeepDays > 0 && (from.KeepDays == 0 || to.KeepDays < from.KeepDays)
}

// askToRemove shows the form again with what would be removed for good.
func (a *App) askToRemove(w http.ResponseWriter, r *http.Request, now, to db.Policies, f *form.Policies) error {
	doomed, err := a.DB.OperationsBefore(r.Context(), a.Now().Add(-time.Duration(to.KeepDays)*day))
	if err != nil {
		return fmt.Errorf("count what would be removed: %w", err)
	}
	return a.showPolicies(w, r, http.StatusConflict, now, pages.PoliciesData{Form: f, Agree: to.KeepDays, Doomed: doomed})
}

func savedPolicies(p db.Policies) string {
	if p.KeepDays == 0 {
		return "Saved. History is kept for good."
	}
	return "Saved. History older than " + strconv.Itoa(p.KeepDays) + " days is removed once a day."
}

// SetPolicies changes the policies, with its history rows. Before is what they were when the change was decided.
func SetPolicies(ctx context.Context, l *ledger.Ledger, ch ledger.Change, before, to db.Policies) error {
	t := ledger.Target{Kind: "setting", Name: "policies"}
	err := l.Local(ctx, ch, "settings.update", t, before, to, func(tx *db.Tx) error { return tx.SetPolicies(to) })
	if err != nil {
		return fmt.Errorf("set the policies: %w", err)
	}
	return nil
}

func (a *App) confirmPrune(w http.ResponseWriter, r *http.Request) error {
	d, err := a.pruneQuestion(r)
	if err != nil {
		return err
	}
	return a.confirm(w, r, "settings", d)
}

// pruneQuestion is what is asked before old history is removed.
func (a *App) pruneQuestion(r *http.Request) (pages.ConfirmData, error) {
	p, err := a.pruningPolicy(r)
	if err != nil {
		return pages.ConfirmData{}, err
	}
	doomed, err := a.DB.OperationsBefore(r.Context(), a.Now().Add(-time.Duration(p.KeepDays)*day))
	if err != nil {
		return pages.ConfirmData{}, fmt.Errorf("count what would be removed: %w", err)
	}
	now := "about " + components.Plural(doomed, "operation", "operations")
	if doomed == 0 { // whole days are counted
		now = "little or nothing"
	}
	return pages.ConfirmData{
		Heading: "Remove old history now?",
		Sentence: fmt.Sprintf("What is older than %d days is removed for good, now %s. The hashes stay, so that the rest can still be verified. "+
			"Without this it happens once a day by itself.", p.KeepDays, now),
		Action: "/history/prune", Button: "Remove old history", Danger: true, Cancel: "/settings/policies", Reason: true,
	}, nil
}

// pruningPolicy is what is decided about old history: it must be that it goes.
func (a *App) pruningPolicy(r *http.Request) (db.Policies, error) {
	p, err := a.DB.Policies(r.Context())
	if err != nil {
		return p, fmt.Errorf("read the policies: %w", err)
	}
	if p.KeepDays == 0 {
		return p, &web.Error{
			Status: http.StatusConflict, What: "History is kept for good.", Why: "No policy says that old history may be removed.",
			Do: "Decide under Settings, Policies how long it is kept.",
		}
	}
	return p, nil
}

// pruneWait is how long a person waits for old history to be removed; what is left goes in the background.
const pruneWait = 5 * time.Second

func (a *App) prune(w http.ResponseWriter, r *http.Request) error {
	d, err := a.pruneQuestion(r)
	if err != nil {
		return err
	}
	return a.agreedHere(w, r, "settings", d, func(ch ledger.Change) error { return a.pruneNow(w, r, ch) })
}

func (a *App) pruneNow(w http.ResponseWriter, r *http.Request, ch ledger.Change) error {
	ctx, cancel := context.WithTimeout(r.Context(), pruneWait)
	defer cancel()
	rows, err := a.Ledger.Prune(ctx, ch)
	text := "Removed " + components.Plural(int(rows), "row", "rows") + " of history."
	switch {
	case err != nil && ctx.Err() != nil && r.Context().Err() == nil:
		a.Jobs.PruneSoon()
		text = "Removed " + components.Plural(int(rows), "row", "rows") + " of history so far. The rest goes in the background."
	case err != nil:
		return fmt.Errorf("prune history: %w", err)
	case rows == 0:
		text = "There was nothing to remove: history has no rows that are old enough."
	}
	return a.done(w, r, "/settings/policies", web.Flash{Kind: "done", Text: text})
}

// backup sends a copy of the database.
func (a *App) backup(w http.ResponseWriter, r *http.Request) error {
	// Making the copy may take longer than a page.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift the write deadline: %w", err)
	}
	return a.Ledger.TemporaryBackup(r.Context(), change(r, ""), func(f *os.File) error {
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("send the backup: %w", err)
		}
		h := w.Header()
		h.Set("Content-Type", "application/vnd.sqlite3")
		h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		h.Set("Content-Disposition", `attachment; filename="roomledger-`+a.Now().UTC().Format("20060102-150405")+`.db"`)
		_, err = io.Copy(w, f)
		return a.cutOffIf(r, err)
	})
}
