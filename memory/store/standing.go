package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Standing is how a cluster is found.
type Standing struct {
	Cluster string // its name; empty for a server alone
	Servers []Answer
	Streams []Kept // without any, nothing was ever kept there
}

// An Answer is what came from one of the URLs that are named.
type Answer struct {
	URL     string // redacted
	Name    string // of the server
	Version string
	Err     error
}

// A Kept is one stream and its copies.
type Kept struct {
	Name     string
	Copies   int
	Leader   string // empty when there is none: nothing of it is read or written
	Behind   []string
	Messages uint64
	Bytes    uint64
}

// Stand looks at a cluster and changes nothing.
func Stand(ctx context.Context, cfg Config) (st Standing, err error) {
	var up *nats.Conn
	for one := range strings.SplitSeq(cfg.URL, ",") {
		a := Answer{URL: Redacted(one)}
		conn, err := nats.Connect(strings.TrimSpace(one), append(cfg.dial(), nats.Timeout(2*time.Second))...)
		if err != nil {
			a.Err = err
		} else {
			defer conn.Close()
			a.Name, a.Version, up = conn.ConnectedServerName(), conn.ConnectedServerVersion(), conn
			st.Cluster = conn.ConnectedClusterName()
		}
		st.Servers = append(st.Servers, a)
	}
	if up == nil {
		return st, nil
	}
	js, err := jetstream.New(up)
	if err != nil {
		return st, err
	}
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	list := js.ListStreams(ctx)
	for info := range list.Info() {
		k := Kept{Name: info.Config.Name, Copies: info.Config.Replicas, Messages: info.State.Msgs, Bytes: info.State.Bytes}
		if info.Cluster != nil {
			k.Leader = info.Cluster.Leader
			for _, r := range info.Cluster.Replicas {
				switch {
				case r.Offline:
					k.Behind = append(k.Behind, r.Name+" is away")
				case !r.Current:
					k.Behind = append(k.Behind, fmt.Sprintf("%s is %d behind", r.Name, r.Lag))
				}
			}
		}
		st.Streams = append(st.Streams, k)
	}
	slices.SortFunc(st.Streams, func(a, b Kept) int { return cmp.Compare(a.Name, b.Name) })
	if err := list.Err(); err != nil {
		if slow(err) || errors.Is(err, nats.ErrNoResponders) {
			err = errors.Join(ErrAway, err)
		}
		return st, fmt.Errorf("list the streams: %w", err)
	}
	return st, nil
}

// dial gives the options of a connection to an outside server.
func (c Config) dial() []nats.Option {
	options := []nats.Option{nats.Name("parley")}
	if c.Creds != "" {
		options = append(options, nats.UserCredentials(c.Creds))
	}
	if c.CA != "" {
		options = append(options, nats.RootCAs(c.CA))
	}
	return options
}
