package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"parley/memory/store"
	"parley/memory/store/faults"
)

// faultVariable has this process killed, as a power cut would, when it passes a
// point of faults.Store for the nth time: "after queue|3", or "in event|1|200us"
// to be killed that much later. The beginning of a point's name stands for all
// that begin so. With "tell" it says of each point on stderr that it was passed,
// and lives. The kill loop of `parley bench crash` sets it.
const faultVariable = "PARLEY_FAULT"

// What a process says of a point that is passed, and last of all.
const (
	passNotice  = "parley: passed "
	faultNotice = "parley: killed "
)

// mortal gives the store as it is, unless the environment says that this
// process is to die at some point of its work.
func mortal(st store.Store) (store.Store, error) {
	spec := os.Getenv(faultVariable)
	if spec == "" {
		return st, nil
	}
	if spec == "tell" {
		var told sync.Map
		return faults.Store(st, func(point string) {
			if _, before := told.LoadOrStore(point, true); !before {
				fmt.Fprintln(os.Stderr, passNotice+point)
			}
		}), nil
	}
	part := strings.Split(spec, "|")
	var pause time.Duration
	var err error
	if len(part) == 3 {
		pause, err = time.ParseDuration(part[2])
		part = part[:2]
	}
	if len(part) != 2 || err != nil {
		return nil, fmt.Errorf("%s is %q; it wants a point, a number and perhaps a pause, as in %q", faultVariable, spec, "in queue|3|200us")
	}
	n, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil || n < 1 {
		return nil, fmt.Errorf("%s is %q; %q is no number from 1 on", faultVariable, spec, part[1])
	}
	var left atomic.Int64
	left.Store(n)
	return faults.Store(st, func(point string) {
		if point != part[0] && !strings.HasPrefix(point, part[0]+" ") || left.Add(-1) != 0 {
			return
		}
		time.Sleep(pause)
		fmt.Fprintln(os.Stderr, faultNotice+point)
		if p, err := os.FindProcess(os.Getpid()); err == nil {
			_ = p.Signal(syscall.SIGKILL)
		}
		select {} // the signal is on its way
	}), nil
}
