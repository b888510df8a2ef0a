package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"roomledger/web/hms"
)

func codesApology(err error) string {
	if e, ok := errors.AsType[*hms.Error](err); ok && e.Status == http.StatusForbidden {
		return "100ms doesn't list the codes of a disabled room. Enable the room to see them."
	}
	return apology(err)
}

func (a *App) confirmCreateCodes(w http.ResponseWriter, r *http.Request) error {
	return a.confirmRoom(w, r, roomQuestion{
		title: "Make codes for %s", button: "Make codes", path: "codes",
		sentence: "Each role that has no code for %s gets one. Codes that are there stay as they are.",
	})
}

func (a *App) createCodes(w http.ResponseWriter, r *http.Request) error {
	t, err := a.theRoom(r)
	if err != nil {
		return err
	}
	ch, err := a.confirmed(w, r)
	if err != nil {
		return err
	}
	made, err := a.Ledger.CreateRoomCodes(r.Context(), ch, t)
	if err != nil {
		return err
	}
	return a.done(w, r, "/rooms/"+t.ID+"?live=1", recorded("Every role of "+t.Name+" has a code now.", made))
}

func (a *App) confirmEnableCode(w http.ResponseWriter, r *http.Request) error {
	code := url.PathEscape(r.PathValue("code"))
	return a.confirmRoom(w, r, roomQuestion{
		title: "Enable a code of %s", button: "Enable the code", path: "codes/" + code + "/enable",
		sentence: "Links to %s with this code work again.",
	})
}

func (a *App) confirmDisableCode(w http.ResponseWriter, r *http.Request) error {
	code := url.PathEscape(r.PathValue("code"))
	return a.confirmRoom(w, r, roomQuestion{
		title: "Disable a code of %s", button: "Disable the code", path: "codes/" + code + "/disable", danger: true,
		sentence: "Links to %s with this code stop working at once. The code can be enabled again.",
	})
}

func (a *App) enableCode(w http.ResponseWriter, r *http.Request) error {
	return a.setCodeEnabled(w, r, true)
}

func (a *App) disableCode(w http.ResponseWriter, r *http.Request) error {
	return a.setCodeEnabled(w, r, false)
}

func (a *App) setCodeEnabled(w http.ResponseWriter, r *http.Request, enabled bool) error {
	t, err := a.theRoom(r)
	if err != nil {
		return err
	}
	ch, err := a.confirmed(w, r)
	if err != nil {
		return err
	}
	made, err := a.Ledger.SetCodeEnabled(r.Context(), ch, t, r.PathValue("code"), enabled)
	if err != nil {
		return err
	}
	word := "disabled"
	if enabled {
		word = "enabled"
	}
	return a.done(w, r, "/rooms/"+t.ID+"?live=1", recorded("The code "+r.PathValue("code")+" is "+word+".", made))
}
