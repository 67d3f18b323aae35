package rewrite

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/postern-dev/postern/abi/fault"
)

// withBody is a module with one function of this body, a memory, a table of
// functions and the mutable global 0.
func withBody(body ...byte) []byte {
	m := newModule()
	m.memories = []limits{{min: 1}}
	m.tables = []table{{elem: FuncRef, limits: limits{min: 1}}}
	m.globals = []global{{typ: I32, mutable: true, init: constant(I32, [2]uint64{})}}
	m.add("f", FuncType{}, nil, body...)
	return m.bytes()
}

// raw is a module of one section.
func raw(id byte, body ...byte) []byte {
	b := append(append([]byte(nil), magic...), version...)
	return append(append(b, id, byte(len(body))), body...)
}

func TestInspect_refuses(t *testing.T) {
	reserved := newModule()
	reserved.add("postern:fuel", FuncType{}, nil)
	importing := newModule()
	importing.types = []FuncType{{}}
	importing.imports = []importEntry{{module: TickModule, name: TickName}}
	whole := withBody(opNop)
	for _, c := range []struct {
		name string
		wasm []byte
		code fault.Code
		text string // somewhere in message or hint
	}{
		{"nothing", nil, fault.NotWasm, "not a wasm module"},
		{"text", []byte("(module)"), fault.NotWasm, "text form"},
		{"a component", []byte("\x00asm\x0d\x00\x01\x00"), fault.Component, "wasip1"},
		{"another version", []byte("\x00asm\x02\x00\x00\x00"), fault.BadModule, "version"},
		{"half a header", []byte("\x00asm\x01"), fault.BadModule, "ends too early"},
		{"half a module", whole[:len(whole)-4], fault.BadModule, "more than it holds"},
		{"bytes after the code", append(whole, 1, 2), fault.BadModule, "promises more"},
		{"a section twice", append(append([]byte(nil), whole...), 1, 1, 0), fault.BadModule, "twice"},
		{"an unknown section", raw(14, 0), fault.BadModule, "section 14"},
		{"a section that is too long", raw(1, 0, 0), fault.BadModule, "left at the end"},
		{"a number that is too long", raw(1, 0x80, 0x80, 0x80, 0x80, 0x10), fault.BadModule, "too long"},
		{"types without end", raw(1, 0xff, 0xff, 0xff, 0x7f), fault.BadModule, "promises"},
		{"a function of no type", raw(3, 1, 0), fault.BadModule, "type 0"},
		{"memory64", raw(5, 1, 4, 1), fault.Unsupported, "memory64"},
		{"shared memory", raw(5, 1, 3, 1, 1), fault.Unsupported, "threads"},
		{"small pages", raw(5, 1, 8, 1, 0), fault.Unsupported, "page sizes"},
		{"two memories", raw(5, 2, 0, 1, 0, 1), fault.Unsupported, "multi-memory"},
		{"a memory of 5 GiB", raw(5, 1, 0, 0x81, 0x80, 0x05), fault.BadModule, "4 GiB"},
		{"a tag", raw(13, 1, 0, 0), fault.Unsupported, "exception handling"},
		{"a struct type", raw(1, 1, 0x5f, 0, 0), fault.Unsupported, "GC"},
		{"a typed reference", raw(1, 1, 0x60, 1, 0x64, 0, 0), fault.Unsupported, "typed function references"},
		{"a start that is not there", raw(8, 0), fault.BadModule, "function 0"},
		{"too large a table", raw(4, 1, byte(FuncRef), 0, 0x81, 0x80, 0x40), fault.ModuleMemoryLimit, "table"},
		{"a reserved export", reserved.bytes(), fault.BadModule, "reserved"},
		{"a reserved import", importing.bytes(), fault.BadModule, "reserved"},
		{"try", withBody(0x06, emptyBlock, opEnd), fault.Unsupported, "legacy"},
		{"try_table", withBody(0x1f, emptyBlock, 0, opEnd), fault.Unsupported, "exception handling"},
		{"throw", withBody(0x08, 0), fault.Unsupported, "exception handling"},
		{"call_ref", withBody(0x14, 0), fault.Unsupported, "typed function references"},
		{"struct.new", withBody(0xfb, 0, 0), fault.Unsupported, "GC"},
		{"an atomic fence", withBody(0xfe, 3, 0), fault.Unsupported, "threads"},
		{"relaxed SIMD", withBody(0xfd, 0x80, 0x02), fault.Unsupported, "relaxed SIMD"},
		{"an unknown SIMD instruction", withBody(0xfd, 0x9a, 0x01), fault.Unsupported, "0xfd 154"},
		{"wide arithmetic", withBody(0xfc, 19), fault.Unsupported, "wide arithmetic"},
		{"an unknown instruction", withBody(0x27), fault.Unsupported, "0x27"},
		{"a second memory in a load", withBody(opI32Const, 0, opI32Load, 0x42, 1, 0, opDrop), fault.Unsupported, "multi-memory"},
		{"the global after the last, where fuel will be", withBody(opGlobalGet, 1, opDrop), fault.BadModule, "global 1"},
		{"the function after the last, where helpers will be", withBody(opCall, 1), fault.BadModule, "function 1"},
		{"a local that is not there", withBody(opLocalGet, 0, opDrop), fault.BadModule, "local 0"},
		{"a label that is not there", withBody(opBr, 1), fault.BadModule, "label 1"},
		{"a label that is not there in a table", withBody(opI32Const, 0, opBrTable, 1, 0, 9), fault.BadModule, "label 9"},
		{"a type that is not there", withBody(opBlock, 5, opEnd), fault.BadModule, "type 5"},
		{"a block without end", withBody(opBlock, emptyBlock), fault.BadModule, "too early"},
		{"an end too many", withBody(opEnd), fault.BadModule, "after the end"},
		{"an else without if", withBody(opBlock, emptyBlock, opElse, opEnd), fault.BadModule, "else"},
		{"data without a count", withBody(opI32Const, 0, opI32Const, 0, opI32Const, 0, prefixMisc, 8, 0, 0), fault.BadModule, "count"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Inspect(c.wasm)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != c.code {
				t.Fatalf("err = %v, want a fault of code %s", err, c.code)
			}
			if text := f.Message + " " + f.Hint; !strings.Contains(text, c.text) {
				t.Errorf("%q does not tell %q", text, c.text)
			}
			if f.Hint == "" {
				t.Errorf("%q comes without a hint", f.Message)
			}
			if _, err := Meter(c.wasm); fault.CodeOf(err) != c.code {
				t.Errorf("Meter: err = %v, want the same", err)
			}
		})
	}
}

