package embed

import "unicode"

// The longest token of Han characters, and the longest Latin run that is read.
const (
	longestHan = 5
	longestRun = 32
)

// tokens calls emit with each token of a text:
//
//  1. Full-width forms become plain ones; apostrophes are dropped; letters are
//     lower-cased and lose their accents.
//  2. A run is all of a-z and 0-9, or all Han. Everything else separates.
//  3. A Latin run is one token if the table has it, else the longest pieces from
//     the left, later ones written with ## before them.
//  4. A Han run is cut into the longest words from the left, of five characters
//     at most. What the table does not have is skipped.
func (t *Table) tokens(text string, emit func(int32)) {
	var run []byte
	var han []rune
	end := func() {
		t.latin(run, emit)
		t.han(han, emit)
		run, han = run[:0], han[:0]
	}
	for _, c := range text {
		switch {
		case c == 0x3000:
			c = ' '
		case c >= 0xFF01 && c <= 0xFF5E:
			c -= 0xFEE0
		}
		if c == '\'' || c == '’' || c == 'ʼ' {
			continue
		}
		c = unicode.ToLower(c)
		plain, accented := folded[c]
		switch {
		case accented:
			if len(han) > 0 {
				end()
			}
			run = append(run, plain...)
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			if len(han) > 0 {
				end()
			}
			run = append(run, byte(c))
		case c >= 0x3400 && c <= 0x4DBF || c >= 0x4E00 && c <= 0x9FFF || c >= 0xF900 && c <= 0xFAFF:
			if len(run) > 0 {
				end()
			}
			han = append(han, c)
		default:
			end()
		}
	}
	end()
}

func (t *Table) latin(run []byte, emit func(int32)) {
	if len(run) == 0 || len(run) > longestRun {
		return
	}
	if id, ok := t.ids[string(run)]; ok {
		emit(id)
		return
	}
	var b [longestRun + 2]byte
	for i := 0; i < len(run); {
		piece := b[:0]
		if i > 0 {
			piece = append(piece, "##"...)
		}
		head := len(piece)
		piece = append(piece, run[i:]...)
		for len(piece) > head {
			if id, ok := t.ids[string(piece)]; ok {
				emit(id)
				break
			}
			piece = piece[:len(piece)-1]
		}
		i += max(len(piece)-head, 1)
	}
}

func (t *Table) han(run []rune, emit func(int32)) {
	for i := 0; i < len(run); {
		n := min(longestHan, len(run)-i)
		for ; n > 0; n-- {
			if id, ok := t.ids[string(run[i:i+n])]; ok {
				emit(id)
				break
			}
		}
		i += max(n, 1)
	}
}

// folded are letters with accents, and what is left of them.
var folded = func() map[rune]string {
	m := map[rune]string{'ß': "ss", 'æ': "ae", 'œ': "oe"}
	for plain, with := range map[string]string{
		"a": "àáâãäåāăą", "c": "çćč", "d": "ďđ", "e": "èéêëēęěė", "g": "ğ", "i": "ìíîïīı", "l": "ł", "n": "ñńň", "o": "òóôõöøōő",
		"r": "ř", "s": "śšşș", "t": "ťţț", "u": "ùúûüūůűų", "y": "ýÿ", "z": "źžż",
	} {
		for _, c := range with {
			m[c] = plain
		}
	}
	return m
}()
