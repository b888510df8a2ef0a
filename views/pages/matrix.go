package pages

import (
	"context"
	"io"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"roomledger/db"
	"roomledger/views/components"
	"roomledger/web/blueprint"
)

// From how many roles on their names stand upright in the matrix, so that it stays narrow: anywhere, and on a phone.
const (
	steepFrom = 6
	manyFrom  = 4
)

// uprightFrom is from how many letters on the words of a cell stand upright where the names of the roles do.
const uprightFrom = 4

// matrixState says as of when the matrix of a template is, in full: it goes on paper.
func matrixState(t *db.Template) string {
	text := "As last read from 100ms, " + components.Exact(t.SeenAt)
	if t.Versions > 0 {
		text += ", version " + strconv.Itoa(t.Versions)
	}
	return text + "."
}

// onlyIn says in which one of several templates a role is; "" when it is in all of them.
func onlyIn(r blueprint.MatrixRole, names []string) string {
	for i, in := range r.In {
		if !in && len(names) == len(r.In) && len(names) == 2 {
			return "only in " + names[1-i]
		}
	}
	return ""
}

// matrixCells are what each role may: once where the templates agree, else for each of them. They are written by hand because a
// template of twenty roles has more than a thousand.
func matrixCells(cells []blueprint.MatrixCell, names []string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		const each = 64 // bytes, roughly
		b := make([]byte, 0, each*len(cells))
		for _, c := range cells {
			b = appendCell(b, c, names)
		}
		_, err := w.Write(b)
		return err
	})
}

func appendCell(b []byte, c blueprint.MatrixCell, names []string) []byte {
	marks := c.Marks
	if c.Differs {
		b = append(b, `<td class="differs">`...)
	} else {
		b = append(b, "<td>"...)
		marks = agreed(marks)
	}
	for i, m := range marks {
		b = put(b, `<span class="`, markClass(m), `">`)
		if c.Differs && i < len(names) {
			b = put(components.AppendText(put(b, `<span class="sr">`), names[i]), `: </span>`)
		}
		b = put(b, markWords(m), `</span>`)
	}
	return append(b, "</td>"...)
}

// agreed is the one mark of templates that don't differ: that of one which has the role.
func agreed(marks []blueprint.MatrixMark) []blueprint.MatrixMark {
	i := slices.IndexFunc(marks, func(m blueprint.MatrixMark) bool { return m.There })
	if i < 0 {
		return marks[:min(len(marks), 1)]
	}
	return marks[i : i+1]
}

func markClass(m blueprint.MatrixMark) string {
	switch {
	case !m.There:
		return "none"
	case len(m.Text) > uprightFrom:
		return "said long"
	case m.Text != "":
		return "said"
	case m.On:
		return "yes"
	}
	return "no"
}

// markWords are for those who read: what can be seen at a glance is drawn by its class.
func markWords(m blueprint.MatrixMark) string {
	switch {
	case !m.There:
		return `<span class="sr">not there</span>`
	case m.Text != "":
		return templ.EscapeString(m.Text)
	case m.On:
		return `<span class="sr">yes</span>`
	}
	return `<span class="sr">no</span>`
}
