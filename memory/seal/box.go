package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
)

// A Ref names a data key: its owner's name, and which of the owner's it is.
// Somebody who was erased and comes back has another one.
type Ref struct{ name, mark string }

// Of says whether a key is of the owner of a name.
func (k Ref) Of(name string) bool { return k.name == name }

func (k Ref) String() string { return k.name + "." + k.mark }

const (
	boxBegin = `{"sealed":"1.`
	boxEnd   = `"}`
)

// Sealed says whether a value is a box of a ring.
func Sealed(value []byte) bool { return bytes.HasPrefix(value, []byte(boxBegin)) }

// RefOf is the key that a value was sealed with; false for one in plain.
func RefOf(value []byte) (Ref, bool) {
	ref, _, ok := split(value)
	return ref, ok
}

// Of says whether a value was sealed for the owner of a name.
func Of(value []byte, name string) bool {
	ref, ok := RefOf(value)
	return ok && ref.Of(name)
}

func split(value []byte) (ref Ref, box []byte, ok bool) {
	inner, begins := bytes.CutPrefix(value, []byte(boxBegin))
	inner, ends := bytes.CutSuffix(inner, []byte(boxEnd))
	parts := bytes.SplitN(inner, []byte("."), 3)
	if !begins || !ends || len(parts) != 3 {
		return Ref{}, nil, false
	}
	return Ref{string(parts[0]), string(parts[1])}, parts[2], true
}

const nonceSize = 12

func (h held) bound(context string) []byte {
	return []byte(context + "\x00" + h.ref.name + "." + h.ref.mark)
}

func (h held) seal(context string, plain []byte) ([]byte, error) {
	box := make([]byte, nonceSize, nonceSize+len(plain)+16)
	rand.Read(box)
	box = gcm(h.key).Seal(box, box, plain, h.bound(context))
	out := make([]byte, 0, len(boxBegin)+len(h.ref.name)+len(h.ref.mark)+2+base64.RawURLEncoding.EncodedLen(len(box))+len(boxEnd))
	out = append(append(append(out, boxBegin...), h.ref.name...), '.')
	out = append(append(out, h.ref.mark...), '.')
	out = base64.RawURLEncoding.AppendEncode(out, box)
	return append(out, boxEnd...), nil
}

// gcm is AES-256-GCM with a key of 32 bytes, which cannot fail.
func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return box
}

// A record is a data key in the store.
type record struct {
	Mark string `json:"mark"`
	Key  []byte `json:"key"` // nonce and AES-GCM under the master key, bound to name and mark
}

func wrap(master cipher.AEAD, key []byte, bound string) []byte {
	nonce := make([]byte, nonceSize)
	rand.Read(nonce)
	return master.Seal(nonce, nonce, key, []byte(bound))
}

func unwrap(master cipher.AEAD, box []byte, bound string) ([]byte, error) {
	if len(box) < nonceSize {
		return nil, ErrWrongKey
	}
	key, err := master.Open(nil, box[:nonceSize], box[nonceSize:], []byte(bound))
	if err != nil {
		return nil, ErrWrongKey
	}
	return key, nil
}
