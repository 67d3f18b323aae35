package wasm

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/postern-dev/postern/abi/fault"
)

// Bounds of priming with made-up requests. Fuel is the bound, so that a busy
// server decides as an idle one does; nothing that is tried can wait.
const (
	guessFuel  = 50_000_000  // units, of all first requests, and of all second ones
	guessLimit = time.Second // of all that is tried, should the processor be taken away
	dearCall   = 5_000_000   // units; such a call is to become cheaper by half
)

// guessAhead is how much later second requests are answered: in another year,
// month, hour, minute and second.
const guessAhead = (365+32)*24*time.Hour + time.Hour + time.Minute + time.Second

// A primed image must make calls cheaper by one part in leastSaved, else
// nothing is worth what it may hide.
const leastSaved = 20

// pageCost is what a page that a call writes costs, in units of fuel: a page
// fault, and its part of the reset.
const pageCost = 500

// Guess is two requests that a client may send to a route. They differ in all
// that clients choose, so that what a function keeps of the first one shows
// when it answers the second.
type Guess struct {
	Name          string // of the first, for people: "GET /greet/sample"
	First, Second Sample
}

// answer is what came of one call.
type answer struct {
	reply   []byte
	conduct conduct
	problem string // why there is no reply; "" when there is one
}

// guess primes the module with made-up requests, unless something shows that a
// call could tell the difference, or calls get no cheaper:
//
//	image ─┬─ clone: first request, twice ── another image ── clone: second request ─┐
//	       └─ clone: second request, a year later ────── the same, and dearer? ──────┘
//
// Both lines of it take place at the same time: the first call of a server that
// was just started waits for them.
func (m *Module) guess(guesses []Guess) {
	deadline := time.Now().Add(guessLimit)
	prime, rehearse := &purse{guessFuel, deadline}, &purse{guessFuel, deadline}
	for len(guesses) > 0 {
		problems := m.tryGuesses(guesses, prime, rehearse)
		left := make([]Guess, 0, len(guesses))
		for n, g := range guesses {
			if problems[n] == "" {
				left = append(left, g)
			} else if m.priming == "" {
				m.priming = g.Name + " " + problems[n]
			}
		}
		if len(left) == len(guesses) {
			return
		}
		guesses = left
	}
}

// tryGuesses primes the module with all of guesses or, when it may not be
// primed with them, says for some of them why.
func (m *Module) tryGuesses(guesses []Guess, prime, rehearse *purse) (problems []string) {
	later := newTrial().guessing(guessAhead)
	var plain []answer
	var plainCost int64
	var rehearsal sync.WaitGroup
	rehearsal.Go(func() { plain, plainCost = m.answers(guesses, later, rehearse) })
	i, problems := m.primeGuesses(guesses, prime)
	rehearsal.Wait()
	if i != nil {
		defer i.Close()
	}
	for n := range guesses {
		if problems[n] == "" {
			problems[n] = plain[n].problem
		}
	}
	if i == nil || slices.ContainsFunc(problems, func(p string) bool { return p != "" }) {
		return problems
	}
	before, values := m.image, m.values
	m.image = nil
	if err := m.takeImage(i); err != nil {
		m.image, m.values = before, values
		return every(problems, "left memory of which no image can be taken")
	}
	primed, primedCost := m.answers(guesses, later, &purse{spentBy(plain), rehearse.deadline})
	for n := range guesses {
		problems[n] = difference(&plain[n], &primed[n])
	}
	if !slices.ContainsFunc(problems, func(p string) bool { return p != "" }) {
		if plainCost-primedCost >= plainCost/leastSaved {
			m.primed, m.priming = true, "made-up requests: "+names(guesses)
			_ = before.Close() // nothing is lost with it
			return problems
		}
		every(problems, noCheaper)
	}
	_ = m.image.Close()
	m.image, m.values = before, values
	return problems
}

