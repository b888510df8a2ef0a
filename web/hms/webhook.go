package hms

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// DeliveryStatus selects webhooks by how their delivery went.
type DeliveryStatus string

// The documented values.
const (
	DeliveryAll     DeliveryStatus = "all"
	DeliveryFailed  DeliveryStatus = "failed"
	DeliverySuccess DeliveryStatus = "success"
)

// WebhookEvent is one webhook that was sent to a customer's endpoint, or failed to be (documentation: Analytics, "List
// webhook events"). EventName is that of the delivery; what the webhook was about is Payload.OriginalEventName.
type WebhookEvent struct {
	EventID        string         `json:"event_id"`
	EventName      string         `json:"event_name"`
	RoomID         string         `json:"room_id"`
	EventTimestamp time.Time      `json:"event_timestamp"`
	Payload        WebhookPayload `json:"payload"`
}

// WebhookPayload is what was sent, where to, and why that failed. It prints without WebhookURL, which may carry a secret.
type WebhookPayload struct {
	EventData         WebhookEventData `json:"event_data"`
	WebhookURL        string           `json:"webhook_url"`
	OriginalEventName string           `json:"original_event_name"`
	ErrorReason       string           `json:"error_reason,omitzero"` // of failures
}

// WebhookEventData says whom a webhook was about.
type WebhookEventData struct {
	SessionID string `json:"session_id,omitzero"`
	PeerID    string `json:"peer_id,omitzero"`
	UserID    string `json:"user_id,omitzero"`
}

// String names the event and what went wrong.
func (p WebhookPayload) String() string {
	return "hms.WebhookPayload{" + p.OriginalEventName + " " + p.ErrorReason + "}"
}

// GoString is String.
func (p WebhookPayload) GoString() string { return p.String() }

// LogValue is String for log/slog.
func (p WebhookPayload) LogValue() slog.Value { return slog.StringValue(p.String()) }

// webhookEventWire is a webhook as it comes.
type webhookEventWire struct {
	plainWebhookEvent
	EventTimestamp moment `json:"event_timestamp"`
}

type plainWebhookEvent WebhookEvent

func (w webhookEventWire) value() WebhookEvent {
	event := WebhookEvent(w.plainWebhookEvent)
	event.EventTimestamp = time.Time(w.EventTimestamp)
	return event
}

// UnmarshalJSON reads a webhook with all the quirks of the API's answers.
func (e *WebhookEvent) UnmarshalJSON(b []byte) (err error) {
	*e, err = decode[WebhookEvent, webhookEventWire](b)
	return err
}

// WebhookPage is one page of webhooks. Unlike other lists it is numbered, and may shift while it is read.
type WebhookPage struct {
	Events     []WebhookEvent `json:"events"`
	Pagination Pagination     `json:"pagination"`
	Summary    WebhookSummary `json:"summary"`
}

// Pagination says where a numbered page stands. Pages count from 1.
type Pagination struct {
	CurrentPage int  `json:"current_page"`
	PageSize    int  `json:"page_size"`
	TotalPages  int  `json:"total_pages"`
	TotalItems  int  `json:"total_items"`
	HasNext     bool `json:"has_next"`
	HasPrev     bool `json:"has_prev"`
}

// WebhookSummary counts the webhooks of all pages.
type WebhookSummary struct {
	TotalEvents int `json:"total_events"`
}

// webhookPageWire is a page of webhooks as it comes.
type webhookPageWire struct {
	Events     []webhookEventWire `json:"events"`
	Pagination struct {
		CurrentPage whole `json:"current_page"`
		PageSize    whole `json:"page_size"`
		TotalPages  whole `json:"total_pages"`
		TotalItems  whole `json:"total_items"`
		HasNext     bool  `json:"has_next"`
		HasPrev     bool  `json:"has_prev"`
	} `json:"pagination"`
	Summary struct {
		TotalEvents whole `json:"total_events"`
	} `json:"summary"`
}

