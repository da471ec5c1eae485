package builtin

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"parley/agent/llm"
)

// rememberWhat is the call that keeps what a message states of the customer, nil
// when it states nothing.
func (t *turn) rememberWhat() *llm.Call {
	var args map[string]any
	var also []map[string]any
	for _, s := range t.m.facts.Read(t.raw) {
		one := map[string]any{"kind": s.Kind, "value": t.inWords(s.Value, s.Quote), "quote": s.Quote}
		if args == nil {
			args = one
			continue
		}
		also = append(also, one)
	}
	if args == nil {
		return nil
	}
	if len(also) > 0 {
		args["also"] = also
	}
	return call("remember", args)
}

// inWords is a value as the customer said it, or their sentence where it has
// another name there: an argument must have been said.
func (t *turn) inWords(value, quote string) string {
	if strings.Contains(strings.ToLower(t.raw), strings.ToLower(value)) {
		return value
	}
	return quote
}

// asking is a message without what it states of a customer beside a wish: "I'm
// allergic to down, what sleeping bags do you have?" looks for sleeping bags, and
// the tools know of the allergy. A message that only states is left whole.
func (t *turn) asking() string {
	rest := t.m.facts.Without(t.raw, "size", "allergy", "household", "fit")
	if strings.IndexFunc(rest, unicode.IsLetter) < 0 || aside.MatchString(fold(rest)) {
		return t.raw
	}
	return rest
}

// lookWithout looks again without what a customer says they don't like, when they
// say it of what is on the screen; what it is worth remembering is asked after.
func (c *clause) lookWithout() []step {
	list := c.m.facts.Read(c.raw)
	if len(list) == 0 || list[0].Kind != "taste" || !list[0].Against || list[0].For != "" || list[0].Explicit || c.search == nil {
		return nil
	}
	args := maps.Clone(c.search)
	delete(args, "exclude")
	delete(args, "strict")
	not, _ := args["not"].([]any)
	args["not"] = append(slices.Clone(not), c.inWords(list[0].Value, list[0].Quote))
	c.top, c.intents = "refine", []string{"refine"}
	return c.calls("search_products", args)
}

// aside is what says nothing of its own beside a statement.
var aside = regexp.MustCompile(`^(?:hi|hello|hey|ok|okay|well|so|and|thanks|thank you|please|by the way|btw|你好|您好|嗯|好的|谢谢|对了)[,. !]*$`)

// stated plans a message that does nothing but state something of the customer:
// what they look for is looked for again with it, and otherwise it is asked
// whether to remember it.
func (t *turn) stated() []step {
	list := t.m.facts.Read(t.raw)
	if len(list) == 0 || t.left != nil || t.asked != "" && t.asked != "product" && t.asked != "errand" && t.asked != "person" {
		return nil
	}
	rest := fold(t.m.facts.Without(t.raw))
	if strings.IndexFunc(rest, unicode.IsLetter) >= 0 && !aside.MatchString(rest) {
		return nil
	}
	first := list[0]
	c := &clause{turn: t, text: t.text, top: "remember", intents: []string{"remember"}, sure: .9}
	own := first.For == "" && !first.Explicit && !first.Back
	switch {
	case own && first.Kind == "taste" && (t.search != nil || len(t.shown) > 0):
		return nil // it narrows what is looked for
	case own && t.search != nil && (first.Kind == "allergy" || first.Kind == "size" && slices.ContainsFunc(t.shown, func(p ref) bool { return len(p.Sizes) > 1 })):
		args := maps.Clone(t.search)
		delete(args, "size")
		delete(args, "exclude")
		delete(args, "strict")
		c.top, c.intents = "refine", []string{"refine"}
		return c.calls("search_products", args)
	case first.Kind == "gift" || first.Quiet && !first.Explicit:
		return nil
	}
	return []step{{clause: c, call: t.rememberWhat()}}
}

// keeping are clauses that say what is to be kept, or no longer.
func (c *clause) keeping() []step {
	switch {
	case c.m.facts.Stops(c.raw):
		c.top, c.intents = "forget", []string{"forget"}
		return c.calls("memory_consent", map[string]any{"remember": false})
	case c.m.facts.Allows(c.raw):
		c.top, c.intents = "remember", []string{"remember"}
		return c.calls("memory_consent", map[string]any{"remember": true})
	case forgetNamed.MatchString(c.text) && c.namesThing() && c.orderNumber() == "":
		c.top, c.intents = "forget", []string{"forget"}
		return c.calls("forget", map[string]any{"what": c.forgetWhat()})
	case forgetLast.MatchString(c.text):
		c.top, c.intents = "forget", []string{"forget"}
		return c.calls("forget", map[string]any{"what": "last"})
	}
	return nil
}

