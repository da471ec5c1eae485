package evaluate

import (
	"crypto/sha1"
	"errors"
	"io/fs"
	"math/big"
	"math/rand/v2"
	"strings"

	"parley/tools/classify"
)

const noNodes = "NO_NODES_DETECTED" // how HINT3 names what is out of scope

// hint3 trains on a bot's v1 training file and scores every row of its test:
// accuracy in scope without a threshold, OSCR, the best MCC, AUROC.
func hint3(r *run) error {
	list, err := labelled(r.data, "nlu/hint3/v1_"+r.name+"_train.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	test, err := r.test("nlu/hint3/v1_"+r.name+"_test.tsv.gz", "label", "text")
	if err != nil {
		return err
	}
	if test == nil {
		a, err := r.folds(list, 5, 5, intents)
		r.measure("acc_cv", a, accuracy)
		return err
	}
	for i := range test {
		if test[i].Label == noNodes {
			test[i].Label = ""
		}
	}
	a, _, err := r.train(list, test, intents)
	if err != nil {
		return err
	}
	r.measure("acc", a, accuracy)
	r.measure("oscr", a, func(a []answer) float64 { _, oscr := curves(a); return oscr })
	r.measure("mcc", a, bestMCC)
	auroc := func(a []answer) float64 { auroc, _ := curves(a); return auroc }
	low, high := interval(a, auroc)
	r.add("auroc", auroc(a), low, high, len(a))
	return r.plot(a)
}

// shots draws k examples of each label.
func shots(list []classify.Example, k int, seed uint64) []classify.Example {
	draw := rand.New(rand.NewPCG(seed, 10))
	n := map[string]int{}
	var out []classify.Example
	for _, i := range draw.Perm(len(list)) {
		if n[list[i].Label]++; n[list[i].Label] <= k {
			out = append(out, list[i])
		}
	}
	return out
}

// fewShot is the mean accuracy of three draws of ten examples an intent.
func fewShot(r *run) error {
	for _, set := range []string{"banking", "clinc"} {
		dir := map[string]string{"banking": "nlu/banking77/", "clinc": "nlu/clinc150/"}[set]
		list, err := labelled(r.data, dir+"train.tsv.gz", "label", "text")
		if err != nil {
			return err
		}
		test, err := r.test(dir+"test.tsv.gz", "label", "text")
		if err != nil {
			return err
		}
		if test == nil {
			continue
		}
		o := intents
		o.Folds = -1 // confidences are not asked for
		var all []answer
		for seed := range uint64(3) {
			a, _, err := r.train(shots(list, 10, seed+1), test, o)
			if err != nil {
				return err
			}
			all = append(all, a...)
		}
		r.measure(set+"_acc", all, accuracy)
	}
	return nil
}

// clinc trains on train and oos_train, and takes the threshold on confidence
// that is most often right on val and oos_val, "none fits" being a label.
func clinc(r *run) error {
	parts := map[string][]classify.Example{}
	for _, name := range []string{"train", "val", "oos_train", "oos_val", "test", "oos_test"} {
		list, err := labelled(r.data, "nlu/clinc150/"+name+".tsv.gz", "label", "text")
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "oos") {
			for i := range list {
				list[i].Label = ""
			}
		}
		parts[name] = list
	}
	o := intents
	for _, e := range parts["oos_train"] {
		o.Negatives = append(o.Negatives, e.Text)
	}
	a, m, err := r.train(parts["train"], append(parts["test"], parts["oos_test"]...), o)
	if err != nil {
		return err
	}
	threshold := bestThreshold(ask(m, append(parts["val"], parts["oos_val"]...)))
	cut := make([]answer, len(a))
	var in, out []answer
	for i, x := range a {
		if x.confidence < threshold {
			x.got = ""
		}
		cut[i] = x
		if x.inside() {
			in = append(in, x)
		} else {
			out = append(out, x)
		}
	}
	r.measure("acc", in, accuracy)
	r.measure("oos_recall", out, func(a []answer) float64 {
		n := 0.0
		for _, x := range a {
			if x.got == "" {
				n++
			}
		}
		return n / float64(len(a))
	})
	low, high := interval(a, func(a []answer) float64 { x, _ := curves(a); return x })
	auroc, _ := curves(a)
	r.add("auroc", auroc, low, high, len(a))
	return r.plot(cut)
}

