package ledger

import (
	"context"

	"roomledger/db"
)

// marked is what history tells of the mark of the default template. It stands in the request, as it is no part of what the
// template is.
type marked struct {
	Default bool   `json:"default"`
	Was     string `json:"was,omitzero"` // the id of the template that had the mark
}

// SetDefaultTemplate marks a template as the one that rooms get which name none, for people to read: the API doesn't always
// tell. On false takes the mark away. The mark is of this desk alone; where it stands or is gone already, nothing happens.
// Errors: db.ErrNotFound, *Unwritten, ErrOtherContent.
func (l *Ledger) SetDefaultTemplate(ctx context.Context, ch Change, id string, on bool) error {
	return l.once(ctx, ch, func() error { return l.setDefaultTemplate(ctx, ch, id, on) }, func(first db.Operation) error {
		return l.firstError(ctx, first)
	})
}

func (l *Ledger) setDefaultTemplate(ctx context.Context, ch Change, id string, on bool) error {
	var was string
	var known db.Template
	return l.write(ctx, func(tx *db.Tx) (err error) {
		if known, err = tx.Template(l.workspace.ID, id); err != nil {
			return err
		}
		was, err = tx.MarkedTemplate(l.workspace.ID)
		if err != nil || (was == id) == on {
			return err
		}
		return tx.MarkTemplate(l.workspace.ID, map[bool]string{true: id}[on])
	}, func(tx *db.Tx) error {
		if (was == id) == on {
			return nil
		}
		t := Target{Kind: "template", ID: id, Name: known.Name}
		return l.appendMark(tx, ch, t, marked{Default: on, Was: was})
	})
}

// appendMark appends the rows of a mark that was set or taken away.
func (l *Ledger) appendMark(tx *db.Tx, ch Change, t Target, m marked) error {
	intent := l.base(db.NewID(), ch, "template.default", t)
	intent.Phase, intent.Request = db.PhaseIntent, plain(m)
	done := intent
	done.Phase, done.Request = db.PhaseDone, ""
	if ch.Token != "" {
		if err := tx.UseFormToken(l.workspace.ID, ch.Actor.ID, ch.Token, ch.Content, intent.Operation); err != nil {
			return err
		}
	}
	if err := tx.Append(&intent); err != nil {
		return err
	}
	return tx.Append(&done)
}

// FillTemplates makes the read model of templates from a history that was written before there was one.
func (l *Ledger) FillTemplates(ctx context.Context) error {
	return l.db.InTx(ctx, func(tx *db.Tx) error { return tx.FillTemplates(projection) })
}
