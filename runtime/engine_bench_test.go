package runtime

import (
	"os"
	goruntime "runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/runtime/internal/wasm"
)

// The figures that the engine is judged by are benchmarks here, with the test
// that holds them below each. All compare two things in one run.

// judged are the modules that figures are about: a small function and one that
// Go built with the SDK.
func judged() []guest {
	return []guest{
		{name: "small", build: func(testing.TB) []byte { return abitest.Echo() }},
		{name: "C", build: ofC("c-hello.c", reactor)},
		{name: "Rust", build: ofRust("wasm32-wasi")},
		{name: "Go", build: ofGo("c-shared", "github.com/postern-dev/postern/examples/hello")},
	}
}

// openJudged loads a function of the guest, primed as a deploy does it.
func openJudged(t testing.TB, g guest, isolation Isolation) (*Engine, *loaded) {
	t.Helper()
	m := &modules{}
	m.put(g.name, g.build(t))
	e := openEngine(t, testOptions(m))
	s := testSpec(g.name)
	s.Isolation, s.Concurrency = isolation, 2000
	s.Prime = []Sample{{Event: []byte(eventOf("prime")), Context: []byte("{}")}}
	f := load(t, e, s)
	l, err := f.ready(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.release(0, e.shelf.now()) })
	return e, l
}

func openInstance(t testing.TB, g guest, isolation Isolation) *wasm.Instance {
	t.Helper()
	_, l := openJudged(t, g, isolation)
	return makeInstance(t, l)
}

func makeInstance(t testing.TB, l *loaded) *wasm.Instance {
	t.Helper()
	inst, err := l.module.Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := inst.Close(); err != nil {
			t.Error(err)
		}
	})
	return inst
}

func callAndReset(t testing.TB, inst *wasm.Instance, run *wasm.Run) {
	if _, err := inst.Call(run); err != nil {
		t.Fatal(err)
	}
	if err := inst.Reset(); err != nil {
		t.Fatal(err)
	}
}

// The difference of the two isolations is what clean memory costs.
func BenchmarkInstance(b *testing.B) {
	for _, g := range judged() {
		for _, isolation := range []Isolation{Warm, Clean} {
			b.Run("guest="+g.name+"/isolation="+string(isolation), func(b *testing.B) {
				inst := openInstance(b, g, isolation)
				run := &wasm.Run{Event: []byte(eventOf("say a word")), Context: []byte("{}")}
				b.ReportAllocs()
				for b.Loop() {
					callAndReset(b, inst, run)
				}
			})
		}
	}
}

func TestFigures_cleanMemoryCostsMicroseconds(t *testing.T) {
	skipFigures(t)
	for _, g := range judged() {
		t.Run(g.name, func(t *testing.T) {
			most := 1500 * time.Nanosecond
			if g.name == "Go" {
				most = 12 * time.Microsecond
			}
			warm, clean := openInstance(t, g, Warm), openInstance(t, g, Clean)
			run := &wasm.Run{Event: []byte(eventOf("say a word")), Context: []byte("{}")}
			batch := func(inst *wasm.Instance) time.Duration {
				const calls = 500
				begun := time.Now()
				for range calls {
					callAndReset(t, inst, run)
				}
				return time.Since(begun) / calls
			}
			batch(warm)
			batch(clean)
			var warms, cleans []time.Duration
			for range 60 { // by turns, so that both meet the same noise
				warms, cleans = append(warms, batch(warm)), append(cleans, batch(clean))
			}
			slices.Sort(warms)
			slices.Sort(cleans)
			w, c := warms[len(warms)/4], cleans[len(cleans)/4]
			t.Logf("a warm call takes %v, a clean one %v: %v more", w, c, c-w)
			if c-w > most*lenient() {
				t.Errorf("clean memory costs %v, want %v at most", c-w, most)
			}
		})
	}
}

func BenchmarkClone(b *testing.B) {
	for _, g := range judged() {
		b.Run("guest="+g.name, func(b *testing.B) {
			_, l := openJudged(b, g, Clean)
			b.ReportAllocs()
			for b.Loop() {
				cloneAndClose(b, l)
			}
		})
	}
}

