package db

import (
	"context"
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
	if q.Outcome != OutcomeDone { // which nearly all are
		f.equal("outcome", q.Outcome)
	}
	if q.Actor != "" {
		name, err := d.actorColumn(ctx, q.Actor)
		if err != nil {
			return filter{}, err
		}
		f.equal(name, q.Actor)
	}
	f.action(q.Action)
	f.equal("target_kind", q.TargetKind)
	if q.Outcome == OutcomeDone {
		f.equal("outcome", q.Outcome)
	}
	f.equal("workspace", q.Workspace)
	f.span(q)
	f.search(q.Q)
	return f, nil
}

// target asks for an exact id or a name in any case. Both have an index, which an OR would leave unused beside other
// conditions.
func (f *filter) target(target string) {
	if target == "" {
		return
	}
	f.add(f.steer("seq")+` IN (SELECT seq FROM operations WHERE target_id = ?
		UNION SELECT seq FROM operations WHERE target_key = ?)`, target, strings.ToLower(target))
}

// action asks for one action, or for all of an object: "room." or "room.*".
func (f *filter) action(action string) {
	object := strings.TrimSuffix(action, "*")
	if object, whole := strings.CutSuffix(object, "."); whole {
		f.equal("object", object)
		return
	}
	f.equal("action", action)
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

// actorColumn tells whether actor is a name or an id. Deciding first keeps it one index, read in order.
func (d *DB) actorColumn(ctx context.Context, actor string) (string, error) {
	var name bool
	err := d.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM operations WHERE actor_name = ?)", actor).Scan(&name)
	if name {
		return "actor_name", err
	}
	return "actor_id", err
}
