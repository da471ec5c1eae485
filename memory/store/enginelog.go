package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// An engineLog passes on what the embedded server has to say: that it repaired
// or left out damaged files, that the disk is slow. Nobody would know otherwise.
type engineLog struct {
	log   *slog.Logger
	broke func() // told that a write was cut off
}

// afterKill is what the engine says each time it starts after a kill, and all is
// well: it reads its files instead of its notes on them. Whether they are whole
// we look at ourselves.
var afterKill = []string{"Stream state outdated", "Recovering stream state from index errored", "Stream state detected prior state", "Missing consumer metafile"}

func (l engineLog) Noticef(f string, v ...any) { l.log.Debug("store: engine: " + fmt.Sprintf(f, v...)) }
func (l engineLog) Debugf(f string, v ...any)  {}
func (l engineLog) Tracef(f string, v ...any)  {}
func (l engineLog) Warnf(f string, v ...any) {
	level, text := slog.LevelWarn, fmt.Sprintf(f, v...)
	for _, usual := range afterKill {
		if strings.Contains(text, usual) {
			level = slog.LevelInfo
		}
	}
	l.log.Log(context.Background(), level, "store: engine: "+text)
}
func (l engineLog) Errorf(f string, v ...any) {
	text := fmt.Sprintf(f, v...)
	l.log.Error("store: engine: " + text)
	if strings.Contains(strings.ToLower(text), "critical write error") {
		l.broke()
	}
}
func (l engineLog) Fatalf(f string, v ...any) { l.Errorf(f, v...) }
