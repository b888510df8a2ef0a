package handlers

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func (a *App) historyCSV(w http.ResponseWriter, r *http.Request) error {
	return a.exportFilter(w, r, FormatCSV)
}

func (a *App) historyJSONL(w http.ResponseWriter, r *http.Request) error {
	return a.exportFilter(w, r, FormatJSONL)
}

func (a *App) historyEvidence(w http.ResponseWriter, r *http.Request) error {
	return a.exportFilter(w, r, FormatEvidence)
}

// exportFilter streams the rows that the filter of the page shows.
func (a *App) exportFilter(w http.ResponseWriter, r *http.Request, format string) error {
	e, problems := NewExport(format, r.URL.Query())
	if problems.Any() {
		return badFilter(problems)
	}
	return a.export(w, r, e)
}

// operationProof is what shows somebody else that an operation is on record.
func (a *App) operationProof(w http.ResponseWriter, r *http.Request) error {
	op, err := a.DB.Operation(r.Context(), r.PathValue("operation"))
	if err != nil {
		return fmt.Errorf("read the operation: %w", err)
	}
	return a.export(w, r, OperationExport(FormatJSONL, op.ID))
}

func (a *App) export(w http.ResponseWriter, r *http.Request, e Export) error {
	x, err := beginExport(r.Context(), a.DB, a.Ledger, actor(r), e)
	if err != nil {
		return err
	}
	out, err := download(w, x.name(a.Now()))
	if err != nil {
		return err
	}
	return a.cutOffIf(r, x.write(r.Context(), out))
}

// cutOff ends a download that broke off: the connection is cut, so that nobody takes half a file for the whole.
func (a *App) cutOff(r *http.Request, err error) error {
	if r.Context().Err() == nil {
		a.Log.ErrorContext(r.Context(), "download broken off", "err", err, "route", r.Pattern)
	}
	panic(http.ErrAbortHandler)
}

func (a *App) cutOffIf(r *http.Request, err error) error {
	if err == nil {
		return nil
	}
	return a.cutOff(r, err)
}

// downloadTypes are the media types of what is downloaded, by the end of its name.
var downloadTypes = map[string]string{
	"json":  "application/json",
	"csv":   "text/csv; charset=utf-8",
	"jsonl": "application/x-ndjson; charset=utf-8",
	"zip":   "application/zip",
}

// download starts a file that is streamed; it may take longer than a page.
func download(w http.ResponseWriter, name string) (*bufio.Writer, error) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("lift the write deadline: %w", err)
	}
	w.Header().Set("Content-Type", downloadTypes[name[strings.LastIndexByte(name, '.')+1:]])
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return bufio.NewWriterSize(w, exportBuffer), nil
}
