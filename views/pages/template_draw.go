package pages

import (
	"slices"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/web/blueprint"
)

// drawnNode is a node with what is the same wherever it is drawn.
type drawnNode struct {
	blueprint.Node
	rule  string // as HTML
	label string // as HTML
	attrs string // of its control, as HTML
}

// drawnRun are nodes that are drawn together: values that are typed, ticks, or one part with fields of its own.
type drawnRun []drawnNode

// layouts are the runs of each object of the table, by its first field.
var layouts = sync.OnceValue(func() map[*blueprint.Node][]drawnRun {
	all := map[*blueprint.Node][]drawnRun{}
	var walk func(nodes []blueprint.Node)
	walk = func(nodes []blueprint.Node) {
		if len(nodes) == 0 {
			return
		}
		all[&nodes[0]] = newRuns(nodes)
		for _, n := range nodes {
			walk(n.Kids)
		}
	}
	walk(blueprint.Schema())
	return all
})

func runs(nodes []blueprint.Node) []drawnRun {
	if len(nodes) == 0 {
		return nil
	}
	if known, ok := layouts()[&nodes[0]]; ok {
		return known
	}
	return newRuns(nodes)
}

func newRuns(nodes []blueprint.Node) []drawnRun {
	var list []drawnRun
	for _, n := range nodes {
		d := drawnNode{n, templ.EscapeString(ruleOf(n)), templ.EscapeString(n.Label), attrsOf(n)}
		last := len(list) - 1
		if last >= 0 && isValue(n) && isValue(list[last][0].Node) && (n.Kind == blueprint.Switch) == (list[last][0].Kind == blueprint.Switch) {
			list[last] = append(list[last], d)
			continue
		}
		list = append(list, drawnRun{d})
	}
	return list
}

// attrsOf are the attributes of a plain control, in the order in which templ writes them.
func attrsOf(n blueprint.Node) string {
	switch n.Kind {
	case blueprint.Whole:
		return ` autocomplete="off" inputmode="numeric"`
	case blueprint.Number:
		return ` autocomplete="off" inputmode="decimal"`
	case blueprint.Text, blueprint.Wholes:
		return ` autocapitalize="none" autocomplete="off" spellcheck="false"`
	}
	return ""
}

// plain writes a value that has no message and no focus; not done where it is of a kind that isn't written by hand.
func (w *drawing) plain(b []byte, name string, n *drawnNode) ([]byte, bool) {
	if w.bad[name] || w.focus != "" && strings.HasPrefix(name, w.focus) {
		return b, false
	}
	switch n.Kind {
	case blueprint.Text, blueprint.Whole, blueprint.Number, blueprint.Wholes:
		return w.plainInput(b, name, n), true
	case blueprint.Switch:
		return w.plainTick(b, name, n), true
	case blueprint.Choice, blueprint.RoleName:
		return w.plainSelect(b, name, n), true
	case blueprint.Choices, blueprint.Roles:
		return w.plainTicks(b, name, n), true
	}
	return b, false
}

func (w *drawing) plainInput(b []byte, name string, n *drawnNode) []byte {
	b = put(b, `<div class="field"><label for="`, name, `">`, n.label, `</label> <input id="`, name, `" name="`, name, `" type="text"`)
	if value := w.Values.Get(name); value != "" {
		b = append(components.AppendText(append(b, ` value="`...), value), '"')
	}
	b = putDescribed(append(b, n.attrs...), name, n.rule)
	return append(putRule(append(b, '>'), name, n.rule), "</div>"...)
}

func (w *drawing) plainTick(b []byte, name string, n *drawnNode) []byte {
	b = put(b, `<div class="field tick"><label for="`, name, `"><input type="checkbox" id="`, name, `" name="`, name, `" value="`)
	value := w.Values.Get(name)
	if value == "" {
		b = append(b, `on"`...)
	} else {
		b = append(components.AppendText(b, value), `" checked`...)
	}
	b = putDescribed(b, name, n.rule)
	b = put(b, `> `, n.label, `</label>`)
	return append(putRule(b, name, n.rule), "</div>"...)
}

func (w *drawing) plainSelect(b []byte, name string, n *drawnNode) []byte {
	b = put(b, `<div class="field"><label for="`, name, `">`, n.label, `</label> <select id="`, name, `" name="`, name, `"`)
	b = append(putDescribed(b, name, n.rule), '>')
	have := w.Values.Get(name)
	b = putOption(b, blueprint.Option{Label: noneOf(n.Required)}, have)
	known := have == ""
	for _, o := range w.offered(n.Kind, n.Options) {
		b = putOption(b, o, have)
		known = known || o.Value == have
	}
	if !known {
		b = putOption(b, blueprint.Option{Value: have, Label: have + notUsual}, have)
	}
	b = append(b, `</select>`...)
	return append(putRule(b, name, n.rule), "</div>"...)
}

func putOption(b []byte, o blueprint.Option, have string) []byte {
	b = append(components.AppendText(append(b, `<option value="`...), o.Value), '"')
	if o.Value == have {
		b = append(b, " selected"...)
	}
	b = components.AppendText(append(b, '>'), o.Label)
	return append(b, `</option>`...)
}

func (w *drawing) plainTicks(b []byte, name string, n *drawnNode) []byte {
	b = append(b, `<fieldset class="field several"`...)
	b = putDescribed(b, name, n.rule)
	b = put(b, `><legend>`, n.label, `</legend><div class="ticks">`)
	offered, typed := w.offered(n.Kind, n.Options), w.Values[name]
	id := name
	for _, o := range offered {
		b = putTick(b, id, name, o, slices.Contains(typed, o.Value))
		id = ""
	}
	for i, s := range typed {
		if s != "" && !slices.Contains(typed[:i], s) && !slices.ContainsFunc(offered, func(o blueprint.Option) bool { return o.Value == s }) {
			b = putTick(b, id, name, blueprint.Option{Value: s, Label: s + notAmong}, true)
			id = ""
		}
	}
	if id != "" {
		b = append(b, `<span class="source">Nothing to choose from yet: no role has a name.</span>`...)
	}
	b = append(b, `</div>`...)
	return append(putRule(b, name, n.rule), "</fieldset>"...)
}

// putTick appends a value to tick; the first one of a field has its id.
func putTick(b []byte, id, name string, o blueprint.Option, on bool) []byte {
	b = append(b, `<label><input`...)
	if id != "" {
		b = put(b, ` id="`, id, `"`)
	}
	b = components.AppendText(put(b, ` type="checkbox" name="`, name, `" value="`), o.Value)
	b = append(b, '"')
	if on {
		b = append(b, " checked"...)
	}
	b = components.AppendText(append(b, `> `...), o.Label)
	return append(b, `</label> `...)
}

// put appends texts; those that people have typed have to be escaped already.
func put(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = append(b, s...)
	}
	return b
}

func putDescribed(b []byte, name, rule string) []byte {
	if rule == "" {
		return b
	}
	return put(b, ` aria-describedby="`, name, `-help"`)
}

// putRule appends what is said of a field below it, which is HTML.
func putRule(b []byte, name, rule string) []byte {
	if rule == "" {
		return b
	}
	return put(b, `<p class="source" id="`, name, `-help">`, rule, `</p>`)
}
