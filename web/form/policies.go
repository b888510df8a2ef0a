package form

import (
	"net/url"
	"strconv"
)

// Limits of the policies; all are ours.
const (
	MinKeepDays          = 30
	MaxKeepDays          = 36_500
	MaxCheckpointRows    = 1_000_000
	MaxCheckpointMinutes = 1440
)

// Policies is the form of how long history is kept and how often it is signed, as typed.
type Policies struct {
	KeepDays          string // 0: for good
	CheckpointRows    string
	CheckpointMinutes string
	Confirm           string // the days whose removing of older history is agreed to
	Repeated          []string
	Errors            Errors
}

// ParsePolicies reads what was typed.
func ParsePolicies(values url.Values) *Policies {
	f := &Policies{}
	f.Repeated = readInputs(values, []input{
		{"keep_days", &f.KeepDays},
		{"checkpoint_rows", &f.CheckpointRows},
		{"checkpoint_minutes", &f.CheckpointMinutes},
		{"confirm", &f.Confirm},
	})
	return f
}

// Valid checks every rule but whether the consequence is agreed to.
func (f *Policies) Valid() bool {
	f.Errors = Errors{}
	once(&f.Errors, f.Repeated)
	days, ok := parseCount(f.KeepDays)
	f.Errors.Check(ok && (days == 0 || days >= MinKeepDays && days <= MaxKeepDays), "keep_days",
		"Give a number of days from 30 to 36,500, or 0 to keep history for good.")
	rows, ok := parseCount(f.CheckpointRows)
	f.Errors.Check(ok && rows >= 1 && rows <= MaxCheckpointRows, "checkpoint_rows", "Give a number of rows from 1 to 1,000,000.")
	minutes, ok := parseCount(f.CheckpointMinutes)
	f.Errors.Check(ok && minutes >= 1 && minutes <= MaxCheckpointMinutes, "checkpoint_minutes", "Give a number of minutes from 1 to 1,440.")
	return !f.Errors.Any()
}

// Values are the numbers of a valid form.
func (f *Policies) Values() (keepDays, checkpointRows, checkpointMinutes int) {
	keepDays, _ = parseCount(f.KeepDays)
	checkpointRows, _ = parseCount(f.CheckpointRows)
	checkpointMinutes, _ = parseCount(f.CheckpointMinutes)
	return keepDays, checkpointRows, checkpointMinutes
}

// Agrees says whether the removing of what is older than this is agreed to.
func (f *Policies) Agrees(keepDays int) bool { return f.Confirm == strconv.Itoa(keepDays) }
