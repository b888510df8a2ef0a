package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The files of a state's directory. The state is one file: a line for each change, with the objects that it put. What was put
// later stands in the place of what was put before.
const (
	stateName = "state.jsonl"
	lockName  = "lock"
)

// olderNames are the two files that the state was kept in before, in the order in which they are read.
var olderNames = []string{"snapshot.jsonl", "journal.jsonl"}

// errClosed is what a change gets after Close.
var errClosed = errors.New("the sandbox is closed")

// openState loads the state kept in dir, or founds one with plant; an empty dir means memory only.
func openState(dir string, c conf, plant func(*state) error) (*state, error) {
	st := newState(c)
	if dir == "" {
		return st, plant(st)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state's directory: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	file, err := st.open(dir, plant)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	st.journal = &journal{file: file.File, lock: lock, size: file.size, path: filepath.Join(dir, stateName), objects: file.objects}
	return st, nil
}

// stateFile is the file of the state, open for appending.
type stateFile struct {
	*os.File
	size    int64 // of the whole lines
	objects int   // that stand in them, those that were put over again too
}

// open loads or founds the state and returns its file.
func (st *state) open(dir string, plant func(*state) error) (stateFile, error) {
	path := filepath.Join(dir, stateName)
	read, err := st.readAll(dir)
	if err != nil {
		return stateFile{}, err
	}
	if st.templates.size() == 0 {
		if err := plant(st); err != nil {
			return stateFile{}, err
		}
	}
	if err := st.check(); err != nil {
		return stateFile{}, err
	}
	st.forgetOld(st.latest())
	if read.older || read.objects > shrinkTimes*st.size() || read.objects < st.size() {
		if read.whole, err = writeState(st, path); err != nil {
			return stateFile{}, fmt.Errorf("write the sandbox's state: %w", err)
		}
		read.objects = st.size()
	}
	if err := removeOlder(dir); err != nil {
		return stateFile{}, err
	}
	return openStateFile(path, read.whole, read.objects)
}

// size is how many objects the state holds.
func (st *state) size() int {
	n := 0
	for _, k := range st.kinds() {
		n += k.size()
	}
	return n
}

// readFiles is what was found in the files.
type readFiles struct {
	older   bool  // in the files of before
	objects int   // that were read, those that were put over again too
	whole   int64 // bytes of whole lines in the state's file
}

// readAll reads the state's file, or where there is none the older ones.
func (st *state) readAll(dir string) (found readFiles, err error) {
	found.objects, found.whole, err = st.readFile(filepath.Join(dir, stateName))
	if !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	for _, name := range olderNames {
		n, _, err := st.readFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return found, err
		}
		found.older = found.older || err == nil
		found.objects += n
	}
	return found, nil
}

func (st *state) readFile(path string) (objects int, whole int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, 0, fmt.Errorf("open the sandbox's state: %w", err)
	}
	objects, whole, err = st.readLines(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return 0, 0, fmt.Errorf("read the sandbox's state %s: %w", path, err)
	}
	return objects, whole, nil
}

// readLines takes in the lines of a file. A last line that is cut off is left out: its change was never answered.
func (st *state) readLines(r io.Reader) (objects int, whole int64, err error) {
	tables := map[string]keeper{}
	for _, k := range st.kinds() {
		tables[k.kind()] = k
	}
	in := bufio.NewReaderSize(r, 1<<16)
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return objects, whole, nil
		}
		if err != nil {
			return 0, 0, err
		}
		n, err := loadLine(tables, line)
		if err != nil {
			return 0, 0, fmt.Errorf("line %d: %w", number, err)
		}
		objects += n
		whole += int64(len(line))
	}
}

// loadLine takes in one line and returns how many objects it had.
func loadLine(tables map[string]keeper, line []byte) (n int, err error) {
	var kinds map[string]json.RawMessage
	if err := json.Unmarshal(line, &kinds); err != nil {
		return 0, err
	}
	for kind, objects := range kinds {
		table := tables[kind]
		if table == nil {
			return 0, fmt.Errorf("%q is no kind of object: it may be from a newer version", kind)
		}
		loaded, err := table.load(objects)
		if err != nil {
			return 0, err
		}
		n += loaded
	}
	return n, nil
}

