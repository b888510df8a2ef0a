package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

const day = 24 * time.Hour

func (a *App) history(w http.ResponseWriter, r *http.Request) error {
	f := form.ParseHistoryFilter(r.URL.Query())
	q := operationQuery(f)
	d := pages.HistoryData{Page: a.page(w, r, "History", "history"), Filter: f, Workspace: a.Workspace.ID}
	d.Page.Problem = f.Errors.Any()
	if err := a.operations(r, f, q, &d); err != nil {
		return err
	}
	if len(d.Operations) > 0 && d.Operations[0].TargetID == f.Of("target") {
		d.Moments = a.momentsOf(d.Operations[0])
	}
	return web.Render(w, r, http.StatusOK, pages.History(d))
}

func (a *App) operations(r *http.Request, f *form.HistoryFilter, q db.OperationQuery, d *pages.HistoryData) (err error) {
	ctx := r.Context()
	if d.Operations, err = a.DB.Operations(ctx, q); err != nil {
		return fmt.Errorf("list operations: %w", err)
	}
	d.Newer, d.Older = neighbours(f, q, &d.Operations)
	if d.Search.Fed, d.Search.Head, err = a.DB.SearchState(ctx); err != nil {
		return fmt.Errorf("read the state of the search: %w", err)
	}
	all, err := a.historyAround(ctx, d.Page.Seal.Seq, a.Now().UTC().Truncate(day))
	if err != nil {
		return err
	}
	d.Actors, d.Actions, d.Kinds, d.Total = all.actors, all.actions, all.kinds, all.total
	counted, err := all.count(ctx, a.DB, q)
	d.Timeline, d.Counts = counted.timeline, counted.outcomes
	return err
}

// pageSize is how many operations a page of history has.
const pageSize = 50

// operationQuery is the filter of the address as the database takes it. Its cursor is o<seq> for older, n<seq> for newer.
func operationQuery(f *form.HistoryFilter) db.OperationQuery {
	q := db.OperationQuery{
		Q: searchText(f.Words()), Actor: f.Of("actor"), Action: f.Of("action"), Outcome: f.Of("outcome"),
		Target: f.Of("target"), TargetKind: f.Of("kind"),
		From: f.Start(), To: f.End(), Limit: pageSize + 1, // one more tells whether there is another page
	}
	if !q.To.IsZero() {
		q.To = q.To.Add(time.Millisecond) // the end that was typed belongs to it
	}
	if len(f.Cursor) < 2 {
		return q
	}
	seq, err := strconv.ParseInt(f.Cursor[1:], 10, 64)
	switch {
	case err != nil || seq < 0 || (f.Cursor[0] != 'o' && f.Cursor[0] != 'n'):
		f.Errors.Add("cursor", "This page's address was damaged: the list starts from the newest.")
		f.Cursor = ""
	case f.Cursor[0] == 'o':
		q.BeforeSeq = seq
	default:
		q.AfterSeq = seq
	}
	return q
}

// searchText writes words as the database takes them: those with spaces in quotation marks, in which it knows no mark
// itself. A word that can't be written so is looked for by its parts.
func searchText(words []string) string {
	var list []string
	for _, word := range words {
		spaced := strings.ContainsFunc(word, unicode.IsSpace)
		switch {
		case word == "": // what stands between two marks
		case !spaced && !strings.HasPrefix(word, `"`):
			list = append(list, word)
		case !strings.Contains(word, `"`):
			list = append(list, `"`+word+`"`)
		default:
			list = append(list, searchText(strings.Split(word, `"`)))
		}
	}
	return strings.Join(list, " ")
}

// neighbours cuts the extra operation off and returns the cursors of the pages beside this one.
func neighbours(f *form.HistoryFilter, q db.OperationQuery, list *[]db.Operation) (newer, older string) {
	ops := *list
	more := len(ops) > pageSize
	if more && q.AfterSeq > 0 {
		ops = ops[1:]
	} else if more {
		ops = ops[:pageSize]
	}
	*list = ops
	if len(ops) == 0 {
		return "", ""
	}
	if q.BeforeSeq > 0 || (q.AfterSeq > 0 && more) {
		newer = f.Query("cursor", "n"+strconv.FormatInt(ops[0].Seq, 10))
	}
	if (q.AfterSeq == 0 && more) || q.AfterSeq > 0 {
		older = f.Query("cursor", "o"+strconv.FormatInt(ops[len(ops)-1].Seq, 10))
	}
	return newer, older
}
