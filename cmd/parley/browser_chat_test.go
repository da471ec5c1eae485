package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// does performs actions on a page and shows what the chat held when one fails.
func does(t *testing.T, page context.Context, what string, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(page, actions...); err != nil {
		var text string
		_ = chromedp.Run(page, chromedp.Evaluate(inChat+`.querySelector('.panel').innerText`, &text))
		t.Fatalf("%s: %v\nthe chat shows: %s", what, err, text)
	}
}

const (
	opens  = `document.querySelector('parley-chat').open()`
	atRest = inChat + `.querySelectorAll('.me').length > 0 && ` + inChat + `.querySelectorAll('.me[data-state]').length === 0`
)

// shown counts the shopper's bubbles with a text.
func shown(text string, n int) string {
	return fmt.Sprintf(`[...%s.querySelectorAll('.me')].filter((m) => m.firstChild.data === %q).length === %d`, inChat, text, n)
}

func TestTheChatLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	page := browser(t)
	data := filepath.Join(t.TempDir(), "data")
	s := startServer(t, data, "127.0.0.1:0")
	addr := strings.TrimPrefix(s.url, "http://")
	does(t, page, "a message that is too long stays in its box",
		chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), until(`customElements.get('parley-chat')`), chromedp.Evaluate(opens, nil),
		chromedp.Evaluate(`(() => { const b = `+inChat+`.querySelector('textarea'); b.value = '帐'.repeat(8001); b.form.requestSubmit(); })()`, nil),
		until(inChat+`.querySelector('textarea').value.length === 8001 && `+inChat+`.querySelector('.state').textContent.includes('8001') && `+inChat+`.querySelectorAll('.me').length === 0`))
	does(t, page, "one that is as long as can be is stored",
		chromedp.Evaluate(`(() => { const b = `+inChat+`.querySelector('textarea'); b.value = '🏕'.repeat(7000); b.form.requestSubmit(); })()`, nil),
		until(atRest), until(inChat+`.querySelectorAll('.bot').length >= 2`))

	other, cancel := chromedp.NewContext(page)
	defer cancel()
	does(t, other, "a second tab shows the same conversation", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), until(`customElements.get('parley-chat')`), chromedp.Evaluate(opens, nil), until(atRest))
	s.kill()
	does(t, page, "the first tab keeps its message", say("from the first"), until(inChat+`.querySelector('.me[data-state]') !== null`))
	does(t, other, "the second tab keeps its message", say("from the second"), until(inChat+`.querySelector('.me[data-state]') !== null`))
	does(t, page, "the first is left before it could send", chromedp.Navigate("about:blank"))
	s = startServer(t, data, addr)
	does(t, other, "the second sends its own", until(shown("from the second", 1)), until(atRest))
	if err := chromedp.Cancel(other); err != nil { // and goes
		t.Fatal(err)
	}
	does(t, page, "the first has both, once each, also after a reload", chromedp.Navigate(s.url), until(shown("from the first", 1)+" && "+shown("from the second", 1)), until(atRest),
		chromedp.Reload(), until(shown("from the first", 1)+" && "+shown("from the second", 1)), until(atRest))

	third, cancel := chromedp.NewContext(page)
	defer cancel()
	does(t, third, "another tab", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), until(`customElements.get('parley-chat')`), chromedp.Evaluate(opens, nil), until(shown("from the first", 1)))
	does(t, page, "a new chat is begun", chromedp.Evaluate(`[...`+inChat+`.querySelectorAll('.menu button')].find((b) => b.textContent === 'Start a new chat' || b.textContent === '开始新对话').click()`, nil),
		say("a fresh start"), until(shown("a fresh start", 1)), until(atRest))
	does(t, third, "the other tab follows it there", until(shown("a fresh start", 1)+" && "+shown("from the first", 0)))
}

