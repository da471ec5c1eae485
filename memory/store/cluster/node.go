package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// nodeEnv marks a process that is to be a server and nothing else.
const nodeEnv = "PARLEY_CLUSTER_NODE"

type nodeConfig struct {
	Name, Dir                   string
	Port, RoutePort, HealthPort int
	Routes                      []string
	Lazy                        bool
}

// RunNode is for the first line of main: in a process that Start made it runs
// the server and exits; in any other it returns at once.
func RunNode() {
	text := os.Getenv(nodeEnv)
	if text == "" {
		return
	}
	if err := run(text); err != nil {
		fmt.Fprintln(os.Stderr, "cluster node:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run serves until standard input ends.
func run(text string) error {
	var cfg nodeConfig
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return fmt.Errorf("read %s: %w", nodeEnv, err)
	}
	o := &server.Options{
		ServerName: cfg.Name, Host: "127.0.0.1", Port: cfg.Port, HTTPHost: "127.0.0.1", HTTPPort: cfg.HealthPort,
		JetStream: true, StoreDir: cfg.Dir, SyncAlways: !cfg.Lazy, MaxPayload: 8 << 20, NoSigs: true,
		// Only the routes named here: those pass the wires that can be cut.
		Cluster:             server.ClusterOpts{Name: "parley", Host: "127.0.0.1", Port: cfg.RoutePort, NoAdvertise: true, PoolSize: -1},
		LameDuckDuration:    time.Second,
		LameDuckGracePeriod: time.Millisecond,
	}
	for _, r := range cfg.Routes {
		u, err := url.Parse(r)
		if err != nil {
			return fmt.Errorf("the route %s: %w", r, err)
		}
		o.Routes = append(o.Routes, u)
	}
	s, err := server.NewServer(o)
	if err != nil {
		return fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	s.ConfigureLogger()
	s.Start()
	_, _ = io.Copy(io.Discard, os.Stdin) // ends when we are to end, or our parent has
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}
