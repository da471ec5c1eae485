package main

import (
	"fmt"
	"time"

	"parley/memory/store/faults"
)

// crashWrites are the writes at which the kill loop kills, before, in and after:
// all that serve does with its store. A loop in which one is never passed fails.
var crashWrites = []string{
	"keyring create", "guests", "owned", "records create", // a conversation begins
	"contacts", "message", "queue", // something is said
	"turn", "turn: answer", // and answered
	"turn: records update",                     // the note that an act begins
	"turn: orders",                             // the act
	"turn: facts create", "turn: facts update", // a fact is kept or forgotten
	"answered: records update",            // a person is asked for
	"turn: erasures put", "turn: keyring", // an erasure is noted, and the key dropped
	"turn: erase work", "turn: records erase", "turn: delete log", "turn: contacts erase",
	"turn: delete events", "turn: erase events",
	"turn: facts erase", "turn: owned erase", "turn: spent erase", "turn: guests erase",
	"turn: receipts put", "turn: erasures erase",
	"event", // beside the chat
}

// A fault is a point to be killed at, at its nth pass; an empty one is any moment.
type fault struct {
	phase, write string
	pass         int
	pause        time.Duration
}

func (f fault) String() string {
	if f.write == "" {
		return ""
	}
	return fmt.Sprintf("%s %s|%d|%s", f.phase, f.write, f.pass, f.pause)
}

// plan gives the fault of each life: first every write once, then every phase of
// every write, then whatever comes, and every fourth one at random.
func (k *killLoop) plan() func(n int) fault {
	var list []fault
	for round := range faults.Phases {
		for _, at := range k.rng.Perm(len(crashWrites)) {
			list = append(list, k.fault(crashWrites[at], faults.Phases[(at+round)%len(faults.Phases)]))
		}
	}
	next := 0
	return func(n int) fault {
		if len(k.missed) > 0 {
			f := k.fault(k.missed[0], faults.After)
			f.pass, k.missed = 1, k.missed[1:]
			return f
		}
		if n%4 == 3 {
			return fault{}
		}
		if next++; next <= len(list) {
			return list[next-1]
		}
		return k.fault(crashWrites[k.rng.IntN(len(crashWrites))], faults.Phases[k.rng.IntN(len(faults.Phases))])
	}
}

func (k *killLoop) fault(write, phase string) fault {
	f := fault{phase: phase, write: write, pass: 1 + k.rng.IntN(3)}
	if write == "turn" && phase == faults.In {
		f.phase = faults.Before // a turn's inside is its writes
	}
	if f.phase == faults.In {
		f.pause = time.Duration(k.rng.IntN(400)) * time.Microsecond
	}
	return f
}
