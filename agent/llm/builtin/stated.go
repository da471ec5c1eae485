package builtin

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/memory/embed"
)

// A statement is one thing that the shop states of a product: an attribute, an
// option, a sentence.
type statement struct {
	name, text string   // folded; name is empty for a sentence
	names      []string // in the feed's words and the shopper's
	say        string   // as it is said
	quote      bool
}

// labels are attributes that sort products and say nothing of them.
var labels = map[string]bool{"tags": true, "tag": true, "sku": true, "collection": true, "标签": true}

// statements are all that a result carries of a product.
func (c *clause) statements(p product) []statement {
	var out []statement
	if p.Brand != "" {
		out = append(out, statement{name: "brand 品牌", names: []string{"brand"}, say: c.fact("brand", c.say("brand_label"), []string{p.Brand})})
	}
	for _, a := range p.Attributes {
		if labels[strings.ToLower(a.Name)] {
			continue
		}
		name := strings.ToLower(a.Name + " " + a.Label)
		out = append(out, statement{name: name, names: []string{strings.ToLower(a.Name), strings.ToLower(a.Label)}, text: strings.ToLower(strings.Join(a.Values, " ")), say: c.fact(a.Name, a.Label, a.Values)})
	}
	options := map[string][]string{}
	var order []string
	for _, v := range p.Variants {
		for name, value := range v.Options {
			if options[name] == nil {
				order = append(order, name)
			}
			if !slices.Contains(options[name], value) {
				options[name] = append(options[name], value)
			}
		}
	}
	slices.Sort(order)
	for _, name := range order {
		if l := strings.ToLower(name); l != "color" && l != "size" && l != "颜色" && l != "尺码" { // asked for by themselves
			out = append(out, statement{name: l, text: strings.ToLower(strings.Join(options[name], " ")), say: c.fact(name, "", options[name])})
		}
	}
	for _, s := range says(p) {
		out = append(out, statement{text: strings.ToLower(s), say: s, quote: true})
	}
	return out
}

// A question is one thing that a clause asks of a product.
type question struct {
	text  string
	words []string   // stems of English words, pairs of Chinese characters
	other [][]string // the same in the other language: for each Chinese word its English ones
	kinds []*kindOfAnswer
	topic *topic
}

// A kindOfAnswer is what an answer must look like: "how long" wants a time.
type kindOfAnswer struct{ ask, answer *regexp.Regexp }

const count = `(?:\d|[一二两三四五六七八九十半])`

var kindsOfAnswer = []kindOfAnswer{
	{regexp.MustCompile(`\bhow long\b|\bhow much time\b|多久|多长时间|几分钟|几小时|几个小时`), regexp.MustCompile(count + `+\s?(?:-\d+\s?)?(?:min|hours?|hrs?\b|sec|days?|weeks?|months?|years?|分钟|小时|秒|天|个?月|年|周)`)},
	{regexp.MustCompile(`\bhow (?:quick|fast)|\bquick|快吗|快不快`), regexp.MustCompile(count + `+\s?(?:-\d+\s?)?(?:min|hours?|hrs?\b|sec|分钟|小时|秒)|快|quick|fast`)},
	{regexp.MustCompile(`\bhow old\b|\bwhat age|\bages?\b|\d[- ]?(?:yr|year)s?[- ]?olds?\b|几岁|多大(?:年龄|岁数|的孩子|的小孩)|年龄`), regexp.MustCompile(`\d\+?\s?(?:years|yrs)|\bages?\b|岁|年龄`)},
	{regexp.MustCompile(`\bhow (?:big|large|wide|tall|high|deep|long)\b|\bmeasure|尺寸|多大|多高|多宽|多长|几寸`), regexp.MustCompile(`\d\s?(?:cm|mm|m\b|inch|in\b|")|\d\s?(?:x|×)\s?\d|[hwd]\s?\d+"?\s?x|\d(?:厘米|毫米|米|寸|平)`)},
	{regexp.MustCompile(`\bhow (?:big|large|much does it hold)\b|\bcapacity\b|\bvolume\b|\blitres?\b|\bliters?\b|多少升|几升|多大|容量|毫升|多少克|几克|净含量`), regexp.MustCompile(`\d\s?(?:l\b|litre|liter|ml\b|gallon|cubic)|\d(?:升|毫升|克|千克|公斤|斤)|容量|净含量|volume|capacity`)},
	{regexp.MustCompile(`多少瓦|几瓦|功率|\bwatts?\b|\bpower\b`), regexp.MustCompile(`\d\s?(?:w\b|watt|瓦|千瓦|kw)`)},
	{regexp.MustCompile(`分贝|噪音|吵不吵|声音大|吵吗|\bloud|\bnois|\bquiet|\bdecibel`), regexp.MustCompile(`分贝|\bdb\b|噪|静|quiet|silent|noise`)},
	{regexp.MustCompile(`\bhow (?:heavy|much does it weigh)\b|\bweigh|多重|几公斤|几斤|多少公斤|多少斤|重不重|重吗`), regexp.MustCompile(`\d\s?(?:kg|g\b|lbs?\b|oz\b|grams?|公斤|千克|克|斤)`)},
	{regexp.MustCompile(`\bhow often\b|\bevery ?day\b|\bdaily\b|天天|每天|几次|多久.{0,4}一次|多长时间.{0,4}一次`), regexp.MustCompile(count + `次|每天|每日|每` + count + `|daily|every|times a|a week|每周`)},
	{regexp.MustCompile(`\bdegrees?\b|\bhow (?:cold|warm)\b|\btemperature|几度|多少度|温度`), regexp.MustCompile(`\d\s?(?:°|℃|degrees|度)`)},
	{regexp.MustCompile(`保质期|过期|新鲜|\bshelf life\b|\bexpir|\buse by\b|\bbest before\b|能放多久`), regexp.MustCompile(`保质期|shelf life|best before|expiry`)},
}

