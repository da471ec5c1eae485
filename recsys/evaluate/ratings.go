package evaluate

import (
	"bufio"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"parley/recsys"
	"parley/tools/measure"
)

// readRatings reads lines of customer, item, rating and unix time, apart by tabs.
func readRatings(data fs.FS, name string) ([]recsys.Interaction, error) {
	z, err := measure.Open(data, name)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var out []recsys.Interaction
	s := bufio.NewScanner(z)
	for line := 1; s.Scan(); line++ {
		fields := strings.Split(s.Text(), "\t")
		if len(fields) < 4 {
			return nil, fmt.Errorf("%s:%d: want four fields apart by tabs", name, line)
		}
		v, err1 := strconv.ParseFloat(fields[2], 64)
		at, err2 := strconv.ParseInt(fields[3], 10, 64)
		if err1 != nil || err2 != nil {
			return nil, fmt.Errorf("%s:%d: rating and time must be numbers", name, line)
		}
		out = append(out, recsys.Interaction{Customer: fields[0], Item: fields[1], Value: v, At: time.Unix(at, 0)})
	}
	return out, s.Err()
}

// without gives what is not held out, by customer and item.
func without(all, held []recsys.Interaction) []recsys.Interaction {
	out := make([]recsys.Interaction, 0, len(all))
	is := map[[2]string]bool{}
	for _, x := range held {
		is[[2]string{x.Customer, x.Item}] = true
	}
	for _, x := range all {
		if !is[[2]string{x.Customer, x.Item}] {
			out = append(out, x)
		}
	}
	return out
}

// unseen asks for every customer of the dataset with something held out, what
// the dataset holds of them excluded.
func unseen(d *recsys.Dataset, held []recsys.Interaction) []recsys.Case {
	relevant := map[string][]string{}
	for _, x := range held {
		relevant[x.Customer] = append(relevant[x.Customer], x.Item)
	}
	var out []recsys.Case
	for _, u := range d.Customers {
		if len(relevant[u]) > 0 {
			out = append(out, recsys.Case{Query: recsys.Query{Customer: u, Exclude: d.Owned(u)}, Relevant: relevant[u]})
		}
	}
	return out
}
