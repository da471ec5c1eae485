package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
)

// What a faulty server does after some good words; the client library returns
// nil for most of it.
var faults = []struct {
	name string
	then answerer
	want error
}{
	{"TheEndWithoutDone", func(http.ResponseWriter, *http.Request, int) {}, io.ErrUnexpectedEOF},
	{"ADroppedConnection", func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }, llm.ErrUnavailable},
	{"ADeadlineInTheMiddle", func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }, context.DeadlineExceeded},
	{"ALineOfNineMegabytes", func(w http.ResponseWriter, _ *http.Request, _ int) {
		line(w, say(strings.Repeat("x", 9<<20)))
		line(w, done)
	}, llm.ErrUnavailable},
	{"A500WithAnEmptyBody", nil, llm.ErrUnavailable},
	{"AnErrorAmongTheLines", func(w http.ResponseWriter, _ *http.Request, _ int) { line(w, `{"error":"the runner has stopped"}`) }, llm.ErrUnavailable},
	{"HalfALine", func(w http.ResponseWriter, _ *http.Request, _ int) { fmt.Fprint(w, `{"message":{"role":"assi`) }, llm.ErrUnavailable},
	{"ALineThatIsNoJSON", func(w http.ResponseWriter, _ *http.Request, _ int) { line(w, `<html>502 Bad Gateway</html>`) }, llm.ErrUnavailable},
	{"Silence", func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }, errQuiet},
}

func TestAFaultyServerIsNeverAShortSuccess(t *testing.T) {
	for _, f := range faults {
		for _, mode := range []Mode{Native, Structured} {
			t.Run(f.name+"/"+string(mode), func(t *testing.T) {
				s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
					if f.then == nil {
						w.WriteHeader(http.StatusInternalServerError)
						return
					}
					line(w, say(`{"meaning":"greets","action":"answer"}`)) // whole as a form, and some words of a text
					f.then(w, r, n)
				})
				m := s.model(t, mode)
				ctx := t.Context()
				switch f.want {
				case context.DeadlineExceeded:
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, 300*time.Millisecond)
					defer cancel()
				case errQuiet:
					m.cfg.Patience = 200 * time.Millisecond
				}
				reply, err := llm.Collect(m.Stream(ctx, request("hi")))
				if !errors.Is(err, f.want) || reply.Stop != "" {
					t.Errorf("got stop %q, %v; want %v", reply.Stop, err, f.want)
				}
				if f.want != context.DeadlineExceeded && !errors.Is(err, llm.ErrUnavailable) {
					t.Errorf("%v does not say that another try may succeed", err)
				}
			})
		}
	}
}

func TestReasoningStaysOutOfReplies(t *testing.T) {
	for name, lines := range map[string][]string{
		"in its own field":       {`{"message":{"role":"assistant","content":"","thinking":"They greet."}}`, say("Hello."), done},
		"in the text":            {say("<think>They greet.</think>\n\nHello."), done},
		"in the text, in pieces": {say("<th"), say("ink>They "), say("greet.</thi"), say("nk>Hel"), say("lo."), done},
	} {
		reply, err := llm.Collect(serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			for _, l := range lines {
				line(w, l)
			}
		}).model(t, Native).Stream(t.Context(), request("hi")))
		if err != nil || reply.Message.Text() != "Hello." || len(reply.Message.Parts) != 2 || reply.Message.Parts[0].Reasoning != "They greet." {
			t.Errorf("%s: got %+v, %v", name, reply.Message, err)
		}
	}
	// What only looks like a tag is text, and reasoning without an end is none.
	var a, b thoughts
	text, _ := a.add("a <thin line, 3 < 4 <")
	rest, _ := a.rest()
	if text+rest != "a <thin line, 3 < 4 <" {
		t.Errorf("got %q and %q", text, rest)
	}
	text, _ = b.add("<think>so far</th")
	if rest, reasoning := b.rest(); text != "" || rest != "" || reasoning != "</th" {
		t.Errorf("got %q, %q, %q", text, rest, reasoning)
	}
}

