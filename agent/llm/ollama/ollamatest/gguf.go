package ollamatest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"iter"
	"strings"
)

// A Line is one thing that a tiny model says.
type Line struct {
	// To is the customer's message that it answers; empty for any other one.
	To string
	// Result: it is said after a tool's result instead.
	Result bool
	// Say is the text. A tool call is written as the template of the model
	// tells: <tool_call>\n{"name": ..., "arguments": ...}\n</tool_call>.
	Say string
	// Pieces are the tokens that it is said in, in place of Say. The server
	// holds a piece that ends within a character until the next one.
	Pieces []string
	// Endless says it over and over until somebody stops it.
	Endless bool
}

// The file is GGUF version 3: a header, typed keys and values, tensor
// descriptions, then the tensors, each aligned to 32 bytes.
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
type gguf struct {
	keys, tensors bytes.Buffer
	data          bytes.Buffer
	nKeys, nT     uint64
}

const (
	typeInt32, typeUint32, typeFloat, typeBool, typeString, typeArray = 5, 4, 6, 7, 8, 9
	alignment                                                         = 32
)

func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		if s, ok := v.(string); ok {
			put(b, uint64(len(s)))
			b.WriteString(s)
			continue
		}
		_ = binary.Write(b, binary.LittleEndian, v) // into memory, of sized values: cannot fail
	}
}

// set adds a key. A value of another type is a mistake of this file.
func (g *gguf) set(key string, value any) {
	g.nKeys++
	put(&g.keys, key)
	switch v := value.(type) {
	case uint32:
		put(&g.keys, uint32(typeUint32), v)
	case float32:
		put(&g.keys, uint32(typeFloat), v)
	case bool:
		put(&g.keys, uint32(typeBool), v)
	case string:
		put(&g.keys, uint32(typeString), v)
	case []string:
		put(&g.keys, uint32(typeArray), uint32(typeString), uint64(len(v)))
		for _, s := range v {
			put(&g.keys, s)
		}
	case []int32:
		put(&g.keys, uint32(typeArray), uint32(typeInt32), uint64(len(v)), v)
	default:
		panic(fmt.Sprintf("ollamatest: the key %s has a %T", key, value))
	}
}

// pairs are keys and values in the order they are written in.
func pairs(list ...any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := 0; i < len(list) && yield(list[i].(string), list[i+1]); i += 2 {
		}
	}
}

// matrix adds a tensor of out rows of in floats each; a vector has one row.
func (g *gguf) matrix(name string, in, out int, at func(row, column int) float32) {
	g.nT++
	dims := []uint64{uint64(in), uint64(out)}
	if out == 1 {
		dims = dims[:1]
	}
	put(&g.tensors, name, uint32(len(dims)), dims, uint32(0), uint64(g.data.Len())) // 0: 32-bit floats
	rows := make([]float32, in*out)
	for r := range out {
		for c := range in {
			rows[r*in+c] = at(r, c)
		}
	}
	put(&g.data, rows)
	pad(&g.data)
}

func pad(b *bytes.Buffer) {
	for b.Len()%alignment != 0 {
		b.WriteByte(0)
	}
}

func (g *gguf) bytes() []byte {
	var b bytes.Buffer
	b.WriteString("GGUF")
	put(&b, uint32(3), g.nT, g.nKeys)
	b.Write(g.keys.Bytes())
	b.Write(g.tensors.Bytes())
	pad(&b)
	b.Write(g.data.Bytes())
	return b.Bytes()
}

// A vocabulary is the tokens of a model, as its byte-pair tokenizer has them.
type vocabulary struct {
	tokens []string
	kinds  []int32
	ids    map[string]int
}

// Kinds of tokens.
const (
	normal, control = 1, 3
)

func (v *vocabulary) add(token string, kind int32) int {
	v.ids[token] = len(v.tokens)
	v.tokens, v.kinds = append(v.tokens, token), append(v.kinds, kind)
	return len(v.tokens) - 1
}

// letters are the letters that a byte-pair tokenizer writes bytes with (Radford
// and others 2019, encoder.py): printable bytes as themselves, the rest from 256 on.
var letters = func() (out [256]rune) {
	next := rune(256)
	for b := range 256 {
		out[b] = rune(b)
		if b < '!' || b > '~' && b < 0xA1 || b == 0xAD {
			out[b] = next
			next++
		}
	}
	return out
}()

func lettered(text string) string {
	var b strings.Builder
	for i := range len(text) {
		b.WriteRune(letters[text[i]])
	}
	return b.String()
}

// mark is the token that makes the model say line n: the template puts it last.
func mark(n int) string { return fmt.Sprintf("<|line%d|>", n) }

