package evaluate

import "parley/tools/classify"

// latency trains on CLINC150 and asks one question at a time, on one goroutine,
// warm: every text of the test.
func latency(r *run) error {
	list, err := labelled(r.data, "nlu/clinc150/train.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	test, err := labelled(r.data, "nlu/clinc150/test.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	o := intents
	o.Folds = -1
	m, err := classify.Train(r.ctx, list, o)
	if err != nil {
		return err
	}
	var texts []string
	for _, e := range test {
		texts = append(texts, e.Text)
	}
	took := questions(m, texts)
	r.add("p50_us", took[len(took)/2], 0, 0, len(took))
	r.add("p99_us", took[len(took)*99/100], 0, 0, len(took))
	return nil
}
