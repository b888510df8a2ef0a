package pages

import (
	"time"

	"roomledger/db"
)

const sampleKey = "roomledger/6f1c02d9a8b7e354+0a1b2c3d+AR5tUZ1c0bXkq2n3yV8sJw4eLhGdPfOaMiCzTrBxQv7N"

const sampleNote = `roomledger/6f1c02d9a8b7e354
10400
3q2+796tvu/erb7v3q2+796tvu/erb7v3q2+796tvu8=

— roomledger/6f1c02d9a8b7e354 ChssPQbV1n5e2Vb7pYcM0Yt8KZx3sH6dQwE9rTuIoPaS
`

// verification is a history that was found intact.
func verification() VerificationData {
	d := VerificationData{
		Page: page("Verify", "history", "/history/verify"), Rows: 10482, Key: sampleKey,
		Newest: db.Checkpoint{Size: 10400, Time: now.Add(-9 * time.Minute), Note: sampleNote}, Older: "below=9000",
		Last: &Verified{Operation: db.Operation{ID: "op10402", Time: now.Add(-4 * time.Hour), ActorName: "mira@northside.example", ActorKind: "user"}},
		Witnesses: []Witness{
			{Name: "/mnt/witness/checkpoints.txt", Size: 10400, Time: now.Add(-9 * time.Minute)},
			{Name: "witness.example.org", Problem: "it answered 503"},
			{Name: "other.example.org"},
		},
	}
	d.Checkpoints = []db.Checkpoint{d.Newest, {Size: 10000, Time: now.Add(-time.Hour)}, {Size: 9000, Time: now.AddDate(0, 0, -3)}}
	d.Last.Found.Rows, d.Last.Found.Checkpoints, d.Last.Found.Signed, d.Last.Found.Kept = 10399, 12, 10000, 1
	return d
}

// alteredHistory is one that isn't what was written.
func alteredHistory() VerificationData {
	d := verification()
	d.Altered = "compared with the checkpoint of 12000 rows in /mnt/witness/checkpoints.txt: history isn't the one that was signed: there are fewer than 12000 rows"
	d.Below = true
	d.Last.Faults = []Fault{
		{Text: "row 77 was changed: its hash isn't the one in the tree", Operation: "op76"},
		{Text: "trigger history_no_update is missing: it guards history"},
	}
	return d
}

// wrongCheckpoint has something pasted that is none.
func wrongCheckpoint() VerificationData {
	d := verification()
	d.Page.Problem, d.Checkpoint = true, "10400 rows, I think"
	d.Errors = broken("checkpoint", "Paste a whole checkpoint, from its first line to the one that begins with a dash.")
	return d
}
