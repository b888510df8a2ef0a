package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// dayLayout is how paths name a day.
const dayLayout = "20060102"

// Bitrates of what the bot records, in kbps. The documents reckon sizes from bitrates and name none.
const (
	audioBitrate    = 64
	pixelsPerKbit   = 1000
	videoBitrateMax = 8000
)

// videoBitrate is that of a picture of this size.
func videoBitrate(width, height int) int {
	return min(min(width, sideMax)*min(height, sideMax)/pixelsPerKbit, videoBitrateMax)
}

// mediaSize is how many bytes a file has by the documented estimate: kbps × 0.45 are the megabytes of an hour (documentation: legacy
// recordings, "Size").
func mediaSize(kbps int, length time.Duration) int {
	return seconds(length) * min(kbps, numberMax) * 125
}

// newAsset puts an asset into the bucket, at a path below its prefix.
func (tx *tx) newAsset(to bucket, below string, a asset) *asset {
	a.ID, a.Seal, a.Own = tx.newID(), tx.newUUID(), to.own
	a.CreatedAt = tx.now.Truncate(time.Millisecond)
	a.Path = to.path(below)
	if a.Status == "" {
		a.Status = assetCompleted
	}
	if a.Metadata == nil {
		a.Metadata = object{}
	}
	tx.assets.put(tx, &a)
	return &a
}

func (to bucket) path(below string) string {
	return to.scheme + "://" + to.location + "/" + to.prefix + "/" + below
}

// beamBucket is where a beam's files go.
func (st *state) beamBucket(b *beam) bucket {
	return readBeamConfig(st.roomTemplate(b.RoomID)).bucket()
}

// of is an asset of b to begin with.
func (b *beam) of(assetType string) asset {
	return asset{Type: assetType, JobID: b.ID, RoomID: b.RoomID, SessionID: b.SessionID}
}

// name is how the files of b begin, and day the folder they stand in (documentation: Recordings, "Storage").
func (b *beam) name() string { return fmt.Sprintf("Rec-%s-%d", b.RoomID, b.StartedAt.UnixMilli()) }
func (b *beam) day() string  { return b.RoomID + "/" + b.StartedAt.Format(dayLayout) + "/" }

// hlsFolder is where the files of a live stream stand.
func (b *beam) hlsFolder() string {
	return fmt.Sprintf("hls/%s%d/", b.day(), b.StartedAt.UnixMilli())
}

// madeAssets are the files of a beam; nil where it has none of a kind.
type madeAssets struct {
	main   *asset // the composite or the VOD
	layers []*asset
	chat   *asset
}

// makeAssets makes the files of a beam that is over, all but its transcripts.
func (tx *tx) makeAssets(b *beam) (made madeAssets) {
	to := tx.beamBucket(b)
	if b.Kind == beamLive {
		made.main, made.layers = tx.makeStreamAssets(b, to)
	} else {
		made.main = tx.makeComposite(b, to)
	}
	chat := b.of(assetChat)
	chat.Size = len(tx.chat(&chat))
	made.chat = tx.newAsset(to, "chat/"+b.day()+b.name()+".csv", chat)
	return made
}

func (tx *tx) makeComposite(b *beam, to bucket) *asset {
	a := b.of(assetComposite)
	length := b.recorded(tx.now)
	a.Duration, a.Size = seconds(length), mediaSize(audioBitrate, length)
	if !b.AudioOnly {
		a.Size = mediaSize(audioBitrate+videoBitrate(b.Width, b.Height), length)
		a.Metadata = object{"resolution": object{"width": b.Width, "height": b.Height}}
	}
	return tx.newAsset(to, "beam/"+b.day()+b.name()+".mp4", a)
}

// makeStreamAssets makes the files of a live stream: its playlist, and a file for each of its qualities.
func (tx *tx) makeStreamAssets(b *beam, to bucket) (vod *asset, layers []*asset) {
	length := b.recorded(tx.now)
	if b.VOD {
		vod = tx.makeVOD(b, to, length)
	}
	if !b.PerLayer {
		return vod, nil
	}
	for i, l := range b.Layers {
		a := b.of(assetComposite)
		a.Duration, a.Size = seconds(length), mediaSize(l.VideoBitrate+l.AudioBitrate, length)
		a.Metadata = object{"resolution": object{"width": l.Width, "height": l.Height}, "layer": strconv.Itoa(i)}
		layers = append(layers, tx.newAsset(to, fmt.Sprintf("%sfile-recording/%s-%d.mp4", b.hlsFolder(), b.name(), i), a))
	}
	return vod, layers
}

func (tx *tx) makeVOD(b *beam, to bucket, length time.Duration) *asset {
	a := b.of(assetVOD)
	kbps := 0
	for _, l := range b.Layers {
		kbps += min(l.VideoBitrate+l.AudioBitrate, numberMax)
	}
	a.Duration, a.Size = seconds(length), mediaSize(kbps, length)
	best := b.Layers[0]
	a.Metadata = object{"num_layers": strconv.Itoa(len(b.Layers)), "max_width": best.Width, "max_height": best.Height}
	if b.Thumbnails != nil {
		for _, offset := range b.Thumbnails.Offsets {
			a.Thumbnails = append(a.Thumbnails, to.path(fmt.Sprintf("%sthumbnails/%s-%d.jpg", b.hlsFolder(), b.name(), offset)))
		}
	}
	if b.Zip {
		return tx.newAsset(to, b.hlsFolder()+"vod/"+b.name()+".zip", a)
	}
	return tx.newAsset(to, b.hlsFolder()+"vod/"+b.name()+".m3u8", a)
}

// failAssets notes the file of a beam that could not be put where it belongs.
func (tx *tx) failAssets(b *beam) {
	if !b.files() || b.StartedAt.IsZero() {
		return
	}
	a := b.of(assetComposite)
	below := "beam/" + b.day() + b.name() + ".mp4"
	if b.Kind == beamLive && b.VOD {
		a.Type, below = assetVOD, b.hlsFolder()+"vod/"+b.name()+".m3u8"
	}
	a.Status = assetFailed
	tx.newAsset(tx.beamBucket(b), below, a)
}
