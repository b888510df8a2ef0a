package handlers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roomledger/db"
	"roomledger/web/hms"
)

// operationNames are the methods of the client that talk to the API.
func operationNames() []string {
	var names []string
	for _, op := range hms.Operations() {
		names = append(names, op.Name)
	}
	return names
}

// usesOf finds the operations of the client that a source file calls. The client is known by the name of its field; passed on is
// where it goes on under another name, so that its calls can't be followed.
func usesOf(set *token.FileSet, file *ast.File) (uses map[string]token.Position, passedOn []token.Position) {
	uses = map[string]token.Position{}
	names, followed := operationNames(), map[ast.Expr]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr: // a struct literal that hands the client over under the same name
			key, ok := n.Key.(*ast.Ident)
			followed[n.Value] = ok && strings.EqualFold(key.Name, "hms")
		case *ast.SelectorExpr:
			if isClient(n.X) && slices.Contains(names, n.Sel.Name) {
				uses[n.Sel.Name] = set.Position(n.Pos())
			}
			followed[n.X] = isClient(n.X)
			if isClient(n) && !followed[n] {
				passedOn = append(passedOn, set.Position(n.Pos()))
			}
		}
		return true
	})
	return uses, passedOn
}

// isClient says whether an expression is the client: a field HMS or hms of something.
func isClient(e ast.Expr) bool {
	field, ok := e.(*ast.SelectorExpr)
	return ok && strings.EqualFold(field.Sel.Name, "hms")
}

// sources parses the Go files, without tests, of this package and those below.
func sources(t *testing.T, set *token.FileSet) []*ast.File {
	t.Helper()
	var files []*ast.File
	for _, pattern := range []string{"*.go", "*/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	return files
}

// TestHelpNamesEveryUse: what the code asks of the API has a row, and no row is left of what it doesn't ask any more.
func TestHelpNamesEveryUse(t *testing.T) {
	set := token.NewFileSet()
	used := map[string]bool{}
	for _, file := range sources(t, set) {
		uses, passedOn := usesOf(set, file)
		for name, at := range uses {
			used[name] = true
			if !slices.ContainsFunc(screenUses, func(u screenUse) bool { return u.operation == name }) {
				t.Errorf("%s uses %s: say in screenUses for which screen", at, name)
			}
		}
		for _, at := range passedOn {
			t.Errorf("%s passes the client on: call it by its field, so that this test sees which operations are used", at)
		}
	}
	for _, use := range screenUses {
		if !used[use.operation] {
			t.Errorf("nothing uses %s, for %s", use.operation, use.path)
		}
	}
}

// TestHelpNamesKnownThings: operations are the client's, screens are pages of the desk, and so is where their links lead.
func TestHelpNamesKnownThings(t *testing.T) {
	pages := (&App{}).openPages("admin")
	seen := map[screenUse]bool{}
	for _, use := range screenUses {
		if !slices.Contains(operationNames(), use.operation) {
			t.Errorf("%s is no operation of the client", use.operation)
		}
		if link := screenLink(use, pages); link.URL == "" || !pages[link.URL] || link.Words == "" {
			t.Errorf("%s: %s leads to %q (%q)", use.operation, use.path, link.URL, link.Words)
		}
		if seen[use] {
			t.Errorf("%+v stands twice", use)
		}
		seen[use] = true
	}
}

// TestUsesAreFound makes sure that the walk above can find something.
func TestUsesAreFound(t *testing.T) {
	const source = `package p
import "roomledger/web/hms"
func (a *App) f() {
	a.HMS.EndRoom(ctx, id)
	for range l.hms.AllAssets(ctx) {}
	peers := d.app.HMS.Peers
	a.DB.Session(ctx, id)
	hms.Call(nil)
	at := l.hms.ServerClock(now)
	return ledger.Config{HMS: c.HMS}, Ledger{hms: c.HMS}
}
func (a *App) g() {
	client := a.HMS
	look(l.hms)
}`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	uses, passedOn := usesOf(set, file)
	if len(uses) != 3 || uses["EndRoom"].Line != 4 || uses["Peers"].Line != 6 {
		t.Errorf("uses: %v", uses)
	}
	if len(passedOn) != 2 || passedOn[0].Line != 13 || passedOn[1].Line != 14 {
		t.Errorf("passed on: %v", passedOn)
	}
}

// TestRights has each use of the desk once, on a route that there is, and with the role that its route asks for.
func TestRights(t *testing.T) {
	a := &App{}
	known := map[string]bool{}
	for _, rt := range a.routes() {
		known[rt.method+" "+rt.path] = true
	}
	for _, use := range deskUses {
		if !known[use.route] {
			t.Errorf("there is no route %s", use.route)
		}
	}
	got, all := map[string][]string{}, 0
	for _, right := range a.rights() {
		got[right.Role] = right.May
		all += len(right.May)
	}
	if all != len(deskUses) || len(got) != len(rank) {
		t.Errorf("%d uses of %d, %d roles of %d", all, len(deskUses), len(got), len(rank))
	}
	for role, use := range map[string]string{
		db.RoleViewer: "export the list of rooms", db.RoleAuditor: "verify history and take checkpoints",
		db.RoleOperator: "restore rooms and templates", db.RoleAdmin: "download backups",
	} {
		if !slices.Contains(got[role], use) {
			t.Errorf("%s may %v, not %s", role, got[role], use)
		}
	}
}
