package hanzi

import "testing"

func TestTraditionalCharactersAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"開學要買筆電，寫論文": "开学要买笔电，写论文",
		"觸控螢幕、滑鼠":    "触控荧幕、滑鼠",
		"简体 and abc": "简体 and abc",
	} {
		if got := Simple(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for from, to := range simple() {
		if next := Rune(to); next != to {
			t.Errorf("%c becomes %c, which becomes %c", from, to, next)
		}
	}
}
