package wasm

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/abitest"
)

// invoke calls one host import as wasm code would, and reports how it ended:
// normally, or by unwinding the run. Any other panic goes on.
func invoke(i *Instance, f hostFunction, stack []uint64) (unwound bool) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		err, ok := r.(error)
		_, exit := errors.AsType[*sys.ExitError](err)
		if !ok || !exit && !errors.Is(err, errStopped) {
			panic(r)
		}
		unwound = true
	}()
	f.call(i, stack)
	return false
}

func FuzzImports_surviveAnyArguments(f *testing.F) {
	f.Add(uint8(0), uint64(0), uint64(0), uint64(0), uint64(0), []byte{})
	for n := range 60 {
		f.Add(uint8(n), uint64(1), uint64(1024), uint64(2), uint64(64), []byte("\x00\x10\x00\x00\xff\xff\x00\x00"))
		f.Add(uint8(n), uint64(131064), uint64(0xffffffff), uint64(0xfffffff0), uint64(131071), make([]byte, 96))
	}
	var all []hostFunction
	for _, h := range hosts() {
		all = append(all, h.functions...)
	}
	instances := map[Kind]*Module{
		Function: loadModule(f, clean(abitest.Hello())),
		Command:  loadModule(f, clean(abitest.Command("hi"))),
	}
	f.Fuzz(func(t *testing.T, which uint8, a, b, c, d uint64, memory []byte) {
		for _, m := range instances {
			i := instantiate(t, m)
			i.begin(&Run{Event: []byte("event"), Context: []byte("{}"), Deadline: time.Now().Add(time.Millisecond)})
			size := len(i.memory.View())
			copy(i.memory.View()[1024:], memory)
			stack := make([]uint64, 9)
			copy(stack, []uint64{a, b, c, d, a, b, c, d, a})
			invoke(i, all[int(which)%len(all)], stack)
			if len(i.memory.View()) != size {
				t.Fatal("memory grew")
			}
			if i.spent() < 0 {
				t.Fatal("a run was paid for its work")
			}
			i.end(nil)
		}
	})
}

func TestWASI_pollsClocksAndStreams(t *testing.T) {
	const subscriptions, events, count = 1024, 4096, 8192
	clock := func(memory []byte, n int, id uint32, timeout time.Duration) {
		s := memory[subscriptions+n*subscriptionSize:]
		binary.LittleEndian.PutUint64(s, uint64(100+n))
		binary.LittleEndian.PutUint32(s[16:], id)
		binary.LittleEndian.PutUint64(s[24:], uint64(timeout))
	}
	stream := func(memory []byte, n int, fd uint32) {
		s := memory[subscriptions+n*subscriptionSize:]
		binary.LittleEndian.PutUint64(s, uint64(100+n))
		s[8] = 1
		binary.LittleEndian.PutUint32(s[16:], fd)
	}
	tests := map[string]struct {
		fill func(memory []byte)
		of   uint64
		want map[uint64]errno // by user data
	}{
		"the shorter of two clocks": {
			func(m []byte) { clock(m, 0, clockMonotonic, time.Hour); clock(m, 1, clockRealtime, time.Millisecond) },
			2, map[uint64]errno{101: success},
		},
		"a stream before any clock": {
			func(m []byte) { clock(m, 0, clockMonotonic, time.Hour); stream(m, 1, stdin) },
			2, map[uint64]errno{101: success},
		},
		"a file that is not open": {
			func(m []byte) { stream(m, 0, 7) }, 1, map[uint64]errno{100: errBadFile},
		},
		"a clock that does not exist": {
			func(m []byte) { clock(m, 0, 9, time.Hour) }, 1, map[uint64]errno{100: errInvalid},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, clean(abitest.Hello()))
			i.begin(&Run{})
			memory := i.memory.View()
			test.fill(memory)
			stack := []uint64{subscriptions, events, test.of, count}
			if e := pollOneoff(i, stack); e != success {
				t.Fatalf("errno %d", e)
			}
			got := map[uint64]errno{}
			for n := range binary.LittleEndian.Uint32(memory[count:]) {
				event := memory[events+n*eventSize:]
				got[binary.LittleEndian.Uint64(event)] = errno(binary.LittleEndian.Uint16(event[8:]))
			}
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			for data, e := range test.want {
				if got[data] != e {
					t.Errorf("got %v, want %v", got, test.want)
				}
			}
			i.end(nil)
		})
	}
}

func TestHosts_offerNothingTwice(t *testing.T) {
	seen := map[[2]string]bool{}
	for _, h := range hosts() {
		for _, f := range h.functions {
			if key := [2]string{h.name, f.name}; seen[key] {
				t.Errorf("%s.%s is there twice", h.name, f.name)
			} else {
				seen[key] = true
			}
		}
	}
	if !seen[[2]string{abi.ImportWASI, "path_open"}] {
		t.Error("WASI lacks what it has to refuse")
	}
}
