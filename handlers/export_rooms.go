package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"roomledger/db"
	"roomledger/handlers/ledger"
	"roomledger/web/form"
)

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
