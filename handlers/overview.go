package handlers

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"roomledger/db"
	"roomledger/views/pages"
	"roomledger/web"
	"roomledger/web/form"
)

func (a *App) overview(w http.ResponseWriter, r *http.Request) error {
	d := pages.OverviewData{Page: a.page(w, r, "Overview", "overview")}
	if err := a.figures(r, &d); err != nil {
		return err
	}
	if d.Page.CanHistory {
		d.Seal = a.sealProblem(r)
		if err := a.lately(r, &d); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, pages.Overview(d))
}

func (a *App) figures(r *http.Request, d *pages.OverviewData) (err error) {
	ctx, ws := r.Context(), a.Workspace.ID
	enabled, disabled, err := a.DB.RoomCounts(ctx, ws)
	if err != nil {
		return fmt.Errorf("count rooms: %w", err)
	}
	d.Rooms, d.Disabled = enabled+disabled, disabled
	d.From = a.Now().UTC().Truncate(day).Add(-29 * day)
	if d.Days, err = a.DB.Days(ctx, ws, "room.create", d.From); err != nil {
		return fmt.Errorf("count rooms made by day: %w", err)
	}
	regions, err := a.DB.RoomsByRegion(ctx, ws)
	if err != nil {
		return fmt.Errorf("count rooms by region: %w", err)
	}
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		d.Regions = append(d.Regions, pages.Count{Label: region, Count: regions[region]})
	}
	if d.IndexedAt, d.IndexError, err = a.DB.IndexState(ctx, ws); err != nil {
		return fmt.Errorf("read the state of the index: %w", err)
	}
	return nil
}

// lately is what the overview tells those who may read history.
func (a *App) lately(r *http.Request, d *pages.OverviewData) (err error) {
	ctx, ws := r.Context(), a.Workspace.ID
	recent, err := a.DB.Operations(ctx, db.OperationQuery{Workspace: ws, Limit: 200})
	if err != nil {
		return fmt.Errorf("list operations: %w", err)
	}
	d.Latency = latencies(recent)
	d.Recent = recent[:min(len(recent), 8)]
	if d.Open, err = a.DB.Operations(ctx, db.OperationQuery{Workspace: ws, Outcome: db.OutcomeUnknown, Limit: 10}); err != nil {
		return fmt.Errorf("list open operations: %w", err)
	}
	q := db.OperationQuery{Workspace: ws, Outcome: db.OutcomeFailed, From: a.Now().Add(-7 * day), Limit: 10}
	if d.Failed, err = a.DB.Operations(ctx, q); err != nil {
		return fmt.Errorf("list failed operations: %w", err)
	}
	return nil
}

var latencyBuckets = []struct {
	label string
	under time.Duration
}{
	{"under 50 ms", 50 * time.Millisecond},
	{"50 to 200 ms", 200 * time.Millisecond},
	{"200 ms to 1 s", time.Second},
	{"over 1 s", 1 << 62},
}

// latencies counts the API calls among operations by how long they took.
func latencies(ops []db.Operation) []pages.Count {
	counts := make([]pages.Count, len(latencyBuckets))
	for i := range latencyBuckets {
		counts[i].Label = latencyBuckets[i].label
	}
	for _, op := range ops {
		if op.TargetKind != "room" || op.Outcome == db.OutcomeUnknown {
			continue
		}
		took := time.Duration(op.LatencyMS) * time.Millisecond
		for i := range latencyBuckets {
			if took < latencyBuckets[i].under {
				counts[i].Count++
				break
			}
		}
	}
	return counts
}

// badFilter is the answer to an export whose filter can't be read: half a filter would export too much.
func badFilter(e form.Errors) error {
	return &web.Error{
		Status: http.StatusUnprocessableEntity, What: "The filter of this export can't be read.", Why: e.List[0].Text,
		Do: "Correct the filter on the page and export again.",
	}
}
