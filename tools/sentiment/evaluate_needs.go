package sentiment

import (
	"bufio"
	"crypto/sha1"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"parley/tools/measure"
)

//go:embed needs_public.yaml
var publicNeedsFile []byte

// An asked message and the need that its set's label serves.
type asked struct{ text, need string }

// needSets are shoppers' words of public sets. The shipped model has learned
// from none.
var needSets = []struct {
	name, metric string
	read         func(data fs.FS, needOf map[string]string) ([]asked, error)
}{
	{"bitext_need", "shipped_macro_f1", bitextNeeds},
	{"abcd_need", "macro_f1", abcdNeeds},
	{"tau2_need", "macro_f1", tau2Needs},
}

// needFigures is macro-F1 over the needs that a set has, and accuracy.
func (a *Analyzer) needFigures(data fs.FS, name string) ([]measure.Figure, error) {
	var of map[string]map[string][]string
	if err := yaml.UnmarshalWithOptions(publicNeedsFile, &of, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/sentiment/needs_public.yaml: %w", err)
	}
	needOf := map[string]string{}
	set, _, _ := strings.Cut(name, "_")
	for need, labels := range of[set] {
		for _, l := range labels {
			needOf[l] = need
		}
	}
	for _, s := range needSets {
		if s.name != name {
			continue
		}
		list, err := s.read(data, needOf)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, fmt.Errorf("%s: no message of the form that is expected", name)
		}
		right := 0
		table := map[string]map[string]int{}
		for _, x := range list {
			got := a.Analyze(x.text, "").Need
			if table[x.need] == nil {
				table[x.need] = map[string]int{}
			}
			table[x.need][got]++
			if got == x.need {
				right++
			}
		}
		acc := share("acc", right, len(list))
		if s.metric != "macro_f1" {
			acc.Metric = "shipped_acc"
		}
		return []measure.Figure{{Metric: s.metric, Value: 100 * f1OfTruths(table), N: len(list)}, {Metric: acc.Metric, Value: acc.Value, Low: acc.Low, High: acc.High, N: len(list)}}, nil
	}
	return nil, fmt.Errorf("there is no set of needs called %s", name)
}

// f1OfTruths is the mean F1 of the labels that are true of anything.
func f1OfTruths(table map[string]map[string]int) float64 {
	var sum float64
	for truth, answers := range table {
		found, said := 0, 0
		for _, n := range answers {
			found += n
		}
		for _, other := range table {
			said += other[truth]
		}
		sum += 2 * float64(answers[truth]) / float64(found+said)
	}
	return sum / float64(len(table))
}

func unpack(data fs.FS, name string, use func(io.Reader) error) error {
	z, err := measure.Open(data, name)
	if err != nil {
		return err
	}
	defer z.Close()
	if err := use(z); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// bitextNeeds are the rows of the set's test: sha1 of the text mod 5 is 0.
func bitextNeeds(data fs.FS, needOf map[string]string) (list []asked, err error) {
	err = unpack(data, "nlu/bitext/all.tsv.gz", func(r io.Reader) error {
		in := bufio.NewScanner(r)
		for in.Scan() {
			row := strings.Split(in.Text(), "\t")
			if len(row) < 2 || row[0] == "intent" {
				continue
			}
			mod := 0
			for _, b := range sha1.Sum([]byte(strings.ToLower(row[1]))) {
				mod = (mod*256 + int(b)) % 5
			}
			if mod == 0 {
				list = append(list, asked{row[1], or(needOf[row[0]], "other")})
			}
		}
		return in.Err()
	})
	return list, err
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// abcdNeeds are what customers say before the agent first acts.
func abcdNeeds(data fs.FS, needOf map[string]string) (list []asked, err error) {
	number := regexp.MustCompile(`_\d+$`)
	err = unpack(data, "nlu/abcd/abcd_sample.json.gz", func(r io.Reader) error {
		var all []struct {
			Scenario struct{ Flow, Subflow string }
			Original [][]string
		}
		if err := json.NewDecoder(r).Decode(&all); err != nil {
			return err
		}
		for _, c := range all {
			var said []string
			for _, turn := range c.Original {
				if len(turn) < 2 || turn[0] == "action" {
					break
				}
				if turn[0] == "customer" {
					said = append(said, turn[1])
				}
			}
			if len(said) > 0 {
				sub := number.ReplaceAllString(c.Scenario.Subflow, "")
				list = append(list, asked{strings.Join(said, ". "), or(needOf[sub], or(needOf[c.Scenario.Flow], "other"))})
			}
		}
		return nil
	})
	return list, err
}

// tau2Needs are what the customer of a task calls for, said in the first person;
// what is told to the customer's player about the agent is left out.
func tau2Needs(data fs.FS, needOf map[string]string) (list []asked, err error) {
	name := "nlu/tau2-retail/tasks_test.json.gz"
	if _, missing := fs.Stat(data, name); missing != nil {
		name = "nlu/tau2-retail/tasks_train.json.gz"
	}
	err = unpack(data, name, func(r io.Reader) error {
		var all []struct {
			Scenario struct {
				Instructions struct {
					Reason string `json:"reason_for_call"`
				}
			} `json:"user_scenario"`
			Criteria struct {
				Actions []struct{ Name string }
			} `json:"evaluation_criteria"`
		}
		if err := json.NewDecoder(r).Decode(&all); err != nil {
			return err
		}
		for _, task := range all {
			serves := map[string]bool{}
			for _, a := range task.Criteria.Actions {
				if n := needOf[a.Name]; n != "" {
					serves[n] = true
				}
			}
			if text := firstPerson(task.Scenario.Instructions.Reason); len(serves) == 1 && text != "" {
				list = append(list, asked{text, slices.Collect(maps.Keys(serves))[0]})
			}
		}
		return nil
	})
	return list, err
}

var persons = strings.NewReplacer("You're", "I'm", "you're", "I'm", "You are", "I am", "you are", "I am", "You've", "I've", "you've", "I've", "You'd", "I'd", "you'd", "I'd", "Yourself", "myself", "yourself", "myself", "Your", "My", "your", "my", "You", "I", "you", "I")

func firstPerson(task string) string {
	var kept []string
	for _, s := range regexp.MustCompile(`[^.!?]+[.!?]*`).FindAllString(task, -1) {
		if !strings.Contains(strings.ToLower(s), "agent") {
			kept = append(kept, strings.TrimSpace(persons.Replace(s)))
		}
	}
	return strings.Join(kept, " ")
}
