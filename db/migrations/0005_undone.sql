-- +goose Up

-- Nearly all operations are done, so an index on that serves nobody. Those that failed or are open are few and asked for
-- together with other filters, which this index answers by itself; seq keeps them in order.
DROP INDEX operations_outcome;
CREATE INDEX operations_undone ON operations (outcome, seq, object, action, actor_name, actor_id, target_kind, workspace)
    WHERE outcome <> 'done';

-- The search index tells which operations are of an object.
DROP INDEX operations_object;
