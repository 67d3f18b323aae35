package runtime

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	goruntime "runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// hammered are the modules of the hammer and what they answer; "" for those that
// end badly.
func hammered() map[string]struct {
	wasm []byte
	want string
} {
	type module = struct {
		wasm []byte
		want string
	}
	return map[string]module{
		"hello":    {abitest.Reply("hello"), "hello"},
		"counter":  {abitest.Counter(), `"body":"1"`},
		"scribble": {abitest.Scribble(), "hello world"},
		"grow":     {abitest.GrowBy(40), `"body":"2"`},
		"trap":     {abitest.Trap(), ""},
		"spin":     {abitest.Spin(), ""},
		"command":  {abitest.Command("done"), "done"},
	}
}

// expected are the codes with which a hammered call may end.
var expected = map[fault.Code]bool{
	fault.Killed: true, fault.Crashed: true, fault.CPULimit: true, fault.Busy: true, fault.MemoryLimit: true,
}

// TestEngine_survivesTheHammer deploys, calls, kills, retires and evicts all at
// once, with room for a few functions and instances only.
func TestEngine_survivesTheHammer(t *testing.T) {
	rounds := 400
	if testing.Short() || raceEnabled {
		rounds = 80
	}
	m := &modules{}
	for name, h := range hammered() {
		m.put(name, h.wasm)
	}
	opt := testOptions(m)
	opt.Code = uint64(3 * codeSize(t, m, "hello"))
	opt.Memory, opt.Instances = 200*pageSize, 8
	base := takeStock(t)
	e, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	h := &hammer{engine: e, functions: map[string]*atomic.Pointer[Function]{}}
	for name := range hammered() {
		h.functions[name] = &atomic.Pointer[Function]{}
		h.deploy(t, name)
	}
	var callers, others sync.WaitGroup
	var stop atomic.Bool
	for w := range 8 {
		callers.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 2))
			for range rounds {
				h.call(t, h.pick(rnd))
			}
		})
	}
	for w := range 2 {
		others.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 3))
			for !stop.Load() {
				h.deploy(t, h.pick(rnd))
				goruntime.Gosched()
			}
		})
	}
	others.Go(func() {
		for n := 0; !stop.Load(); n++ {
			e.Kill(fmt.Sprint("request-", n%16))
			goruntime.Gosched()
		}
	})
	callers.Wait()
	stop.Store(true)
	others.Wait()
	for _, f := range h.functions {
		f.Load().Retire()
	}
	if n, bytes := e.shelf.stats(); n != 0 || bytes != 0 {
		t.Errorf("the shelf holds %d functions, %d bytes when all are retired", n, bytes)
	}
	if n, bytes := e.budget.Stats(); n != 0 || bytes != 0 {
		t.Errorf("the budget holds %d instances, %d bytes when all functions are retired", n, bytes)
	}
	t.Logf("%d calls did well, %d ended badly, %d deploys", h.well.Load(), h.badly.Load(), h.deploys.Load())
	if h.well.Load() == 0 || h.badly.Load() == 0 {
		t.Error("the hammer did not hit everything")
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	base.check(t)
}

type hammer struct {
	engine               *Engine
	functions            map[string]*atomic.Pointer[Function]
	well, badly, deploys atomic.Int64
}

// pick returns the name of a module.
func (h *hammer) pick(rnd *rand.Rand) string {
	n := rnd.IntN(len(h.functions))
	for name := range h.functions {
		if n--; n < 0 {
			return name
		}
	}
	panic("unreachable")
}

// deploy replaces the function by a newer version.
func (h *hammer) deploy(t *testing.T, name string) {
	s := testSpec(name)
	s.CPU, s.Concurrency = time.Millisecond, 2
	s.Version = fmt.Sprint("version-", h.deploys.Add(1))
	f, err := h.engine.Load(t.Context(), s)
	if code := fault.CodeOf(err); err != nil && code != fault.Busy {
		t.Errorf("deploy %s: %v", name, err)
	}
	if err != nil {
		f = h.engine.Add(s)
	}
	if old := h.functions[name].Swap(f); old != nil {
		old.Retire()
	}
}

