package classify

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// The longest text that is read: what stands behind it is not looked at, so that
// a message of 100 kB costs what a long review costs.
const longestText = 4000

// The longest word whose character n-grams are taken; of a longer one, its head.
const longestWord = 40

// The blocks of a text's features, each made length one before its weight.
const (
	blockWords = iota
	blockChars
	blocks
)

// A gram is one n-gram where it stands in the normalised text.
type gram struct {
	key        uint32
	block      uint8
	start, end int32 // in runes of the normalised text
}

// grammar says which n-grams are taken.
type grammar struct {
	words, chars, han int
}

// A reader takes texts apart; its buffers are used again. The zero value works.
type reader struct {
	text  []rune // normalised, words parted by one space, a space at both ends
	grams []gram
}

// read fills r.text and r.grams. Letters are lower-cased, full-width forms made
// plain, apostrophes dropped, runs of three digits and more made 0s (an order
// number is like any other), what is neither letter nor digit a word by itself.
func (r *reader) read(g grammar, text string) {
	r.normalise(text)
	r.grams = r.grams[:0]
	var before1, before2 uint32 // hashes of the words before
	var start1, start2 int
	for i := 1; i < len(r.text); {
		end := i
		for r.text[end] != ' ' {
			end++
		}
		word := r.text[i:end]
		switch {
		case isHan(word[0]):
			r.han(g, i, end)
			before1, before2 = 0, 0
		case !isWord(word[0]):
			if g.words > 0 {
				r.emit('p', hashRunes(word), blockWords, i, end)
			}
		default:
			h := hashRunes(word)
			if g.words > 0 {
				r.emit('w', h, blockWords, i, end)
			}
			if g.words > 1 && before1 != 0 {
				r.emit('w', pair(before1, h), blockWords, start1, end)
			}
			if g.words > 2 && before2 != 0 {
				r.emit('w', pair(pair(before2, before1), h), blockWords, start2, end)
			}
			r.chars(g, i, end)
			before2, start2, before1, start1 = before1, start1, h, i
		}
		i = end + 1
	}
}

// chars takes the character n-grams of one word with the spaces around it.
func (r *reader) chars(g grammar, start, end int) {
	if end-start > longestWord {
		end = start + longestWord
	}
	for i := start - 1; i < end; i++ {
		h := uint32(seed)
		for n := 1; n <= g.chars && i+n <= end+1; n++ {
			h = step(h, r.text[i+n-1])
			if n >= 2 {
				r.emit('c', h, blockChars, i, i+n)
			}
		}
	}
}

// han takes n-grams of a run without spaces, from one character up.
func (r *reader) han(g grammar, start, end int) {
	for i := start; i < end; i++ {
		h := uint32(seed)
		for n := 1; n <= g.han && i+n <= end; n++ {
			h = step(h, r.text[i+n-1])
			r.emit('h', h, blockChars, i, i+n)
		}
	}
}

func (r *reader) emit(kind rune, h uint32, block uint8, start, end int) {
	h = mix(step(h, kind))
	r.grams = append(r.grams, gram{h, block, int32(start), int32(end)})
}

func (r *reader) normalise(text string) {
	r.text = append(r.text[:0], ' ')
	digits, last := 0, ' '
	part := func() {
		if r.text[len(r.text)-1] != ' ' {
			r.text = append(r.text, ' ')
		}
	}
	for _, c := range text {
		if len(r.text) >= longestText {
			break
		}
		switch {
		case c >= 0xFF01 && c <= 0xFF5E:
			c -= 0xFEE0
		case c == 0x3000:
			c = ' '
		case c == '\'' || c == '’' || c == 'ʼ' || unicode.Is(unicode.Mn, c):
			continue
		}
		c = unicode.ToLower(c)
		if !unicode.IsDigit(c) {
			digits = 0
		}
		switch {
		case unicode.IsSpace(c) || unicode.IsControl(c):
			part()
		case isHan(c):
			if !isHan(last) {
				part()
			}
			r.text = append(r.text, c)
		case isWord(c):
			if !isWord(last) || isHan(last) {
				part()
			}
			r.text = append(r.text, c)
			if unicode.IsDigit(c) {
				digits++
				if n := len(r.text); digits == 3 {
					r.text[n-3], r.text[n-2], r.text[n-1] = '0', '0', '0'
				} else if digits > 3 {
					r.text[n-1] = '0'
				}
			}
		default:
			if c != last { // "!!!" is read as "!"
				part()
				r.text = append(r.text, c)
			}
		}
		last = c
	}
	part()
}

// opening is what the sentence vector reads of a text: as much as the n-grams do of
// Chinese, whose characters are three bytes.
func opening(text string) string {
	n := 3 * longestText
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

func isWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// isHan says whether a letter is of a script that is written without spaces.
func isHan(c rune) bool {
	return c >= 0x3040 && unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// FNV-1a over runes, and a finaliser so that every bit counts.
const seed = 2166136261

func step(h uint32, c rune) uint32 { return (h ^ uint32(c)) * 16777619 }

func hashRunes(word []rune) uint32 {
	h := uint32(seed)
	for _, c := range word {
		h = step(h, c)
	}
	return h | 1 // never 0, which means "no word"
}

func pair(a, b uint32) uint32 { return bits.RotateLeft32(a*2654435761, 13) ^ b*2246822519 | 1 }

func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
