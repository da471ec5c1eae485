package main

import "parley/memory/store"

// steps bring what an older parley stored to what this one stores, each from one
// schema to the next; memory/store/README.md lists them. A new one is put at the
// end, and a stored folder of before it into testdata.
func (s *settings) steps() []store.Step {
	return nil
}
