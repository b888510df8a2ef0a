package form

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Valid checks every rule and leaves the messages in Errors; calling it again starts afresh. Sections that a choice
// makes irrelevant (storage without recording, the bucket without own storage) are not looked at.
func (f *Room) Valid() bool {
	f.Errors = Errors{}
	f.checkRepeated()
	f.Errors.problem("name", NameProblem(f.Name))
	f.Errors.problem("description", descriptionProblem(f.Description))
	f.checkTemplate()
	f.checkCapacity()
	f.checkRecording()
	f.checkWebhook()
	f.Errors.problem("polls", pollsProblem(f.Polls))
	f.Errors.problem("reason", ReasonProblem(f.Reason))
	f.checkHidden()
	f.Errors.sort(roomFields)
	return !f.Errors.Any()
}

func (f *Room) checkRepeated() {
	for _, field := range f.Repeated {
		if field != "form_token" && f.relevant(field) {
			f.Errors.Add(field, SentTwice)
		}
	}
}

func descriptionProblem(s string) string {
	switch {
	case longerThan(s, MaxDescription):
		return "Shorten the description to 5,000 characters or fewer."
	case !isPlain(s, "\n\t\r"):
		return "The description holds characters that can't be shown, such as a null byte. Type it again without them."
	}
	return ""
}

func (f *Room) checkTemplate() {
	id := strings.TrimSpace(f.TemplateID)
	f.Errors.Check(id == "" || isID(id), "template_id",
		"Choose a template from the list, or give its id: 24 characters, each 0 to 9 or a to f.")
	f.Errors.Check(slices.Contains([]string{"", "auto", "in", "us", "eu"}, f.Region), "region",
		"Choose a region from the list: automatic, India, United States or Europe.")
}

func (f *Room) checkCapacity() {
	f.Errors.Check(slices.Contains([]string{"", "on"}, f.LargeRoomValue), "large_room",
		"Tick or clear the box for a large room again.")
	f.Errors.problem("size", f.sizeProblem())
	if strings.TrimSpace(f.MaxDurationSeconds) != "" {
		_, err := ParseDuration(f.MaxDurationSeconds)
		f.Errors.problem("max_duration_seconds", durationProblem(err))
	}
}

func (f *Room) sizeProblem() string {
	if strings.TrimSpace(f.Size) == "" {
		return ""
	}
	size, ok := parseCount(f.Size)
	switch {
	case !ok:
		return "Write the size as a whole number of people, such as 250 or 2,500."
	case size > MaxLargeSize:
		return "Choose a size of 20,000 or fewer; more than 2,500 also needs the large room turned on."
	case size > MaxSize && !f.LargeRoom:
		return "Turn on large room for this size, or choose 2,500 or fewer."
	}
	return ""
}

// count is a whole number: digits alone, or in groups of three parted by a comma or a space (plain, no-break or thin).
var count = regexp.MustCompile(`^[0-9]+$|^[0-9]{1,3}([, \x{a0}\x{2009}\x{202f}][0-9]{3})+$`)

// parseCount reads a count. A number too big to hold is still a number, so it comes back as bigger than any limit.
func parseCount(s string) (int, bool) {
	const enough = 64
	s = strings.TrimSpace(s)
	if len(s) > enough || !count.MatchString(s) {
		return 0, false
	}
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
	n, err := strconv.Atoi(digits)
	if err != nil {
		return math.MaxInt, true
	}
	return n, true
}

func (f *Room) checkRecording() {
	known := []string{RecordingInherit, RecordingOff, RecordingOn}
	f.Errors.Check(slices.Contains(known, f.recording()), "recording",
		"Choose one of the three: as the template says, off, or on.")
	if !f.stores() {
		return
	}
	f.Errors.Check(slices.Contains([]string{StorageVendor, StorageOwn}, f.storage()), "storage",
		"Choose where recordings go: with 100ms, or your own bucket.")
	if f.ownBucket() {
		f.checkBucket()
	}
}

// pollIDs splits what was typed at white space and commas.
func pollIDs(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || strings.ContainsRune(" \t\r\n\u00a0", r) })
}

func pollsProblem(s string) string {
	const idAndMark = 26 // an id with a comma and a space after it
	if len(s) > 2*MaxPolls*idAndMark {
		return "Give 100 polls or fewer."
	}
	ids := pollIDs(s)
	if len(ids) > MaxPolls {
		return "Give 100 polls or fewer."
	}
	seen := make(map[string]int, len(ids))
	for i, id := range ids {
		if !isID(id) {
			return "Check poll " + strconv.Itoa(i+1) + ": an id has 24 characters, each 0 to 9 or a to f."
		}
		if first, twice := seen[id]; twice {
			return "Take out poll " + strconv.Itoa(i+1) + ": it is the same as poll " + strconv.Itoa(first+1) + "."
		}
		seen[id] = i
	}
	return ""
}

func (f *Room) checkHidden() {
	id := strings.TrimSpace(f.Overwrite)
	f.Errors.Check(id == "" || isID(id), "",
		"Say again whether the room may be overwritten: the answer did not name a room.")
	usable := isFormToken(f.FormToken) && !slices.Contains(f.Repeated, "form_token")
	f.Errors.Check(usable, "", "This form is out of date. Check it and send it again.")
}