// primeGuesses lets a clone answer the first requests, each of them twice. It
// returns nil, and what is wrong with one of them or with all, when no image is
// to be taken of it.
func (m *Module) primeGuesses(guesses []Guess, p *purse) (i *Instance, problems []string) {
	problems = make([]string, len(guesses))
	i, err := m.clone(&Run{}, newTrial().guessing(0))
	if err != nil {
		return nil, every(problems, "found no room")
	}
	var firsts, seconds int64
	for n := range guesses {
		first := i.tryEvent(&guesses[n].First, p, guessFuel)
		limit := int64(guessFuel)
		if first.conduct.fuel > dearCall {
			limit = first.conduct.fuel / 2
		}
		second := first
		if first.problem == "" {
			second = i.tryEvent(&guesses[n].First, p, limit)
		}
		if problems[n] = difference(&first, &second); problems[n] != "" {
			_ = i.Close() // the problem says more
			return nil, problems
		}
		firsts, seconds = firsts+first.conduct.fuel, seconds+second.conduct.fuel
	}
	if seconds >= firsts {
		_ = i.Close()
		return nil, every(problems, noCheaper)
	}
	return i, problems
}

// answers lets clones of the image answer the second requests, each from clean
// memory, and returns what all of them cost, in units of fuel.
func (m *Module) answers(guesses []Guess, t *trial, p *purse) (all []answer, cost int64) {
	all = make([]answer, len(guesses))
	var i *Instance
	for n := range guesses {
		if i == nil {
			var err error
			if i, err = m.clone(&Run{}, t); err != nil {
				all[n].problem = "found no room"
				continue
			}
			i.fresh = true
		}
		all[n] = i.tryEvent(&guesses[n].Second, p, guessFuel)
		cost += all[n].conduct.fuel
		if i.Reset() != nil {
			cost += i.close()
			i = nil
		}
	}
	if i != nil {
		cost += i.close()
	}
	return all, cost
}

// close closes a clone and returns what its pages cost, in units of fuel.
func (i *Instance) close() int64 {
	pages := i.memory.Private()
	_ = i.Close() // it is of no use any more
	return int64(pages) * pageCost
}

// purse is what a series of calls may spend.
type purse struct {
	fuel     int64
	deadline time.Time
}

// tryEvent makes one call that may spend limit units at most.
func (i *Instance) tryEvent(s *Sample, p *purse, limit int64) (a answer) {
	i.trial.rewind()
	run := &Run{Event: s.Event, Context: s.Context, Deadline: p.deadline, CPU: max(1, min(limit, p.fuel))}
	reply, err := i.Call(run)
	switch f := fault.Of(err); {
	case err == nil:
	case f.Code == fault.CPULimit && p.fuel > limit:
		a.problem = noCheaper
	default:
		a.problem = "fails: " + printable(f.Message)
	}
	a.reply, a.conduct = bytes.Clone(reply), i.trial.conduct
	a.conduct.fuel = run.Fuel
	p.fuel -= run.Fuel
	return a
}

// printable is a function's own words, fit for a line.
func printable(message string) string {
	const longest = 200
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(message[:min(len(message), longest)], ""))
}

// spentBy is the fuel of all answers, and a little more.
func spentBy(all []answer) (fuel int64) {
	for n := range all {
		fuel += all[n].conduct.fuel
	}
	return fuel + fuel/leastSaved
}

// noCheaper is the usual reason why a primed image is not kept.
const noCheaper = "makes later calls no cheaper"

// difference says how two answers to one request differ.
func difference(a, b *answer) string {
	switch {
	case a.problem != "":
		return a.problem
	case b.problem != "":
		return b.problem
	case !bytes.Equal(a.reply, b.reply):
		return "changes later replies"
	case a.conduct.lines != b.conduct.lines || a.conduct.printed != b.conduct.printed:
		return "changes what later calls print"
	case a.conduct.random != b.conduct.random:
		return "leaves random bytes for later calls"
	case a.conduct.readings != b.conduct.readings:
		return "leaves the time for later calls"
	}
	return ""
}

// every gives all guesses the same problem.
func every(problems []string, problem string) []string {
	for n := range problems {
		problems[n] = problem
	}
	return problems
}

func names(guesses []Guess) string {
	list := make([]string, len(guesses))
	for n := range guesses {
		list[n] = guesses[n].Name
	}
	return strings.Join(list, ", ")
}
