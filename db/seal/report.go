package seal

import (
	"cmp"
	"fmt"
	"slices"
)

// Report is what a check of history found.
type Report struct {
	Rows        int64 // that were read and hashed
	Size        int64 // of the tree: the number of the last row
	Root        Hash  // of that tree
	Pruned      int64 // rows up to this one were removed by a policy; their hashes stay
	Checkpoints int   // that history agrees with
	Signed      int64 // the largest size that one of them is of: later rows are hashed but not signed yet
	Pinned      bool  // a key was given: what it didn't sign doesn't count
	Unchecked   bool  // there was no key at all, so that nobody knows who signed the checkpoints
	Extract     bool  // these are some of the rows; that none was left out can't be told
	Proved      int64 // rows of an extract that are proven by its checkpoint
	Aside       int   // checkpoints that were kept and can't be compared: an extract knows one tree only
	Faults      []Fault
}

// Fault is one thing that is wrong.
type Fault struct {
	Seq  int64 // the first row that it is about; 0: none can be named
	Upto int64 // the last row that it may be about
	Text string
}

// maxFaults is how many faults are told: one is enough to know, and a file may have millions.
const maxFaults = 20

// Intact says whether nothing is wrong.
func (r *Report) Intact() bool { return len(r.Faults) == 0 }

// Fault adds one about a row, or 0.
func (r *Report) Fault(seq int64, format string, args ...any) { r.fault(seq, seq, format, args...) }

func (r *Report) fault(seq, upto int64, format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{seq, upto, fmt.Sprintf(format, args...)})
	}
}

// Full says whether more faults wouldn't be told.
func (r *Report) Full() bool { return len(r.Faults) >= maxFaults }

// FirstBad is the number of the first row that is known to be bad, or the first of those among which one is; 0 where no
// fault names a row.
func (r *Report) FirstBad() int64 {
	if len(r.Faults) == 0 {
		return 0
	}
	return r.Faults[0].Seq
}

// Sort puts the faults in the order of the rows that they are about; those about none come last.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		if (a.Seq == 0) != (b.Seq == 0) {
			return cmp.Compare(b.Seq, a.Seq)
		}
		return cmp.Or(cmp.Compare(a.Upto, b.Upto), cmp.Compare(b.Seq, a.Seq))
	})
}

// Trust is what a check believes: everything else it computes.
type Trust struct {
	Keys Keys     // none: the key of an export counts; of a database the signatures can't be checked
	Kept []string // checkpoints that somebody kept elsewhere
}

// Open reads a checkpoint that one of the keys has to have signed; without any key it isn't known who did.
func (t Trust) Open(signed string) (Checkpoint, error) {
	if len(t.Keys) > 0 {
		return t.Keys.Open(signed)
	}
	return ReadCheckpoint(signed)
}

// OpenTombstone reads a tombstone likewise.
func (t Trust) OpenTombstone(signed string) (Tombstone, error) {
	if len(t.Keys) > 0 {
		return t.Keys.OpenTombstone(signed)
	}
	text, name, err := read(signed)
	if err != nil {
		return Tombstone{}, err
	}
	return parseTombstone(text, name)
}

// claimed is what the checkpoints that were kept say, whoever signed them.
func (t Trust) claimed() []Checkpoint {
	var list []Checkpoint
	for _, text := range t.Kept {
		if c, err := ReadCheckpoint(text); err == nil { // else who opens it finds out
			list = append(list, c)
		}
	}
	return list
}

// Marks are the sizes at which the root of a growing tree is compared with what was signed.
type Marks struct {
	list []mark // by size
	good int64  // the largest size so far whose root was right
	bad  bool   // one was wrong: those after it have to be
}

type mark struct {
	Checkpoint
	kept bool
}

// NewMarks takes the checkpoints that came with what is checked and those that somebody kept.
func NewMarks(own, kept []Checkpoint) *Marks {
	m := &Marks{}
	for _, c := range own {
		m.list = append(m.list, mark{c, false})
	}
	for _, c := range kept {
		m.list = append(m.list, mark{c, true})
	}
	slices.SortStableFunc(m.list, func(a, b mark) int { return cmp.Compare(a.Size, b.Size) })
	return m
}

// Next is the size that is compared next; -1 when there is none left.
func (m *Marks) Next() int64 {
	if len(m.list) == 0 {
		return -1
	}
	return m.list[0].Size
}

// Skip passes over what is of fewer rows than size, and returns how many that were.
func (m *Marks) Skip(size int64) int {
	n := 0
	for n < len(m.list) && m.list[n].Size < size {
		n++
	}
	m.list = m.list[n:]
	return n
}

// Reach compares what was signed with the tree as it is, once it has grown to that size.
func (m *Marks) Reach(edge Edge, r *Report) {
	if m.Next() == edge.Size {
		m.reach(edge.Size, edge.Root(), r)
	}
}

func (m *Marks) reach(size int64, root Hash, r *Report) {
	for m.Next() == size {
		c := m.list[0]
		m.list = m.list[1:]
		if c.Root == root {
			m.good = size
			r.Checkpoints++
			r.Signed = max(r.Signed, size)
			continue
		}
		if !m.bad {
			r.fault(m.good+1, size, "%s of %d rows isn't of this history: one of the rows %d to %d was changed together with its hashes, or this is another history",
				c.name(), size, m.good+1, size)
		}
		m.bad = true
	}
}

// End tells of what was signed for more rows than there are.
func (m *Marks) End(size int64, r *Report) {
	if len(m.list) == 0 || m.list[len(m.list)-1].Size <= size {
		return
	}
	c := m.list[len(m.list)-1]
	r.Fault(size+1, "%s is of %d rows, but there are %d: the end was cut off, or this is an older copy", c.name(), c.Size, size)
}

func (m mark) name() string {
	if m.kept {
		return "the checkpoint that was kept"
	}
	return "the checkpoint"
}
