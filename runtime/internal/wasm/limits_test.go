package wasm

import (
	"errors"
	goruntime "runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// endless are functions that do not end by themselves, or not in time.
func endless() map[string][]byte {
	return map[string][]byte{
		"a loop":            abitest.Spin(),
		"exponential calls": abitest.ExponentialCalls(),
		"filling memory":    abitest.Fill(),
		"sleep":             abitest.Sleep(time.Hour),
		"a command's loop":  abitest.CommandSpin(),
	}
}

// tardiness is what a run may take beyond its end. Other programs share the
// machine, so the best of several tries counts.
const (
	tardiness = 10 * time.Millisecond
	tries     = 8
)

func TestInstance_endsAtItsRunLimit(t *testing.T) {
	for name, wasm := range endless() {
		t.Run(name, func(t *testing.T) {
			m := loadModule(t, clean(wasm))
			best := time.Hour
			for range tries {
				deadline := time.Now().Add(20 * time.Millisecond)
				_, err := instantiate(t, m).Call(&Run{Deadline: deadline})
				late := time.Since(deadline)
				wantFault(t, err, fault.RunLimit)
				if late < 0 {
					t.Fatalf("ended %v before its run limit", -late)
				}
				if best = min(best, late); best <= tardiness {
					return
				}
			}
			t.Fatalf("ended %v after its run limit, want %v at most", best, tardiness)
		})
	}
}

func TestInstance_endsWhenKilled(t *testing.T) {
	reason := errors.New("the server is closing")
	for name, wasm := range endless() {
		t.Run(name, func(t *testing.T) {
			m := loadModule(t, clean(wasm))
			best := time.Hour
			for range tries {
				i := instantiate(t, m)
				killed := make(chan time.Time, 1)
				time.AfterFunc(10*time.Millisecond, func() {
					killed <- time.Now()
					i.Kill(reason)
				})
				_, err := i.Call(&Run{})
				late := time.Since(<-killed)
				wantFault(t, err, fault.Killed)
				if !errors.Is(err, reason) {
					t.Fatalf("err = %v, want the reason of the kill in it", err)
				}
				if best = min(best, late); best <= tardiness {
					return
				}
			}
			t.Fatalf("ended %v after the kill, want %v at most", best, tardiness)
		})
	}
}

func TestInstance_endsWhenItsCPUBudgetIsSpent(t *testing.T) {
	for name, wasm := range endless() {
		if name == "sleep" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			const budget = 3_000_000
			run := Run{CPU: budget}
			_, err := newInstance(t, clean(wasm)).Call(&run)
			wantFault(t, err, fault.CPULimit)
			if run.Fuel < budget || run.Fuel > budget+budget/10 {
				t.Fatalf("spent %d units of a budget of %d", run.Fuel, budget)
			}
		})
	}
}

func TestInstance_spendsTheSameForTheSameWork(t *testing.T) {
	m := loadModule(t, clean(abitest.Echo()))
	want := int64(0)
	for range 3 {
		i := instantiate(t, m)
		for range 3 {
			run := Run{Event: []byte(`{"path":"/orders"}`)}
			if _, err := i.Call(&run); err != nil {
				t.Fatal(err)
			}
			if err := i.Reset(); err != nil {
				t.Fatal(err)
			}
			if run.Fuel <= 0 || want != 0 && run.Fuel != want {
				t.Fatalf("spent %d units, before it was %d", run.Fuel, want)
			}
			want = run.Fuel
		}
	}
}

func TestInstance_paysForWhatTheHostDoes(t *testing.T) {
	i := newInstance(t, clean(abitest.CommandEcho()))
	spent := func(size int) int64 {
		run := Run{Event: make([]byte, size)}
		call(t, i, run)
		if _, err := i.Call(&run); err != nil {
			t.Fatal(err)
		}
		if err := i.Reset(); err != nil {
			t.Fatal(err)
		}
		return run.Fuel
	}
	// It is read and written in steps of 16 KiB.
	const size, steps = 1 << 20, 64
	if got, want := spent(size)-spent(0), 2*(costBytes(size)+steps*costImport); got < want {
		t.Fatalf("%d bytes of input cost %d units, want at least %d", size, got, want)
	}
}

func TestInstance_killedBeforeACallDoesNotRun(t *testing.T) {
	i := newInstance(t, clean(abitest.Hello()))
	i.Kill(nil)
	i.Kill(fault.New(fault.Internal, "too late"))
	_, err := i.Call(&Run{})
	wantFault(t, err, fault.Killed)
	if err := i.Reset(); err == nil {
		t.Fatal("a killed instance was reset")
	}
}

func TestInstance_killsWithTheFaultItIsGiven(t *testing.T) {
	i := newInstance(t, clean(abitest.Spin()))
	time.AfterFunc(time.Millisecond, func() { i.Kill(fault.New(fault.Timeout, "nobody waits")) })
	_, err := i.Call(&Run{})
	wantFault(t, err, fault.Timeout)
}

func TestInstance_sleepsNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := loadModule(t, clean(abitest.Sleep(100*time.Second)))
		start := time.Now()
		reply, err := instantiate(t, m).Call(&Run{})
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Since(start); body(string(reply)) != "hello world" || got != 100*time.Second {
			t.Errorf("slept %v, want 100s", got)
		}
		start = time.Now()
		_, err = instantiate(t, m).Call(&Run{Deadline: start.Add(60 * time.Second)})
		wantFault(t, err, fault.RunLimit)
		if got := time.Since(start); got != 60*time.Second {
			t.Errorf("ended after %v, want 60s", got)
		}
	})
}

func TestInstance_spinningLeavesTheCollectorAlone(t *testing.T) {
	m := loadModule(t, clean(abitest.Spin()))
	spinners := goruntime.GOMAXPROCS(0)
	done := make(chan error, spinners)
	instances := make([]*Instance, spinners)
	for n := range instances {
		instances[n] = instantiate(t, m)
		go func() {
			_, err := instances[n].Call(&Run{Deadline: time.Now().Add(10 * time.Second)})
			done <- err
		}()
	}
	best := time.Hour
	for range 20 {
		start := time.Now()
		goruntime.GC()
		best = min(best, time.Since(start))
	}
	for _, i := range instances {
		i.Kill(nil)
	}
	for range instances {
		wantFault(t, <-done, fault.Killed)
	}
	if best > 20*time.Millisecond {
		t.Fatalf("the best of 20 collections took %v beside %d spinning functions", best, spinners)
	}
}
