package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our packages a package may import, by their paths in the module. The programs, below cmd, may
// import all but each other. A package that isn't listed may not exist.
var arrows = map[string][]string{
	"cmd/bench":        nil,
	"cmd/roomledger":   nil,
	"db":               {"db/seal"},
	"db/seal":          {},
	"db/dbtest":        {"db"},
	"static":           {},
	"web":              {},
	"web/hms":          {},
	"web/sandbox":      {},
	"web/storage":      {},
	"web/form":         {"web/hms"},
	"web/blueprint":    {"web/hms", "web/form"},
	"views/components": {},
	"views/layout":     {"views/components", "static"},
	"views/pages":      {"views/layout", "views/components", "web/form", "web/blueprint", "web/hms", "db", "db/seal"},
	"handlers/ledger":  {"web/hms", "db", "db/seal"},
	"handlers/jobs":    {"handlers/ledger", "web/hms", "db", "db/seal"},
	"handlers/bulk":    {"handlers/ledger", "web/form", "web/hms", "db"},
	"handlers": {
		"db", "db/seal", "static", "web", "web/hms", "web/storage", "web/form", "web/blueprint", "views/components", "views/layout", "views/pages",
		"handlers/ledger", "handlers/jobs", "handlers/bulk",
	},
}

// forTests are what every test may import besides.
var forTests = []string{"web/sandbox", "db/dbtest"}

// imports is a package as go list tells it.
type imports struct {
	ImportPath                         string
	Module                             struct{ Path string }
	Imports, TestImports, XTestImports []string
}

// ours is the path in the module of one of our packages.
func (p imports) ours(path string) (string, bool) {
	return strings.CutPrefix(path, p.Module.Path+"/")
}

// forbidden returns the imports that no arrow allows, and what is wrong with each.
func (p imports) forbidden() []string {
	name, ok := p.ours(p.ImportPath)
	allowed, listed := arrows[name]
	if !ok || !listed {
		return []string{p.ImportPath + " is not listed: say in arrows what it may import"}
	}
	var wrong []string
	check := func(list []string, kind string, more ...string) {
		for _, path := range list {
			imported, ok := p.ours(path)
			if ok && !mayImport(name, imported, append(more, allowed...)) {
				wrong = append(wrong, name+kind+" imports "+imported)
			}
		}
	}
	check(p.Imports, "")
	check(slices.Concat(p.TestImports, p.XTestImports), ", in a test,", append([]string{name}, forTests...)...)
	return wrong
}

func mayImport(name, imported string, allowed []string) bool {
	if strings.HasPrefix(imported, "cmd/") {
		return false
	}
	return strings.HasPrefix(name, "cmd/") || slices.Contains(allowed, imported)
}

func TestArrows(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Module,Imports,TestImports,XTestImports", "./...")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	met := map[string]bool{}
	for packages := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p imports
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		met[p.ImportPath] = true
		for _, wrong := range p.forbidden() {
			t.Error(wrong)
		}
	}
	if !met["roomledger/cmd/roomledger"] || !met["roomledger/db"] {
		t.Errorf("go list knows only %v", met)
	}
}

// TestArrowsForbid makes sure that the walk above can find something.
func TestArrowsForbid(t *testing.T) {
	for _, tc := range []struct {
		name                  string
		imports, tests, xtest []string
		wrong                 int
	}{
		{"db", []string{"fmt", "roomledger/web"}, nil, nil, 1},
		{"db", []string{"fmt"}, []string{"roomledger/web/sandbox"}, []string{"roomledger/db", "roomledger/db/dbtest"}, 0},
		{"handlers", []string{"roomledger/web/hms", "roomledger/web/sandbox"}, nil, nil, 1},
		{"web/sandbox", nil, []string{"roomledger/web/hms"}, []string{"roomledger/web/hms"}, 2},
		{"web/form", []string{"roomledger/web/hms", "roomledger/db"}, nil, nil, 1},
		{"cmd/bench", []string{"roomledger/db", "roomledger/cmd/roomledger"}, nil, nil, 1},
		{"models", []string{"fmt"}, nil, nil, 1},
	} {
		p := imports{ImportPath: "roomledger/" + tc.name, Imports: tc.imports, TestImports: tc.tests, XTestImports: tc.xtest}
		p.Module.Path = "roomledger"
		if got := p.forbidden(); len(got) != tc.wrong {
			t.Errorf("%s with %v: %q, want %d complaints", tc.name, tc.imports, got, tc.wrong)
		}
	}
}

// TestPagesHoldNoHandle makes sure that pages take records from package db and nothing that reads or writes.
func TestPagesHoldNoHandle(t *testing.T) {
	files, err := filepath.Glob("../../views/pages/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	handles := []string{"DB", "Open", "Options", "SessionStore", "NewSessionStore", "Tx"}
	set := token.NewFileSet()
	for _, name := range files {
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if of, ok := s.X.(*ast.Ident); ok && of.Name == "db" && slices.Contains(handles, s.Sel.Name) {
				t.Errorf("%s: a page uses db.%s", set.Position(s.Pos()), s.Sel.Name)
			}
			return true
		})
	}
}