func TestACallThatTheServerDroppedIsAskedForAgain(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 { // 40 tokens, of which 11 bytes came
			line(w, say("One moment."))
			line(w, strings.Replace(done, `"eval_count":5`, `"eval_count":40`, 1))
			return
		}
		line(w, say(`{"meaning":"asks where order 5531 is","action":"get_order","order":"5531"}`))
		line(w, done)
	})
	reply, err := llm.Collect(s.model(t, Native).Stream(t.Context(), request("where is 5531?")))
	if err != nil {
		t.Fatal(err)
	}
	list := reply.Message.Calls()
	if len(list) != 1 || string(list[0].Args) != `{"order":"5531"}` || reply.Stop != llm.StopCalls || !strings.Contains(reply.Meaning, "dropped a call") {
		t.Errorf("got %+v", reply)
	}
	if s.asked[1]["tools"] != nil || s.asked[1]["format"] == nil {
		t.Error("the call was not asked for by a form alone")
	}
}

func TestAServerThatReadTooLittleIsTold(t *testing.T) {
	read := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		line(w, say("Yes."))
		line(w, strings.Replace(done, `"prompt_eval_count":10`, fmt.Sprintf(`"prompt_eval_count":%d`, read), 1))
	})
	m := s.model(t, Native)
	ask := func(bytes, tokens int) string {
		r := request("so?")
		for size := 0; size < bytes; size += 500 {
			r.Messages = append([]llm.Message{llm.Text(llm.User, strings.Repeat("a", 250)), llm.Text(llm.Assistant, strings.Repeat("b", 250))}, r.Messages...)
		}
		read = tokens
		reply, err := llm.Collect(m.Stream(t.Context(), r))
		if err != nil {
			t.Fatal(err)
		}
		return reply.Meaning
	}
	if got := ask(16000, 4000); got != "" {
		t.Errorf("all was read, and it says %q", got)
	}
	if got := ask(16000, 1000); !strings.Contains(got, "dropped the oldest messages") {
		t.Errorf("most was dropped, and it says %q", got)
	}
	// A tokenizer that needs a token for every byte is learnt from a short
	// request, and the history is cut by that.
	ask(2000, 2300)
	ask(40000, 7000)
	sent := 0
	for _, msg := range s.asked[len(s.asked)-1]["messages"].([]any) {
		sent += len(msg.(map[string]any)["content"].(string))
	}
	if sent > 8192-forAnswer {
		t.Errorf("%d bytes were sent, of which %d tokens have room", sent, 8192-forAnswer)
	}
}

func TestEveryRequestSaysHowMuchContextAndHowLongToStay(t *testing.T) {
	for _, mode := range []Mode{Auto, Native, Structured} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			line(w, say(map[bool]string{true: `{"meaning":"x","action":"answer"}`, false: `{"reply":"Yes."}`}[n == 1]))
			line(w, done)
		})
		s.able = []string{"tools", "thinking"}
		if _, err := llm.Collect(s.model(t, mode).Stream(t.Context(), request("hi"))); err != nil {
			t.Fatal(err)
		}
		if len(s.asked) == 0 {
			t.Errorf("%s: nothing was asked", mode)
		}
		for i, in := range s.asked {
			if o := in["options"].(map[string]any); o["num_ctx"] != float64(8192) || in["keep_alive"] == nil {
				t.Errorf("%s: request %d: %v, keep_alive %v", mode, i, o, in["keep_alive"])
			}
		}
	}
}

func TestCallsHaveIDsOfOurs(t *testing.T) {
	two := strings.Replace(call, `{"function"`, `{"id":"theirs","function":{"name":"get_order","arguments":{"order":"1"}}},{"id":"theirs","function"`, 1)
	reply, err := llm.Collect(serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { line(w, two); line(w, done) }).model(t, Native).Stream(t.Context(), request("hi")))
	if err != nil {
		t.Fatal(err)
	}
	if list := reply.Message.Calls(); len(list) != 2 || list[0].ID == list[1].ID || list[0].ID == "theirs" {
		b, _ := json.Marshal(list) // for the message
		t.Errorf("got %s", b)
	}
}
