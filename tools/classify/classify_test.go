package classify

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shop are a few of the words of a shop in two languages.
var shop = map[string][]string{
	"order":  {"where is my order", "where is my parcel", "has my order shipped", "track my package", "when does my order arrive", "我的订单在哪里", "我的包裹到哪了", "订单什么时候到"},
	"return": {"i want to return this", "how do i send it back", "can i get a refund", "return the shoes please", "give me my money back", "我要退货", "怎么退款", "我想把鞋子退回去"},
	"hello":  {"hello", "hi there", "good morning", "hey", "good evening", "你好", "早上好", "您好"},
}

var foreign = []string{"what is the capital of france", "book me a flight to rome", "how old is the president", "play some jazz", "今天天气怎么样", "讲个笑话"}

func examples() (list []Example) {
	for _, label := range []string{"order", "return", "hello"} {
		for _, text := range shop[label] {
			list = append(list, Example{Text: text, Label: label})
		}
	}
	return list
}

func train(t testing.TB, list []Example, o Options) *Model {
	t.Helper()
	m, err := Train(context.Background(), list, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAFewExamplesAreEnough(t *testing.T) {
	m := train(t, examples(), Options{Negatives: foreign})
	for text, want := range map[string]string{
		"Where's my ORDER?!": "order", "wheres my oder": "order", "returning these shoes": "return", "i'd like a refund": "return",
		"hello!": "hello", "我想退货": "return", "订单到哪里了": "order", "ｈｅｌｌｏ": "hello",
	} {
		r := m.Classify(text)
		if r.Label != want || r.Ranked[0].Label != want || len(r.Ranked) != 3 {
			t.Errorf("%q is %q %v, want %q", text, r.Label, r.Ranked, want)
		}
		if !(r.Confidence > 0 && r.Confidence <= 1 && r.Outside >= 0 && r.Outside <= 1) {
			t.Errorf("%q: confidence %v, outside %v", text, r.Confidence, r.Outside)
		}
	}
}

func TestWhatBelongsToNoLabelIsOutside(t *testing.T) {
	m := train(t, examples(), Options{Negatives: foreign})
	in, out := m.Classify("where is my order"), m.Classify("what is the capital of spain")
	if out.Outside <= in.Outside || out.Confidence >= in.Confidence {
		t.Errorf("outside %.2f (confidence %.2f) of the foreign text, %.2f (%.2f) of ours", out.Outside, out.Confidence, in.Outside, in.Confidence)
	}
	for _, text := range []string{"", "  ", "🦄", "ξψ"} {
		if r := m.Classify(text); r.Label != "" || r.Outside != 1 || r.Confidence != 0 {
			t.Errorf("%q, of which nothing is known, is %q with confidence %v", text, r.Label, r.Confidence)
		}
	}
}

func TestSeveralLabelsOfOneTextStandApart(t *testing.T) {
	list := examples()
	for _, text := range []string{"hello, where is my order", "hi, has my order shipped", "good morning, track my package", "你好，我的订单在哪里", "hey where is my parcel"} {
		list = append(list, Example{Text: text, Label: "hello"}, Example{Text: text, Label: "order"})
	}
	m := train(t, list, Options{})
	p := map[string]float64{}
	for _, s := range m.Classify("hi, where is my parcel").Ranked {
		p[s.Label] = s.Probability
	}
	if p["hello"] < .5 || p["order"] < .5 || p["return"] > .5 {
		t.Errorf("a greeting with a question: %v", p)
	}
}

func TestTrainingTwiceGivesTheSameBytes(t *testing.T) {
	a, b := train(t, examples(), Options{Negatives: foreign}), train(t, examples(), Options{Negatives: foreign})
	if !bytes.Equal(a.b, b.b) {
		t.Error("two trainings on the same examples differ")
	}
}

func TestAModelReadBackIsTheSame(t *testing.T) {
	m := train(t, examples(), Options{Negatives: foreign})
	var file bytes.Buffer
	if n, err := m.WriteTo(&file); err != nil || int(n) != file.Len() {
		t.Fatal(n, err)
	}
	back, err := Open(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Labels(), back.Labels()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(m.Classify("where is it"), back.Classify("where is it")); diff != "" {
		t.Error(diff)
	}
}

func TestADamagedModelIsRefused(t *testing.T) {
	whole := train(t, examples(), Options{}).b
	for i := 0; i < len(whole); i += 7 {
		if _, err := Open(whole[:i]); err == nil {
			t.Fatalf("%d of %d bytes were opened", i, len(whole))
		}
		bad := bytes.Clone(whole)
		bad[i] ^= 4
		if _, err := Open(bad); err == nil {
			t.Fatalf("a model with byte %d changed was opened", i)
		}
	}
	for _, c := range []struct{ b, want string }{
		{"", "no model"}, {"GIF89a", "no model"}, {"PCL9" + string(whole[4:]), "train it again"}, {string(whole) + "x", "damaged"},
	} {
		if _, err := Open([]byte(c.b)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.10q: %v, want %q", c.b, err, c.want)
		}
	}
}

func TestExplainNamesTheWordsThatDecided(t *testing.T) {
	m := train(t, examples(), Options{})
	for text, want := range map[string]string{"please refund it": "refund", "我的订单": "订单"} {
		grams := m.Explain(text, m.Classify(text).Label, 5)
		found := false
		for _, g := range grams {
			found = found || strings.Contains(g.Text, want) && g.Weight > 0
		}
		if !found {
			t.Errorf("%q was decided by %v, without %q", text, grams, want)
		}
	}
	if g := m.Explain("hello", "no such label", 5); g != nil {
		t.Errorf("a label that is none is explained by %v", g)
	}
}

func TestBadExamplesAreRefusedWithWhatToDo(t *testing.T) {
	for want, c := range map[string]struct {
		list []Example
		o    Options
	}{
		"two are needed":       {[]Example{{Text: "a", Label: "x"}}, Options{}},
		"Options.Negatives":    {[]Example{{Text: "a"}}, Options{}},
		"has the weight -1":    {[]Example{{Text: "a", Label: "x", Weight: -1}, {Text: "b", Label: "y"}}, Options{}},
		"at most 3":            {examples(), Options{Words: 9}},
		"Cost is -1":           {examples(), Options{Cost: -1}},
		"no n-grams are asked": {examples(), Options{Words: -1, Chars: -1, Han: -1}},
	} {
		if _, err := Train(context.Background(), c.list, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := Train(ended, examples(), Options{}); err != context.Canceled {
		t.Errorf("a training whose context has ended gives %v", err)
	}
}

func TestManyMayAskAtOnce(t *testing.T) {
	m := train(t, examples(), Options{})
	want := m.Classify("where is my parcel")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want, m.Classify("where is my parcel")); diff != "" {
					t.Error(diff)
				}
				m.Classify("我要退货")
			}
		})
	}
	wg.Wait()
}

