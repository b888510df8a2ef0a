package pages

import (
	"context"
	"io"
	"strings"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/web/blueprint"
)

// What a form repeats for each role is written by hand, into one buffer: large templates have thousands of fields.

// fields draws the fields of a section.
func (w *drawing) fields(s drawnSection) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, out io.Writer) error {
		f := &fieldWriter{drawing: w, out: out, b: w.buf[:0]}
		f.other = func(c templ.Component) error { return c.Render(ctx, out) }
		if len(s.Nodes) == 1 && isRows(s.Nodes[0]) {
			f.rows(s.Nodes[0].Key, &s.Nodes[0])
		} else {
			f.parts(s.base(), s.Nodes)
		}
		f.flush()
		w.buf = f.b // for the next section
		return f.err
	})
}

// fieldWriter writes fields. After an error nothing more goes out.
type fieldWriter struct {
	*drawing
	out   io.Writer
	b     []byte // not written so far
	err   error
	other func(templ.Component) error // draws what isn't written by hand
}

// flush passes on what is there.
func (f *fieldWriter) flush() {
	if f.err == nil {
		_, f.err = f.out.Write(f.b)
	}
	f.b = f.b[:0]
}

func (f *fieldWriter) put(texts ...string) { f.b = put(f.b, texts...) }

func (f *fieldWriter) text(s string) { f.b = components.AppendText(f.b, s) }

// parts draws the fields of an object.
func (f *fieldWriter) parts(at string, nodes []blueprint.Node) {
	for _, run := range runs(nodes) {
		n := &run[0].Node
		switch {
		case isRows(*n):
			f.nest(n)
			f.rows(belowPath(at, n.Key), n)
			f.put("</fieldset>")
		case n.Kind == blueprint.Object:
			f.nest(n)
			f.message(belowPath(at, n.Key))
			f.parts(belowPath(at, n.Key), n.Kids)
			f.put("</fieldset>")
		default:
			f.put(`<div class="`, gridClass(run), `">`)
			f.values(at, run)
			f.put("</div>")
		}
	}
}

// nest begins a part with a heading of its own.
func (f *fieldWriter) nest(n *blueprint.Node) {
	f.put(`<fieldset class="nest"><legend>`)
	f.text(n.Label)
	f.put("</legend> ")
	if n.Help != "" {
		f.put(`<p class="source">`)
		f.text(n.Help)
		f.put("</p>")
	}
}

// values draws values that stand together. The HTML of those that are written by hand is that of components, which a test compares.
func (f *fieldWriter) values(at string, run drawnRun) {
	for i := range run {
		name := belowPath(at, run[i].Key)
		b, done := f.plain(f.b, name, &run[i])
		if f.b = b; !done {
			f.component(templateValue(f.drawing, name, run[i].Node))
		}
	}
}

// component draws what isn't written by hand.
func (f *fieldWriter) component(c templ.Component) {
	if f.flush(); f.err == nil {
		f.err = f.other(c)
	}
}

// message draws the message of a part that isn't a control itself, if it has one.
func (f *fieldWriter) message(at string) {
	if msg := f.drawing.message(at); msg != "" {
		f.put(`<div id="`, at, `" tabindex="-1" role="group" aria-invalid="true" aria-describedby="`, at, `-error"><p class="error" id="`, at, `-error">`)
		f.text(msg)
		f.put("</p></div>")
	}
}

// rows draws the rows of a node, and the button that adds one.
func (f *fieldWriter) rows(at string, n *blueprint.Node) {
	const much = 32 << 10
	f.message(at)
	line := isLine(*n)
	for _, r := range f.list(at, *n) {
		switch {
		case line:
			f.line(n, r)
		case r.Kept:
			f.folded(n, r)
		default:
			f.card(n, r)
		}
		if len(f.b) > much {
			f.flush()
		}
	}
	f.put(`<div class="bar tight">`)
	if !f.full(at, *n) {
		f.put(`<button class="button small" name="add" value="`, at, `" formnovalidate hx-post="`, f.post, `"`)
		if f.focus == at && f.newest() == "" {
			f.put(" autofocus")
		}
		f.put(">", components.SmallIconHTML("plus"))
		f.text(addWords(*n))
		f.put("</button> ")
	}
	if n.Key == "roles" {
		f.put(`<button class="button small quiet" name="show" value="roles" formaction="`, f.post, `#section-roles" formnovalidate hx-post="`, f.post, `">`,
			components.SmallIconHTML("refresh-cw"), "Offer new names in the lists</button>")
	}
	f.put("</div>")
}

