package main

import (
	"context"
	"fmt"
	"strings"

	"parley/memory/store"
)

// natsSettings name an outside cluster, for every command that opens the store.
type natsSettings struct {
	Nats     string `env:"PARLEY_NATS" placeholder:"URL,..." help:"Keep everything in this NATS cluster instead of the data folder: the URLs of its servers."`
	Creds    string `name:"nats-creds" env:"PARLEY_NATS_CREDS" type:"path" placeholder:"FILE" help:"Credentials file for it, as nsc writes them."`
	CA       string `name:"nats-ca" env:"PARLEY_NATS_CA" type:"path" placeholder:"FILE" help:"Certificate of the authority that signed its servers' ones, for tls:// URLs."`
	Replicas int    `default:"0" env:"PARLEY_REPLICAS" placeholder:"N" help:"Copies of each stream in it. 0: as many as there are; 3 in a cluster that keeps nothing yet."`
}

// in fills in where a store is.
func (n natsSettings) in(cfg store.Config) store.Config {
	cfg.URL, cfg.Creds, cfg.CA, cfg.Replicas = n.Nats, n.Creds, n.CA, n.Replicas
	return cfg
}

// told is the cluster without passwords.
func (n natsSettings) told() string { return store.Redacted(n.Nats) }

// lookAtCluster says how the cluster stands, and changes nothing in it.
func (c *doctorCmd) lookAtCluster(ctx context.Context) []finding {
	st, err := store.Stand(ctx, c.in(store.Config{Log: c.logger()}))
	var out []finding
	up := 0
	for _, s := range st.Servers {
		if s.Err == nil {
			up++
			continue
		}
		out = append(out, finding{"warn", "nats", fmt.Sprintf("%s does not answer: %v", s.URL, s.Err)})
	}
	switch {
	case up == 0:
		return append(out, finding{"fail", "data", "no server of the NATS cluster answers; start it, or name it with --nats"})
	case err != nil:
		return append(out, finding{"fail", "data", fmt.Sprintf("the NATS cluster at %s: %v", c.told(), err)})
	}
	if len(st.Servers) == 1 && st.Cluster != "" {
		out = append(out, finding{"warn", "nats", "only one URL is named: name all servers, so that a start does not hang on this one"})
	}
	if len(st.Streams) > 0 { // it may be a newer parley's
		set := c.settings
		set.Replicas = 0
		kept, err := openAsIs(ctx, &set)
		if err != nil {
			return append(out, finding{"fail", "data", fmt.Sprintf("the NATS cluster at %s: %v", c.told(), err)})
		}
		kept.Close()
	}
	var bytes, messages uint64
	few := 0
	for _, k := range st.Streams {
		bytes, messages = bytes+k.Bytes, messages+k.Messages
		if st.Cluster != "" && k.Copies < 3 {
			few++
		}
		if k.Leader == "" && st.Cluster != "" {
			out = append(out, finding{"fail", "nats", fmt.Sprintf("the stream %s has no leader, so nothing of it is read or written: a majority of its servers has to run", k.Name)})
		}
		if len(k.Behind) > 0 {
			out = append(out, finding{"warn", "nats", fmt.Sprintf("the stream %s: %s", k.Name, strings.Join(k.Behind, ", "))})
		}
	}
	if few > 0 {
		out = append(out, finding{"warn", "nats", fmt.Sprintf("%d streams are lost with one server's disk; start Parley once with --replicas 3", few)})
	}
	if st.Cluster == "" {
		out = append(out, finding{"warn", "nats", "this NATS server is in no cluster: what it keeps is on one disk"})
	}
	if c.SealKey == "" {
		out = append(out, finding{"warn", "keys", "no --key-file is given: every Parley on one cluster needs the same, and the same --customer-key-file"})
	}
	text := fmt.Sprintf("the NATS cluster at %s keeps nothing yet", c.told())
	if len(st.Streams) > 0 {
		text = fmt.Sprintf("the NATS cluster at %s keeps %d messages in %d streams, %.1f MB", c.told(), messages, len(st.Streams), float64(bytes)/1e6)
	}
	return append(out, finding{"ok", "data", text})
}
