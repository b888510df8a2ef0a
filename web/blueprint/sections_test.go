package blueprint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSections(t *testing.T) {
	tree, err := ParseTree([]byte(`{"name":"clinic","roles":{"host":{}},
		"settings":{"region":"eu","recording":{"upload":{"type":"s3","location":"films","credentials":{"key":"hmac-sha256:00aa","secretKey":"hmac-sha256:11bb"}}},
			"roomState":{"enabled":false,"messageInterval":10}},
		"destinations":{"rtmpDestinations":{"lecture":{"name":"lecture","maxDuration":5400,"rtmpUrls":["rtmp://live.example.org/hmac-sha256:22cc","rtmp://b.example.org/x"]}},
			"hlsDestinations":{"h":{"layers":[{"width":1280,"height":720},{"videoBitrate":500}]}}},
		"recordings":[{"name":"default","role":"host","compositeRecording":{"browserComposite":{}},"thumbnails":{"offsets":[4,60]}}],
		"strange":{"x":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Section{
		{Key: "settings", Told: true, Values: []Value{
			{"Region", "Europe"},
			{"Kind of bucket", "Amazon S3"},
			{"Bucket", "films"},
			{"Access key", "•••• (kept hidden)"},
			{"Secret", "•••• (kept hidden)"},
			{"Room state before joining: Tell the state of the room before joining", "off"},
			{"Room state before joining: How often", "10 s"},
		}},
		{Key: "destinations", Told: true, Rows: []SectionRow{
			{"RTMP stream", "lecture", []Value{
				{"Addresses", "rtmp://live.example.org/•••• (kept hidden)\nrtmp://b.example.org/•••• (kept hidden)"},
				{"Longest", "5,400 s (1 h 30 min)"},
			}},
			{"HLS stream", "h", []Value{{"Layers", "Width 1,280 px, Height 720 px\nVideo 500 kbit/s"}}},
		}},
		{Key: "recordings", Told: true, Rows: []SectionRow{
			{"Recording configuration", "default", []Value{
				{"Role", "host"},
				{"As a browser shows it: Record what a browser shows", "on"},
				{"Thumbnails: At", "4, 60 s"},
			}},
		}},
		{Key: "plugins"},
	}
	got := SectionsOf(tree)
	for i := range got {
		got[i].Title, got[i].Help = "", ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sections (-want +got):\n%s", diff)
	}
}

// Whatever stands in a template that was altered, it can be looked at.
func TestSectionsOfWhatIsNoTemplate(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"settings":null,"destinations":[],"recordings":{},"plugins":7}`, `{"settings":{"recording":"?","roomState":[1]},"destinations":{"rtmpDestinations":[1],"hlsDestinations":{"a":null,"b":{"layers":{"x":1}}}},"recordings":[null,5,[]]}`,
	} {
		tree, err := ParseTree([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := SectionsOf(tree); len(got) != 4 {
			t.Errorf("%s: %d sections", text, len(got))
		}
	}
}
