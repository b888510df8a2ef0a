package handlers

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/form"
)

// historyColumns are the columns of an export, in order, with how each is read from a row.
var historyColumns = []struct {
	name  string
	value func(*db.Row) any
}{
	{"seq", func(r *db.Row) any { return r.Seq }},
	{"time", func(r *db.Row) any { return r.Time.UTC().Format("2006-01-02T15:04:05.000Z") }},
	{"workspace", func(r *db.Row) any { return r.Workspace }},
	{"operation", func(r *db.Row) any { return r.Operation }},
	{"batch", func(r *db.Row) any { return r.Batch }},
	{"actor_id", func(r *db.Row) any { return r.ActorID }},
	{"actor_name", func(r *db.Row) any { return r.ActorName }},
	{"actor_kind", func(r *db.Row) any { return r.ActorKind }},
	{"ip", func(r *db.Row) any { return r.IP }},
	{"user_agent", func(r *db.Row) any { return r.UserAgent }},
	{"request_id", func(r *db.Row) any { return r.RequestID }},
	{"action", func(r *db.Row) any { return r.Action }},
	{"phase", func(r *db.Row) any { return r.Phase }},
	{"target_kind", func(r *db.Row) any { return r.TargetKind }},
	{"target_id", func(r *db.Row) any { return r.TargetID }},
	{"target_name", func(r *db.Row) any { return r.TargetName }},
	{"reason", func(r *db.Row) any { return r.Reason }},
	{"request", func(r *db.Row) any { return r.Request }},
	{"response", func(r *db.Row) any { return r.Response }},
	{"before", func(r *db.Row) any { return r.Before }},
	{"after", func(r *db.Row) any { return r.After }},
	{"api_method", func(r *db.Row) any { return r.APIMethod }},
	{"api_path", func(r *db.Row) any { return r.APIPath }},
	{"api_status", func(r *db.Row) any { return int64(r.APIStatus) }},
	{"latency_ms", func(r *db.Row) any { return r.LatencyMS }},
	{"attempts", func(r *db.Row) any { return int64(r.Attempts) }},
	{"error", func(r *db.Row) any { return r.Error }},
}

// Export formats of history.
const (
	FormatCSV   = "csv"
	FormatJSONL = "jsonl"
)

// ExportHistory writes the rows of the operations that q asks for to out, in sequence and in constant memory. The export
// goes on record before its first row; reason is its filter.
func ExportHistory(ctx context.Context, d *db.DB, l *ledger.Ledger, ch ledger.Change, q db.OperationQuery, format string, out *bufio.Writer) error {
	if err := noteExport(ctx, l, ch, format); err != nil {
		return err
	}
	return writeHistory(ctx, d, q, format, out)
}

func noteExport(ctx context.Context, l *ledger.Ledger, ch ledger.Change, format string) error {
	if err := l.Note(ctx, ch, "history.export", ledger.Target{Kind: "history", Name: format}, "", nil); err != nil {
		return fmt.Errorf("record the export: %w", err)
	}
	return nil
}

func writeHistory(ctx context.Context, d *db.DB, q db.OperationQuery, format string, out *bufio.Writer) error {
	write := writeJSONLine
	if format == FormatCSV {
		cells := make([]string, len(historyColumns))
		for i := range historyColumns {
			cells[i] = historyColumns[i].name
		}
		c := csv.NewWriter(out)
		if err := c.Write(cells); err != nil {
			return err
		}
		c.Flush()
		write = func(out *bufio.Writer, row *db.Row) error { return writeCSVLine(c, cells, row) }
	}
	if err := d.EachRow(ctx, q, func(row *db.Row) error { return write(out, row) }); err != nil {
		return fmt.Errorf("export history: %w", err)
	}
	return out.Flush()
}

// writeCSVLine writes a row; cells is where its values are put together.
func writeCSVLine(c *csv.Writer, cells []string, row *db.Row) error {
	for i := range historyColumns {
		cells[i] = cell(historyColumns[i].value(row))
	}
	if err := c.Write(cells); err != nil {
		return err
	}
	c.Flush() // into the writer below, which buffers more
	return c.Error()
}

// cell writes a value so that no spreadsheet runs it as a formula.
func cell(v any) string {
	s, ok := v.(string)
	if !ok {
		return fmt.Sprint(v)
	}
	return form.CSVCell(s)
}

