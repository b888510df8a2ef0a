package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"roomledger/db"
	"roomledger/db/seal"
)

// Witnesses keep checkpoints where whoever can change the database can't: a file on another disk or machine, and an
// address that takes them by POST. What was kept there shows when an older copy of the database is put in place.
type Witnesses struct {
	keys seal.Keys
	db   *db.DB
	log  *slog.Logger
	file string
	http *http.Client

	mu   sync.Mutex
	list []Witness
}

// Witness is how one of them stands.
type Witness struct {
	Name    string // the file's path, or the host of the address
	Size    int64  // of the last checkpoint that it took; 0: none by this process
	Time    time.Time
	Problem string // why it didn't take the last one

	tried int64 // size of the last one that it was offered
	keep  func(context.Context, db.Checkpoint) error
}

// postWithin is how long an address may take to answer.
const postWithin = 10 * time.Second

// NewWitnesses returns the witnesses of a database whose checkpoints keys can check: a file and an address, each of which
// may be "".
func NewWitnesses(d *db.DB, keys seal.Keys, log *slog.Logger, file, address string) *Witnesses {
	w := &Witnesses{keys: keys, db: d, log: log, file: file, http: &http.Client{
		Timeout:       postWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if file != "" {
		w.list = append(w.list, Witness{Name: file, keep: w.appendFile})
	}
	if address != "" {
		name := address
		if u, err := url.Parse(address); err == nil {
			name = u.Host // the rest may hold a secret
		}
		w.list = append(w.list, Witness{Name: name, keep: func(ctx context.Context, c db.Checkpoint) error { return w.post(ctx, address, c) }})
	}
	return w
}

// State says how each of them stands.
func (w *Witnesses) State() []Witness {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Witness(nil), w.list...)
}

// tell offers a checkpoint to each witness once; one that fails is offered the next.
func (w *Witnesses) tell(ctx context.Context, c db.Checkpoint) {
	for i := range w.list {
		if one := &w.list[i]; one.tried < c.Size { // nobody else writes it
			w.took(ctx, one, c, one.keep(ctx, c))
		}
	}
}

// took notes and, when it is news, logs what came of it.
func (w *Witnesses) took(ctx context.Context, one *Witness, c db.Checkpoint, err error) {
	before := one.Problem
	w.mu.Lock()
	one.tried, one.Problem = c.Size, ""
	if err != nil {
		one.Problem = err.Error()
	} else {
		one.Size, one.Time = c.Size, c.Time
	}
	w.mu.Unlock()
	switch {
	case err != nil && before != one.Problem:
		w.log.WarnContext(ctx, "checkpoint not kept elsewhere", "at", one.Name, "err", err)
	case err == nil && before != "":
		w.log.InfoContext(ctx, "checkpoints are kept elsewhere again", "at", one.Name)
	}
}

// Agree is nil when history agrees with the newest checkpoint in the file, or when there is none. The error is
// db.ErrAltered where it doesn't: an older copy was put in place, or another one.
func (w *Witnesses) Agree(ctx context.Context) error {
	_, err := w.newest(ctx)
	return err
}

// newest returns the size of the newest checkpoint in the file, with which history agrees; 0: there is none.
func (w *Witnesses) newest(ctx context.Context) (int64, error) {
	if w.file == "" {
		return 0, nil
	}
	text, err := readTail(w.file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(strings.TrimSpace(string(text))) == 0 {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the checkpoints kept in %s: %w", w.file, err)
	}
	c, ok := w.last(text)
	if !ok {
		return 0, fmt.Errorf("%w: no checkpoint in %s is by the key of this installation", db.ErrAltered, w.file)
	}
	if err := w.db.Agrees(ctx, c); err != nil {
		return 0, fmt.Errorf("compared with the checkpoint of %d rows in %s: %w", c.Size, w.file, err)
	}
	return c.Size, nil
}

// last is the last checkpoint that our key signed.
func (w *Witnesses) last(text []byte) (last seal.Checkpoint, ok bool) {
	for _, one := range seal.SplitNotes(text) {
		if c, err := w.keys.Open(one); err == nil {
			last, ok = c, true
		}
	}
	return last, ok
}

// tailSize is how much of the end of the file is read: some hundreds of checkpoints.
const tailSize = 64 << 10

func readTail(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(max(0, info.Size()-tailSize), io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(f, tailSize))
}

// appendFile appends a checkpoint to the file, unless it is there. Where the newest one there isn't of this history,
// nothing is: a newer one would hide that.
func (w *Witnesses) appendFile(ctx context.Context, c db.Checkpoint) error {
	size, err := w.newest(ctx)
	if err != nil || size >= c.Size {
		return err
	}
	f, err := os.OpenFile(w.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(c.Note)
	return errors.Join(err, f.Sync(), f.Close())
}

// post sends a checkpoint to an address.
func (w *Witnesses) post(ctx context.Context, address string, c db.Checkpoint) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(c.Note))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := w.http.Do(r)
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err // without the address
	}
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}
