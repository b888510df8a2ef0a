package sandbox

import (
	"embed"
	"fmt"
	"time"
)

// The templates a new sandbox begins with, as the API would answer them and with what it answers elsewhere: see seedTemplate.
//
//go:embed seed/*.json
var seedFiles embed.FS

// plainTemplates are the files of the templates that every seed but the empty one has; the first is the workspace's default.
var plainTemplates = []string{"seed/classroom.json", "seed/webinar.json"}

// plant puts a seed into a new state.
func (st *state) plant(seed string, number uint64, now time.Time) error {
	templates := map[string][]string{SeedPlain: plainTemplates, SeedEmpty: {"seed/starter.json"}}[seed]
	switch {
	case seed == SeedDemo:
		return st.plantDemo(number, now)
	case templates == nil:
		return fmt.Errorf("there is no seed %q; use %q, %q or %q", seed, SeedDemo, SeedPlain, SeedEmpty)
	}
	return st.inTx(now, func(tx *tx) error { return tx.plantTemplates(templates) })
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
