package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// parley runs the program in a folder and gives what it wrote, and its exit code.
func parley(t *testing.T, dir string, env []string, args ...string) (string, int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), "PARLEY_TEST_MAIN=1"), env...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsComeFromTheFileThenTheEnvironmentThenFlags(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "parley.yaml"), "shop: file\ndata: file\naddr: file\nlog_level: info\norigins: [https://a.example, https://b.example]\n")
	out, code := parley(t, dir, []string{"PARLEY_SHOP=environment", "PARLEY_DATA_DIR=environment", "SLACK_APP_TOKEN=xapp-secret"}, "config", "--shop", "flag")
	if code != 0 || strings.Contains(out, "xapp-secret") {
		t.Fatalf("exit %d\n%s", code, out)
	}
	lines := map[string]string{}
	for _, l := range strings.Split(out, "\n") {
		name, rest, _ := strings.Cut(l, " ")
		lines[name] = strings.Join(strings.Fields(rest), " ")
	}
	for name, want := range map[string]string{
		"shop": "flag flag --shop", "data": "environment environment PARLEY_DATA_DIR", "addr": "file parley.yaml", "log-level": "info parley.yaml",
		"origins": "https://a.example,https://b.example parley.yaml", "slack-app": "(secret, set) environment SLACK_APP_TOKEN", "replicas": "0 default",
	} {
		if lines[name] != want {
			t.Errorf("%s is %q, want %q", name, lines[name], want)
		}
	}
}

func TestABadSettingsFileIsNamedWithWhatToDo(t *testing.T) {
	for text, want := range map[string][]string{
		"shop: demo\ndta: x\n":  {"parley.yaml:2:1", `"dta"`, `did you mean "data"?`},
		"data: [x\nshop: demo":  {"parley.yaml", "2:1"},
		"- shop\n":              {"parley.yaml", "one setting a line"},
		"log_level: loud\n":     {"log-level", `"debug"`},
		"slack_bot: xoxb-12\n":  {"parley.yaml:1:1", "SLACK_BOT_TOKEN"},
		"replicas: [1, 2, 3]\n": {"--replicas"},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "parley.yaml"), text)
		out, code := parley(t, dir, nil, "config")
		for _, w := range want {
			if code == 0 || !strings.Contains(out, w) {
				t.Errorf("%q: exit %d, without %q:\n%s", text, code, w, out)
			}
		}
	}
}

func TestAFolderThatCannotHoldDataIsSaid(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	out, code := parley(t, dir, nil, "serve", "--data", "file", "--addr", "127.0.0.1:0", "--model", "builtin")
	if code != 1 || !strings.Contains(out, "--data") {
		t.Errorf("exit %d\n%s", code, out)
	}
}
