package llm

// Fit keeps the newest whole turns that fit a number of bytes of text, calls
// and results, the last turn in any case. A turn begins with the customer's
// message, so that a call and its result are never parted.
func Fit(messages []Message, most int) []Message {
	from, size := len(messages), 0
	for i := len(messages) - 1; i >= 0; i-- {
		for _, p := range messages[i].Parts {
			size += len(p.Text)
			if p.Result != nil {
				size += len(p.Result.Content)
			}
			if p.Call != nil {
				size += len(p.Call.Args)
			}
		}
		if messages[i].Role == User {
			if size > most && from < len(messages) {
				break
			}
			from = i
		}
	}
	if from == len(messages) {
		return messages
	}
	return messages[from:]
}
