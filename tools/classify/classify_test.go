package classify

import (
	"bytes"
	"context"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/memory/embed"
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

// far has labels without a word in common with what is asked.
var far = []Example{
	{Text: "apples", Label: "fruit"}, {Text: "pears", Label: "fruit"}, {Text: "grapes", Label: "fruit"}, {Text: "香蕉", Label: "fruit"},
	{Text: "hammers", Label: "tools"}, {Text: "pliers", Label: "tools"}, {Text: "wrenches", Label: "tools"}, {Text: "螺丝刀", Label: "tools"},
}

func TestVectorsKnowWordsThatNoExampleHas(t *testing.T) {
	with, without := train(t, far, Options{Vectors: 1}), train(t, far, Options{})
	for text, want := range map[string]string{"mango": "fruit", "drill": "tools", "草莓": "fruit", "锤子": "tools"} {
		if got := with.Classify(text); got.Label != want {
			t.Errorf("%s is %q (%.2f), want %q", text, got.Label, got.Confidence, want)
		}
	}
	if g := with.Explain("mango", "fruit", 1); len(g) != 1 || g[0].Text != Meaning || g[0].Weight <= 0 {
		t.Errorf("mango is a fruit for what it means, and the reason given is %v", g)
	}
	if got := without.Classify("mango").Confidence; got > with.Classify("mango").Confidence {
		t.Errorf("without vectors, mango is something with confidence %.2f", got)
	}
}

// The waves' inner product is near to the Gaussian of the distance that they
// stand for.
func TestWavesAreNearToAGaussianKernel(t *testing.T) {
	table, err := embed.Default()
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"where is my parcel", "where is my package", "track the order", "a pink cake", "退货", "i want to return it"}
	v := make([][]float32, len(texts))
	for i, text := range texts {
		v[i] = make([]float32, denseDims)
		meaning(table, text, 1, v[i])
	}
	dot := func(a, b []float32) (sum float64) {
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return sum
	}
	for i := range v {
		for j := range v {
			far := 2 - 2*dot(v[i][:vectorDims], v[j][:vectorDims])
			want := math.Exp(-bandwidth * bandwidth * far / 2)
			if got := dot(v[i][vectorDims:], v[j][vectorDims:]); math.Abs(got-want) > .12 {
				t.Errorf("%q and %q: %.3f, want about %.3f", texts[i], texts[j], got, want)
			}
		}
	}
}

// Words that tell alone count for more with Ratio, and confidences stay chances.
func TestRatioLearnsOpinions(t *testing.T) {
	var list []Example
	for _, thing := range []string{"film", "phone", "soup", "room", "book"} {
		list = append(list, Example{Text: "a great " + thing + " it was", Label: "good"}, Example{Text: "an awful " + thing + " it was", Label: "bad"},
			Example{Text: "loved the " + thing, Label: "good"}, Example{Text: "hated the " + thing, Label: "bad"})
	}
	m := train(t, list, Options{Ratio: 1, Words: 3})
	for text, want := range map[string]string{"great hotel": "good", "an awful chair it was": "bad", "i loved it": "good"} {
		if r := m.Classify(text); r.Label != want || r.Ranked[0].Probability < .5 {
			t.Errorf("%q is %q: %v", text, r.Label, r.Ranked)
		}
	}
}

// With labels enough and no negatives, whole labels are held out to learn what
// is outside.
func TestOutsideIsLearnedFromLabelsHeldOut(t *testing.T) {
	list := examples()
	for label, texts := range map[string][]string{
		"size": {"which size fits", "is it big", "size chart please", "how wide is it", "do you have it in large", "what size am i"},
		"pay":  {"can i pay by card", "do you take paypal", "payment failed", "pay on delivery", "which cards work", "is my payment safe"},
		"gift": {"a gift for my dad", "birthday present", "do you wrap gifts", "present for a friend", "gift card please", "a gift under 20"},
		"bye":  {"goodbye", "bye bye", "see you", "bye now", "good night", "farewell then"},
	} {
		for _, text := range texts {
			list = append(list, Example{Text: text, Label: label})
		}
	}
	m := train(t, list, Options{})
	if m.cal == roughly || m.cal[6] == roughly[6] {
		t.Error("what is outside was not learned")
	}
	in, out := m.Classify("do you take my card"), m.Classify("the moon orbits the earth")
	if in.Outside >= out.Outside {
		t.Errorf("outside %.2f of ours, %.2f of the moon", in.Outside, out.Outside)
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
	o := Options{Negatives: foreign, Vectors: 1, Ratio: .5}
	a, b := train(t, examples(), o), train(t, examples(), o)
	if !bytes.Equal(a.b, b.b) {
		t.Error("two trainings on the same examples differ")
	}
}

func TestAModelReadBackIsTheSame(t *testing.T) {
	m := train(t, examples(), Options{Negatives: foreign, Vectors: 1})
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
		"1 is usual":           {examples(), Options{Vectors: -1}},
		"from 0 to 1":          {examples(), Options{Ratio: 2}},
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

// What stands behind the longest text that is read changes nothing.
func TestAnEndlessMessageIsReadToALimit(t *testing.T) {
	m := train(t, examples(), Options{Vectors: 1})
	long := strings.Repeat("where is my order 我的订单 ", 5000)
	if diff := cmp.Diff(m.Classify(long), m.Classify(long+strings.Repeat("i want to return this ", 5000))); diff != "" {
		t.Error(diff)
	}
	if r := m.Classify(long); r.Label != "order" {
		t.Errorf("the long message is %q", r.Label)
	}
	if got := opening(strings.Repeat("单", longestText+1)); len(got) != 3*longestText {
		t.Errorf("the head has %d bytes", len(got))
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
	f.Add(train(f, examples(), Options{Folds: -1, Vectors: 1, Words: -1, Chars: 2, Han: 1}).b)
	f.Add([]byte("PCL2"))
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

func BenchmarkMeaning(b *testing.B) {
	table, err := embed.Default()
	if err != nil {
		b.Fatal(err)
	}
	out := make([]float32, denseDims)
	b.ReportAllocs()
	for b.Loop() {
		meaning(table, "do you know where my order is, it should be here by now", 1, out)
	}
}
