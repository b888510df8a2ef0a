package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"roomledger/handlers/ledger"
	"roomledger/web/hms"
)

func codesApology(err error) string {
	if e, ok := errors.AsType[*hms.Error](err); ok && e.Status == http.StatusForbidden {
		return "100ms doesn't list the codes of a disabled room. Enable the room to see them."
	}
	return apology(err)
}

var createCodesQuestion = roomQuestion{
	title: "Make codes for %s", button: "Make codes", path: "codes",
	sentence: "Each role that has no code for %s gets one. Codes that are there stay as they are.",
}

// codeQuestion is what is asked before a code is switched.
func codeQuestion(r *http.Request, enabled bool) roomQuestion {
	path := "codes/" + url.PathEscape(r.PathValue("code"))
	if enabled {
		return roomQuestion{
			title: "Enable a code of %s", button: "Enable the code", path: path + "/enable",
			sentence: "Links to %s with this code work again.",
		}
	}
	return roomQuestion{
		title: "Disable a code of %s", button: "Disable the code", path: path + "/disable", danger: true,
		sentence: "Links to %s with this code stop working at once. The code can be enabled again.",
	}
}

func (a *App) confirmCreateCodes(w http.ResponseWriter, r *http.Request) error {
	return a.confirmRoom(w, r, createCodesQuestion)
}

func (a *App) createCodes(w http.ResponseWriter, r *http.Request) error {
	return a.changeRoom(w, r, createCodesQuestion, func(ch ledger.Change, t ledger.Target) error {
		made, err := a.Ledger.CreateRoomCodes(r.Context(), ch, t)
		if err != nil {
			return err
		}
		return a.done(w, r, "/rooms/"+t.ID+"?live=1", recorded("Every role of "+t.Name+" has a code now.", made))
	})
}

func (a *App) confirmEnableCode(w http.ResponseWriter, r *http.Request) error {
	return a.confirmRoom(w, r, codeQuestion(r, true))
}

func (a *App) confirmDisableCode(w http.ResponseWriter, r *http.Request) error {
	return a.confirmRoom(w, r, codeQuestion(r, false))
}

func (a *App) enableCode(w http.ResponseWriter, r *http.Request) error {
	return a.setCodeEnabled(w, r, true)
}

func (a *App) disableCode(w http.ResponseWriter, r *http.Request) error {
	return a.setCodeEnabled(w, r, false)
}

func (a *App) setCodeEnabled(w http.ResponseWriter, r *http.Request, enabled bool) error {
	code, word := r.PathValue("code"), "disabled"
	if enabled {
		word = "enabled"
	}
	return a.changeRoom(w, r, codeQuestion(r, enabled), func(ch ledger.Change, t ledger.Target) error {
		made, err := a.Ledger.SetCodeEnabled(r.Context(), ch, t, code, enabled)
		if err != nil {
			return err
		}
		return a.done(w, r, "/rooms/"+t.ID+"?live=1", recorded("The code "+code+" is "+word+".", made))
	})
}
