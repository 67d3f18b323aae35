package runtime

import (
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

func TestEngine_refusesGrowthBeyondItsMemory(t *testing.T) {
	m := &modules{}
	m.put("grow", abitest.GrowBy(100))
	m.put("hello", abitest.Hello())
	opt := testOptions(m)
	opt.Memory = 120 * pageSize
	e := openEngine(t, opt)
	grow, hello := add(t, e, "grow", 1)[0], add(t, e, "hello", 1)[0]

	held, err := grow.NewCall()
	if err != nil {
		t.Fatal(err)
	}
	held.Policy = oneTry
	if _, err := held.Invoke(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, bytes := e.budget.Stats(); bytes < 100*pageSize {
		t.Errorf("the budget holds %d bytes while a run has 100 pages", bytes)
	}
	if _, err := invoke(t.Context(), grow, "{}"); fault.CodeOf(err) != fault.MemoryLimit {
		t.Errorf("err = %v, want %q", err, fault.MemoryLimit)
	}
	mustInvoke(t, hello, "{}") // and nobody else suffers
	held.Release()
	mustInvoke(t, grow, "{}")
	if _, bytes := e.budget.Stats(); bytes >= 20*pageSize {
		t.Errorf("the budget holds %d bytes after the runs that grew", bytes)
	}
}

func TestEngine_countsLittleForIdleInstances(t *testing.T) {
	m := &modules{}
	m.put("large", abitest.HugeMemory(512))
	e := openEngine(t, testOptions(m))
	for _, f := range add(t, e, "large", 20) {
		mustInvoke(t, f, "{}")
	}
	if n, bytes := e.budget.Stats(); n != 20 || bytes > 20*4*pageSize {
		t.Fatalf("the budget holds %d bytes for %d idle instances of 32 MiB that wrote a page or two", bytes, n)
	}
}
