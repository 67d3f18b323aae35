package wasm

import (
	"errors"
	goruntime "runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

func TestInstance_answersEvents(t *testing.T) {
	if got := body(call(t, newInstance(t, clean(abitest.Hello())), Run{})); got != "hello world" {
		t.Errorf("hello answers %q", got)
	}
	echo := newInstance(t, clean(abitest.Echo()))
	for _, size := range []int{1, 100, 64 << 10, 1 << 20} {
		event := strings.Repeat("x", size)
		reply, err := echo.Call(&Run{Event: []byte(event)})
		if err != nil {
			t.Fatal(err)
		}
		if string(reply) != event {
			t.Errorf("an event of %d bytes came back different", size)
		}
		if echo.Reset() != nil { // it grew
			echo = instantiate(t, echo.module)
		}
	}
	if got := call(t, newInstance(t, clean(abitest.EchoContext())), Run{Event: []byte("e"), Context: []byte("{}")}); got != "{}" {
		t.Errorf("the context came back as %q", got)
	}
}

func TestInstance_hasCleanMemoryForEveryCall(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"memory": abitest.Counter(), "globals": abitest.GlobalCounter(), "restored": abitest.Restored(),
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, clean(wasm))
			for range 20 {
				if got := body(call(t, i, Run{})); got != "1" {
					t.Fatalf("got %q, want 1", got)
				}
			}
		})
	}
	t.Run("scribbled", func(t *testing.T) {
		i := newInstance(t, clean(abitest.Scribble()))
		for range 20 {
			if got := body(call(t, i, Run{})); got != "hello world" {
				t.Fatalf("got %q", got)
			}
		}
	})
}

func TestInstance_keepsStateWhenWarm(t *testing.T) {
	for name, wasm := range map[string][]byte{"memory": abitest.Counter(), "globals": abitest.GlobalCounter()} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, warm(wasm))
			for n := range 20 {
				if got, want := body(call(t, i, Run{})), strconv.Itoa(n+1); got != want {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
		})
	}
}

func TestInstance_isInitialisedOnce(t *testing.T) {
	m := loadModule(t, clean(abitest.Initialized()))
	for range 3 {
		i := instantiate(t, m)
		for range 3 {
			if got := body(call(t, i, Run{})); got != "ready" {
				t.Fatalf("got %q", got)
			}
		}
	}
}

func TestInstance_isAsShortAsItsImageAfterItGrew(t *testing.T) {
	for _, pages := range []int32{1, 3, 100} {
		i := newInstance(t, clean(abitest.GrowBy(pages)))
		for range 5 {
			if _, err := i.Call(&Run{}); err != nil {
				t.Fatal(err)
			}
			if got, want := i.Bytes(), uint64(2+pages)*wasmPage; got != want {
				t.Fatalf("it has %d bytes after it grew, want %d", got, want)
			}
			if err := i.Reset(); err != nil {
				t.Fatal(err)
			}
			if got, seen := i.Bytes(), i.guest.Memory().Size(); got != 2*wasmPage || seen != 2*wasmPage {
				t.Fatalf("it has %d bytes after the reset, %d for the engine", got, seen)
			}
			if got := body(call(t, i, Run{})); got != "2" {
				t.Fatalf("the function finds %s pages", got)
			}
		}
	}
}

func TestInstance_asksForMemoryAgainInEveryCall(t *testing.T) {
	i := newInstance(t, clean(abitest.GrowBy(1)))
	asked := 0
	run := Run{Grow: func(bytes uint64) bool { asked++; return bytes == wasmPage && asked < 3 }}
	call(t, i, run)
	call(t, i, run)
	_, err := i.Call(&run)
	wantFault(t, err, fault.MemoryLimit)
	if asked != 3 {
		t.Errorf("it was asked %d times for memory", asked)
	}
}

func TestInstance_thatGrewToTheMaximumOfItsModuleIsNotReset(t *testing.T) {
	i := newInstance(t, clean(abitest.GrowToMaximum(1)))
	if _, err := i.Call(&Run{}); err != nil {
		t.Fatal(err)
	}
	if err := i.Reset(); !errors.Is(err, errGrown) {
		t.Fatalf("err = %v, want %v", err, errGrown)
	}
}

