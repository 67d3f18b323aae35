package runtime

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/door"
)

// distinct stores modules that share no code and adds a function of each.
func distinct(t testing.TB, e *Engine, m *modules, count int) []*Function {
	t.Helper()
	all := make([]*Function, count)
	for i := range all {
		name := fmt.Sprintf("m%d", i)
		m.put(name, abitest.Reply(name))
		all[i] = e.Add(testSpec(name))
		t.Cleanup(all[i].Retire)
	}
	return all
}

func TestEngine_unloadsWhatWasNotUsedForLongest(t *testing.T) {
	m := &modules{}
	opt := testOptions(m)
	m.put("m0", abitest.Reply("m0"))
	size := codeSize(t, m, "m0")
	opt.Code = uint64(3*size) + uint64(size)/2
	e := openEngine(t, opt)
	fs := distinct(t, e, m, 5)
	for _, i := range []int{0, 1, 2, 0, 3, 4} {
		if got, want := mustInvoke(t, fs[i], "{}"), fmt.Sprintf("m%d", i); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	for i, want := range []bool{true, false, false, true, true} {
		if got := fs[i].loaded.Load() != nil; got != want {
			t.Errorf("function %d: loaded = %v, want %v", i, got, want)
		}
	}
	if n, bytes := e.shelf.stats(); n != 3 || bytes > int64(opt.Code) {
		t.Errorf("%d functions are loaded with %d bytes, want 3 with %d at most", n, bytes, opt.Code)
	}
	reads := m.readCount()
	if got := mustInvoke(t, fs[1], "{}"); got != "m1" {
		t.Errorf("loaded again, got %q", got)
	}
	if got := m.readCount() - reads; got != 1 {
		t.Errorf("loaded %d times, want once", got)
	}
	if d := fs[2].Diagnose(); !d.Loaded || d.Bytes == 0 {
		t.Errorf("the diagnosis of an unloaded function is %+v", d)
	}
}

// codeSize is what a function of the module takes on the shelf.
func codeSize(t testing.TB, m *modules, module string) int64 {
	t.Helper()
	e := openEngine(t, testOptions(m))
	mustInvoke(t, add(t, e, module, 1)[0], "{}")
	_, bytes := e.shelf.stats()
	return bytes
}

func TestEngine_neverUnloadsWhatIsInUse(t *testing.T) {
	m := &modules{}
	m.put("m0", abitest.Reply("m0"))
	opt := testOptions(m)
	opt.Code = uint64(codeSize(t, m, "m0") * 3 / 2)
	e := openEngine(t, opt)
	fs := distinct(t, e, m, 2)
	c, err := fs[0].NewCall()
	if err != nil {
		t.Fatal(err)
	}
	c.Policy = oneTry
	reply, err := c.Invoke(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := invoke(t.Context(), fs[1], "{}"); fault.CodeOf(err) != fault.Busy {
		t.Errorf("err = %v, want %q: all code is in use", err, fault.Busy)
	}
	if string(reply) != "m0" {
		t.Errorf("the reply became %q", reply)
	}
	c.Release()
	if got := mustInvoke(t, fs[1], "{}"); got != "m1" {
		t.Errorf("got %q, want m1", got)
	}
}

func TestEngine_refusesCodeThatNeverFits(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	opt := testOptions(m)
	opt.Code = 100
	_, err := openEngine(t, opt).Load(t.Context(), testSpec("hello"))
	if fault.CodeOf(err) != fault.ModuleTooLarge {
		t.Fatalf("err = %v, want %q", err, fault.ModuleTooLarge)
	}
}

func TestEngine_countsSharedCodeOnce(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	fs := add(t, e, "hello", 10)
	mustInvoke(t, fs[0], "{}")
	_, one := e.shelf.stats()
	for _, f := range fs[1:] {
		mustInvoke(t, f, "{}")
	}
	l := fs[0].loaded.Load()
	if n, all := e.shelf.stats(); n != 10 || all != one+9*l.own {
		t.Fatalf("%d functions take %d bytes, want 10 with %d", n, all, one+9*l.own)
	}
}

func TestEngine_unloadsWhatIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &modules{}
		m.put("hello", abitest.Hello())
		opt := testOptions(m)
		opt.Idle, opt.CodeIdle = time.Minute, time.Hour
		e, err := Open(opt)
		if err != nil {
			t.Fatal(err)
		}
		f := e.Add(testSpec("hello"))
		for _, nap := range []time.Duration{0, 59 * time.Minute, 61 * time.Minute} {
			time.Sleep(nap)
			mustInvoke(t, f, "{}")
		}
		if got := m.readCount(); got != 2 {
			t.Errorf("loaded %d times, want twice", got)
		}
		time.Sleep(2 * time.Minute)
		if got := f.instances(); got != 0 || f.loaded.Load() == nil {
			t.Errorf("after two minutes %d instances, loaded = %v", got, f.loaded.Load() != nil)
		}
		f.Retire()
		if n, bytes := e.shelf.stats(); n != 0 || bytes != 0 {
			t.Errorf("the shelf holds %d functions, %d bytes after they were retired", n, bytes)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestEngine_givesRoomBackWhenLoadingFails(t *testing.T) {
	m := &modules{}
	m.put("broken", abitest.Invalid())
	e := openEngine(t, testOptions(m))
	f := add(t, e, "broken", 1)[0]
	for range 3 {
		if _, err := invoke(t.Context(), f, "{}"); fault.CodeOf(err) != fault.BadModule {
			t.Fatalf("err = %v, want %q", err, fault.BadModule)
		}
	}
	if n, bytes := e.shelf.stats(); n != 0 || bytes != 0 {
		t.Fatalf("the shelf holds %d functions, %d bytes", n, bytes)
	}
}

func TestFunction_isLoadedOnceByManyCalls(t *testing.T) {
	m := &modules{}
	m.put("hello", abitest.Hello())
	e := openEngine(t, testOptions(m))
	for round := range 20 {
		f := add(t, e, "hello", 1)[0]
		before := m.readCount()
		var done sync.WaitGroup
		for range 16 {
			done.Go(func() {
				if got, err := invoke(t.Context(), f, "{}"); err != nil || !strings.Contains(got, "hello world") {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		done.Wait()
		if got := m.readCount() - before; got != 1 {
			t.Fatalf("round %d: loaded %d times, want once", round, got)
		}
	}
}

// A newer version whose module is the same finds it compiled, without a cache on
// disk.
func TestEngine_compilesAModuleOnce(t *testing.T) {
	m := &modules{}
	m.put("hello", buildGo(t, "c-shared", "github.com/postern-dev/postern/examples/hello"))
	e := openEngine(t, testOptions(m))
	begun := time.Now()
	load(t, e, testSpec("hello"))
	first := time.Since(begun)
	newer := testSpec("hello")
	newer.Version, newer.Environment = "2", []string{"A=1"}
	begun = time.Now()
	load(t, e, newer)
	second := time.Since(begun)
	t.Logf("loaded in %v, and in %v again", first, second)
	if second > first/2 {
		t.Errorf("loading a module again takes %v, at first it took %v", second, first)
	}
}

func TestEngine_loadsNoMoreFunctionsThanThereAreDescriptors(t *testing.T) {
	m := &modules{}
	e := openEngine(t, testOptions(m))
	e.shelf.most = 3
	fs := distinct(t, e, m, 6)
	for range 2 {
		for i, f := range fs {
			if got, want := mustInvoke(t, f, "{}"), fmt.Sprintf("m%d", i); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
			if n, _ := e.shelf.stats(); n > 3 {
				t.Fatalf("%d functions are loaded, want 3 at most", n)
			}
		}
	}
}

// The slow twin of the shelf's order looks at all that is loaded.
func TestShelf_findsTheOldestAsALookAtAllDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{start: time.Now(), copies: map[string]int{}}
		random := rand.New(rand.NewPCG(1, 2))
		var all []*loaded
		twin := func(before time.Duration) (found *loaded) {
			for _, l := range all {
				if used := l.used.Load(); l.users.Inside() == 0 && used <= int64(before) && (found == nil || used < found.used.Load()) {
					found = l
				}
			}
			return found
		}
		for range 20_000 {
			time.Sleep(time.Duration(1+random.IntN(10)) * time.Millisecond)
			switch n := random.IntN(10); {
			case n == 0 && len(all) < 200:
				l := &loaded{fn: &Function{}, users: door.New(func() {})}
				l.used.Store(int64(s.now()))
				s.add(l, 0)
				all = append(all, l)
			case len(all) == 0:
			case n < 5:
				if l := all[random.IntN(len(all))]; l.users.Inside() < 2 {
					l.hold(0)
				}
			case n < 9:
				if l := all[random.IntN(len(all))]; l.users.Inside() > 0 {
					l.release(0, s.now())
				}
			default:
				before := s.now() - time.Duration(random.IntN(500))*time.Millisecond
				want := twin(before)
				if got := s.oldest(before); got != want {
					t.Fatalf("got %p, want %p of %d", got, want, len(all))
				}
				if want != nil && random.IntN(2) == 0 {
					want.seize()
					s.remove(want)
					all = slices.DeleteFunc(all, func(l *loaded) bool { return l == want })
				}
			}
		}
	})
}
