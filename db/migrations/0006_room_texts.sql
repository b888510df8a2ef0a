-- +goose Up

-- Each time that a room got another text to be searched by, in order: what the search index hasn't got yet are the last of
-- them. Rows are added and never removed.
CREATE TABLE room_texts (
    id  INTEGER PRIMARY KEY,
    n   INTEGER NOT NULL,                  -- the room's, which may be gone since
    tag INTEGER NOT NULL DEFAULT (random()) -- tells a row from one of the same number in another copy of this file
) STRICT;

INSERT INTO room_texts (n) SELECT n FROM rooms ORDER BY n;

-- +goose StatementBegin
CREATE TRIGGER rooms_text_begins AFTER INSERT ON rooms
BEGIN
    INSERT INTO room_texts (n) VALUES (NEW.n);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER rooms_text_changes AFTER UPDATE ON rooms
WHEN NEW.search <> OLD.search
BEGIN
    INSERT INTO room_texts (n) VALUES (NEW.n);
END;
-- +goose StatementEnd