var (
	forgetThat  = regexp.MustCompile(`^(?:please |no,? |ok,? |actually,? |can you |could you )*(?:forget|delete|erase|remove|un-?remember|scrap|don't (?:remember|keep|store)) (?:about )?(?:that|this|it|the last one|what i just (?:said|told you))(?: again| please| one| fact)?[.! ]*$|^(?:请|算了|那|麻烦|把)?(?:忘掉|忘了|忘记|删掉|删了|别记|不要记)(?:这个|那个|这条|那条|它|刚才(?:的|说的)?(?:那条|这条)?|上一条)(?:吧|了)?[.。! ]*$|^(?:把)?(?:这个|那个|这条|刚才(?:的|说的)?)(?:那条)?(?:忘掉|忘了|删掉|删了|忘记)(?:吧)?$`)
	forgetLast  = regexp.MustCompile(`^(?:请|麻烦|把|那|算了)*(?:忘掉|忘了|忘记|删掉|删了|别记|不要记)(?:这|那|上一?|刚才(?:的|说的)?那?)条(?:吧|了)?[.。! ]*$|^(?:把)?(?:这|那|上一?|刚才(?:的|说的)?那?)条(?:忘掉|忘了|删掉|删了|忘记)(?:吧|了)?[.。! ]*$|^(?:please |no,? |ok,? )*(?:forget|delete|erase) (?:what i just (?:said|told you)|the last (?:one|fact|thing))[.! ]*$`)
	forgetNamed = regexp.MustCompile(`^(?:please |actually,? |no,? |ok,? |and |can you |could you )*(?:forget|delete|erase) (?:about )?(?:that )?(?:i(?:'m| am| have| like| love| hate| don't| wear)\b|my (?:[a-z]+'s )?(?:shoe |waist )?(?:sizes?|allerg|tastes?|feet|fit|preferences?))|^(?:请|麻烦|帮我)*(?:忘掉?|忘记|忘了|删掉?)我(?:的)?(?:喜欢|不喜欢|讨厌|对|穿|尺码|鞋码|过敏|喜好|脚|身高|女儿|儿子|老公|老婆)`)
	forgetMe    = regexp.MustCompile(`\b(?:forget|delete|erase|wipe|remove|clear) (?:about )?(?:me|everything|all)\b|\b(?:all|everything) (?:about me|you (?:know|have|keep))|\bmy (?:data|account|profile|history|information|info)\b|忘(?:记|掉|了)我$|忘(?:记|掉|了)我[吧,]|(?:删除?|清除|清空|抹掉|忘掉?)(?:关于)?(?:我的)?(?:所有|一切|全部|资料|数据|信息)|(?:所有|一切|全部)[^,]{0,6}(?:忘|删|清)`)
)

// forgetWhat are the words of what is to be forgotten: all, the fact kept last,
// or what they name.
func (c *clause) forgetWhat() string {
	switch {
	case forgetThat.MatchString(c.text):
		return "last"
	case forgetMe.MatchString(c.text) && !strings.Contains(c.text, "allerg") && !strings.Contains(c.text, "过敏"):
		return "all"
	}
	if kind, _ := c.m.facts.KindOf(c.text); kind != "" || c.namesThing() {
		return strings.TrimSpace(forgetting.ReplaceAllString(c.text, " "))
	}
	return "all"
}

var forgetting = regexp.MustCompile(`^(?:please |can you |could you |actually,? |and )*(?:forget|delete|erase|remove|clear|drop)(?: about)?(?: that)?(?: all(?: of)?)?|^(?:请|麻烦|帮我|把)*(?:忘掉?|忘记|忘了|删掉?|删除)|(?:忘掉|忘了|忘记|删掉|删了|删除)(?:吧)?$`)

// namesThing says that something is named to be forgotten: "forget that I like wool".
func (c *clause) namesThing() bool {
	return namedToForget.MatchString(c.text)
}

var namedToForget = regexp.MustCompile(`\b(?:forget|delete|erase|remove) (?:about )?(?:that )?(?:i(?:'m| am| have| like| love| hate| don't| wear)|my (?:[a-z]+'s )?[a-z]+)\b|(?:忘掉?|忘记|忘了|删掉?)我(?:喜欢|不喜欢|讨厌|对|穿|吃|是|有|的|女儿|儿子|老公|老婆|妈妈|爸爸)`)

// asideOver says that a user message only answers our question whether to
// remember something, so that the talk goes on from before it.
func asideOver(text string) bool { return plainAnswer.MatchString(fold(text)) }

var plainAnswer = regexp.MustCompile(`^(?:yes|yeah|yep|yup|sure|ok|okay|no|nope|nah|yes,? please|please do|no,? thanks|no thank you|go ahead|remember it|don't|not now|是|是的|好|好的|好啊|可以|行|嗯|不|不用|不用了|不要|别记|不用记|记住|记住吧|记吧)[.! ]*$`)

// kept is a fact as memory_show tells it.
type kept struct{ Words, Told string }

// shown lists what is kept, each with since when and by which words.
func (c *clause) keptFacts(r result) string {
	var own struct {
		Consent string
		Facts   []kept
	}
	if json.Unmarshal(r.content, &own) != nil {
		return c.say("error")
	}
	if len(own.Facts) == 0 {
		return c.join([]string{c.say("memory_none"), own.Consent})
	}
	var list []string
	for _, f := range own.Facts {
		told := f.Told
		if told == "" {
			told = f.Words
		}
		if told = strings.TrimRight(told, ".。"); !slices.Contains(list, told) {
			list = append(list, told)
		}
	}
	stop := "."
	if c.lang == "zh" {
		stop = "。"
	}
	return c.join([]string{c.say("memory", "facts", strings.Join(list, stop+map[bool]string{true: "", false: " "}[c.lang == "zh"])), own.Consent, c.say("memory_how")})
}

// toldBy is what a result says of the facts that went into it.
func (t *turn) toldBy(r result) string {
	var said []string
	for _, u := range r.Used {
		if u.Said != "" {
			said = append(said, u.Said)
		}
	}
	return t.join(append(said, r.Warning))
}