func TestInspect_tellsWhatAModuleIs(t *testing.T) {
	m := newModule()
	m.types = []FuncType{{[]ValType{I32, F64}, []ValType{I64}}}
	m.imports = []importEntry{{module: "env", name: "host"}}
	m.importedFuncs = 1
	m.memories = []limits{{min: 2, max: 9, hasMax: true}}
	m.globals = []global{{typ: I32, mutable: true, init: constant(I32, [2]uint64{})}}
	m.add("run", FuncType{Results: []ValType{I32, I32}}, nil, opI32Const, 1, opI32Extend8S, opI32Const, 2)
	m.start = int64(m.add("", FuncType{}, nil))
	m.exports = append(m.exports, export{"memory", KindMemory, 0}, export{"g", KindGlobal, 0})
	m.data = []dataSegment{{offset: constant(I32, [2]uint64{}), bytes: []byte("x")}}
	m.customs = []custom{{"producers", producers("language", "C99", "", "processed-by", "clang", "19.1.7 (debian)")}}
	got, err := Inspect(m.bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := &Info{
		Toolchain: "clang 19.1.7",
		Imports:   []Import{{"env", "host", KindFunc, m.types[0]}},
		Exports: []Export{
			{"run", KindFunc, FuncType{Results: []ValType{I32, I32}}},
			{Name: "memory", Kind: KindMemory}, {Name: "g", Kind: KindGlobal},
		},
		HasMemory: true, Memory: Memory{Min: 2, Max: 9, HasMax: true},
		Functions: 3, Globals: 1, DataSegments: 1, CodeBytes: got.CodeBytes,
		Proposals: []string{"multi-value", "sign-extension", "mutable-globals"},
		Start:     true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if e, ok := got.Export("run"); !ok || e.Type.String() != "() -> (i32, i32)" {
		t.Errorf("Export(run) = %v, %v", e, ok)
	}
	if _, ok := got.Export("nothing"); ok {
		t.Error("Export finds what is not there")
	}
	if s := want.Imports[0].Type.String(); s != "(i32, f64) -> (i64)" {
		t.Errorf("type = %s", s)
	}
}

// producers makes the body of a producers section of fields with one value.
func producers(parts ...string) []byte {
	b := appendU32(nil, uint32(len(parts)/3))
	for i := 0; i < len(parts); i += 3 {
		b = append(appendName(b, parts[i]), 1)
		b = appendName(appendName(b, parts[i+1]), parts[i+2])
	}
	return b
}

func TestInspect_namesTheToolchain(t *testing.T) {
	for _, c := range []struct {
		want    string
		customs []custom
	}{
		{"Go go1.26.8", []custom{{"go:buildid", nil}, {"producers", producers("language", "Go", "go1.26.8", "processed-by", "Go cmd/compile", "go1.26.8")}}},
		{"rustc 1.63.0", []custom{{"producers", producers("language", "Rust", "", "processed-by", "rustc", "1.63.0")}}},
		{"clang 14.0.6", []custom{{"producers", producers("processed-by", "Debian clang", "14.0.6")}}},
		{"Go", []custom{{"go:buildid", []byte("x")}}},
		{"", []custom{{"producers", []byte{9, 9, 9}}}},
		{"", nil},
	} {
		m := newModule()
		m.customs = c.customs
		info, err := Inspect(m.bytes())
		if err != nil {
			t.Fatal(err)
		}
		if info.Toolchain != c.want {
			t.Errorf("toolchain = %q, want %q", info.Toolchain, c.want)
		}
	}
}

func TestInspect_saysWhyNoImageCanBeTaken(t *testing.T) {
	three := []byte{opI32Const, 0, opI32Const, 0, opI32Const, 0}
	passive := func(body ...byte) []byte {
		m := newModule()
		m.memories = []limits{{min: 1}}
		m.data, m.dataCount = []dataSegment{{passive: true, bytes: []byte("x")}}, 1
		m.add("f", FuncType{}, nil, body...)
		return m.bytes()
	}
	holding := func(t ValType, init ...byte) []byte {
		m := newModule()
		m.globals = []global{{typ: t, mutable: true, init: append(init, opEnd)}}
		return m.bytes()
	}
	importing := func(e importEntry) []byte {
		m := newModule()
		b := m.bytes()
		body := append(appendName(appendName([]byte{1}, "env"), "x"), byte(e.kind))
		switch e.kind {
		case KindTable:
			body = append(body, byte(FuncRef), 0, 1)
		case KindMemory:
			body = append(body, 0, 1)
		case KindGlobal:
			body = append(body, byte(I32), 0)
		}
		return append(append(b, sectionImport, byte(len(body))), body...)
	}
	for _, c := range []struct {
		want string
		wasm []byte
	}{
		{"", withBody(append(three, prefixMisc, 11, 0)...)},
		{"", passive(append(three, prefixMisc, 8, 0, 0)...)},
		{"drops data or element segments while it runs", passive(prefixMisc, 9, 0)},
		{"changes a table while it runs", withBody(opI32Const, 0, opRefNull, byte(FuncRef), opTableSet, 0)},
		{"changes a table while it runs", withBody(append(three, prefixMisc, 14, 0, 0)...)},
		{"keeps a reference in a global", holding(ExternRef, opRefNull, byte(ExternRef))},
		{"keeps a vector in a global", holding(V128, append([]byte{prefixVector, subV128Const}, make([]byte, 16)...)...)},
		{"imports its memory", importing(importEntry{kind: KindMemory})},
		{"imports a table", importing(importEntry{kind: KindTable})},
		{"imports a global", importing(importEntry{kind: KindGlobal})},
	} {
		info, err := Inspect(c.wasm)
		if err != nil {
			t.Fatal(err)
		}
		if info.Unfreezable != c.want {
			t.Errorf("Unfreezable = %q, want %q", info.Unfreezable, c.want)
		}
		m := mustMeter(t, c.wasm)
		_, err = Freeze(m, State{Pages: 1, Globals: make([][2]uint64, len(m.Globals))})
		if (err == nil) != (c.want == "") {
			t.Errorf("Freeze: err = %v, want a refusal because it %q", err, c.want)
		}
	}
}
