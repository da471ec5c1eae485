package redact

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
)

// Handler wraps a log handler: messages and attributes are written redacted,
// attributes named like a secret with a placeholder for whatever they hold.
func Handler(h slog.Handler) slog.Handler { return handler{h} }

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

func (h handler) WithAttrs(list []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(list))
	for i, a := range list {
		clean[i] = attr(a)
	}
	return handler{h.Handler.WithAttrs(clean)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

func attr(a slog.Attr) (clean slog.Attr) {
	defer func() {
		if recover() != nil { // an Error or String method of a nil pointer, as a rule
			clean = slog.String(a.Key, "(could not be written)")
		}
	}()
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindGroup:
		group := v.Group()
		list := make([]slog.Attr, len(group))
		for i, g := range group {
			list[i] = attr(g)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(list...)}
	case slog.KindString:
		return slog.String(a.Key, ofField(a.Key, v.String()))
	case slog.KindInt64, slog.KindUint64:
		if text := v.String(); Text(text) != text {
			return slog.String(a.Key, Text(text))
		}
	case slog.KindAny:
		text := ""
		switch x := v.Any().(type) {
		case json.RawMessage:
			text = string(JSON(x))
		case []byte:
			text = Text(string(x))
		case error:
			text = Text(x.Error())
		default:
			text = fmt.Sprintf("%+v", x)
			if clean := ofField(a.Key, text); clean == text {
				return slog.Attr{Key: a.Key, Value: v}
			} else {
				text = clean
			}
		}
		return slog.String(a.Key, text)
	}
	return slog.Attr{Key: a.Key, Value: v}
}

func ofField(key, value string) string {
	if k := fieldKind(key, value); k != "" {
		return Placeholder(k, value, 0)
	}
	return Text(value)
}