func (w webhookPageWire) value() WebhookPage {
	p := w.Pagination
	return WebhookPage{
		Events: values[WebhookEvent](w.Events),
		Pagination: Pagination{
			int(p.CurrentPage), int(p.PageSize), int(p.TotalPages), int(p.TotalItems), p.HasNext, p.HasPrev,
		},
		Summary: WebhookSummary{TotalEvents: int(w.Summary.TotalEvents)},
	}
}

// UnmarshalJSON reads a page of webhooks with all the quirks of the API's answers.
func (p *WebhookPage) UnmarshalJSON(b []byte) (err error) {
	*p, err = decode[WebhookPage, webhookPageWire](b)
	return err
}

func decodeWebhooks(body []byte) (WebhookPage, error) {
	page, err := decode[WebhookPage, webhookPageWire](body)
	if err == nil && len(page.Events) == 0 && !hasKey(body, "events", "pagination", "summary") {
		err = errIncomplete
	}
	return page, err
}

// WebhookQuery selects webhooks. The zero value asks for all of the last 24 hours, 50 a page.
type WebhookQuery struct {
	StartTime  time.Time // within the last 30 days
	EndTime    time.Time // at most 14 days after StartTime
	RoomID     string
	Status     DeliveryStatus // "": DeliveryAll
	EventNames []string       // original names, e.g. session.open.success; none: all
	Limit      int            // 1-100
	Page       int            // from 1
}

func (q WebhookQuery) values() url.Values {
	v := url.Values{}
	setText(v, "start_time", timeText(q.StartTime))
	setText(v, "end_time", timeText(q.EndTime))
	setText(v, "room_id", q.RoomID)
	setText(v, "status", string(q.Status))
	for _, name := range q.EventNames {
		v.Add("event_names", name)
	}
	setPage(v, q.Limit, "")
	if q.Page != 0 {
		v.Set("page", strconv.Itoa(q.Page))
	}
	return v
}

// timeText writes a time in UTC, with milliseconds where it has any; the zero time is "".
func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
}

// ListWebhookEvents returns one page of the webhooks that q selects. It fails with 400 "start_time must be within the last
// 30 days" and "end_time must be within 14 days after start_time", with 403 "insufficient permissions", and with 429
// "rate limit exceeded, retry after 45 seconds".
func (c *Client) ListWebhookEvents(ctx context.Context, q WebhookQuery) (WebhookPage, error) {
	return c.listWebhookEvents(ctx, "ListWebhookEvents", q)
}

func (c *Client) listWebhookEvents(ctx context.Context, op string, q WebhookQuery) (WebhookPage, error) {
	return fetch(ctx, c, request{
		op: op, method: http.MethodGet, segments: []string{"analytics", "webhooks"}, query: q.values(), repeat: true, list: true,
	}, decodeWebhooks)
}

// AllWebhookEvents walks the webhooks that q selects from q.Page on, in the largest pages unless q.Limit says otherwise.
// Give both times: pages of a period that goes on shift while they are read. An error is the last thing it yields.
func (c *Client) AllWebhookEvents(ctx context.Context, q WebhookQuery) iter.Seq2[WebhookEvent, error] {
	q.Limit = cmp.Or(q.Limit, maxLimit)
	return all(strconv.Itoa(max(q.Page, 1)), func(start string) (Page[WebhookEvent], error) {
		number, err := strconv.Atoi(start)
		if err != nil {
			return Page[WebhookEvent]{}, err
		}
		next := q
		next.Page = number
		page, err := c.listWebhookEvents(ctx, "AllWebhookEvents", next)
		if at := page.Pagination.CurrentPage; err == nil && at != 0 && at != number {
			err = errCursor // a server that doesn't turn the page would keep us for ever
		}
		walked := Page[WebhookEvent]{Data: page.Events}
		if page.Pagination.HasNext {
			walked.Last = strconv.Itoa(number + 1)
		}
		return walked, err
	})
}
