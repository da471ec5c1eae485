package store_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"parley/memory/store"
)

// certificate makes one that signs itself, for loopback, and its file.
func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestAServerOutsideMayWantTLSAndAPassword(t *testing.T) {
	cert, ca := certificate(t)
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true,
		Username: "me", Password: "hush", TLS: true, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	at := srv.Addr().String()
	for url, cfg := range map[string]store.Config{
		"tls://me:wrong@" + at: {CA: ca},
		"tls://me:hush@" + at:  {}, // nobody known signed it
	} {
		cfg.URL = url
		if s, err := store.Open(t.Context(), cfg); err == nil {
			s.Close()
			t.Errorf("%s was let in", url)
		} else if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "wrong@") {
			t.Errorf("told %v", err)
		}
	}
	cfg := store.Config{URL: "tls://me:hush@" + at, CA: ca}
	s, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Append(t.Context(), "log", 0, json.RawMessage(`1`)); err != nil {
		t.Fatal(err)
	}
	st, err := store.Stand(t.Context(), store.Config{URL: cfg.URL + ",tls://me:hush@127.0.0.1:1", CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Servers) != 2 || st.Servers[0].Err != nil || st.Servers[1].Err == nil || st.Cluster != "" || len(st.Streams) < 3 {
		t.Errorf("it stands so: %+v", st)
	}
	for _, a := range st.Servers {
		if strings.Contains(a.URL, "hush") {
			t.Errorf("told %s", a.URL)
		}
	}
}
