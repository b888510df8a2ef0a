package hms_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"roomledger/web/hms"
	"roomledger/web/sandbox"
)

// fullParams is a room with everything that a room can have.
func fullParams() hms.RoomParams {
	return hms.RoomParams{
		Name: "chemistry-2b", Description: new("Tuesdays"), Region: "us", LargeRoom: new(true), Size: new(5000), MaxDurationSeconds: new(5400),
		RecordingInfo: &hms.RecordingInfo{Enabled: true, UploadInfo: &hms.UploadInfo{
			Type: "s3", Location: "lectures", Prefix: "chem", Options: &hms.UploadOptions{Region: "eu-west-3"},
			Credentials: &hms.Credentials{Key: "AKIATEST", Secret: "test-secret"},
		}},
		Webhook: &hms.Webhook{URL: "https://hooks.example.org/in", Headers: map[string]string{"X-Auth": "v"}},
		Polls:   []string{"65a1c0ded5e6f70819200001"},
	}
}

func playRooms(a *account) {
	ctx := a.t.Context()
	params := fullParams()
	made := must(a.CreateRoom(ctx, params))
	a.equal("created", made, hms.Room{
		ID: made.ID, Name: params.Name, Enabled: true, Description: "Tuesdays", CustomerID: made.CustomerID, AppID: made.AppID,
		RecordingInfo: params.RecordingInfo, TemplateID: classroomID, Template: "classroom", Region: "us", Size: 5000,
		LargeRoom: true, MaxDurationSeconds: 5400, Polls: params.Polls, Webhook: params.Webhook,
		CreatedAt: sandboxStart, UpdatedAt: made.UpdatedAt,
	})

	got := must(a.Room(ctx, made.ID))
	shown := got.RecordingInfo.UploadInfo.Credentials != nil
	a.equal("reading shows credentials", shown, a.reads[sandbox.ReadingReadsCredentials])
	a.equal("polls", got.Polls, params.Polls)
	a.pass(time.Minute)

	updated := must(a.UpdateRoom(ctx, made.ID, hms.RoomParams{Region: "in", Polls: []string{}}))
	if updated.Region != "in" || len(updated.Polls) != 0 || updated.Size != 5000 || updated.Description != "Tuesdays" {
		a.t.Errorf("updated: %+v", updated)
	}
	off := must(a.SetRoomEnabled(ctx, made.ID, false))
	a.equal("disabled", off.Enabled, false)
	found := must(a.FindRoom(ctx, "Chemistry-2B"))
	a.equal("found although disabled", []any{found.ID, found.Enabled, found.Size}, []any{made.ID, false, 5000})

	page := must(a.ListRooms(ctx, hms.RoomQuery{Enabled: new(false), Name: params.Name}))
	if len(page.Data) != 1 || page.Data[0].ID != made.ID || page.Data[0].RecordingInfo == nil || page.Limit != 10 {
		a.t.Fatalf("listed: %+v", page)
	}
	a.equal("a list has the time of the update", !page.Data[0].UpdatedAt.IsZero(), a.reads[sandbox.ReadingListTimes])
	createOver(a, made)

	_, err := a.FindRoom(ctx, "chemistry-2")
	a.equal("a part of the name isn't found", errors.Is(err, hms.ErrNotFound), true)
	_, err = a.Room(ctx, absentID)
	a.equal("no room of the id", errors.Is(err, hms.ErrNotFound), true)
}

