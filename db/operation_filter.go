package db

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// Where a span of days begins and ends in history. Times needn't rise with seq, for clocks are set back at times; these
// bounds hold all the same.
const (
	firstSeq = "(SELECT coalesce(min(first_seq), 9223372036854775807) FROM days WHERE day >= ?)"
	lastSeq  = "(SELECT coalesce(max(last_seq), 0) FROM days WHERE day <= ?)"
)

// operationFilter adds the conditions of q to f, but for the place in the list. They stand in the order of how few
// operations they usually leave.
func (d *DB) operationFilter(ctx context.Context, q OperationQuery, f filter) (filter, error) {
	f.target(q.Target)
	f.undone(q.Outcome)
	if q.Actor != "" {
		byName, err := d.isActorName(ctx, q.Actor)
		if err != nil {
			return filter{}, err
		}
		if byName {
			f.equal("actor_name", q.Actor)
		} else {
			f.equal("actor_id", q.Actor)
		}
	}
	f.action(q.Action)
	f.equal("target_kind", q.TargetKind)
	if q.Outcome == OutcomeDone { // which nearly all are
		f.add("+outcome = +?", q.Outcome)
	}
	f.equal("workspace", q.Workspace)
	f.span(q)
	return f, d.words(ctx, folded(q.Q), &f)
}

// undone asks for operations that failed or are open, which have an index of their own.
func (f *filter) undone(outcome string) {
	if outcome == "" || outcome == OutcomeDone {
		return
	}
	if !f.steered {
		f.add("outcome <> 'done'") // what the index holds: SQLite wants it in so many words
	}
	f.equal("outcome", outcome)
}

// words asks for each word.
func (d *DB) words(ctx context.Context, words []string, f *filter) error {
	if len(words) > 0 && !slices.ContainsFunc(words, indexable) {
		newest, err := d.newest(ctx, d.search.reach)
		if err != nil {
			return err
		}
		f.add("seq >= ?", newest)
	}
	for _, word := range words[:min(len(words), maxWords)] {
		f.add("(instr(search, ?) > 0 OR instr(reason, ?) > 0)", word, word)
	}
	if len(words) <= maxWords {
		return nil
	}
	rest, err := json.Marshal(words[maxWords:])
	f.add("NOT EXISTS (SELECT 1 FROM json_each(?) WHERE instr(search, value) = 0 AND instr(reason, value) = 0)", string(rest))
	return err
}

// target asks for an exact id or a name in any case. Both have an index, which an OR would leave unused beside other
// conditions.
func (f *filter) target(target string) {
	if target == "" {
		return
	}
	if f.steered {
		f.add("(+target_id = ? OR +target_key = ?)", target, strings.ToLower(target))
		return
	}
	f.add(f.steer("seq")+` IN (SELECT seq FROM operations WHERE target_id = ?
		UNION SELECT seq FROM operations WHERE target_key = ?)`, target, strings.ToLower(target))
}

// action asks for one action, or for all of an object: "room." or "room.*".
func (f *filter) action(action string) {
	if object, whole := objectOf(action); whole {
		f.equal("object", object)
		return
	}
	f.equal("action", action)
}

// objectOf tells whether action stands for all of an object, and for which.
func objectOf(action string) (object string, whole bool) {
	return strings.CutSuffix(strings.TrimSuffix(action, "*"), ".")
}

// span asks for operations from q.From on and before q.To.
func (f *filter) span(q OperationQuery) {
	if !q.From.IsZero() {
		f.add("seq >= "+firstSeq+" AND time >= ?", dayOf(q.From), stored(q.From))
	}
	if !q.To.IsZero() {
		f.add("seq <= "+lastSeq+" AND time < ?", dayOf(q.To), stored(q.To))
	}
}

// isActorName tells whether actor is a name rather than an id. Deciding first keeps it one index, read in order.
func (d *DB) isActorName(ctx context.Context, actor string) (name bool, err error) {
	return name, d.readers.QueryRowContext(atOnce(ctx),
		"SELECT EXISTS (SELECT 1 FROM operations WHERE actor_name = ?)", actor).Scan(&name)
}
