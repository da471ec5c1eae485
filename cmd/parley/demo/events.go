package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// An Event is a shop event in the words of the Segment e-commerce spec.
type Event struct {
	Name        string         `json:"event"`
	MessageID   string         `json:"messageId"`
	UserID      string         `json:"userId,omitempty"`
	AnonymousID string         `json:"anonymousId,omitempty"`
	Timestamp   time.Time      `json:"timestamp,omitzero"`
	Properties  map[string]any `json:"properties,omitempty"`
}

// Who is the customer an event is of, or "".
func (e Event) Who() string {
	if e.UserID == "" && e.AnonymousID != "" {
		return "visitor:" + e.AnonymousID
	}
	return e.UserID
}

// Product is the product an event is about, or "".
func (e Event) Product() string {
	id, _ := e.Properties["product_id"].(string)
	return id
}

var eventNames = []string{
	"Products Searched", "Product List Viewed", "Product Clicked", "Product Viewed", "Product Added", "Product Removed",
	"Cart Viewed", "Checkout Started", "Order Completed",
}

// events takes a batch of at most 64 KiB. Who is signed in is read from the
// cookie, never from the batch.
func (s *storefront) events(w http.ResponseWriter, r *http.Request) {
	refuse := func(format string, args ...any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": fmt.Sprintf(format, args...)})
	}
	var in struct{ Batch []Event }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
		refuse("the body must be {\"batch\": [...]} of at most 64 KiB: %v", err)
		return
	}
	for i, e := range in.Batch {
		switch {
		case !slices.Contains(eventNames, e.Name):
			refuse("batch[%d].event: %q is no e-commerce event", i, e.Name)
			return
		case e.MessageID == "" || len(e.MessageID) > 100:
			refuse("batch[%d].messageId: 1 to 100 bytes are needed", i)
			return
		}
	}
	for _, e := range in.Batch {
		e.UserID = s.signedIn(r)
		if s.cfg.OnEvent == nil {
			continue
		}
		if err := s.cfg.OnEvent(r.Context(), e); err != nil {
			http.Error(w, `{"error":"not stored, send it again"}`, http.StatusServiceUnavailable)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
