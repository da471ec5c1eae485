package webchat

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

//go:embed widget
var parts embed.FS

// A script is the widget as browsers get it: one file, put together from the
// folder widget at start, so that there is no build step.
type script struct {
	plain, zipped []byte
	etag          string
}

func newWidget() (*script, error) {
	var b bytes.Buffer
	css, err := parts.ReadFile("widget/style.css")
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(string(css))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "const CSS = %s;\n", text)
	for _, name := range []string{"strings", "dom", "link", "cards", "chat"} {
		part, err := parts.ReadFile("widget/" + name + ".js")
		if err != nil {
			return nil, err
		}
		b.Write(part)
	}
	s := &script{plain: b.Bytes()}
	var zipped bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(s.plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(s.plain)
	s.zipped, s.etag = zipped.Bytes(), `"`+hex.EncodeToString(sum[:8])+`"`
	return s, nil
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("ETag", s.etag)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == s.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := s.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = s.zipped
	}
	_, _ = w.Write(body) // a client that left is no concern
}
