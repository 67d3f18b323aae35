package runtime

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
)

// modules is where the engines of tests read modules from, by name instead of
// by digest.
type modules struct {
	mu    sync.Mutex
	bytes map[string][]byte
	reads int
}

func (m *modules) put(name string, wasm []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.bytes == nil {
		m.bytes = map[string][]byte{}
	}
	m.bytes[name] = wasm
}

func (m *modules) read(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	wasm, ok := m.bytes[name]
	if !ok {
		return nil, os.ErrNotExist
	}
	m.reads++
	return wasm, nil
}

func (m *modules) readCount() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.reads
}

// testOptions are those of an engine with room for everything.
func testOptions(m *modules) Options {
	return Options{
		Modules:      m.read,
		Journal:      journal.New(journal.Default()),
		Meter:        meter.New(),
		IDs:          &IDs{},
		Log:          zerolog.Nop(),
		Compilers:    2,
		MaxModule:    64 << 20,
		MaxFunctions: 200_000,
		MaxMemory:    1 << 30,
		Memory:       4 << 30,
		Instances:    4096,
		Idle:         time.Minute,
		Code:         1 << 30,
		CodeIdle:     time.Hour,
	}
}

// openEngine returns an engine that the test's end closes.
func openEngine(t testing.TB, opt Options) *Engine {
	t.Helper()
	e, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// testSpec is that of a function whose module has the given name.
func testSpec(module string) Spec {
	return Spec{
		App: "test", Function: module, Version: "1", Module: module,
		Memory: 64 << 20, RunLimit: time.Minute, Concurrency: 8, Backlog: 1024, Isolation: Clean,
	}
}

// long reports whether tests take the time for all that they could try: minutes
// instead of seconds.
func long() bool { return os.Getenv("POSTERN_LONG") != "" }

// oneTry is a policy under which every error is the function's own.
var oneTry = Policy{Attempts: 1, Patience: time.Minute}

// invoke makes one call and copies its reply.
func invoke(ctx context.Context, f *Function, event string) (string, error) {
	c, err := f.NewCall()
	if err != nil {
		return "", err
	}
	defer c.Release()
	c.Event = append(c.Event, event...)
	c.RequestID = f.engine.opt.IDs.Next()
	c.Policy = oneTry
	reply, err := c.Invoke(ctx)
	return string(reply), err
}

// mustInvoke makes one call that must do well.
func mustInvoke(t testing.TB, f *Function, event string) string {
	t.Helper()
	reply, err := invoke(t.Context(), f, event)
	if err != nil {
		t.Fatalf("function %s: %v (%v)", f.Spec.Function, err, fault.Of(err).Cause)
	}
	return reply
}

// load deploys a function and retires it at the test's end.
func load(t testing.TB, e *Engine, spec Spec) *Function {
	t.Helper()
	f, err := e.Load(t.Context(), spec)
	if err != nil {
		t.Fatalf("function %s: %v (%v)", spec.Function, err, fault.Of(err).Hint)
	}
	t.Cleanup(f.Retire)
	return f
}

// add notes functions that share a module.
func add(t testing.TB, e *Engine, module string, count int) []*Function {
	t.Helper()
	all := make([]*Function, count)
	for i := range all {
		s := testSpec(module)
		s.Function = fmt.Sprintf("%s-%d", module, i)
		all[i] = e.Add(s)
		t.Cleanup(all[i].Retire)
	}
	return all
}
