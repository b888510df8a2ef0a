package sandbox

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"path"
	"strconv"
	"strings"
	"time"
)

// The smallest files that players and browsers take for what they are: a header, and nothing to play.
var (
	emptyMP4 = "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + // the type
		"\x00\x00\x00\x74moov\x00\x00\x00\x6cmvhd" + strings.Repeat("\x00", 12) + "\x00\x00\x03\xe8\x00\x00\x00\x00" + // no length, in ms
		"\x00\x01\x00\x00\x01\x00" + strings.Repeat("\x00", 10) + // speed and volume
		"\x00\x01\x00\x00" + strings.Repeat("\x00", 12) + "\x00\x01\x00\x00" + strings.Repeat("\x00", 12) + "\x40\x00\x00\x00" +
		strings.Repeat("\x00", 24) + "\x00\x00\x00\x01" +
		"\x00\x00\x00\x08mdat"
	emptyWebM = "\x1a\x45\xdf\xa3\x93\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm\x42\x87\x81\x04" + // EBML version 1, webm version 4
		"\x18\x53\x80\x67\x80" // an empty segment
	emptyPlaylist = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-TARGETDURATION:2\n#EXT-X-ENDLIST\n"
)

// content is the file of an asset by its name; thumbnails are files of their own.
func (st *state) content(a *asset, name string) ([]byte, error) {
	switch path.Ext(name) {
	case ".jpg":
		return thumbnail()
	case ".zip":
		return zipped("master.m3u8", emptyPlaylist)
	case ".m3u8":
		return []byte(emptyPlaylist), nil
	case ".webm":
		return []byte(emptyWebM), nil
	case ".csv":
		return []byte(st.chat(a)), nil
	case ".txt", ".srt", ".json":
		return st.spoken(a)
	}
	return []byte(emptyMP4), nil
}

func thumbnail() ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 16, 9)), nil); err != nil {
		return nil, fmt.Errorf("draw a thumbnail: %w", err)
	}
	return out.Bytes(), nil
}

func zipped(name, text string) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("zip %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// sentence is something that somebody said.
type sentence struct {
	text   string
	peer   *peer
	at, to time.Duration
}

// sentenceTime is how long a sentence of a made-up transcript takes.
const sentenceTime = 4 * time.Second

// spokenLines are what people say in the sandbox's transcripts, one after the other.
var spokenLines = []string{
	"Good morning, can everybody hear me?", "Yes, loud and clear.", "Let us go through the list.",
	"I will send the notes this afternoon.", "Thank you all, see you next week.",
}

// sentencesMax bounds a made-up transcript.
const sentencesMax = 20

// sentences are the transcript of an asset's session: everybody who had come by then says something, in turn.
func (st *state) sentences(a *asset) (all []sentence) {
	for _, p := range st.sessionPeers[a.SessionID] {
		if p.JoinedAt.After(a.CreatedAt) || len(all) == sentencesMax {
			continue
		}
		at := time.Duration(len(all)) * sentenceTime
		all = append(all, sentence{spokenLines[len(all)%len(spokenLines)], p, at, at + sentenceTime})
	}
	return all
}

// spoken is the file of a transcript or a summary.
func (st *state) spoken(a *asset) ([]byte, error) {
	said := st.sentences(a)
	if a.Type == assetSummary {
		return json.Marshal(object{"summary": object{"sections": st.summarySections(a, said)}})
	}
	var out bytes.Buffer
	switch a.Metadata["output_mode"] {
	case "json":
		return json.Marshal(transcriptJSON(said))
	case "srt":
		for i, s := range said {
			fmt.Fprintf(&out, "%d\n%s --> %s\n%s: %s\n\n", i+1, srtTime(s.at), srtTime(s.to), s.peer.Name, s.text)
		}
	default:
		for _, s := range said {
			fmt.Fprintf(&out, "%s: %s\n\n", s.peer.Name, s.text)
		}
	}
	return out.Bytes(), nil
}

// srtTime writes d as hours, minutes, seconds and milliseconds.
func srtTime(d time.Duration) string {
	return time.Time{}.Add(d).Format("15:04:05,000")
}

// transcriptJSON has times in milliseconds, as texts.
func transcriptJSON(said []sentence) object {
	words, sentences := []object{}, []object{}
	for _, s := range said {
		sentences = append(sentences, s.timed("sentence", s.text, s.at, s.to))
		texts := strings.Fields(s.text)
		each := (s.to - s.at) / time.Duration(len(texts))
		for i, word := range texts {
			at := s.at + time.Duration(i)*each
			words = append(words, s.timed("word", word, at, at+each))
		}
	}
	return object{"words": words, "sentences": sentences}
}

func (s sentence) timed(key, text string, at, to time.Duration) object {
	return object{
		key: text, "name": s.peer.Name, "peer_id": s.peer.ID,
		"start_time": strconv.FormatInt(at.Milliseconds(), 10), "end_time": strconv.FormatInt(to.Milliseconds(), 10),
	}
}

// summarySections are those asked for, after one that names who spoke.
func (st *state) summarySections(a *asset, said []sentence) []object {
	names, bullets := []string{}, []string{}
	for _, s := range said {
		names, bullets = append(names, s.peer.Name), append(bullets, s.peer.Name+" said: "+s.text)
	}
	sections := []object{{"title": "Speakers", "format": "bullets", "bullets": names, "paragraph": ""}}
	b := st.beams.at(a.JobID)
	if b == nil || b.Transcription == nil {
		return sections
	}
	for _, asked := range b.Transcription.Sections {
		s := object{"title": asked.Title, "format": asked.Format, "bullets": bullets, "paragraph": ""}
		if asked.Format == "paragraph" {
			s["bullets"], s["paragraph"] = []string{}, strings.Join(bullets, " ")
		}
		sections = append(sections, s)
	}
	return sections
}
