package main
import ("testing";"github.com/chromedp/chromedp";"github.com/chromedp/cdproto/accessibility";"github.com/chromedp/cdproto/runtime")
func TestZZ(t *testing.T) {
	chrome := chromium(t)
	r := serving(t, t.TempDir(), withAdmin(nil))
	b := signedIn(t, chrome, r.base)
	b.open("/settings/people")
	document, err := chromedp.Run(b.ctx, chromedp.Evaluate[*runtime.RemoteObject]("document"))
	tree, err := chromedp.Call(b.ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.ObjectID})
	if err != nil { t.Fatal(err) }
	for _, n := range tree.Nodes { if n.Role!=nil && n.Name != nil && len(n.Name.Value)>3 { t.Logf("%v %s %s", n.Ignored, n.Role.Value, n.Name.Value) } }
}
