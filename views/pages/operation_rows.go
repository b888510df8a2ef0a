package pages

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
)

// rowBytes is how much room a line of the list takes, or a little more. All of them go through it.
const rowBytes = 1024

// operationRows draws the lines of the list of operations. It is written by hand, for the list is the longest part of the
// page that is read most.
func operationRows(list []db.Operation, now time.Time, workspace string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		b := make([]byte, 0, rowBytes)
		for i := range list {
			b = appendOperation(b[:0], &list[i], now, workspace)
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	})
}

func appendOperation(b []byte, o *db.Operation, now time.Time, workspace string) []byte {
	b = append(b, `<tr><td class="seq" data-label="No.">`...)
	b = components.AppendNumber(b, o.Seq)
	b = append(b, `</td><td data-label="When">`...)
	b = components.AppendTime(b, now, o.Time)
	b = append(b, `</td><td data-label="Who" class="long">`...)
	b = components.AppendText(b, actor(o.ActorName, o.ActorKind))
	b = append(b, `</td><td data-label="What"><code>`...)
	b = components.AppendText(b, o.Action)
	b = append(b, `</code></td><td class="title">`...)
	b = appendTarget(b, o, workspace)
	b = append(b, `</td><td data-label="Outcome">`...)
	b = append(b, outcomeBadge(o.Outcome)...)
	b = append(b, `</td><td data-label="Took" class="num">`...)
	b = components.AppendText(b, components.Took(o.LatencyMS))
	return append(b, `</td></tr>`...)
}

// appendTarget draws what it was done to, as the link to all that is known of the operation.
func appendTarget(b []byte, o *db.Operation, workspace string) []byte {
	b = append(b, `<a href="`...)
	b = components.AppendText(b, string(operationURL(o.ID)))
	b = append(b, `">`...)
	b = components.AppendText(b, targetWord(o))
	b = append(b, `</a> `...)
	if workspace != "" && o.Workspace != workspace && o.Workspace != "" {
		b = append(b, `<span class="tag">other workspace</span> `...)
	}
	if sub := under(o); sub != "" {
		b = append(b, `<span class="sub">`...)
		b = components.AppendText(b, sub)
		b = append(b, `</span>`...)
	}
	return b
}

// The badges of the lines, drawn once.
var (
	doneHTML    = components.BadgeHTML(components.Done, "Done")
	failedHTML  = components.BadgeHTML(components.Fail, "Failed")
	unknownHTML = components.BadgeHTML(components.Ask, "Unknown")
)

func outcomeBadge(outcome string) string {
	switch outcome {
	case db.OutcomeDone:
		return doneHTML
	case db.OutcomeFailed:
		return failedHTML
	}
	return unknownHTML
}
