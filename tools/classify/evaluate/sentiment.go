package evaluate

import (
	"errors"
	"io/fs"

	"parley/tools/classify"
)

// sst2 trains on train and dev, and on the labelled phrases of SST's training
// trees where they are there, for the test; without a test, for dev.
func sst2(r *run) error {
	more, err := phrases(r.data, "sentiment/sst/sst_trees_train.txt.gz")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return r.withDev("sentiment/sst/sst2_train.tsv.gz", "sentiment/sst/sst2_dev.tsv.gz", "sentiment/sst/sst2_test.tsv.gz", more, phrased, "acc")
}

func airline(r *run) error {
	return r.split("sentiment/airline/train.tsv.gz", "sentiment/airline/test.tsv.gz", opinions, "acc", "macro_f1")
}

func waimai(r *run) error {
	return r.split("sentiment/waimai-zh/train.tsv.gz", "sentiment/waimai-zh/test.tsv.gz", opinions, "acc")
}

func shopping10(r *run) error {
	return r.split("sentiment/shopping10-zh/train.tsv.gz", "sentiment/shopping10-zh/test.tsv.gz", opinions, "acc")
}

func chnsenticorp(r *run) error {
	return r.withDev("sentiment/chnsenticorp-zh/train.tsv.gz", "sentiment/chnsenticorp-zh/dev.tsv.gz", "sentiment/chnsenticorp-zh/test.tsv.gz", nil, opinions, "acc")
}

// uci is across domains: trained on sentences about films (SST's phrases, IMDb),
// restaurants (Yelp) and electronics (CR), asked about Amazon's; without those,
// about each of Yelp and IMDb in turn, trained on the others.
func uci(r *run) error {
	more, err := phrases(r.data, "sentiment/sst/sst_trees_train.txt.gz")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	cr, err := labelled(r.data, "sentiment/cr/all.tsv.gz", "label", "text")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	more = append(more, cr...)
	yelp, err := labelled(r.data, "sentiment/uci/yelp.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	imdb, err := labelled(r.data, "sentiment/uci/imdb.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	test, err := r.test("sentiment/uci/amazon_cells.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	together := func(parts ...[]classify.Example) (all []classify.Example) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	if test != nil {
		a, _, err := r.train(together(more, yelp, imdb), test, phrased)
		if err != nil {
			return err
		}
		return r.report(a, "", "acc")
	}
	a, _, err := r.train(together(more, imdb), yelp, phrased)
	if err != nil {
		return err
	}
	b, _, err := r.train(together(more, yelp), imdb, phrased)
	if err != nil {
		return err
	}
	return r.report(append(a, b...), "_cv", "acc")
}
