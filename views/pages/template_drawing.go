package pages

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"roomledger/views/components"
	"roomledger/web/blueprint"
)

// drawing is a form on its way to a page: which rows it has, and where rules are broken.
type drawing struct {
	*blueprint.Form
	rows  map[string][]int
	bad   map[string]bool // paths with a message at or below them
	roles []blueprint.Option
	fresh bool   // of a template that is still to be made
	focus string // see TemplateFormData.Focus
	parts []drawnSection
	post  string // where buttons post the form to, as HTML
	buf   []byte // of fields, while they are drawn
}

// maxDrawn is how many rows a list has at most, whatever was sent: no form of ours has more, so they come from elsewhere, and the
// rules refuse them in words.
const maxDrawn = 100

func newDrawing(d TemplateFormData) *drawing {
	w := &drawing{Form: d.Form, rows: map[string][]int{}, bad: map[string]bool{}, fresh: d.ID == "", focus: d.Focus, post: templ.EscapeString(d.action())}
	met := make(map[string]bool, len(d.Form.Values)/8)
	for name := range d.Form.Values {
		parent := parentPath(name)
		if _, isRow := rowNumberOf(name[min(len(parent)+1, len(name)):]); isRow || !met[parent] {
			w.meet(name)
			met[parent] = true
		}
	}
	for at := range w.rows {
		slices.Sort(w.rows[at])
	}
	for _, number := range w.rows["roles"] {
		name := strings.TrimSpace(w.Values.Get("roles." + strconv.Itoa(number) + ".name"))
		if role := (blueprint.Option{Value: name, Label: name}); name != "" && !slices.Contains(w.roles, role) {
			w.roles = append(w.roles, role)
		}
	}
	for _, m := range d.Form.Errors.List {
		for at := m.Field; at != ""; at = parentPath(at) {
			w.bad[at] = true
		}
	}
	w.parts = w.sections()
	return w
}

// meet remembers the rows that a field's name goes through.
func (w *drawing) meet(name string) {
	for i := 0; i < len(name); {
		end := i + strings.IndexByte(name[i:]+".", '.')
		if row, ok := rowNumberOf(name[i:end]); ok && i > 0 {
			if at := name[:i-1]; !slices.Contains(w.rows[at], row) {
				w.rows[at] = append(w.rows[at], row)
			}
		}
		i = end + 1
	}
}

// rowNumberOf reads a part of a name that counts rows.
func rowNumberOf(part string) (int, bool) {
	if len(part) > 2 || part == "" || part[0] < '0' || part[0] > '9' {
		return 0, false
	}
	n, err := strconv.Atoi(part)
	return n, err == nil && n < maxDrawn && strconv.Itoa(n) == part
}

func parentPath(at string) string { return at[:max(strings.LastIndexByte(at, '.'), 0)] }

func belowPath(at, key string) string {
	if at == "" || key == "" {
		return at + key
	}
	return at + "." + key
}

func isRows(n blueprint.Node) bool { return n.Kind == blueprint.ByName || n.Kind == blueprint.InOrder }

// isValue says whether a node is one value.
func isValue(n blueprint.Node) bool { return n.Kind != blueprint.Object && !isRows(n) }

func gridClass(run drawnRun) string {
	if run[0].Kind == blueprint.Switch {
		return "ticks"
	}
	return "dense"
}

// isLine says whether a row is small enough to be one line, without a card of its own.
func isLine(n blueprint.Node) bool {
	const most = 4
	return len(n.Kids) <= most && !slices.ContainsFunc(n.Kids, func(kid blueprint.Node) bool { return !isValue(kid) })
}

// control is a value as a field of the form.
func (w *drawing) control(at string, n blueprint.Node) components.Field {
	f := components.Field{Name: at, Label: n.Label, Value: w.Values.Get(at), Help: ruleOf(n)}
	if len(w.Errors.List) > 0 {
		f.Error = w.Errors.Of(at)
	}
	switch n.Kind {
	case blueprint.Secret:
		f = secret(f)
		if w.kept(at) {
			f.Help = strings.TrimSpace(f.Help + " Left blank, the one that is there stays.")
		}
	case blueprint.Whole:
		f.Attrs = wholeAttrs
	case blueprint.Number:
		f.Attrs = numberAttrs
	case blueprint.Text, blueprint.Lines, blueprint.Wholes, blueprint.Pairs:
		f.Attrs = textAttrs
	}
	if w.focus != "" && (at == w.focus || strings.HasPrefix(at, w.focus+".") && at == w.newest()) {
		f.Attrs = focused(f.Attrs)
	}
	return f
}

