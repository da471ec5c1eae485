package main

import (
	"log/slog"
	"os"

	"parley/memory/redact"
	"parley/tools/catalog"
)

// logger writes to stderr, redacted.
func (s *settings) logger() *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // kong has checked the value
	return slog.New(redact.Handler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
}

// public are the contact details in the shop's own policies: its hotline, its
// e-mail address, where its shops are.
func public(s *catalog.Shop) redact.Public {
	var texts []string
	for _, p := range s.Policies {
		texts = append(texts, p.Title, p.Text)
	}
	return redact.PublicIn(texts...)
}
