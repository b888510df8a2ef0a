package sandbox

import (
	"cmp"
	"embed"
	"fmt"
)

// The templates a new sandbox begins with, as the API would answer them.
//
//go:embed seed/*.json
var seedFiles embed.FS

// seedTemplates returns the templates of a seed; the first is the workspace's default.
func seedTemplates(seed string) ([]*template, error) {
	files := map[string][]string{
		SeedDemo:  {"seed/classroom.json", "seed/webinar.json"},
		SeedEmpty: {"seed/starter.json"},
	}[cmp.Or(seed, SeedDemo)]
	if files == nil {
		return nil, fmt.Errorf("sandbox: there is no seed %q; use %q or %q", seed, SeedDemo, SeedEmpty)
	}
	var templates []*template
	for i, name := range files {
		doc, err := seedFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		t, err := parseTemplate(doc)
		if err != nil {
			return nil, fmt.Errorf("sandbox: %s: %w", name, err)
		}
		t.isDefault = i == 0
		templates = append(templates, t)
	}
	return templates, nil
}