// writeJSONLine writes a row as one object with its keys in the order of the columns.
func writeJSONLine(out *bufio.Writer, row *db.Row) error {
	open := byte('{')
	for i := range historyColumns {
		value, err := json.Marshal(historyColumns[i].value(row))
		if err != nil {
			return err
		}
		out.WriteByte(open)
		out.WriteByte('"')
		out.WriteString(historyColumns[i].name)
		out.WriteString(`":`)
		out.Write(value)
		open = ','
	}
	_, err := out.WriteString("}\n") // a bufio.Writer keeps its first error
	return err
}

func (a *App) historyCSV(w http.ResponseWriter, r *http.Request) error {
	return a.exportHistory(w, r, FormatCSV)
}

func (a *App) historyJSONL(w http.ResponseWriter, r *http.Request) error {
	return a.exportHistory(w, r, FormatJSONL)
}

// exportHistory streams the rows that the filter of the page shows.
func (a *App) exportHistory(w http.ResponseWriter, r *http.Request, format string) error {
	f := form.ParseHistoryFilter(r.URL.Query())
	if f.Errors.Any() {
		return badFilter(f.Errors)
	}
	q := operationQuery(f)
	q.Limit, q.BeforeSeq, q.AfterSeq = 0, 0, 0
	if err := noteExport(r.Context(), a.Ledger, change(r, f.Query("cursor", "")), format); err != nil {
		return err
	}
	out, err := download(w, "history-"+a.Now().UTC().Format("20060102-150405")+"."+format)
	if err != nil {
		return err
	}
	return a.cutOffIf(r, writeHistory(r.Context(), a.DB, q, format, out))
}

// cutOff ends a download that broke off: the connection is cut, so that nobody takes half a file for the whole.
func (a *App) cutOff(r *http.Request, err error) error {
	if r.Context().Err() == nil {
		a.Log.ErrorContext(r.Context(), "download broken off", "err", err, "route", r.Pattern)
	}
	panic(http.ErrAbortHandler)
}

// download starts a file that is streamed; it may take longer than a page.
func download(w http.ResponseWriter, name string) (*bufio.Writer, error) {
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("lift the write deadline: %w", err)
	}
	kind := "text/csv; charset=utf-8"
	if name[len(name)-1] == 'l' {
		kind = "application/x-ndjson; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return bufio.NewWriterSize(w, 64<<10), nil
}

func (a *App) cutOffIf(r *http.Request, err error) error {
	if err == nil {
		return nil
	}
	return a.cutOff(r, err)
}

// roomsCSV is exactly what the filter of the list shows, in the columns that an import takes, and some more.
func (a *App) roomsCSV(w http.ResponseWriter, r *http.Request) error {
	f := form.ParseRoomsFilter(r.URL.Query())
	if f.Errors.Any() {
		return badFilter(f.Errors)
	}
	t := ledger.Target{Kind: "rooms", Name: FormatCSV}
	if err := a.Ledger.Note(r.Context(), change(r, f.Query("cursor", "")), "room.export", t, "", nil); err != nil {
		return fmt.Errorf("record the export: %w", err)
	}
	out, err := download(w, "rooms-"+a.Now().UTC().Format("20060102-150405")+".csv")
	if err != nil {
		return err
	}
	c := csv.NewWriter(out)
	if err := c.Write([]string{"id", "name", "description", "enabled", "template_id", "template", "region", "large_room", "size", "max_duration_seconds", "recording", "created_at", "creator"}); err != nil {
		return a.cutOff(r, err)
	}
	q := a.roomQuery(f)
	q.Cursor = ""
	err = a.DB.EachRoom(r.Context(), q, func(room *db.Room) error {
		return c.Write([]string{
			room.ID, form.CSVCell(room.Name), form.CSVCell(room.Description), strconv.FormatBool(room.Enabled), room.TemplateID,
			form.CSVCell(room.TemplateName), room.Region, strconv.FormatBool(room.LargeRoom), strconv.Itoa(room.Size),
			strconv.Itoa(room.MaxDurationSeconds), room.Recording, room.CreatedAt.UTC().Format(time.RFC3339), form.CSVCell(room.Creator),
		})
	})
	if err != nil {
		return a.cutOff(r, err)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return a.cutOff(r, err)
	}
	return a.cutOffIf(r, out.Flush())
}
