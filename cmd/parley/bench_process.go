package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A process is `parley serve` as another program starts it, to be killed.
type process struct {
	url  string
	took time.Duration // until it served
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
	err  error         // how, once gone
	said tail
}

// serveElsewhere starts this very program as `parley serve` in a process of its
// own and waits until it serves. An error with a process that is not nil says
// that it ended before.
func serveElsewhere(ctx context.Context, env []string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start it again: %w", err)
	}
	p := &process{cmd: exec.Command(self, append([]string{"serve"}, args...)...), gone: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = &p.said
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	serving := make(chan string, 1)
	go func() {
		defer close(p.gone)
		r := bufio.NewReader(out)
		line, _ := r.ReadString('\n')
		serving <- line
		_, _ = io.Copy(io.Discard, r)
		p.err = p.cmd.Wait()
	}()
	select {
	case line := <-serving:
		p.took = time.Since(begun)
		if _, rest, ok := strings.Cut(line, "Parley is at "); ok {
			p.url = strings.Fields(rest)[0]
			return p, nil
		}
		<-p.gone
		return p, fmt.Errorf("the server ended before it served: %w: %s", p.err, p.said.String())
	case <-ctx.Done():
		p.kill()
		return nil, ctx.Err()
	case <-time.After(2 * time.Minute):
		p.kill()
		return nil, fmt.Errorf("the server did not serve within 2 minutes: %s", p.said.String())
	}
}

// kill ends it as a power cut would, and waits until it has.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.gone
}

// stop ends it as an operator would.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.gone:
		return p.err
	case <-time.After(time.Minute):
		p.kill()
		return fmt.Errorf("the server did not stop within a minute: %s", p.said.String())
	}
}

// killed says that it was killed, by us or by itself, and did not fail. It is
// asked once it is gone.
func (p *process) killed() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// A tail keeps the last of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-8<<10):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