// call calls a function as the gateway does: the newer version when the one it
// found was retired.
func (h *hammer) call(t *testing.T, name string) {
	c, err := h.functions[name].Load().NewCall()
	for errors.Is(err, ErrRetired) {
		c, err = h.functions[name].Load().NewCall()
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	defer c.Release()
	c.Event = append(c.Event, eventOf("say a word")...)
	c.RequestID, c.Policy = fmt.Sprint("request-", rand.IntN(16)), oneTry
	reply, err := c.Invoke(t.Context())
	want := hammered()[name].want
	switch {
	case err != nil && !expected[fault.CodeOf(err)]:
		t.Errorf("%s: %v (%v)", name, err, fault.Of(err).Cause)
	case err != nil:
		h.badly.Add(1)
	case want == "" || !strings.Contains(string(reply), want):
		t.Errorf("%s: got %q, want %q", name, reply, want)
	default:
		h.well.Add(1)
	}
}

// belongings are what a process must not lose bit by bit.
type belongings struct{ goroutines, descriptors, mappings int }

func takeStock(t testing.TB) belongings {
	t.Helper()
	s := belongings{goroutines: goruntime.NumGoroutine()}
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.descriptors = len(files)
	}
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
		s.mappings = strings.Count(string(maps), "\n")
	}
	return s
}

// spare is what the Go runtime may take for itself meanwhile.
var spare = belongings{goroutines: 4, descriptors: 4, mappings: 120}

// check waits until nothing is left of what came after s. Native code is freed
// by the collector.
func (s belongings) check(t testing.TB) {
	t.Helper()
	var now belongings
	for range 50 {
		goruntime.GC()
		now = takeStock(t)
		if now.goroutines <= s.goroutines+spare.goroutines && now.descriptors <= s.descriptors+spare.descriptors &&
			now.mappings <= s.mappings+spare.mappings {
			t.Logf("left behind: goroutines %d → %d, descriptors %d → %d, mappings %d → %d", s.goroutines, now.goroutines,
				s.descriptors, now.descriptors, s.mappings, now.mappings)
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Errorf("left behind: goroutines %d → %d, descriptors %d → %d, mappings %d → %d", s.goroutines, now.goroutines,
		s.descriptors, now.descriptors, s.mappings, now.mappings)
}

// TestEngine_leaksNothing makes very many calls of all kinds, with a deploy now
// and then.
func TestEngine_leaksNothing(t *testing.T) {
	calls := 100_000
	switch {
	case long():
		calls = 1_000_000
	case testing.Short() || raceEnabled:
		calls = 5_000
	}
	m := &modules{}
	names := []string{"hello", "counter", "scribble", "grow", "trap", "command"}
	for _, name := range names {
		m.put(name, hammered()[name].wasm)
	}
	e := openEngine(t, testOptions(m))
	h := &hammer{engine: e, functions: map[string]*atomic.Pointer[Function]{}}
	for _, name := range names {
		h.functions[name] = &atomic.Pointer[Function]{}
		h.deploy(t, name)
	}
	round := func(calls int) {
		var done sync.WaitGroup
		for w := range 4 {
			done.Go(func() {
				for n := w; n < calls; n += 4 {
					name := names[n%2] // mostly what ends well
					if n%20 == 0 {
						name = names[n/20%len(names)]
					}
					h.call(t, name)
					if n%2000 == 0 {
						h.deploy(t, names[n/2000%len(names)])
					}
				}
			})
		}
		done.Wait()
	}
	round(2_000) // pools and caches fill
	base := takeStock(t)
	begun := time.Now()
	round(calls)
	t.Logf("%d calls took %v", calls, time.Since(begun))
	base.check(t)
	for _, f := range h.functions {
		f.Load().Retire()
	}
}
