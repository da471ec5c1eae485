package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/agent/llm/ollama"
)

// anOllama is a server with one model, which calls tools as said. Its pulls
// break off once in the middle.
func anOllama(t *testing.T, calls string) string {
	t.Helper()
	pulls := 0
	mux := http.NewServeMux()
	answer := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, body) })
	}
	answer("GET /api/tags", `{"models":[{"name":"tiny:latest"}]}`)
	answer("POST /api/show", `{"capabilities":["tools"]}`)
	answer("POST /api/chat", calls+"\n"+`{"message":{"role":"assistant"},"done":true}`)
	mux.HandleFunc("POST /api/pull", func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Model string }
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Model != "tiny" {
			fmt.Fprintln(w, `{"error":"pull model manifest: file does not exist"}`)
			return
		}
		pulls++
		fmt.Fprintln(w, `{"status":"pulling manifest"}`)
		for done := 500000 * (pulls - 1); done <= 500000*pulls; done += 100000 {
			fmt.Fprintf(w, "{\"status\":\"pulling aa\",\"digest\":\"sha256:aa\",\"total\":1000000,\"completed\":%d}\n", done)
		}
		w.(http.Flusher).Flush()
		if pulls == 1 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprintln(w, `{"status":"success"}`)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

const aCall = `{"message":{"role":"assistant","tool_calls":[{"function":{"name":"get_order","arguments":{"order":"5531"}}}]}}`

func TestDoctorSaysHowEachThingIsAndWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	for name, c := range map[string]struct {
		host string
		args []string
		want []string
		code int
	}{
		"all is well":                  {anOllama(t, aCall), nil, []string{"ok data is made at the first start", "ok port is free", "ok shop Fernhill", "ok ollama tiny:latest", "ok model ollama:tiny:latest calls tools by itself"}, 0},
		"a model that writes prose":    {anOllama(t, `{"message":{"role":"assistant","content":"get_order 5531"}}`), []string{"--model", "ollama:tiny"}, []string{"ok model fills in a form"}, 0},
		"no Ollama":                    {"127.0.0.1:1", nil, []string{"warn ollama `ollama serve`"}, 0},
		"no Ollama, and one is named":  {"127.0.0.1:1", []string{"--model", "ollama:tiny,builtin"}, []string{"fail ollama OLLAMA_HOST"}, 1},
		"a model that is not there":    {anOllama(t, aCall), []string{"--model", "ollama:qwen3:4b"}, []string{"fail model parley doctor --pull qwen3:4b"}, 1},
		"a model that does not answer": {anOllama(t, `{"error":"out of memory"}`), []string{"--model", "ollama:tiny"}, []string{"fail model out of memory"}, 1},
		"a model of no kind":           {anOllama(t, aCall), []string{"--model", "gpt"}, []string{"fail model gpt"}, 1},
		"a taken port":                 {anOllama(t, aCall), []string{"--addr", taken}, []string{"fail port --addr 127.0.0.1:8788"}, 1},
		"no shop":                      {anOllama(t, aCall), []string{"--shop", "nowhere"}, []string{"fail shop nowhere"}, 1},
		"a file for a data folder":     {anOllama(t, aCall), []string{"--data", "file"}, []string{"fail data is no folder"}, 1},
		"a data folder in a file":      {anOllama(t, aCall), []string{"--data", "file/data"}, []string{"fail data --data"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "file"), "")
			args := append([]string{"doctor"}, c.args...)
			if !strings.Contains(strings.Join(c.args, " "), "--addr") {
				args = append(args, "--addr", "127.0.0.1:0")
			}
			out, code := parley(t, dir, []string{"OLLAMA_HOST=" + c.host}, args...)
			if code != c.code {
				t.Errorf("exit %d\n%s", code, out)
			}
			for _, want := range c.want {
				w := strings.SplitN(want, " ", 3)
				if !hasLine(out, w[0], w[1], w[2]) {
					t.Errorf("no %s of %s with %q in\n%s", w[0], w[1], w[2], out)
				}
			}
			if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
				t.Errorf("it left something behind: %v, %v", list, err)
			}
		})
	}
}

func hasLine(out, grade, about, text string) bool {
	for _, l := range strings.Split(out, "\n") {
		if f := strings.Fields(l); len(f) > 2 && f[0] == grade && f[1] == about && strings.Contains(l, text) {
			return true
		}
	}
	return false
}

func TestDoctorOpensADataFolderThatIsInUse(t *testing.T) {
	dir := t.TempDir()
	s := settings{Data: filepath.Join(dir, "data")}
	st, err := openStore(t.Context(), &s, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	look := func() string {
		out, _ := parley(t, dir, []string{"OLLAMA_HOST=127.0.0.1:1"}, "doctor", "--data", "data", "--addr", "127.0.0.1:0")
		return out
	}
	if out := look(); !hasLine(out, "warn", "data", "in use") {
		t.Errorf("while it is open:\n%s", out)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if out := look(); !hasLine(out, "ok", "data", "opens") {
		t.Errorf("afterwards:\n%s", out)
	}
}

func TestPullTellsInLinesAndGoesOnByItself(t *testing.T) {
	host := anOllama(t, aCall)
	out, code := parley(t, t.TempDir(), []string{"OLLAMA_HOST=" + host}, "doctor", "--pull", "tiny", "--addr", "127.0.0.1:0")
	if code != 0 || !strings.Contains(out, "pull tiny: pulling manifest\n") || !strings.Contains(out, "pull tiny: 50% of 1.0 MB\n") || !strings.Contains(out, "pull tiny: 100% of 1.0 MB\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
	out, code = parley(t, t.TempDir(), []string{"OLLAMA_HOST=" + host}, "doctor", "--pull", "nothing")
	if code != 1 || !strings.Contains(out, "no model of this name") || strings.Contains(out, "is there\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
	var b bytes.Buffer
	tell := lines("m", &b)
	for done := range int64(1000) {
		tell(ollama.Progress{Doing: "pulling", Done: done, Total: 999})
	}
	if n := strings.Count(b.String(), "\n"); n != 11 {
		t.Errorf("%d lines for a pull", n)
	}
}
