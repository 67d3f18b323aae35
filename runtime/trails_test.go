package runtime

import (
	"slices"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/runtime/internal/sched"
)

// noted are the trails that a function has.
func noted(f *Function) (all []*footsteps) {
	for n := range f.trails {
		if steps := f.trails[n].Load(); steps != nil {
			all = append(all, steps)
		}
	}
	return all
}

// makeCold lets the function look as if nobody had called it for long.
func makeCold(f *Function) { f.loaded.Load().used.Store(0) }

// mustServeCold calls a cold function until it has met a call of every number
// that there will be.
func mustServeCold(t testing.TB, f *Function) {
	t.Helper()
	for range 4 * maxTrails {
		makeCold(f)
		mustServe(t, f)
	}
}

func TestFunction_leavesTrails(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	f := load(t, openEngine(t, testOptions(m)), testSpec("hello"))
	if len(noted(f)) > 0 {
		t.Error("there is a trail before the first call")
	}
	mustServeCold(t, f)
	all := noted(f)
	if len(all) == 0 {
		t.Fatal("no call left a trail")
	}
	for _, steps := range all {
		if n := steps.trail.Lines(); n < 60 || n > 200 {
			t.Errorf("a trail has %d lines, want about a hundred", n)
		}
	}

	mustServeCold(t, f)
	if again := noted(f); len(again) < len(all) || !slices.Contains(again, all[0]) {
		t.Error("a call that used the same memory left another trail")
	}
	all = noted(f)

	f.loaded.Load().pool.Retire() // the next call gets another instance
	for range 4 * maxTrails {
		makeCold(f)
		if near := mustServe(t, f); slices.Contains(all, f.trails[near%maxTrails].Load()) {
			t.Fatal("the trail of an instance that is closed was not replaced")
		}
	}
}

func TestFunction_leavesNoTrailWhileItIsHot(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	f := load(t, e, testSpec("hello"))
	f.loaded.Load().used.Store(int64(e.shelf.now() + 1<<40))
	for range 100 {
		mustServe(t, f)
	}
	if n := len(noted(f)); n > 0 {
		t.Errorf("%d trails of calls that came one after the other, want none", n)
	}
}

// TestFunction_leavesNoTrailOfALateRun: the answer of the call is somebody else's
// by then, and may go at any time.
func TestFunction_leavesNoTrailOfALateRun(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	f := load(t, e, testSpec("hello"))
	c, err := f.NewCall()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	c.Event, c.RequestID = append(c.Event, `{"body":"say a word"}`...), "r1"
	run := sched.Attempt{Number: 1, Started: time.Now(), Deadline: time.Now().Add(10 * time.Second)}
	late, err := c.Run(run)
	if err != nil {
		t.Fatal(err)
	}
	makeCold(f)
	c.Late(run, late, nil)
	if n := len(noted(f)); n > 0 {
		t.Errorf("%d trails of a late run, want none", n)
	}
}

func TestFunction_hasNoTrailsWhenItIsUnloaded(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	f := load(t, e, testSpec("hello"))
	mustServeCold(t, f)
	if !e.shelf.takeDown(f.loaded.Load()) || f.loaded.Load() != nil {
		t.Fatal("the function is loaded still")
	}
	if n := len(noted(f)); n > 0 {
		t.Errorf("%d trails are left, want none", n)
	}
}
