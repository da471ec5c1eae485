package llm

// Size is what a message takes of a history, in bytes of text, calls and results.
func (m Message) Size() int {
	n := 0
	for _, p := range m.Parts {
		n += len(p.Text)
		if p.Call != nil {
			n += len(p.Call.Args)
		}
		if p.Result != nil {
			n += len(p.Result.Content)
		}
	}
	return n
}

// Fit keeps the newest whole turns that fit a number of bytes of text, calls
// and results, the last turn in any case. A turn begins with the customer's
// message, so that a call and its result are never parted.
func Fit(messages []Message, most int) []Message {
	from, size := len(messages), 0
	for i := len(messages) - 1; i >= 0; i-- {
		size += messages[i].Size()
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
