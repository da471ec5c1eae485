package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func lines(t testing.TB, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// TestFoundAndLeft is the package's measure: what is found is found to the
// letter, and the language of a shop is left alone.
func TestFoundAndLeft(t *testing.T) {
	found, left := lines(t, "testdata/found.tsv"), lines(t, "testdata/left.txt")
	if len(found) < 60 || len(left) < 60 {
		t.Fatalf("%d to find and %d to leave are too few to measure with", len(found), len(left))
	}
	hit, missed, wrong := 0, 0, 0
	for _, line := range found {
		text, want, ok := strings.Cut(line, "\t")
		if !ok {
			t.Fatalf("%q has no tab", line)
		}
		got := Text(text)
		if got == want {
			hit++
			continue
		}
		missed++
		t.Errorf("%q\n got %q\nwant %q", text, got, want)
	}
	for _, text := range left {
		if got := Text(text); got != text {
			wrong++
			t.Errorf("%q should stay, got %q", text, got)
		}
	}
	t.Logf("recall %.3f (%d of %d), precision %.3f (%d texts of a shop left alone)",
		float64(hit)/float64(hit+missed), hit, hit+missed, float64(hit)/float64(max(1, hit+wrong)), len(left)-wrong)
}

// The people that scripts and attacks make up.
var madeUp = regexp.MustCompile(`@(?:[\w-]+\.)?example\b|Mill Road|Harbor Street|Elm Street|文三路|世纪大道|swordfish`)

// TestTheShopsOwnTextsAreLeft reads the demo shop's catalogue, pages and
// policies, and every script: none of them holds anything of a person, but for
// the made-up people in what shoppers write there.
func TestTheShopsOwnTextsAreLeft(t *testing.T) {
	read := 0
	for _, root := range []string{"../../cmd/parley/demo", "../../testdata"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			ext := filepath.Ext(file)
			if err != nil || d.IsDir() || ext != ".yaml" && ext != ".jsonl" && ext != ".html" {
				return err
			}
			for i, line := range lines(t, file) {
				read += len(line)
				for _, f := range find(line) {
					if strings.Contains(file, "testdata") && madeUp.MatchString(line) {
						continue
					}
					t.Errorf("%s:%d: %s %q", file, i+1, f.kind, line[f.from:f.to])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 200_000 {
		t.Errorf("only %d bytes were read", read)
	}
}

func TestTwiceIsOnce(t *testing.T) {
	for _, line := range append(lines(t, "testdata/found.tsv"), lines(t, "testdata/left.txt")...) {
		once := Text(line)
		if twice := Text(once); twice != once {
			t.Errorf("%q\n once %q\ntwice %q", line, once, twice)
		}
	}
}

func TestNumbersAreGivenByTheCaller(t *testing.T) {
	seen := map[string]int{}
	got := Public(nil).Replace("a@b.io, c@d.io, a@b.io, 4111111111111111", func(k Kind, v string) int {
		if seen[v] == 0 {
			seen[v] = len(seen) + 1
		}
		return seen[v]
	})
	if want := "[email 1], [email 2], [email 1], [card 1111]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatIsPublicStays(t *testing.T) {
	p := PublicIn("Write to help@fernhill.example or call +1 (800) 555-0199. Card 4111111111111111.")
	got := p.Text("I wrote to HELP@fernhill.example and called 1-800-555-0199 from anna@example.com with 4111111111111111")
	if want := "I wrote to HELP@fernhill.example and called 1-800-555-0199 from [email] with [card 1111]"; got != want {
		t.Errorf("got %q", got)
	}
	if got := p.Text("call +1 800 555 0199"); got != "call +1 800 555 0199" {
		t.Errorf("got %q", got)
	}
}

func TestJSONStaysJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"a": "x",  "n": 1299.00}`:                                    `{"a": "x",  "n": 1299.00}`,
		`{"email":"anna@example.com","order":"1042"}`:                  `{"email":"[email]","order":"1042"}`,
		`{"password":"wrong","q":["my pin is 1234"]}`:                  `{"password":"[secret]","q":["my pin is [secret]"]}`,
		`{"to":{"street":"Chaussée 5","city":"Brussels"},"zip":10423}`: `{"to":{"street":"[address]","city":"Brussels"},"zip":10423}`,
		`{"n":4111111111111111,"t":1772359200123456789}`:               `{"n":"[card 1111]","t":1772359200123456789}`,
		`["a\"b <anna@example.com> \u4f60"]`:                           `["a\"b <[email]> 你"]`,
		`{"anna@example.com":[{"x":1}]}`:                               `{"[email]":[{"x":1}]}`,
		`"4111 1111 1111 1111"`:                                        `"[card 1111]"`,
		`{"phone":"yes","phones":[{"phone":"555 0123"}]}`:              `{"phone":"yes","phones":[{"phone":"[phone]"}]}`,
		`not json anna@example.com`:                                    `"not json [email]"`,
	} {
		got := JSON(json.RawMessage(in))
		if string(got) != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
		if again := JSON(got); !bytes.Equal(again, got) {
			t.Errorf("%s again is %s", got, again)
		}
	}
}

type moody struct{}

func (moody) Error() string { panic("no words") }

func TestLogsHoldNone(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(Handler(slog.NewTextHandler(&b, nil)))
	log = log.With("who", "anna@example.com").WithGroup("turn")
	log.Error("card 4111 1111 1111 1111 refused", "error", fmt.Errorf("no order for %s", "bob@example.com"), "token", "abc",
		slog.Group("in", "text", "call 415-555-0123"), "args", json.RawMessage(`{"email":"c@example.com"}`), "n", 42, "order", "1042",
		"card", int64(4111111111111111), "all", struct{ Mail string }{"d@example.com"}, "bad", moody{})
	got := b.String()
	for _, leak := range []string{"anna@", "bob@", "c@example", "d@example", "4111", "abc", "0123"} {
		if strings.Contains(got, leak) {
			t.Errorf("%q is in the log: %s", leak, got)
		}
	}
	for _, kept := range []string{"turn.n=42", "turn.order=1042", "[card 1111] refused", "no order for [email]", "turn.in.text="} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is not in the log: %s", kept, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, line := range append(lines(f, "testdata/found.tsv"), lines(f, "testdata/left.txt")...) {
		f.Add(line)
	}
	f.Add("\xff4111111111111111\xe5")
	f.Fuzz(func(t *testing.T, s string) {
		once := Text(s)
		if twice := Text(once); twice != once {
			t.Errorf("%q: once %q, twice %q", s, once, twice)
		}
		if utf8.ValidString(s) && !utf8.ValidString(once) {
			t.Errorf("%q became %q, which is no text", s, once)
		}
		b, err := json.Marshal(map[string]any{"text": s, s: []string{s}})
		if err != nil {
			return
		}
		clean := JSON(b)
		if !json.Valid(clean) {
			t.Errorf("%s became %s", b, clean)
		}
		if again := JSON(clean); !bytes.Equal(again, clean) {
			t.Errorf("%s: once %s, twice %s", b, clean, again)
		}
	})
}

func BenchmarkText(b *testing.B) {
	for name, text := range map[string]string{
		"plain":   "Hi, where is my order #1042? I ordered it on 3 March and paid $84.00 by card, it should have come last week.",
		"chinese": "你好，我的订单1042什么时候到？我3月1日下的单，付了84元，上周就该到了，麻烦帮我看一下，谢谢。",
		"finds":   "My e-mail is anna@example.com, please send order 1042 to 12 Oak Street, Portland, OR 97201 or call 415-555-0123.",
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Text(text)
			}
		})
	}
}
