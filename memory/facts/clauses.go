package facts

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/tools/hanzi"
)

// A clause is a part of a message that states one thing.
type clause struct {
	text     string // folded
	sentence string // the sentence it stands in, as it was written
	raw      string // itself, as it was written
	from, to int    // where it stands in the message
	asks     bool
}

// How much of a message is read, in characters: facts stand in short ones.
const mostRead = 1500

var (
	// What stands in marks was said by somebody else, or at another time; so was a
	// line that is quoted.
	inMarks   = regexp.MustCompile(`“[^”]{0,400}”|"[^"]{0,400}"|「[^」]{0,400}」|『[^』]{0,400}』|‘[^’]{3,400}’`)
	quoted    = regexp.MustCompile(`(?mi)^\s*(?:>|\||(?:you|assistant|customer|user|system|bot|agent|support|shopper|me)\s*:|(?:您|你|客服|助手|顾客|用户|系统|我)\s*[:：]|said on\b|known\b[^:\n]{0,20}:|noted:|记下了).*$`)
	sentences = regexp.MustCompile(`[^.!?;。！？；\n]+(?:\.[^\s.!?;。！？；\n][^.!?;。！？；\n]*)*[.!?;。！？；]*`)
	commas    = regexp.MustCompile(`(?i)[,，:：—–()（）]| - |\.\.+|…|\s(?:but|because|cos|since|though|while|so|which|who)\s|\s(?:and|&)\s(?:also )?(?:(?:i|i['’]m|i['’]d|i['’]ve|we|my|he|she|he['’]s|she['’]s|they)\s)|(?:而且|但是|因为|所以|并且)|和(?:我)`)
	tag       = regexp.MustCompile(`^(?:right|correct|yes|no|am i|aren't i|don't i|do i|isn't (?:it|that)|ok|okay|huh|eh|对吧|是吧|对不对|是不是|对吗|是吗|没错吧)\s*[?？]*$`)
	asking    = regexp.MustCompile(`^(?:(?:so|and|but|ok|well|hi|hello|hey) )*(?:do|does|did|am|is|are|was|were|can|could|will|would|should|shall|have|has|had|what|which|where|when|why|who|how|whose)\b|(?:吗|么|呢|嘛)$|什么|多大|哪个|哪种|哪些|几码|多少|怎么|为什么|是不是|有没有|能不能|会不会|要不要|对不对|适不适合|[是穿对]不[是穿对]`)
	supposing = regexp.MustCompile(`^(?:(?:so|and|but|ok|well|hi|hello|hey|now)[, ]+)*(?:if|suppose|supposing|imagine|let's say|say|assuming|what if|even if|unless|when|pretend)\b|^(?:那|对了|嗯)*(?:如果|假如|要是|假设|万一|就算|倘若)`)
	reports   = regexp.MustCompile(`(?:\b(?:said|says|told me|tells me|wrote|claims|thinks|asked)|说|告诉我)[:：]?\s*$`)
	short     = strings.NewReplacer("’", "'", "i'm", "i am", "we're", "we are", "i've", "i have", "we've", "we have", "it's", "it is", "cannot", "can not", "can't", "can't", "isn't", "is not", "aren't", "are not", "doesn't", "does not", "，", ",", "：", ":", "　", " ")
)

// clauses parts a message. Quoted lines and what stands in marks is left out,
// and so is all of a sentence that begins with a supposition.
func clauses(message string) []clause {
	if utf8.RuneCountInString(message) > mostRead {
		return nil
	}
	blank := func(s string) string { return strings.Repeat("\x00", len(s)) }
	text := quoted.ReplaceAllStringFunc(message, func(s string) string {
		if fold(strings.TrimSpace(s)) == "" {
			return s
		}
		return blank(s)
	})
	text = inMarks.ReplaceAllStringFunc(text, blank)
	var out []clause
	for _, at := range sentences.FindAllStringIndex(text, -1) {
		out = append(out, parts(text[at[0]:at[1]], message[at[0]:at[1]], at[0])...)
	}
	return out
}

// parts are the clauses of one sentence, which was written as raw and stands at
// an offset of the message.
func parts(sentence, raw string, at int) []clause {
	sentence = hanSpace.ReplaceAllString(hanSpace.ReplaceAllString(sentence, "$1,$2"), "$1,$2") // as long as it was
	whole := strings.TrimSpace(raw)
	question := strings.HasSuffix(whole, "?") || strings.HasSuffix(whole, "？")
	if supposing.MatchString(fold(sentence)) {
		return nil
	}
	var out []clause
	from, reported := 0, false
	add := func(from, to int) {
		piece := strings.Trim(fold(sentence[from:to]), " ,.!?;:。！？；~～、")
		if piece == "" {
			return
		}
		out = append(out, clause{text: piece, sentence: whole, from: at + from, to: at + to, asks: asking.MatchString(piece) || reported || strings.ContainsRune(piece, '\x00')})
		reported = reports.MatchString(piece)
	}
	for _, m := range commas.FindAllStringIndex(sentence, -1) {
		add(from, m[0])
		from = m[1]
		// "and i" and 「和我」 begin the next clause with who it is about
		if words := strings.Fields(sentence[m[0]:m[1]]); len(words) > 1 && (strings.EqualFold(words[0], "and") || words[0] == "&") {
			from = m[1] - len(words[len(words)-1]) - 1
		} else if strings.HasPrefix(sentence[m[0]:m[1]], "和") {
			from = m[1] - len("我")
		}
	}
	add(from, len(sentence))
	if len(out) == 0 {
		return nil
	}
	last := &out[len(out)-1]
	if tag.MatchString(last.text) && (question || len(out) > 1) {
		for i := range out {
			out[i].asks = true
		}
	}
	last.asks = last.asks || question
	return out
}

// fold is one form of a text: lower case, simplified characters, short forms
// written out, single spaces.
func fold(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		case r >= 0xFF10 && r <= 0xFF19: // full-width digits
			b.WriteRune(r - 0xFF10 + '0')
		case r >= 0xFF41 && r <= 0xFF5A:
			b.WriteRune(r - 0xFF41 + 'a')
		default:
			b.WriteRune(hanzi.Rune(r))
		}
	}
	t := strings.Join(strings.Fields(b.String()), " ")
	t = shortIm.ReplaceAllString(short.Replace(t), "i am")
	for range 2 { // neighbours share a character
		t = besideHan.ReplaceAllString(t, "$1$2$3$4")
	}
	return t
}

var (
	shortIm   = regexp.MustCompile(`\bim\b`)
	hanSpace  = regexp.MustCompile(`(\p{Han}) (\p{Han})`) // it parts what it stands between
	besideHan = regexp.MustCompile(`(\p{Han}) ([a-z\d])|([a-z\d]) (\p{Han})`)
)