// terms have times of their own.
var terms = regexp.MustCompile(`warranty|guarantee|shelf life|shipping|delivery|returns?|保修|质保|保质|发货|配送|退`)

// inEnglish are the English words of the general Chinese ones in a text, longest first.
func (w *vocabulary) inEnglish(text string) [][]string {
	if !hasHan(text) {
		return nil
	}
	var out [][]string
	r := []rune(text)
	for i := 0; i < len(r); i++ {
		for n := min(5, len(r)-i); n >= 2; n-- {
			if list := w.english[string(r[i:i+n])]; len(list) > 0 {
				out = append(out, list)
				i += n - 1
				break
			}
		}
	}
	return out
}

// hanSpace parts a Chinese message that has no commas.
var hanSpace = regexp.MustCompile(`(\p{Han}) +(\p{Han})`)

// counted names what "how many" counts: 「几碗」, 「多少瓦」, "how many pages".
var (
	howMany    = regexp.MustCompile(`(?:几|多少)(?:个|条|张)?(\p{Han})`)
	howManyOf  = regexp.MustCompile(`\b(?:how many|number of) ([a-z]+)`)
	questionIn = regexp.MustCompile(`[?!;,、]|\.(?:\s|$)|\s(?:and|but|also|plus)\s|还有|另外|以及|顺便|而且|\sor (?:is|does|do|can|how|what)\b`)
	talkHan    = regexp.MustCompile(`请问|我问的是|我想问|我是说|我说的是|是不是|能不能|可不可以|可以|能不|多少|多久|多大|多长|什么|怎么样?|哪里|为什么|有没有|需不需要|需要|是否|划算|值不值|值得|好不好|行不行|咋样|够用|一下|那个|这个|那款|这款|这些|那些|适合|适不适合|用不|会不会|应该|里面|的话|来着|大概|一共|总共|现在|不是|说明|知道`)
)

const talkRunes = "的了吗呢吧啊呀哦嘛么我你您他她它们有是不没能会要用来去和跟与就都也还很太那这个款件些几多哪谁把给让到在上下里啥咋"

// asked parts a clause into what it asks of a product.
func (c *clause) questions(p product) []question {
	title := strings.ToLower(p.Title)
	text := c.text
	if c.lang == "zh" {
		text = strings.Join(c.parted(text), ",")
	}
	text = pointing.ReplaceAllString(text, " ")
	for _, re := range ordinals {
		text = re.ReplaceAllString(text, " ")
	}
	for _, n := range c.m.words.titles.in(text) {
		if i := wordAt(text, n.name); i >= 0 && (n.id == p.ID || n.name == title) {
			text = text[:i] + " , " + text[i+len(n.name):]
		}
	}
	var out []question
	for _, part := range questionIn.Split(text, -1) {
		q := question{text: strings.TrimSpace(part), topic: c.topicIn(part)}
		for i := range kindsOfAnswer {
			if kindsOfAnswer[i].ask.MatchString(part) {
				q.kinds = append(q.kinds, &kindsOfAnswer[i])
			}
		}
		if unit := howMany.FindStringSubmatch(part); unit != nil && !strings.ContainsAny(unit[1], "钱个人久大") {
			q.kinds = append(q.kinds, &kindOfAnswer{answer: regexp.MustCompile(count + `+\s?(?:个|条|张)?` + regexp.QuoteMeta(unit[1]))})
		}
		if unit := howManyOf.FindStringSubmatch(part); unit != nil {
			q.kinds = append(q.kinds, &kindOfAnswer{answer: regexp.MustCompile(`\d[\d,]*\W{1,3}(?:\w+ )?` + regexp.QuoteMeta(strings.TrimSuffix(unit[1], "s")))})
		}
		q.words = stems(talkHan.ReplaceAllString(part, " "), c.contentOf)
		q.words = slices.DeleteFunc(q.words, func(w string) bool { return vague[w] })
		q.other = c.m.words.inEnglish(part)
		if len(q.words) > 0 || len(q.kinds) > 0 || q.topic != nil {
			out = append(out, q)
		}
	}
	return out
}

