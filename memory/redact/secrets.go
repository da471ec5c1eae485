package redact

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// Keys by the shapes that their makers document.
	keyShape = regexp.MustCompile(`\b(?:sk-[A-Za-z0-9_-]{16,}|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}|gh[poursa]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}` +
		`|xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}|npm_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{20,}` +
		`|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|shp(?:at|ss|ca)_[0-9a-fA-F]{20,}|whsec_[A-Za-z0-9]{16,}|dop_v1_[0-9a-f]{32,}|pypi-[A-Za-z0-9_-]{30,}|AGE-SECRET-KEY-1[A-Z0-9]{40,}` +
		`|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)`)
	privateKey = regexp.MustCompile(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z0-9 ]*PRIVATE KEY-----)?`)
	bearer     = regexp.MustCompile(`(?i)\b(?:bearer|authorization:\s*basic)\s+([A-Za-z0-9._~+/-]{8,}=*)`)
	userinfo   = regexp.MustCompile(`(?i)\bhttps?://([^\s/@:]+:[^\s/@]+)@`)
	// What is named a secret, and its value.
	namedSecret = regexp.MustCompile(`(?i)(?:\b|_)(passwords?|passwd|passcode|passphrase|pwd|pass|pin(?: ?code| number)?|secret(?:[ _-]?key)?|(?:api|access|auth|client|private|refresh)[ _-]?(?:keys?|token|secret)|token)(["']?\s*(?:\bis\b:?|\bwas\b|[=:])\s*["']?)([^\s"']+)`)
	chinese     = regexp.MustCompile(`(?:密码|口令|密钥|密碼)\s*(就是|是|为|为是|[:=])?\s*"?([!-~]{3,})`)
	oneTime     = regexp.MustCompile(`(?i)(?:验证码|动态码|\b(?:verification|security|one[- ]time|otp|sms|login) ?(?:pass)?code|\botp)\s*(?:是|为|is|was|[:=])*\s*([0-9]{4,8})\b`)
	cvv         = regexp.MustCompile(`(?i)(?:\b(?:cvv2?|cvc2?|csc|security code|card code)|安全码|校验码)\s*(?:number|code|no\.?)?\s*(?:是|为|is|was|[:=])*\s*([0-9]{3,4})\b`)
	passport    = regexp.MustCompile(`(?i)(?:\bpassport(?: number| no\.?| nr\.?)?|护照(?:号码|号)?)\s*(?:是|为|is|[:=])*\s*([A-Z]{0,2}[0-9]{6,9}[A-Z]?)\b`)
)

// saidOfSecrets are words that follow "my password is" without being one.
var saidOfSecrets = strings.Fields("a about accepted active allowed already also always an and asked being blocked broken but case changed compromised correct declined default denied different disabled empty enough expired fine forgotten for hacked from good gone hard here in incorrect " +
	"invalid it just known leaked locked long lost missing my needed never new no not now ok old on or private protected refused rejected required reset right safe same secure short set shown so still stolen strong " +
	"saved simple stored such sent that the there this to too unknown unlocked used valid very weak what where which working wrong your yours case-sensitive")

// secrets takes keys, tokens, passwords, and the codes of cards and passports.
func (p *pass) secrets() {
	for _, re := range []*regexp.Regexp{privateKey, keyShape} {
		for _, m := range re.FindAllStringIndex(p.s, -1) {
			p.take(Secret, m[0], m[1])
		}
	}
	p.values(cvv, CVV)
	p.values(oneTime, Secret)
	p.values(passport, ID)
	p.values(bearer, Secret)
	p.values(userinfo, Secret)
	for _, m := range namedSecret.FindAllStringSubmatchIndex(p.s, -1) {
		name, link, value := strings.ToLower(p.s[m[2]:m[3]]), p.s[m[4]:m[5]], strings.TrimRight(p.s[m[6]:m[7]], ".,;:!?)]}>")
		end := m[6] + len(value)
		if isSecret(name, link, value, p.s[end:]) {
			p.take(Secret, m[6], end)
		}
	}
	for _, m := range chinese.FindAllStringSubmatchIndex(p.s, -1) {
		value := strings.TrimRight(p.s[m[4]:m[5]], ".,;:!?)]}>\"")
		if len(value) >= 3 && (m[2] >= 0 || strings.ContainsAny(value, "0123456789")) {
			p.take(Secret, m[4], m[4]+len(value))
		}
	}
}

// isSecret tells "password is hunter2" from "password is wrong" and "my pin is
// 1234" from "my pin is blocked". After an equals sign or a colon anything goes
// that is no such word; in a sentence, what is no plain word, or ends it.
func isSecret(name, link, value, rest string) bool {
	if value == "" || strings.HasPrefix(value, "[") {
		return false
	}
	plain := strings.ToLower(value)
	odd := strings.Trim(plain, "abcdefghijklmnopqrstuvwxyz'-") != "" || strings.ToLower(value[1:]) != value[1:]
	switch {
	case strings.HasPrefix(name, "pin"):
		return strings.Trim(value, "0123456789") == "" && len(value) >= 3 && len(value) <= 8
	case len(value) < 3 || slices.Contains(saidOfSecrets, plain):
		return false
	case name == "pass":
		return odd && strings.ContainsAny(link, "=:")
	case strings.ContainsAny(link, "=:\"'"):
		return true
	}
	return odd || rest == "" || strings.IndexByte(".,;!?\n\")", rest[0]) >= 0
}

// values takes the first group of each match.
func (p *pass) values(re *regexp.Regexp, k Kind) {
	for _, m := range re.FindAllStringSubmatchIndex(p.s, -1) {
		p.take(k, m[2], m[3])
	}
}

// ibans takes bank accounts: country, check digits, and as many characters as
// the country has (ISO 13616, SWIFT registry), whose sum modulo 97 is 1.
func (p *pass) ibans() {
	s := p.s
	for i := 0; i+4 < len(s); i++ {
		if !isLetter(s[i]) || !isLetter(s[i+1]) || !isDigit(s[i+2]) || !isDigit(s[i+3]) || i > 0 && isWord(s[i-1]) {
			continue
		}
		want := ibanLength[strings.ToUpper(s[i:i+2])]
		if want == 0 {
			continue
		}
		have, k := 0, i
		var plain [40]byte
		for k < len(s) && have < want {
			switch c := s[k]; {
			case isLetter(c):
				plain[have] = c &^ 0x20
				have++
			case isDigit(c):
				plain[have] = c
				have++
			case (c == ' ' || c == '-') && have >= 4:
			default:
				have = want + 1
			}
			k++
		}
		if have == want && (k == len(s) || !isWord(s[k])) && mod97(plain[4:want], plain[:4]) == 1 {
			p.take(IBAN, i, k)
		}
	}
}

func mod97(parts ...[]byte) int {
	n := 0
	for _, part := range parts {
		for _, c := range part {
			if isDigit(c) {
				n = (n*10 + int(c-'0')) % 97
			} else {
				n = (n*100 + int(c-'A') + 10) % 97
			}
		}
	}
	return n
}

var ibanLength = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28,
	"CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18,
	"GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32,
	"LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
	"PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24,
	"TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}
