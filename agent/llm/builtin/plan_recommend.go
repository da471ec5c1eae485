package builtin

import (
	"cmp"
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// people and occasions say for whom, not what.
var people = regexp.MustCompile(`\b(gift|present|birthday|christmas|anniversary|wedding|housewarming|ideas?|mum|mom|mother|dad|father|wife|husband|son|daughter|friend|brother|sister|partner|boyfriend|girlfriend|colleague|boss|grandma|grandpa|year old|years old|who|likes?|loves?|she|he|they|her|his|turning|surprise|plays?|playing|into|enjoys?|fond of|mad about|keen on|sorted|also|recommend|suggest|suggestions?|recommendations?|popular|best ?sellers?|favou?rites?|trending)\b|礼物|生日|送给?|推荐|建议|妈妈|爸爸|老婆|老公|儿子|女儿|朋友|男朋友|女朋友|弟弟|妹妹|哥哥|姐姐|同事|领导|长辈|喜欢|过生日|热门|热销|爆款|畅销|一款|几款|有什么|有啥|适合|随便|给我|帮我|(?:一)?(?:点儿?|些)?东西|想去|要去|打算去?|准备去?|买?(?:什么|啥)好|[,，、]?(?:[一两二三四]|\d+)个人`)

// forWhom is the gender of who a present is for, "" when that is not said.
func (c *clause) forWhom() string {
	switch {
	case forHer.MatchString(c.text):
		return "women"
	case forHim.MatchString(c.text):
		return "men"
	}
	return ""
}

var (
	forHer = regexp.MustCompile(`\b(mum|mom|mother|wife|daughter|sister|girlfriend|grandma|aunt|her)\b|妈|老婆|妻子|女儿|姐|妹|女友|女朋友|女生|奶奶|外婆|婆婆|岳母|闺蜜|阿姨`)
	forHim = regexp.MustCompile(`\b(dad|father|husband|son|brother|boyfriend|grandpa|uncle|him)\b|爸|老公|丈夫|儿子|哥|弟|男友|男朋友|男生|爷爷|外公|岳父|公公|叔叔`)
)

func (c *clause) planRecommend() []step {
	args := map[string]any{}
	rest := ages.ReplaceAllString(c.bounds(args), "$1$2 year old")
	if m := around.FindStringSubmatch(rest); m != nil && args["price_max"] == nil && !unit.MatchString(rest[strings.Index(rest, m[0])+len(m[0]):]) {
		if v, err := strconv.ParseFloat(cmp.Or(m[1], m[2]), 64); err == nil {
			args["price_max"] = v
		}
		rest = strings.Replace(rest, m[0], " ", 1)
	}
	text := c.query(people.ReplaceAllString(spoken.ReplaceAllString(rest, " "), " "))
	if who := c.forWhom(); who != "" && (len(c.contentOf(text)) > 0 || args["price_max"] != nil) {
		text += " " + who
	}
	if len(c.contentOf(text)) > 0 || c.forWhom() != "" && args["price_max"] != nil {
		args["for"] = strings.TrimSpace(text)
	}
	if args["for"] == nil && c.search != nil && !fresh.MatchString(c.text) { // what the conversation has been about
		if said, _ := c.search["query"].(string); len(c.contentOf(said)) > 0 {
			args["for"] = said
			for _, k := range []string{"price_min", "price_max"} {
				if v, ok := c.search[k]; ok && args[k] == nil {
					args[k] = v
				}
			}
		}
	}
	return c.calls("recommend", args)
}

// Who speaks, and in which English, says nothing of what it is for.
var (
	oneself = regexp.MustCompile(`\bmy name(?:'s| is) [^,.!?;]+|^(?:hi|hello|hey),? this is [^\s,.!?;]+[,.!?;]|我叫[^，,。！？]+[，,。！？]|\bthis time\b|\bfor (?:me|myself)\b|(?:想)?给我?自己(?:看看|看|买|挑|找)?|这次(?:想要|要|想)?`)
	spoken  = regexp.MustCompile(`\b(?:gimme|lemme|kindly|reckon|wot|wat|u|ur|summat|innit|mate|bruv|fam|y'?all|i fancy|i'd fancy|finna|gonna|tryna|please|pls|plz)\b`)
)

// fresh asks for something else than what the conversation was about.
var fresh = regexp.MustCompile(`\b(?:else|new|other|surprise|different|anything|in general)\b|别的|其他|新|随便|另外`)

var (
	ages   = regexp.MustCompile(`\b(?:he's|she's|who is|who's|is|turns|turning|aged?|age)\s+(\d{1,2})\b(?: years? old)?|(\d{1,2})\s?岁`)
	around = regexp.MustCompile(`\b(?:around|about|roughly|approx\w*|~)\s*[$€£¥]?\s?(\d+)(?:\s?(?:bucks|dollars|quid|euros|pounds|usd))?|(\d+)(?:块|元|刀|美元|块钱)?(?:左右|上下)`)
)

// forOthers searches again for those whom a shopper says that things were to be for.
func (c *clause) forOthers() []step {
	who := c.wrongGender()
	if who == "" || c.kind() != "" && c.otherSearch() {
		return nil
	}
	args := maps.Clone(c.search)
	query, _ := args["query"].(string)
	args["query"], args["gender"] = clearGender(query), who
	delete(args, "exclude")
	c.top = "refine"
	return c.calls("search_products", args)
}

// wrongGender is for whom a shopper says that things were to be, when what was
// shown was for others: "those are mens, i said for my wife", 「我要女款的」.
func (c *clause) wrongGender() string {
	if c.search == nil || !complains.MatchString(c.text) {
		return ""
	}
	if who := c.forWhom(); who != "" {
		return who
	}
	if m := howCome.FindStringSubmatch(c.text); m != nil { // 「怎么给我女的」
		return map[string]string{"男": "women", "女": "men"}[m[1]]
	}
	last, at := "", -1
	for _, g := range gender {
		for _, m := range g.re.FindAllStringIndex(c.text, -1) {
			if m[0] > at {
				last, at = g.id, m[0]
			}
		}
	}
	if theseAre.MatchString(c.text) { // only what is wrong was said
		return map[string]string{"men": "women", "women": "men"}[last]
	}
	return last
}

var (
	complains = regexp.MustCompile(`\bi (?:said|asked|meant|told)\b|\bremember\b|\b(?:those|these|they|that|this|it)(?:'s|'re| is| are)? (?:all )?(?:for )?(?:wo)?m[ae]n'?s?\b|(?:男|女)款(?:吧|的吧|啊)|怎么.{0,6}(?:男|女)|咋.{0,6}(?:男|女)|我(?:要|说)的是?(?:男|女)`)
	howCome   = regexp.MustCompile(`(?:怎么|咋)[^男女]{0,6}(男|女)`)
	theseAre  = regexp.MustCompile(`^(?:but |no,? |wait,? )?(?:those|these|they|that|this|it)(?:'s|'re| is| are)? (?:all )?(?:for )?(?:wo)?m[ae]n'?s?\W*$`)
)