// bestThreshold is where most answers are right; the lowest such.
func bestThreshold(a []answer) float64 {
	best, most := 0.0, -1
	for step := range 200 {
		t, n := float64(step)/200, 0
		for _, x := range a {
			if x.confidence < t && x.want == "" || x.confidence >= t && x.right() {
				n++
			}
		}
		if n > most {
			best, most = t, n
		}
	}
	return best
}

func banking(r *run) error {
	return r.split("nlu/banking77/train.tsv.gz", "nlu/banking77/test.tsv.gz", intents, "acc", "macro_f1")
}

// split trains on one file and scores another: the plainest protocol.
func (r *run) split(train, test string, o classify.Options, metrics ...string) error {
	list, err := labelled(r.data, train, "label", "text")
	if err != nil {
		return err
	}
	held, err := r.test(test, "label", "text")
	if err != nil {
		return err
	}
	suffix := ""
	var a []answer
	if held != nil {
		a, _, err = r.train(list, held, o)
	} else {
		suffix = "_cv"
		a, err = r.folds(list, 10, 2, o)
	}
	if err != nil {
		return err
	}
	return r.report(a, suffix, metrics...)
}

func (r *run) report(a []answer, suffix string, metrics ...string) error {
	for _, m := range metrics {
		r.measure(m+suffix, a, map[string]func([]answer) float64{"acc": accuracy, "macro_f1": macroF1}[m])
	}
	return r.plot(a)
}

// smp trains on train and dev for the test; without it, on train for dev.
func smp(r *run) error {
	return r.withDev("nlu/smp2017-zh/train.tsv.gz", "nlu/smp2017-zh/dev.tsv.gz", "nlu/smp2017-zh/test.tsv.gz", nil, intents, "macro_f1", "acc")
}

func (r *run) withDev(train, dev, test string, more []classify.Example, o classify.Options, metrics ...string) error {
	list, err := labelled(r.data, train, "label", "text")
	if err != nil {
		return err
	}
	list = append(list, more...)
	held, err := r.test(test, "label", "text")
	if err != nil {
		return err
	}
	d, err := labelled(r.data, dev, "label", "text")
	if err != nil && (held == nil || !errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	suffix := ""
	if held != nil {
		list = append(list, d...)
	} else {
		held, suffix = d, "_dev"
	}
	a, _, err := r.train(list, held, o)
	if err != nil {
		return err
	}
	return r.report(a, suffix, metrics...)
}

// bitext holds out the rows whose sha1 of the lower-case text is 0 modulo 5,
// trains on the rest's 27 intents, and scores the needs they serve.
func bitext(r *run) error {
	list, err := labelled(r.data, "nlu/bitext/all.tsv.gz", "intent", "text")
	if err != nil {
		return err
	}
	var in, test []classify.Example
	for _, e := range list {
		sum := sha1.Sum([]byte(strings.ToLower(e.Text)))
		if new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(5)).Sign() == 0 {
			test = append(test, e)
		} else {
			in = append(in, e)
		}
	}
	a, _, err := r.train(in, test, intents)
	if err != nil {
		return err
	}
	r.measure("intent_acc", a, accuracy)
	for i := range a {
		a[i].want, a[i].got = BitextNeed(a[i].want), BitextNeed(a[i].got)
	}
	return r.report(a, "", "macro_f1")
}

// BitextNeed is the need of ours that an intent of Bitext's set serves.
func BitextNeed(intent string) string {
	switch intent {
	case "cancel_order", "change_order", "check_cancellation_fee", "place_order", "track_order",
		"change_shipping_address", "set_up_shipping_address", "delivery_options", "delivery_period", "check_invoice", "get_invoice":
		return "order"
	case "check_refund_policy", "get_refund", "track_refund":
		return "return"
	case "complaint":
		return "complaint"
	case "contact_customer_service", "contact_human_agent":
		return "person"
	}
	return "other" // accounts, payment, the newsletter, leaving a review
}
