package abitest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// host is the least that runs a function: no limits, no services.
type host struct {
	wazero.Runtime
	said []string // by log and fail
	call func(op, in string) string
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{Runtime: wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(1024))}
	t.Cleanup(func() { h.Close(context.WithoutCancel(t.Context())) })
	wasi_snapshot_preview1.MustInstantiate(t.Context(), h.Runtime)
	_, err := h.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithFunc(func(ctx context.Context, m api.Module, level, ptr, size uint32) {
		h.said = append(h.said, string('0'+rune(level))+" "+text(m, ptr, size))
	}).Export(abi.ImportLog).
		NewFunctionBuilder().WithFunc(func(ctx context.Context, m api.Module, ptr, size uint32) {
		h.said = append(h.said, "failed "+text(m, ptr, size))
	}).Export(abi.ImportFail).
		NewFunctionBuilder().WithFunc(func(ctx context.Context, m api.Module, op, opLen, in, inLen uint32) uint64 {
		return put(ctx, m, h.call(text(m, op, opLen), text(m, in, inLen)))
	}).Export(abi.ImportCall).
		Instantiate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func text(m api.Module, ptr, size uint32) string {
	b, _ := m.Memory().Read(ptr, size)
	return string(b)
}

func put(ctx context.Context, m api.Module, s string) uint64 {
	out, err := m.ExportedFunction(abi.ExportAlloc).Call(ctx, uint64(len(s)))
	if err != nil || out[0] == 0 {
		return 0
	}
	m.Memory().WriteString(uint32(out[0]), s)
	return abi.Pack(uint32(out[0]), uint32(len(s)))
}

// instance returns a running copy of a function.
func (h *host) instance(t *testing.T, wasm []byte, config wazero.ModuleConfig) api.Module {
	t.Helper()
	m, err := h.InstantiateWithConfig(t.Context(), wasm, config.WithName("").WithStartFunctions(abi.ExportInitialize))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func handle(t *testing.T, m api.Module, event, runContext string) (string, error) {
	t.Helper()
	e, c := put(t.Context(), m, event), put(t.Context(), m, runContext)
	ePtr, eLen := abi.Unpack(e)
	cPtr, cLen := abi.Unpack(c)
	out, err := m.ExportedFunction(abi.ExportHandle).Call(t.Context(), uint64(ePtr), uint64(eLen), uint64(cPtr), uint64(cLen))
	if err != nil {
		return "", err
	}
	ptr, size := abi.Unpack(out[0])
	return text(m, ptr, size), nil
}

// body is the body of an integrated reply.
func body(t *testing.T, reply string) string {
	t.Helper()
	inner, ok := strings.CutPrefix(reply, replyHead)
	inner, ok2 := strings.CutSuffix(inner, replyTail)
	if !ok || !ok2 {
		t.Fatalf("reply = %q, want an integrated one", reply)
	}
	return inner
}

func TestFunctions_answer(t *testing.T) {
	long := strings.Repeat("long ", 50_000)
	for _, c := range []struct {
		name  string
		wasm  []byte
		event string
		want  []string // of one call after the other
	}{
		{"hello", Hello(), "{}", []string{helloReply, helloReply}},
		{"reply", Reply(long), "{}", []string{long, long}},
		{"empty reply", Reply(""), "{}", []string{""}},
		{"echo", Echo(), long, []string{long, long}},
		{"context", EchoContext(), "{}", []string{`{"attempt":2}`}},
		{"counter", Counter(), "{}", []string{replyHead + "1" + replyTail, replyHead + "2" + replyTail}},
		{"global counter", GlobalCounter(), "{}", []string{replyHead + "1" + replyTail, replyHead + "2" + replyTail}},
		{"initialized", Initialized(), "{}", []string{replyHead + "ready" + replyTail}},
		{"grow", GrowQuiet(), "{}", []string{replyHead + "1024" + replyTail}},
		{"grow by", GrowBy(3), "{}", []string{replyHead + "2" + replyTail, replyHead + "5" + replyTail}},
		{"scribble", Scribble(), "{}", []string{helloReply, replyHead + "dirty" + replyTail, replyHead + "dirty" + replyTail}},
		{"huge reply", HugeReply(1 << 20), "{}", []string{strings.Repeat(" ", 1<<20)}},
		{"no reply", NoReply(), "{}", []string{""}},
		{"bad pointer", BadPointer(), "{}", []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newHost(t).instance(t, c.wasm, wazero.NewModuleConfig())
			for i, want := range c.want {
				got, err := handle(t, m, c.event, `{"attempt":2}`)
				if err != nil || got != want {
					t.Fatalf("call %d: reply = %.80q, %v, want %.80q", i+1, got, err, want)
				}
			}
		})
	}
}

func TestFunctions_trap(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"trap": Trap(), "grow": Grow(), "recurse": Recurse(), "trap after": TrapAfter(1), "exit": Exit(3),
	} {
		t.Run(name, func(t *testing.T) {
			m := newHost(t).instance(t, wasm, wazero.NewModuleConfig())
			if _, err := handle(t, m, "{}", "{}"); err == nil {
				t.Fatal("err = nil, want a trap")
			}
		})
	}
}

func TestFunctions_refuseRoom(t *testing.T) {
	m := newHost(t).instance(t, NoRoom(), wazero.NewModuleConfig())
	if got := put(t.Context(), m, "{}"); got != 0 {
		t.Fatalf("alloc = %d, want 0", got)
	}
}

