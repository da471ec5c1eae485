package webchat

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/channels"
)

func TestADeltaIsSentThoughNoOtherFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []channels.Delta
		d := deltas{send: func(x channels.Delta) { got = append(got, x) }}
		for i, text := range []string{"One ", "two ", "three"} {
			d.add(channels.Delta{Of: "m1", At: i * 4, Text: text})
		}
		time.Sleep(joinFor)
		synctest.Wait()
		if len(got) != 2 || got[0].Text != "One " || got[1].Text != "two three" || got[1].At != 4 {
			t.Errorf("sent %+v", got)
		}
		d.add(channels.Delta{Of: "m1", At: 13, Text: " four"})
		d.add(channels.Delta{Of: "m1", At: 18, Text: " five"})
		d.drop("") // an entry that answers nothing, such as the question itself
		time.Sleep(joinFor)
		synctest.Wait()
		if len(got) != 3 || got[2].Text != " four five" {
			t.Errorf("another entry took the piece along: %+v", got)
		}
		d.add(channels.Delta{Of: "m1", At: 23, Text: " six"})
		d.drop("m1")
		time.Sleep(time.Second)
		synctest.Wait()
		if len(got) != 3 {
			t.Errorf("something was sent after the entry: %+v", got)
		}
	})
}
