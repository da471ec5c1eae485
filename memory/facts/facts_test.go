package facts

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

func reader(t testing.TB) *Reader {
	t.Helper()
	r, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// terse writes a statement as testdata does.
func terse(s Statement) string {
	out := s.Kind
	if s.Of != "" {
		out += "." + s.Of
	}
	out += " " + s.Value
	if s.Against {
		out = "not " + out
	}
	if s.Back {
		out = "back " + out
	}
	if s.For != "" {
		out += " for " + s.For
	}
	if s.Explicit {
		out += " told"
	}
	return out
}

func TestWhatCustomersWriteIsAFactOrIsNot(t *testing.T) {
	b, err := os.ReadFile("testdata/utterances.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Say  string
		Want []string
	}
	if err := yaml.UnmarshalWithOptions(b, &list, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if len(list) < 80 {
		t.Errorf("%d utterances are too few", len(list))
	}
	r := reader(t)
	for _, u := range list {
		got := []string{}
		for _, s := range r.Read(u.Say) {
			got = append(got, terse(s))
			if !strings.Contains(u.Say, s.Quote) || s.Quote == "" {
				t.Errorf("%q: the quote %q does not stand in it", u.Say, s.Quote)
			}
		}
		if diff := cmp.Diff(u.Want, got); diff != "" {
			t.Errorf("%q (want -, got +):\n%s", u.Say, diff)
		}
	}
}

func TestWhatIsNeverKeptIsRefusedWithItsReason(t *testing.T) {
	r := reader(t)
	for text, want := range map[string]string{
		"I live at 12 Elm Street": "address", "我住在长安街1号": "address", "my phone is 555": "contact", "我的手机号是": "contact",
		"I have diabetes": "health", "我怀孕了": "health", "my password is swordfish": "secret", "I'm a Muslim": "private",
		"I wear size M": "", "I'm allergic to down": "", "我喜欢绿色": "",
	} {
		if got := r.Refused(text); got != want {
			t.Errorf("%q is refused for %q, want %q", text, got, want)
		}
	}
}

func TestStoppingAndAllowingAreRead(t *testing.T) {
	r := reader(t)
	for _, s := range []string{"stop remembering things about me", "please don't remember anything about me", "Stop keeping notes on me.", "别再记我的信息了", "不要记录我的东西"} {
		if !r.Stops(s) {
			t.Errorf("%q is not read as stop", s)
		}
	}
	for _, s := range []string{"don't remember that tent", "stop", "I don't remember", "什么都不要"} {
		if r.Stops(s) {
			t.Errorf("%q is read as stop", s)
		}
	}
	for _, s := range []string{"you can remember things about me", "你可以记住我的尺码", "以后可以记住我的尺码和喜好"} {
		if !r.Allows(s) {
			t.Errorf("%q is not read as allowing", s)
		}
	}
}

func TestForWhomIsRead(t *testing.T) {
	r := reader(t)
	for say, want := range map[string]string{
		"a jacket for my wife": "wife", "something for my dad": "father", "a birthday present": "other", "for myself": "me", "rain jackets": "",
		"给我妈买件外套": "mother", "送人的礼物": "other", "我自己穿的": "me", "防水外套": "",
	} {
		if got := r.Whom(say); got != want {
			t.Errorf("%q is for %q, want %q", say, got, want)
		}
	}
}

func TestAProductHasAThingOrIsSaidToBeWithout(t *testing.T) {
	r := reader(t)
	for _, x := range []struct {
		value, stated, description string
		want                       bool
	}{
		{"down", "fill 800 goose down", "", true},
		{"down", "shell nylon", "It packs down to the size of a fist, down to -5.", false},
		{"down", "shell nylon", "A synthetic fill instead of goose down.", false},
		{"down", "shell nylon", "Filled with duck down.", true},
		{"wool", "material merino wool", "", true},
		{"wool", "material cotton", "No wool in it.", false},
		{"leather", "material vegan leather", "", false},
		{"nuts", "ingredients oats, almonds", "", true},
		{"nuts", "ingredients oats", "nut-free kitchen", false},
		{"lavender", "scent lavender", "", true},
		{"羽绒", "", "", false},
		{"down", "填充物 鹅绒", "", true},
		{"down", "填充物 合成棉", "不含羽绒", false},
	} {
		if got := r.Has(x.value, x.stated, x.description); got != x.want {
			t.Errorf("%s in %q, %q: %v, want %v", x.value, x.stated, x.description, got, x.want)
		}
	}
}

func TestEveryKindIsSaidInBothLanguages(t *testing.T) {
	r := reader(t)
	for _, x := range r.rules {
		s := Statement{Kind: x.Kind, Of: x.Of, Value: "X", Against: x.Against}
		if x.OfPerson {
			s.For = "daughter"
		}
		for _, locale := range []string{"en", "zh"} {
			if said := r.Sentence(s, locale); !strings.Contains(said, "X") || strings.Contains(said, "{") || strings.Contains(said, "you said") {
				t.Errorf("%s.%s is said %q", x.Kind, x.Of, said)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	r := reader(b)
	for b.Loop() {
		r.statements("I'm a size M and looking for a rain jacket under $100, is there one that packs small?")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("I'm a size M, right? 我穿M码")
	f.Add("> \"x\" I wear M and “y”，我")
	r := reader(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range r.Read(text) {
			if s.Quote == "" || !strings.Contains(text, s.Quote) || s.Value == "" {
				t.Errorf("%q gave %+v", text, s)
			}
		}
	})
}

func TestWhatIsAskedIsLeftWithoutWhatIsStated(t *testing.T) {
	r := reader(t)
	for say, want := range map[string]string{
		"I'm allergic to down, what sleeping bags do you have?":  "what sleeping bags do you have?",
		"Hi, I'm a size M. Do you have rain jackets under $150?": "Hi, Do you have rain jackets under $150?",
		"rain jackets": "rain jackets", "I wear size M": "", "我对羽绒过敏，有什么睡袋？": "有什么睡袋？", "It's for my wife, she's a size S": "It's for my wife", "my husband wears XL": "",
	} {
		got := strings.Join(strings.Fields(strings.ReplaceAll(strings.ReplaceAll(r.Without(say), ",.", ","), "..", ".")), " ")
		if strings.Trim(got, " .,") != strings.Trim(want, " .,") && got != want {
			t.Errorf("%q leaves %q, want %q", say, got, want)
		}
	}
}
