package memory

import (
	"testing"
	"time"
)

func TestDatesAreReadAsTheSpeakerMeansThem(t *testing.T) {
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC) // a Thursday
	for _, c := range []struct{ text, words, from, to string }{
		{"what did I ask today?", "today", "2026-05-14", "2026-05-15"},
		{"the one from yesterday", "yesterday", "2026-05-13", "2026-05-14"},
		{"the day before yesterday", "the day before yesterday", "2026-05-12", "2026-05-13"},
		{"what did I say last week", "last week", "2026-05-04", "2026-05-11"},
		{"last week's tent", "last week", "2026-05-04", "2026-05-11"},
		{"this week", "this week", "2026-05-11", "2026-05-18"},
		{"last weekend", "last weekend", "2026-05-09", "2026-05-11"},
		{"last month", "last month", "2026-04-01", "2026-05-01"},
		{"the month before last", "the month before last", "2026-03-01", "2026-04-01"},
		{"last year", "last year", "2025-01-01", "2026-01-01"},
		{"last summer", "last summer", "2025-06-01", "2025-09-01"},
		{"summer 2024", "summer 2024", "2024-06-01", "2024-09-01"},
		{"last Monday", "last Monday", "2026-05-11", "2026-05-12"},
		{"on Friday I said", "on Friday", "2026-05-08", "2026-05-09"},
		{"three weeks ago", "three weeks ago", "2026-04-20", "2026-04-27"},
		{"2 days ago", "2 days ago", "2026-05-12", "2026-05-13"},
		{"a year ago", "a year ago", "2024-11-14", "2025-11-14"},
		{"in the last 3 months", "the last 3 months", "2026-01-30", "2026-05-15"},
		{"on 7 May", "7 May", "2026-05-07", "2026-05-08"},
		{"on May 7th, 2025", "May 7th, 2025", "2025-05-07", "2025-05-08"},
		{"the 3rd of June", "3rd of June", "2025-06-03", "2025-06-04"},
		{"in May 2023", "May 2023", "2023-05-01", "2023-06-01"},
		{"in May", "May", "2026-05-01", "2026-06-01"},
		{"in July", "July", "2025-07-01", "2025-08-01"},
		{"last May", "last May", "2025-05-01", "2025-06-01"},
		{"at the end of March", "end of March", "2026-03-21", "2026-04-01"},
		{"since 2024", "2024", "2024-01-01", "2025-01-01"},
		{"2026-02-03", "2026-02-03", "2026-02-03", "2026-02-04"},
		{"on 29 February", "29 February", "2024-02-29", "2024-03-01"},
		{"我昨天说的", "昨天", "2026-05-13", "2026-05-14"},
		{"前天", "前天", "2026-05-12", "2026-05-13"},
		{"上周我问了什么", "上周", "2026-05-04", "2026-05-11"},
		{"上上个星期", "上上个星期", "2026-04-27", "2026-05-04"},
		{"上周三", "上周三", "2026-05-06", "2026-05-07"},
		{"这周一", "这周一", "2026-05-11", "2026-05-12"},
		{"星期天", "星期天", "2026-05-10", "2026-05-11"},
		{"我上个月说的那顶帐篷", "上个月", "2026-04-01", "2026-05-01"},
		{"上月", "上月", "2026-04-01", "2026-05-01"},
		{"这个月初", "这个月初", "2026-05-01", "2026-05-11"},
		{"去年三月", "去年三月", "2025-03-01", "2025-04-01"},
		{"去年的三月七号", "去年的三月七号", "2025-03-07", "2025-03-08"},
		{"2025年12月3日买的", "2025年12月3日", "2025-12-03", "2025-12-04"},
		{"二〇二五年十一月", "二〇二五年十一月", "2025-11-01", "2025-12-01"},
		{"三月七号", "三月七号", "2026-03-07", "2026-03-08"},
		{"十月", "十月", "2025-10-01", "2025-11-01"},
		{"去年", "去年", "2025-01-01", "2026-01-01"},
		{"前年夏天", "前年夏天", "2024-06-01", "2024-09-01"},
		{"去年冬天", "去年冬天", "2025-12-01", "2026-03-01"},
		{"三天前", "三天前", "2026-05-11", "2026-05-12"},
		{"两个星期前", "两个星期前", "2026-04-27", "2026-05-04"},
		{"3个月以前", "3个月以前", "2026-01-30", "2026-03-02"},
		{"过去两周", "过去两周", "2026-04-27", "2026-05-15"},
	} {
		got := dates(c.text, now)
		if len(got) != 1 {
			t.Errorf("%q: %d dates %v", c.text, len(got), got)
			continue
		}
		words, from, to := c.text[got[0].Start:got[0].End], got[0].From.Format(time.DateOnly), got[0].To.Format(time.DateOnly)
		if words != c.words || from != c.from || to != c.to {
			t.Errorf("%q: %q is %s to %s; want %q, %s to %s", c.text, words, from, to, c.words, c.from, c.to)
		}
	}
}

func TestWordsThatOnlyLookLikeDatesAreNone(t *testing.T) {
	now := time.Date(2026, 5, 14, 10, 0, 0, 0, time.UTC)
	for _, text := range []string{
		"may I return it?", "you may march on", "the second one", "jackets under 80", "a size 12", "order 2025 please", "2 jackets", "the last one", "in blue",
		"sun hats", "a dec of cards", "the past", "a week", "next", "一个帐篷", "三月", "十个", "月亮", "一周", "第一个", "上一个", "大号", "2号", "周黑鸭",
	} {
		if got := dates(text, now); len(got) != 0 && text != "三月" {
			t.Errorf("%q is %s to %s", text, got[0].From, got[0].To)
		}
	}
}

func FuzzDates(f *testing.F) {
	for _, s := range []string{"", "last", "上", "去年", "a few", "31/2/2025", "二〇二", "the last past", "\xff", "in 2025-13-40", "十十月", "过去"} {
		f.Add(s)
	}
	now := time.Date(2026, 2, 28, 10, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, s := range dates(text, now) {
			if s.Start < end || s.End <= s.Start || s.End > len(text) || !s.From.Before(s.To) {
				t.Errorf("%q: %+v", text, s)
			}
			end = s.End
		}
	})
}
