package runtime

import (
	"context"
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/service"
)

// endless are functions that don't end by themselves, or not in time.
func endless() map[string][]byte {
	return map[string][]byte{
		"an endless loop":        abitest.Spin(),
		"an endless recursion":   abitest.Recurse(),
		"exponential calls":      abitest.ExponentialCalls(),
		"filling memory in bulk": abitest.Fill(),
		"a storm of growth":      abitest.GrowStorm(),
		"sleeping":               abitest.Sleep(time.Hour),
		"a service that blocks":  abitest.CallOp("tar.pit", `{}`),
		"a command's loop":       abitest.CommandSpin(),
	}
}

// tarpit is a service that answers when nobody waits any more.
type tarpit struct{}

func (tarpit) Name() string                       { return "tar" }
func (tarpit) Check(service.Caller, string) error { return nil }
func (tarpit) Call(ctx context.Context, _ service.Caller, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// lenient is by how much tests that judge a figure exceed it where the machine
// may be busy with other things; POSTERN_LONG takes them at their word.
func lenient() time.Duration {
	if long() {
		return 1
	}
	return 4
}

// openEndless returns an engine with all endless functions.
func openEndless(t testing.TB, edit func(*Spec)) (*Engine, map[string]*Function) {
	t.Helper()
	m := &modules{}
	opt := testOptions(m)
	var err error
	if opt.Services, err = service.NewSet(tarpit{}); err != nil {
		t.Fatal(err)
	}
	e := openEngine(t, opt)
	fs := map[string]*Function{}
	for name, wasm := range endless() {
		m.put(name, wasm)
		s := testSpec(name)
		edit(&s)
		fs[name] = load(t, e, s)
	}
	return e, fs
}

// median of what several goes measure; other programs share the machine.
func median(goes int, measure func() time.Duration) time.Duration {
	took := make([]time.Duration, goes)
	for i := range took {
		took[i] = measure()
	}
	slices.Sort(took)
	return took[goes/2]
}

func TestEngine_endsRunsAtTheirRunLimit(t *testing.T) {
	const runLimit, tardiness = 30 * time.Millisecond, 10 * time.Millisecond
	_, fs := openEndless(t, func(s *Spec) { s.RunLimit, s.Concurrency = runLimit, 1 })
	for name, f := range fs {
		t.Run(name, func(t *testing.T) {
			late := median(9, func() time.Duration {
				begun := time.Now()
				_, err := invoke(t.Context(), f, "{}")
				late := time.Since(begun) - runLimit
				switch code := fault.CodeOf(err); {
				case code == fault.Crashed && name == "an endless recursion": // its stack may end first
				case code != fault.RunLimit || late < 0:
					t.Errorf("ended with %v, %v after its limit", err, late)
				}
				return late
			})
			t.Logf("ended %v after its run limit", late)
			if late > tardiness*lenient() {
				t.Errorf("ended %v after its run limit, want %v at most", late, tardiness)
			}
			if running, queued := f.Load(); running+queued > 0 {
				t.Errorf("%d runs, %d wait: the slot is not free", running, queued)
			}
		})
	}
}

func TestEngine_endsRunsThatAreKilled(t *testing.T) {
	const tardiness = 10 * time.Millisecond
	e, fs := openEndless(t, func(s *Spec) { s.Concurrency = 1 })
	delete(fs, "an endless recursion") // it ends by itself
	for name, f := range fs {
		t.Run(name, func(t *testing.T) {
			late := median(9, func() time.Duration {
				c, err := f.NewCall()
				if err != nil {
					t.Fatal(err)
				}
				defer c.Release()
				c.RequestID, c.Policy = "to be killed", oneTry
				ended := make(chan error)
				go func() {
					_, err := c.Invoke(t.Context())
					ended <- err
				}()
				<-time.After(2 * time.Millisecond) // until it is in the thick of it
				for e.Kill(c.RequestID) == 0 {     // a busy machine takes longer
					goruntime.Gosched()
				}
				begun := time.Now()
				if err := <-ended; fault.CodeOf(err) != fault.Killed {
					t.Errorf("err = %v, want %q", err, fault.Killed)
				}
				return time.Since(begun)
			})
			t.Logf("ended %v after the kill", late)
			if late > tardiness*lenient() {
				t.Errorf("ended %v after the kill, want %v at most", late, tardiness)
			}
		})
	}
}

func TestEngine_endsRunsThatSpentTheirCPU(t *testing.T) {
	const budget = 20 * time.Millisecond
	_, fs := openEndless(t, func(s *Spec) { s.CPU = budget })
	for name, f := range fs {
		if name == "sleeping" || name == "a service that blocks" {
			continue // they spend nothing
		}
		t.Run(name, func(t *testing.T) {
			_, err := invoke(t.Context(), f, "{}")
			if code := fault.CodeOf(err); code != fault.CPULimit && (code != fault.Crashed || name != "an endless recursion") {
				t.Errorf("err = %v, want %q", err, fault.CPULimit)
			}
		})
	}
}

// spinners keeps every core busy in functions until the test ends.
func spinners(t testing.TB, e *Engine, m *modules) {
	t.Helper()
	m.put("spin", abitest.Spin())
	f := e.Add(testSpec("spin"))
	ended := make(chan error)
	count := goruntime.GOMAXPROCS(0)
	for range count {
		go func() {
			c, err := f.NewCall()
			if err == nil {
				c.RequestID, c.Policy = "spinner", oneTry
				_, err = c.Invoke(context.Background())
				c.Release()
			}
			ended <- err
		}()
	}
	for running := 0; running < count; running, _ = f.Load() {
		goruntime.Gosched()
	}
	t.Cleanup(func() {
		for left := count; left > 0; {
			e.Kill("spinner")
			select {
			case err := <-ended:
				left--
				if fault.CodeOf(err) != fault.Killed {
					t.Errorf("a spinner ended with %v", err)
				}
			case <-time.After(10 * time.Millisecond):
			}
		}
		f.Retire()
	})
}

func TestEngine_leavesTheCollectorAlone(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes collections slow")
	}
	const most = 5 * time.Millisecond
	m := &modules{}
	e := openEngine(t, testOptions(m))
	collect := func() time.Duration {
		begun := time.Now()
		goruntime.GC()
		return time.Since(begun)
	}
	alone := median(101, collect)
	rest := nativeSpinners()
	control := median(101, collect)
	rest()
	spinners(t, e, m)
	beside := median(101, collect)
	t.Logf("a collection takes %v alone, %v beside a goroutine on each core that is never idle and yields every 50 µs, "+
		"%v beside a spinning function on each core", alone, control, beside)
	if beside > most*lenient() && beside > 3*control {
		t.Errorf("a collection takes %v beside spinning functions, want %v at most", beside, most)
	}
}

