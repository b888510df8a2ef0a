package hms_test

import (
	"encoding/json"
	"errors"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

func playSIP(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	code := must(a.CreateRoomCode(ctx, room.ID, "student")).Code
	params := hms.TrunkParams{Username: "desk", Password: "trunk-password", Address: "sip.example.org", From: "+49301110"}
	trunk := must(a.CreateTrunk(ctx, params))
	a.equal("id", len(trunk.ID), map[bool]int{false: 24, true: 10}[a.reads[sandbox.ReadingSIPShortTrunkIDs]])
	params.From = "+49301111"
	a.equal("updated", must(a.UpdateTrunk(ctx, trunk.ID, params)), trunk)
	_, err := a.UpdateTrunk(ctx, absentID, params)
	a.equal("no trunk", errors.Is(err, hms.ErrNotFound), true)

	call := hms.CallParams{
		To: "+4930123", RoomCode: code, TrunkID: trunk.ID, Name: "Dr Bo", UserID: "bo", Video: new(true),
		Headers: map[string]string{"X-Ward": "7", "Via": "no"},
	}
	called := must(a.Call(ctx, call))
	peers := must(a.Peers(ctx, room.ID, hms.PeerQuery{UserID: "bo"}))
	a.equal("a peer", len(peers), 1)
	for _, peer := range peers {
		a.equal("who", []string{peer.Name, peer.Role}, []string{"Dr Bo", "student"})
	}
	for want, spoil := range map[string]func(*hms.CallParams){
		"to is mandatory":        func(p *hms.CallParams) { p.To = "" },
		"room_code is mandatory": func(p *hms.CallParams) { p.RoomCode = "" },
		"trunk_id is mandatory":  func(p *hms.CallParams) { p.TrunkID = "" },
	} {
		wrong := call
		spoil(&wrong)
		_, err := a.Call(ctx, wrong)
		a.refused("calling", err, 400, want)
	}
	sendDigits(a, room, called)
}

// sendDigits sends tones with a token of the room.
func sendDigits(a *account, room hms.Room, called hms.SIPHandle) {
	ctx := a.t.Context()
	token := must(a.AuthToken(room.ID, "student", "bo", 0))
	succeeds(a.SendDTMF(ctx, token, "12#"))
	var kept struct {
		Calls []struct {
			ID      string            `json:"id"`
			Headers map[string]string `json:"headers"`
			Tones   []struct {
				Digit string `json:"digit"`
			} `json:"tones"`
		} `json:"calls"`
	}
	succeeds(json.Unmarshal(a.fetch("GET", "/sandbox/sip/calls", "", 200), &kept))
	got := kept.Calls[0]
	var digits []string
	for _, tone := range got.Tones {
		digits = append(digits, tone.Digit)
	}
	a.equal("call", []any{got.ID, digits, got.Headers}, []any{called.ID, []string{"1", "2", "#"}, map[string]string{"X-Ward": "7"}})
	a.refused("a wrong digit", a.SendDTMF(ctx, token, "12x"), 400, "invalid digit")
	a.refused("none", a.SendDTMF(ctx, token, ""), 400, "digits are mandatory")
	a.refused("a management token", a.SendDTMF(ctx, hms.AuthToken{Token: a.token}, "1"), 401, "")
}
