package hms_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"roomledger/web/hms"
)

func TestRoomCodeCalls(t *testing.T) {
	const one = `{"code":"abc-defg-hij","room_id":"r1","role":"host","enabled":true,"created_at":"2026-02-03T04:05:06Z","updated_at":null}`
	code := hms.RoomCode{
		Code: "abc-defg-hij", RoomID: "r1", Role: "host", Enabled: true, CreatedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
	}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "POST /v2/room-codes/room/r1":
			fmt.Fprintf(w, `{"data":[%s]}`, one)
		case "GET /v2/room-codes/room/r1":
			fmt.Fprintf(w, `{"limit":20,"data":[%s],"last":""}`, one)
		case "GET /v2/room-codes/room/r2":
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"code":403,"message":"Room is disabled"}`)
		case "POST /v2/room-codes/room/r1/role/host", "POST /v2/room-codes/code":
			fmt.Fprint(w, one)
		default:
			fmt.Fprint(w, `{"code":"","enabled":true}`)
		}
	})
	ctx := t.Context()
	codes, err := client.CreateRoomCodes(ctx, "r1")
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.ListRoomCodes(ctx, "r1", "")
	if err != nil {
		t.Fatal(err)
	}
	codes = append(codes, page.Data...)
	for code, err := range client.AllRoomCodes(ctx, "r1") {
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	single, err := client.CreateRoomCode(ctx, "r1", "host")
	if err != nil {
		t.Fatal(err)
	}
	set, err := client.SetRoomCodeEnabled(ctx, code.Code, true)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]hms.RoomCode{code, code, code, code, code}, append(codes, single, set)); diff != "" {
		t.Error(diff)
	}
	if _, err := client.CreateRoomCode(ctx, "r1", "nobody"); err == nil {
		t.Error("an answer without a code was taken for one")
	}
	for _, err := range client.AllRoomCodes(ctx, "r2") {
		if failed := asError(t, err); failed.Message != "Room is disabled" || failed.IsAuth() {
			t.Errorf("got %+v", failed)
		}
	}
}
