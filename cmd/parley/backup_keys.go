package main

import (
	"encoding/json"
	"slices"
	"strings"

	"parley/memory/seal"
	"parley/memory/store"
)

// readable says what of a backup can be read with the keys of its keyring.
func readable(keys []store.Record) func(store.Record) bool {
	names := map[string]bool{}
	for _, k := range keys {
		names[k.Key] = true
	}
	one := func(value []byte) bool {
		ref, sealed := seal.RefOf(value)
		name, _, _ := strings.Cut(ref.String(), ".")
		return !sealed || names[seal.KeyName(name)]
	}
	return func(r store.Record) bool {
		if r.Kind != store.KindAppend {
			return one(r.Data)
		}
		var items []json.RawMessage
		return json.Unmarshal(r.Data, &items) != nil || slices.ContainsFunc(items, func(i json.RawMessage) bool { return one(i) })
	}
}
