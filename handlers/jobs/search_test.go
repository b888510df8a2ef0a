package jobs_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"roomledger/db"
)

// awaitIndex waits until the search index goes to the end of history.
func (o *office) awaitIndex() {
	o.t.Helper()
	tooLong := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		fed, head, err := o.db.SearchState(o.t.Context())
		if err != nil {
			o.t.Fatal(err)
		}
		if fed == head && fed > 0 {
			return
		}
		select {
		case <-tick.C:
		case <-tooLong:
			o.t.Fatalf("the index goes to %d of %d", fed, head)
		}
	}
}

// What is recorded is found by the index soon after, and without anybody asking.
func TestSearchIndexIsFed(t *testing.T) {
	o := newOffice(t)
	op := o.lostCreate("ward-1")
	o.start()
	o.await("settled open operations")
	o.awaitIndex()
	list, err := o.db.Operations(t.Context(), db.OperationQuery{Q: "ARD-1"})
	if err != nil || len(list) != 1 || list[0].ID != op {
		t.Errorf("found %v, %v", list, err)
	}
}

// An index that can't be written is one line in the log and no harm to those who search, until it can be.
func TestSearchIndexThatCannotBeFed(t *testing.T) {
	o := newOffice(t)
	file := filepath.Join(o.dir, db.SearchFileName)
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	o.start()
	o.await("search index not fed")
	op := o.lostCreate("ward-1")
	for got := ""; got != "settled open operations"; { // which takes longer than feeding again
		if got = <-o.heard; got == "search index not fed" {
			t.Error("the same problem is logged again")
		}
	}
	list, err := o.db.Operations(t.Context(), db.OperationQuery{Q: "ARD-1"})
	if err != nil || len(list) != 1 || list[0].ID != op {
		t.Errorf("found %v, %v", list, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	o.awaitIndex()
}
