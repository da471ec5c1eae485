package ollama

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"parley/agent/llm"
)

type productIn struct {
	Product string `json:"product"`
}

type rememberIn struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type searchIn struct {
	Query    string   `json:"query"`
	PriceMax *float64 `json:"price_max,omitempty"`
	Color    string   `json:"color,omitempty"`
}

func spec[In any](name string, ground ...string) llm.Spec {
	s, err := jsonschema.For[In](nil)
	if err != nil {
		panic(err)
	}
	return llm.Spec{Name: name, Parameters: s, Ground: ground}
}

func shop(text string, before ...llm.Message) *llm.Request {
	return &llm.Request{Messages: append(before, llm.Text(llm.User, text)), Tools: []llm.Spec{
		spec[searchIn]("search_products", "price_max"), spec[productIn]("get_product"), spec[rememberIn]("remember", "value"), spec[orderIn]("return_order", "order"),
	}}
}

func TestAFormHoldsOnlyWhatWasSaid(t *testing.T) {
	shown := llm.Message{Role: llm.ToolRole, Parts: []llm.Part{{Result: &llm.Result{ID: "1", Name: "search_products", Content: json.RawMessage(`{"products":[{"title":"Ridge 2 Tent"}]}`)}}}}
	for _, c := range []struct {
		said   string
		before []llm.Message
		form   string
		want   string // the arguments, or what is wrong
	}{
		{"Glow 200 头灯口碑如何", nil, `{"action":"get_product","product":"Glow 200 headlight"}`, `{"product":"Glow 200"}`},
		{"Glow 200 头灯口碑如何", nil, `{"action":"get_product","product":"Glow 200 头灯"}`, `{"product":"Glow 200 头灯"}`},
		{"is it dry?", []llm.Message{shown}, `{"action":"get_product","product":"Ridge 2 Tent"}`, `{"product":"Ridge 2 Tent"}`},
		{"is it dry?", nil, `{"action":"get_product","product":"Ridge 2 Tent"}`, `named no "Ridge 2 Tent"`},
		{"is it dry?", nil, `{"action":"get_product"}`, `get_product needs product`},
		{"红色毛线帽", nil, `{"action":"search_products","query":"red wool cap"}`, `{"query":"红色毛线帽"}`},
		{"any hats?", nil, `{"action":"search_products","query":"hat","color":"red","price_max":20}`, `{"price_max":20,"query":"hat"}`}, // limits are the agent's
		{"any hats?", nil, `{"action":"search_products"}`, `{"query":"any hats?"}`},
		{"I prefer blue things", nil, `{"action":"remember","kind":"taste","value":"likes blue"}`, `{"kind":"taste","value":"I prefer blue things"}`},
	} {
		choices, err := choosing()
		if err != nil {
			t.Fatal(err)
		}
		r := shop(c.said, c.before...)
		_, tool, args, _, err := choices.filledIn(c.form, r)
		if err != nil {
			t.Fatal(err)
		}
		got := choices.own(args, *tool, r)
		if got == "" {
			b, _ := json.Marshal(args) // of strings and numbers: cannot fail
			got = string(b)
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%q, %s: got %s, want %s", c.said, c.form, got, c.want)
		}
	}
}

func TestAFormThatNamesWhatNobodyNamedComesBackOnce(t *testing.T) {
	wrong, right := `{"meaning":"x","action":"get_product","product":"Ridge 2"}`, `{"meaning":"looks for a hat","action":"search_products","query":"hat"}`
	for name, c := range map[string]struct {
		forms []string
		call  string
	}{
		"and is right then":        {[]string{wrong, right}, "search_products"},
		"and is wrong again":       {[]string{wrong, wrong}, ""},
		"as what is no form":       {[]string{`{"meaning":`, right}, "search_products"},
		"not when it is another's": {[]string{`{"meaning":"wants it back","action":"change_order"}`}, ""},
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			line(w, say(c.forms[n-1]))
			line(w, done)
		})
		reply, err := llm.Collect(s.model(t, Structured).Stream(t.Context(), shop("a hat for the sun")))
		list := reply.Message.Calls()
		if len(s.asked) != len(c.forms) || c.call == "" && !errors.Is(err, llm.ErrPass) || c.call != "" && (err != nil || list[0].Name != c.call || reply.Usage.Generated != 10) {
			t.Errorf("%s: asked %d times, %+v, %v", name, len(s.asked), reply, err)
		}
		if len(s.asked) == 2 && c.forms[0] == wrong {
			m := s.asked[1]["messages"].([]any)
			if got := fmt.Sprint(m[len(m)-2:]); !strings.Contains(got, `"product":"Ridge 2"`) || !strings.Contains(got, `named no "Ridge 2"`) {
				t.Errorf("%s: it came back with %s", name, got)
			}
		}
	}
}

func TestAToolThatIsAnothersHasNoPlaceInTheForm(t *testing.T) {
	c, err := choosing()
	if err != nil {
		t.Fatal(err)
	}
	format, err := c.form(shop("x").Tools)
	if err != nil {
		t.Fatal(err)
	}
	prefix, err := c.prefix(shop("x").Tools)
	if err != nil {
		t.Fatal(err)
	}
	all := string(format) + fmt.Sprint(prefix)
	if strings.Contains(all, "return_order") || !strings.Contains(string(format), `"change_order"`) || strings.Contains(string(format), `"color"`) {
		t.Errorf("got %s", format)
	}
}

func TestWarmReadsTheSamePrefixAndGoesOnAfterSilence(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			<-r.Context().Done()
			return
		}
		line(w, say(`{"meaning":"looks for a hat","action":"search_products","query":"hat"}`))
		line(w, done)
	})
	m := s.model(t, Structured)
	m.cfg.Patience = 50 * time.Millisecond
	if err := m.Warm(t.Context(), shop("x").Tools); err != nil {
		t.Fatal(err)
	}
	m.cfg.Patience = time.Minute
	if _, err := llm.Collect(m.Stream(t.Context(), shop("a hat"))); err != nil {
		t.Fatal(err)
	}
	if len(s.asked) != 3 {
		t.Fatalf("asked %d times", len(s.asked))
	}
	warm, asked := s.asked[1]["messages"].([]any), s.asked[2]["messages"].([]any)
	n := len(warm) - 1
	if fmt.Sprint(warm[:n]) != fmt.Sprint(asked[:n]) || len(asked) != len(warm) || s.asked[1]["options"].(map[string]any)["num_predict"] != 1.0 {
		t.Error("it read another prefix, or wrote an answer")
	}
}
