package load

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestSchedule_keepsItsRate(t *testing.T) {
	for _, arrivals := range []Arrivals{Even, Random} {
		s := newSchedule(1000, arrivals, 9)
		last, n := time.Duration(-1), 0
		for {
			at := s.next()
			if at < last {
				t.Fatalf("%s: %v comes after %v", arrivals, at, last)
			}
			if last = at; at >= 10*time.Second {
				break
			}
			n++
		}
		if n < 9700 || n > 10_300 || arrivals == Even && n != 10_000 {
			t.Errorf("%s: %d requests in 10 s, want about 10,000", arrivals, n)
		}
	}
}

// Whatever the number of takers: together they have what the schedule has, and
// each has as much of it as it has of the connections.
func TestShare_isAPartOfTheSchedule(t *testing.T) {
	for _, arrivals := range []Arrivals{Even, Random} {
		for _, count := range []int64{0, 1, 100, 1_000_000} {
			for _, takers := range []int{1, 2, 3, 8} {
				for _, connections := range []int{takers, takers + 1, 64} {
					name := fmt.Sprintf("%s, count %d, %d of %d", arrivals, count, takers, connections)
					t.Run(name, func(t *testing.T) { checkShares(t, arrivals, count, takers, connections) })
				}
			}
		}
	}
}

func checkShares(t *testing.T, arrivals Arrivals, count int64, takers, connections int) {
	t.Helper()
	const rate, length, seed = 3000, time.Second, 5
	start := time.Unix(1_700_000_000, 0)
	var want []time.Time
	all := newSchedule(rate, arrivals, seed)
	for at := all.next(); at < length && (count == 0 || int64(len(want)) < count); at = all.next() {
		want = append(want, start.Add(at))
	}
	g := &generator{opt: Options{Rate: rate, Arrivals: arrivals, Seed: seed, Connections: connections}}
	var got []time.Time
	for taker := range takers {
		s, before := g.share(start, length, count, taker, takers), len(got)
		for ; s.more; s.advance() {
			got = append(got, s.due)
		}
		if s.advance(); s.more {
			t.Errorf("taker %d has more after the end", taker)
		}
		own := (connections + takers - 1 - taker) / takers
		if part, fair := len(got)-before, len(want)*own/connections; part < fair-own || part > fair+own {
			t.Errorf("taker %d of %d connections has %d of %d arrivals, want about %d", taker, own, part, len(want), fair)
		}
	}
	slices.SortFunc(got, time.Time.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("the takers have %d arrivals, not the %d of the schedule", len(got), len(want))
	}
}

func TestShare_givesUpWhatIsLeft(t *testing.T) {
	g := &generator{opt: Options{Rate: 1000, Arrivals: Even, Connections: 4}}
	s := g.share(time.Time{}, time.Second, 0, 1, 2)
	for range 100 {
		s.advance()
	}
	if got := s.giveUp(); got != 400 || s.more {
		t.Errorf("gave up %d, more = %t, want the 400 that are left of 500, and none after them", got, s.more)
	}
}
