package main

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// A computer that several people use, one after the other, with a page of the one
// before still open.
func TestOneComputerForSeveralPeople(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser test")
	}
	page := browser(t)
	s := startServer(t, filepath.Join(t.TempDir(), "data"), "127.0.0.1:0")
	ready := until(`!!(customElements.get('parley-chat') && document.querySelector('parley-chat').link)`)
	empty := until(inChat + `.querySelectorAll('.chip').length >= 3 && ` + inChat + `.querySelectorAll('.me').length === 0`)
	signs := func(id string) {
		t.Helper()
		follow(t, page, "sign in as "+id, fmt.Sprintf(`(() => { const s = document.querySelector('select[name=id]'); s.value = %q; s.form.requestSubmit(); })()`, id))
	}
	does(t, page, "a guest asks", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), ready, chromedp.Evaluate(opens, nil), say("do you have tents?"), until(shown("do you have tents?", 1)), until(atRest))
	signs("C1007")
	does(t, page, "who signs in goes on with it", ready, until(shown("do you have tents?", 1)), say("for Grace alone"), until(shown("for Grace alone", 1)), until(atRest))

	other, cancel := chromedp.NewContext(page)
	defer cancel()
	does(t, other, "a second page of the same customer", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(s.url), ready, chromedp.Evaluate(opens, nil), until(shown("for Grace alone", 1)))
	signs("")
	does(t, page, "who signs out begins anew", ready, chromedp.Evaluate(opens, nil), empty)
	does(t, other, "the page of the one before says that it is late, and sends nothing", until(inChat+`.querySelector('.state').textContent.includes('another page')`), say("from a late page"), until(`localStorage.getItem('parley.queue') === null`))
	does(t, page, "the guest stays a guest", say("and mats?"), until(shown("and mats?", 1)), until(atRest), until(shown("for Grace alone", 0)+" && "+shown("from a late page", 0)))
	signs("C1001")
	does(t, page, "the next customer sees the guest's words and nobody else's", ready, until(shown("and mats?", 1)), say("and pots?"), until(shown("and pots?", 1)), until(atRest), until(shown("for Grace alone", 0)+" && "+shown("from a late page", 0)))
	signs("C1007")
	does(t, page, "one customer after the other begins anew", ready, chromedp.Evaluate(opens, nil), empty)
	does(t, page, "a page that stays while somebody signs out", say("still Grace"), until(shown("still Grace", 1)), until(atRest),
		chromedp.Evaluate(`document.querySelector('parley-chat').setAttribute('customer', '')`, nil), empty)
}
