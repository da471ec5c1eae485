package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/minio/highwayhash"
)

// The engine keeps a stream in block files of records, each with a checksum
// (nats-server, server/filestore.go). When it has to read a block anew, as after
// a kill, it cuts the block off at the first record that is wrong, and what was
// whole behind it is lost. So we look at the blocks ourselves before.

// Parts of a record: length, sequence, time, length of the subject; subject,
// headers and data; a checksum of 64 bits.
const (
	recordHead = 22
	recordSum  = 8
	recordMost = 32 << 20
	headersBit = 1 << 31 // of the length
	erasedBit  = 1 << 63 // of the sequence: overwritten
	tombBit    = 1 << 62 // says that another record is deleted
)

// A Damage is a place in a block that is wrong.
type Damage struct {
	Stream string
	File   string // in the data folder
	At     int64  // bytes from its beginning
	Bytes  int64  // that cannot be read; up to the end of the file if nothing whole comes after
	Torn   bool   // the file ends within the last record: it was being written, or was cut off
	// Behind counts the whole records after it, which the engine would cut off.
	Behind      int
	First, Last uint64 // their places in the stream
}

func (d Damage) String() string {
	where := fmt.Sprintf("%s, %d bytes from byte %d on", d.File, d.Bytes, d.At)
	if d.Torn {
		return where + ": its last record is not whole; it was being written when the machine or the disk stopped, or the file was cut"
	}
	if d.Behind == 0 {
		return where + ": records there are damaged, and none comes after"
	}
	return fmt.Sprintf("%s: damaged; %d whole records (%d to %d) come after it", where, d.Behind, d.First, d.Last)
}

// A StreamFiles is what the files of a stream hold.
type StreamFiles struct {
	Name    string
	Blocks  int
	Bytes   int64
	Records int    // whole ones, also of what is deleted since
	Last    uint64 // place that was given, also to what is deleted since
}

// streamsDir is where the embedded engine keeps its streams.
func streamsDir(dir string) string {
	return filepath.Join(dir, "nats", "jetstream", "$G", "streams")
}

// InspectFiles reads all blocks of a data folder that no process has open, and
// changes nothing. What cannot be read at all is an error.
func InspectFiles(dir string) (streams []StreamFiles, damages []Damage, err error) {
	return inspect(dir, false)
}

// inspect reads all blocks, or only the last one of each stream.
func inspect(dir string, ends bool) (streams []StreamFiles, damages []Damage, err error) {
	list, err := os.ReadDir(streamsDir(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("look at the streams: %w", err)
	}
	type job struct{ stream, file string }
	var jobs []job
	at := map[string]int{}
	for _, d := range list {
		at[d.Name()] = len(streams)
		streams = append(streams, StreamFiles{Name: d.Name()})
		names, err := filepath.Glob(filepath.Join(escape(streamsDir(dir)), d.Name(), "msgs", "*.blk"))
		if err != nil {
			return nil, nil, err
		}
		if ends {
			names = lastOf(names)
		}
		for _, name := range names {
			jobs = append(jobs, job{d.Name(), name})
		}
	}
	var mu sync.Mutex
	var errs []error
	next := make(chan job)
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			for j := range next {
				b, one, found, err := inspectBlock(j.stream, j.file)
				mu.Lock()
				s := &streams[at[j.stream]]
				s.Blocks++
				s.Bytes += b
				s.Records += one.Records
				s.Last = max(s.Last, one.Last)
				for _, f := range found {
					if rel, err := filepath.Rel(dir, f.File); err == nil {
						f.File = rel
					}
					damages = append(damages, f)
				}
				if err != nil {
					errs = append(errs, err)
				}
				mu.Unlock()
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	wait.Wait()
	slices.SortFunc(damages, func(a, b Damage) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return int(a.At - b.At)
	})
	return streams, damages, errors.Join(errs...)
}

// lastOf gives the block with the highest number.
func lastOf(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".blk"))
		return n
	}
	return []string{slices.MaxFunc(names, func(a, b string) int { return number(a) - number(b) })}
}

// escape makes a path stand for itself in a pattern.
func escape(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// inspectBlock reads one block.
func inspectBlock(stream, name string) (size int64, s StreamFiles, found []Damage, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return 0, s, nil, fmt.Errorf("read a block: %w", err)
	}
	index, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".blk"))
	if err != nil {
		return 0, s, nil, fmt.Errorf("%s is no block of the engine's", name)
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", stream, index))
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return 0, s, nil, err
	}
	for at := 0; at < len(b); {
		r, ok := readRecord(h, b[at:])
		if ok {
			s.Records++
			s.Last = max(s.Last, r.seq&^(tombBit|erasedBit))
			if n := len(found); n > 0 && r.seq&(tombBit|erasedBit) == 0 {
				d := &found[n-1]
				d.Behind++
				if d.First == 0 {
					d.First = r.seq
				}
				d.Last = r.seq
			}
			at += r.size
			continue
		}
		next := resume(h, b, at)
		d := Damage{Stream: stream, File: name, At: int64(at), Bytes: int64(next - at)}
		d.Torn = next == len(b) && r.size > len(b)-at
		found = append(found, d)
		at = next
	}
	return int64(len(b)), s, found, nil
}

type record struct {
	size int
	seq  uint64
}

// readRecord reads the record that bytes begin with. One that is not whole gives
// false, with the size that it says it has, where that can be.
func readRecord(h hash.Hash, b []byte) (r record, ok bool) {
	if len(b) < recordHead {
		return record{size: recordHead}, false
	}
	le := binary.LittleEndian
	length := le.Uint32(b)
	headers := length&headersBit != 0
	size, subject := int(length&^headersBit), int(le.Uint16(b[20:]))
	begin := recordHead + subject // of the data, behind the length of the headers
	if headers {
		begin += 4
	}
	if size > recordMost || begin+recordSum > size {
		return r, false
	}
	r = record{size, le.Uint64(b[4:])}
	if size > len(b) {
		return r, false
	}
	h.Reset()
	h.Write(b[4:20])
	h.Write(b[recordHead : recordHead+subject])
	h.Write(b[begin : size-recordSum])
	var sum [recordSum]byte
	return r, bytes.Equal(h.Sum(sum[:0]), b[size-recordSum:size])
}

// resume finds the next whole record behind a wrong one, or the end.
func resume(h hash.Hash, b []byte, at int) int {
	for next := at + 1; next+recordHead+recordSum <= len(b); next++ {
		if _, ok := readRecord(h, b[next:]); ok {
			return next
		}
	}
	return len(b)
}
