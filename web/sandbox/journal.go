package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a state. The snapshot is whole; the journal has what came after it.
const (
	snapshotName = "snapshot.jsonl"
	journalName  = "journal.jsonl"
	lockName     = "lock"
)

// openState loads the state kept in dir, or founds one with the seed; an empty dir means memory only.
func openState(dir string, seed []*template) (*state, error) {
	st := newState()
	if dir == "" {
		for _, t := range seed {
			st.putTemplate(t)
		}
		return st, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state's directory: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	if err := st.load(dir, seed); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	file, err := compact(st, dir)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	st.journal = &journal{file: file, lock: lock}
	return st, nil
}

func (st *state) load(dir string, seed []*template) error {
	if err := st.replay(filepath.Join(dir, snapshotName), false); err != nil {
		return err
	}
	if err := st.replay(filepath.Join(dir, journalName), true); err != nil {
		return err
	}
	if len(st.templates) == 0 {
		for _, t := range seed {
			st.putTemplate(t)
		}
	}
	return st.check()
}

// check makes sure that what refers to something finds it, as every call relies on.
func (st *state) check() error {
	if st.defaultTemplate == nil {
		return errors.New("the sandbox's state has no default template")
	}
	for rm := range st.allRooms() {
		if st.templates[rm.TemplateID] == nil {
			return fmt.Errorf("the sandbox's state has room %s without its template", rm.ID)
		}
	}
	for _, c := range st.codes {
		if st.rooms[c.RoomID] == nil {
			return fmt.Errorf("the sandbox's state has code %s without its room", c.Code)
		}
	}
	return nil
}

// replay applies the lines of a file; a file that isn't there has none. With mayTear, a last line that is cut off is left out:
// its change was never answered.
func (st *state) replay(path string, mayTear bool) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the sandbox's state: %w", err)
	}
	err = st.applyLines(file, mayTear)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("read the sandbox's state %s: %w", path, err)
	}
	return nil
}

func (st *state) applyLines(r io.Reader, mayTear bool) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		switch {
		case err == io.EOF && len(line) == 0, err == io.EOF && mayTear:
			return nil
		case err == io.EOF:
			return fmt.Errorf("line %d is cut off", number)
		case err != nil:
			return err
		}
		var c change
		if err := json.Unmarshal(line, &c); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		st.apply(c)
	}
}

// compact makes the journal part of the snapshot and returns it empty. A crash in between leaves the old journal beside the new
// snapshot, which loads to the same state.
func compact(st *state, dir string) (*os.File, error) {
	snapshot := filepath.Join(dir, snapshotName)
	// Where nothing came after the snapshot, writing it again would only slow the start.
	if sizeOf(snapshot) == 0 || sizeOf(filepath.Join(dir, journalName)) > 0 {
		if err := writeSnapshot(st, snapshot); err != nil {
			return nil, fmt.Errorf("write the sandbox's snapshot: %w", err)
		}
	}
	file, err := os.OpenFile(filepath.Join(dir, journalName), os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the sandbox's journal: %w", err)
	}
	return file, nil
}

// sizeOf returns the size of a file in bytes, 0 where there is none to be seen.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func writeSnapshot(st *state, path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), snapshotName+".*.tmp")
	if err != nil {
		return err
	}
	err = writeChanges(st, file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func writeChanges(st *state, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	lines := json.NewEncoder(out)
	for c := range st.changes() {
		if err := lines.Encode(c); err != nil {
			return err
		}
	}
	return out.Flush()
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// journal is the file that changes are appended to before they are answered: one write each and no sync, so they survive the
// end of the process, not of the machine.
type journal struct {
	file *os.File
	lock *os.File
	size int64 // of the whole lines
	err  error // why nothing may be appended any more
}

// append writes one line. After a failed write the file is cut back to its whole lines, so that the next line doesn't continue
// a broken one.
func (j *journal) append(c change) error {
	if j.err != nil {
		return j.err
	}
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if _, err := j.file.Write(line); err != nil {
		j.err = j.file.Truncate(j.size)
		return err
	}
	j.size += int64(len(line))
	return nil
}

// errClosed is what a change gets after Close.
var errClosed = errors.New("the sandbox is closed")

// close closes the journal's files; a second call does nothing.
func (st *state) close() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.journal == nil || errors.Is(st.journal.err, errClosed) {
		return nil
	}
	st.journal.err = errClosed
	return errors.Join(st.journal.file.Close(), st.journal.lock.Close())
}
