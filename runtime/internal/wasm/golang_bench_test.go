package wasm

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"github.com/postern-dev/postern/abi"
)

// goFunctions are small functions in each of the SDK's styles, and what they
// answer to greetEvent.
var goFunctions = []struct{ name, folder, answer string }{
	{"event", "../../../examples/hello", "hello ann"},
	{"handler", "../../../examples/handler", "hello world"},
	{"mux", "../../../sdk/go/testdata/greet", "hello ann"},
}

// greetEvent is what the gateway makes of a small request, with all that it
// adds to it.
const greetEvent = `{"headerParameters":{},"pathParameters":{"name":"ann"},"requestContext":{"serviceId":"service-abcdefgh",` +
	`"path":"/greet/{name}","httpMethod":"GET","requestId":"0123456789abcdef0123456789abcdef","identity":{},"sourceIp":"127.0.0.1","stage":"release"},` +
	`"headers":{"requestsource":"APIGW","x-qualifier":"$DEFAULT","endpoint-timeout":"180","x-anonymous-consumer":"true","x-api-scheme":"http",` +
	`"x-api-requestid":"0123456789abcdef0123456789abcdef","x-b3-traceid":"0123456789abcdef0123456789abcdef","host":"127.0.0.1:9000",` +
	`"user-agent":"load/1.0"},"queryStringParameters":{},"queryString":{},"path":"/greet/ann","httpMethod":"GET","stageVariables":{"stage":"release"}}`

// greetRun is the run that goes with it.
func greetRun() *Run {
	c := abi.Context{RequestID: "0123456789abcdef0123456789abcdef", TraceID: "0123456789abcdef", Attempt: 1, App: "greeter", Function: "hello",
		Version: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", MemoryLimit: 64 << 20}
	return &Run{Event: []byte(greetEvent), Context: c.AppendJSON(nil)}
}

func goFunction(t testing.TB, folder string, samples []Sample) *Module {
	t.Helper()
	if testing.Short() {
		t.Skip("compiling a Go function takes seconds")
	}
	wasm, err := buildGuest("c-shared", filepath.FromSlash(folder))
	if err != nil {
		t.Fatal(err)
	}
	spec := clean(wasm)
	spec.MaxMemory, spec.Prime = 64<<20, samples
	return loadModule(t, spec)
}

// BenchmarkGo reports what a call of a small Go function costs, beside its
// time: units of fuel, pages that are put back, and pages that the system has
// mapped, which a scan for them may have to look at. Many instances take turns,
// as on a server: then their memory is in no cache.
func BenchmarkGo(b *testing.B) {
	for _, f := range goFunctions {
		b.Run("style="+f.name, func(b *testing.B) {
			m := goFunction(b, f.folder, nil)
			instances := make([]*Instance, 64)
			for n := range instances {
				instances[n] = instantiate(b, m)
			}
			run, n := greetRun(), 0
			b.ReportAllocs()
			for b.Loop() {
				i := instances[n%len(instances)]
				n++
				if _, err := i.Call(run); err != nil {
					b.Fatal(err)
				}
				if err := i.Reset(); err != nil {
					b.Fatal(err)
				}
			}
			i := instances[0]
			b.ReportMetric(float64(run.Fuel), "units/op")
			b.ReportMetric(float64(i.memory.Private()), "pages/op")
			b.ReportMetric(float64(present(b, i.memory.View())), "pages-mapped")
			b.ReportMetric(float64(i.memory.Bytes())/(1<<20), "MB")
		})
	}
}

// present counts the pages of memory that the system has mapped; 0 where it
// does not tell.
func present(t testing.TB, memory []byte) (count int) {
	t.Helper()
	file, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return 0
	}
	defer file.Close()
	const entrySize, entryPresent = 8, 1 << 63
	page := os.Getpagesize()
	entries := make([]byte, len(memory)/page*entrySize)
	first := int64(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))) / int64(page)
	if _, err := file.ReadAt(entries, first*entrySize); err != nil {
		t.Fatal(err)
	}
	for ; len(entries) > 0; entries = entries[entrySize:] {
		if binary.NativeEndian.Uint64(entries)&entryPresent != 0 {
			count++
		}
	}
	return count
}

// What a small function costs is kept low by many things that are easily lost:
// an allocation is a thousand units and up to three pages. Priming uses up what
// the SDK has in stock, but not all of it.
func TestGoFunction_costsLittle(t *testing.T) {
	most := map[string]struct {
		units int64
		pages int
	}{"event": {16_000, 6}, "handler": {35_000, 19}, "mux": {46_000, 17}}
	for _, f := range goFunctions {
		for name, samples := range map[string][]Sample{"unprimed": nil, "primed": {{Event: []byte(greetEvent), Context: []byte("{}")}}} {
			t.Run(f.name+"/"+name, func(t *testing.T) {
				m := goFunction(t, f.folder, samples)
				if m.Reason() != "" {
					t.Fatal(m.Reason())
				}
				i := instantiate(t, m)
				run := greetRun()
				for range 3 {
					reply, err := i.Call(run)
					if err != nil {
						t.Fatal(err)
					}
					if got := body(string(reply)); got != f.answer {
						t.Fatalf("got %q", got)
					}
					if err := i.Reset(); err != nil {
						t.Fatal(err)
					}
				}
				t.Logf("%d units, %d pages", run.Fuel, i.memory.Private())
				if run.Fuel > most[f.name].units || i.memory.Private() > most[f.name].pages {
					t.Errorf("the call took %d units and wrote to %d pages, want %+v at most", run.Fuel, i.memory.Private(), most[f.name])
				}
			})
		}
	}
}
