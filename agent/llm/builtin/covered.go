package builtin

import "regexp"

// What a shopper wrote about how to reach them comes as a placeholder: [email 1].
// A tool is given it as it stands. Its number, and the digits of [card 4421],
// count nothing and name no order.
var (
	covered      = regexp.MustCompile(`\[(card|iban|secret|cvv|id|email|phone|address) \d{1,5}\]`)
	coveredEMail = regexp.MustCompile(`\[email \d{1,5}\]`)
)

func uncounted(text string) string { return covered.ReplaceAllString(text, "[$1]") }
