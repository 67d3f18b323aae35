package sched

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the traces in testdata")

// divider stands between a script and its trace.
const divider = "----\n"

func TestLane_keepsToItsScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, want, _ := strings.Cut(string(text), divider)
			s, err := parseScript(head)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, s)
			if told := foretell(s); told != got {
				t.Errorf("the twin disagrees\ngot\n%s\ntwin\n%s", got, told)
			}
			if *update {
				if err := os.WriteFile(file, []byte(head+divider+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A client can't see on which goroutine its call runs.
func TestLane_keepsToItsScriptsOnTheGoroutineOfDo(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, want, _ := strings.Cut(string(text), divider)
			s, err := parseScript(head)
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range s.events {
				if e.rescues == "" {
					s.events[i].rescues = rescuesSilent
				}
			}
			if got := play(t, s); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestLane_agreesWithItsTwin(t *testing.T) {
	scripts := 300
	if testing.Short() {
		scripts = 50
	}
	for seed := range scripts {
		s := randomScript(rand.New(rand.NewPCG(uint64(seed), 23)))
		got, want := play(t, s), foretell(s)
		if got != want {
			t.Fatalf("seed %d\nscript %+v\ngot\n%s\ntwin\n%s", seed, *s, got, want)
		}
	}
}

// randomScript draws times to the nanosecond, so that no two things happen at
// one moment by chance: their order would be open.
func randomScript(rnd *rand.Rand) *script {
	s := &script{lanes: map[string]LaneOptions{
		"a": {Slots: 1 + rnd.IntN(3), Backlog: rnd.IntN(4)},
		"b": {Slots: 1, Backlog: 1 + rnd.IntN(2)},
	}}
	patience := []time.Duration{10 * time.Second, 25 * time.Second}
	at := time.Duration(0)
	for n := range 5 + rnd.IntN(25) {
		at += upTo(rnd, 6*time.Second)
		e := event{
			at:   at,
			name: fmt.Sprintf("c%d", n),
			lane: []string{"a", "a", "b"}[rnd.IntN(3)],
			policy: Policy{
				Attempts: 1 + rnd.IntN(4),
				Patience: patience[rnd.IntN(2)],
				RunLimit: 41 * time.Second, // no sum of patiences
			},
			hold: upTo(rnd, 3*time.Second),

			rescues: []string{"", rescuesTell, rescuesTell, rescuesSilent}[rnd.IntN(4)],
		}
		for range 1 + rnd.IntN(4) {
			length := []time.Duration{time.Second, 12 * time.Second, 30 * time.Second, 60 * time.Second}[rnd.IntN(4)]
			e.runs = append(e.runs, behaviour{
				sleeps: 1 + upTo(rnd, length),
				how:    []string{"", "", "", "", "fail", "panic"}[rnd.IntN(6)],
			})
		}
		s.events = append(s.events, e)
		if rnd.IntN(5) == 0 {
			at += upTo(rnd, 15*time.Second)
			s.events = append(s.events, event{at: at, name: e.name, leaves: true})
		}
	}
	return s
}

func upTo(rnd *rand.Rand, d time.Duration) time.Duration { return time.Duration(rnd.Int64N(int64(d))) }