func TestSleepByAttempt_readsTheAttempt(t *testing.T) {
	var slept time.Duration
	config := wazero.NewModuleConfig().WithNanosleep(func(ns int64) { slept = time.Duration(ns) })
	m := newHost(t).instance(t, SleepByAttempt(5*time.Hour, 3*time.Minute, time.Millisecond), config)
	for i, want := range []time.Duration{5 * time.Hour, 3 * time.Minute, time.Millisecond, time.Millisecond} {
		n := string('1' + rune(i))
		got, err := handle(t, m, "{}", `{"requestId":"attempt","attempt":`+n+`,"app":"a"}`)
		if err != nil || body(t, got) != "attempt "+n {
			t.Fatalf("reply = %q, %v, want attempt %s", got, err, n)
		}
		if slept != want {
			t.Fatalf("attempt %s slept %v, want %v", n, slept, want)
		}
	}
}

func TestSleep_sleeps(t *testing.T) {
	var slept time.Duration
	config := wazero.NewModuleConfig().WithNanosleep(func(ns int64) { slept = time.Duration(ns) })
	m := newHost(t).instance(t, Sleep(90*time.Second), config)
	if got, err := handle(t, m, "{}", "{}"); err != nil || got != helloReply || slept != 90*time.Second {
		t.Fatalf("reply = %q, %v, slept %v", got, err, slept)
	}
}

func TestFunctions_useTheHost(t *testing.T) {
	h := newHost(t)
	h.call = func(op, in string) string { return op + "(" + in + ")" }
	var printed strings.Builder
	config := wazero.NewModuleConfig().WithStdout(&printed).WithEnv("A", `say "hi"`).WithEnv("B", "2").
		WithRandSource(strings.NewReader("\x00\x01\xfe\xff0123456789ab")).
		WithWalltime(func() (int64, int32) { return 12, 345 }, 1)
	for _, c := range []struct {
		name string
		wasm []byte
		want string
	}{
		{"print", Print("one line\n"), helloReply},
		{"log", Log(2, "careful"), helloReply},
		{"fail", Fail("no such user"), ""},
		{"call", CallOp("records.get", `{"id":1}`), `records.get({"id":1})`},
		{"call with the event", CallEvent("records.put"), `records.put({"e":1})`},
		{"random", Random(), replyHead + "0001feff303132333435363738396162" + replyTail},
		{"clock", Clock(), replyHead + "12000000345" + replyTail},
		{"environ", Environ(), replyHead + `A=say \"hi\"\nB=2\n` + replyTail},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := handle(t, h.instance(t, c.wasm, config), `{"e":1}`, "{}"); err != nil || got != c.want {
				t.Fatalf("reply = %q, %v, want %q", got, err, c.want)
			}
		})
	}
	if got := printed.String(); got != "one line\n" {
		t.Errorf("printed %q", got)
	}
	if got := strings.Join(h.said, "; "); got != "2 careful; failed no such user" {
		t.Errorf("said %q", got)
	}
}

func TestRestored_countsRestores(t *testing.T) {
	m := newHost(t).instance(t, Restored(), wazero.NewModuleConfig())
	for _, want := range []string{"0", "1"} {
		if got, _ := handle(t, m, "{}", "{}"); body(t, got) != want {
			t.Fatalf("body = %q, want %q", body(t, got), want)
		}
		if _, err := m.ExportedFunction(abi.ExportRestored).Call(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCommands_print(t *testing.T) {
	in := strings.Repeat("echo ", 20_000)
	for _, c := range []struct {
		name string
		wasm []byte
		want string
		code uint32
	}{
		{"text", Command("hi\n"), "hi\n", 0},
		{"echo", CommandEcho(), in, 0},
		{"environ", CommandEnviron(), "A=1\nB=2\n", 0},
		{"exit", CommandExit(7, "bye"), "bye", 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			_, err := newHost(t).InstantiateWithConfig(t.Context(), c.wasm, wazero.NewModuleConfig().
				WithStdin(strings.NewReader(in)).WithStdout(&out).WithEnv("A", "1").WithEnv("B", "2"))
			exit, _ := errors.AsType[*sys.ExitError](err)
			if err != nil && (exit == nil || exit.ExitCode() != c.code) || out.String() != c.want {
				t.Fatalf("printed %.40q, %v, want %.40q", out.String(), err, c.want)
			}
		})
	}
}

func TestModules_validate(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"spin": Spin(), "exponential": ExponentialCalls(), "fill": Fill(), "start spin": StartSpin(),
		"start trap": StartTrap(), "command spin": CommandSpin(), "print error": PrintError("x"),
		"without": Without(abi.ExportHandle), "signature": WrongSignature(abi.ExportAlloc),
		"grow storm": GrowStorm(), "memory": WrongSignature(abi.ExportMemory), "import": UnknownImport("env", "abort"), "huge": HugeMemory(1024),
	} {
		if _, err := newHost(t).CompileModule(t.Context(), wasm); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBroken_isRefused(t *testing.T) {
	for name, wasm := range map[string][]byte{
		"not wasm": NotWasm(), "component": Component(), "truncated": Truncated(), "invalid": Invalid(),
	} {
		if _, err := newHost(t).CompileModule(t.Context(), wasm); err == nil {
			t.Errorf("%s compiles", name)
		}
	}
}
