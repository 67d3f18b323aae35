package runtime

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// allowAddresses lets the process take so many bytes of addresses more than it
// has, until the test ends. Where they are used up the system says the same as
// where there are no more mappings.
func allowAddresses(t *testing.T, more uint64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	pages, err := strconv.ParseUint(strings.Fields(string(text))[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &before); err != nil {
		t.Fatal(err)
	}
	lower := before
	lower.Cur = pages*uint64(os.Getpagesize()) + more
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &lower); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_AS, &before); err != nil {
			t.Error(err)
		}
	})
}

func TestEngine_isBusyWhereTheSystemMapsNoMore(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	m.put("other", abitest.Reply("other"))
	e := openEngine(t, testOptions(m))
	spec, other := testSpec("hello"), testSpec("other")
	spec.Memory, other.Memory = 1<<30, 1<<30
	f := load(t, e, spec)
	second := e.Add(other)
	t.Cleanup(second.Retire)
	held, err := f.NewCall()
	if err != nil {
		t.Fatal(err)
	}
	held.Policy = oneTry
	if _, err := held.Invoke(t.Context()); err != nil { // takes the instance that there is
		t.Fatal(err)
	}
	t.Run("refused", func(t *testing.T) {
		allowAddresses(t, 512<<20)
		for name, f := range map[string]*Function{"an instance": f, "a function": second} {
			if _, err := invoke(t.Context(), f, "{}"); fault.CodeOf(err) != fault.Busy || !strings.Contains(fault.Of(err).Hint, "vm.max_map_count") {
				t.Errorf("%s: err = %v with hint %q, want %q with one that names vm.max_map_count", name, err, fault.Of(err).Hint, fault.Busy)
			}
		}
		if _, err := e.Load(t.Context(), other); fault.CodeOf(err) != fault.Busy {
			t.Errorf("a deploy: err = %v, want %q", err, fault.Busy)
		}
	})
	held.Release()
	mustInvoke(t, f, "{}")
	if got := mustInvoke(t, second, "{}"); got != "other" {
		t.Errorf("got %q, want other", got)
	}
}
