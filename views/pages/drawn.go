package pages

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"github.com/a-h/templ"

	"roomledger/views/components"
)

// Drawn keeps the picture of a timeline for whoever turns the pages of one filter. It may be used by many at once.
type Drawn struct {
	mu   sync.Mutex
	key  string
	html []byte
}

// write writes what was drawn for a key, after drawing it where that was for another one.
func (k *Drawn) write(ctx context.Context, w io.Writer, key string, draw func() templ.Component) error {
	k.mu.Lock()
	html, known := k.html, k.key == key
	k.mu.Unlock()
	if !known {
		var b bytes.Buffer
		if err := draw().Render(ctx, &b); err != nil {
			return err
		}
		html = b.Bytes()
		k.mu.Lock()
		k.key, k.html = key, html
		k.mu.Unlock()
	}
	_, err := w.Write(html)
	return err
}

// timelineOf draws the timeline, unless it is of one column: the counts tell as much.
func timelineOf(d HistoryData) templ.Component {
	c := timelineChart(d)
	if len(c.Days) < 2 {
		return templ.NopComponent
	}
	return components.LinkedBars(c)
}

// drawnTimeline is timelineOf, but from what was drawn before for the same filter on the same day.
func drawnTimeline(d HistoryData) templ.Component {
	if d.Timeline.Drawn == nil {
		return timelineOf(d)
	}
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		key := d.Page.Now.UTC().Format(time.DateOnly) + "?" + d.Filter.Query("cursor", "")
		return d.Timeline.Drawn.write(ctx, w, key, func() templ.Component { return timelineOf(d) })
	})
}
