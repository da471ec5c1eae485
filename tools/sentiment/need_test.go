package sentiment

import (
	"math"
	"os"
	"strings"
	"testing"
)

// needTexts are messages of ours with the need of each, of which no utterance
// was learned.
func needTexts(t testing.TB) (list []asked) {
	b, err := os.ReadFile("testdata/needs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		need, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("testdata/needs.tsv: want need and text parted by a tab: %q", line)
		}
		list = append(list, asked{text, need})
	}
	return list
}

func TestNeeds(t *testing.T) {
	a := analyzer(t)
	right := 0
	list := needTexts(t)
	for _, x := range list {
		r := a.Analyze(x.text, "")
		if r.Need == x.need {
			right++
		}
		if !(r.NeedConfidence > 0 && r.NeedConfidence < 1) {
			t.Errorf("%q: confidence %v", x.text, r.NeedConfidence)
		}
	}
	t.Logf("%d of %d right", right, len(list))
	if float64(right) < .88*float64(len(list)) {
		t.Errorf("%d of %d needs read right", right, len(list))
	}
	for text, want := range map[string]string{
		"I need help with cancelling order 1047":                       "order",
		"could you please help me to get my money back":                "return",
		"The zip broke after a week, very poor":                        "complaint",
		"This is the third time it is wrong, I have had enough of you": "complaint",
		"能不能帮我转人工":                                                     "person",
		"":                                                             "other",
	} {
		if got := a.Analyze(text, "").Need; got != want {
			t.Errorf("%q needs %s, want %s", text, got, want)
		}
	}
}

// The curve fits these messages about as well as any.
func TestConfidenceInANeedIsCalibrated(t *testing.T) {
	a := analyzer(t)
	var x, y []float64
	for _, m := range needTexts(t) {
		p := a.page(m.text)
		need, share := a.needs.share(p, a.judge(p, 0, len(p.clauses)))
		x = append(x, math.Log(share/(1-share)))
		y = append(y, 0)
		if need == m.need {
			y[len(y)-1] = 1
		}
	}
	offset, slope := 0.0, 1.0
	for range 50 { // Newton, with a ridge towards offset 0 and slope 1
		ga, gb, haa, hab, hbb := -offset*.5, -(slope-1)*.5, .5, 0.0, .5
		for i, m := range x {
			p := sigmoid(offset + slope*m)
			v := p * (1 - p)
			ga, gb = ga+y[i]-p, gb+(y[i]-p)*m
			haa, hab, hbb = haa+v, hab+v*m, hbb+v*m*m
		}
		det := haa*hbb - hab*hab
		offset += (hbb*ga - hab*gb) / det
		slope += (haa*gb - hab*ga) / det
	}
	loss := func(offset, slope float64) (sum float64) {
		for i, m := range x {
			p := sigmoid(offset + slope*m)
			sum -= math.Log(y[i]*p+(1-y[i])*(1-p)) / float64(len(x))
		}
		return sum
	}
	if have, best := loss(needOffset, needSlope), loss(offset, slope); have > best+.02 {
		t.Errorf("offset %.2f and slope %.2f would fit these messages with a loss of %.3f; need.go's %.2f and %.2f have %.3f", offset, slope, best, needOffset, needSlope, have)
	}
}