// card draws a row with fields enough to be folded away.
func (f *fieldWriter) card(n *blueprint.Node, r drawnRow) {
	f.put(`<details class="fold`)
	if r.Bad {
		f.put(" bad")
	}
	f.put(`"`)
	if r.Open {
		f.put(" open")
	}
	f.put(` data-fold="`)
	f.text(r.fold(f.drawing))
	f.put(`">`)
	f.summary(r)
	f.put(`<div class="folded">`)
	f.was(n, r)
	f.message(r.At)
	f.parts(r.At, n.Kids)
	if !n.Stays || !r.Old {
		f.put(`<div class="bar tight">`)
		f.remove("button small danger", r)
		f.put(">", components.SmallIconHTML("trash-2"), "Remove ")
		f.text(n.Row + " " + r.named())
		f.put("</button></div>")
	}
	f.put("</div></details>")
}

// folded draws a row without its fields, and with a button that brings them. Links to the row's name lead there.
func (f *fieldWriter) folded(n *blueprint.Node, r drawnRow) {
	f.put(`<div class="fold">`)
	f.was(n, r)
	f.hidden(r.At+".kept", "on")
	f.put(` <button class="unfold" id="`, r.At, `.name" name="open" value="`, r.At, `" aria-expanded="false" formnovalidate hx-post="`, f.post, `">`)
	f.headline(r)
	f.put("</button></div>")
}

// summary is what stays in sight of a card that is folded.
func (f *fieldWriter) summary(r drawnRow) {
	f.put("<summary>")
	f.headline(r)
	f.put("</summary>")
}

// headline tells one row from another.
func (f *fieldWriter) headline(r drawnRow) {
	f.put("<b>")
	f.text(r.Title)
	f.put("</b> ")
	if !r.Old && !f.fresh {
		f.put(`<span class="tag">new</span> `)
	}
	if r.Bad {
		f.put(`<span class="error">`, components.SmallIconHTML("x"), "to be put right</span> ")
	}
	f.put(`<span class="sub">`)
	f.text(r.Detail)
	f.put("</span>")
}

// line draws a row of few fields.
func (f *fieldWriter) line(n *blueprint.Node, r drawnRow) {
	f.put(`<fieldset class="line-row"><legend>`)
	f.text(r.heading(*n))
	f.put("</legend>")
	f.was(n, r)
	f.put(`<div class="dense">`)
	for _, run := range runs(n.Kids) {
		f.values(r.At, run)
	}
	f.put("</div>")
	f.remove("tool", r)
	f.put(` aria-label="`)
	f.text("Remove " + n.Row + " " + rowIndex(r.Number))
	f.put(`" title="`)
	f.text("Remove this " + n.Row)
	f.put(`">`, components.IconHTML("trash-2"), "</button> ")
	if len(n.Kids) > 1 {
		f.message(r.At)
	}
	f.put("</fieldset>")
}

// remove begins the button that removes a row; what it says comes after that.
func (f *fieldWriter) remove(class string, r drawnRow) {
	top, _, _ := strings.Cut(r.At, ".")
	f.put(`<button class="`, class, `" name="remove" value="`, r.At, `" formaction="`, f.post, `#section-`, top, `" formnovalidate hx-post="`, f.post, `"`)
}

// was draws the hidden fields that tell what a row was.
func (f *fieldWriter) was(n *blueprint.Node, r drawnRow) {
	if r.Old {
		f.hidden(r.At+".was", r.Was)
		f.put(" ")
	}
	if n.Key == "roles" {
		if shown := f.shown(r.At); shown != "" {
			f.hidden(r.At+".shown", shown)
		}
	}
}

func (f *fieldWriter) hidden(name, value string) {
	f.put(`<input type="hidden" name="`, name, `" value="`)
	f.text(value)
	f.put(`">`)
}
