package wasm

import (
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// Modules come and go while their instances are called, killed, reset and
// closed, all at once. Well-behaved functions must answer right throughout.
func TestRuntime_survivesTheHammer(t *testing.T) {
	r := openRuntime(t)
	guests := []struct {
		wasm []byte
		want string // "": it ends with a fault
	}{
		{abitest.Counter(), "1"}, {abitest.GlobalCounter(), "1"}, {abitest.Scribble(), "hello world"},
		{abitest.Print("line\n"), "hello world"}, {abitest.Spin(), ""}, {abitest.Trap(), ""}, {abitest.Sleep(time.Hour), ""},
	}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(7, uint64(worker)))
			for range rounds {
				guest := guests[random.IntN(len(guests))]
				m, err := r.Load(t.Context(), clean(guest.wasm))
				if err != nil {
					t.Error(err)
					return
				}
				var calls sync.WaitGroup
				for range 3 {
					calls.Go(func() { hammer(t, m, guest.want) })
				}
				if random.IntN(2) == 0 {
					calls.Wait()
				}
				m.Close() // perhaps while it is in use
				calls.Wait()
			}
		})
	}
	group.Wait()
}

func hammer(t *testing.T, m *Module, want string) {
	i, err := m.Instantiate(t.Context())
	if err != nil {
		return // the module was closed already
	}
	defer i.Close()
	for range 50 {
		run := Run{Deadline: time.Now().Add(5 * time.Second), Print: func(Level, []byte) {}}
		if want == "" {
			timer := time.AfterFunc(time.Millisecond, func() { i.Kill(nil) })
			_, err := i.Call(&run)
			timer.Stop()
			if code := fault.CodeOf(err); code != fault.Killed && code != fault.Crashed {
				t.Errorf("err = %v", err)
			}
			return
		}
		reply, err := i.Call(&run)
		if err != nil {
			t.Error(err)
			return
		}
		if got := body(string(reply)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := i.Reset(); err != nil {
			t.Error(err)
			return
		}
	}
}

// held counts what this process holds of the system.
func held(t *testing.T) (files, mappings int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not tell what a process holds")
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip("this system does not tell what a process holds")
	}
	return len(entries), strings.Count(string(maps), "\n")
}

func TestRuntime_leaksNeitherFilesNorMappings(t *testing.T) {
	r := openRuntime(t)
	round := func() {
		m, err := r.Load(t.Context(), clean(abitest.TrapAfter(2)))
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for range 20 {
			i, err := m.Instantiate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := i.Call(&Run{}); err != nil {
				t.Error(err)
			}
			_, _ = i.Call(&Run{}) // without a reset in between it traps
			if err := i.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	round()
	files, mappings := held(t)
	for range 20 {
		round()
	}
	filesAfter, mappingsAfter := held(t)
	if filesAfter > files+2 {
		t.Errorf("%d open files, there were %d", filesAfter, files)
	}
	// The engine frees code with the garbage collector; memories are 400.
	if mappingsAfter > mappings+100 {
		t.Errorf("%d mappings, there were %d", mappingsAfter, mappings)
	}
}
