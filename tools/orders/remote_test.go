package orders_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/legacy"

	"parley/memory/store"
	. "parley/tools/orders"
	"parley/tools/orders/orderstest"
)

func described(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// checked is a server whose requests and answers are held to openapi.yaml.
func checked(t *testing.T, h http.Handler) http.Handler {
	t.Helper()
	doc := described(t)
	doc.Servers = openapi3.Servers{{URL: "/"}}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, params, err := router.FindRoute(r)
		if err != nil {
			t.Errorf("%s %s is not in openapi.yaml: %v", r.Method, r.URL, err)
			return
		}
		in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		b := rec.Body.Bytes()
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Body: io.NopCloser(bytes.NewReader(b)), Options: options}
		if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
			t.Errorf("the answer to %s %s: %v\n%s", r.Method, r.URL, err, b)
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(b)
	})
}

// remote gives a client of a server of ours over books of the suite's shop.
func remote(t *testing.T, st store.Store, bucket string, shop Config, wrap func(http.Handler) http.Handler) (*Remote, *orderstest.Server) {
	t.Helper()
	shop.Store, shop.Bucket = st, bucket
	b, err := New(context.Background(), shop)
	if err != nil {
		t.Fatal(err)
	}
	s := &orderstest.Server{Service: b, Token: "secret"}
	var h http.Handler = s
	if wrap != nil {
		h = wrap(s)
	}
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it says when an answer is cut off
	srv.Start()
	t.Cleanup(srv.Close)
	r, err := NewRemote(RemoteConfig{URL: srv.URL + "/", Token: "secret", Timeout: orderstest.Patience, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r, s
}

func memoryStore(t *testing.T) store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

func TestRemote(t *testing.T) {
	st := memoryStore(t)
	n := 0
	orderstest.Run(t, func(t *testing.T, shop Config) Service {
		n++
		r, _ := remote(t, st, fmt.Sprint("orders", n), shop, func(h http.Handler) http.Handler { return checked(t, h) })
		return r
	})
}

func TestFaultsOfTheServer(t *testing.T) {
	ctx, st := context.Background(), memoryStore(t)
	cancel := Change{Kind: Cancel, Order: "1006"}
	for i, c := range []struct {
		faults []string
		reads  bool // an order can be read, and a change is made
		asked  int  // how often was asked for the change
		done   bool // the change took effect, whatever was answered
	}{
		{[]string{""}, true, 1, true},
		{[]string{"slow"}, true, 2, true},
		{[]string{"500", "429"}, true, 3, true},
		{[]string{"500", "500", "500"}, false, 3, false},
		{[]string{"half"}, true, 2, true},
		{[]string{"half", "half", "half"}, false, 3, true},
		{[]string{"lost"}, true, 2, true},
		{[]string{"lost", "lost", "lost"}, false, 3, true},
		{[]string{"twice"}, true, 1, true},
		{[]string{"huge"}, false, 1, true},
		{[]string{"no json"}, false, 1, true},
		{[]string{"other customer"}, false, 1, true},
		{[]string{"redirect"}, false, 1, false},
	} {
		name := fmt.Sprint(c.faults)
		r, s := remote(t, st, fmt.Sprint("faults", i), orderstest.Shop(), nil)
		s.Fail(c.faults...)
		o, err := r.Get(ctx, "ana", "1006")
		if (err == nil) != c.reads || Code(err) != "" || err != nil && o.ID != "" {
			t.Errorf("%s: it read %q, %v", name, o.ID, err)
		}
		before := len(s.Asked())
		s.Fail(c.faults...)
		out, err := r.Do(ctx, "ana", cancel, "key")
		if (err == nil) != c.reads || Code(err) != "" || err != nil && out.Order.ID != "" {
			t.Errorf("%s: the change gave %q, %v", name, out.Order.ID, err)
		}
		asked := s.Asked()[before:]
		if len(asked) != c.asked {
			t.Errorf("%s: asked %d times, want %d", name, len(asked), c.asked)
		}
		for _, q := range asked {
			if q.Header.Get("Idempotency-Key") != "key" {
				t.Errorf("%s: a try had the key %q", name, q.Header.Get("Idempotency-Key"))
			}
		}
		// Whatever came back, one cancellation took effect, or none.
		who, err := r.Customer(ctx, "ana")
		if err != nil {
			t.Fatal(err)
		}
		m, _ := who.Method("gift-ana")
		if want := map[bool]string{true: "110.00", false: "50.00"}[c.done]; m.Balance.String() != want {
			t.Errorf("%s: the gift card holds %s, want %s", name, m.Balance, want)
		}
		// The same key settles it.
		if out, err := r.Do(ctx, "ana", cancel, "key"); err != nil || out.Order.Status != Cancelled || len(out.Payments) != 1 {
			t.Errorf("%s, again: %v, %v", name, out.Order.Status, err)
		}
	}
}

// What the server says of another customer reaches nobody.
func TestAnswersAboutOthersAreDropped(t *testing.T) {
	ctx := context.Background()
	r, s := remote(t, memoryStore(t), "others", orderstest.Shop(), nil)
	s.Fail("other customer", "other customer", "other customer")
	if c, err := r.Customer(ctx, "ana"); err == nil || c.Email != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if list, err := r.List(ctx, "ana", 0); err == nil || list != nil {
		t.Errorf("%v, %v", list, err)
	}
	if out, err := r.Preview(ctx, "ana", Change{Kind: Cancel, Order: "1001"}); err == nil || out.Order.ID != "" {
		t.Errorf("%v, %v", out, err)
	}
}

// A proof is asked for once: the shop may count tries too.
func TestAProofIsNotTriedAgain(t *testing.T) {
	r, s := remote(t, memoryStore(t), "proof", orderstest.Shop(), nil)
	s.Fail("500")
	if id, err := r.Prove(context.Background(), "1001", "ana@example.com"); err == nil || id != "" || len(s.Asked()) != 1 {
		t.Errorf("%q, %v after %d requests", id, err, len(s.Asked()))
	}
}

func TestMistakesInTheSettingAreTold(t *testing.T) {
	ctx := context.Background()
	for _, u := range []string{"", "shop.example", "ftp://shop.example", "https://", "http://shop.example/x", "https://a:b@shop.example", "https://shop.example/?x=1"} {
		if _, err := NewRemote(RemoteConfig{URL: u}); err == nil {
			t.Errorf("%q is taken", u)
		}
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	r, err := NewRemote(RemoteConfig{URL: srv.URL, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(ctx, "ana", "1001"); err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "--orders") {
		t.Errorf("a server that is another: %v", err)
	}
	r, s := remote(t, memoryStore(t), "token", orderstest.Shop(), nil)
	s.Token = "another"
	if _, err := r.Get(ctx, "ana", "1001"); err == nil || !strings.Contains(err.Error(), "PARLEY_ORDERS_TOKEN") || strings.Contains(err.Error(), "secret") {
		t.Errorf("a wrong token: %v", err)
	}
	srv.Close()
	r, err = NewRemote(RemoteConfig{URL: srv.URL, Backoff: time.Millisecond, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(ctx, "ana", "1001"); err == nil || Code(err) != "" || strings.Contains(err.Error(), "ana") || strings.Contains(err.Error(), "secret") {
		t.Errorf("no server: %v", err)
	}
}

// Who hangs up waits no longer.
func TestAskingEndsWithTheTurn(t *testing.T) {
	r, s := remote(t, memoryStore(t), "ends", orderstest.Shop(), nil)
	s.Fail("slow", "slow", "slow")
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := r.Get(ctx, "ana", "1001"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheDescriptionListsEveryRefusal(t *testing.T) {
	doc := described(t)
	listed := map[string]bool{}
	for _, v := range doc.Components.Schemas["Refusal"].Value.Properties["error"].Value.Enum {
		listed[fmt.Sprint(v)] = true
	}
	for _, err := range []error{ErrNotFound, ErrCancelled, ErrTooLate, ErrNotDelivered, ErrOnce, ErrReason, ErrItem, ErrVariant, ErrStock, ErrSame, ErrPairs, ErrPayment, ErrOriginal, ErrBalance, ErrAddress, ErrKey, ErrChange} {
		if !listed[Code(err)] {
			t.Errorf("openapi.yaml does not list the refusal %s", Code(err))
		}
	}
}
