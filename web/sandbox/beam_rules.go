package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// The documented resolutions, in pixels (documentation: External streams, "Start"; recordings have the same).
const (
	widthDefault  = 1280
	heightDefault = 720
	widthMin      = 500
	heightMin     = 480
	sideMax       = 1920
	shortSideMax  = 1080
)

// beamPage is the role of the bot where nothing names one.
const beamPage = "__internal_recorder"

// beamRoom returns the room of a call about its beams.
func (st *state) beamRoom(r *http.Request) (*room, error) {
	rm := st.rooms.at(r.PathValue("room_id"))
	if rm == nil {
		return nil, errNoPermission
	}
	return rm, nil
}

// startRoom returns the room that a beam is to start in, and what its template says about beams.
func (st *state) startRoom(r *http.Request) (*room, beamConfig, error) {
	rm, err := st.beamRoom(r)
	if err != nil {
		return nil, beamConfig{}, err
	}
	if !rm.Enabled {
		return nil, beamConfig{}, errRoomDisabled
	}
	return rm, readBeamConfig(st.templates.at(rm.TemplateID)), nil
}

// destination picks what a template says for a kind of beam: by its name, or the only one. found is false when there is nothing.
func destination[D any](all map[string]D, name string) (picked string, d D, found bool, err error) {
	if name != "" {
		d, found = all[name]
		if !found {
			return "", d, false, badParam(fmt.Sprintf(textDestination, name))
		}
		return name, d, true, nil
	}
	if len(all) > 1 {
		return "", d, false, badParam(textDestinations)
	}
	for name, d := range all {
		return name, d, true, nil
	}
	return "", d, false, nil
}

// firstDestination picks the one that comes first by name.
func firstDestination[D any](all map[string]D) (name string, d D, found bool) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		return name, all[name], true
	}
	return "", d, false
}

// meetingURL is the page that a bot opens: the one that was sent, or the template's own link, which it has when it has a subdomain
// and says something about this kind of beam.
func (st *state) meetingURL(rm *room, c beamConfig, sent, role string, configured bool) (string, error) {
	if sent != "" {
		if !isWebURL(sent) {
			return "", badParam(textMeetingURL)
		}
		return sent, nil
	}
	always := st.conf.reads(ReadingMeetingURLDefault)
	if st.conf.reads(ReadingMeetingURLMandatory) || (!always && (!configured || c.subdomain == "")) {
		return "", errInvalidInput
	}
	return c.page(rm, role), nil
}

// page is the template's own link into a room (documentation: meeting URL).
func (c beamConfig) page(rm *room, role string) string {
	subdomain := c.subdomain
	if subdomain == "" {
		subdomain = "sandbox"
	}
	if role == "" {
		role = beamPage
	}
	return "https://" + subdomain + ".app.100ms.live/preview/" + rm.ID + "/" + url.PathEscape(role) + "?skip_preview=true"
}

// resolution is the size of a bot's window, in pixels.
type resolution struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// readResolution reads the key of a start, nil when it wasn't sent.
func readResolution(body fields) *resolution {
	f, ok := body.object("resolution")
	if !ok {
		return nil
	}
	width, height := f.integer("width"), f.integer("height")
	switch {
	case width == nil || height == nil:
		body.refuse(textBothSides, "resolution")
		return nil
	case !goodResolution(*width, *height):
		body.refuse(textResolution, "resolution")
	}
	return &resolution{*width, *height}
}

// resized is p with the resolution that was asked for, if one was.
func (p beamPlan) resized(asked *resolution) beamPlan {
	if asked != nil {
		p.Width, p.Height = asked.Width, asked.Height
	}
	return p
}

// goodResolution says whether a bot can have a window of this size: from 500×480, or 500×500 upright, to 1920 on one side and 1080
// on the other.
func goodResolution(width, height int) bool {
	if width < widthMin || height < heightMin || max(width, height) > sideMax || min(width, height) > shortSideMax {
		return false
	}
	return width >= height || height >= widthMin
}

// rtmpURLsMax is how many an external stream can go to.
func (c conf) rtmpURLsMax() int {
	if c.reads(ReadingThreeRTMPURLs) {
		return 3
	}
	return 5
}

// checkRTMP refuses addresses that nothing can be streamed to.
func checkRTMP(urls []string, most int) error {
	if len(urls) == 0 {
		return badParam(fmt.Sprintf(textRequired, "rtmp_urls"))
	}
	if len(urls) > most {
		return badParam(fmt.Sprintf(textRTMPMany, most))
	}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || (u.Scheme != "rtmp" && u.Scheme != "rtmps") || u.Hostname() == "" {
			return badParam(textRTMPURL)
		}
	}
	return nil
}

// linkBase is where links to the sandbox's files begin, as the client of r reaches it.
func linkBase(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if r.Host == "" {
		return defaultBase
	}
	return scheme + "://" + r.Host
}

// defaultBase is where they begin when no request led to them: the address that a sandbox has unless told otherwise.
const defaultBase = "http://127.0.0.1:8100"
