// Package ollamatest runs the real Ollama server for tests, with tiny models
// whose every word is written beforehand. It reaches no network and leaves no
// process behind. The server is built by .ci/ollama. Start with [Start], then
// [Server.Create].
package ollamatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ollama/ollama/api"
)

// A Server is an Ollama process with models of its own in a temporary folder.
type Server struct {
	URL  string
	t    testing.TB
	exe  string
	addr string
	dir  string

	mu  sync.Mutex
	cmd *exec.Cmd
	log logged
}

// Start runs a server on a free port. Where none was built the test is skipped,
// under CI=true it fails.
func Start(t testing.TB) *Server {
	t.Helper()
	exe, err := built()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no Ollama server: %v", err)
		}
		t.Skipf("no Ollama server, .ci/ollama builds one: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), t: t, exe: exe, addr: l.Addr().String(), dir: t.TempDir()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s.Run()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("the server said:\n%s", s.log.tail())
		}
	})
	return s
}

// built is where .ci/ollama has put the server.
func built() (string, error) {
	dir := os.Getenv("PARLEY_OLLAMA")
	if dir == "" {
		version, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/ollama/ollama").Output()
		if err != nil {
			return "", fmt.Errorf("go list: %w", err)
		}
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(cache, "parley", "ollama-"+strings.TrimSpace(string(version)))
	}
	exe := filepath.Join(dir, "ollama")
	_, err := os.Stat(exe)
	return exe, err
}

// Run starts the process, again after Stop or Kill, on the same port and models.
func (s *Server) Run() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	cmd := exec.Command(s.exe, "serve")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "OLLAMA_HOST=" + s.addr, "OLLAMA_MODELS=" + filepath.Join(s.dir, "models"),
		// v0.17.4 keeps a place for good when its client leaves at the wrong
		// moment (a send to nobody in routes.go), so there are several.
		"OLLAMA_NUM_PARALLEL=8", "OLLAMA_MAX_LOADED_MODELS=1", "OLLAMA_NOPRUNE=1", "NO_PROXY=*",
	}
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	cmd.WaitDelay = 5 * time.Second                       // a runner may hold the pipe
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a group of its own, so that its runners can be found
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd = cmd
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c := s.client()
	if !soon(ctx, func() bool { return c.Heartbeat(ctx) == nil }) {
		s.t.Fatalf("the server at %s does not come up:\n%s", s.addr, s.log.tail())
	}
}

// Stop asks the process to end and waits for it. It fails the test when a
// runner of it goes on.
func (s *Server) Stop() { s.end(syscall.SIGTERM) }

// Kill ends the process and its runners at once, as a crash would.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(signal syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	group := s.cmd.Process.Pid
	to := group
	if signal == syscall.SIGKILL {
		to = -group
	}
	_ = syscall.Kill(to, signal) // what has ended already is as wanted
	gone := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(gone) }()
	select {
	case <-gone:
	case <-time.After(20 * time.Second):
		s.t.Errorf("the server does not end by %v", signal)
		_ = syscall.Kill(-group, syscall.SIGKILL)
		<-gone
	}
	s.cmd = nil
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// What was killed may be waiting for somebody to take notice.
	if !soon(ctx, func() bool { return syscall.Kill(-group, 0) != nil }) {
		s.t.Errorf("a runner outlives the server")
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
}

// soon waits until something holds, or ctx ends.
func soon(ctx context.Context, holds func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// KillRunner ends the process that holds the model, and leaves the server.
func (s *Server) KillRunner() {
	s.t.Helper()
	for _, pid := range s.runners() {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// runners are the processes that hold a model.
func (s *Server) runners() (list []int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(s.cmd.Process.Pid)).Output()
	if err != nil {
		s.t.Fatalf("find the runner: %v", err)
	}
	for _, field := range strings.Fields(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			list = append(list, pid)
		}
	}
	return list
}

// Idle waits until the runner has used no processor time for a fifth of a
// second, for ten seconds at most. It reads /proc and skips the test elsewhere.
func (s *Server) Idle() bool {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	last, since := s.worked(), time.Now()
	return soon(ctx, func() bool {
		if now := s.worked(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 200*time.Millisecond
	})
}

// worked is the processor time of the runners, as /proc/PID/stat has it in its
// fields 14 and 15 (proc_pid_stat(5)), in one string.
func (s *Server) worked() string {
	s.t.Helper()
	var all string
	for _, pid := range s.runners() {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			s.t.Skipf("the processor time of a process cannot be read here: %v", err)
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			all += f[11] + "+" + f[12] + " "
		}
	}
	return all
}

func (s *Server) client() *api.Client {
	u, err := url.Parse(s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return api.NewClient(u, &http.Client{})
}

// Create gives the server a model that says these lines and calls tools.
func (s *Server) Create(name string, lines ...Line) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	file := weights(lines)
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(file))
	c := s.client()
	if err := c.CreateBlob(ctx, digest, bytes.NewReader(file)); err != nil {
		s.t.Fatal(err)
	}
	err := c.Create(ctx, &api.CreateRequest{
		Model: name, Files: map[string]string{"tiny.gguf": digest}, Template: template(lines),
		Parameters: map[string]any{"temperature": 0, "num_thread": 1, "stop": []string{"<|im_end|>"}},
	}, func(api.ProgressResponse) error { return nil })
	if err != nil {
		s.t.Fatal(err)
	}
}

// template writes a conversation down, and last the mark of the line that answers it.
func template(lines []Line) string {
	var b strings.Builder
	b.WriteString(`{{- if or .System .Tools }}<|im_start|>system
{{ .System }}{{ range .Tools }}
{{ .Function }}{{ end }}<|im_end|>
{{ end }}
{{- $last := "" }}{{ $text := "" }}
{{- range .Messages }}{{ $last = .Role }}{{ if eq .Role "user" }}{{ $text = .Content }}{{ end }}<|im_start|>{{ .Role }}
{{ .Content }}{{ if .ToolCalls }}{{ range .ToolCalls }}
<tool_call>
{"name": "{{ .Function.Name }}", "arguments": {{ .Function.Arguments }}}
</tool_call>{{ end }}{{ end }}<|im_end|>
{{ end }}<|im_start|>assistant
`)
	test, other := "if", ""
	for n, l := range lines {
		switch {
		case l.Result:
			fmt.Fprintf(&b, `{{ %s eq $last "tool" }}%s`, test, mark(n))
		case l.To != "":
			fmt.Fprintf(&b, `{{ %s eq $text %q }}%s`, test, l.To, mark(n))
		default:
			other = mark(n)
			continue
		}
		test = "else if"
	}
	if test == "if" {
		return b.String() + other
	}
	return b.String() + "{{ else }}" + other + "{{ end }}"
}

// logged keeps what a process writes.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write keeps p.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logged) tail() string {
	t := l.text()
	return t[max(0, len(t)-4000):]
}
