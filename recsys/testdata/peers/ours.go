// Ours fits each of our models on train.tsv and writes what it recommends to
// the customers of test.tsv, with the seconds that the fit took, as JSON lines.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"parley/recsys"
)

type result struct {
	Model string              `json:"model"`
	Train float64             `json:"train_s"`
	Ask   float64             `json:"ask_s"`
	Lists map[string][]string `json:"lists"`
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string) error {
	read := func(name string) ([]recsys.Interaction, error) {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		got, err := recsys.ReadInteractions(f, name)
		return got.Interactions, err
	}
	train, err := read("train.tsv")
	if err != nil {
		return err
	}
	test, err := read("test.tsv")
	if err != nil {
		return err
	}
	d := recsys.NewDataset(train)
	who := map[string]bool{}
	for _, x := range test {
		who[x.Customer] = true
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, m := range []struct {
		name string
		fit  func() (recsys.Model, error)
	}{
		{"Popular", func() (recsys.Model, error) { return recsys.NewPopular(d, recsys.PopularOptions{}), nil }},
		{"ItemKNN", func() (recsys.Model, error) { return recsys.NewItemKNN(d, recsys.ItemKNNOptions{}), nil }},
		{"EASE", func() (recsys.Model, error) { return recsys.NewEASE(d, recsys.EASEOptions{}) }},
		{"ALS", func() (recsys.Model, error) {
			return recsys.NewALS(d, recsys.ALSOptions{Factors: 64, Sweeps: 15, Steps: 3})
		}},
	} {
		begun := time.Now()
		fitted, err := m.fit()
		if err != nil {
			return err
		}
		r := result{Model: m.name, Train: time.Since(begun).Seconds(), Lists: map[string][]string{}}
		begun = time.Now()
		for u := range who {
			got, err := recsys.Top(context.Background(), fitted, recsys.Query{Customer: u, Exclude: d.Owned(u), K: 20})
			if err != nil {
				return err
			}
			list := []string{}
			for _, x := range got {
				list = append(list, x.Item)
			}
			r.Lists[u] = list
		}
		r.Ask = time.Since(begun).Seconds()
		if err := json.NewEncoder(out).Encode(r); err != nil {
			return err
		}
	}
	return nil
}
