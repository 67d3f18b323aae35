package rewrite

import (
	"bytes"

	"github.com/postern-dev/postern/abi/fault"
)

// The sections of a module, as the binary format numbers them.
const (
	sectionCustom = iota
	sectionType
	sectionImport
	sectionFunction
	sectionTable
	sectionMemory
	sectionGlobal
	sectionExport
	sectionStart
	sectionElement
	sectionCode
	sectionData
	sectionDataCount
	sectionTag
)

// order gives the place of each section in a module: the one for the count of
// data segments was added later and stands before the code.
var order = [...]int{
	sectionType: 1, sectionImport: 2, sectionFunction: 3, sectionTable: 4, sectionMemory: 5, sectionGlobal: 6,
	sectionExport: 7, sectionStart: 8, sectionElement: 9, sectionDataCount: 10, sectionCode: 11, sectionData: 12,
}

// module is a decoded module. Its byte slices point into the foreign bytes.
//
// Invariant: after decode every index in it is in range, and each const
// expression is well formed.
type module struct {
	types     []FuncType
	imports   []importEntry
	funcs     []uint32 // types of the defined functions
	tables    []table  // imported ones first, as for memories and globals
	memories  []limits
	globals   []global
	exports   []export
	start     int64 // -1: none
	elements  []element
	codes     []code
	data      []dataSegment
	dataCount int64 // -1: no such section
	customs   []custom

	importedFuncs, importedTables, importedMemories, importedGlobals int

	funcTypes []uint32 // types of all functions, imported ones first
	codeBytes int
	features  features
}

type importEntry struct {
	module, name string
	kind         Kind
	index        uint32 // in the index space of its kind
}

type limits struct {
	min, max uint32
	hasMax   bool
}

type table struct {
	elem ValType
	limits
}

type global struct {
	typ     ValType
	mutable bool
	init    []byte // nil when imported
}

type export struct {
	name  string
	kind  Kind
	index uint32
}

type custom struct {
	name string
	body []byte
}

type code struct {
	groups uint32 // of locals
	locals []byte // the groups, without their count
	count  uint32 // of locals, without parameters
	body   []byte // instructions, with the closing end
}

var (
	magic     = []byte{0, 'a', 's', 'm'}
	version   = []byte{1, 0, 0, 0}
	component = []byte{0x0d, 0, 1, 0}
)

// decode reads a whole module but for the insides of its functions.
func decode(wasm []byte) (*module, error) {
	if err := checkHeader(wasm); err != nil {
		return nil, err
	}
	m := &module{start: -1, dataCount: -1}
	r := &reader{b: wasm, p: 8}
	last := 0
	for r.more() {
		id := r.byte()
		s := &reader{b: r.bytes(r.count(1))}
		if r.err != nil {
			return nil, r.err
		}
		if id == sectionTag {
			return nil, exceptions.refusal()
		}
		if int(id) >= len(order) {
			return nil, badModule("holds the unknown section %d", id)
		}
		if id != sectionCustom {
			if order[id] <= last {
				return nil, badModule("holds section %d twice or at the wrong place", id)
			}
			last = order[id]
		}
		m.section(id, s)
		if s.err == nil && s.more() {
			s.bad("has bytes left at the end of section %d", id)
		}
		if s.err != nil {
			return nil, s.err
		}
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return m, nil
}

func checkHeader(wasm []byte) *fault.Error {
	if len(wasm) < 4 || !bytes.Equal(wasm[:4], magic) {
		return fault.New(fault.NotWasm, "the file is not a wasm module").
			WithHint("Upload the binary that the compiler writes (it starts with \\0asm), not its text form or an archive.")
	}
	if len(wasm) < 8 {
		return badModule("ends too early")
	}
	switch v := wasm[4:8]; {
	case bytes.Equal(v, version):
		return nil
	case bytes.Equal(v, component), v[2] == 1 && v[3] == 0:
		return fault.New(fault.Component, "the file is a component, a core module is needed").
			WithHint("Build for wasip1 (a core module), not for wasip2; do not run it through a component tool.")
	default:
		return badModule("has the unknown version %x", v)
	}
}

func (m *module) section(id byte, r *reader) {
	switch id {
	case sectionCustom:
		name := r.name()
		m.customs = append(m.customs, custom{name, r.bytes(r.left())})
	case sectionType:
		m.decodeTypes(r)
	case sectionImport:
		m.decodeImports(r)
	case sectionFunction:
		m.decodeFunctions(r)
	case sectionTable:
		m.decodeTables(r)
	case sectionMemory:
		m.decodeMemories(r)
	case sectionGlobal:
		m.decodeGlobals(r)
	case sectionExport:
		m.decodeExports(r)
	case sectionStart:
		m.start = int64(r.u32())
	case sectionElement:
		m.decodeElements(r)
	case sectionCode:
		m.decodeCodes(r)
	case sectionData:
		m.decodeData(r)
	case sectionDataCount:
		m.dataCount = int64(r.u32())
	}
}

// check proves the indices that may point to later sections.
func (m *module) check() error {
	if len(m.codes) != len(m.funcs) {
		return badModule("declares %d functions and has code for %d", len(m.funcs), len(m.codes))
	}
	if m.dataCount >= 0 && m.dataCount != int64(len(m.data)) {
		return badModule("announces %d data segments and has %d", m.dataCount, len(m.data))
	}
	if m.start >= int64(len(m.funcTypes)) {
		return badModule("starts with function %d, which does not exist", m.start)
	}
	if len(m.memories) > 1 {
		return multiMemory.refusal()
	}
	sizes := [...]int{len(m.funcTypes), len(m.tables), len(m.memories), len(m.globals)}
	for _, e := range m.exports {
		if int64(e.index) >= int64(sizes[e.kind]) {
			return badModule("exports %s %d as %q, which does not exist", e.kind, e.index, e.name)
		}
	}
	return nil
}

// typeOf returns the type of a function by its index.
func (m *module) typeOf(fn uint32) FuncType { return m.types[m.funcTypes[fn]] }
