-- +goose Up

-- The templates of which history tells, as of the newest version of each. Kept narrow, for lists: what a template is stands
-- in its versions.
CREATE TABLE templates (
    n            INTEGER PRIMARY KEY,
    workspace    TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL, -- lower case
    region       TEXT    NOT NULL,
    is_default   INTEGER NOT NULL CHECK (is_default IN (0, 1)), -- the API says so
    roles        TEXT    NOT NULL, -- JSON list of names, as are the next two
    destinations TEXT    NOT NULL,
    recordings   TEXT    NOT NULL,
    storage      TEXT    NOT NULL,
    versions     INTEGER NOT NULL,
    created_at   TEXT    NOT NULL, -- by the API's clock
    changed_at   TEXT    NOT NULL,
    seen_at      TEXT    NOT NULL,
    changed_by   TEXT    NOT NULL,
    changed_kind TEXT    NOT NULL,
    action       TEXT    NOT NULL,
    operation    TEXT    NOT NULL,
    search       TEXT    NOT NULL GENERATED ALWAYS AS -- what is searched, in one piece
        (name_key || char(10) || lower(id || char(10) || roles)) STORED,
    UNIQUE (workspace, id)
) STRICT;

CREATE INDEX templates_name ON templates (workspace, name_key, id);
CREATE INDEX templates_changed ON templates (workspace, changed_at, id);

-- The states that templates have had, by content. Those that removed rows of history have told of stay: rebuilding goes on
-- from them.
CREATE TABLE template_versions (
    rowid      INTEGER PRIMARY KEY,
    workspace  TEXT    NOT NULL,
    id         TEXT    NOT NULL, -- of the template
    n          INTEGER NOT NULL CHECK (n > 0),
    seq        INTEGER NOT NULL, -- of the history row that tells it first
    time       TEXT    NOT NULL,
    seen_at    TEXT    NOT NULL, -- when it was told last
    operation  TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    actor_kind TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    mark       TEXT    NOT NULL,
    data       TEXT    NOT NULL, -- redacted JSON
    UNIQUE (workspace, id, n)
) STRICT;

CREATE INDEX template_versions_seq ON template_versions (seq);
