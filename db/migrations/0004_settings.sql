-- +goose Up

-- What admins decided; a name that isn't here has its default.
CREATE TABLE settings (
    workspace TEXT NOT NULL, -- empty: for all of them
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;

-- The rooms as the history rows tell of them that a policy has removed: rebuilding starts from here. Columns are those of
-- rooms and room_data.
CREATE TABLE past_rooms (
    n                    INTEGER PRIMARY KEY,
    workspace            TEXT    NOT NULL,
    id                   TEXT    NOT NULL,
    name                 TEXT    NOT NULL,
    name_key             TEXT    NOT NULL,
    enabled              INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    description          TEXT    NOT NULL,
    template_id          TEXT    NOT NULL,
    template_name        TEXT    NOT NULL,
    region               TEXT    NOT NULL,
    size                 INTEGER NOT NULL,
    large_room           INTEGER NOT NULL CHECK (large_room IN (0, 1)),
    max_duration_seconds INTEGER NOT NULL,
    recording            TEXT    NOT NULL,
    created_at           TEXT    NOT NULL,
    updated_at           TEXT    NOT NULL,
    seen_at              TEXT    NOT NULL,
    creator              TEXT    NOT NULL,
    operation            TEXT    NOT NULL,
    UNIQUE (workspace, id)
) STRICT;

CREATE TABLE past_room_data (
    n    INTEGER PRIMARY KEY REFERENCES past_rooms (n),
    data TEXT    NOT NULL
) STRICT;
