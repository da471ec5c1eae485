package sentiment

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkLatency reports p50 and p99 over our own texts, one at a time.
func BenchmarkLatency(b *testing.B) {
	a := analyzer(b)
	own, held := ownTexts(b)
	texts := append(own, held...)
	for _, x := range needTexts(b) {
		texts = append(texts, sourceText{text: x.text})
	}
	var took []time.Duration
	i := 0
	for b.Loop() {
		t := texts[i%len(texts)].text
		i++
		start := time.Now()
		a.Analyze(t, "")
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50_us")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1000, "p99_us")
}
