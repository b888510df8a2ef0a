package main

import (
	"slices"
	"testing"

	"roomledger/web/sandbox"
)

func TestHelpIsToldOfTheSandbox(t *testing.T) {
	api := sandboxAPI()
	if len(api.Calls) != len(sandbox.Endpoints()) || !slices.Contains(api.Calls, "POST /rooms/{room_id}") {
		t.Errorf("calls: %q", api.Calls)
	}
	if len(api.Readings) != len(sandbox.Readings()) {
		t.Fatalf("%d readings of %d", len(api.Readings), len(sandbox.Readings()))
	}
	for _, r := range api.Readings {
		if r.Name == "" || r.Usual == "" || r.Other == "" || r.Usual == r.Other {
			t.Errorf("not told in full: %+v", r)
		}
	}
}
