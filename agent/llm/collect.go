package llm

import (
	"io"
	"iter"
)

// A Reply is a collected stream.
type Reply struct {
	Message    Message
	Stop       Stop
	Usage      Usage
	Suggest    []string
	Confidence float64
	Meaning    string
}

// Collect ranges over a stream and returns its whole message. It gives
// io.ErrUnexpectedEOF, with what had come, when the stream had no terminal chunk.
func Collect(stream iter.Seq2[Chunk, error]) (Reply, error) {
	var r Reply
	r.Message.Role = Assistant
	for c, err := range stream {
		if err != nil {
			return r, err
		}
		r.Add(c)
	}
	if r.Stop == "" {
		return r, io.ErrUnexpectedEOF
	}
	return r, nil
}

// Add appends a chunk: pieces of text and of reasoning join the part before
// them when it is of the same sort.
func (r *Reply) Add(c Chunk) {
	ps := &r.Message.Parts
	last := func() *Part {
		if n := len(*ps); n > 0 {
			return &(*ps)[n-1]
		}
		return nil
	}
	if c.Reasoning != "" {
		if p := last(); p != nil && p.Reasoning != "" {
			p.Reasoning += c.Reasoning
		} else {
			*ps = append(*ps, Part{Reasoning: c.Reasoning})
		}
	}
	if c.Text != "" {
		if p := last(); p != nil && p.Text != "" {
			p.Text += c.Text
		} else {
			*ps = append(*ps, Part{Text: c.Text})
		}
	}
	if c.Call != nil {
		*ps = append(*ps, Part{Call: c.Call})
	}
	if c.Stop != "" {
		r.Stop = c.Stop
	}
	if c.Usage != nil {
		r.Usage = *c.Usage
	}
	if c.Suggest != nil {
		r.Suggest = c.Suggest
	}
	if c.Confidence != 0 {
		r.Confidence = c.Confidence
	}
	if c.Meaning != "" {
		r.Meaning = c.Meaning
	}
}
