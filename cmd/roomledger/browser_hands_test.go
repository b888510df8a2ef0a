package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// thing is something on the page, as its DOM node.
type thing cdp.BackendNodeID

// find waits for the one thing with this role and name; a name that ends in * is the beginning of one.
func (b *tab) find(role, name string) thing {
	b.t.Helper()
	var found []thing
	b.until(fmt.Sprintf("%s %q is there", role, name), func(ctx context.Context) (bool, error) {
		var err error
		found, err = look(ctx, role, name)
		return len(found) == 1, errors.Join(err, fmt.Errorf("%d found", len(found)))
	})
	return found[0]
}

// look returns the things with this role and name that are on the page now.
func look(ctx context.Context, role, name string) ([]thing, error) {
	document, err := chromedp.Run(ctx, chromedp.Evaluate[*runtime.RemoteObject]("document"))
	if err != nil {
		return nil, err
	}
	query := accessibility.QueryAXTreeParams{ObjectID: document.ObjectID, Role: role}
	beginning, open := strings.CutSuffix(name, "*")
	if !open {
		query.AccessibleName = name
	}
	tree, err := chromedp.Call(ctx, accessibility.QueryAXTree, query)
	if err != nil {
		return nil, err
	}
	var found []thing
	for _, n := range tree.Nodes {
		var called string
		if n.Ignored || n.Name == nil || json.Unmarshal(n.Name.Value, &called) != nil {
			continue
		}
		if called == name || open && strings.HasPrefix(called, beginning) {
			found = append(found, thing(n.BackendDOMNodeID))
		}
	}
	return found, nil
}

// of calls a function with the thing as this, and returns what it returns.
func of[T any](b *tab, x thing, function string) T {
	b.t.Helper()
	ctx, cancel := b.limited()
	defer cancel()
	v, err := tryOf[T](ctx, x, function)
	if err != nil {
		b.t.Fatalf("%s: %v", function, err)
	}
	return v
}

func tryOf[T any](ctx context.Context, x thing, function string) (T, error) {
	var none T
	node, err := chromedp.Call(ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: cdp.BackendNodeID(x)})
	if err != nil {
		return none, err
	}
	on := func(p *runtime.CallFunctionOnParams) { p.ObjectID = node.Object.ObjectID }
	return chromedp.Run(ctx, chromedp.CallFunctionOn[T](function, on))
}

// point is where a thing can be clicked: its middle, when nothing lies over it.
type point struct {
	X, Y  float64
	Clear bool
}

const middle = `function() {
	this.scrollIntoView({block: "center", behavior: "instant"});
	const r = this.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
	const hit = document.elementFromPoint(x, y);
	return {X: x, Y: y, Clear: Boolean(hit) && r.width > 0 && (this.contains(hit) || hit.contains(this))};
}`

// where waits until the thing stands still and can be clicked.
func (b *tab) where(role, name string) point {
	b.t.Helper()
	var now point
	b.until(fmt.Sprintf("%s %q can be clicked", role, name), func(ctx context.Context) (bool, error) {
		found, err := look(ctx, role, name)
		if err != nil || len(found) != 1 {
			return false, errors.Join(err, fmt.Errorf("%d found", len(found)))
		}
		before := now
		now, err = tryOf[point](ctx, found[0], middle)
		return now.Clear && now == before, err
	})
	return now
}

// click clicks in the middle of a thing.
func (b *tab) click(role, name string) {
	b.t.Helper()
	at := b.where(role, name)
	b.do("click "+name, chromedp.MouseClickXY(at.X, at.Y))
}

// fill replaces what stands in a text field.
func (b *tab) fill(name, text string) {
	b.t.Helper()
	b.click("textbox", name)
	all := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeRawKeyDown, Commands: []string{"selectAll"}}
	call(b, input.DispatchKeyEvent, all)
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// keys presses keys, one after the other. A key and the character it types are one event, as from a real keyboard, so that
// a page which takes the key for itself gets no character.
func (b *tab) keys(text string, with ...chromedp.Modifier) {
	b.t.Helper()
	for _, r := range text {
		events := kb.Encode(r)
		down, up := *events[0], *events[len(events)-1]
		if typed := events[1]; typed.Type == kb.KeyChar && len(with) == 0 {
			down.Text, down.UnmodifiedText = typed.Text, typed.UnmodifiedText
		}
		for _, m := range with {
			down.Modifiers |= int64(m)
		}
		call(b, input.DispatchKeyEvent, down)
		call(b, input.DispatchKeyEvent, up)
	}
}

// value is what stands in a field.
func (b *tab) value(role, name string) string {
	b.t.Helper()
	return of[string](b, b.find(role, name), "function() { return this.value }")
}

// choose picks from a list by the beginning of what stands there, as people do by keyboard.
func (b *tab) choose(name, option string) {
	b.t.Helper()
	x := b.find("combobox", name)
	call(b, dom.Focus, dom.FocusParams{BackendNodeID: cdp.BackendNodeID(x)})
	b.keys(option)
	if got := of[string](b, x, "function() { return this.selectedOptions[0].label }"); !strings.HasPrefix(got, option) {
		b.t.Errorf("%s stands on %q, not on %q", name, got, option)
	}
}
