package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"parley/memory/store/cluster"
	"parley/tools/mcp/mcptest"
)

// browser starts headless Chromium; without one the test skips, except in CI.
func browser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium on this machine; CI needs one")
		}
		t.Skip("no chromium on this machine: install Debian's chromium to run the browser tests")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 6*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// server runs `parley serve` as its user would, and can be killed.
type server struct {
	cmd *exec.Cmd
	url string
}

// TestMain runs this test program as parley when it is told to, so that tests
// of the whole program need no second build.
func TestMain(m *testing.M) {
	cluster.RunNode() // or as a server of a cluster
	if os.Getenv("PARLEY_TEST_MAIN") == "1" {
		main()
	}
	if spec := os.Getenv("PARLEY_TEST_LIFE"); spec != "" {
		if err := live(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	mcptest.Main() // or as an outside MCP server
	os.Exit(m.Run())
}

func startServer(t *testing.T, data, addr string, more ...string) *server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: exec.Command(self, append([]string{"serve", "--data", data, "--addr", addr, "--model", "builtin"}, more...)...)}
	s.cmd.Env = append(os.Environ(), "PARLEY_TEST_MAIN=1")
	var errs bytes.Buffer
	s.cmd.Stderr = &errs
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	line := make(chan string, 1)
	go func() {
		b := make([]byte, 4096)
		n, _ := out.Read(b)
		line <- string(b[:n])
	}()
	select {
	case l := <-line:
		_, rest, ok := strings.Cut(l, "Parley is at ")
		if !ok {
			t.Fatalf("serve said %q\n%s", l, errs.String())
		}
		s.url = strings.Fields(rest)[0]
	case <-time.After(2 * time.Minute):
		t.Fatalf("serve said nothing in 2 minutes\n%s", errs.String())
	}
	return s
}

func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

const inChat = `document.querySelector('parley-chat').shadowRoot`

// shoot takes a picture into $PARLEY_SHOTS, when it is set.
func shoot(name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		dir := os.Getenv("PARLEY_SHOTS")
		if dir == "" {
			return nil
		}
		var b []byte
		if err := chromedp.CaptureScreenshot(&b).Do(ctx); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644)
	})
}

// until polls an expression of the page until it is true.
func until(expression string) chromedp.Action {
	return chromedp.Poll(expression, nil, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(time.Minute))
}

func say(text string) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf(`document.querySelector('parley-chat').send(%q)`, text), nil)
}

func TestShopperInTheBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	ctx := browser(t)
	data := filepath.Join(t.TempDir(), "data")
	s := startServer(t, data, "127.0.0.1:0")
	addr := strings.TrimPrefix(s.url, "http://")
	var complaints []string
	chromedp.ListenTarget(ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok && e.Entry.Level == log.LevelError && !strings.Contains(e.Entry.URL, "/v1/") && !strings.Contains(e.Entry.URL, "favicon") {
			complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	})
	run := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, actions...); err != nil {
			var html string
			_ = chromedp.Run(ctx, chromedp.Evaluate(inChat+`.querySelector('.log').textContent`, &html))
			t.Fatalf("%s: %v\nthe chat shows: %s", what, err, html)
		}
	}
	run("the shop opens", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), until(`document.querySelectorAll('.tile').length > 10`), shoot("grid-1280"))
	run("the chat answers with cards",
		chromedp.Evaluate(`document.querySelector('parley-chat').open()`, nil), until(inChat+`.querySelectorAll('.chip').length >= 3`), shoot("empty-1280"),
		say("waterproof jacket under 60"), until(inChat+`.querySelectorAll('.card').length >= 3 && `+inChat+`.querySelectorAll('.bot').length >= 2`), shoot("cards-1280"))
	run("a comparison is a table", say("compare the first two"), until(inChat+`.querySelectorAll('table tr').length > 3`), shoot("compare-1280"))
	var before, after string
	run("the text is read", until(inChat+`.querySelectorAll('.chips').length >= 0`), chromedp.Evaluate(inChat+`.querySelector('.log').textContent`, &before))

	s.kill() // as a crash would
	run("a message waits while the server is away", say("do you have tents?"), until(inChat+`.querySelector('.me[data-state]') !== null`), shoot("offline-1280"))
	s = startServer(t, data, addr)
	run("it is sent and answered once the server is back", until(inChat+`.querySelectorAll('.me[data-state]').length === 0 && `+inChat+`.querySelectorAll('.row').length >= 2`))
	run("a reload keeps the conversation", chromedp.Reload(), until(inChat+`.querySelectorAll('.me').length === 3 && `+inChat+`.querySelectorAll('table').length === 1`),
		chromedp.Evaluate(inChat+`.querySelector('.log').textContent`, &after))
	if !strings.Contains(after, "waterproof jacket under 60") || strings.Count(after, "do you have tents?") != 1 {
		t.Errorf("after a crash and a reload the chat shows: %s", after)
	}
	var overflow bool
	run("a phone shows it whole", emulation.SetDeviceMetricsOverride(360, 740, 1, true), chromedp.Navigate(s.url), until(`document.querySelectorAll('.tile').length > 10`), until(inChat+`.querySelectorAll('.me').length === 3`),
		say("有没有四人帐篷"), until(inChat+`.querySelectorAll('.me').length === 4 && `+inChat+`.querySelector('.log').textContent.includes('Ridge 4 四人帐篷')`), until(inChat+`.querySelector('.log').textContent.includes('加入购物车')`), shoot("chat-zh-360"),
		chromedp.Evaluate(`document.documentElement.scrollWidth > 361 || `+inChat+`.querySelector('.panel').getBoundingClientRect().width > 361`, &overflow))
	if overflow {
		t.Error("the page or the chat is wider than a phone of 360 px")
	}
	run("Escape closes", chromedp.Evaluate(inChat+`.querySelector('textarea').dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))`, nil),
		until(`!document.querySelector('parley-chat').hasAttribute('data-open')`), shoot("grid-360"))
	run("the product page", chromedp.Navigate(s.url+"/p/FH-101"), until(`document.querySelector('form.buy') !== null`), shoot("product-360"),
		chromedp.EmulateViewport(1280, 800), shoot("product-1280"))
	if _, err := chromedp.RunResponse(ctx, chromedp.Evaluate(`(() => { const s = document.querySelector('select[name=id]'); s.value = 'C1007'; s.form.requestSubmit(); })()`, nil)); err != nil {
		t.Fatalf("sign in: %v", err)
	}
	run("signed in, an order is cancelled by its button, once",
		until(`document.querySelector('select[name=id]')?.value === 'C1007' && (document.querySelector('parley-chat')?.getAttribute('customer') ?? '') !== ''`),
		chromedp.Evaluate(`document.querySelector('parley-chat').open()`, nil), say("cancel order 1042"),
		until(inChat+`.querySelectorAll('.acts .yes').length === 1 && [...`+inChat+`.querySelectorAll('.me')].at(-1).firstChild.data === 'cancel order 1042' && [...`+inChat+`.querySelector('.log').children].at(-2).firstChild.data === 'cancel order 1042'`), shoot("confirm-1280"),
		chromedp.Evaluate(inChat+`.querySelector('.acts .yes').click()`, nil),
		until(inChat+`.querySelectorAll('.acts').length === 0 && /1042 is cancelled/.test(`+inChat+`.querySelector('.log').textContent)`), shoot("cancelled-1280"),
		say("I want to talk to a person"), until(inChat+`.querySelectorAll('.note').length >= 1`), shoot("handoff-1280"))
	if len(complaints) > 0 {
		t.Errorf("the browser's console complains:\n%s", strings.Join(complaints, "\n"))
	}
}
