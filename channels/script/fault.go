package script

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"parley/agent/llm"
)

// Faults by name. Any other text is the error that the tool gives.
const (
	Timeout = "timeout" // the service behind the tool does not answer in its time
	Hang    = "hang"    // the tool never returns by itself
	Panic   = "panic"   // the tool's code breaks
	Garbage = "garbage" // what comes back is no JSON
	Flood   = "flood"   // 10 MB come back
	Late    = "late"    // the tool takes effect, and its answer is lost
	Crash   = "crash"   // the tool takes effect, and the process dies before the answer is stored
)

// fault takes the fault that waits for a tool, or "".
func (w *watcher) fault(tool string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.faults {
		f := &w.faults[i]
		if f.Tool != tool || f.Times < 0 {
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				f.Times = -1
			}
		}
		w.met[i] = true
		return f.Error
	}
	return ""
}

// act is a fault instead of a tool.
func act(ctx context.Context, fault string) (*llm.Output, error) {
	switch fault {
	case Timeout:
		return nil, context.DeadlineExceeded
	case Hang:
		<-ctx.Done()
		return nil, ctx.Err()
	case Panic:
		panic("a fault of the script")
	case Garbage:
		return &llm.Output{Content: json.RawMessage("<html>502 Bad Gateway")}, nil
	case Flood:
		return &llm.Output{Content: json.RawMessage(`{"log":"` + strings.Repeat("spam ", 2<<20) + `"}`)}, nil
	}
	return nil, errors.New(fault)
}

// after is a fault once the tool has run.
func (w *watcher) after(fault string, out *llm.Output, err error) (*llm.Output, error) {
	switch fault {
	case Late:
		return nil, context.DeadlineExceeded
	case Crash:
		gone := make(chan struct{})
		w.died <- gone
		<-gone
		return nil, errors.New("the process died here")
	}
	return out, err
}
