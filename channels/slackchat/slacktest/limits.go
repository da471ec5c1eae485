package slacktest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// Slack's documented limits.
const (
	mostText    = 40000
	mostBlocks  = 50
	mostSection = 3000
	mostButton  = 75
	mostActions = 25
	mostValue   = 2000
	mostHeader  = 150
	mostBlockID = 255
)

// check gives Slack's error code for a message it would refuse, or "".
func check(f url.Values) string {
	if n := utf8.RuneCountInString(f.Get("text")); n > mostText {
		return "msg_too_long"
	}
	raw := f.Get("blocks")
	if raw == "" || raw == "null" {
		if f.Get("text") == "" {
			return "no_text"
		}
		return ""
	}
	var blocks []map[string]any
	if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
		return "invalid_blocks_format"
	}
	if len(blocks) > mostBlocks {
		return fmt.Sprintf("invalid_blocks more than %d blocks", mostBlocks)
	}
	ids := map[string]bool{}
	for i, b := range blocks {
		if err := block(b); err != "" {
			return fmt.Sprintf("invalid_blocks block %d: %s", i, err)
		}
		if id, _ := b["block_id"].(string); id != "" {
			if ids[id] {
				return "invalid_blocks block_id used twice: " + id
			}
			ids[id] = true
		}
	}
	return ""
}

func block(b map[string]any) string {
	if id, _ := b["block_id"].(string); len(id) > mostBlockID {
		return "block_id too long"
	}
	switch b["type"] {
	case "header":
		return text(b["text"], mostHeader)
	case "section":
		if b["text"] == nil && b["fields"] == nil {
			return "section without text or fields"
		}
		if b["text"] != nil {
			if err := text(b["text"], mostSection); err != "" {
				return err
			}
		}
		fields, _ := b["fields"].([]any)
		if len(fields) > 10 {
			return "more than 10 fields"
		}
		for _, f := range fields {
			if err := text(f, 2000); err != "" {
				return err
			}
		}
	case "context":
		elements, _ := b["elements"].([]any)
		if len(elements) == 0 || len(elements) > 10 {
			return "context wants 1 to 10 elements"
		}
		for _, e := range elements {
			if err := text(e, mostSection); err != "" {
				return err
			}
		}
	case "actions":
		elements, _ := b["elements"].([]any)
		if len(elements) == 0 || len(elements) > mostActions {
			return "actions wants 1 to 25 elements"
		}
		seen := map[string]bool{}
		for _, e := range elements {
			m, _ := e.(map[string]any)
			id, _ := m["action_id"].(string)
			if id == "" || seen[id] {
				return "action_id missing or used twice: " + id
			}
			seen[id] = true
			if err := text(m["text"], mostButton); err != "" {
				return err
			}
			if v, _ := m["value"].(string); utf8.RuneCountInString(v) > mostValue {
				return "button value too long"
			}
		}
	case "divider":
	default:
		return fmt.Sprintf("unsupported type %v", b["type"])
	}
	return ""
}

func text(v any, most int) string {
	m, ok := v.(map[string]any)
	if !ok {
		return "text missing"
	}
	s, _ := m["text"].(string)
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "text empty"
	case n > most:
		return fmt.Sprintf("text of %d characters, at most %d", n, most)
	}
	return ""
}
