package webchat

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"parley/agent/llm"
	"parley/channels"
)

// A shelf is a memory of facts, by customer and id.
type shelf map[string]map[string]string

func (s shelf) privacy(hub *channels.Hub) Privacy {
	has := func(who, id string) error {
		if _, ok := s[who][id]; !ok {
			return ErrNotKept
		}
		return nil
	}
	return Privacy{
		Kept: func(ctx context.Context, who llm.Customer) (k Kept, err error) {
			for id, value := range s[who.ID] {
				k.Facts = append(k.Facts, KeptFact{ID: id, Value: value, Words: "you wear size " + value, Quote: "I'm a " + value, Since: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)})
			}
			k.Consent = Consent{Known: true, Allowed: true, At: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)}
			k.Visits, err = hub.Visits(ctx, who.ID, "", false)
			return k, err
		},
		Change: func(_ context.Context, who llm.Customer, id, value string) error {
			if err := has(who.ID, id); err != nil {
				return err
			}
			s[who.ID][id] = value
			return nil
		},
		Forget: func(_ context.Context, who llm.Customer, id string) error {
			err := has(who.ID, id)
			delete(s[who.ID], id)
			return err
		},
		Allow: func(context.Context, llm.Customer, bool) error { return nil },
		Erase: func(_ context.Context, who llm.Customer) (string, error) {
			delete(s, who.ID)
			return "E-12345678", nil
		},
		Export: func(_ context.Context, who llm.Customer) (any, error) { return s[who.ID], nil },
		Home:   "/",
	}
}

func newPrivateWeb(t *testing.T, kept shelf) *web {
	w := newWeb(t)
	w.s.cfg.Privacy = kept.privacy(w.s.cfg.Hub)
	w.s.servePrivacy()
	return w
}

// A reader is one browser at the page.
type reader struct {
	w *web
	c *http.Client
}

func (w *web) reader() *reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &reader{w, &http.Client{Jar: jar}}
}

// opened is a reader who came in as a customer.
func (w *web) opened(customer string) *reader {
	w.t.Helper()
	r := w.reader()
	if status, page := r.posts("/privacy/open", url.Values{"customer": {signed(w.t, customer)}}, nil); status != 200 || !strings.Contains(page, "<h1>Your data") {
		w.t.Fatalf("%s could not open the page: %d %s", customer, status, page)
	}
	return r
}

func (r *reader) gets(path string) (int, string) { return r.does("GET", path, nil, nil) }

func (r *reader) posts(path string, form url.Values, header map[string]string) (int, string) {
	r.w.t.Helper()
	return r.does("POST", path, form, header)
}

