package builtin

import (
	"regexp"
	"strings"
)

// Where an address begins in a message, and what its parts look like.
var (
	addressAfter = regexp.MustCompile(`(?i)(?:(?:^|[^\[\w])(?:to|is|address:?)\s+|改成|改到|改为|换成|换到|寄到|送到|发到|地址是|地址[:：])`)
	usZip        = regexp.MustCompile(`\b\d{5}(?:-\d{4})?\b`)
	ukZip        = regexp.MustCompile(`(?i)\b[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}\b`)
	otherZip     = regexp.MustCompile(`\b\d{4,6}\b`)
	stateAtEnd   = regexp.MustCompile(`^(?:(.+?)\s+)?([A-Za-z]{2})$`)
	zhCity       = regexp.MustCompile(`^((?:\p{Han}{2,8}(?:省|自治区))?)(\p{Han}{2,6}市)(.+)$`)
	zhZip        = regexp.MustCompile(`[,，]?\s*(?:邮编|邮政编码)?[:：]?\s*(\d{6})`)
)

// address reads an address out of a message as modify_address takes it, nil
// where there is none that has a street, a town and a postcode.
func (c *clause) address() map[string]any {
	text := strings.TrimSpace(strings.NewReplacer("，", ",", "。", "", "．", ".").Replace(c.raw))
	candidates := []string{text}
	for _, m := range addressAfter.FindAllStringIndex(text, -1) {
		candidates = append(candidates, strings.TrimSpace(text[m[1]:]))
	}
	for i := len(candidates) - 1; i >= 0; i-- {
		rest := strings.TrimRight(candidates[i], " .!?请谢")
		if i == 0 && c.asked != "address" {
			break // a message is an address as a whole only when one was asked for
		}
		if hasHan(rest) {
			if a := chinese(rest); a != nil {
				return a
			}
			continue
		}
		if a := western(rest); a != nil {
			return a
		}
	}
	return nil
}

// western reads "12 Mill Road, Flat 2, Corbett, OR 97019, USA".
func western(text string) map[string]any {
	var parts []string
	for _, p := range strings.Split(text, ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) < 2 {
		return nil
	}
	a := map[string]any{"address1": parts[0]}
	rest := parts[1:]
	for i, p := range rest {
		zip := ""
		for _, re := range []*regexp.Regexp{ukZip, usZip, otherZip} {
			if zip = re.FindString(p); zip != "" {
				break
			}
		}
		if zip == "" {
			continue
		}
		a["zip"] = zip
		town, left := rest[:i], strings.TrimSpace(strings.Replace(p, zip, "", 1))
		if m := stateAtEnd.FindStringSubmatch(left); m != nil {
			a["state"], left = m[2], m[1]
		}
		if left != "" {
			town = append(append([]string{}, town...), left)
		}
		if len(town) == 0 {
			return nil
		}
		a["city"] = town[len(town)-1]
		if len(town) > 1 {
			a["address2"] = strings.Join(town[:len(town)-1], ", ")
		}
		if after := rest[i+1:]; len(after) > 0 {
			a["country"] = after[0]
		}
		return a
	}
	return nil
}

// chinese reads 浙江省杭州市西湖区文三路12号，310012.
func chinese(text string) map[string]any {
	z := zhZip.FindStringSubmatchIndex(text)
	if z == nil {
		return nil
	}
	zip := text[z[2]:z[3]]
	m := zhCity.FindStringSubmatch(strings.Trim(text[:z[0]]+text[z[1]:], " ,，"))
	if m == nil {
		return nil
	}
	a := map[string]any{"address1": strings.Trim(m[3], " ,，"), "city": m[2], "zip": zip}
	if m[1] != "" {
		a["state"] = m[1]
	}
	return a
}
