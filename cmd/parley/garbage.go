package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// room is how much garbage may gather at the least before it is collected.
const room = 200 << 20

// roomForGarbage is called when a shop is put together. A collection takes some
// 8 ms of two cores, a turn 3 ms: with a small shop, collected at every doubling
// of its 20 MB, every hundredth turn would wait for one. A large shop is
// collected as usual, and GOGC in the environment decides over this.
func roomForGarbage() {
	if os.Getenv("GOGC") != "" {
		return
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	debug.SetGCPercent(int(max(100, room*100/max(m.HeapAlloc, 1<<20))))
}
