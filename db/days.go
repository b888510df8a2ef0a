package db

// dayCount is what the operations of a day are counted by.
type dayCount struct{ day, workspace, action, outcome string }

// days gathers what the functions of one transaction do to the summary by day. It is written once, before the commit:
// most of what is written together counts for the same day.
type days struct {
	counts map[dayCount]int
	spans  map[string]span
}

// span is the first and the last operation of a day that a transaction has met.
type span struct{ first, last int64 }

func (d *days) add(c dayCount, n int) {
	if d.counts == nil {
		d.counts = map[dayCount]int{}
	}
	d.counts[c] += n
}

func (d *days) met(day string, seq int64) {
	if d.spans == nil {
		d.spans = map[string]span{}
	}
	s, known := d.spans[day]
	if !known {
		s.first = seq
	}
	s.last = seq
	d.spans[day] = s
}

// writeDays writes what was gathered.
func (tx *Tx) writeDays() error {
	for day, s := range tx.days.spans {
		if _, err := tx.Exec(`INSERT INTO days (day, first_seq, last_seq) VALUES (?, ?, ?)
			ON CONFLICT (day) DO UPDATE SET last_seq = excluded.last_seq`, day, s.first, s.last); err != nil {
			return err
		}
	}
	for c, n := range tx.days.counts {
		if n == 0 {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO day_counts (day, workspace, action, outcome, n) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET n = n + excluded.n`, c.day, c.workspace, c.action, c.outcome, n); err != nil {
			return err
		}
	}
	tx.days = days{}
	return nil
}
