package sched

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// script is what happens to a scheduler from outside, and how its runs behave.
//
//	# a comment
//	lane NAME slots=1 backlog=4
//	0s call NAME lane=NAME attempts=3 patience=60s limit=300s runs=61s,fail:1s,panic:2s hold=1s
//	0s call NAME rescues=tell
//	5s leave NAME
//
// The n-th attempt behaves like the n-th entry of runs, later ones like the
// last. hold is how long an answer is kept before it is released. A call with
// rescues runs on the goroutine of Do where it may; with tell, a rescue and the
// return of Do after it stand in the trace, with silent, the rescue looks like
// the end of any call. Everything behind NAME may be absent.
type script struct {
	lanes  map[string]LaneOptions
	events []event
}

// event is a line of a script: a call, or the end of a client's wait.
type event struct {
	at     time.Duration
	name   string
	leaves bool
	lane   string
	policy Policy
	runs   []behaviour
	hold   time.Duration

	rescues string // "", rescuesTell or rescuesSilent
}

const (
	rescuesTell   = "tell"
	rescuesSilent = "silent"
)

// behaviour is what one run does.
type behaviour struct {
	sleeps time.Duration
	how    string // "", "fail" or "panic"
}

// of returns how attempt number behaves.
func (e *event) of(number int) behaviour { return e.runs[min(number, len(e.runs))-1] }

func parseScript(text string) (*script, error) {
	s := &script{lanes: map[string]LaneOptions{"main": {Slots: 8, Backlog: 64}}}
	for n, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if err := s.parseLine(words); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	slices.SortStableFunc(s.events, func(a, b event) int { return int(a.at - b.at) })
	return s, nil
}

func (s *script) parseLine(words []string) (err error) {
	if len(words) > 1 && words[0] == "lane" {
		var o LaneOptions
		for _, w := range words[2:] {
			key, value, _ := strings.Cut(w, "=")
			var n int
			if n, err = strconv.Atoi(value); err != nil {
				return err
			}
			switch key {
			case "slots":
				o.Slots = n
			case "backlog":
				o.Backlog = n
			default:
				return fmt.Errorf("no key %q of a lane", key)
			}
		}
		s.lanes[words[1]] = o
		return nil
	}
	if len(words) < 3 {
		return fmt.Errorf("too few words: %q", words)
	}
	e := event{name: words[2], lane: "main", policy: threeTimes, runs: []behaviour{{}}}
	if e.at, err = time.ParseDuration(words[0]); err != nil {
		return err
	}
	switch words[1] {
	case "leave":
		e.leaves = true
	case "call":
	default:
		return fmt.Errorf("no act %q", words[1])
	}
	for _, w := range words[3:] {
		if err := e.parseWord(w); err != nil {
			return fmt.Errorf("%s: %w", w, err)
		}
	}
	s.events = append(s.events, e)
	return nil
}

func (e *event) parseWord(word string) (err error) {
	key, value, _ := strings.Cut(word, "=")
	switch key {
	case "lane":
		e.lane = value
	case "attempts":
		e.policy.Attempts, err = strconv.Atoi(value)
	case "patience":
		e.policy.Patience, err = time.ParseDuration(value)
	case "limit":
		e.policy.RunLimit, err = time.ParseDuration(value)
	case "hold":
		e.hold, err = time.ParseDuration(value)
	case "rescues":
		e.rescues = value
	case "runs":
		e.runs = nil
		for _, run := range strings.Split(value, ",") {
			var b behaviour
			how, sleeps, found := strings.Cut(run, ":")
			if found {
				b.how = how
			} else {
				sleeps = run
			}
			if b.sleeps, err = time.ParseDuration(sleeps); err != nil {
				return err
			}
			e.runs = append(e.runs, b)
		}
	default:
		return fmt.Errorf("no key %q of a call", key)
	}
	return err
}

// trace is what happened, for comparison line by line.
type trace struct {
	start time.Time

	mu    sync.Mutex
	lines []line
}

type line struct {
	at   time.Duration
	text string
}

func (t *trace) add(format string, args ...any) { t.addAt(time.Since(t.start), format, args...) }

func (t *trace) addAt(at time.Duration, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line{at, fmt.Sprintf(format, args...)})
}

// String sorts by time, then by text: what happens at one moment has no order
// that a test may rely on.
func (t *trace) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortFunc(t.lines, func(a, b line) int {
		if a.at != b.at {
			return int(a.at - b.at)
		}
		return strings.Compare(a.text, b.text)
	})
	var b strings.Builder
	for _, l := range t.lines {
		fmt.Fprintf(&b, "%v %s\n", l.at, l.text)
	}
	return b.String()
}
