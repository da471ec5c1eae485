package channels

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"parley/memory/store"
)

// ErrBusy asks a shopper to wait: too many messages wait for their answers. The
// message stands in the conversation already; sent again with the same id it is
// queued, and if it is not sent again a sweep finds it.
var ErrBusy = &Error{"not_stored", "Many people are writing just now, so this message has to wait a moment. It will be sent again."}

// asToWait says a full queue in the words of a shopper.
func asToWait(err error) error {
	if errors.Is(err, store.ErrBusy) {
		return ErrBusy
	}
	return err
}

// fits is checkText with the shop's own limit.
func (h *Hub) fits(text string) error {
	if err := checkText(text); err != nil {
		return err
	}
	if most := h.cfg.MostText; most > 0 && utf8.RuneCountInString(text) > most {
		return &Error{ErrTooLong.Code, fmt.Sprintf("This message is too long. Please send it in parts of up to %d characters.", most)}
	}
	return nil
}