var (
	wholeAttrs  = templ.Attributes{"inputmode": "numeric", "autocomplete": "off"}
	numberAttrs = templ.Attributes{"inputmode": "decimal", "autocomplete": "off"}
	textAttrs   = templ.Attributes{"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
)

// focused are the attributes of a control that takes the focus.
func focused(attrs templ.Attributes) templ.Attributes {
	out := templ.Attributes{"autofocus": true}
	maps.Copy(out, attrs)
	return out
}

// newest is the name of the first control of the row that was just added; rows that were there have a "was".
func (w *drawing) newest() string {
	rows := w.rows[w.focus]
	if len(rows) == 0 {
		return ""
	}
	row := w.focus + "." + strconv.Itoa(rows[len(rows)-1])
	n, ok := nodeAt(w.focus)
	if !ok || w.Values.Has(row+".was") {
		return ""
	}
	return belowPath(row, n.Kids[0].Key)
}

// nodeAt finds the rows of a path.
func nodeAt(path string) (blueprint.Node, bool) {
	nodes := blueprint.Schema()
	var found blueprint.Node
	for part := range strings.SplitSeq(path, ".") {
		if _, isRow := rowNumberOf(part); isRow {
			continue
		}
		i := slices.IndexFunc(nodes, func(n blueprint.Node) bool { return n.Key == part })
		if i < 0 {
			return blueprint.Node{}, false
		}
		found, nodes = nodes[i], nodes[i].Kids
	}
	return found, true
}

// kept says whether there is something at a path of the template that is changed.
func (w *drawing) kept(at string) bool {
	if w.fresh {
		return false
	}
	if w.Values.Has(at + ".was") {
		return true
	}
	var v any = map[string]any(w.Base)
	for key := range strings.SplitSeq(at, ".") {
		inner, _ := v.(map[string]any)
		v = inner[key]
	}
	return v != nil && v != ""
}

// ruleOf says beside a field what it takes: whether it is needed, its range, and what the table says of it besides.
func ruleOf(n blueprint.Node) string {
	var words []string
	if n.Required {
		words = append(words, "Required.")
	}
	if said := rangeWords(n); said != "" && !strings.Contains(n.Help, limitWords(n.Max)) {
		words = append(words, said)
	}
	if n.Help != "" {
		words = append(words, n.Help)
	}
	return strings.Join(words, " ")
}

// rangeWords is the range of a value in words.
func rangeWords(n blueprint.Node) string {
	unit := ""
	if n.Unit != "" {
		unit = " " + n.Unit
	}
	switch {
	case n.Kind != blueprint.Whole && n.Kind != blueprint.Number:
		if n.Max > 0 && n.Kind == blueprint.Text {
			return "At most " + limitWords(n.Max) + " characters."
		}
		return ""
	case n.Min == 0 && n.Max == 0:
		return strings.TrimSpace(unit)
	}
	step := ""
	if n.Step > 1 {
		step = ", in steps of " + strconv.Itoa(n.Step)
	}
	return limitWords(n.Min) + " to " + limitWords(n.Max) + unit + step + "."
}

// limitWords is an end of a range.
func limitWords(v float64) string {
	if v == float64(int64(v)) {
		return components.Number(int64(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// choices are what a list offers, and what stands there though it isn't among that.
func (w *drawing) choices(at string, n blueprint.Node) []components.Option {
	out := []components.Option{{Label: noneOf(n.Required)}}
	for _, o := range w.offered(n.Kind, n.Options) {
		out = append(out, components.Option{Value: o.Value, Label: o.Label})
	}
	have := w.Values.Get(at)
	if !slices.ContainsFunc(out, func(o components.Option) bool { return o.Value == have }) {
		out = append(out, components.Option{Value: have, Label: have + notUsual})
	}
	return out
}

// What follows a value that isn't offered where it stands.
const (
	notUsual = " (not among the usual)"
	notAmong = " (not among them)"
)

// noneOf is what a list says while nothing is chosen.
func noneOf(required bool) string {
	if required {
		return "Choose one"
	}
	return "Not set"
}

// offered are the values of a list, or the roles of the form.
func (w *drawing) offered(kind blueprint.Kind, options []blueprint.Option) []blueprint.Option {
	if kind == blueprint.Roles || kind == blueprint.RoleName {
		return w.roles
	}
	return options
}

// drawnTick is one of several values to tick.
type drawnTick struct {
	blueprint.Option
	ID string // of the first one, so that links to the field reach it
	On bool
}

// ticks are what may be ticked, and what is ticked though it isn't offered.
func (w *drawing) ticks(at string, n blueprint.Node) []drawnTick {
	offered, typed := w.offered(n.Kind, n.Options), w.Values[at]
	out := make([]drawnTick, 0, len(offered))
	for _, o := range offered {
		out = append(out, drawnTick{Option: o, On: slices.Contains(typed, o.Value)})
	}
	for _, s := range typed {
		if s != "" && !slices.ContainsFunc(out, func(t drawnTick) bool { return t.Value == s }) {
			out = append(out, drawnTick{Option: blueprint.Option{Value: s, Label: s + notAmong}, On: true})
		}
	}
	if len(out) > 0 {
		out[0].ID = at
	}
	return out
}

// described ties what is said about a group of ticks to it.
func described(f components.Field) templ.Attributes {
	var by []string
	if f.Error != "" {
		by = append(by, f.Name+"-error")
	}
	if f.Help != "" {
		by = append(by, f.Name+"-help")
	}
	if by == nil {
		return nil
	}
	out := templ.Attributes{"aria-describedby": strings.Join(by, " ")}
	if f.Error != "" {
		out["aria-invalid"] = "true"
	}
	return out
}
