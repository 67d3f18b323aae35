package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
)

// Ten thousand deployed functions, a thousand of them with an instance, every
// twentieth of these built by Go: they stay in 1.5 GiB. Modules are as many as code
// allows: a server whose functions all differ evicts code, see shelf_test.go.
func TestFigures_aServerHoldsTenThousandFunctions(t *testing.T) {
	skipFigures(t)
	const most, deployed, used, handMade = 3 << 29, 10_000, 1_000, 300
	goBuilt := []guest{
		{name: "hello", build: ofGo("c-shared", "github.com/postern-dev/postern/examples/hello")},
		{name: "json", build: ofGo("c-shared", "./testdata/corpus/go-json")},
		{name: "goroutines", build: ofGo("c-shared", "./testdata/corpus/go-goroutines")},
	}
	m := &modules{}
	var names []string
	for i := range handMade {
		name := fmt.Sprintf("hand-made-%d", i)
		m.put(name, abitest.Reply(name))
		names = append(names, name)
	}
	for _, g := range goBuilt {
		m.put(g.name, g.build(t))
	}
	opt := testOptions(m)
	opt.CacheDir = cacheFolder(t, "native")
	opt.Instances, opt.Idle = used, time.Hour
	before := resident(t)
	e := openEngine(t, opt)
	all := make([]*Function, deployed)
	for i := range all {
		s := testSpec(names[i%len(names)])
		if i%20 == 0 {
			s.Module = goBuilt[i/20%len(goBuilt)].name
		}
		s.Function = fmt.Sprintf("function-%d", i)
		s.Prime = []Sample{{Event: []byte(eventOf("prime")), Context: []byte("{}")}}
		all[i] = e.Add(s)
		t.Cleanup(all[i].Retire)
	}
	added := resident(t) - before
	begun := time.Now()
	for _, f := range all[:used] {
		mustInvoke(t, f, eventOf("say a word"))
	}
	took := time.Since(begun)
	loaded, code := e.shelf.stats()
	instances, memory := e.budget.Stats()
	total := resident(t)
	t.Logf("%d functions take %d MiB; %d called in %v are %d loaded ones (%d MiB reckoned) with %d instances (%d MiB reckoned); the process has %d MiB",
		deployed, added>>20, used, took, loaded, code>>20, instances, memory>>20, total>>20)
	if instances != used {
		t.Errorf("%d instances, want %d", instances, used)
	}
	if total > most {
		t.Errorf("the process has %d bytes, want %d at most", total, most)
	}
}

// What a call costs when the one before it was another function's: all that
// belongs to a function is cold then. Calls are made as a server makes them.
func BenchmarkCall_amongFunctions(b *testing.B) {
	for _, functions := range []int{1, 100, 1000, 10_000} {
		b.Run(fmt.Sprintf("functions=%d", functions), func(b *testing.B) {
			m := &modules{}
			m.put("hello", abitest.Hello())
			opt := testOptions(m)
			opt.Instances = functions + 1
			e := openEngine(b, opt)
			all := add(b, e, "hello", functions)
			rand.Shuffle(functions, func(i, j int) { all[i], all[j] = all[j], all[i] })
			for range 3 { // an instance learns from its first calls
				for _, f := range all {
					mustServe(b, f)
				}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				mustServe(b, all[i%functions])
			}
			idle, _ := e.budget.Stats()
			b.ReportMetric(float64(idle), "instances")
		})
	}
}

// mustServe makes a call that must do well on the goroutine that asks for it, and
// returns its number.
func mustServe(t testing.TB, f *Function) (near uint32) {
	c, err := f.NewCall()
	if err != nil {
		t.Fatal(err)
	}
	near = c.near
	serve(t, c)
	return near
}

// serve makes a call and releases it. Benchmarks time it, so it is no Helper.
func serve(t testing.TB, c *Call) {
	defer c.Release()
	c.Event, c.RequestID, c.Policy = append(c.Event, `{"body":"say a word"}`...), "r1", oneTry
	c.Rescue = func([]byte, error) { t.Error("the call was rescued") }
	if _, err := c.Invoke(context.Background()); err != nil {
		t.Fatal(err)
	}
}
