package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// follow does something that leads to another page, and waits until it is there.
func follow(t *testing.T, page context.Context, what, script string) {
	t.Helper()
	if _, err := chromedp.RunResponse(page, chromedp.Evaluate(script, nil)); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// press is a script that presses the button or link of a page with a text.
func press(text string) string {
	return fmt.Sprintf(`(() => { const b = [...document.querySelectorAll('main button, main a, header button, summary')].find((b) => b.firstChild.textContent.trim() === %[1]q || (b.getAttribute('aria-label') ?? '').startsWith(%[1]q)); if (!b) throw new Error('no button ' + %[1]q); b.click(); })()`, text)
}

// on performs actions on the page of what is kept, and shows it when one fails.
// The page that a ticket leads to goes on by itself: what looked at it then
// looks again.
func on(t *testing.T, page context.Context, what string, actions ...chromedp.Action) {
	t.Helper()
	err := chromedp.Run(page, actions...)
	for range 5 {
		if err != nil && (strings.Contains(err.Error(), "navigated or closed") || strings.Contains(err.Error(), "context was destroyed")) {
			err = chromedp.Run(page, actions...)
		}
	}
	if err != nil {
		var text string
		_ = chromedp.Run(page, chromedp.Evaluate(`location.href + '\n' + document.body.innerText`, &text))
		t.Fatalf("%s: %v\nthe page shows: %s", what, err, text)
	}
}

func shows(text string) chromedp.Action {
	return until(fmt.Sprintf(`!!document.body?.innerText.toLowerCase().includes(%q)`, strings.ToLower(text)))
}

// download fetches a link of the page as the browser would: the page itself may
// connect to nothing.
func download(link string, into *string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		var at string
		if err := chromedp.Evaluate(link, &at).Do(ctx); err != nil {
			return err
		}
		cookies, err := network.GetCookies().WithURLs([]string{at}).Do(ctx)
		if err != nil {
			return err
		}
		q, err := http.NewRequestWithContext(ctx, "GET", at, nil)
		if err != nil {
			return err
		}
		for _, c := range cookies {
			if c.Name == "parley-privacy" && (!c.HTTPOnly || c.SameSite != network.CookieSameSiteStrict) {
				return fmt.Errorf("the cookie is %+v", c)
			}
			q.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		*into = string(b)
		return err
	})
}

func TestThePageOfWhatIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	page := browser(t)
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "127.0.0.1:0")
	var complaints []string
	chromedp.ListenTarget(page, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok && e.Entry.Level == log.LevelError && !strings.Contains(e.Entry.URL, "/v1/") && !strings.Contains(e.Entry.Text, "401") {
			complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	})
	remembers := func(words string) []chromedp.Action {
		return []chromedp.Action{chromedp.Evaluate(opens, nil), say(words), until(inChat + `.querySelector('.log').textContent.includes('Noted')`), until(atRest)}
	}
	ready := until(`!!(customElements.get('parley-chat') && document.querySelector('parley-chat').link)`)
	does(t, page, "a guest has something remembered", append([]chromedp.Action{chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), ready}, remembers("please remember that my size is M")...)...)

	// The menu opens it in a window of its own.
	opened := chromedp.WaitNewTarget(page, func(i *target.Info) bool { return i.Type == "page" })
	does(t, page, "the menu has it", chromedp.Evaluate(fmt.Sprintf(`[...%s.querySelectorAll('.menu button')].find((b) => b.textContent === 'My data').click()`, inChat), nil))
	tab, cancel := chromedp.NewContext(page, chromedp.WithTargetID(<-opened))
	defer cancel()
	on(t, tab, "the menu's page", chromedp.EmulateViewport(1280, 800), shows("you wear size M"), shows("You are a guest"), shoot("privacy-guest-1280"),
		until(`window.opener === null && !location.search.includes('ticket')`))
	if err := chromedp.Cancel(tab); err != nil {
		t.Fatal(err)
	}

	follow(t, page, "sign in", `(() => { const s = document.querySelector('select[name=id]'); s.value = 'C1007'; s.form.requestSubmit(); })()`)
	does(t, page, "the customer has something remembered", append([]chromedp.Action{ready}, remembers("please remember that I am allergic to wool")...)...)
	follow(t, page, "the shop's footer", `document.querySelector('.mydata').click()`)
	on(t, page, "it shows what is theirs", shows("you are allergic to wool"), shows("Signed in as"), shows("1 conversation"), shoot("privacy-1280"))
	follow(t, page, "Chinese", `document.querySelector('.lang').click()`)
	on(t, page, "in Chinese too", shows("您对羊毛过敏"), shoot("privacy-zh-1280"))
	follow(t, page, "English", `document.querySelector('.lang').click()`)
	var wide bool
	on(t, page, "a phone shows it whole", emulation.SetDeviceMetricsOverride(360, 740, 1, true), shows("you are allergic to wool"), shoot("privacy-360"),
		chromedp.Evaluate(`document.documentElement.scrollWidth > 360`, &wide), chromedp.Evaluate(`window.scrollTo(0, document.body.scrollHeight)`, nil), shoot("privacy-360-below"))
	if wide {
		t.Error("the page is wider than a phone of 360 px")
	}
	var small []string
	on(t, page, "every target is big enough", chromedp.Evaluate(`[...document.querySelectorAll('a, button, summary, input:not([type=hidden])')].filter((b) => b.offsetParent && b.getBoundingClientRect().height < 24).map((b) => b.outerHTML)`, &small))
	if len(small) > 0 {
		t.Errorf("too small to press: %v", small)
	}
	on(t, page, "a fact can be changed", chromedp.Evaluate(press("Change"), nil), until(`document.querySelector('details[open] input[name=value]').offsetParent !== null`),
		chromedp.Evaluate(`window.scrollTo(0, 0)`, nil), shoot("privacy-change-360"), chromedp.Evaluate(`document.querySelector('details input[name=value]').value = 'down'`, nil))
	follow(t, page, "save", press("Save"))
	on(t, page, "it is changed", shows("It is changed."), shows("you are allergic to down"), shows("“down”"))
	follow(t, page, "allow", press("Allow remembering"))
	on(t, page, "it is allowed", shows("The assistant may remember"), shows("You allowed it on"), chromedp.Evaluate(`document.querySelector('#h-consent').scrollIntoView()`, nil), shoot("privacy-consent-360"))
	follow(t, page, "stop", press("Stop remembering"))
	on(t, page, "it is stopped", shows("Nothing new is remembered"), shows("You stopped it on"))
	follow(t, page, "forget one", press("Forget: "))
	on(t, page, "one is forgotten", shows("It is forgotten."), shows("Nothing."), until(`!document.body.innerText.includes('down')`), chromedp.EmulateViewport(1280, 800))
	var all, one string
	on(t, page, "everything can be taken along", download(`document.querySelector('a[download]').href`, &all), download(`document.querySelector('td a').href`, &one))
	if !strings.Contains(all, `"format": "parley-customer-1"`) || !strings.Contains(all, "allergic to wool") || !strings.Contains(one, "allergic to wool") {
		t.Errorf("the export is %.300s, the conversation %.300s", all, one)
	}
	follow(t, page, "forget everything", press("Forget everything…"))
	on(t, page, "it asks first", shows("It can't be undone"), shoot("privacy-erase-1280"))
	follow(t, page, "think again", press("Keep it"))
	follow(t, page, "forget everything", press("Forget everything…"))
	on(t, page, "on a phone too", emulation.SetDeviceMetricsOverride(360, 740, 1, true), shoot("privacy-erase-360"))
	follow(t, page, "yes", press("Forget everything"))
	on(t, page, "there is a receipt", shows("Your receipt is E-"), shoot("privacy-receipt-360"))
	on(t, page, "the page is closed then", chromedp.Navigate(s.url+"/privacy"), shows("This page is closed"), shoot("privacy-closed-360"))
	follow(t, page, "back to the shop", press("Back to the shop"))
	does(t, page, "the conversation is gone", ready, chromedp.Evaluate(opens, nil), until(inChat+`.querySelectorAll('.chip').length >= 3 && `+inChat+`.querySelectorAll('.me').length === 0`))
	follow(t, page, "the footer again", `document.querySelector('.mydata').click()`)
	on(t, page, "nothing is kept", shows("Signed in as"), until(`document.body.innerText.split('Nothing.').length === 2 && document.body.innerText.includes('None.')`))
	follow(t, page, "close", press("Close this page"))
	on(t, page, "it is closed by its button", shows("This page is closed"), chromedp.Navigate(s.url+"/privacy?lang=zh"), shows("本页已关闭"))
	if len(complaints) > 0 {
		t.Errorf("the browser's console complains:\n%s", strings.Join(complaints, "\n"))
	}
}
