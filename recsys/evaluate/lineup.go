package evaluate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/recsys"
)

// An entrant is a kind of model that shops' data is compared with.
type entrant struct {
	name  string
	about string // for the owner of a shop: what it goes by
	most  int    // items it is fitted for; 0: any number
	on    string // the model of the line-up that it stands on; empty for none
	fit   func(g ground) (recsys.Model, error)
}

// A ground is what models are fitted on.
type ground struct {
	*recsys.Dataset
	events []recsys.Interaction
	items  []recsys.Item
	again  bool                    // what customers have already counts as well
	fitted map[string]recsys.Model // before this one
}

const day = 24 * time.Hour

// popular is what every model is compared with; popularNow is the same of late.
const (
	popular    = "popular"
	popularNow = "popular_now"
)

// lineup is every model in comparison, popularity first. To add one is a line.
var lineup = []entrant{
	{popular, "what most customers took, the same for everybody", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewPopular(g.Dataset, recsys.PopularOptions{}), nil
	}},
	{popularNow, "what most customers took lately, the same for everybody", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewPopular(g.Dataset, recsys.PopularOptions{HalfLife: 30 * day}), nil
	}},
	{"itemknn", "what was taken by the customers who took the same items", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewItemKNN(g.Dataset, recsys.ItemKNNOptions{}), nil
	}},
	{"userknn", "what the customers with the most alike histories took", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewUserKNN(g.Dataset, recsys.UserKNNOptions{})
	}},
	{"rp3beta", "where three steps between customers and items lead, the popular damped", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewRP3beta(g.Dataset, recsys.RP3betaOptions{})
	}},
	{"als", "hidden tastes that customers and items share", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewALS(g.Dataset, recsys.ALSOptions{Seed: seed})
	}},
	{"ease", "how every item speaks for every other, all weighed at once", 5000, "", func(g ground) (recsys.Model, error) {
		return recsys.NewEASE(g.Dataset, recsys.EASEOptions{})
	}},
	{"transitions", "what customers took after what this one took, the newest first", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewTransitions(g.Dataset, recsys.TransitionsOptions{})
	}},
	{"sessions", "what others had in visits like the customer's last", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewSessions(g.Dataset, recsys.SessionsOptions{})
	}},
	{slow, "a small neural model of what comes next", 0, "", func(g ground) (recsys.Model, error) {
		return recsys.NewSequence(context.Background(), g.Dataset, recsys.SequenceOptions{Seed: seed})
	}},
	{"content", "words and attributes like those of what the customer took", 0, "", func(g ground) (recsys.Model, error) {
		if !slices.ContainsFunc(g.items, func(x recsys.Item) bool {
			return x.Title != "" || x.Text != "" || x.Category != "" || len(x.Attributes) > 0
		}) {
			return nil, fmt.Errorf("nothing is written about the items: give a file of them with titles or categories")
		}
		return recsys.NewContent(g.Dataset, g.items, recsys.ContentOptions{}), nil
	}},
	{"basket", "what shared a basket with the customer's last one", 0, "", func(g ground) (recsys.Model, error) {
		return lastBasket{recsys.NewBasket(g.Dataset, recsys.BasketOptions{})}, nil
	}},
	{"itemknn_now", "as itemknn, but more of what sells now and less of what is out of season", 0, "itemknn", func(g ground) (recsys.Model, error) {
		return recsys.NewSeason(g.fitted["itemknn"], recsys.SeasonOptions{})
	}},
	{"ease_now", "as ease, but more of what sells now and less of what is out of season", 0, "ease", func(g ground) (recsys.Model, error) {
		return recsys.NewSeason(g.fitted["ease"], recsys.SeasonOptions{})
	}},
	{"again", "what the customer bought before and is likely to buy again soon", 0, "", func(g ground) (recsys.Model, error) {
		if !g.again {
			return nil, fmt.Errorf("it is for trades where customers buy the same again, and they are asked for what is new")
		}
		return recsys.NewAgain(g.Dataset, g.events, recsys.AgainOptions{Items: g.items})
	}},
}

// slow is the model that takes minutes, so it is compared only where it is named.
const slow = "sequence"

// blend is the name of what is put together from the others on validation.
const blend = "blend"

// lastBasket asks Basket about what the customer took last, as if it were in
// the basket now: it looks at nothing else.
type lastBasket struct{ *recsys.Basket }

func (m lastBasket) Score(h recsys.History, out []float64) { m.Basket.Score(current(h), out) }

func (m lastBasket) Reasons(h recsys.History, item int32) []recsys.Reason {
	return m.Basket.Reasons(current(h), item)
}

// current marks what was taken last as of the session, where nothing is.
func current(h recsys.History) recsys.History {
	if len(h.Events) == 0 || slices.ContainsFunc(h.Events, func(e recsys.Event) bool { return e.Recent }) {
		return h
	}
	h.Events = slices.Clone(h.Events)
	last := h.Events[len(h.Events)-1].At
	for n := range h.Events {
		h.Events[n].Recent = h.Events[n].At == last
	}
	return h
}

// pick gives the models of the line-up that are named, all but the slow one for
// none, popularity always.
func pick(names []string) ([]entrant, error) {
	if len(names) == 0 {
		return slices.DeleteFunc(slices.Clone(lineup), func(e entrant) bool { return e.name == slow }), nil
	}
	var known []string
	for _, e := range lineup {
		known = append(known, e.name)
	}
	out := among(lineup, append(slices.Clone(names), popular))
	for _, n := range names {
		if n != blend && !slices.Contains(known, n) {
			return nil, fmt.Errorf("no model is called %q; there are: %s", n, strings.Join(append(known, blend), ", "))
		}
	}
	return out, nil
}

// among gives those of a line-up that are named, with what they stand on.
func among(list []entrant, names []string) []entrant {
	var out []entrant
	for _, e := range list {
		stands := func(o entrant) bool { return o.on == e.name && slices.Contains(names, o.name) }
		if slices.Contains(names, e.name) || slices.ContainsFunc(list, stands) {
			out = append(out, e)
		}
	}
	return out
}

// A fitted model is one of the line-up that learned from a dataset.
type fitted struct {
	entrant
	model recsys.Model
	took  time.Duration
	why   string // it was left out; empty where it was not
}

// fitAll fits the line-up one after the other: each uses all cores.
func fitAll(list []entrant, g ground, progress func(string)) []fitted {
	out := make([]fitted, len(list))
	g.fitted = map[string]recsys.Model{}
	for n, e := range list {
		out[n].entrant = e
		if e.most > 0 && len(g.Items) > e.most {
			out[n].why = fmt.Sprintf("it is for up to %d items; there are %d", e.most, len(g.Items))
			continue
		}
		if e.on != "" && g.fitted[e.on] == nil {
			out[n].why = "it stands on " + e.on
			continue
		}
		progress("fit " + e.name)
		start := time.Now()
		m, err := e.fit(g)
		if out[n].took = time.Since(start); err != nil {
			out[n].why = strings.TrimPrefix(err.Error(), "recsys: ")
			continue
		}
		out[n].model, g.fitted[e.name] = m, m
	}
	return out
}

// sound are those that could be fitted.
func sound(list []fitted) []fitted {
	return slices.DeleteFunc(slices.Clone(list), func(f fitted) bool { return f.model == nil })
}
