package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

// checkpointPage is how many checkpoints a page lists.
const checkpointPage = 20

func (a *App) verification(w http.ResponseWriter, r *http.Request) error {
	return a.showVerification(w, r, http.StatusOK, "", form.Errors{})
}

// showVerification shows what is signed, what was found last, and how to check it; typed is a checkpoint as it was typed.
func (a *App) showVerification(w http.ResponseWriter, r *http.Request, status int, typed string, e form.Errors) (err error) {
	ctx := r.Context()
	d := pages.VerificationData{Page: a.page(w, r, "Verify", "history"), Key: a.Ledger.PublicKey(), Checkpoint: typed, Errors: e}
	d.Page.Problem = e.Any()
	if d.Rows, err = a.DB.HistoryLen(ctx); err != nil {
		return err
	}
	if d.Newest, err = a.DB.LastCheckpoint(ctx); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if err := a.keptCheckpoints(r, &d); err != nil {
		return err
	}
	if d.Last, err = a.lastVerification(r); err != nil {
		return err
	}
	d.Altered = a.alteration(r)
	for _, one := range a.Jobs.Witnesses.State() {
		d.Witnesses = append(d.Witnesses, pages.Witness{Name: one.Name, Size: one.Size, Time: one.Time, Problem: one.Problem})
	}
	return web.Render(w, r, status, pages.Verification(d))
}

// keptCheckpoints lists the checkpoints below the size that the address names.
func (a *App) keptCheckpoints(r *http.Request, d *pages.VerificationData) error {
	below, err := strconv.ParseInt(r.FormValue("below"), 10, 64)
	if err != nil || below < 0 {
		below = 0 // all
	}
	list, err := a.DB.Checkpoints(r.Context(), below, checkpointPage+1)
	if err != nil {
		return err
	}
	if len(list) > checkpointPage {
		list = list[:checkpointPage]
		d.Older = "below=" + strconv.FormatInt(list[checkpointPage-1].Size, 10)
	}
	d.Checkpoints, d.Below = list, below > 0
	return nil
}

// alteration says in words what the checkpoints in a file elsewhere tell against history; "" nothing.
func (a *App) alteration(r *http.Request) string {
	err := a.Jobs.Witnesses.Agree(r.Context())
	if err == nil || r.Context().Err() != nil {
		return ""
	}
	return err.Error()
}

// sealProblem says in words what is wrong with the checkpoints that are kept elsewhere; "" nothing.
func (a *App) sealProblem(r *http.Request) string {
	if problem := a.alteration(r); problem != "" {
		return "History may not be the one that was signed: " + problem + "."
	}
	for _, one := range a.Jobs.Witnesses.State() {
		if one.Problem != "" {
			return "Checkpoints aren't kept at " + one.Name + ": " + one.Problem + "."
		}
	}
	return ""
}

// lastVerification is what history tells of the newest one; nil when there is none.
func (a *App) lastVerification(r *http.Request) (*pages.Verified, error) {
	list, err := a.DB.Operations(r.Context(), db.OperationQuery{Action: "history.verify", Limit: 1})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	v := &pages.Verified{Operation: list[0]}
	rows, err := a.DB.OperationRows(r.Context(), list[0].ID)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, err
	}
	// The rows of this very operation may be what was tampered with, and this is where people look then.
	if len(rows) == 0 || json.Unmarshal([]byte(rows[len(rows)-1].After), &v.Found) != nil {
		v.Faults = []pages.Fault{{Text: "What it found can't be read any more: its row in history was changed or removed. Verify again."}}
		return v, nil
	}
	for _, f := range v.Found.Faults {
		fault := pages.Fault{Text: f.Text}
		if f.Seq > 0 && f.Seq == f.Upto {
			fault.Operation, err = a.DB.OperationAt(r.Context(), f.Seq)
			if err != nil && !errors.Is(err, db.ErrNotFound) {
				return nil, err
			}
		}
		v.Faults = append(v.Faults, fault)
	}
	return v, nil
}

// verifyHistory verifies the whole of history, one at a time: it keeps two processors busy.
func (a *App) verifyHistory(w http.ResponseWriter, r *http.Request) error {
	v, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	typed := v.Get("checkpoint")
	kept, e := readCheckpoints(typed)
	if e.Any() {
		return a.showVerification(w, r, http.StatusUnprocessableEntity, typed, e)
	}
	if !a.verifying.TryLock() {
		return &web.Error{
			Status: http.StatusConflict, What: "A verification is running already.", Why: "It reads the whole history, so there is one at a time.",
			Do: "Wait for its result on this page, then start another if you still need it.", Link: "/history/verify", Word: "Verify",
		}
	}
	defer a.verifying.Unlock()
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil { // a long history takes its time
		return fmt.Errorf("lift the write deadline: %w", err)
	}
	if _, err := a.Ledger.Verify(r.Context(), change(r, ""), kept); err != nil {
		return err
	}
	return web.Redirect(w, r, "/history/verify")
}

// readCheckpoints takes apart what was typed, which may be nothing.
func readCheckpoints(typed string) (kept []string, e form.Errors) {
	kept = seal.SplitNotes([]byte(typed))
	for _, one := range kept {
		_, err := seal.ReadCheckpoint(one)
		e.Check(err == nil, "checkpoint", "Paste a whole checkpoint, from its first line to the one that begins with a dash.")
	}
	return kept, e
}

// checkpoint is the newest checkpoint, made first if rows came since the last, or the one of a size.
func (a *App) checkpoint(w http.ResponseWriter, r *http.Request) error {
	text := r.FormValue("size")
	if text == "" {
		c, _, err := a.Ledger.Checkpoint(r.Context())
		if err != nil {
			return err
		}
		return sayPlain(w, http.StatusOK, c.Note)
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return db.ErrNotFound
	}
	c, err := a.DB.CheckpointAt(r.Context(), size)
	if err != nil {
		return err
	}
	return sayPlain(w, http.StatusOK, c.Note)
}

// publicKey is the key that checkpoints are checked with.
func (a *App) publicKey(w http.ResponseWriter, _ *http.Request) error {
	return sayPlain(w, http.StatusOK, a.Ledger.PublicKey()+"\n")
}
