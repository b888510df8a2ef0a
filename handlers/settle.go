package handlers

import (
	"net/http"
	"net/url"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/views/pages"
	"roomledger/web"
)

// theOpenOperation is the operation that the path names: of this workspace, and one that was sent to the API.
func (a *App) theOpenOperation(r *http.Request) (db.Operation, error) {
	op, err := a.DB.Operation(r.Context(), r.PathValue("operation"))
	if err == nil && op.Workspace != a.Workspace.ID {
		err = &web.Error{
			Status: http.StatusNotFound, What: "This operation is another account's.",
			Why: "What became of it can only be asked with the keys of the account that it was meant for.",
			Do:  "Start the desk with that account's keys; it then looks by itself.", Link: operationPath(op.ID), Word: "The operation in history",
		}
	}
	return op, err
}

func operationPath(id string) string { return "/history/" + url.PathEscape(id) }

// settleQuestion is what is asked before somebody looks at an open operation again.
func settleQuestion(op db.Operation) pages.ConfirmData {
	return pages.ConfirmData{
		Heading:  "Ask 100ms again what became of this?",
		Sentence: op.Action + " " + op.TargetName + " has no known outcome. 100ms is asked for the room, nothing is changed there. What is found goes into history with your name.",
		Action:   operationPath(op.ID) + "/settle", Button: "Look again", Cancel: operationPath(op.ID), Reason: true,
	}
}

func (a *App) confirmSettle(w http.ResponseWriter, r *http.Request) error {
	op, err := a.theOpenOperation(r)
	if err != nil {
		return err
	}
	return a.confirm(w, r, "history", settleQuestion(op))
}

// settle looks at an open operation for the person who asks.
func (a *App) settle(w http.ResponseWriter, r *http.Request) error {
	op, err := a.theOpenOperation(r)
	if err != nil {
		return err
	}
	return a.agreedHere(w, r, "history", settleQuestion(op), func(ch ledger.Change) error {
		looked, err := a.Ledger.Look(r.Context(), ch, op.ID)
		if err != nil {
			return err
		}
		return a.done(w, r, operationPath(op.ID), lookedFlash(looked))
	})
}

// lookedFlash says what looking came to.
func lookedFlash(l ledger.Looked) web.Flash {
	switch l.Operation.Outcome {
	case db.OutcomeDone:
		return web.Flash{Kind: "done", Text: "It was made, and that is on record now."}
	case db.OutcomeFailed:
		return web.Flash{Kind: "ask", Text: "It was not made, and that is on record now. " + l.Operation.Error}
	}
	return web.Flash{Kind: "ask", Text: "Still unknown. " + l.Why}
}

// openState fills in what the page of an operation without an outcome offers and tells.
func (a *App) openState(r *http.Request, d *pages.OperationData) {
	if d.Operation.Outcome != db.OutcomeUnknown {
		return
	}
	if d.Operation.Workspace != a.Workspace.ID {
		d.Why = "It was meant for another account: only a desk with that account's keys can ask."
		return
	}
	d.CanLook = allowed(viewerOf(r).user.Role, changes)
	d.Why, d.LookedAt = a.Ledger.LastLook(d.Operation.ID)
}
