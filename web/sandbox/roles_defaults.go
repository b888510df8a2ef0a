package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// roleDefaults is what a role gets that is sent as {}.
type roleDefaults struct {
	video, screen                picture
	loss, degradeAfter, recovers int  // the degradation: percent, seconds, seconds; 0: none
	legacy                       bool // subscribes to guest alone, and has neither permissions nor a priority
}

// picture is a video of so many pixels and frames a second; a bitRate of 0 isn't said.
type picture struct{ width, height, frameRate, bitRate int }

// The three sets of defaults of the documents: the argument tables, the samples made in the dashboard, and the older API's.
var (
	tableDefaults = roleDefaults{
		video: picture{320, 180, 25, 256}, screen: picture{1280, 720, 10, 1024}, loss: 50, degradeAfter: 1, recovers: 4,
	}
	sampleDefaults = roleDefaults{
		video: picture{480, 360, 30, 300}, screen: picture{1920, 1080, 10, 0}, loss: 25, degradeAfter: 1, recovers: 4,
	}
	legacyDefaults = roleDefaults{
		video: picture{480, 270, 30, 250}, screen: picture{1920, 1080, 10, 0}, legacy: true,
	}
)

func (c conf) roleDefaults() roleDefaults {
	switch {
	case c.reads(ReadingRoleDefaultsSamples):
		return sampleDefaults
	case c.reads(ReadingRoleDefaultsLegacy):
		return legacyDefaults
	}
	return tableDefaults
}

// subscribedBitRate is the default of maxSubsBitRate in the samples, in kilobits a second.
const subscribedBitRate = 3200

// role returns a new role of a template with the named roles.
func (d roleDefaults) role(names []string) object {
	role := object{
		"publishParams": object{
			"allowed": []any{"audio", "video", "screen"},
			"audio":   object{"bitRate": digits(32), "codec": "opus"},
			"video":   d.video.tree(),
			"screen":  d.screen.tree(),
		},
		"subscribeParams": object{
			"subscribeToRoles":     d.subscribed(names),
			"maxSubsBitRate":       digits(subscribedBitRate),
			"subscribeDegradation": d.degradation(),
		},
		"permissions":  object{},
		"maxPeerCount": digits(0),
	}
	if !d.legacy {
		role["priority"] = digits(1)
		role["permissions"] = completePermissions(nil)
	}
	return role
}

func (d roleDefaults) subscribed(names []string) []any {
	all := []any{}
	for _, name := range names {
		if !d.legacy || name == "guest" {
			all = append(all, name)
		}
	}
	return all
}

func (d roleDefaults) degradation() object {
	if d.loss == 0 {
		return object{}
	}
	return object{
		"packetLossThreshold": digits(d.loss), "degradeGracePeriodSeconds": digits(d.degradeAfter),
		"recoverGracePeriodSeconds": digits(d.recovers),
	}
}

func (p picture) tree() object {
	tree := object{"codec": "vp8", "width": digits(p.width), "height": digits(p.height), "frameRate": digits(p.frameRate)}
	if p.bitRate > 0 {
		tree["bitRate"] = digits(p.bitRate)
	}
	return tree
}

func digits(n int) json.Number { return json.Number(strconv.Itoa(n)) }

// completeRoles returns the roles of a template with what was left out of them. Their keys win over the names inside.
func (c conf) completeRoles(sent object) object {
	roles, names := object{}, slices.Sorted(maps.Keys(sent))
	for _, name := range names {
		role := maps.Clone(objectAt(sent, name))
		role["name"] = name
		roles[name] = c.completeRole(role, names)
	}
	return roles
}

// completeRole returns a role of a template with the named roles, with what was left out of it. One of nothing but a name gets
// all the defaults; a part that is missing otherwise stays empty, because a role that publishes nothing is sent without it.
func (c conf) completeRole(sent object, names []string) object {
	d := c.roleDefaults()
	role := object{"publishParams": object{}, "subscribeParams": object{}, "priority": digits(1), "maxPeerCount": digits(0)}
	if len(sent) == 1 || c.reads(ReadingRolePartsReset) {
		role = d.role(names)
	}
	maps.Copy(role, sent)
	if _, ok := sent["permissions"]; ok || !d.legacy {
		role["permissions"] = completePermissions(objectAt(role, "permissions"))
	}
	return role
}

// completePermissions returns permissions with the three that everybody has who isn't denied them.
func completePermissions(sent object) object {
	permissions := object{"browserRecording": true, "rtmpStreaming": true, "hlsStreaming": true}
	maps.Copy(permissions, sent)
	return permissions
}