// stems are what a text is looked up by: English words without their endings,
// and pairs of Chinese characters.
func stems(text string, contentOf func(string) []string) []string {
	var out []string
	add := func(w string) {
		if w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	for _, w := range contentOf(text) {
		if !hasHan(w) {
			add(stem(w))
			continue
		}
		for _, run := range strings.FieldsFunc(w, func(r rune) bool {
			return strings.ContainsRune(talkRunes, r) || !unicode.Is(unicode.Han, r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			r := []rune(run)
			if !hasHan(run) {
				add(run)
			}
			for i := 0; i+2 <= len(r); i++ {
				add(string(r[i : i+2]))
			}
		}
	}
	return out
}

// stem is what the forms of an English word begin with: travel of travelling
// and travels, hand of handed, batter of batteries.
func stem(w string) string {
	for _, end := range []string{"ings", "ing", "iest", "ier", "ies", "ers", "ed", "er", "es", "ly", "e", "s", "y"} {
		if rest, ok := strings.CutSuffix(w, end); ok && (len(rest) > 3 || len(rest) == 3 && end == "s" || len(rest) == 4 && end == "ed") {
			if n := len(rest); rest[n-1] == rest[n-2] && !strings.ContainsAny(rest[n-1:], "aeios") {
				rest = rest[:n-1]
			}
			return rest
		}
	}
	return w
}

// stands says that a text has a stem: at the beginning of a word, where there are words.
func stands(text, stem string) bool {
	if hasHan(stem) {
		return strings.Contains(text, stem)
	}
	return wordStart(text, stem)
}

// hits counts how well a statement answers a question: its score, and the share
// of the question's words that it has.
func (q *question) hits(s statement, title string) (score, share float64) {
	all := s.name + " " + s.text
	if s.quote {
		all = strings.ReplaceAll(all, title, " ") // a name states nothing
	}
	n := 0.0
	for _, w := range q.words {
		if stands(all, w) {
			if strings.Contains(title, w) && (s.quote || hasHan(w)) { // it may only say which product is meant
				n += .4
				continue
			}
			n++
			if stands(s.name, w) {
				score += .5
			}
		}
	}
	for _, list := range q.other {
		if slices.ContainsFunc(list, func(w string) bool { return wordStart(all, w) }) {
			n++
		}
	}
	score += n
	for _, k := range q.kinds {
		if term := terms.FindString(s.name); term != "" && !terms.MatchString(q.text) {
			continue // a warranty's year is no answer to how long a thing takes
		}
		if k.answer.MatchString(s.text) || k.answer.MatchString(all) && !s.quote {
			score += 1.2
			if n > 0 || len(q.words) == 0 {
				score += .5
			}
		}
	}
	if q.topic != nil {
		if !s.quote && slices.ContainsFunc(q.topic.names, func(name string) bool { return slices.Contains(s.names, name) }) {
			score += 3
		}
		for _, w := range q.topic.words {
			if stands(all, w) {
				score++
				break
			}
		}
	}
	own := 0 // words of its own name: which product is meant
	for _, w := range q.words {
		if strings.Contains(title, w) {
			own++
		}
	}
	if of := len(q.other); of > 0 && !hasHan(all) { // asked in one language, stated in the other
		share = min(1, n/float64(of))
	} else if len(q.words) > own {
		share = min(1, n/float64(len(q.words)-own))
	}
	return score, share
}

// answerOf is the statement that answers a question best, an empty one for none.
// It only comes near when it has little of what was asked.
func (c *clause) answerOf(p product, q question, list []statement) (with statement, near bool) {
	best, share := 0.0, 0.0
	for _, s := range list {
		if n, of := q.hits(s, strings.ToLower(p.Title)); n > best || n == best && n > 0 && with.quote && !s.quote {
			best, share, with = n, of, s
		}
	}
	if best < 1 {
		return q.meaning(c, list)
	}
	return with, with.quote && share < .34 && len(q.words) > 2 && best < 2
}

// How near a meaning must be before it is quoted as coming near.
const nearMeaning = .52

// meaning is the statement that means what was asked, where none has its words.
func (q *question) meaning(c *clause, list []statement) (with statement, near bool) {
	t, err := embed.Default()
	if err != nil || len(q.words) == 0 {
		return statement{}, false
	}
	v := t.Vector(strings.Join(c.contentOf(talkHan.ReplaceAllString(q.text, " ")), " "))
	best := float32(nearMeaning)
	for _, s := range list {
		if n := dot(v, t.Vector(s.name+" "+s.text)); n > best {
			best, with = n, s
		}
	}
	return with, with.quote
}

func dot(a, b []float32) (sum float32) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
