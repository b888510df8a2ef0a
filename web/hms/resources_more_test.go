package hms_test

import (
	"context"
	"testing"

	"roomledger/web/hms"
)

func TestPollCases(t *testing.T) {
	cases := []wireCase{
		{"CreatePoll", "poll/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.CreatePoll(ctx, hms.PollParams{Title: "Lenses", Type: hms.PollTypeQuiz, Questions: []hms.PollQuestionParams{
				{Index: 1, Text: "Which?", Skippable: new(false), Options: []hms.PollOptionParams{{Index: 1, Text: "A", Weight: new(0)}}},
			}})
		}, sent{"POST", "/v2/polls", `{"title":"Lenses","type":"quiz","questions":[{"index":1,"text":"Which?",` +
			`"skippable":false,"options":[{"index":1,"text":"A","weight":0}]}]}`}},
		{"Poll", "poll/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Poll(ctx, "q1")
		}, sent{"GET", "/v2/polls/q1", ""}},
		{"UpdatePoll", "poll/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.UpdatePoll(ctx, "q1", hms.PollParams{Anonymous: new(false), Duration: new(0), Mode: hms.PollByPeerID})
		}, sent{"POST", "/v2/polls/q1", `{"duration":0,"anonymous":false,"mode":"peerid"}`}},
		{"UpdatePollQuestion", "poll/question", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.UpdatePollQuestion(ctx, "q1", 3, hms.PollQuestionParams{
				Index: 3, Type: hms.QuestionShortAnswer, Answer: &hms.PollAnswer{Text: "Red", Trim: true},
			})
		}, sent{"POST", "/v2/polls/q1/questions/3", `{"index":3,"type":"short-answer",` +
			`"answer":{"hidden":false,"text":"Red","case":false,"trim":true}}`}},
		{"DeletePollQuestion", "", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.DeletePollQuestion(ctx, "q1", 3))
		}, sent{"DELETE", "/v2/polls/q1/questions/3", `{}`}},
		{"UpdatePollOption", "poll/option", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.UpdatePollOption(ctx, "q1", 3, 2, hms.PollOptionParams{Index: 2, Text: "Concave"})
		}, sent{"POST", "/v2/polls/q1/questions/3/options/2", `{"index":2,"text":"Concave"}`}},
		{"DeletePollOption", "", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.DeletePollOption(ctx, "q1", 3, 2))
		}, sent{"DELETE", "/v2/polls/q1/questions/3/options/2", `{}`}},
		{"ListPollSessions", "poll/sessions", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListPollSessions(ctx, "q1", 20, "s9")
			return listed("responses", page, err)
		}, sent{"GET", "/v2/polls/q1/sessions?limit=20&start=s9", ""}},
		{"ListPollResponses", "poll/responses", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListPollResponses(ctx, "q1", hms.PollQuery{Question: 2, All: new(true), Limit: 20, Start: "x9"})
			return listed("responses", page, err)
		}, sent{"GET", "/v2/polls/q1/responses?all=true&limit=20&question=2&start=x9", ""}},
		{"PollResponse", "poll/response", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PollResponse(ctx, "q1", "x1")
		}, sent{"GET", "/v2/polls/q1/responses/x1", ""}},
		{"ListPollResults", "poll/results", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListPollResults(ctx, "q1", hms.PollQuery{Question: 2, All: new(true), Start: "x9"})
			return listed("results", page, err)
		}, sent{"GET", "/v2/polls/q1/results?question=2&start=x9", ""}},
		{"PollResult", "poll/result", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PollResult(ctx, "q1", "x1")
		}, sent{"GET", "/v2/polls/q1/results/x1", ""}},
	}
	for _, tc := range cases {
		t.Run(tc.op, tc.run)
	}
}

