package sandbox

import (
	"cmp"
	"embed"
	"fmt"
)

// The templates a new sandbox begins with, as the API would answer them and with what it answers elsewhere: see seedTemplate.
//
//go:embed seed/*.json
var seedFiles embed.FS

// planting puts a seed's objects into a new state.
type planting func(*tx) error

// plantings returns what to do for a seed.
func plantings(seed string) (planting, error) {
	files := map[string][]string{
		SeedDemo:  {"seed/classroom.json", "seed/webinar.json"},
		SeedEmpty: {"seed/starter.json"},
	}[cmp.Or(seed, SeedDemo)]
	if files == nil {
		return nil, fmt.Errorf("sandbox: there is no seed %q; use %q or %q", seed, SeedDemo, SeedEmpty)
	}
	return func(tx *tx) error { return tx.plantTemplates(files) }, nil
}

// plantTemplates puts the templates of the files; the first is the workspace's default.
func (tx *tx) plantTemplates(files []string) error {
	for i, name := range files {
		doc, err := seedFiles.ReadFile(name)
		if err != nil {
			return fmt.Errorf("sandbox: %w", err)
		}
		t, err := seedTemplate(doc)
		if err != nil {
			return fmt.Errorf("sandbox: %s: %w", name, err)
		}
		t.isDefault = i == 0
		tx.templates.put(tx, t)
	}
	return nil
}
