package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

func (a *App) operation(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	op, err := a.DB.Operation(ctx, r.PathValue("operation"))
	if err != nil {
		return fmt.Errorf("read the operation: %w", err)
	}
	rows, err := a.DB.OperationRows(ctx, op.ID)
	if err != nil {
		return fmt.Errorf("read the operation's rows: %w", err)
	}
	d := pages.OperationData{
		Page: a.page(w, r, op.Action+" "+op.TargetName, "history"), Operation: op, Rows: rows,
		Curl: form.RecordedCurl(rows[0].APIMethod, rows[0].APIPath, rows[0].Request),
	}
	if objectID.MatchString(op.TargetID) && op.Workspace == a.Workspace.ID {
		d.Room, d.Template = op.TargetKind == "room", op.TargetKind == "template"
	}
	d.Moments = a.momentsOf(op)
	if d.Changes, err = changesOf(op, rows); err != nil {
		d.Unreadable = true // the rows were altered, which whoever looks into that has to see
		a.Log.ErrorContext(ctx, "states of an operation can't be read", "err", err, "operation", op.ID, "request_id", web.RequestID(ctx))
	}
	if d.Before, d.After, err = a.DB.Beside(ctx, op); err != nil {
		return fmt.Errorf("read what was done beside it: %w", err)
	}
	if d.Actor, err = a.hasPage(r, op.ActorID); err != nil {
		return err
	}
	if d.Person, err = a.hasPage(r, op.TargetID); err != nil {
		return err
	}
	if d.Unsent, err = a.unsentBy(ctx, op); err != nil {
		return err
	}
	a.openState(r, &d)
	return web.Render(w, r, http.StatusOK, pages.Operation(d))
}

// unsentBy is the recording configuration that a change of a template of this workspace left unsent.
func (a *App) unsentBy(ctx context.Context, op db.Operation) (*pages.UnsentRecordings, error) {
	if op.TargetKind != "template" || op.Workspace != a.Workspace.ID {
		return nil, nil
	}
	u, err := a.Ledger.Unsent(ctx, op)
	if err != nil {
		return nil, fmt.Errorf("look for what was not sent: %w", err)
	}
	return shownUnsent(u, op.TargetID), nil
}

func shownUnsent(u *ledger.Unsent, template string) *pages.UnsentRecordings {
	if u == nil {
		return nil
	}
	return &pages.UnsentRecordings{Template: template, Operation: u.Operation, Content: u.Content, Missing: u.Missing}
}

// hasPage says whether this id is a person of this desk whom the viewer may see.
func (a *App) hasPage(r *http.Request, id string) (bool, error) {
	v := viewerOf(r).user
	if id == v.ID {
		return true, nil
	}
	if !allowed(v.Role, admins) {
		return false, nil
	}
	_, err := a.DB.User(r.Context(), id)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the person: %w", err)
	}
	return true, nil
}

// changesOf is the difference that an operation made, when its rows hold the state after it. Without a state before it,
// all of it is new.
func changesOf(op db.Operation, rows []db.Row) ([]form.Change, error) {
	before, after := cmp.Or(rows[0].Before, "{}"), rows[len(rows)-1].After
	if op.Outcome != db.OutcomeDone || after == "" {
		return nil, nil // what was found in its place, if anything, stands in its rows
	}
	return differences(op.TargetKind, before, after)
}

// latest returns the newest operations of a filter and how many there are, counted up to 1,000.
func (a *App) latest(ctx context.Context, q db.OperationQuery) (list []db.Operation, all int, err error) {
	if list, err = a.DB.Operations(ctx, q); err != nil || len(list) < q.Limit {
		return list, len(list), err
	}
	counts, err := a.DB.OutcomeCounts(ctx, q)
	for _, n := range counts {
		all += n
	}
	return list, all, err
}