func TestInstance_faults(t *testing.T) {
	tests := map[string]struct {
		wasm []byte
		code fault.Code
		text string // in the message
	}{
		"a trap":                      {abitest.Trap(), fault.Crashed, "unreachable"},
		"endless recursion":           {abitest.Recurse(), fault.Crashed, "stack overflow"},
		"no reply":                    {abitest.NoReply(), fault.Crashed, "without a reply"},
		"a reply outside of memory":   {abitest.BadPointer(), fault.Crashed, "outside of memory"},
		"a reply that is too large":   {abitest.HugeReply(6<<20 + 1), fault.TooLarge, "6291457"},
		"no room for the event":       {abitest.NoRoom(), fault.TooLarge, "refused room"},
		"all memory taken, then trap": {abitest.Grow(), fault.MemoryLimit, strconv.Itoa(testMemory)},
		"a failure with a message":    {abitest.Fail("no such order"), fault.Failed, "no such order"},
		"an exit":                     {abitest.Exit(3), fault.Crashed, "exited with code 3"},
		"an exit with success":        {abitest.Exit(0), fault.Crashed, "exited with code 0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, clean(test.wasm))
			_, err := i.Call(&Run{Event: []byte("{}")})
			f := wantFault(t, err, test.code)
			if !strings.Contains(f.Message, test.text) {
				t.Errorf("message = %q, want something with %q", f.Message, test.text)
			}
			if err := i.Reset(); err == nil {
				t.Error("a failed instance was reset")
			}
			if _, err := i.Call(&Run{}); err == nil {
				t.Error("a failed instance was called again")
			}
		})
	}
}

func TestInstance_crashNamesTheFunctionsOnTheStack(t *testing.T) {
	_, err := newInstance(t, clean(abitest.Trap())).Call(&Run{})
	f := wantFault(t, err, fault.Crashed)
	if f.Cause == nil || !strings.Contains(f.Cause.Error(), "wasm stack trace") {
		t.Fatalf("cause = %v, want a stack trace", f.Cause)
	}
}

func TestInstance_endsRecursionBeforeItsStackIsHuge(t *testing.T) {
	i := newInstance(t, clean(abitest.Recurse()))
	var before, after goruntime.MemStats
	goruntime.ReadMemStats(&before)
	_, err := i.Call(&Run{})
	wantFault(t, err, fault.Crashed)
	goruntime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4*maxStack {
		t.Errorf("the stack took %d bytes on its way", got)
	}
	handle := i.driver.(*reactor).handle
	if got := handle.stackBytes(); got == 0 || got > keepStack {
		t.Errorf("a stack of %d bytes is kept", got)
	}
}

func TestInstance_mayFillItsMemoryAndEndWell(t *testing.T) {
	reply, err := newInstance(t, clean(abitest.GrowQuiet())).Call(&Run{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := body(string(reply)), strconv.Itoa(testMemory/wasmPage); got != want {
		t.Fatalf("got %s pages, want %s", got, want)
	}
}

func TestInstance_refusesAHugeEvent(t *testing.T) {
	i := newInstance(t, clean(abitest.Echo()))
	_, err := i.Call(&Run{Event: make([]byte, 6<<20+1)})
	wantFault(t, err, fault.TooLarge)
}

// Calls in clean memory between hostile ones must be answered as in a fresh
// instance. An instance that failed or grew is replaced, as a pool does.
func TestInstance_staysCleanAmongHostileCalls(t *testing.T) {
	m := loadModule(t, clean(abitest.TrapAfter(3)))
	i := instantiate(t, m)
	for n := range 30 {
		reply, err := i.Call(&Run{})
		if err != nil {
			t.Fatalf("call %d: %v", n, err) // the third call would trap if it saw the two before it
		}
		if got := body(string(reply)); got != "1" {
			t.Fatalf("call %d: got %q, want 1", n, got)
		}
		if err := i.Reset(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestInstance_answersTheSameAfterARest(t *testing.T) {
	cleanCounter, warmCounter := newInstance(t, clean(abitest.Counter())), newInstance(t, warm(abitest.Counter()))
	for n := range 3 {
		for i, want := range map[*Instance]string{cleanCounter: "1", warmCounter: strconv.Itoa(n + 1)} {
			if got := body(call(t, i, Run{})); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			if err := i.Rest(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestInstance_callsAllocateNothing(t *testing.T) {
	i := newInstance(t, clean(abitest.Hello()))
	run := &Run{Event: []byte(`{"path":"/"}`), Context: []byte(`{}`)}
	allocations := testing.AllocsPerRun(1000, func() {
		if _, err := i.Call(run); err != nil {
			t.Fatal(err)
		}
		if err := i.Reset(); err != nil {
			t.Fatal(err)
		}
	})
	if allocations != 0 {
		t.Fatalf("%v allocations per call and reset, want 0", allocations)
	}
}
