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
	Checkpoints int   // that a trusted key signed and that history agrees with
	Signed      int64 // the largest size that one of them is of: later rows are hashed but not signed yet
	Pinned      bool  // a key was given; else the one that came with what was checked was used
	Proved      int64 // rows of an extract that are proven one by one, rather than as a whole
	Faults      []Fault
}

// Fault is one thing that is wrong.
type Fault struct {
	Seq  int64 // the first row that it is about; 0: none can be named
	Text string
}

// maxFaults is how many faults are told: one is enough to know, and a file may have millions.
const maxFaults = 20

// Intact says whether nothing is wrong.
func (r *Report) Intact() bool { return len(r.Faults) == 0 }

// Fault adds one.
func (r *Report) Fault(seq int64, format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{seq, fmt.Sprintf(format, args...)})
	}
}

// Full says whether more faults wouldn't be told.
func (r *Report) Full() bool { return len(r.Faults) >= maxFaults }

// FirstBad is the lowest number of a row that a fault is about; 0 where none names one.
func (r *Report) FirstBad() int64 {
	first := int64(0)
	for _, f := range r.Faults {
		if f.Seq > 0 && (first == 0 || f.Seq < first) {
			first = f.Seq
		}
	}
	return first
}

// Sort puts the faults in the order of the rows that they are about; those about none come last.
func (r *Report) Sort() {
	slices.SortStableFunc(r.Faults, func(a, b Fault) int {
		if (a.Seq == 0) != (b.Seq == 0) {
			return cmp.Compare(b.Seq, a.Seq)
		}
		return cmp.Compare(a.Seq, b.Seq)
	})
}

// Trust is what a check believes: everything else it computes.
type Trust struct {
	Keys Keys         // none: the key that comes with what is checked, and then the report isn't pinned
	Kept []Checkpoint // that somebody kept elsewhere, signed by one of Keys
}

// Marks are the sizes at which the root of a growing tree is compared with what was signed.
type Marks struct {
	marks []mark
	good  int64 // the largest size so far whose root was right
}

type mark struct {
	Checkpoint
	kept bool
}

// NewMarks takes the checkpoints that came with what is checked and those that somebody kept.
func NewMarks(own, kept []Checkpoint) *Marks {
	m := &Marks{}
	for _, c := range own {
		m.marks = append(m.marks, mark{c, false})
	}
	for _, c := range kept {
		m.marks = append(m.marks, mark{c, true})
	}
	slices.SortStableFunc(m.marks, func(a, b mark) int { return cmp.Compare(a.Size, b.Size) })
	return m
}

// Next is the size that is compared next; 0 when there is none left.
func (m *Marks) Next() int64 {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[0].Size
}

// Reach compares what was signed with the tree as it is, once it has grown to that size.
func (m *Marks) Reach(edge Edge, r *Report) {
	for len(m.marks) > 0 && m.marks[0].Size == edge.Size {
		c := m.marks[0]
		m.marks = m.marks[1:]
		switch {
		case c.Root == edge.Root():
			m.good = c.Size
			r.Checkpoints++
			r.Signed = max(r.Signed, c.Size)
		case c.Size == 0:
			r.Fault(0, "%s of no rows has the wrong root", c.name())
		default:
			r.Fault(m.good+1, "%s of %d rows isn't of this history: one of the rows %d to %d was changed together with its hashes, or this is another history",
				c.name(), c.Size, m.good+1, c.Size)
		}
	}
}

// End tells of what was signed for more rows than there are.
func (m *Marks) End(size int64, r *Report) {
	for _, c := range m.marks {
		r.Fault(size+1, "%s is of %d rows, but there are %d: the end was cut off, or this is an older copy", c.name(), c.Size, size)
	}
}

func (m mark) name() string {
	if m.kept {
		return "the checkpoint that was kept"
	}
	return "the checkpoint"
}