// weights makes a model of one layer whose attention and feed-forward are zero,
// so that what comes next depends on the last token alone: embedding is the
// identity, output is the table of what follows what. Each line is cut into
// tokens of its own; after its mark they come in order, then the end.
func weights(lines []Line) []byte {
	v := &vocabulary{ids: map[string]int{}}
	for _, l := range letters {
		v.add(string(l), normal)
	}
	merges := []string{lettered(" ") + " t", "h e"}
	v.add(lettered(" t"), normal)
	v.add("he", normal)
	v.add("<|im_start|>", control)
	end := v.add("<|im_end|>", control)
	padding := v.add("<|endoftext|>", control)
	follows := map[int]int{}
	for n, line := range lines {
		last := v.add(mark(n), control)
		first := -1
		for _, piece := range v.cut(line) {
			next := v.add(lettered(piece), normal)
			if first < 0 {
				first = next
			}
			follows[last], last = next, next
		}
		follows[last] = end
		if line.Endless {
			follows[last] = first
		}
	}
	for len(v.tokens)%alignment != 0 {
		v.add(fmt.Sprintf("<|unused%d|>", len(v.tokens)), control)
	}
	return v.model(follows, merges, end, padding)
}

// cut parts a line into texts that no other token has.
func (v *vocabulary) cut(line Line) (pieces []string) {
	if line.Pieces != nil {
		return line.Pieces
	}
	mine := map[string]bool{}
	taken := func(piece string) bool { return mine[piece] || v.has(piece) }
	for rest := line.Say; rest != ""; {
		size := min(4, len(rest))
		for size < len(rest) && taken(rest[:size]) {
			size++
		}
		if len(rest)-size < 4 {
			size = len(rest) // the last one is long enough to be its own
		}
		if taken(rest[:size]) {
			panic("ollamatest: the end of this line stands in another one: " + line.Say)
		}
		mine[rest[:size]] = true
		pieces, rest = append(pieces, rest[:size]), rest[size:]
	}
	return pieces
}

func (v *vocabulary) has(text string) bool {
	_, ok := v.ids[lettered(text)]
	return ok
}

func (v *vocabulary) model(follows map[int]int, merges []string, end, padding int) []byte {
	const head, hidden = 32, 32
	size := len(v.tokens)
	g := &gguf{}
	for key, value := range pairs(
		"general.architecture", "llama", "general.name", "tiny", "general.file_type", uint32(0),
		"llama.block_count", uint32(1), "llama.context_length", uint32(32768), "llama.embedding_length", uint32(size), "llama.feed_forward_length", uint32(hidden),
		"llama.attention.head_count", uint32(1), "llama.attention.head_count_kv", uint32(1), "llama.attention.key_length", uint32(head), "llama.attention.value_length", uint32(head),
		"llama.attention.layer_norm_rms_epsilon", float32(1e-6), "llama.rope.dimension_count", uint32(head), "llama.rope.freq_base", float32(10000), "llama.vocab_size", uint32(size),
		"tokenizer.ggml.model", "gpt2", "tokenizer.ggml.pre", "qwen2", "tokenizer.ggml.tokens", v.tokens, "tokenizer.ggml.token_type", v.kinds, "tokenizer.ggml.merges", merges,
		"tokenizer.ggml.bos_token_id", uint32(padding), "tokenizer.ggml.eos_token_id", uint32(end), "tokenizer.ggml.padding_token_id", uint32(padding), "tokenizer.ggml.add_bos_token", false,
	) {
		g.set(key, value)
	}
	none := func(int, int) float32 { return 0 }
	ones := func(int, int) float32 { return 1 }
	g.matrix("token_embd.weight", size, size, func(row, column int) float32 {
		if row == column {
			return 1
		}
		return 0
	})
	g.matrix("output_norm.weight", size, 1, ones)
	g.matrix("output.weight", size, size, func(row, column int) float32 {
		next, ok := follows[column]
		if !ok {
			next = end
		}
		if row == next {
			return 2
		}
		return 0
	})
	g.matrix("blk.0.attn_norm.weight", size, 1, ones)
	g.matrix("blk.0.ffn_norm.weight", size, 1, ones)
	for _, name := range []string{"attn_q", "attn_k", "attn_v"} {
		g.matrix("blk.0."+name+".weight", size, head, none)
	}
	g.matrix("blk.0.attn_output.weight", head, size, none)
	g.matrix("blk.0.ffn_gate.weight", size, hidden, none)
	g.matrix("blk.0.ffn_up.weight", size, hidden, none)
	g.matrix("blk.0.ffn_down.weight", hidden, size, none)
	return g.bytes()
}
