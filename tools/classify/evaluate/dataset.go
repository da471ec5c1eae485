package evaluate

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"parley/tools/classify"
	"parley/tools/measure"
)

// rows reads columns of a gzipped, tab-separated file whose first line names
// them, in the order asked for.
func rows(data fs.FS, name string, columns ...string) ([][]string, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	in := bufio.NewReaderSize(z, 1<<16)
	var at []int
	var out [][]string
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		ended := err == io.EOF
		if line = strings.TrimRight(line, "\r\n"); line == "" && ended {
			return out, nil
		}
		cells := strings.Split(line, "\t")
		if n == 1 {
			for _, c := range columns {
				i := slices.Index(cells, c)
				if i < 0 {
					return nil, fmt.Errorf("%s: no column is named %q; there are: %s", name, c, strings.Join(cells, ", "))
				}
				at = append(at, i)
			}
			continue
		}
		row := make([]string, len(at))
		for i, a := range at {
			if a >= len(cells) {
				return nil, fmt.Errorf("%s:%d: %d columns, %q is missing", name, n, len(cells), columns[i])
			}
			row[i] = cells[a]
		}
		out = append(out, row)
		if ended {
			return out, nil
		}
	}
}

// labelled reads examples from columns of a label and a text.
func labelled(data fs.FS, name, label, text string) ([]classify.Example, error) {
	r, err := rows(data, name, label, text)
	if err != nil {
		return nil, err
	}
	out := make([]classify.Example, len(r))
	for i, c := range r {
		out[i] = classify.Example{Label: c[0], Text: c[1]}
	}
	return out, nil
}
