package sentiment

import (
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"parley/tools/classify"
	"parley/tools/classify/intent"
	"parley/tools/hanzi"
)

//go:embed needs.yaml
var needsFile []byte

// Needs are what a message can need, the word it goes by in every report.
var Needs = []string{"find", "compare", "size", "order", "return", "complaint", "price", "advice", "person", "other"}

// needs reads what a message needs: the probabilities of its intents, added up
// by the need each serves, beside words that tell one.
type needs struct {
	intents *intent.Reader
	index   map[string]int
	root    needNode
}

type needNode struct {
	next   map[string]*needNode
	frame  bool
	weight []float32 // by need; nil where no term ends
}

func loadNeeds(l *lexicon) (*needs, error) {
	r, err := intent.New()
	if err != nil {
		return nil, err
	}
	n := &needs{intents: r, index: map[string]int{}}
	for i, name := range Needs {
		n.index[name] = i
	}
	for _, name := range r.Names() {
		if _, ok := n.index[r.Need(name)]; !ok {
			return nil, fmt.Errorf("tools/classify/intent: the intent %s serves the need %q, which is none of %v", name, r.Need(name), Needs)
		}
	}
	var y struct {
		Frames []string
		Words  map[string]map[string][]string
	}
	if err := yaml.UnmarshalWithOptions(needsFile, &y, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("tools/sentiment/needs.yaml: %w", err)
	}
	for _, f := range y.Frames {
		n.at(l, f).frame = true
	}
	for need, lists := range y.Words {
		i, ok := n.index[need]
		if !ok {
			return nil, fmt.Errorf("tools/sentiment/needs.yaml: %q is none of the needs %v", need, Needs)
		}
		for number, words := range lists {
			v, err := strconv.ParseFloat(number, 32)
			if err != nil {
				return nil, fmt.Errorf("tools/sentiment/needs.yaml: words: %s: %q is no number", need, number)
			}
			for _, w := range words {
				node := n.at(l, w)
				if node.weight == nil {
					node.weight = make([]float32, len(Needs))
				}
				node.weight[i] = float32(v)
			}
		}
	}
	return n, nil
}

func (n *needs) at(l *lexicon, words string) *needNode {
	node := &n.root
	for _, t := range l.tokens(nil, words) {
		if node.next == nil {
			node.next = map[string]*needNode{}
		}
		child := node.next[t.text]
		if child == nil {
			child = &needNode{}
			node.next[t.text] = child
		}
		node = child
	}
	return node
}

// The curve that makes a share a probability, fitted on testdata/needs.tsv.
const needOffset, needSlope = .5, 2.0

// read gives the need of a text and how probable it is.
func (n *needs) read(p *page, whole judgement) (string, float64) {
	need, s := n.share(p, whole)
	return need, sigmoid(needOffset + needSlope*math.Log(s/(1-s)))
}

// share gives the need of a text and its share of all that speaks for one. What
// feels like a complaint, or like praise, is a need a little more likely.
func (n *needs) share(p *page, whole judgement) (string, float64) {
	score := make([]float64, len(Needs))
	from, helped := 0, false
	if rest := n.past(p); rest > 0 && rest+1 < len(p.tokens) {
		from, helped = p.tokens[rest].start, true
	}
	n.add(score, n.intents.Read(p.head(from)), helped)
	n.words(p, score)
	score[n.index["complaint"]] += max(0, whole.bad-.5)
	score[n.index["other"]] += max(0, whole.good-.5)
	best, sum := n.index["other"], 0.0
	for i, s := range score {
		sum += s
		if s > score[best] {
			best = i
		}
	}
	if sum == 0 {
		return Needs[best], .5
	}
	return Needs[best], math.Min(score[best]/sum, .999)
}

// The longest head of a text that intents are read in, in bytes: a message says
// early what it wants, and reading costs by length.
const longestHead = 240

// head is the text from a byte on, its characters simplified.
func (p *page) head(from int) string {
	text := p.text[from:]
	if len(text) > longestHead {
		n := longestHead
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	if p.hans == 0 {
		return text
	}
	return hanzi.Simple(text)
}

// add adds an answer's probabilities up by need. Asked for help with something,
// the help is not what is needed.
func (n *needs) add(score []float64, r classify.Result, helped bool) {
	var sum float64
	for _, s := range r.Ranked {
		if !helped || s.Label != "help" {
			sum += s.Probability
		}
	}
	if sum == 0 {
		return
	}
	for _, s := range r.Ranked {
		if !helped || s.Label != "help" {
			score[n.index[n.intents.Need(s.Label)]] += s.Probability / max(sum, .5)
		}
	}
}

// past is the first token behind the frames that a text begins with.
func (n *needs) past(p *page) int {
	at := 0
	for {
		for at < len(p.tokens) && p.tokens[at].kind == mark {
			at++
		}
		end, node := at, &n.root
		for j := at; j < len(p.tokens); j++ {
			if node = node.next[p.tokens[j].text]; node == nil {
				break
			}
			if node.frame {
				end = j + 1
			}
		}
		if end == at {
			return at
		}
		at = end
	}
}

// words adds the weights of the words that tell a need, the longest first,
// each need's once.
func (n *needs) words(p *page, score []float64) {
	var most [16]float32
	for i := 0; i < len(p.tokens); {
		node, found, end := &n.root, []float32(nil), i+1
		for j := i; j < len(p.tokens); j++ {
			if node = node.next[p.tokens[j].text]; node == nil {
				break
			}
			if node.weight != nil {
				found, end = node.weight, j+1
			}
		}
		for k, w := range found {
			most[k] = max(most[k], w)
		}
		i = end
	}
	for i := range score {
		score[i] += float64(most[i])
	}
}
