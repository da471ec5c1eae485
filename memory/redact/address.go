package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An English street line: a house number, one to four words, and the sort of
// street. The town and postcode behind it speak for an address, but stay: a shop
// needs them in fields of their own, and without the street they find nobody.
var (
	street    = regexp.MustCompile(`(?i)^(\d{1,5}(?:[-/]\d{1,4})?[a-z]?,?[ ]+)((?:(?:\d{1,3}(?:st|nd|rd|th)|\p{L}[\p{L}'.-]*)[ \t]+){1,4}?)(street|avenue|boulevard|blvd|highway|hwy|parkway|pkwy|crescent|terrace|mews|road|lane|ave|rd|ln|st|drive|dr|court|ct|way|place|pl|square|sq|close|trail|walk|circle|row|gardens)\b\.?`)
	weakSort  = strings.Fields("st drive dr court ct way place pl square sq close")
	weakest   = strings.Fields("trail walk circle row gardens")
	unit      = regexp.MustCompile(`(?i)^[ \t]*(?:(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm)\b\.?[ \t]*#?\w{1,6}|#[ \t]?\w{1,6})`)
	flat      = regexp.MustCompile(`(?i)^[ \t]*,[ \t]*(?:apt|apartment|suite|ste|unit|flat|floor|room)\b\.?[ \t]*#?\w{1,6}`) // a field of its own
	cityTail  = regexp.MustCompile(`^[ \t]*,[ \t\n]*\p{Lu}\p{Ll}[\p{L}.'-]*(?:[ \t]+\p{Lu}\p{Ll}[\p{L}.'-]*){0,2}(?:[ \t]*,?[ \t]+[A-Z]{2}\b)?(?:[ \t]*,?[ \t]+(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]?[ \t]*\d[A-Z]{2})\b)?`)
	zipTail   = regexp.MustCompile(`(?i)^[ \t]*,?[ \t\n]*(\p{L}[\p{L} .'-]{0,30}?),?[ \t]*(?:\b[a-z]{2}[ ,]+)?(?:\d{5}(?:-\d{4})?|[a-z]{1,2}\d[a-z\d]?[ \t]*\d[a-z]{2})\b`)
	follows   = regexp.MustCompile(`(?i)^[ \t]*(?:$|[,.;!?\n)"']|(?:in|and|please|near|thanks|thank|is|was|will|not|instead|but|to|or|by|if|for|from|with|until|till|when|where|which|as|at|it|i|we|my|then|because|so|on|before|after|this|that|today|tomorrow|again|now|last|next|since|apt|unit|flat|suite)\b|[0-9#]|\p{Han})`)
	sentTo    = regexp.MustCompile(`(?i)\b(?:address(?: is| to|:)?|lives? (?:at|on)|living (?:at|on)|(?:ship|send|deliver|post|mail|moved?|moving|change|sent|shipped|delivered)(?: (?:it|them|this|that|everything|my order|the order|the parcel))?(?: over)? to|my (?:house|home|place) (?:is|at)|at|to:)[ :]*(?:flat|apt|unit|suite)?[ \w,]{0,8}$`)
	broadway  = regexp.MustCompile(`(?i)\b\d{3,5}[a-z]? (?:[NSEW]\.? )?broadway\b`) // the one street without a sort
	poBox     = regexp.MustCompile(`(?i)\bp\.?[ ]?o\.?[ ]?box[ ]+#?\d{1,6}`)
	notStreet = strings.Fields("a an and any are at back black blue boots by cm color colors colour colours count day days cups feet for from g green grey ha hour hours in inch is items it kg kids km l layer lb left litre liter m men mi mile miles minute minutes ml mm month months more my of off on or order orders oz pack packs pair pairs panel people per percent person piece pieces ply red review reviews season seasons shoes size sizes speed star stars step stop tents that the them these they this times to under units us usd was watt way ways week weeks white with women x year years euro euros dollars eur gbp bags left over until please number no send postcode zip ref invoice")
)

// streets takes English postal addresses.
func (p *pass) streets() {
	for _, m := range broadway.FindAllStringIndex(p.s, -1) {
		p.take(Address, m[0], m[1])
	}
	for _, m := range poBox.FindAllStringIndex(p.s, -1) {
		p.take(Address, m[0], m[1])
	}
	for i := 0; i < len(p.s); i++ {
		if !isDigit(p.s[i]) || i > 0 && (isWord(p.s[i-1]) || strings.IndexByte(".,$#-/_", p.s[i-1]) >= 0) || p.s[max(0, i-3):i] == "€" || p.s[max(0, i-2):i] == "£" {
			continue
		}
		m := street.FindStringSubmatchIndex(p.s[i:])
		if m == nil {
			continue
		}
		words, sort, rest := p.s[i+m[4]:i+m[5]], p.s[i+m[6]:i+m[7]], i+m[1]
		if !named(words) {
			continue
		}
		door := p.after(rest, unit)
		town := p.tail(p.after(door, flat))
		if p.isStreet(i, words, sort, rest, town) && p.take(Address, i, door) {
			i = door - 1
		}
	}
}

