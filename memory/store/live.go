package store

import (
	"fmt"

	"github.com/nats-io/nats.go"
)

// Publish sends to current listeners only.
func (s *jet) Publish(subject string, data []byte) error {
	token, err := encode(subject)
	if err != nil {
		return err
	}
	return s.told(s.conn.Publish("live."+token, data))
}

// Listen hears a live subject until stop is called.
func (s *jet) Listen(subject string, fn func([]byte)) (func(), error) {
	token, err := encode(subject)
	if err != nil {
		return nil, err
	}
	sub, err := s.conn.Subscribe("live."+token, func(m *nats.Msg) { fn(m.Data) })
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", subject, s.told(err))
	}
	return func() { _ = sub.Unsubscribe() }, nil
}
