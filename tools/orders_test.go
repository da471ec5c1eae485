package tools

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/agent/llm"
	"parley/memory/store"
	"parley/tools/catalog"
	"parley/tools/orders"
	"parley/tools/orders/orderstest"
)

// A counter is the tools over the shop of orderstest.
type counter struct {
	*Tools
	t *testing.T
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	shop := orderstest.Shop()
	shop.Store = st
	books, err := orders.New(ctx, shop)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.New(&catalog.Shop{Name: "Suite", Currency: "USD", Locale: "en", Products: orderstest.Goods()}, catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return orderstest.Now }
	proofs, err := orders.NewProofs(ctx, st, nil, books, orders.Limits{}, now)
	if err != nil {
		t.Fatal(err)
	}
	all, err := New(Config{Catalog: c, Orders: books, Proofs: proofs, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return &counter{all, t}
}

var (
	ana   = llm.Customer{ID: "ana", Authenticated: true, Conversation: "c1", Locale: "en"}
	anaZH = llm.Customer{ID: "ana", Authenticated: true, Conversation: "c1", Locale: "zh"}
	ben   = llm.Customer{ID: "ben", Authenticated: true, Conversation: "c2", Locale: "en"}
	guest = llm.Customer{ID: "visitor:1", Conversation: "c3", Locale: "en"}
)

func (c *counter) tool(who llm.Customer, name string) llm.Tool {
	c.t.Helper()
	list := c.For(who)
	i := slices.IndexFunc(list, func(t llm.Tool) bool { return t.Name == name })
	if i < 0 {
		c.t.Fatalf("%s has no tool %s", who.ID, name)
	}
	return list[i]
}

func (c *counter) ask(who llm.Customer, name, args string) (string, error) {
	c.t.Helper()
	p, err := c.tool(who, name).Preview(context.Background(), llm.Invocation{Args: json.RawMessage(args)})
	if err != nil {
		return "", err
	}
	return p.Question, nil
}

func (c *counter) run(who llm.Customer, name, args, key string) (map[string]any, error) {
	c.t.Helper()
	out, err := c.tool(who, name).Call(context.Background(), llm.Invocation{Args: json.RawMessage(args), Key: key})
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(out.Content, &v); err != nil {
		c.t.Fatal(err)
	}
	return v, nil
}

func code(err error) string {
	var e *llm.ToolError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestQuestionsStateTheExactEffect(t *testing.T) {
	c := newCounter(t)
	for _, x := range []struct {
		tool, args string
		en, zh     string
	}{
		{"cancel_order", `{"order":"1001"}`,
			"Cancel order 1001 (3 items, $240.00)? The refund goes back to the card ending 1111.",
			"取消订单1001（3件，$240.00）？款项退回尾号1111的卡。"},
		{"cancel_order", `{"order":"1006"}`,
			"Cancel order 1006 (1 item, $60.00)? The refund goes back to the gift card.",
			"取消订单1006（1件，$60.00）？款项退回礼品卡。"},
		{"return_order", `{"order":"1002","items":["boots"]}`,
			"Return Boots (42, brown) of order 1002? $120.00 goes back to the card ending 1111 when it has arrived. An order can be returned once.",
			"退回订单1002的Boots（42, brown）？货到后$120.00退回尾号1111的卡。一个订单只能退一次。"},
		{"return_order", `{"order":"1002","whole_order":true,"payment":"gift card"}`,
			"Return Jacket (M, blue), Boots (42, brown) of order 1002? $180.00 goes back to the gift card when it has arrived. An order can be returned once.",
			"退回订单1002的Jacket（M, blue）、Boots（42, brown）？货到后$180.00退回礼品卡。一个订单只能退一次。"},
		{"exchange_items", `{"order":"1002","items":["The Jacket"],"size":"l"}`,
			"Exchange Jacket (M, blue) of order 1002 for Jacket (L, blue)? It costs $5.00 more, paid with the card ending 1111. An order can be exchanged once.",
			"把订单1002的Jacket（M, blue）换成Jacket（L, blue）？差价$5.00，从尾号1111的卡支付。一个订单只能换一次。"},
		{"exchange_items", `{"order":"1002","items":["B-42"],"new_items":["B-43"]}`,
			"Exchange Boots (42, brown) of order 1002 for Boots (43, brown)? The price stays the same. An order can be exchanged once.",
			"把订单1002的Boots（42, brown）换成Boots（43, brown）？价格不变。一个订单只能换一次。"},
		{"modify_items", `{"order":"1001","items":["jacket","jacket"],"color":"red","payment":"gift card"}`,
			"Change 2 × Jacket (M, blue) in order 1001 to 2 × Jacket (M, red)? $10.00 goes back to the gift card. After that the order can't be changed again or cancelled.",
			"把订单1001的2 × Jacket（M, blue）改成2 × Jacket（M, red）？差价$10.00退回礼品卡。改过之后，这个订单不能再改，也不能取消。"},
		{"modify_address", `{"order":"1001","address1":"9 Far Lane","city":"Farville","zip":"99999"}`,
			"Send order 1001 to 9 Far Lane, Farville, 99999?", "把订单1001寄到9 Far Lane, Farville, 99999？"},
		{"modify_payment", `{"order":"1009","payment":"gift card"}`,
			"Pay order 1009 ($40.00) with the gift card? $40.00 goes back to the card ending 1111.",
			"订单1009（$40.00）改用礼品卡支付？$40.00退回尾号1111的卡。"},
		{"modify_default_address", `{"address1":"9 Far Lane","city":"Farville","zip":"99999"}`,
			"Use 9 Far Lane, Farville, 99999 as your address from now on? Orders already placed keep theirs.",
			"以后用9 Far Lane, Farville, 99999作为您的地址？已下的订单不变。"},
	} {
		for who, want := range map[string]string{"en": x.en, "zh": x.zh} {
			customer := ana
			if who == "zh" {
				customer = anaZH
			}
			got, err := c.ask(customer, x.tool, x.args)
			if got != want || (want == "") != (err != nil) {
				t.Errorf("%s %s\n got %q, %v\nwant %q", x.tool, x.args, got, err, want)
			}
		}
	}
}

func TestRefusalsCarryTheirFacts(t *testing.T) {
	c := newCounter(t)
	for _, x := range []struct {
		tool, args string
		code       string
		data       []string // stand in the facts
	}{
		{"cancel_order", `{"order":"1003"}`, "too_late", []string{`"status":"shipped"`}},
		{"cancel_order", `{"order":"1004"}`, "already_cancelled", []string{`"id":"1004"`}},
		{"cancel_order", `{"order":"1005"}`, "not_found", []string{`"order":"1005"`}},
		{"return_order", `{"order":"1001"}`, "not_delivered", []string{`"status":"pending"`}},
		{"return_order", `{"order":"1007"}`, "too_late", []string{`"return_until":"2026-01-08"`}},
		{"return_order", `{"order":"1002"}`, "which_item", []string{`"title":"Boots"`, `"title":"Jacket"`}},
		{"return_order", `{"order":"1002","items":["hat"]}`, "no_such_item", []string{`"asked":"hat"`, `"title":"Boots"`}},
		{"return_order", `{"order":"1002","items":["boots","boots"]}`, "no_such_item", nil},
		{"return_order", `{"order":"1002","whole_order":true,"payment":"PayPal"}`, "original_payment", nil},
		{"return_order", `{"order":"1002","items":["boots"],"payment":"2222"}`, "no_such_payment", []string{"gift card", "card ending 1111"}},
		{"exchange_items", `{"order":"1002","items":["jacket"],"size":"XL"}`, "out_of_stock", []string{`"in_stock":false`, `{"sku":"J-S","options":"S, blue","in_stock":true}`}},
		{"exchange_items", `{"order":"1002","items":["jacket"],"size":"XS"}`, "no_such_variant", []string{`"asked":"XS"`}},
		{"exchange_items", `{"order":"1002","items":["jacket"],"new_items":["B-43"]}`, "no_such_variant", nil},
		{"exchange_items", `{"order":"1002","items":["jacket"]}`, "which_variant", nil},
		{"exchange_items", `{"order":"1002","items":["jacket"],"new_items":["J-L","J-S"]}`, "bad_argument", nil},
		{"exchange_items", `{"order":"1001","items":["jacket"],"size":"L"}`, "not_delivered", nil},
		{"modify_items", `{"order":"1002","items":["jacket"],"size":"L"}`, "too_late", nil},
		{"modify_items", `{"order":"1001","items":["boots"],"new_items":["B-GOLD"],"payment":"gift card"}`, "balance", []string{`"balance":50.00`}},
		{"modify_address", `{"order":"1003","address1":"9 Far Lane","city":"Farville","zip":"1"}`, "too_late", nil},
		{"modify_address", `{"order":"1001","address1":" ","city":"Farville","zip":"1"}`, "bad_address", nil},
		{"modify_address", `{"order":"1001","city":"Farville","zip":"1"}`, "bad_argument", nil},
		{"modify_payment", `{"order":"1001","payment":"gift card"}`, "balance", nil},
		{"modify_payment", `{"order":"1001","payment":"original"}`, "no_such_payment", nil},
		{"modify_payment", `{"order":"1003","payment":"gift card"}`, "too_late", nil},
		{"return_order", `{"order":"1002","customer":"ben"}`, "bad_argument", nil}, // nobody says who they are
		{"cancel_order", `{"order":"1001","customer_id":"ana"}`, "bad_argument", nil},
	} {
		for _, when := range []string{"asked", "run"} {
			_, err := c.ask(ana, x.tool, x.args)
			if when == "run" {
				_, err = c.run(ana, x.tool, x.args, "key")
			}
			var e *llm.ToolError
			if !errors.As(err, &e) || e.Code != x.code {
				t.Errorf("%s %s %s: %v, want %s", x.tool, x.args, when, err, x.code)
				continue
			}
			facts, err := json.Marshal(e.Data)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range x.data {
				if !strings.Contains(string(facts), want) {
					t.Errorf("%s %s: the facts hold no %s: %s", x.tool, x.args, want, facts)
				}
			}
		}
	}
}

var changing = map[string]string{
	"cancel_order":   `{"order":"1001"}`,
	"return_order":   `{"order":"1002","items":["boots"]}`,
	"exchange_items": `{"order":"1002","items":["jacket"],"size":"L"}`,
	"modify_items":   `{"order":"1001","items":["boots"],"size":"43"}`,
	"modify_address": `{"order":"1001","address1":"9 Far Lane","city":"Farville","zip":"99999"}`,
	"modify_payment": `{"order":"1009","payment":"gift card"}`,
}

func TestNobodyChangesAnothersOrder(t *testing.T) {
	c := newCounter(t)
	for name, args := range changing {
		for _, who := range []llm.Customer{ben, guest} {
			want := "not_found"
			if !who.Authenticated {
				want = "sign_in"
			}
			if _, err := c.ask(who, name, args); code(err) != want {
				t.Errorf("%s is asked %s: %v", who.ID, name, err)
			}
			if _, err := c.run(who, name, args, "k"); code(err) != want {
				t.Errorf("%s runs %s: %v", who.ID, name, err)
			}
		}
	}
	for _, id := range []string{"1001", "1002", "1009"} {
		out, err := c.run(ana, "get_order", `{"order":"`+id+`"}`, "")
		if err != nil || out["orders"].([]any)[0].(map[string]any)["asked"] != nil {
			t.Errorf("%s: %v, %v", id, out, err)
		}
	}
}

// Who may change what: every tool that changes asks first, and the arguments
// that identify are grounded.
func TestChangesAreConfirmedAndGrounded(t *testing.T) {
	c := newCounter(t)
	for name := range changing {
		tool := c.tool(ana, name)
		if tool.Effect != llm.Confirm || tool.Preview == nil || !slices.Contains(tool.Ground, "order") {
			t.Errorf("%s: effect %s, grounded %v", name, tool.Effect, tool.Ground)
		}
		for _, p := range []string{"customer", "customer_id", "conversation", "user_id"} {
			if tool.Parameters.Properties[p] != nil {
				t.Errorf("%s takes %s from a model", name, p)
			}
		}
	}
	if slices.ContainsFunc(c.For(ana), func(t llm.Tool) bool { return t.Name == "verify_order" }) {
		t.Error("who is signed in is asked to prove an order")
	}
}

func TestAGuestActsOnTheProvedOrderAlone(t *testing.T) {
	c := newCounter(t)
	if _, err := c.run(guest, "get_order", `{"order":"1002"}`, ""); code(err) != "sign_in" {
		t.Fatalf("unproved: %v", err)
	}
	if _, err := c.run(guest, "verify_order", `{"order":"1002","email_or_postcode":"ben@example.com"}`, ""); code(err) != "not_proved" {
		t.Fatalf("a wrong proof: %v", err)
	}
	if _, err := c.run(guest, "verify_order", `{"order":"#1002","email_or_postcode":"hr3 5ab"}`, ""); err != nil {
		t.Fatal(err)
	}
	out, err := c.run(guest, "get_order", `{}`, "")
	if err != nil || len(out["orders"].([]any)) != 1 || out["payment_methods"] != nil {
		t.Errorf("%v, %v", out, err)
	}
	if _, err := c.run(guest, "get_order", `{"order":"1001"}`, ""); code(err) != "sign_in" {
		t.Errorf("another order of the same customer: %v", err)
	}
	other := guest
	other.Conversation = "c4"
	if _, err := c.run(other, "get_order", `{"order":"1002"}`, ""); code(err) != "sign_in" {
		t.Errorf("another conversation: %v", err)
	}
	if q, err := c.ask(guest, "return_order", `{"order":"1002","items":["boots"]}`); err != nil || !strings.Contains(q, "1111") {
		t.Errorf("%q, %v", q, err)
	}
	// A proof is of an order: not of a wallet, not of an account.
	if _, err := c.ask(guest, "return_order", `{"order":"1002","items":["boots"],"payment":"gift card"}`); code(err) != "no_such_payment" {
		t.Errorf("a guest names a gift card: %v", err)
	}
	if _, err := c.ask(guest, "modify_payment", `{"order":"1002","payment":"gift card"}`); code(err) != "sign_in" {
		t.Errorf("a guest changes the payment: %v", err)
	}
	if _, err := c.ask(guest, "modify_default_address", `{"address1":"a","city":"b","zip":"c"}`); code(err) != "sign_in" {
		t.Errorf("a guest moves the customer: %v", err)
	}
	done, err := c.run(guest, "return_order", `{"order":"1002","items":["boots"]}`, "k")
	if err != nil || done["order"].(map[string]any)["status"] != "return_requested" {
		t.Errorf("%v, %v", done, err)
	}
}

func TestTooManyGuessesAreStopped(t *testing.T) {
	c := newCounter(t)
	for i := range 6 {
		_, err := c.run(guest, "verify_order", `{"order":"1001","email_or_postcode":"x@example.com"}`, "")
		want := "not_proved"
		if i == 5 {
			want = "too_many_tries"
		}
		if code(err) != want {
			t.Errorf("try %d: %v, want %s", i+1, err, want)
		}
	}
}