func TestAnalyticsCases(t *testing.T) {
	events := hms.EventQuery{
		RoomID: "r1", Types: []hms.EventType{hms.EventTrackAdd, hms.EventTrackRemove}, SessionID: "s1", PeerID: "p1",
		UserID: "u1", BeamID: "b1", Errors: true, Limit: 5, Start: "n1",
	}
	webhooks := hms.WebhookQuery{
		StartTime: noon, EndTime: noon.Add(1_500_000), RoomID: "r1", Status: hms.DeliveryFailed,
		EventNames: []string{"peer.join.success", "peer.leave.success"}, Limit: 2, Page: 2,
	}
	cases := []wireCase{
		{"ListEvents", "analytics/events", "", func(ctx context.Context, c *hms.Client) (any, error) {
			page, err := c.ListEvents(ctx, events)
			return map[string]any{"limit": page.Limit, "total": page.Total, "next": page.Last, "events": page.Data}, err
		}, sent{"GET", "/v2/analytics/events?beam_id=b1&error=true&limit=5&peer_id=p1&room_id=r1&session_id=s1&start=n1" +
			"&type=track.add.success&type=track.remove.success&user_id=u1", ""}},
		{"PeerStats", "peer_stats/got", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.PeerStats(ctx, "s1", "p1")
		}, sent{"GET", "/v2/analytics/peer-stats?peer_id=p1&session_id=s1", ""}},
		{"ListWebhookEvents", "webhook/list", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ListWebhookEvents(ctx, webhooks)
		}, sent{"GET", "/v2/analytics/webhooks?end_time=2026-03-01T12%3A00%3A00.001Z&event_names=peer.join.success" +
			"&event_names=peer.leave.success&limit=2&page=2&room_id=r1&start_time=2026-03-01T12%3A00%3A00Z&status=failed", ""}},
		{"ReplayWebhookEvents", "replay/started", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.ReplayWebhookEvents(ctx, hms.ReplayParams{
				StartTime: noon, EventNames: []string{"peer.join.success"}, Limit: new(10), Offset: new(0), Status: hms.DeliveryAll,
			})
		}, sent{"POST", "/v2/analytics/webhooks/replay", `{"start_time":"2026-03-01T12:00:00Z",` +
			`"event_names":["peer.join.success"],"limit":10,"offset":0,"status":"all"}`}},
		{"WebhookReplay", "replay/completed", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.WebhookReplay(ctx, "webhook-replay-1")
		}, sent{"GET", "/v2/analytics/webhooks/replay/webhook-replay-1", ""}},

		{"CreateTrunk", "sip/trunk", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.CreateTrunk(ctx, hms.TrunkParams{Username: "lab", Password: "pw", Address: "sip.example.net", From: "+4412"})
		}, sent{"POST", "/v2/sip/outbound/trunks", `{"username":"lab","password":"pw","address":"sip.example.net","from":"+4412"}`}},
		{"UpdateTrunk", "sip/trunk", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.UpdateTrunk(ctx, "k1", hms.TrunkParams{From: "+4412"})
		}, sent{"POST", "/v2/sip/outbound/trunks/k1", `{"from":"+4412"}`}},
		{"Call", "sip/call", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return c.Call(ctx, hms.CallParams{
				To: "+4413", RoomCode: "jol-rimn-ced", TrunkID: "k1", Video: new(false), Headers: map[string]string{"X-Lab": "1"},
			})
		}, sent{"POST", "/v2/sip/outbound/call", `{"to":"+4413","room_code":"jol-rimn-ced","trunk_id":"k1","video":false,` +
			`"headers":{"X-Lab":"1"}}`}},
		{"SendDTMF", "sip/dtmf", "", func(ctx context.Context, c *hms.Client) (any, error) {
			return done(c.SendDTMF(ctx, hms.AuthToken{Token: "t"}, "1#a"))
		}, sent{"POST", "/v2/sip/dtmf", `{"digits":["1","#","a"]}`}},
	}
	for _, tc := range cases {
		t.Run(tc.op, tc.run)
	}
}