// writeState writes the whole state in the place of the file at path. A crash leaves the one or the other.
func writeState(st *state, path string) (size int64, err error) {
	file, err := os.CreateTemp(filepath.Dir(path), stateName+".*.tmp")
	if err != nil {
		return 0, err
	}
	size, err = writeLines(st, file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return 0, errors.Join(err, os.Remove(file.Name()))
	}
	return size, syncDir(filepath.Dir(path))
}

func writeLines(st *state, w io.Writer) (size int64, err error) {
	out := bufio.NewWriterSize(w, 1<<16)
	for puts := range st.lines() {
		line, err := encodeLine(puts)
		if err != nil {
			return 0, err
		}
		n, err := out.Write(line)
		if err != nil {
			return 0, err
		}
		size += int64(n)
	}
	return size, out.Flush()
}

// encodeLine writes puts as one line: an object with an array for each kind.
func encodeLine(puts []putRecord) ([]byte, error) {
	var line bytes.Buffer
	var done []string
	separator := "{"
	for i, put := range puts {
		if slices.Contains(done, put.kind) {
			continue
		}
		done = append(done, put.kind)
		line.WriteString(separator + `"` + put.kind + `":`)
		if err := encodeKind(&line, puts[i:], put.kind); err != nil {
			return nil, err
		}
		separator = ","
	}
	line.WriteString("}\n")
	return line.Bytes(), nil
}

func encodeKind(line *bytes.Buffer, puts []putRecord, kind string) error {
	separator := byte('[')
	for _, put := range puts {
		if put.kind != kind {
			continue
		}
		text, err := json.Marshal(put.v)
		if err != nil {
			return err
		}
		line.WriteByte(separator)
		line.Write(text)
		separator = ','
	}
	return line.WriteByte(']')
}

// removeOlder removes the files that the state was kept in before: it stands in the one file now.
func removeOlder(dir string) error {
	for _, name := range olderNames {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove the sandbox's older state: %w", err)
		}
	}
	return nil
}

// openStateFile opens the file for appending, without what follows its whole lines.
func openStateFile(path string, whole int64, objects int) (stateFile, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return stateFile{}, fmt.Errorf("open the sandbox's state: %w", err)
	}
	if err := file.Truncate(whole); err != nil {
		return stateFile{}, errors.Join(fmt.Errorf("cut off the broken end of the sandbox's state: %w", err), file.Close())
	}
	return stateFile{file, whole, objects}, nil
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// journal appends changes to the state's file before they are answered: one write each and no sync, so they survive the end of
// the process, not of the machine.
type journal struct {
	file *os.File
	lock *os.File
	size int64 // of the whole lines
	err  error // why nothing may be appended any more

	path     string
	objects  int   // in the file, those that were put over again too
	unshrunk error // why the file could not be written anew, see shrink
}

// append writes one line. After a failed write the file is cut back to its whole lines, so that the next line doesn't continue
// a broken one.
func (j *journal) append(puts []putRecord) error {
	if j.err != nil {
		return j.err
	}
	line, err := encodeLine(puts)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(line); err != nil {
		j.err = j.file.Truncate(j.size)
		return err
	}
	j.size += int64(len(line))
	j.objects += len(puts)
	return nil
}

// How many objects the file may hold before it is written anew: twice those that the state has, and some more.
const (
	shrinkTimes = 2
	shrinkFrom  = 200_000
)

// shrink writes the file anew when most of what it holds was put over again: else it would fill the disk while the sandbox runs,
// and take minutes to load. Where it can't, the file stays as it is, which Close tells. Call it with mu held for writing.
func (st *state) shrink() {
	j := st.journal
	if j == nil || j.objects <= shrinkTimes*st.size()+shrinkFrom {
		return
	}
	j.objects = st.size() // also when it fails: it isn't tried again at once
	size, err := writeState(st, j.path)
	if err != nil {
		j.unshrunk = err
		return
	}
	next, err := openStateFile(j.path, size, j.objects)
	if err != nil { // what is appended to the old file would be lost
		j.err = err
		return
	}
	j.unshrunk = j.file.Close()
	j.file, j.size = next.File, size
}

// close lets nothing be changed any more and closes the journal's files; a second call does nothing.
func (st *state) close() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.closed || st.journal == nil {
		st.closed = true
		return nil
	}
	st.closed = true
	return errors.Join(st.journal.unshrunk, st.journal.file.Close(), st.journal.lock.Close())
}