func (r *reader) does(method, path string, form url.Values, header map[string]string) (int, string) {
	r.w.t.Helper()
	q, err := http.NewRequest(method, r.w.srv.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.w.t.Fatal(err)
	}
	if method == "POST" {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range header {
		q.Header.Set(k, v)
	}
	a, err := r.c.Do(q)
	if err != nil {
		r.w.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		r.w.t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

var wordIn = regexp.MustCompile(`name="word" value="([0-9a-f]+)"`)

// word is what the forms of the page carry.
func (r *reader) word() string {
	r.w.t.Helper()
	_, page := r.gets("/privacy/erase")
	m := wordIn.FindStringSubmatch(page)
	if m == nil {
		r.w.t.Fatalf("no form on the page: %s", page)
	}
	return m[1]
}

func TestThePageShowsACustomerTheirOwnAndNothingElse(t *testing.T) {
	kept := shelf{"C1": {"f1": "M", "f3": "XL"}, "C2": {"f2": "36"}}
	w := newPrivateWeb(t, kept)
	visit := map[string]string{}
	for _, id := range []string{"C1", "C2"} {
		o := w.enters(map[string]string{"customer": signed(t, id)})
		if _, err := w.s.cfg.Hub.Post(t.Context(), o.Conversation, channels.Post{ID: "m1", Text: "I am " + id}); err != nil {
			t.Fatal(err)
		}
		visit[id] = o.Conversation
	}
	ann := w.opened("C1")
	if _, page := ann.gets("/privacy"); !strings.Contains(page, "size M") || strings.Contains(page, "size 36") || strings.Contains(page, visit["C2"]) {
		t.Errorf("the page of C1 shows %s", page)
	}
	if _, page := ann.gets("/privacy?lang=zh"); !strings.Contains(page, "我的信息") || !strings.Contains(page, "2026年5月3日起") {
		t.Errorf("in Chinese it shows %s", page)
	}
	if status, text := ann.gets("/privacy/conversation/" + visit["C1"]); status != 200 || !strings.Contains(text, "I am C1") || strings.Contains(text, "inside") {
		t.Errorf("their own conversation: %d %s", status, text)
	}
	if status, text := ann.gets("/privacy/conversation/" + visit["C2"]); status != 404 {
		t.Errorf("somebody else's conversation: %d %s", status, text)
	}
	if _, text := ann.gets("/privacy/export"); !strings.Contains(text, `"f1": "M"`) || strings.Contains(text, "36") {
		t.Errorf("the export is %s", text)
	}
	word := ann.word()
	for _, do := range []string{"forget", "change"} { // a forged id
		if _, page := ann.posts("/privacy/fact", url.Values{"word": {word}, "id": {"f2"}, "do": {do}, "value": {"1"}}, nil); !strings.Contains(page, "not there any more") {
			t.Errorf("%s of somebody else's fact: %s", do, page)
		}
	}
	if kept["C2"]["f2"] != "36" {
		t.Errorf("C2 has %v", kept["C2"])
	}
	if _, page := ann.posts("/privacy/fact", url.Values{"word": {word}, "id": {"f1"}, "do": {"change"}, "value": {"L"}}, nil); !strings.Contains(page, "It is changed") || !strings.Contains(page, "size L") {
		t.Errorf("a change shows %s", page)
	}
	if _, page := ann.posts("/privacy/fact", url.Values{"word": {word}, "id": {"f3"}, "do": {"forget"}}, nil); !strings.Contains(page, "It is forgotten") || strings.Contains(page, "XL") {
		t.Errorf("forgetting one shows %s", page)
	}
	if _, page := ann.posts("/privacy/erase", url.Values{"word": {word}}, nil); !strings.Contains(page, "E-12345678") || kept["C1"] != nil || kept["C2"] == nil {
		t.Errorf("forgetting all shows %s and leaves %v", page, kept)
	}
	if status, _ := ann.gets("/privacy"); status != http.StatusUnauthorized {
		t.Errorf("after the erasure the page is still open: %d", status)
	}
}

func TestThePageOpensForNobodyWithoutARightToIt(t *testing.T) {
	w := newPrivateWeb(t, shelf{"C1": {"f1": "M"}})
	now := time.Now()
	w.s.cfg.Now = func() time.Time { return now }
	cookie := func(key []byte, audience string, until time.Time) string {
		v, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "C1", "jti": "1", "aud": audience, "exp": until.Unix(), "signed": true}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for what, value := range map[string]string{
		"none":                  "",
		"no token":              "C1",
		"the shop's own token":  signed(t, "C1"),
		"signed with that key":  cookie([]byte(strings.Repeat("k", 32)), privacyAudience, now.Add(time.Minute)),
		"of another audience":   cookie(w.s.privacyKey("session"), "parley", now.Add(time.Minute)),
		"signed for the forms":  cookie(w.s.privacyKey("forms"), privacyAudience, now.Add(time.Minute)),
		"a minute late":         cookie(w.s.privacyKey("session"), privacyAudience, now.Add(-time.Minute)),
		"signed with no method": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJDMSIsImF1ZCI6InBhcmxleS1wcml2YWN5IiwiZXhwIjo5OTk5OTk5OTk5fQ.",
	} {
		for _, path := range []string{"/privacy", "/privacy/export", "/privacy/erase"} {
			status, page := w.reader().does("GET", path, nil, map[string]string{"Cookie": privacyCookie + "=" + value})
			if status != http.StatusUnauthorized || strings.Contains(page, "size M") {
				t.Errorf("a cookie that is %s opened %s: %d", what, path, status)
			}
		}
	}
	good := w.opened("C1")
	now = now.Add(privacyLife + time.Second)
	if status, _ := good.gets("/privacy"); status != http.StatusUnauthorized {
		t.Errorf("after its life the page is still open: %d", status)
	}
}

func TestATicketOpensThePageOnceAndForItsOwnGuest(t *testing.T) {
	kept := shelf{}
	w := newPrivateWeb(t, kept)
	guest := w.enters(nil)
	kept[guest.whose] = map[string]string{"f1": "M"}
	if status, page := w.reader().gets("/privacy?ticket=" + guest.Ticket); status != 200 || strings.Contains(page, "size M") || !strings.Contains(page, guest.Ticket) {
		t.Errorf("the ticket's address shows %d %s", status, page)
	}
	if status, page := w.reader().posts("/privacy/open", url.Values{"ticket": {guest.Ticket}}, nil); status != 200 || !strings.Contains(page, "size M") || !strings.Contains(page, "30 days") {
		t.Errorf("the ticket opened %d %s", status, page)
	}
	if status, _ := w.reader().posts("/privacy/open", url.Values{"ticket": {guest.Ticket}}, nil); status != http.StatusUnauthorized {
		t.Errorf("the ticket opened the page twice: %d", status)
	}
	late := w.enters(map[string]string{"token": guest.Token, "guest": guest.Guest})
	w.enters(map[string]string{"token": guest.Token, "guest": guest.Guest, "customer": signed(t, "C1")})
	if status, page := w.reader().posts("/privacy/open", url.Values{"ticket": {late.Ticket}}, nil); status != http.StatusUnauthorized {
		t.Errorf("a guest's ticket opened the page of who signed in since: %d %s", status, page)
	}
}

func TestOnlyThePageItselfChangesAnything(t *testing.T) {
	kept := shelf{"C1": {"f1": "M"}, "C2": {"f2": "S"}}
	w := newPrivateWeb(t, kept)
	ann, ben := w.opened("C1"), w.opened("C2")
	word, other := ann.word(), ben.word()
	second := w.opened("C1").word()
	for what, c := range map[string]struct {
		word   string
		header map[string]string
	}{
		"without the word":             {"", nil},
		"with another customer's word": {other, nil},
		"with another opening's word":  {second, nil},
		"from another origin":          {word, map[string]string{"Origin": "https://evil.example"}},
		"from another site":            {word, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"from a sandboxed frame":       {word, map[string]string{"Origin": "null"}},
	} {
		for path, form := range map[string]url.Values{
			"/privacy/fact": {"id": {"f1"}, "do": {"forget"}}, "/privacy/remember": {"allow": {"no"}}, "/privacy/erase": {},
		} {
			form.Set("word", c.word)
			if status, _ := ann.posts(path, form, c.header); status != http.StatusForbidden {
				t.Errorf("%s %s: %d", path, what, status)
			}
		}
	}
	if status, _ := ann.does("GET", "/privacy/fact?do=forget&id=f1&word="+word, nil, nil); status != http.StatusMethodNotAllowed && status != http.StatusNotFound {
		t.Errorf("a link changed something: %d", status)
	}
	if kept["C1"]["f1"] != "M" {
		t.Errorf("C1 has %v", kept["C1"])
	}
	q := w.reader()
	if status, _ := q.posts("/privacy/open", url.Values{"customer": {signed(t, "C1")}}, map[string]string{"Origin": "https://evil.example"}); status != http.StatusForbidden {
		t.Errorf("a page of another site opened it: %d", status)
	}
}

func TestEveryWordOfThePageIsThereInBothLanguages(t *testing.T) {
	p, err := loadPages()
	if err != nil {
		t.Fatal(err)
	}
	for key, w := range p.words {
		if w[0] == "" || w[1] == "" {
			t.Errorf("%s wants both English and Chinese: %q", key, w)
		}
	}
	files, err := privacyFiles.ReadDir("privacy")
	if err != nil {
		t.Fatal(err)
	}
	uses := regexp.MustCompile(`\.T "(\w+)"`)
	for _, f := range files {
		b, err := privacyFiles.ReadFile("privacy/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range uses.FindAllStringSubmatch(string(b), -1) {
			if _, ok := p.words[m[1]]; !ok {
				t.Errorf("%s says %q, which has no words", f.Name(), m[1])
			}
		}
	}
}
