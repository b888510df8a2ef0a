-- +goose Up

-- What happened, in order. The only source of truth of our own: rows are added, never changed.
CREATE TABLE history (
    seq         INTEGER PRIMARY KEY CHECK (seq > 0),
    time        TEXT    NOT NULL CHECK (length(time) = 24), -- UTC, 2006-01-02T15:04:05.000Z
    workspace   TEXT    NOT NULL,
    operation   TEXT    NOT NULL CHECK (operation <> ''),   -- ties intent and outcome
    batch       TEXT    NOT NULL,
    actor_id    TEXT    NOT NULL,
    actor_name  TEXT    NOT NULL,
    actor_kind  TEXT    NOT NULL,
    ip          TEXT    NOT NULL,
    user_agent  TEXT    NOT NULL,
    request_id  TEXT    NOT NULL,
    action      TEXT    NOT NULL CHECK (action <> ''),      -- object.verb
    phase       TEXT    NOT NULL CHECK (phase IN ('intent', 'done', 'failed', 'settled', 'note')),
    target_kind TEXT    NOT NULL,
    target_id   TEXT    NOT NULL,
    target_name TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    request     TEXT    NOT NULL, -- redacted JSON or empty, as are the next three
    response    TEXT    NOT NULL,
    "before"    TEXT    NOT NULL,
    "after"     TEXT    NOT NULL,
    api_method  TEXT    NOT NULL,
    api_path    TEXT    NOT NULL,
    api_status  INTEGER NOT NULL,
    latency_ms  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    error       TEXT    NOT NULL
) STRICT;

CREATE INDEX history_operation ON history (operation);

-- +goose StatementBegin
CREATE TRIGGER history_no_update BEFORE UPDATE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only: a row cannot be changed');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER history_no_delete BEFORE DELETE ON history
BEGIN
    SELECT RAISE(ABORT, 'history is append-only: a row cannot be deleted');
END;
-- +goose StatementEnd

-- REPLACE removes the old row without firing a delete trigger, so it has to be stopped here. A gap is stopped as well.
-- +goose StatementBegin
CREATE TRIGGER history_no_replace BEFORE INSERT ON history
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM history)
BEGIN
    SELECT RAISE(ABORT, 'history is append-only: a row can only follow the last one');
END;
-- +goose StatementEnd

-- One line for each change, derived from its history rows. An index on a column also holds seq, the rowid, so that
-- "this value, newest first, older than N" is one range of the index.
CREATE TABLE operations (
    seq         INTEGER PRIMARY KEY, -- of the first history row
    last_seq    INTEGER NOT NULL,
    id          TEXT    NOT NULL UNIQUE,
    workspace   TEXT    NOT NULL,
    time        TEXT    NOT NULL,
    actor_id    TEXT    NOT NULL,
    actor_name  TEXT    NOT NULL,
    actor_kind  TEXT    NOT NULL,
    ip          TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    object      TEXT    NOT NULL, -- the action up to its first dot
    target_kind TEXT    NOT NULL,
    target_id   TEXT    NOT NULL,
    target_name TEXT    NOT NULL,
    target_key  TEXT    NOT NULL, -- target_name in lower case
    outcome     TEXT    NOT NULL CHECK (outcome IN ('done', 'failed', 'unknown')),
    latency_ms  INTEGER NOT NULL,
    error       TEXT    NOT NULL,
    search      TEXT    NOT NULL GENERATED ALWAYS AS -- what is searched, in one piece
        (target_key || char(10) || lower(target_id || char(10) || actor_name || char(10) || action)) STORED
) STRICT;

CREATE INDEX operations_workspace ON operations (workspace);
CREATE INDEX operations_actor_name ON operations (actor_name);
CREATE INDEX operations_actor_id ON operations (actor_id);
CREATE INDEX operations_action ON operations (action);
CREATE INDEX operations_object ON operations (object);
CREATE INDEX operations_outcome ON operations (outcome);
CREATE INDEX operations_target_kind ON operations (target_kind);
CREATE INDEX operations_target_id ON operations (target_id);
CREATE INDEX operations_target_key ON operations (target_key);