// createOver creates rooms over the name of one that is disabled, and of one that isn't.
func createOver(a *account, held hms.Room) {
	ctx := a.t.Context()
	over := hms.RoomParams{Name: strings.ToUpper(held.Name), Description: new("Fridays")}
	again, err := a.CreateRoom(ctx, over)
	if a.reads[sandbox.ReadingUpsertDisabled] {
		a.refused("creating over a disabled room", err, 400, "room not active")
		must(a.SetRoomEnabled(ctx, held.ID, true))
		again, err = a.CreateRoom(ctx, over)
	}
	succeeds(err)
	a.equal("over the name", []any{again.ID, again.Description}, []any{held.ID, "Fridays"})
	kept := must(a.Room(ctx, held.ID))
	a.equal("it keeps what wasn't sent", kept.Size == 5000, !a.reads[sandbox.ReadingUpsertResets])

	plain := must(a.CreateRoom(ctx, hms.RoomParams{Name: "plain", Enabled: new(false)}))
	a.equal("created as disabled", plain.Enabled, a.reads[sandbox.ReadingEnabledOnCreate])
	a.equal("inherits its recording", plain.RecordingInfo == nil, !a.reads[sandbox.ReadingRecordingOff])
	region := map[bool]string{false: "eu", true: "auto"}[a.reads[sandbox.ReadingOwnRegion]]
	a.equal("region of the template", plain.Region, region)

	renamed := must(a.UpdateRoom(ctx, plain.ID, hms.RoomParams{Name: held.Name, Description: new("whose?")}))
	a.equal("renaming onto a name answers with who has it", renamed.ID, held.ID)
	a.equal("which is changed", renamed.Description == "whose?", a.reads[sandbox.ReadingRenameChanges])
	byName, err := a.Room(ctx, "plain")
	if a.reads[sandbox.ReadingRoomByName] {
		a.equal("by name", byName.ID, plain.ID)
		return
	}
	a.refused("by name", err, 404, "")
}

// playRoomPages walks lists of rooms whose last page is full, and others.
func playRoomPages(a *account) {
	ctx := a.t.Context()
	var want []string
	for i := range 25 {
		room := must(a.CreateRoom(ctx, hms.RoomParams{Name: fmt.Sprintf("room-%02d", i)}))
		a.pass(time.Second)
		if i%5 == 0 {
			must(a.SetRoomEnabled(ctx, room.ID, false))
		} else {
			want = append(want, room.ID)
		}
	}
	slices.Reverse(want)
	for limit, calls := range map[int]int{0: 1, 10: 3, 20: 2} { // twenty are enabled
		a.api.ResetCalls()
		var got []string
		for _, room := range every(a.AllRooms(ctx, hms.RoomQuery{Limit: limit, Enabled: new(true)})) {
			got = append(got, room.ID)
		}
		a.equal(fmt.Sprintf("limit %d", limit), got, want)
		a.equal("pages", a.api.Calls("GET", "/rooms"), calls)
	}
	within := hms.RoomQuery{After: sandboxStart.Add(21 * time.Second), Before: sandboxStart.Add(23 * time.Second)}
	a.equal("of three seconds", len(every(a.AllRooms(ctx, within))), 3)

	page, err := a.ListRooms(ctx, hms.RoomQuery{Limit: 5})
	if a.reads[sandbox.ReadingClampLimits] {
		succeeds(err)
		a.equal("clamped", []int{page.Limit, len(page.Data)}, []int{10, 10})
		return
	}
	a.refused("a small page", err, 400, "Invalid query parameter")
}

func playRoomRefusals(a *account) {
	upload := func(u hms.UploadInfo) hms.RoomParams {
		return hms.RoomParams{RecordingInfo: &hms.RecordingInfo{UploadInfo: &u}}
	}
	tooLarge := "Invalid body param: room size greater than 2500, set large_room flag as true"
	if a.reads[sandbox.ReadingLargeFirst] {
		tooLarge = "Invalid body param: room size greater than 20000"
	}
	for _, tc := range []struct {
		params hms.RoomParams
		want   string
	}{
		{upload(hms.UploadInfo{Type: "s3"}), "Bucket location is missing"},
		{upload(hms.UploadInfo{Type: "ftp", Location: "x"}), "Invalid upload configuration"},
		{hms.RoomParams{Region: "mars"}, "Error: region not supported"},
		{hms.RoomParams{TemplateID: absentID}, "Error: template not found"},
		{hms.RoomParams{MaxDurationSeconds: new(119)}, "Invalid body param: max_duration_seconds less than 120 seconds"},
		{hms.RoomParams{MaxDurationSeconds: new(43201)}, "Invalid body param: max_duration_seconds greater than 43200 seconds"},
		{hms.RoomParams{Size: new(20001), LargeRoom: new(true)}, "Invalid body param: room size greater than 20000"},
		{hms.RoomParams{Size: new(2501)}, "Invalid body param: room size greater than 2500, set large_room flag as true"},
		{hms.RoomParams{Size: new(20001)}, tooLarge},
	} {
		_, err := a.CreateRoom(a.t.Context(), tc.params)
		a.refused("creating", err, 400, tc.want)
	}
	_, err := a.CreateRoom(a.t.Context(), hms.RoomParams{Name: "room of Mia"})
	if a.reads[sandbox.ReadingVendorNames] {
		succeeds(err)
		return
	}
	a.refused("a name with blanks", err, 400, "")
}

