package journal

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestJournal_filesByTimeWhatProcessorsWroteDown(t *testing.T) {
	j := mustJournal(t, Default())
	now := time.Now()
	for _, line := range []struct {
		near uint32
		text string
		at   int
	}{{0, "1", 1}, {0, "4", 4}, {1, "2", 2}, {1, "3", 3}, {0, "5", 5}, {1, "8", 8}, {1, "7, after 8 on its processor", 7}, {0, "6", 6}} {
		j.Append(Line{App: "a", Near: line.near, Text: line.text, Time: now.Add(time.Duration(line.at))})
	}
	want := []string{"1", "2", "3", "4", "5", "6", "8", "7, after 8 on its processor"}
	lines := j.Recent("a", "", 10)
	if got := texts(lines); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for i, line := range lines {
		if line.Sequence != uint64(i+1) {
			t.Errorf("line %d has the number %d", i+1, line.Sequence)
		}
	}
}

func TestJournal_losesNoLineBetweenProcessors(t *testing.T) {
	o := Default()
	const writers, each = 5, 700
	o.Lines, o.Bytes = writers*each, 64<<20
	j := mustJournal(t, o)
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				j.Append(Line{App: "a", Function: fmt.Sprint(w), Near: uint32(w), Attempt: i})
				if i%100 == w {
					f := j.Follow("a", "") // lines go past the desks meanwhile
					j.Append(Line{App: "b", Near: uint32(w)})
					f.Close()
				}
			}
		})
	}
	writing.Wait()
	lines := j.Recent("a", "", writers*each+1)
	if len(lines) != writers*each {
		t.Fatalf("%d lines, want %d", len(lines), writers*each)
	}
	next := map[string]int{}
	for i, line := range lines {
		if i > 0 && line.Sequence <= lines[i-1].Sequence {
			t.Fatalf("line %d has the number %d, after %d", i, line.Sequence, lines[i-1].Sequence)
		}
		if line.Attempt != next[line.Function] {
			t.Fatalf("writer %s: line %d comes where %d is due", line.Function, line.Attempt, next[line.Function])
		}
		next[line.Function]++
	}
}

func TestDesk_isClearedWhenItIsHeavy(t *testing.T) {
	j := mustJournal(t, Default())
	heavy := strings.Repeat("x", deskBytes/4)
	o := j.options
	for range 5 {
		j.Append(Line{App: "a", Text: heavy[:o.LineBytes]})
	}
	if r := j.apps["a"]; r == nil || r.count < 4 {
		t.Errorf("lines of %d bytes lie about", len(heavy))
	}
	for n := range j.desks.desks {
		for _, line := range j.desks.desks[n].filed[:cap(j.desks.desks[n].filed)] {
			if line.Text != "" {
				t.Fatal("a line that was filed is kept alive")
			}
		}
	}
}

func TestJournal_followersGetLinesAtOnce(t *testing.T) {
	j := mustJournal(t, Default())
	j.Append(Line{App: "a", Near: 1, Text: "before"})
	f := j.Follow("a", "")
	j.Append(Line{App: "a", Near: 2, Text: "now"})
	if line := <-f.C(); line.Text != "now" || line.Sequence != 2 {
		t.Errorf("the follower got %q with the number %d", line.Text, line.Sequence)
	}
}