func cloneAndClose(t testing.TB, l *loaded) {
	inst, err := l.module.Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := inst.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFigures_clonesAreCheap(t *testing.T) {
	skipFigures(t)
	for _, g := range judged() {
		t.Run(g.name, func(t *testing.T) {
			most := 40 * time.Microsecond
			if g.name == "Go" {
				most = 400 * time.Microsecond
			}
			_, l := openJudged(t, g, Clean)
			took := median(500, func() time.Duration {
				begun := time.Now()
				cloneAndClose(t, l)
				return time.Since(begun)
			})
			t.Logf("a clone is made and closed in %v", took)
			if took > most*lenient() {
				t.Errorf("a clone takes %v, want %v at most", took, most)
			}
		})
	}
}

// BenchmarkIdle reports what an instance holds before its first call; after it,
// when the pages that the call wrote stay so that the next one takes no fault on
// them; and when it has rested, which it does after a while.
func BenchmarkIdle(b *testing.B) {
	for _, g := range judged() {
		b.Run("guest="+g.name, func(b *testing.B) {
			_, l := openJudged(b, g, Clean)
			for b.Loop() {
				clone, used, rested := idleBytes(b, l)
				b.ReportMetric(float64(clone), "B/clone")
				b.ReportMetric(float64(used), "B/used")
				b.ReportMetric(float64(rested), "B/rested")
			}
		})
	}
}

func TestFigures_idleInstancesAreSmall(t *testing.T) {
	skipFigures(t)
	for _, g := range judged() {
		t.Run(g.name, func(t *testing.T) {
			most := int64(12 << 10)
			if g.name == "Go" {
				most = 130 << 10
			}
			_, l := openJudged(t, g, Clean)
			clone, used, rested := idleBytes(t, l)
			t.Logf("an idle instance holds %d bytes before its first call, %d after one and %d when it rests", clone, used, rested)
			slack := int64(8 << 10) // two pages are how the heap happens to lie
			if max(clone, rested) > most+slack {
				t.Errorf("an idle instance holds %d and %d bytes, want %d at most", clone, rested, most)
			}
			if pages := int64(24 * 4096); used > most+slack+pages {
				t.Errorf("an idle instance holds %d bytes after a call, want %d at most", used, most+slack+pages)
			}
		})
	}
}

// idleBytes is what each of many instances adds to the process, what it does
// after a call and a reset, and after a rest.
func idleBytes(t testing.TB, l *loaded) (clone, used, rested int64) {
	t.Helper()
	const count = 500
	run := &wasm.Run{Event: []byte(eventOf("say a word")), Context: []byte("{}")}
	before := resident(t)
	instances := make([]*wasm.Instance, count)
	for i := range instances {
		inst, err := l.module.Instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		instances[i] = inst
	}
	clone = (resident(t) - before) / count
	for _, inst := range instances {
		callAndReset(t, inst, run)
	}
	used = (resident(t) - before) / count
	for _, inst := range instances {
		if err := inst.Rest(); err != nil {
			t.Fatal(err)
		}
	}
	rested = (resident(t) - before) / count
	for _, inst := range instances {
		if err := inst.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return clone, used, rested
}

// resident is the memory that belongs to this process: pages shared with others,
// and pages of images that several mappings share, count by their share.
func resident(t testing.TB) int64 {
	t.Helper()
	if goruntime.GOOS != "linux" {
		t.Skip("needs Linux to tell resident memory")
	}
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("the system does not tell resident memory")
	return 0
}

// skipFigures skips what judges speed or size where neither is that of a server.
func skipFigures(t testing.TB) {
	t.Helper()
	if raceEnabled || testing.Short() {
		t.Skip("judges speed and size")
	}
}

// BenchmarkLoad is what the first call of a function waits for when the code is
// in the cache on disk, which is how a server starts.
func BenchmarkLoad(b *testing.B) {
	for _, g := range judged() {
		b.Run("guest="+g.name, func(b *testing.B) {
			m := &modules{}
			m.put(g.name, g.build(b))
			opt := testOptions(m)
			opt.CacheDir = b.TempDir()
			e := openEngine(b, opt)
			s := testSpec(g.name)
			s.Prime = []Sample{{Event: []byte(eventOf("prime")), Context: []byte("{}")}}
			for b.Loop() {
				f, err := e.Load(b.Context(), s)
				if err != nil {
					b.Fatal(err)
				}
				f.Retire()
			}
		})
	}
}
