package wasm

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
	"github.com/postern-dev/postern/abi/fault"
)

// section is one section of a module.
type section struct {
	id   byte
	body []byte
}

func sections(t *testing.T, wasm []byte) []section {
	t.Helper()
	var all []section
	for rest := wasm[8:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || 1+n+int(size) > len(rest) {
			t.Fatal("not a module")
		}
		all = append(all, section{rest[0], rest[1+n:][:size]})
		rest = rest[1+n+int(size):]
	}
	return all
}

func join(all []section) []byte {
	wasm := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range all {
		wasm = append(wasm, s.id)
		wasm = binary.AppendUvarint(wasm, uint64(len(s.body)))
		wasm = append(wasm, s.body...)
	}
	return wasm
}

// startingWith makes the exported function the start function of the module.
func startingWith(t *testing.T, wasm []byte, export string) []byte {
	t.Helper()
	var all []section
	for _, s := range sections(t, wasm) {
		all = append(all, s)
		if s.id != 7 {
			continue
		}
		name := append([]byte{byte(len(export))}, export...)
		at := bytes.Index(s.body, name)
		if at < 0 {
			t.Fatalf("no export %s", export)
		}
		all = append(all, section{sectionStart, s.body[at+len(name)+1:][:1]}) // the index has one byte
	}
	return join(all)
}

// withReference adds a global that holds a reference, which no image can keep.
func withReference(t *testing.T, wasm []byte) []byte {
	t.Helper()
	all := sections(t, wasm)
	for n, s := range all {
		if s.id == 6 {
			body := append([]byte{s.body[0] + 1}, s.body[1:]...)
			all[n].body = append(body, 0x6f, 1, 0xd0, 0x6f, 0x0b)
		}
	}
	return join(all)
}

func TestLoad_runsAStartFunctionOnce(t *testing.T) {
	// Initialized answers "ready" when what it exports as _initialize ran.
	wasm := startingWith(t, abitest.Initialized(), abi.ExportInitialize)
	wasm = bytes.Replace(wasm, []byte(abi.ExportInitialize), []byte("_initialist"), 1)
	i := newInstance(t, clean(wasm))
	for range 3 {
		if got := body(call(t, i, Run{})); got != "ready" {
			t.Fatalf("got %q, want ready", got)
		}
	}
}

func TestLoad_refusesAStartFunctionThatDoesNotEnd(t *testing.T) {
	r := openRuntime(t)
	r.startLimit = 10e6
	for name, wasm := range map[string][]byte{"loop": abitest.StartSpin(), "trap": abitest.StartTrap()} {
		_, err := r.Load(t.Context(), clean(startingWith(t, wasm, abi.ExportInitialize)))
		if fault.CodeOf(err) != fault.StartFailed {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

// What cannot be frozen runs in a fresh instance for every call.
func TestModule_fallsBackToFreshInstances(t *testing.T) {
	for name, wasm := range map[string][]byte{"counter": abitest.Counter(), "scribble": abitest.Scribble()} {
		t.Run(name, func(t *testing.T) {
			spec := clean(withReference(t, wasm))
			spec.Prime = []Sample{{Event: []byte("{}")}}
			m := loadModule(t, spec)
			if m.Reset() != "fresh instance" || !strings.Contains(m.Reason(), "reference") {
				t.Fatalf("reset = %q, reason = %q", m.Reset(), m.Reason())
			}
			var first string
			for range 3 {
				i := instantiate(t, m)
				reply, err := i.Call(&Run{})
				if err != nil {
					t.Fatal(err)
				}
				if got := string(reply); first == "" {
					first = got
				} else if got != first {
					t.Fatalf("got %s, the first call got %s", got, first)
				}
				if err := i.Reset(); err == nil {
					t.Fatal("an instance without an image was reset")
				}
			}
		})
	}
	t.Run("warm", func(t *testing.T) {
		i := newInstance(t, warm(withReference(t, abitest.Counter())))
		for _, want := range []string{"1", "2", "3"} {
			if got := body(call(t, i, Run{})); got != want {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	})
}

func TestSkeleton_keepsEverythingButCode(t *testing.T) {
	whole := startingWith(t, abitest.Initialized(), abi.ExportInitialize)
	wasm, err := skeleton(whole)
	if err != nil {
		t.Fatal(err)
	}
	left := sections(t, wasm)
	for _, s := range sections(t, whole) {
		switch s.id {
		case sectionStart:
			continue
		case sectionCode:
			if count := s.body[0]; left[0].body[0] != count || len(left[0].body) != 1+4*int(count) {
				t.Errorf("the code section has %d bytes for %d functions", len(left[0].body), count)
			}
		default:
			if left[0].id != s.id || !bytes.Equal(left[0].body, s.body) {
				t.Errorf("section %d differs", s.id)
			}
		}
		left = left[1:]
	}
	if len(left) != 0 {
		t.Errorf("%d sections too many", len(left))
	}
	if _, err := skeleton(whole[:len(whole)-1]); err == nil {
		t.Error("half a module has a skeleton")
	}
}
