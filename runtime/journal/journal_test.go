package journal

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// mustJournal opens a journal until the end of the test.
func mustJournal(t *testing.T, o Options) *Journal {
	j := New(o)
	t.Cleanup(j.Close)
	return j
}

// texts returns the texts of lines.
func texts(lines []Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return all
}

func TestJournal_keepsTheNewestLines(t *testing.T) {
	o := Default()
	o.Lines = 3
	j := mustJournal(t, o)
	for i := range 100 {
		j.Append(Line{App: "a", Function: []string{"f", "g"}[i%2], Text: fmt.Sprint(i)})
		j.Append(Line{App: "b", Text: "other"})
	}
	for name, c := range map[string]struct {
		app, function string
		n             int
		want          []string
	}{
		"all":           {"a", "", 10, []string{"97", "98", "99"}},
		"some":          {"a", "", 2, []string{"98", "99"}},
		"none":          {"a", "", 0, nil},
		"less":          {"a", "", -1, nil},
		"one function":  {"a", "f", 10, []string{"98"}},
		"the other":     {"a", "g", 1, []string{"99"}},
		"nobody's":      {"a", "h", 10, nil},
		"another app":   {"b", "", 1, []string{"other"}},
		"an app unseen": {"c", "", 10, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := texts(j.Recent(c.app, c.function, c.n)); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestJournal_keepsNoMoreBytesThanAsked(t *testing.T) {
	o := Options{Lines: 1000, Bytes: 10_000, LineBytes: 1 << 20, FollowRoom: 1}
	j := mustJournal(t, o)
	for i := range 500 {
		j.Append(Line{App: "a", Text: strings.Repeat("x", i)})
		held := 0
		lines := j.Recent("a", "", 1000)
		for _, l := range lines {
			held += weigh(&l)
		}
		if held > o.Bytes || held != j.apps["a"].bytes {
			t.Fatalf("%d bytes are held in %d lines, counted as %d", held, len(lines), j.apps["a"].bytes)
		}
	}
	j.Append(Line{App: "a", Text: strings.Repeat("y", 2*o.Bytes)})
	if got := j.Recent("a", "", 10); len(got) != 1 {
		t.Errorf("%d lines beside one heavier than the bound, want it alone", len(got)-1)
	}
	j.Append(Line{App: "a", Text: "light"})
	if got := texts(j.Recent("a", "", 10)); !slices.Equal(got, []string{"light"}) {
		t.Errorf("got %q", got)
	}
}

func TestJournal_keepsNothingWithBoundsOfZero(t *testing.T) {
	j := mustJournal(t, Options{})
	f := j.Follow("a", "")
	j.Append(Line{App: "a", Text: "lost"})
	if got := j.Recent("a", "", 10); len(got) > 0 || f.Dropped() != 1 {
		t.Errorf("kept %v, dropped %d", got, f.Dropped())
	}
}

func TestJournal_cutsLongTexts(t *testing.T) {
	o := Default()
	o.LineBytes = 5
	j := mustJournal(t, o)
	for text, want := range map[string]string{
		"":                         "",
		"12345":                    "12345",
		"123456":                   "12345" + cutMark,
		"1234é":                    "1234" + cutMark,
		"12€45":                    "12€" + cutMark,
		"1𝄞45678":                  "1𝄞" + cutMark,
		"12𝄞45678":                 "12" + cutMark,
		"\x80\x80\x80\x80\x80\x80": "\x80\x80" + cutMark, // no rune to keep whole
	} {
		j.Append(Line{App: "a", Text: text})
		if got := j.Recent("a", "", 1)[0].Text; got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestJournal_setsTimeAndSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := mustJournal(t, Default())
		now := time.Now()
		j.Append(Line{App: "a"})
		time.Sleep(time.Second) // in fake time
		j.Append(Line{App: "b"})
		j.Append(Line{App: "a", Time: now.Add(-time.Hour), Sequence: 99})
		got := append(j.Recent("a", "", 2), j.Recent("b", "", 1)...)
		for i, want := range []struct {
			time     time.Time
			sequence uint64
		}{{now, 1}, {now.Add(-time.Hour), 3}, {now.Add(time.Second), 2}} {
			if !got[i].Time.Equal(want.time) || got[i].Sequence != want.sequence {
				t.Errorf("line %d: %v and %d, want %v and %d", i, got[i].Time, got[i].Sequence, want.time, want.sequence)
			}
		}
	})
}

func TestJournal_forgetsAnApp(t *testing.T) {
	j := mustJournal(t, Default())
	j.Append(Line{App: "a", Text: "gone"})
	j.Append(Line{App: "b", Text: "kept"})
	j.Forget("a")
	j.Forget("unseen")
	if got := j.Recent("a", "", 10); got != nil {
		t.Errorf("got %v", got)
	}
	if got := texts(j.Recent("b", "", 10)); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("got %q", got)
	}
}

func TestJournal_costsNothingForSilentApps(t *testing.T) {
	j := mustJournal(t, Default())
	j.Recent("silent", "", 10)
	j.Follow("silent", "").Close()
	if len(j.apps) != 0 || len(j.followers) != 0 {
		t.Errorf("%d apps and %d followers are held", len(j.apps), len(j.followers))
	}
	j.Append(Line{App: "a"})
	j.Recent("a", "", 1)
	if held := len(j.apps["a"].lines); held > 16 {
		t.Errorf("one line takes the room of %d", held)
	}
}

func TestJournal_isSilentAfterClose(t *testing.T) {
	j := New(Default())
	before := j.Follow("a", "")
	j.Append(Line{App: "a", Text: "last"})
	j.Close()
	j.Close()
	j.Append(Line{App: "a", Text: "late"})
	after := j.Follow("a", "")
	if got := texts(slices.Collect(received(before))); !slices.Equal(got, []string{"last"}) {
		t.Errorf("a follower got %q", got)
	}
	if got := slices.Collect(received(after)); len(got) > 0 {
		t.Errorf("a late follower got %v", got)
	}
	if got := j.Recent("a", "", 10); len(got) > 0 {
		t.Errorf("kept %v", got)
	}
	before.Close()
	after.Close()
}

// TestRing_agreesWithASlowTwin compares a ring with a slice that forgets from
// its front.
func TestRing_agreesWithASlowTwin(t *testing.T) {
	for _, bounds := range []struct{ lines, bytes int }{{1, 1 << 20}, {7, 1 << 20}, {16, 4000}, {100, 2500}, {5, 1}} {
		var r ring
		var twin []Line
		for i := range 300 {
			line := Line{Function: fmt.Sprint("f", i%3), Text: strings.Repeat("x", (i*37)%500), Attempt: i}
			r.push(&line, bounds.lines, bounds.bytes)
			twin = append(twin, line)
			for len(twin) > 1 && (len(twin) > bounds.lines || total(twin) > bounds.bytes) {
				twin = twin[1:]
			}
			if got := r.newest("", 1000); !slices.Equal(got, twin) {
				t.Fatalf("%+v, line %d: %d lines, the twin has %d", bounds, i, len(got), len(twin))
			}
			if len(r.lines) > bounds.lines {
				t.Fatalf("%+v: room for %d lines", bounds, len(r.lines))
			}
		}
	}
}

func total(lines []Line) (sum int) {
	for _, l := range lines {
		sum += weigh(&l)
	}
	return sum
}

// TestJournal_hammer appends, reads, follows and forgets at the same time.
func TestJournal_hammer(t *testing.T) {
	o := Default()
	o.Lines, o.FollowRoom = 50, 4
	j := New(o)
	const writers, lines = 4, 500
	followed := j.Follow("", "")
	var got int64
	var reading sync.WaitGroup
	reading.Go(func() {
		last := uint64(0)
		for line := range followed.C() {
			if line.Sequence <= last {
				t.Errorf("line %d comes after line %d", line.Sequence, last)
			}
			last = line.Sequence
			got++
		}
	})
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			app := fmt.Sprint("app", w%2)
			for i := range lines {
				j.Append(Line{App: app, Near: uint32(w), Text: fmt.Sprint(i)})
				switch i % 50 {
				case 0:
					f := j.Follow(app, "")
					j.Recent(app, "", 20)
					f.Close()
				case 25:
					j.Forget(app)
				}
			}
		})
	}
	writing.Wait()
	j.Close()
	reading.Wait()
	if sum := got + followed.Dropped(); sum != writers*lines {
		t.Errorf("%d lines came and %d were dropped, want %d in all", got, followed.Dropped(), writers*lines)
	}
}

func BenchmarkJournal_append(b *testing.B) {
	line := Line{App: "shop", Function: "pay", Version: strings.Repeat("0", 64), RequestID: "r", TraceID: "t", Time: time.Now(), Text: "a line of a usual length, nothing more"}
	for _, followers := range []int{0, 1} {
		b.Run(fmt.Sprint("followers=", followers), func(b *testing.B) {
			j := New(Default())
			defer j.Close()
			for range followers {
				j.Follow("shop", "")
			}
			b.ReportAllocs()
			for b.Loop() {
				j.Append(line)
			}
		})
	}
}
