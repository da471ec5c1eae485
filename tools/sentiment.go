package tools

import (
	"context"
	"math"
	"slices"
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
	Aspect   string       `json:"aspect"`
	Positive int          `json:"positive"`
	Negative int          `json:"negative"`
	Quotes   []saidOfView `json:"quotes,omitempty"`
}

// A saidOfView is a sentence of a review on one aspect. Stars are the review's
// own where they lie on the sentence's side, else 4 for praise and 2 for
// complaint: a review of three stars can praise one thing and criticise another.
type saidOfView struct {
	Stars  int    `json:"stars"`
	Text   string `json:"text"`
	Author string `json:"author,omitempty"`
	Sign   string `json:"sign"` // positive, negative
}

// An opinionView is what a text says of one aspect.
type opinionView struct {
	Aspect string  `json:"aspect"`
	Label  string  `json:"label"`
	Score  float64 `json:"score"`
	Text   string  `json:"text"`
}

type sentimentOut struct {
	Product *productRef  `json:"product,omitempty"`
	Count   int          `json:"count,omitempty"`
	Mean    float64      `json:"mean,omitempty"`
	Rating  float64      `json:"rating,omitempty"` // as the catalogue states it, where it keeps no texts
	Rated   int          `json:"rated,omitempty"`  // by how many
	Aspects []aspectView `json:"aspects,omitempty"`

	Score      *float64      `json:"score,omitempty"`
	Label      string        `json:"label,omitempty"`
	Confidence float64       `json:"confidence,omitempty"`
	Emotions   []string      `json:"emotions,omitempty"` // anger, disappointment, joy, urgency
	About      []opinionView `json:"about,omitempty"`
	Sarcasm    bool          `json:"sarcasm,omitempty"`
	Need       string        `json:"need,omitempty"`
}

func (s session) sentiment() llm.Tool {
	return llm.NewTool("sentiment", "Sum up a product's reviews by aspect with quotes, or read the mood of a text.", llm.Read,
		func(ctx context.Context, in sentimentIn, _ string) (sentimentOut, error) {
			if in.Product == "" {
				if strings.TrimSpace(in.Text) == "" {
					return sentimentOut{}, llm.Errorf("bad_argument", "give a product or a text")
				}
				r := s.Sentiment.Analyze(in.Text, s.locale())
				out := sentimentOut{Score: &r.Score, Label: r.Label, Confidence: r.Confidence, Emotions: r.Emotions.Named(), Sarcasm: r.Sarcasm, Need: r.Need}
				for _, x := range r.Aspects {
					out.About = append(out.About, opinionView{x.Name, x.Label, x.Score, x.Text})
				}
				return out, nil
			}
			p, err := s.find(in.Product)
			if err != nil {
				return sentimentOut{}, err
			}
			list := s.Catalog.Reviews(p.ID)
			out := sentimentOut{Product: &productRef{p.ID, p.TitleIn(s.locale())}, Count: len(list), Aspects: []aspectView{}}
			if len(list) == 0 {
				out.Rating, out.Rated = math.Round(p.Rating*10)/10, p.ReviewCount
				return out, nil
			}
			out.Mean = s.reviews(list).Mean
			var reviews []sentiment.Review
			for _, r := range list {
				reviews = append(reviews, sentiment.Review{Text: r.Text, Author: r.Author, Stars: float64(r.Stars)})
			}
			for _, a := range s.Sentiment.Summarize(reviews, s.locale()).Aspects {
				if a.Positive+a.Negative == 0 {
					continue
				}
				v := aspectView{Aspect: a.Aspect, Positive: a.Positive, Negative: a.Negative}
				for _, q := range bothSides(a.Quotes) {
					v.Quotes = append(v.Quotes, saidOf(q))
				}
				out.Aspects = append(out.Aspects, v)
			}
			return out, nil
		})
}

func saidOf(q sentiment.Quote) saidOfView {
	v := saidOfView{Stars: int(q.Stars), Text: q.Text, Author: q.Author, Sign: "negative"}
	if q.Positive {
		v.Sign = "positive"
		if v.Stars < 4 {
			v.Stars = 4
		}
	} else if v.Stars == 0 || v.Stars > 3 {
		v.Stars = 2
	}
	return v
}

// bothSides takes the first two quotes, and the first of the other side, so that
// who asks for complaints is not told praise alone.
func bothSides(list []sentiment.Quote) []sentiment.Quote {
	if len(list) < 3 {
		return list
	}
	out := slices.Clone(list[:2])
	if list[0].Positive == list[1].Positive {
		if i := slices.IndexFunc(list, func(q sentiment.Quote) bool { return q.Positive != list[0].Positive }); i >= 0 {
			out = append(out, list[i])
		}
	}
	return out
}
