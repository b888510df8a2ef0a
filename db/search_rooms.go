package db

import (
	"context"
	"database/sql"
	"strings"
)

// The index has the texts of rooms, too. A room's text may change, and what was added to the index stays there: so each
// text that a room got is a document of its own, by its number in room_texts. What is found is looked at among the rooms,
// which leaves out what a room was called once, and whatever is newer than the index is looked at besides.

const (
	// roomReach is how many texts that aren't in the index yet are looked at one by one.
	roomReach = 2000
	// maxRoomHits is how many hits are worth looking at one by one: of more, walking along the list soon finds enough.
	maxRoomHits = 5000
)

// feedTexts is for the texts of rooms that follow one. A room that is gone has none.
const feedTexts = `SELECT t.id, t.tag, coalesce(r.search, '') FROM room_texts t LEFT JOIN rooms r ON r.n = t.n
	WHERE t.id > ? ORDER BY t.id LIMIT ?`

// roomText is a text that a room got.
type roomText struct {
	id, tag int64
	text    string
}

func scanRoomText(from scanner) (t roomText, err error) {
	return t, from.Scan(&t.id, &t.tag, &t.text)
}

// rooms takes the next texts of rooms and tells whether there may be more. Like batch, it isn't to be cancelled.
func (f *feeder) rooms() (more bool, err error) {
	var last int64
	if err := f.history.QueryRow("SELECT coalesce(max(id), 0) FROM room_texts").Scan(&last); err != nil || last <= f.fedRooms {
		return false, err
	}
	tx, err := f.index.Begin()
	if err != nil {
		return false, err
	}
	fed, err := f.addRooms(tx)
	if err := ended(tx, err); err != nil {
		return false, err
	}
	more = fed > f.fedRooms && fed < last
	f.fedRooms = fed
	return more, nil
}

// addRooms adds the next texts to the index and returns the number of the last one that it has then.
func (f *feeder) addRooms(tx *sql.Tx) (fed int64, err error) {
	if err := tx.QueryRow("SELECT rooms FROM state").Scan(&fed); err != nil {
		return 0, err
	}
	rows, err := f.history.Query(feedTexts, fed, feedBatch)
	if err != nil {
		return 0, err
	}
	texts, err := collect(rows, scanRoomText)
	if err != nil || len(texts) == 0 {
		return fed, err
	}
	if err := putRoomTexts(tx, texts); err != nil {
		return 0, err
	}
	last := texts[len(texts)-1]
	_, err = tx.Exec("UPDATE state SET rooms = ?, room_tag = ?", last.id, last.tag)
	return last.id, err
}

func putRoomTexts(tx *sql.Tx, texts []roomText) error {
	insert, err := tx.Prepare("INSERT INTO room_hits (docid, tokens) VALUES (?, ?)")
	if err != nil {
		return err
	}
	seen := map[string]int{}
	for _, t := range texts {
		d := document{seq: t.id, tokens: appendTrigrams(nil, t.text)}
		if _, err := insert.Exec(d.seq, string(d.tokens)); err != nil {
			return closed(insert, err)
		}
		d.sample(seen)
	}
	return closed(insert, writeSeen(tx, "room_seen", seen))
}

// roomsOf returns q with the rooms in question where the index can tell them: few, and all that have what is searched for.
func (d *DB) roomsOf(ctx context.Context, q RoomQuery) (RoomQuery, error) {
	word := strings.ToLower(q.Q)
	if !indexable(word) {
		return q, nil
	}
	err := d.byIndex(ctx, func() (err error) {
		q.among, err = d.roomsWith(ctx, word)
		return err
	})
	return q, err
}

// roomsWith are the numbers of the rooms that may have a word, as JSON, or nothing where the index is no help.
func (d *DB) roomsWith(ctx context.Context, word string) (string, error) {
	snap, err := d.search.snapshot(ctx)
	if err != nil {
		return "", err
	}
	defer snap.end()
	var last int64
	err = d.readers.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM room_texts").Scan(&last)
	if err != nil || snap.tx == nil || last-snap.rooms > d.search.roomReach {
		return "", err
	}
	texts, few, err := snap.roomTexts(ctx, wanted{words: [][]string{strings.Fields(string(appendTrigrams(nil, word)))}})
	if err != nil || !few {
		return "", err
	}
	var numbers string
	return numbers, d.readers.QueryRowContext(ctx, `SELECT json_group_array(n) FROM (
		SELECT n FROM room_texts WHERE id IN (SELECT value FROM json_each(?)) UNION SELECT n FROM room_texts WHERE id > ?)`,
		texts, snap.rooms).Scan(&numbers)
}

// roomTexts are the texts that the index finds, as JSON, or false when they are many.
func (snap *snapshot) roomTexts(ctx context.Context, w wanted) (texts string, few bool, err error) {
	seen, err := snap.seen(ctx, "room_seen", w.tokens())
	if err != nil {
		return "", false, err
	}
	var n int
	err = snap.tx.QueryRowContext(ctx, `SELECT json_group_array(docid), count(*) FROM (SELECT docid FROM room_hits
		WHERE room_hits MATCH ? LIMIT ?)`, w.cheaply(seen, seen("")), maxRoomHits+1).Scan(&texts, &n)
	return texts, n <= maxRoomHits, err
}
