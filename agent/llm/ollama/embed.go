package ollama

import (
	"context"
	"errors"
	"fmt"

	"github.com/ollama/ollama/api"
)

// Embedding gives a function that has a server's embedding model turn texts into
// vectors, one each in their order. The server cuts what is too long for the
// model. It is first asked when the function is called.
func Embedding(host, model string) (func(ctx context.Context, texts []string) ([][]float32, error), error) {
	if model == "" {
		return nil, errors.New("name an embedding model: ollama:nomic-embed-text")
	}
	c, err := newClient(host)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, texts []string) ([][]float32, error) {
		r, err := c.Embed(ctx, &api.EmbedRequest{Model: model, Input: texts})
		if err != nil {
			return nil, fmt.Errorf("have Ollama at %s embed %d texts with %s: %w", Host(host), len(texts), model, err)
		}
		if len(r.Embeddings) != len(texts) {
			return nil, fmt.Errorf("%d vectors of %s for %d texts from Ollama at %s", len(r.Embeddings), model, len(texts), Host(host))
		}
		return r.Embeddings, nil
	}, nil
}