func TestTheChatAddsToTheBasketAndTheShopTellsWhatHappened(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	page := browser(t)
	var mu sync.Mutex
	var events []string
	chromedp.ListenTarget(page, func(ev any) {
		e, ok := ev.(*network.EventRequestWillBeSent)
		if !ok || !strings.HasSuffix(e.Request.URL, "/v1/events") {
			return
		}
		for _, part := range e.Request.PostDataEntries {
			var body struct {
				Batch []struct {
					Event      string
					Properties struct {
						Product  string `json:"product_id"`
						Name     string
						Price    float64
						Total    float64
						Products []any
					}
				}
			}
			b, err := base64.StdEncoding.DecodeString(part.Bytes)
			if err != nil || json.Unmarshal(b, &body) != nil {
				continue
			}
			mu.Lock()
			for _, x := range body.Batch {
				told := x.Event
				if p := x.Properties; p.Name != "" || len(p.Products) > 0 { // it says of what
					told += "+"
				}
				events = append(events, told)
			}
			mu.Unlock()
		}
	})
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "127.0.0.1:0")
	inBasket := func(n int) string { return fmt.Sprintf(`document.querySelector('.count').textContent === '%d'`, n) }
	does(t, page, "a card's button puts the product into the basket, with its name and price", network.Enable(),
		chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url+"/?q=tent"), until(`document.querySelectorAll('.tile').length > 3 && customElements.get('parley-chat')`), chromedp.Evaluate(opens, nil),
		say("waterproof jacket under 60"), until(inChat+`.querySelectorAll('.card .go').length >= 3`), chromedp.Evaluate(inChat+`.querySelector('.card .go').click()`, nil), until(inBasket(1)),
		chromedp.Evaluate(`document.querySelector('.open-basket').click()`, nil), until(`/Jacket/.test(document.querySelector('.basket li').textContent) && /\$[1-9]/.test(document.querySelector('.sum').textContent)`),
		chromedp.Evaluate(`document.querySelector('.shut', document.querySelector('dialog')).click()`, nil))
	if _, err := chromedp.RunResponse(page, chromedp.Evaluate(`document.querySelector('.tile a').click()`, nil)); err != nil {
		t.Fatal(err)
	}
	does(t, page, "options choose a variant, and all that is bought together goes in at once", until(`document.querySelector('form.buy .option') !== null`),
		chromedp.Evaluate(`document.querySelector('form.buy').requestSubmit()`, nil), until(inBasket(2)), shoot("basket-1280"),
		chromedp.Evaluate(`document.querySelector('dialog').close()`, nil), chromedp.Evaluate(`document.querySelector('.addall').click()`, nil), until(`Number(document.querySelector('.count').textContent) >= 5`),
		chromedp.Evaluate(`document.querySelector('.many button').click()`, nil), chromedp.Evaluate(`document.querySelector('.checkout').click()`, nil), until(inBasket(0)))
	var twice bool
	does(t, page, "nothing stands in both rows", chromedp.Evaluate(`(() => { const ids = [...document.querySelectorAll('main [data-click]')].map((a) => a.dataset.click); return new Set(ids).size < ids.length; })()`, &twice))
	if twice {
		t.Error("a product is recommended twice on one page")
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"Products Searched", "Product List Viewed+", "Product Clicked+", "Product Viewed+", "Product Added+", "Product Removed+", "Cart Viewed+", "Checkout Started+", "Order Completed+"} {
		if !slices.Contains(events, want) {
			t.Errorf("no %s among %v", want, events)
		}
	}
}

func TestTheChatsMenu(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	page := browser(t)
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "127.0.0.1:0")
	press := func(text string) chromedp.Action {
		return chromedp.Evaluate(fmt.Sprintf(`[...%s.querySelectorAll('button')].findLast((b) => b.textContent === %q).click()`, inChat, text), nil)
	}
	holds := func(text string) chromedp.Action {
		return until(fmt.Sprintf(`%s.querySelector('.log').textContent.includes(%q)`, inChat, text))
	}
	does(t, page, "what is kept is shown", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), until(`customElements.get('parley-chat')`), chromedp.Evaluate(opens, nil),
		say("please remember that my size is M"), holds("Noted"), until(atRest),
		press("What do you know about me?"), holds("Kept about you"))
	does(t, page, "an ended chat is rated, once that is stored", press("End chat"), until(inChat+`.querySelector('form').hidden`), press("Yes"), until(inChat+`.querySelector('.ended').textContent.includes('Thank you') && localStorage.getItem('parley.queue') === null`),
		chromedp.Reload(), holds("Kept about you"))
	does(t, page, "what is forgotten goes from sight, and a new conversation begins", press("Forget me"), until(inChat+`.querySelector('.acts .yes') !== null`), press("Forget everything"), holds("Receipt"),
		until(inChat+`.querySelectorAll('.me').length === 0`), say("do you have tents?"), until(inChat+`.querySelectorAll('.card').length > 1`), chromedp.Reload(), until(inChat+`.querySelectorAll('.me').length === 1 && !`+inChat+`.querySelector('.log').textContent.includes('size M')`))
}

// tellsWelcome has the chat note that the server's own first frame has come,
// which says who answers.
const tellsWelcome = `(() => { const chat = document.querySelector('parley-chat'), frame = chat.frame; chat.frame = (f) => { frame.call(chat, f); chat.welcomed ||= f.type === 'welcome'; }; })()`

