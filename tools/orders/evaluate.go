package orders

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"parley/memory/store"
	"parley/tools/measure"
)

// The sets of tau-bench retail, below a data folder.
const (
	tauFolder  = "agent/tau-retail/"
	tauVectors = "tool_contract_vectors.jsonl"
)

var tauGolden = []string{"tau2_train_golden.jsonl", "tau1_synthetic_golden.jsonl"}

// A tauCase is calls on a fresh shop, and what must have changed after them.
type tauCase struct {
	ID       string
	Kind     string
	Customer string
	Acting   string `json:"acting_customer"`
	Policy   string
	Steps    []tauCall
	Calls    []tauCall
	Patch    []patch `json:"db_patch"`
}

type patch struct {
	Op    string
	Path  string
	Value any
}

// Replay runs the reference actions of tau-bench retail through [Books]: the
// share of tasks after which each of our answers and the whole shop are as the
// task states.
func Replay(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	r, err := openReplay(ctx, data)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var all []tauCase
	for _, name := range tauGolden {
		list, err := readCases(data, name)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return r.score(ctx, all)
}

// Contract runs single and repeated calls: the share whose verdicts and effect
// are as stated. A call of somebody who doesn't own the order must be refused
// and change nothing.
func Contract(ctx context.Context, data fs.FS) ([]measure.Figure, error) {
	r, err := openReplay(ctx, data)
	if err != nil {
		return nil, err
	}
	defer r.close()
	list, err := readCases(data, tauVectors)
	if err != nil {
		return nil, err
	}
	figures, err := r.score(ctx, list)
	if err != nil {
		return nil, err
	}
	foreign := slices.DeleteFunc(list, func(c tauCase) bool { return c.Kind != "cross_customer" })
	refused, err := r.score(ctx, foreign)
	if err != nil {
		return nil, err
	}
	refused[0].Metric = "cross_customer_refused"
	return append(figures, refused[0]), nil
}

// A replay is the shop, ours and as it was given.
type replay struct {
	shop  *tauShop
	plain map[string]map[string]any // db.json as it is
	books *Books
	store store.Store
	wrong []string // why the first cases failed
}

// mend corrects a slip of the tools that the outcomes were recorded from: when
// several items of an order are changed in one call, they write the price and
// options of the last new item onto all of them, so that shoes have the price of
// a kettle. (The sums of money are right.) An item has the price and the options
// that the set's own table of products gives its item_id.
func (r *replay) mend(doc map[string]any) {
	orders, _ := doc["orders"].(map[string]any)
	for _, o := range orders {
		items, _ := o.(map[string]any)["items"].([]any)
		for n, i := range items {
			item, _ := i.(map[string]any)
			product, _ := r.plain["products"][fmt.Sprint(item["product_id"])].(map[string]any)
			variants, _ := product["variants"].(map[string]any)
			if v, ok := variants[fmt.Sprint(item["item_id"])].(map[string]any); ok {
				item = maps.Clone(item)
				item["price"], item["options"] = v["price"], v["options"]
				items[n] = item
			}
		}
	}
}

func openReplay(ctx context.Context, data fs.FS) (*replay, error) {
	b, err := fs.ReadFile(data, tauFolder+"db.json")
	if err != nil {
		return nil, err
	}
	r := &replay{}
	if err := errors.Join(json.Unmarshal(b, &r.shop), json.Unmarshal(b, &r.plain)); err != nil {
		return nil, fmt.Errorf("%sdb.json: %w", tauFolder, err)
	}
	cfg, err := r.shop.config()
	if err != nil {
		return nil, err
	}
	if r.store, err = store.Open(ctx, store.Config{}); err != nil {
		return nil, err
	}
	cfg.Store = r.store
	if r.books, err = New(ctx, cfg); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *replay) close() { r.store.Close() }

func readCases(data fs.FS, name string) ([]tauCase, error) {
	b, err := fs.ReadFile(data, tauFolder+name)
	if err != nil {
		return nil, err
	}
	var out []tauCase
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, len(b)+1)
	for n := 1; lines.Scan(); n++ {
		var c tauCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, fmt.Errorf("%s%s:%d: %w", tauFolder, name, n, err)
		}
		out = append(out, c)
	}
	return out, lines.Err()
}

// score gives the share that is exact, and the share that is exact to the letter,
// slips of the recorded tools included: see mend.
func (r *replay) score(ctx context.Context, list []tauCase) ([]measure.Figure, error) {
	right, letter := 0, 0
	for _, c := range list {
		why, recorded, err := r.play(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("case %s: %w", c.ID, err)
		}
		if recorded == "" {
			letter++
		}
		if why == "" {
			right++
		} else if len(r.wrong) < 20 {
			r.wrong = append(r.wrong, c.ID+" ("+c.Kind+"): "+why)
		}
	}
	// What was given must not have been touched by what was done to copies of it.
	if err := r.reset(ctx); err != nil {
		return nil, err
	}
	why, _, err := r.compare(ctx, slices.Collect(maps.Keys(r.shop.Users)), nil)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return nil, fmt.Errorf("the shop itself has changed: %s", why)
	}
	n := len(list)
	return []measure.Figure{
		{Metric: "exact", Value: float64(right) / float64(max(1, n)), N: n},
		{Metric: "exact_as_recorded", Value: float64(letter) / float64(max(1, n)), N: n},
	}, nil
}

