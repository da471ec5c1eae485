package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Two processes on one folder: the second refuses, names the first, and says
// what to do; the first goes on.
func TestASecondProcessIsRefusedAndToldOfTheFirst(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	first := startServer(t, data, "127.0.0.1:0")
	for _, args := range [][]string{{"serve", "--addr", "127.0.0.1:0"}, {"chat"}} {
		second := exec.Command(self, append(args, "--data", data, "--model", "builtin")...)
		second.Env = append(os.Environ(), "PARLEY_TEST_MAIN=1")
		out, err := second.CombinedOutput()
		for _, want := range []string{fmt.Sprintf("process %d ", first.cmd.Process.Pid), data, "--data"} {
			if err == nil || !strings.Contains(string(out), want) {
				t.Errorf("parley %s ended with %v and does not say %q:\n%s", args[0], err, want, out)
			}
		}
	}
	first.kill()
	startServer(t, data, "127.0.0.1:0") // a killed one holds nothing
}
