package channels

import "slices"

// Rules name rules of a conversation that a hub is to work without: "redelivery"
// (a message is answered once), "claim" (a person silences the agent), "said to
// a person" (what was said to a person is never answered later), "interrupt" (a
// newer message stops the turn), "unanswered" (the newer turn sees both),
// "stored once" (one id, one entry).
//
// They are for mutation tests only, which ask whether any script would notice;
// serve never sets them.
type Rules []string

func (r Rules) drop(rule string) bool { return slices.Contains(r, rule) }