-- Which operations a day has: turns a span of time into a span of seq, also when a clock was set back.
CREATE TABLE days (
    day       TEXT    PRIMARY KEY, -- 2006-01-02, UTC
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How many operations a day has, by the day of their first row.
CREATE TABLE day_counts (
    day       TEXT    NOT NULL,
    workspace TEXT    NOT NULL,
    action    TEXT    NOT NULL,
    outcome   TEXT    NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (day, workspace, action, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE workspaces (
    id      TEXT    PRIMARY KEY,
    name    TEXT    NOT NULL,
    api_url TEXT    NOT NULL,
    sandbox INTEGER NOT NULL CHECK (sandbox IN (0, 1))
) STRICT;

-- What we last knew of each room. Kept narrow, for searching reads all of it: the full object is in room_data.
CREATE TABLE rooms (
    n                    INTEGER PRIMARY KEY,
    workspace            TEXT    NOT NULL,
    id                   TEXT    NOT NULL,
    name                 TEXT    NOT NULL,
    name_key             TEXT    NOT NULL, -- lower case: the API takes names that differ in case for the same
    enabled              INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    description          TEXT    NOT NULL,
    template_id          TEXT    NOT NULL,
    template_name        TEXT    NOT NULL,
    region               TEXT    NOT NULL,
    size                 INTEGER NOT NULL,
    large_room           INTEGER NOT NULL CHECK (large_room IN (0, 1)),
    max_duration_seconds INTEGER NOT NULL,
    recording            TEXT    NOT NULL,
    created_at           TEXT    NOT NULL, -- by the API's clock
    updated_at           TEXT    NOT NULL,
    seen_at              TEXT    NOT NULL,
    creator              TEXT    NOT NULL, -- empty: made elsewhere
    operation            TEXT    NOT NULL,
    search               TEXT    NOT NULL GENERATED ALWAYS AS -- what is searched, in one piece
        (name_key || char(10) || lower(description || char(10) || id)) STORED,
    UNIQUE (workspace, id)
) STRICT;

CREATE INDEX rooms_created ON rooms (workspace, created_at, id);
CREATE INDEX rooms_name ON rooms (workspace, name_key, id);
CREATE INDEX rooms_enabled ON rooms (workspace, enabled, created_at, id);
CREATE INDEX rooms_template ON rooms (workspace, template_id, created_at, id);
CREATE INDEX rooms_region ON rooms (workspace, region, created_at, id);
CREATE INDEX rooms_recording ON rooms (workspace, recording, created_at, id);
CREATE INDEX rooms_creator ON rooms (workspace, creator, created_at, id);

CREATE TABLE room_data (
    n    INTEGER PRIMARY KEY REFERENCES rooms (n),
    data TEXT    NOT NULL -- redacted JSON
) STRICT;

-- How fresh the rooms of a workspace are.
CREATE TABLE index_state (
    workspace TEXT PRIMARY KEY,
    at        TEXT NOT NULL, -- when all of them were last read
    problem   TEXT NOT NULL  -- why the last try failed
) STRICT;

-- A form that was sent once gives its first result again.
CREATE TABLE form_tokens (
    workspace    TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    token        TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    operation    TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    PRIMARY KEY (workspace, user_id, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX form_tokens_created ON form_tokens (created_at);

CREATE TABLE users (
    id         TEXT    PRIMARY KEY,
    email      TEXT    NOT NULL UNIQUE, -- lower case
    password   TEXT    NOT NULL,        -- argon2id, as a PHC string
    role       TEXT    NOT NULL CHECK (role IN ('viewer', 'auditor', 'operator', 'admin')),
    disabled   INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    created_at TEXT    NOT NULL,
    updated_at TEXT    NOT NULL,
    seen_at    TEXT    NOT NULL         -- last sign-in; empty: never
) STRICT;

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY, -- SHA-256 of what the cookie holds, in hex
    user_id    TEXT NOT NULL REFERENCES users (id),
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,    -- at most a minute behind
    expires_at TEXT NOT NULL,    -- however busy it is
    ip         TEXT NOT NULL,
    user_agent TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- One row, written by the readiness check: only a real write shows that writing works.
CREATE TABLE ready (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TEXT    NOT NULL
) STRICT;

INSERT INTO ready (id, at) VALUES (1, '');
