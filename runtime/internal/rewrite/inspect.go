package rewrite

import (
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// Info says what a module is and needs.
type Info struct {
	Toolchain string // what built it, for example "Go go1.26.8"; "" when unknown
	Imports   []Import
	Exports   []Export

	HasMemory bool
	Memory    Memory

	Functions, Tables, Globals, DataSegments, ElemSegments int // defined and imported
	CodeBytes                                              int

	// Branches is how many blocks, branches and targets of tables the function
	// has that has the most. A compiler's work grows faster than their number.
	Branches int

	Proposals []string // what it uses beyond the first version of WebAssembly
	Start     bool     // has a start function

	// Unfreezable says why no image of an instance can be taken: something
	// besides memory and globals would be lost. It is "" when one can.
	Unfreezable string
}

// Import is something that the module wants from outside.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         FuncType // of a function; else empty
}

// Export is something that the module shows to the outside.
type Export struct {
	Name string
	Kind Kind
	Type FuncType // of a function; else empty
}

// Memory says how large the module's memory is, in pages of 64 KiB.
type Memory struct {
	Min, Max uint32 // Max counts only if HasMax
	HasMax   bool
	Imported bool
}

// Export returns the export with this name and whether there is one.
func (i *Info) Export(name string) (Export, bool) {
	for _, e := range i.Exports {
		if e.Name == name {
			return e, true
		}
	}
	return Export{}, false
}

// Inspect decodes a whole module and says what it is and needs. For bytes that
// cannot be run the error is a [fault.Error] of the codes NotWasm, Component,
// BadModule, Unsupported or ModuleMemoryLimit. Types are not checked: that a
// module is valid shows when it is compiled.
func Inspect(wasm []byte) (*Info, error) {
	m, err := decode(wasm)
	if err != nil {
		return nil, err
	}
	s, err := m.scan()
	if err != nil {
		return nil, err
	}
	if err := m.checkReserved(); err != nil {
		return nil, err
	}
	return m.info(s), nil
}

// checkReserved refuses what the rewrites cannot take.
func (m *module) checkReserved() error {
	for _, e := range m.imports {
		if strings.HasPrefix(e.module, reserved) || strings.HasPrefix(e.name, reserved) ||
			e.module == TickModule && e.name == TickName {
			return badModule("imports %q.%q, a name that is reserved", e.module, e.name).
				WithHint("Upload the module as the compiler made it; it is prepared here.")
		}
	}
	for _, e := range m.exports {
		if strings.HasPrefix(e.name, reserved) {
			return badModule("exports %q, a name that is reserved", e.name).
				WithHint("Upload the module as the compiler made it; it is prepared here.")
		}
	}
	for i, t := range m.tables {
		if i >= m.importedTables && t.min > maxTable {
			return fault.New(fault.ModuleMemoryLimit, "the module starts with a table of %d entries, at most %d are taken",
				t.min, maxTable).WithHint("Build with a smaller table.")
		}
	}
	return nil
}

func (m *module) info(s *summary) *Info {
	i := &Info{
		Toolchain:    m.toolchain(),
		Functions:    len(m.funcTypes),
		Tables:       len(m.tables),
		Globals:      len(m.globals),
		DataSegments: len(m.data),
		ElemSegments: len(m.elements),
		CodeBytes:    m.codeBytes,
		Branches:     s.branches,
		Proposals:    m.features.names(),
		Start:        m.start >= 0,
		Unfreezable:  m.unfreezable(s),
	}
	if i.HasMemory = len(m.memories) > 0; i.HasMemory {
		l := m.memories[0]
		i.Memory = Memory{Min: l.min, Max: l.max, HasMax: l.hasMax, Imported: m.importedMemories > 0}
	}
	for _, e := range m.imports {
		im := Import{Module: e.module, Name: e.name, Kind: e.kind}
		if e.kind == KindFunc {
			im.Type = m.typeOf(e.index)
		}
		i.Imports = append(i.Imports, im)
	}
	for _, e := range m.exports {
		ex := Export{Name: e.name, Kind: e.kind}
		if e.kind == KindFunc {
			ex.Type = m.typeOf(e.index)
		}
		i.Exports = append(i.Exports, ex)
	}
	return i
}

// unfreezable says which state of an instance an image would not hold.
func (m *module) unfreezable(s *summary) string {
	switch {
	case m.importedMemories > 0:
		return "imports its memory"
	case m.importedTables > 0:
		return "imports a table"
	case m.importedGlobals > 0:
		return "imports a global"
	case s.tableWrites:
		return "changes a table while it runs"
	case s.drops:
		return "drops data or element segments while it runs"
	}
	for _, g := range m.globals {
		switch {
		case g.mutable && g.typ.isRef():
			return "keeps a reference in a global"
		case g.mutable && g.typ == V128:
			return "keeps a vector in a global"
		}
	}
	return ""
}
