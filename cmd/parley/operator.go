package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/memory/erasure"
)

// An operator's door: while a process has the data folder, commands on the same
// machine ask it instead. It listens on loopback alone, at any free port, and
// wants a token. Both stand in a file of the data folder that only its owner
// can read.
const operatorFile = "operator"

// openDoor serves the door until closed is called. One that cannot be opened is
// told, and hinders nothing else.
func openDoor(data string, a *app, log *slog.Logger) (closed func()) {
	if err := os.MkdirAll(data, 0o700); err != nil { // with --nats nothing else may be in it
		log.Warn("operator: `parley trace` cannot ask this process", "error", err)
		return func() {}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Warn("operator: `parley trace` cannot ask this process", "error", err)
		return func() {}
	}
	b := make([]byte, 32)
	rand.Read(b)
	token := hex.EncodeToString(b)
	file := filepath.Join(data, operatorFile)
	if err := writePrivate(file, fmt.Sprintf("http://%s %s\n", listener.Addr(), token)); err != nil {
		log.Warn("operator: `parley trace` cannot ask this process", "error", err)
		listener.Close()
		return func() {}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /trace", func(w http.ResponseWriter, r *http.Request) {
		var q traceQuery
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&q); err != nil {
			http.Error(w, "the query is no JSON: "+err.Error(), http.StatusBadRequest)
			return
		}
		found, err := q.find(r.Context(), a.Hub, a.Store)
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(found)
	})
	mux.HandleFunc("POST /backup", backupDoor(data, a))
	mux.HandleFunc("POST /customer", atDoor(func(ctx context.Context, q exportQuery) (*export, error) { return q.answer(ctx, a) }))
	mux.HandleFunc("POST /retention", atDoor(func(ctx context.Context, q retentionQuery) (*retained, error) { return q.answer(ctx, a) }))
	mux.HandleFunc("POST /customer/erase", atDoor(func(ctx context.Context, o eraseOrder) (*erasure.Receipt, error) { return o.answer(ctx, a) }))
	mux.HandleFunc("POST /customer/verify", atDoor(func(ctx context.Context, q erasure.Query) (*erasure.Report, error) { return a.Eraser.Verify(ctx, q) }))
	server := &http.Server{
		ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+token)) != 1 {
				http.Error(w, "the token is wrong", http.StatusUnauthorized)
				return
			}
			mux.ServeHTTP(w, r)
		}),
	}
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	return func() {
		_ = os.Remove(file)
		_ = server.Close()
		<-done
	}
}

// writePrivate writes a file that only its owner can read, in one step.
func writePrivate(file, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+"-*") // made with 0600
	if err != nil {
		return err
	}
	_, err = tmp.WriteString(text)
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// askOperator puts a query to the server that has the data folder. It gives
// fs.ErrNotExist when that one has no door.
func askOperator(ctx context.Context, data string, q traceQuery) (*traced, error) {
	return askDoor[traced](ctx, data, "trace", 30*time.Second, q)
}

// askDoor asks for one thing that the door has. It gives fs.ErrNotExist when
// there is no door.
func askDoor[T any](ctx context.Context, data, what string, patience time.Duration, q any) (*T, error) {
	b, err := os.ReadFile(filepath.Join(data, operatorFile))
	if err != nil {
		return nil, err
	}
	at, token, _ := strings.Cut(strings.TrimSpace(string(b)), " ")
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "POST", at+"/"+what, strings.NewReader(string(body)))
	if err != nil {
		return nil, fmt.Errorf("%s in %s is not of a running server: %w", operatorFile, data, err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err) // left by one that was killed
	}
	if err != nil {
		return nil, fmt.Errorf("ask the server that has %s: %w", data, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 2000))
		return nil, errors.New(strings.TrimSpace(string(text)))
	}
	var found T
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		return nil, fmt.Errorf("read the answer of the server that has %s: %w", data, err)
	}
	return &found, nil
}
