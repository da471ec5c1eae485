package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"crypto/rand"

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

// sealKey reads the key that contact details are encrypted with while a
// conversation may need them, or makes one in the data folder.
func sealKey(file, data string) ([]byte, error) {
	if file == "" {
		file = filepath.Join(data, "seal.key")
		if err := os.MkdirAll(data, 0o700); err != nil {
			return nil, fmt.Errorf("make the data folder: %w", err)
		}
		key := make([]byte, 32)
		rand.Read(key)
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			_, err = f.WriteString(hex.EncodeToString(key) + "\n")
			err = errors.Join(err, f.Close())
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("keep the key for contact details: %w", err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the key for contact details: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("the key for contact details in %s is not 64 hex digits; remove the file to have a new one made: what is sealed with the old one is asked for again", file)
	}
	return key, nil
}
