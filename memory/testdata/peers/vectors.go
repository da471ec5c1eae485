// Vectors serves the table in the binary as OpenAI's embeddings are served, so
// that a peer can be given the same vectors. It writes its address and ends with
// its input.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"parley/memory/embed"
)

func main() {
	table, err := embed.Default()
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + l.Addr().String())
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	log.Fatal(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Input any }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		list, ok := in.Input.([]any)
		if !ok {
			list = []any{in.Input}
		}
		data := make([]map[string]any, len(list))
		for i, text := range list {
			data[i] = map[string]any{"object": "embedding", "index": i, "embedding": table.Vector(fmt.Sprint(text))}
		}
		json.NewEncoder(w).Encode(map[string]any{"object": "list", "model": "table", "data": data, "usage": map[string]int{"prompt_tokens": 0, "total_tokens": 0}})
	})))
}
