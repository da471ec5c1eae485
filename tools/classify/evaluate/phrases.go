package evaluate

import (
	"bufio"
	"fmt"
	"io/fs"
	"strings"

	"parley/tools/classify"
	"parley/tools/measure"
)

// phrases reads the labelled phrases of sentiment trees, "(3 (2 a) (4 (4 fine)
// (2 one)))" a line: 0 for the labels 0 and 1, 1 for 3 and 4, neutral ones left
// out, each phrase once.
func phrases(data fs.FS, name string) ([]classify.Example, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []classify.Example
	seen := map[classify.Example]bool{}
	in := bufio.NewScanner(z)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		type node struct {
			label byte
			start int
		}
		var open []node
		var words []string
		line := in.Text()
		for i := 0; i < len(line); {
			switch c := line[i]; {
			case c == '(' && i+1 < len(line):
				open = append(open, node{line[i+1], len(words)})
				i += 2
			case c == ')' && len(open) > 0:
				top := open[len(open)-1]
				open = open[:len(open)-1]
				e := classify.Example{Text: strings.Join(words[top.start:], " ")}
				if e.Label = "1"; top.label < '2' {
					e.Label = "0"
				}
				if top.label != '2' && !seen[e] {
					seen[e] = true
					out = append(out, e)
				}
				i++
			case c == ' ':
				i++
			case c == '(' || c == ')':
				return nil, fmt.Errorf("%s:%d: brackets do not match", name, n)
			default:
				end := i + strings.IndexAny(line[i:]+" ", " )")
				words = append(words, line[i:end])
				i = end
			}
		}
	}
	return out, in.Err()
}