// named says that words can be a street's name.
func named(words string) bool {
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(words)), func(w string) bool { return slices.Contains(notStreet, strings.Trim(w, ".'")) })
}

// isStreet weighs what speaks for an address: how sure the sort of street is,
// capitals, what stands before, and what follows.
func (p *pass) isStreet(i int, words, sort string, rest, to int) bool {
	told := to > rest || sentTo.MatchString(p.s[max(0, i-48):i])
	small := strings.ToLower(sort)
	if slices.Contains(weakest, small) {
		return to > rest
	}
	if !follows.MatchString(p.s[rest:]) && to == rest {
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(p.s[rest:], " "))
		if capitals(words+sort) && isDigit(p.s[i+1]) && isDigit(p.s[i+2]) { // a long house number
			return true
		}
		return told && (capitals(words+sort) || !slices.Contains(weakSort, small)) || unicode.IsUpper(next) && capitals(words+sort) && !slices.Contains(weakSort, small)
	}
	return told || !slices.Contains(weakSort, small) || capitals(words+sort)
}

func capitals(words string) bool {
	for _, w := range strings.Fields(words) {
		if r, _ := utf8.DecodeRuneInString(w); !unicode.IsUpper(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

// tail is where an address ends: behind its town and postcode.
func (p *pass) tail(to int) int {
	to = p.after(to, cityTail)
	if m := zipTail.FindStringSubmatchIndex(p.s[to:]); m != nil && named(p.s[to+m[2]:to+m[3]]) && !p.overlaps(to, to+m[1]) {
		to += m[1]
	}
	return to
}

// after is where what a pattern finds at a place ends, or the place.
func (p *pass) after(to int, re *regexp.Regexp) int {
	if m := re.FindStringIndex(p.s[to:]); m != nil && !p.overlaps(to, to+m[1]) {
		to += m[1]
	}
	return to
}

// A Chinese address: a road with a number, or a housing estate with one, and the
// building, unit, floor and room that follow. Province, city and district stay.
const (
	hanNumber = `[0-9一二三四五六七八九十百零〇甲乙]{1,6}(?:-[0-9]{1,4})?`
	hanRooms  = `(?:[,， ]?[\p{Han}]{0,10}?\s?(?:[0-9一二三四五六七八九十]{1,5}|[A-Za-z])(?:-[0-9]{1,4})*\s?(?:号楼|號樓|号|栋|幢|座|楼|单元|层|室|房|户))*(?:[0-9]{3,4}(?:室|房)?)?`
)

var (
	hanRoad   = regexp.MustCompile(`[\p{Han}][\p{Han}0-9]{0,30}?(?:路|街|巷|弄|胡同|大道|道|村)\s?(?:[东南西北中]段?)?\s?(?:` + hanNumber + `\s?(?:号院|号楼|号|號)|[0-9]{1,5}\s?[弄巷])` + hanRooms)
	hanEstate = regexp.MustCompile(`[\p{Han}][\p{Han}0-9]{0,30}?(?:小区|花园|公寓|家园|大厦|新村|社区|苑|府|城|庄园|宿舍)\s?` + hanNumber + `\s?(?:号楼|栋|幢|座|单元)` + hanRooms)
	hanTown   = regexp.MustCompile(`^(?:\p{Han}{2,8}?(?:省|自治区|特别行政区))?(?:\p{Han}{2,8}?(?:市|自治州|地区))?(?:\p{Han}{1,8}?(?:区|县|市|旗))?`)
	leadIns   = []string{"地址是", "地址为", "地址改成", "地址改为", "地址:", "地址", "寄到", "送到", "发到", "改到", "改成", "改为", "换成", "换到", "快递到", "配送到", "发往", "寄往", "寄给", "送去", "住在", "家在", "搬到", "搬去", "搬家到", "位于", "收货", "我住", "就在", "是在", "在", "是"}
)

func (p *pass) chineseAddresses() {
	for _, re := range []*regexp.Regexp{hanRoad, hanEstate} {
		for _, m := range re.FindAllStringIndex(p.s, -1) {
			from := m[0]
			for _, w := range leadIns {
				if k := strings.LastIndex(p.s[from:m[1]], w); k >= 0 && from+k+len(w) < m[1] {
					from += k + len(w)
				}
			}
			from += len(hanTown.FindString(p.s[from:m[1]]))
			if r, _ := utf8.DecodeRuneInString(p.s[from:]); !unicode.Is(unicode.Han, r) || utf8.RuneCountInString(p.s[from:m[1]]) < 4 {
				continue
			}
			p.take(Address, from, m[1])
		}
	}
}
