package rewrite

import (
	"encoding/binary"

	"github.com/postern-dev/postern/abi/fault"
)

// State is what an image holds besides the bytes of memory.
type State struct {
	Pages uint32 // of memory
	// Globals are the values of [Metered.Globals], in their order: the raw bits
	// of a number, low and high half of a vector.
	Globals [][2]uint64
}

// Freeze makes the module whose instances start where s was taken: it has no
// start function, no data that is written at start, its memory has the image's
// size and its globals have the image's values. The bytes of memory are the
// caller's to put there. A module whose Info.Unfreezable is not "" is refused.
func Freeze(m *Metered, s State) ([]byte, error) {
	if m.Info.Unfreezable != "" {
		return nil, fault.New(fault.Unsupported, "no image of the module can be taken: it %s", m.Info.Unfreezable)
	}
	d, err := decode(m.Wasm)
	if err != nil {
		return nil, err
	}
	if err := d.setMemory(s.Pages); err != nil {
		return nil, err
	}
	if err := d.setGlobals(m.Globals, s.Globals); err != nil {
		return nil, err
	}
	d.start = -1
	for i := range d.data {
		if !d.data[i].passive { // it counts as dropped once it was written
			d.data[i] = dataSegment{passive: true}
		}
	}
	if d.dataCount < 0 { // without the count no instruction refers to data
		d.data = nil
	}
	return d.refreeze(m.Wasm), nil
}

func (m *module) setMemory(pages uint32) error {
	if len(m.memories) == 0 {
		if pages != 0 {
			return fault.New(fault.Internal, "an image of %d pages for a module without memory", pages)
		}
		return nil
	}
	l := &m.memories[0]
	if pages < l.min || pages > maxPages || l.hasMax && pages > l.max {
		return fault.New(fault.Internal, "an image of %d pages for a memory of %d to %d", pages, l.min, l.max)
	}
	l.min = pages
	return nil
}

// setGlobals finds the globals by the names of their exports.
func (m *module) setGlobals(names []Global, values [][2]uint64) error {
	if len(names) != len(values) {
		return fault.New(fault.Internal, "an image with %d globals for a module with %d", len(values), len(names))
	}
	places := map[string]uint32{}
	for _, e := range m.exports {
		if e.kind == KindGlobal {
			places[e.name] = e.index
		}
	}
	for i, g := range names {
		at, ok := places[g.Name]
		if !ok || m.globals[at].typ != g.Type {
			return fault.New(fault.Internal, "the metered module has no global %q of type %s", g.Name, g.Type)
		}
		m.globals[at].init = constant(g.Type, values[i])
	}
	return nil
}

// constant gives the const expression of a value.
func constant(t ValType, v [2]uint64) []byte {
	var b []byte
	switch t {
	case I32:
		b = appendS64([]byte{opI32Const}, int64(int32(uint32(v[0]))))
	case I64:
		b = appendS64([]byte{opI64Const}, int64(v[0]))
	case F32:
		b = binary.LittleEndian.AppendUint32([]byte{opF32Const}, uint32(v[0]))
	case F64:
		b = binary.LittleEndian.AppendUint64([]byte{opF64Const}, v[0])
	case V128:
		b = binary.LittleEndian.AppendUint64([]byte{prefixVector, subV128Const}, v[0])
		b = binary.LittleEndian.AppendUint64(b, v[1])
	}
	return append(b, opEnd)
}

// refreeze writes the module anew; sections that stay are copied from wasm,
// the bytes that m was decoded from.
func (m *module) refreeze(wasm []byte) []byte {
	same := func(i uint32) uint32 { return i }
	b := append(append(make([]byte, 0, len(wasm)), magic...), version...)
	r := &reader{b: wasm, p: 8}
	for r.more() {
		start := r.p
		id := r.byte()
		r.bytes(r.count(1))
		switch id {
		case sectionMemory:
			b = m.appendMemory(b)
		case sectionGlobal:
			b = appendSection(b, sectionGlobal, len(m.globals)-m.importedGlobals, m.globalBody(same))
		case sectionStart:
		case sectionDataCount:
			b = m.appendDataCount(b)
		case sectionData:
			b = m.appendData(b)
		default:
			b = append(b, wasm[start:r.p]...)
		}
	}
	return b
}
