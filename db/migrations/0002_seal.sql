-- +goose Up

-- The hashes that each history row adds to the Merkle tree, 32 bytes each: its leaf's, then those of the subtrees that it
-- completes, lowest first. They stay when old rows are pruned.
CREATE TABLE leaves (
    seq     INTEGER PRIMARY KEY CHECK (seq > 0),
    version INTEGER NOT NULL, -- of the encoding of the row
    hashes  BLOB    NOT NULL CHECK (length(hashes) >= 32 AND length(hashes) % 32 = 0)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER leaves_no_update BEFORE UPDATE ON leaves
BEGIN
    SELECT RAISE(ABORT, 'history is append-only: a leaf cannot be changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves
BEGIN
    SELECT RAISE(ABORT, 'history is append-only: a leaf cannot be deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER leaves_no_replace BEFORE INSERT ON leaves
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM leaves)
BEGIN
    SELECT RAISE(ABORT, 'history is append-only: a leaf can only follow the last one');
END;
-- +goose StatementEnd

-- Signed notes over the tree, one for each size that was signed.
CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY CHECK (size > 0),
    time TEXT    NOT NULL,
    note TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint cannot be changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint cannot be deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER checkpoints_no_replace BEFORE INSERT ON checkpoints
WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM checkpoints)
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint can only follow the last one');
END;
-- +goose StatementEnd

-- Signed notes over what was removed from history by a policy.
CREATE TABLE tombstones (
    upto INTEGER PRIMARY KEY CHECK (upto > 0), -- the last history row that was removed
    time TEXT    NOT NULL,
    note TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER tombstones_no_update BEFORE UPDATE ON tombstones
BEGIN
    SELECT RAISE(ABORT, 'a tombstone cannot be changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER tombstones_no_delete BEFORE DELETE ON tombstones
BEGIN
    SELECT RAISE(ABORT, 'a tombstone cannot be deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER tombstones_no_replace BEFORE INSERT ON tombstones
WHEN NEW.upto <= (SELECT coalesce(max(upto), 0) FROM tombstones)
BEGIN
    SELECT RAISE(ABORT, 'a tombstone can only follow the last one');
END;
-- +goose StatementEnd
