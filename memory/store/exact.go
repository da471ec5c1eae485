package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// publish stores a message exactly once and returns its sequence in the stream,
// and whether a try before was perhaps the one. A try that got no answer may have
// been stored. The next one has the same id, which the stream knows for two
// minutes, and answers with where the first went.
func (s *jet) publish(ctx context.Context, m *nats.Msg, opts ...jetstream.PublishOpt) (seq uint64, again bool, err error) {
	if m.Header == nil {
		m.Header = nats.Header{}
	}
	if m.Header.Get(jetstream.MsgIDHeader) == "" {
		m.Header.Set(jetstream.MsgIDHeader, rand.Text())
	}
	opts = append(opts, jetstream.WithRetryAttempts(0)) // it is patiently that tries again
	unsure := false                                     // whether an earlier try was stored
	err = s.patiently(ctx, func(ctx context.Context) error {
		ack, err := s.js.PublishMsg(ctx, m, opts...)
		if err == nil {
			seq = ack.Sequence
		}
		unsure = unsure || passing(err) && !refused(err)
		return err
	})
	if unsure && s.conn.ConnectedClusterName() == "" && errors.Is(s.told(err), ErrConflict) {
		if at, ours := s.stored(ctx, m); ours {
			return at, true, nil
		}
	}
	return seq, unsure, err
}

// refused says that the engine answered, or that nothing was there to store.
func refused(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse)
}

// stored says whether a message was stored already. A server in no cluster
// (2.15.2) looks at what a message expects to follow before it looks at its id,
// and so takes a write that succeeded for one that came too late. Here it is
// shown the id with an expectation that nothing meets: it knows the id, or
// refuses. In a cluster the id is looked at first, and nothing is asked.
func (s *jet) stored(ctx context.Context, m *nats.Msg) (seq uint64, ours bool) {
	question := &nats.Msg{Subject: m.Subject, Header: nats.Header{}}
	question.Header.Set(jetstream.MsgIDHeader, m.Header.Get(jetstream.MsgIDHeader))
	err := s.patiently(ctx, func(ctx context.Context) error {
		ack, err := s.js.PublishMsg(ctx, question, jetstream.WithExpectLastMsgID("of no message"), jetstream.WithRetryAttempts(0))
		if err == nil {
			seq = ack.Sequence
		}
		return err
	})
	return seq, err == nil
}

// getMessage asks the leader of a stream for one message.
type getMessage struct {
	Seq  uint64 `json:"seq,omitempty"`          // from here on, with Next
	Last string `json:"last_by_subj,omitempty"` // the last one of a subject
	Next string `json:"next_by_subj,omitempty"` // the first one of a subject
}

// ask asks the leader alone. Any replica may answer a direct get, and then
// what was just stored may be missing: a turn would not find the message that
// it is to answer.
func (s *jet) ask(ctx context.Context, stream string, what getMessage) (*jetstream.RawStreamMsg, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	r, err := s.conn.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+stream, body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message struct {
			Subject string    `json:"subject"`
			Seq     uint64    `json:"seq"`
			Header  []byte    `json:"hdrs"`
			Data    []byte    `json:"data"`
			Time    time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(r.Data, &answer); err != nil {
		return nil, fmt.Errorf("read the answer of the stream %s: %w", stream, err)
	}
	if answer.Error != nil {
		if answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound {
			return nil, jetstream.ErrMsgNotFound
		}
		return nil, answer.Error
	}
	m := &jetstream.RawStreamMsg{Subject: answer.Message.Subject, Sequence: answer.Message.Seq, Data: answer.Message.Data, Time: answer.Message.Time}
	if len(answer.Message.Header) > 0 {
		if m.Header, err = nats.DecodeHeadersMsg(answer.Message.Header); err != nil {
			return nil, fmt.Errorf("read the answer of the stream %s: %w", stream, err)
		}
	}
	return m, nil
}

// newest returns the last message of a subject as its leader has it, or
// jetstream.ErrMsgNotFound. The embedded server has no other replica that
// could be behind, and answers a direct get faster.
func (s *jet) newest(ctx context.Context, stream jetstream.Stream, subject string) (m *jetstream.RawStreamMsg, err error) {
	err = s.patiently(ctx, func(ctx context.Context) error {
		if s.cfg.URL == "" {
			m, err = stream.GetLastMsgForSubject(ctx, subject)
		} else {
			m, err = s.ask(ctx, stream.CachedInfo().Config.Name, getMessage{Last: subject})
		}
		return err
	})
	return m, err
}

// info asks the leader of a stream about it.
func (s *jet) info(ctx context.Context, stream jetstream.Stream, opts ...jetstream.StreamInfoOpt) (info *jetstream.StreamInfo, err error) {
	err = s.patiently(ctx, func(ctx context.Context) error {
		info, err = stream.Info(ctx, opts...)
		return err
	})
	return info, err
}

// following returns the first message of a subject from a sequence of the
// stream on, as its leader has it, or jetstream.ErrMsgNotFound.
func (s *jet) following(ctx context.Context, stream, subject string, from uint64) (m *jetstream.RawStreamMsg, err error) {
	err = s.patiently(ctx, func(ctx context.Context) error {
		m, err = s.ask(ctx, stream, getMessage{Next: subject, Seq: from})
		return err
	})
	return m, err
}

// batch reads messages of a subject from any replica, in order, in pieces, and
// the end of them from the leader, up to the sequence of the stream that the
// leader gave as the newest. It goes on until fn wants no more.
func (s *jet) batch(ctx context.Context, stream, subject string, from, newest uint64, fn func(*jetstream.RawStreamMsg) (more bool, err error)) error {
	for from <= newest {
		n := 0
		var failed error
		err := s.patiently(ctx, func(ctx context.Context) error {
			n = 0
			list, err := jetstreamext.GetBatch(ctx, s.js, stream, mostBatch, jetstreamext.GetBatchSubject(subject), jetstreamext.GetBatchSeq(from))
			if err != nil {
				return err
			}
			for m, err := range list {
				if errors.Is(err, jetstreamext.ErrNoMessages) || err == nil && m.Sequence > newest {
					return nil
				}
				if err != nil {
					return err
				}
				n++
				from = m.Sequence + 1
				more, err := fn(m)
				if err != nil || !more {
					from, failed = newest+1, err
					return nil
				}
			}
			return nil
		})
		if err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		// This replica has no more; the leader may.
		m, err := s.following(ctx, stream, subject, from)
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && m.Sequence > newest {
			return nil
		}
		if err != nil {
			return err
		}
		from = m.Sequence + 1
		if more, err := fn(m); err != nil || !more {
			return err
		}
	}
	return nil
}
