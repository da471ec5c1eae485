package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/nats-io/nats.go/jetstream"
)

func (s *jet) objectStore(ctx context.Context) (jetstream.ObjectStore, error) {
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.objects != nil {
		return s.objects, nil
	}
	var o jetstream.ObjectStore
	err := s.patiently(ctx, func(ctx context.Context) (err error) {
		o, err = s.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "objects", Storage: s.storage(), Replicas: s.copies})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the objects: %w", s.told(err))
	}
	s.objects = o
	return o, nil
}

// PutObject stores a large value under a name, in place of the one before.
func (s *jet) PutObject(ctx context.Context, name string, data []byte) error {
	if err := s.room(); err != nil {
		return fmt.Errorf("store the object %s: %w", name, err)
	}
	o, err := s.objectStore(ctx)
	if err != nil {
		return err
	}
	// Each try writes pieces of its own, and what names them last.
	err = s.within(ctx, bulkTry, 2*bulkTry, func(ctx context.Context) error { _, err := o.PutBytes(ctx, name, data); return err })
	if err != nil {
		return fmt.Errorf("store the object %s: %w", name, s.told(err))
	}
	return nil
}

// GetObject reads a large value.
func (s *jet) GetObject(ctx context.Context, name string) ([]byte, error) {
	o, err := s.objectStore(ctx)
	if err != nil {
		return nil, err
	}
	var b []byte
	err = s.within(ctx, bulkTry, 2*bulkTry, func(ctx context.Context) (err error) {
		b, err = s.readObject(ctx, o, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the object %s: %w", name, s.told(err))
	}
	return b, nil
}

// readObject reads from any replica what the leader says is the newest.
func (s *jet) readObject(ctx context.Context, o jetstream.ObjectStore, name string) ([]byte, error) {
	if s.cfg.URL == "" {
		return o.GetBytes(ctx, name)
	}
	m, err := s.ask(ctx, "OBJ_objects", getMessage{Last: "$O.objects.M." + base64.URLEncoding.EncodeToString([]byte(name))})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, jetstream.ErrObjectNotFound
	}
	if err != nil {
		return nil, err
	}
	var want jetstream.ObjectInfo
	if err := json.Unmarshal(m.Data, &want); err != nil {
		return nil, err
	}
	if want.Deleted {
		return nil, jetstream.ErrObjectNotFound
	}
	r, err := o.Get(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, errBehind
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if got, err := r.Info(); err != nil || got.NUID != want.NUID {
		return nil, errors.Join(errBehind, err)
	}
	b, err := io.ReadAll(r)
	if errors.Is(err, jetstream.ErrDigestMismatch) { // its end is not there yet
		err = errors.Join(errBehind, err)
	}
	return b, err
}
