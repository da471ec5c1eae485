package store

import (
	"fmt"
	"log/slog"
)

// An engineLog passes on what the embedded server has to say: that it repaired
// or left out damaged files, that the disk is slow. Nobody would know otherwise.
type engineLog struct{ log *slog.Logger }

func (l engineLog) Noticef(f string, v ...any) { l.log.Debug("store: engine: " + fmt.Sprintf(f, v...)) }
func (l engineLog) Debugf(f string, v ...any)  {}
func (l engineLog) Tracef(f string, v ...any)  {}
func (l engineLog) Warnf(f string, v ...any)   { l.log.Warn("store: engine: " + fmt.Sprintf(f, v...)) }
func (l engineLog) Errorf(f string, v ...any)  { l.log.Error("store: engine: " + fmt.Sprintf(f, v...)) }
func (l engineLog) Fatalf(f string, v ...any)  { l.Errorf(f, v...) }