func FuzzOpen(f *testing.F) {
	whole := train(f, examples(), Options{Folds: -1}).b
	f.Add(whole)
	f.Add(whole[:head])
	f.Add([]byte("PCL1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		seal(b) // so that the checks behind the checksum are met
		m, err := Open(b)
		if err != nil {
			return
		}
		m.Classify("where is my order 我的订单")
		m.Explain("where is my order", m.Labels()[0], 3)
	})
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"", "where is my order", "我要退货", "\xff\xfe", "\u202eabc", "z̷̤͑a̴l̶g̸o", strings.Repeat("订单a!", 3000), "١٢٣", "½ ① ㎏"} {
		f.Add(s)
	}
	m := train(f, examples(), Options{Negatives: foreign})
	f.Fuzz(func(t *testing.T, text string) {
		r := m.Classify(text)
		if !(r.Confidence >= 0 && r.Confidence <= 1 && r.Outside >= 0 && r.Outside <= 1) {
			t.Errorf("%q: %+v", text, r)
		}
		m.Explain(text, "order", 3)
	})
}

func BenchmarkClassify(b *testing.B) {
	m := train(b, examples(), Options{})
	b.ReportAllocs()
	for b.Loop() {
		m.Classify("do you know where my order is, it should be here by now")
	}
}
