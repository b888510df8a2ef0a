package main

import (
	"context"
	_ "embed"
	"net/http"
	"net/url"
	"testing"
	"time"

	"roomledger/web/sandbox"
)

// harbour is an account that has seen some use.
type harbour struct {
	box                    *sandbox.Server
	clerk                  *browser // who made all of it, without a window
	base                   string
	room, disabled, failed string // paths
	then                   string // when the disabled room was not disabled yet
}

func newHarbour(t *testing.T) *harbour {
	t.Helper()
	box, env := account(t, asItIs)
	h := &harbour{box: box, base: serving(t, t.TempDir(), env).base}
	clerk := newBrowser(t)
	clerk.signIn(t, h.base, adminEmail, adminPassword)
	h.clerk = clerk
	h.room = clerk.want(t, http.StatusSeeOther, h.base+"/rooms/new", fullRoom(clerk.roomForm(t, h.base, "Dock-1"))).location
	clerk.confirm(t, h.base+h.room+"/codes")
	h.disabled = clerk.want(t, http.StatusSeeOther, h.base+"/rooms/new", clerk.roomForm(t, h.base, "Dock-2")).location
	h.then = time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	clerk.confirm(t, h.base+h.disabled+"/disable")
	box.FailNext(sandbox.Fault{
		Method: http.MethodPost, Path: "/rooms", Status: http.StatusBadRequest, Body: `{"code":400,"message":"the tide is out"}`,
	})
	clerk.want(t, http.StatusUnprocessableEntity, h.base+"/rooms/new", clerk.roomForm(t, h.base, "Dock-3"))
	failed := clerk.want(t, http.StatusOK, h.base+"/history?outcome=failed", nil).document(t).Find("td.title a")
	h.failed = failed.AttrOr("href", "/history/none")
	return h
}

// fullRoom adds a value for every field.
func fullRoom(v url.Values) url.Values {
	for name, value := range map[string]string{
		"description": "Where the ferries land", "region": "eu", "large_room": "on", "size": "4000", "max_duration_seconds": "90m",
		"polls": "65a0b1c2d3e4f5a6b7c8d901 65a0b1c2d3e4f5a6b7c8d902", "recording": "on", "storage": "own", "upload_info.type": "s3",
		"upload_info.location": "harbour-recordings", "upload_info.prefix": "dock", "upload_info.options.region": "eu-central-1",
		"upload_info.credentials.key": secrets.key, "upload_info.credentials.secret": secrets.secret,
		"webhook.url": "https://hooks.example.org/rooms?" + secrets.query, "webhook.header_name": "Authorization", "webhook.header_value": secrets.first,
	} {
		v.Set(name, value)
	}
	return v
}

// confirm says yes on a confirm page.
func (b *browser) confirm(t *testing.T, address string) {
	t.Helper()
	token := b.want(t, http.StatusOK, address, nil).formToken(t)
	b.want(t, http.StatusSeeOther, address, url.Values{"form_token": {token}})
}

// outlive waits until the API can't be at work on the call any more whose page of looking again this is: until then nobody asks it.
func (h *harbour) outlive(b *tab) {
	b.t.Helper()
	page := js[string](b, "location.href")
	b.until("the API is asked", func(ctx context.Context) (bool, error) {
		p, err := h.clerk.send(ctx, page, url.Values{"reason": {"The harbour asks"}})
		return p.status == http.StatusBadGateway, err
	})
}

// sink makes the API go away with the next room that is asked for.
func (h *harbour) sink() {
	const ever = 1 << 20
	h.box.FailNext(sandbox.Fault{Method: http.MethodPost, Path: "/rooms", CutBefore: true, Times: ever, Hook: func() {
		h.box.FailNext(sandbox.Fault{CutBefore: true, Times: ever})
	}})
}
