package pages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func helpSamples() []sample {
	api := HelpAPIData{Page: page("The 100ms API", "help", "/help/api"), Groups: apiGroups(), Operations: 1094, Readings: []Reading{
		{"lists-empty", "after the last page data is null", "it is an empty list"},
		{"<b>", "nothing <i>happens</i>", "something does & more"},
	}}
	bare := HelpAPIData{Page: reader("The 100ms API", "help", "/help/api")}
	rights := []Right{{"viewer", []string{"see rooms", "<b>"}}, {"auditor", []string{"search history"}}, {"admin", nil}}
	return []sample{
		{"help", Help(HelpData{Page: page("Help", "help", "/help"), Rights: rights})},
		{"help-reader", Help(HelpData{Page: reader("Help", "help", "/help"), Rights: rights})},
		{"help-api", HelpAPI(api)},
		{"help-api-bare", HelpAPI(bare)},
	}
}

func apiGroups() []*APIGroup {
	return []*APIGroup{
		{"rooms", []*APICall{
			{"POST", "/rooms", []string{"CreateRoom"}, true, []Screen{{"New room", "/rooms/new"}, {"Bulk rooms, for others", ""}}},
			{"GET", "/rooms", []string{"ListRooms", "AllRooms"}, true, []Screen{{"Rooms", "/rooms"}}},
			{"DELETE", "/rooms/{id}/chairs", nil, true, nil},
		}},
		{"room-codes", []*APICall{{"POST", "/token", []string{"ExchangeRoomCode"}, false, nil}}},
		{"sip", []*APICall{{"POST", "/sip/dtmf", []string{"SendDTMF"}, false, nil}}},
	}
}

func TestCallsAreCounted(t *testing.T) {
	groups := apiGroups()
	got := []int{calls(groups, anyCall), calls(groups, inSandbox), calls(groups, onScreen), calls(nil, anyCall)}
	if diff := cmp.Diff([]int{5, 3, 2, 0}, got); diff != "" {
		t.Error(diff)
	}
}

func TestGroupTitles(t *testing.T) {
	for id, want := range map[string]string{"rooms": "Rooms", "room-codes": "Room codes", "sip": "SIP", "": ""} {
		if got := groupTitle(&APIGroup{ID: id}); got != want {
			t.Errorf("groupTitle(%q) = %q, want %q", id, got, want)
		}
	}
}