// play makes the calls of a case on a fresh shop, and says what is wrong after
// them, "" when nothing is, and the same to the letter of what is recorded.
func (r *replay) play(ctx context.Context, c tauCase) (why, recorded string, err error) {
	if err := r.reset(ctx); err != nil {
		return "", "", err
	}
	who := c.Customer + c.Acting
	for n, call := range append(c.Steps, c.Calls...) {
		err := r.call(ctx, who, call, strconv.Itoa(n))
		if err != nil && Code(err) == "" {
			return "", "", err
		}
		want := call.OK && !strings.HasPrefix(c.Policy, "deny")
		if (err == nil) != want {
			why := fmt.Sprintf("call %d, %s: %v, want ok %v", n+1, call.Name, err, want)
			return why, why, nil
		}
	}
	keys, err := r.books.bucket.Keys(ctx)
	if err != nil {
		return "", "", err
	}
	var touched []string
	for _, k := range keys {
		if id, ok := strings.CutPrefix(k, "account "); ok {
			touched = append(touched, id)
		}
	}
	for _, p := range c.Patch {
		switch part := strings.Split(p.Path, "/"); part[1] {
		case "users":
			touched = append(touched, part[2])
		case "orders":
			touched = append(touched, r.shop.Orders[part[2]].User)
		}
	}
	return r.compare(ctx, touched, c.Patch)
}

// call makes one call on our side. What only reads is asked of the service too.
func (r *replay) call(ctx context.Context, who string, call tauCall, key string) error {
	a := call.Arguments
	if change, ok := call.change(); ok {
		if change.Kind == Move && a.User != who {
			return ErrNotFound
		}
		_, err := r.books.Do(ctx, who, change, key)
		return err
	}
	var err error
	switch call.Name {
	case "find_user_id_by_email":
		_, err = r.books.Find(ctx, Who{Email: a.Email})
	case "find_user_id_by_name_zip":
		_, err = r.books.Find(ctx, Who{Name: a.First + " " + a.Last, Zip: a.Zip})
	case "get_user_details":
		if a.User != who {
			return ErrNotFound
		}
		_, err = r.books.Customer(ctx, who)
	case "get_order_details":
		_, err = r.books.Get(ctx, who, a.Order)
	case "get_product_details":
		if r.books.rules.products.Product(a.Product) == nil {
			err = ErrNotFound
		}
	}
	return err // what is not about orders is not asked: calculate, transfer, item details
}

// compare says how customers and their orders differ from the given ones with a
// patch, "" when they don't, and the same to the letter of the patch.
func (r *replay) compare(ctx context.Context, customers []string, patches []patch) (why, recorded string, err error) {
	slices.Sort(customers)
	got := map[string]any{"users": map[string]any{}, "orders": map[string]any{}}
	want := map[string]any{"users": map[string]any{}, "orders": map[string]any{}}
	put := func(in map[string]any, table, id string, v any) error {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		var plain any
		if err := json.Unmarshal(b, &plain); err != nil {
			return err
		}
		in[table].(map[string]any)[id] = plain
		return nil
	}
	for _, id := range slices.Compact(customers) {
		given, ok := r.shop.Users[id]
		if !ok {
			continue
		}
		c, err := r.books.Customer(ctx, id)
		if err != nil {
			return "", "", err
		}
		if err := errors.Join(put(got, "users", id, c.theirs(given.Orders)), put(want, "users", id, r.plain["users"][id])); err != nil {
			return "", "", err
		}
		list, err := r.books.List(ctx, id, 0)
		if err != nil {
			return "", "", err
		}
		for _, o := range list {
			if err := put(got, "orders", o.ID, o.theirs(r.shop.Orders[o.ID].Sent)); err != nil {
				return "", "", err
			}
		}
		for _, n := range given.Orders {
			if err := put(want, "orders", n, r.plain["orders"][n]); err != nil {
				return "", "", err
			}
		}
	}
	for _, p := range patches {
		if err := apply(want, p); err != nil {
			return "", "", err
		}
	}
	recorded = differ("", cents(got), cents(want))
	r.mend(want)
	return differ("", cents(got), cents(want)), recorded, nil
}

// reset forgets what has changed.
func (r *replay) reset(ctx context.Context) error {
	keys, err := r.books.bucket.Keys(ctx)
	for _, k := range keys {
		err = errors.Join(err, r.books.bucket.Delete(ctx, k))
	}
	return err
}

// apply sets what a patch sets. replace of a key that is not there sets it.
func apply(doc map[string]any, p patch) error {
	parts := strings.Split(strings.TrimPrefix(p.Path, "/"), "/")
	var at any = doc
	for i, raw := range parts {
		key := strings.NewReplacer("~1", "/", "~0", "~").Replace(raw)
		last := i == len(parts)-1
		switch v := at.(type) {
		case map[string]any:
			switch {
			case last && p.Op == "remove":
				delete(v, key)
			case last:
				v[key] = p.Value
			default:
				at = v[key]
			}
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n < 0 || n >= len(v) || last && p.Op != "replace" {
				return fmt.Errorf("the patch %s %s does not fit", p.Op, p.Path)
			}
			if last {
				v[n] = p.Value
			}
			at = v[n]
		default:
			return fmt.Errorf("the patch %s %s leads nowhere", p.Op, p.Path)
		}
	}
	return nil
}

// cents rounds all numbers to the cent, and drops what is null.
func cents(v any) any {
	switch v := v.(type) {
	case float64:
		return math.Round(v*100) / 100
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if x != nil {
				out[k] = cents(x)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = cents(x)
		}
		return out
	}
	return v
}

// differ names the first place where two documents differ.
func differ(path string, got, want any) string {
	if reflect.DeepEqual(got, want) {
		return ""
	}
	g, isMap := got.(map[string]any)
	w, also := want.(map[string]any)
	if isMap && also {
		keys := maps.Clone(g)
		maps.Copy(keys, w)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			if d := differ(path+"/"+k, g[k], w[k]); d != "" {
				return d
			}
		}
	}
	return fmt.Sprintf("%s is %v, want %v", path, got, want)
}
