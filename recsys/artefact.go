package recsys

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// An artefact is a trained [Engine] as bytes. All numbers are little-endian:
//
//	magic     8 bytes "parleyrs"
//	version   uint32
//	sections  uint32, then for each: name (16 bytes, zeros after), length uint64, CRC-32C uint32
//	check     CRC-32C of all before, uint32
//	bodies    one after the other, to the end of the file
//
// It holds items and what was learnt between them, never a customer's id or
// history.
const (
	artefactMagic   = "parleyrs"
	artefactVersion = 2
	mostSections    = 64
	sectionName     = 16
	sectionHead     = sectionName + 8 + 4
)

// ErrArtefact says that a file is no artefact that this program can use; the
// error it is found in says why.
var ErrArtefact = errors.New("recsys: not a usable artefact")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type section struct {
	name string
	body []byte
}

// pack joins sections to the bytes of an artefact.
func pack(sections []section) []byte {
	size := len(artefactMagic) + 8 + len(sections)*sectionHead + 4
	for _, s := range sections {
		size += len(s.body)
	}
	out := make([]byte, 0, size)
	out = append(out, artefactMagic...)
	out = binary.LittleEndian.AppendUint32(out, artefactVersion)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(sections)))
	for _, s := range sections {
		var name [sectionName]byte
		copy(name[:], s.name)
		out = append(out, name[:]...)
		out = binary.LittleEndian.AppendUint64(out, uint64(len(s.body)))
		out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(s.body, castagnoli))
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
	for _, s := range sections {
		out = append(out, s.body...)
	}
	return out
}

// unpack parts an artefact into its sections after checking all of it.
func unpack(b []byte) (map[string][]byte, error) {
	refuse := func(format string, args ...any) (map[string][]byte, error) {
		return nil, fmt.Errorf("%w: %s", ErrArtefact, fmt.Sprintf(format, args...))
	}
	const head = len(artefactMagic) + 8
	switch {
	case len(b) == 0:
		return refuse("it is empty")
	case !bytes.HasPrefix(b, []byte(artefactMagic)[:min(len(b), len(artefactMagic))]):
		return refuse("it does not begin as one")
	case len(b) < head:
		return refuse("it breaks off after %d bytes", len(b))
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != artefactVersion {
		return refuse("it has version %d and this program reads version %d; train again with `parley train`", v, artefactVersion)
	}
	n := int(binary.LittleEndian.Uint32(b[12:]))
	if n > mostSections {
		return refuse("it is damaged: %d sections", n)
	}
	bodies := head + n*sectionHead + 4
	if len(b) < bodies {
		return refuse("it breaks off after %d bytes", len(b))
	}
	if crc32.Checksum(b[:bodies-4], castagnoli) != binary.LittleEndian.Uint32(b[bodies-4:]) {
		return refuse("it is damaged: the check over its head fails")
	}
	out := make(map[string][]byte, n)
	rest := b[bodies:]
	sums := make([]bool, n) // whether each section is as it was written
	var checks []func()
	for k := range n {
		h := b[head+k*sectionHead:]
		name := string(bytes.TrimRight(h[:sectionName], "\x00"))
		size := binary.LittleEndian.Uint64(h[sectionName:])
		if size > uint64(len(rest)) {
			return refuse("it breaks off in section %q, after %d bytes", name, len(b))
		}
		body := rest[:size]
		checks = append(checks, func() {
			sums[k] = crc32.Checksum(body, castagnoli) == binary.LittleEndian.Uint32(h[sectionName+8:])
		})
		if _, twice := out[name]; twice {
			return refuse("it has section %q twice", name)
		}
		out[name] = body
		rest = rest[size:]
	}
	if len(rest) > 0 {
		return refuse("%d bytes follow its end", len(rest))
	}
	Each(n, func(k int) { checks[k]() })
	for k, ok := range sums {
		if !ok {
			h := b[head+k*sectionHead:]
			return refuse("it is damaged: the check over section %q fails", bytes.TrimRight(h[:sectionName], "\x00"))
		}
	}
	return out, nil
}

// writeWhole writes a file in one step: whoever looks finds the old one or all
// of the new one, also after a crash.
func writeWhole(path string, b []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("recsys: make the folder of artefacts: %w", err)
	}
	f, err := os.CreateTemp(dir, ".writing-*")
	if err != nil {
		return fmt.Errorf("recsys: write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("recsys: write %s: %w", path, err)
		}
	}()
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	if d, e := os.Open(dir); e == nil { // the rename itself; not every system can
		d.Sync()
		d.Close()
	}
	return nil
}
