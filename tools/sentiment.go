package tools

import (
	"context"
	"strings"

	"parley/agent/llm"
	"parley/tools/sentiment"
)

type sentimentIn struct {
	Product string `json:"product,omitempty" jsonschema:"a product whose reviews to sum up, by id or title"`
	Text    string `json:"text,omitempty" jsonschema:"a text to read instead"`
}

type productRef struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type aspectView struct {
	Aspect   string      `json:"aspect"`
	Positive int         `json:"positive"`
	Negative int         `json:"negative"`
	Quotes   []quoteView `json:"quotes,omitempty"`
}

type sentimentOut struct {
	Product *productRef  `json:"product,omitempty"`
	Count   int          `json:"count,omitempty"`
	Mean    float64      `json:"mean,omitempty"`
	Aspects []aspectView `json:"aspects,omitempty"`

	Score      *float64 `json:"score,omitempty"`
	Label      string   `json:"label,omitempty"`
	Confidence float64  `json:"confidence,omitempty"`
	Need       string   `json:"need,omitempty"`
}

func (s session) sentiment() llm.Tool {
	return llm.NewTool("sentiment", "Sum up a product's reviews by aspect with quotes, or read the mood of a text.", llm.Read,
		func(ctx context.Context, in sentimentIn, _ string) (sentimentOut, error) {
			if in.Product == "" {
				if strings.TrimSpace(in.Text) == "" {
					return sentimentOut{}, llm.Errorf("bad_argument", "give a product or a text")
				}
				r := s.Sentiment.Analyze(in.Text, s.locale())
				return sentimentOut{Score: &r.Score, Label: r.Label, Confidence: r.Confidence, Need: r.Need}, nil
			}
			p, err := s.find(in.Product)
			if err != nil {
				return sentimentOut{}, err
			}
			list := s.Catalog.Reviews(p.ID)
			out := sentimentOut{Product: &productRef{p.ID, p.TitleIn(s.locale())}, Count: len(list), Aspects: []aspectView{}}
			if len(list) == 0 {
				return out, nil
			}
			out.Mean = s.reviews(list).Mean
			var texts []sentiment.Text
			for _, r := range list {
				texts = append(texts, sentiment.Text{Text: r.Text, Author: r.Author, Stars: r.Stars})
			}
			for _, a := range s.Sentiment.Summarize(texts) {
				v := aspectView{Aspect: a.Aspect, Positive: a.Positive, Negative: a.Negative}
				for _, q := range a.Quotes[:min(2, len(a.Quotes))] {
					v.Quotes = append(v.Quotes, quoteView{q.Stars, q.Text, q.Author})
				}
				out.Aspects = append(out.Aspects, v)
			}
			return out, nil
		})
}