// What a person says, as the server sends it, and an answer that was faster
// than its question.
func TestTheChatShowsAPerson(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	page := browser(t)
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "127.0.0.1:0")
	entry := func(seq int, id, role, name, kind, body, at, more string) string {
		return fmt.Sprintf(`document.querySelector('parley-chat').frame({type: 'entry', seq: %d, id: %q, from: {role: %q, name: %q}, kind: %q, body: %s, at: %q%s})`, seq, id, role, name, kind, body, at, more)
	}
	does(t, page, "a person comes, says something, and goes",
		emulation.SetDeviceMetricsOverride(360, 740, 1, true), chromedp.Navigate(s.url), until(`customElements.get('parley-chat')`), chromedp.Evaluate(tellsWelcome, nil), chromedp.Evaluate(opens, nil), until(`document.querySelector('parley-chat').welcomed`),
		chromedp.Evaluate(entry(1, "m1", "shopper", "", "text", `{text: 'a person please'}`, "2026-03-01T10:00:00Z", ""), nil),
		chromedp.Evaluate(entry(2, "m1/1", "assistant", "", "handoff", `{state: 'requested'}`, "2026-03-01T10:00:01Z", ", answers: 'm1'"), nil),
		until(inChat+`.querySelector('.head small').textContent === 'Waiting for a person'`),
		chromedp.Evaluate(entry(3, "h1", "system", "", "handoff", `{state: 'claimed', who: 'Ana', text: 'Ana is here now.'}`, "2026-03-02T10:00:00Z", ""), nil),
		chromedp.Evaluate(entry(4, "s1", "staff", "Ana", "text", `{text: 'Hello, Ana here.'}`, "2026-03-02T10:00:01Z", ""), nil),
		until(inChat+`.querySelector('.head small').textContent === 'Ana' && `+inChat+`.querySelector('.bot .who').textContent === 'AAna' && `+inChat+`.querySelectorAll('.day').length === 2`), shoot("person-360"),
		chromedp.Evaluate(entry(5, "h2", "system", "", "handoff", `{state: 'returned', who: 'Ana', text: 'The assistant is back.'}`, "2026-03-02T10:05:00Z", ""), nil),
		until(inChat+`.querySelector('.head small').textContent === 'Assistant' && !`+inChat+`.querySelector('.log').textContent.includes('undefined')`))
	does(t, page, "an answer that was faster than its question stands after it",
		chromedp.Evaluate(`document.querySelector('parley-chat').frame({type: 'delta', of: 'm2', at: 0, text: 'You are '})`, nil),
		chromedp.Evaluate(entry(6, "m2", "shopper", "", "text", `{text: 'thanks'}`, "2026-03-02T10:06:00Z", ""), nil),
		chromedp.Evaluate(entry(7, "m2/1", "assistant", "", "text", `{text: 'You are welcome.'}`, "2026-03-02T10:06:01Z", ", answers: 'm2'"), nil),
		chromedp.Evaluate(`document.querySelector('parley-chat').frame({type: 'delta', of: 'm2', at: 0, text: 'You are '})`, nil),
		until(`[...`+inChat+`.querySelectorAll('.me,.bot')].slice(-2).map((e) => e.firstChild.data).join('|') === 'thanks|You are welcome.'`))
}

// A slow Ollama, to be interrupted.
func slowOllama(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/tags", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"models":[{"name":"slow","model":"slow"}]}`))
	})
	mux.HandleFunc("POST /api/show", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"capabilities":["completion","tools"]}`))
	})
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		for n := range 4 {
			fmt.Fprintf(w, `{"message":{"role":"assistant","content":"This is sentence number %d of a slow answer. "}}`+"\n", n+1)
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done() // and never ends
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return srv
}

func TestAnAnswerCutInTheMiddleComesBackWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	for name, end := range map[string]func(*testing.T, *server){
		"kill -9": func(_ *testing.T, s *server) { s.kill() },
		"a stop": func(t *testing.T, s *server) {
			if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := s.cmd.Wait(); err != nil {
				t.Errorf("serve ended with %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			page := browser(t)
			data := filepath.Join(t.TempDir(), "data")
			t.Setenv("OLLAMA_HOST", slowOllama(t).URL)
			s := startServer(t, data, "127.0.0.1:0", "--model", "ollama:slow", "--ollama-tools", "native")
			addr := strings.TrimPrefix(s.url, "http://")
			does(t, page, "an answer begins", emulation.SetDeviceMetricsOverride(360, 740, 1, true), chromedp.Navigate(s.url), until(`customElements.get('parley-chat')`), chromedp.Evaluate(opens, nil),
				say("do you have tents?"), until(inChat+`.querySelector('.log').textContent.includes('number 1')`), shoot("streaming-360"))
			end(t, s)
			startServer(t, data, addr) // with the builtin model, which ends
			does(t, page, "it is answered again, whole and once, and a reload shows the same", until(inChat+`.querySelectorAll('.card').length > 0 && !`+inChat+`.querySelector('.log').textContent.includes('number 1')`),
				chromedp.Reload(), until(inChat+`.querySelectorAll('.card').length > 0`), until(shown("do you have tents?", 1)), until(inChat+`.querySelectorAll('.row').length === 1`))
		})
	}
}
