package main

import (
	"testing"

	"github.com/postern-dev/postern/gateway/config"
	"github.com/postern-dev/postern/runtime"
)

func TestCapsOf_takesWhatIsConfigured(t *testing.T) {
	got := capsOf(&config.Engine{Memory: 3 << 20, MaxMemory: 2 << 20, Instances: 7})
	if want := (caps{memory: 3 << 20, maxMemory: 2 << 20, instances: 7}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCapsOf_letsAFunctionHaveNoMoreThanAll(t *testing.T) {
	c := config.Default().Engine
	c.MaxMemory = 1 << 60
	if got := capsOf(&c); got.memory < leastMemory || got.maxMemory != got.memory || got.instances < 1 {
		t.Errorf("got %+v", got)
	}
}

// More would be made until the system gives no more mappings, to whatever needs
// one next.
func TestCapsOf_leavesTheSystemItsRoom(t *testing.T) {
	c := config.Default().Engine
	most := runtime.MaxInstances()
	for name, test := range map[string]struct{ configured, want int }{
		"as many as there is room for": {most, most}, "more": {most + 1, most}, "open": {0, most},
	} {
		if c.Instances = test.configured; capsOf(&c).instances != test.want {
			t.Errorf("%s: %d instances, want %d", name, capsOf(&c).instances, test.want)
		}
	}
}

func TestMemoryOf_isHalfOfTheMachine(t *testing.T) {
	for name, c := range map[string]struct{ machine, want uint64 }{
		"unknown": {0, unknownMemory}, "tiny": {128 << 20, leastMemory}, "usual": {16 << 30, 8 << 30},
	} {
		if got := memoryOf(c.machine); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestMachineMemory_readsWhatTheSystemTells(t *testing.T) {
	if got := totalMemory([]byte("MemTotal:       2048 kB\nMemFree:        1024 kB\n")); got != 2<<20 {
		t.Errorf("total = %d", got)
	}
	for text, want := range map[string]uint64{"": 0, "max\n": 0, "9223372036854771712\n": 0, "1048576\n": 1 << 20, "-1": 0} {
		if got := memoryLimit([]byte(text)); got != want {
			t.Errorf("limit %q = %d, want %d", text, got, want)
		}
	}
	if totalMemory(nil) != 0 || totalMemory([]byte("MemTotal: many kB")) != 0 {
		t.Error("found memory in nothing")
	}
}