func playCodes(a *account) {
	ctx := a.t.Context()
	room := a.room("a")
	codes := must(a.CreateRoomCodes(ctx, room.ID))
	var roles []string
	for _, code := range codes {
		roles = append(roles, code.Role)
	}
	slices.Sort(roles)
	a.equal("a code for each role", roles, []string{"assistant", "student", "teacher"})
	again := must(a.CreateRoomCodes(ctx, room.ID))
	a.equal("more of them", len(again), map[bool]int{false: 3, true: 6}[a.reads[sandbox.ReadingCodesAgain]])

	extra := must(a.CreateRoomCode(ctx, room.ID, "teacher"))
	a.pass(time.Minute)
	off := must(a.SetRoomCodeEnabled(ctx, extra.Code, false))
	a.equal("disabled", []any{off.Code, off.Enabled, off.RoomID}, []any{extra.Code, false, room.ID})
	a.equal("when", off.UpdatedAt.Sub(off.CreatedAt), time.Minute)
	for range 15 {
		must(a.CreateRoomCode(ctx, room.ID, "student"))
	}
	have := len(again) + 16
	all := every(a.AllRoomCodes(ctx, room.ID))
	page := must(a.ListRoomCodes(ctx, room.ID, ""))
	a.equal("listed", []int{len(all), len(page.Data)}, []int{have, have})
	a.equal("the last one", page.Last != "", a.reads[sandbox.ReadingCodesLast])
	teachers := every(a.AllRoomCodes(ctx, room.ID, hms.CodesOfRole("teacher"), hms.CodesEnabled(false)))
	a.equal("disabled ones of a role", teachers, []hms.RoomCode{off})

	_, err := a.CreateRoomCode(ctx, room.ID, "nobody/else")
	a.refused("a code for no role", err, 404, "Role not found")
	_, err = a.SetRoomCodeEnabled(ctx, "abc-defg-hij", true)
	a.refused("no code", err, 404, "Code not found")
	exchangeCodes(a, room, codes, off)
	must(a.SetRoomEnabled(ctx, room.ID, false))
	_, err = a.ListRoomCodes(ctx, room.ID, "")
	a.refused("of a disabled room", err, 403, "Room is disabled")
}

// exchangeCodes lets somebody in by the token of a code; one that is off has none.
func exchangeCodes(a *account, room hms.Room, codes []hms.RoomCode, off hms.RoomCode) {
	ctx := a.t.Context()
	at := slices.IndexFunc(codes, func(code hms.RoomCode) bool { return code.Role == "assistant" })
	token := must(a.ExchangeRoomCode(ctx, codes[at].Code, "u-17"))
	a.equal("the token alone", token.RoomID == "", a.reads[sandbox.ReadingTokenAlone])
	if token.RoomID != "" {
		a.equal("token", []any{token.RoomID, token.Role, token.ExpiresAt}, []any{room.ID, "assistant", sandboxStart.Add(24 * time.Hour)})
	}
	own := must(a.AuthToken(room.ID, "teacher", "u-18", 0))
	for _, tc := range []struct{ token, role, userID string }{{token.Token, "assistant", "u-17"}, {own.Token, "teacher", "u-18"}} {
		id := a.admin("/rooms/"+room.ID+"/join", fmt.Sprintf(`{"token":%q}`, tc.token))["id"].(string)
		peer := must(a.Peer(ctx, room.ID, id))
		a.equal("who joined by it", []string{peer.Role, peer.UserID}, []string{tc.role, tc.userID})
	}
	_, err := a.ExchangeRoomCode(ctx, off.Code, "")
	a.refused("a code that is off", err, 403, "code is disabled")
	_, err = a.ExchangeRoomCode(ctx, "abc-defg-hij", "")
	a.refused("no code", err, 404, "code not found")
	a.equal("which isn't told from a wrong address", errors.Is(err, hms.ErrNotFound), false)
}
