package journal

import (
	"iter"
	"slices"
	"testing"
)

// received returns the lines of a follower until it is closed.
func received(f *Follower) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for line := range f.C() {
			if !yield(line) {
				return
			}
		}
	}
}

func TestFollower_getsWhatItFollows(t *testing.T) {
	for name, c := range map[string]struct {
		app, function string
		want          []string
	}{
		"an app":        {"a", "", []string{"a f", "a g"}},
		"a function":    {"a", "g", []string{"a g"}},
		"every app":     {"", "", []string{"a f", "a g", "b f"}},
		"one name":      {"", "f", []string{"a f", "b f"}},
		"a silent one":  {"a", "h", nil},
		"a silent app":  {"c", "", nil},
		"another's own": {"b", "g", nil},
	} {
		t.Run(name, func(t *testing.T) {
			j := mustJournal(t, Default())
			j.Append(Line{App: "a", Function: "f", Text: "before"})
			f := j.Follow(c.app, c.function)
			for _, line := range []Line{{App: "a", Function: "f"}, {App: "a", Function: "g"}, {App: "b", Function: "f"}} {
				line.Text = line.App + " " + line.Function
				j.Append(line)
			}
			f.Close()
			j.Append(Line{App: "a", Function: "f", Text: "after"})
			if got := texts(slices.Collect(received(f))); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFollower_losesLinesWhenSlow(t *testing.T) {
	o := Default()
	o.FollowRoom = 2
	j := mustJournal(t, o)
	slow, quick := j.Follow("a", ""), j.Follow("a", "")
	for i, text := range []string{"1", "2", "3", "4", "5"} {
		j.Append(Line{App: "a", Text: text}) // returns although nobody reads from slow
		if line := <-quick.C(); line.Text != text {
			t.Errorf("the quick one got %q, want %q", line.Text, text)
		}
		if want := int64(max(0, i-1)); slow.Dropped() != want {
			t.Errorf("dropped %d, want %d", slow.Dropped(), want)
		}
	}
	if line := <-slow.C(); line.Text != "1" {
		t.Errorf("the slow one got %q", line.Text)
	}
	j.Append(Line{App: "a", Text: "6"})
	slow.Close()
	slow.Close()
	if got := texts(slices.Collect(received(slow))); !slices.Equal(got, []string{"2", "6"}) {
		t.Errorf("then it got %q", got)
	}
	if quick.Dropped() != 0 || slow.Dropped() != 3 {
		t.Errorf("dropped %d and %d, want none and 3", quick.Dropped(), slow.Dropped())
	}
}

// TestFollower_joinsRecent shows how a tail misses no line and shows none
// twice.
func TestFollower_joinsRecent(t *testing.T) {
	j := mustJournal(t, Default())
	j.Append(Line{App: "a", Text: "1"})
	f := j.Follow("a", "")
	j.Append(Line{App: "a", Text: "2"}) // both in Recent and in the channel
	shown := j.Recent("a", "", 100)
	j.Append(Line{App: "a", Text: "3"})
	f.Close()
	last := shown[len(shown)-1].Sequence
	for line := range f.C() {
		if line.Sequence > last {
			shown = append(shown, line)
		}
	}
	if got := texts(shown); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("shown %q", got)
	}
}
