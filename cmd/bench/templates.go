package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"roomledger/web/hms"
)

const (
	templateCount = 500
	templateRoles = 20
	templateRooms = 10 // of each template

	templatesSeen = time.Minute // until the desk knows them all
)

// templates measures a desk whose account has many large templates. They are made at a sandbox of its own, and known to the desk by
// comparing, as those are that somebody made elsewhere.
func (b *bench) templates(ctx context.Context) (err error) {
	api, err := b.start(ctx, "/v2/rooms", "sandbox", "-addr", "127.0.0.1:0", "-data", filepath.Join(b.dir, "templates-api"), "-seed", "empty",
		"-access-key", sandboxKey, "-secret", sandboxSecret)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, api.stop()) }()
	ids, err := fillTemplates(ctx, api)
	if err != nil {
		return api.explain(err)
	}
	s, err := b.startWith(ctx, []string{"HMS_API_URL=" + api.base + "/v2", "HMS_ACCESS_KEY=" + sandboxKey, "HMS_SECRET=" + sandboxSecret},
		"/healthz", "serve", "-addr", "127.0.0.1:0", "-data", filepath.Join(b.dir, "templates"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.signIn(ctx); err != nil {
		return err
	}
	if err := s.knowsTemplates(ctx, ids); err != nil {
		return s.explain(err)
	}
	if err := s.looksAt(ctx, ids); err != nil {
		return s.explain(err)
	}
	if err := b.templatePages(ctx, s, ids); err != nil {
		return s.explain(err)
	}
	return nil
}

// fillTemplates makes the templates and their rooms, and returns the ids in the order of the names.
func fillTemplates(ctx context.Context, api *server) ([]string, error) {
	client, err := sandboxClient(api)
	if err != nil {
		return nil, err
	}
	ids := make([]string, templateCount)
	err = shared(templateCount, func(i int) error {
		made, err := client.CreateTemplate(ctx, largeTemplate(i))
		if err != nil {
			return err
		}
		ids[i] = made.ID
		_, err = client.UpdateRecordingConfigs(ctx, made.ID, []hms.RecordingConfig{{Name: "lesson", Role: roleName(0), MaxDuration: 7200}})
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, shared(templateCount*templateRooms, func(i int) error {
		_, err := client.CreateRoom(ctx, hms.RoomParams{Name: fmt.Sprintf("of-template-%d", i), TemplateID: ids[i%templateCount]})
		return err
	})
}

func templateName(i int) string { return fmt.Sprintf("%s %03d", subjects[i%len(subjects)], i) }

func roleName(i int) string { return fmt.Sprintf("role-%02d", i) }

// largeTemplate is the i-th template: each of its roles publishes everything in three qualities and receives all others.
func largeTemplate(i int) hms.Template {
	roles := map[string]hms.Role{}
	var names []string
	for n := range templateRoles {
		names = append(names, roleName(n))
	}
	layers := []hms.SimulcastLayer{
		{RID: hms.SimulcastFull, ScaleResolutionDownBy: 1, MaxBitrate: 700, MaxFramerate: 25},
		{RID: hms.SimulcastHalf, ScaleResolutionDownBy: 2, MaxBitrate: 350, MaxFramerate: 25},
		{RID: hms.SimulcastQuarter, ScaleResolutionDownBy: 4, MaxBitrate: 100, MaxFramerate: 25},
	}
	for n, name := range names {
		roles[name] = hms.Role{
			Name: name, Priority: 1 + n%5, MaxPeerCount: n,
			PublishParams: hms.PublishParams{
				Allowed:   []string{hms.PublishAudio, hms.PublishVideo, hms.PublishScreen, hms.PublishSimulcast},
				Audio:     &hms.AudioParams{BitRate: 32, Codec: hms.CodecOpus},
				Video:     &hms.VideoParams{BitRate: 300 + i%100, Codec: hms.CodecVP8, FrameRate: 30, Width: 480, Height: 360},
				Screen:    &hms.VideoParams{Codec: hms.CodecVP8, FrameRate: 10, Width: 1920, Height: 1080},
				Simulcast: &hms.Simulcast{Video: &hms.SimulcastTrack{Layers: layers}},
			},
			SubscribeParams: hms.SubscribeParams{
				SubscribeToRoles: names, MaxSubsBitRate: 3200,
				SubscribeDegradation: &hms.SubscribeDegradation{PacketLossThreshold: 25, DegradeGracePeriodSeconds: 1, RecoverGracePeriodSeconds: 4},
			},
			Permissions: map[string]bool{hms.PermissionEndRoom: n == 0, hms.PermissionMute: n < 5, hms.PermissionChangeRole: n < 3, hms.PermissionPollRead: true},
		}
	}
	return hms.Template{
		Name: templateName(i), Roles: roles,
		Settings: hms.TemplateSettings{Region: regions[i%len(regions)], RoomState: &hms.TemplateRoomState{MessageInterval: 10}},
	}
}

// knowsTemplates waits until the desk has compared its lists with the API.
func (s *server) knowsTemplates(ctx context.Context, ids []string) error {
	ctx, cancel := context.WithTimeout(ctx, templatesSeen)
	defer cancel()
	last := ids[len(ids)-1]
	for {
		list, err := s.page(ctx, "/templates?q="+last)
		if err != nil {
			return err
		}
		// Rooms are compared after the templates: with the link to them both are done.
		if bytes.Contains(list, []byte("/rooms?template_id="+last)) {
			return nil
		}
		if err := until(ctx, time.Now().Add(50*time.Millisecond)); err != nil {
			return fmt.Errorf("the desk doesn't know %s: %w", last, err)
		}
	}
}

// looksAt reads each template from the API once: what that tells for the first time, such as its recording configuration, goes on
// record, and is no part of what a page takes.
func (s *server) looksAt(ctx context.Context, ids []string) error {
	return shared(len(ids), func(i int) error {
		_, err := s.page(ctx, "/templates/"+ids[i]+"?live=1")
		return err
	})
}

// templatePages measures the list and the pages of templates; the edit form reads its template from the API each time.
func (b *bench) templatePages(ctx context.Context, s *server, ids []string) error {
	list, err := s.walk(ctx, "/templates", templateCount/fullPage)
	if err != nil {
		return err
	}
	under := func(rest string) []string {
		paths := make([]string, len(ids))
		for i, id := range ids {
			paths[i] = "/templates/" + id + rest
		}
		return paths
	}
	for _, l := range []pageLoad{
		{"templates, first page", targetPage, list[:1], fullPage},
		{"templates, all pages", targetPage, list, fullPage},
		{"templates, searched", targetPage, []string{"/templates?q=" + strings.ReplaceAll(templateName(9), " ", "+")}, 1},
		{"a template", targetPage, under(""), templateRoles},
		{"a template, its matrix", targetPage, under("/matrix"), 1},
		{"a template, its form", targetPage, under("/edit"), 0},
	} {
		if err := b.page(ctx, s, l); err != nil {
			return fmt.Errorf("%s: %w", l.figure, err)
		}
	}
	return nil
}