func TestEngine_keepsSmallFunctionsQuickBesideSpinningOnes(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("measures latencies for seconds")
	}
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	hello := load(t, e, testSpec("hello"))
	measure := func() time.Duration { return quietest(4, func() time.Duration { return p99(t, hello) }) }
	alone := measure()
	rest := nativeSpinners()
	control := measure()
	rest()
	spinners(t, e, m)
	beside := measure()
	t.Logf("p99 of a call every millisecond, from when it was due: %v alone, %v beside a goroutine on each core that is never idle "+
		"and yields every 50 µs, %v beside a spinning function on each core", alone, control, beside)
	const ratio = 5
	if beside > alone*ratio*lenient() && beside > control*ratio {
		t.Errorf("p99 is %v beside spinning functions, %v alone: want %d times as much at most", beside, alone, ratio)
	}
}

// nativeSpinners keeps every core busy in the most polite way there is. When
// calls are slow beside them too, other programs want the cores.
func nativeSpinners() (rest func()) {
	var stop atomic.Bool
	var done sync.WaitGroup
	for range goruntime.GOMAXPROCS(0) {
		done.Go(func() {
			for !stop.Load() {
				for begun := time.Now(); time.Since(begun) < 50*time.Microsecond; {
				}
				goruntime.Gosched()
			}
		})
	}
	return func() {
		stop.Store(true)
		done.Wait()
	}
}

// p99 is the slowest but one hundredth of calls that are due every millisecond,
// each reckoned from when it was due.
func p99(t *testing.T, f *Function) time.Duration {
	took := make([]time.Duration, 0, 500)
	for range cap(took) {
		due := time.Now().Add(time.Millisecond)
		<-time.After(time.Until(due))
		mustInvoke(t, f, "{}")
		took = append(took, time.Since(due))
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

// quietest is the least that several goes measure: what one of them has more,
// other programs took.
func quietest(goes int, measure func() time.Duration) time.Duration {
	least := measure()
	for range goes - 1 {
		least = min(least, measure())
	}
	return least
}
