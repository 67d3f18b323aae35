package rewrite

// appendSection appends a section unless it is empty of items.
func appendSection(b []byte, id byte, n int, body []byte) []byte {
	if n == 0 {
		return b
	}
	count := appendU32(nil, uint32(n))
	b = appendU32(append(b, id), uint32(len(count)+len(body)))
	return append(append(b, count...), body...)
}

func appendCustom(b []byte, name string, body []byte) []byte {
	head := appendName(nil, name)
	b = appendU32(append(b, sectionCustom), uint32(len(head)+len(body)))
	return append(append(b, head...), body...)
}

func appendLimits(b []byte, l limits) []byte {
	if l.hasMax {
		return appendU32(appendU32(append(b, 1), l.min), l.max)
	}
	return appendU32(append(b, 0), l.min)
}

func appendFuncType(b []byte, t FuncType) []byte {
	b = append(b, 0x60)
	for _, ts := range [...][]ValType{t.Params, t.Results} {
		b = appendU32(b, uint32(len(ts)))
		for _, v := range ts {
			b = append(b, byte(v))
		}
	}
	return b
}

// encode gives the metered module.
func (mt *meter) encode() []byte {
	m := mt.m
	size := m.codeBytes + m.codeBytes/8
	for _, d := range m.data {
		size += len(d.bytes) + 8
	}
	b := append(append(make([]byte, 0, size+4096), magic...), version...)

	hs := mt.helpers.list
	var body []byte
	for _, t := range m.types {
		body = appendFuncType(body, t)
	}
	body = appendFuncType(body, FuncType{}) // of tick
	for _, h := range hs {
		body = appendFuncType(body, h.typ)
	}
	b = appendSection(b, sectionType, len(m.types)+1+len(hs), body)
	b = appendSection(b, sectionImport, len(m.imports)+1, mt.importBody())

	body = nil
	for _, t := range m.funcs {
		body = appendU32(body, t)
	}
	for i := range hs {
		body = appendU32(body, uint32(len(m.types)+1+i))
	}
	b = appendSection(b, sectionFunction, len(m.funcs)+len(hs), body)
	b = m.appendTables(b)
	b = m.appendMemory(b)
	b = mt.appendGlobals(b)
	b = mt.appendExports(b)
	if m.start >= 0 {
		start := appendU32(nil, mt.shift(uint32(m.start)))
		b = append(appendU32(append(b, sectionStart), uint32(len(start))), start...)
	}
	b = m.appendElements(b, mt.shift)
	b = m.appendDataCount(b)
	b = mt.appendCode(b)
	b = m.appendData(b)
	for _, c := range m.customs {
		switch c.name {
		case "name":
			b = mt.appendNames(b, c.body)
		case "producers", "target_features", "go:buildid":
			b = appendCustom(b, c.name, c.body)
		}
		// Others may hold indices or offsets that are no longer right, as
		// debug information does.
	}
	return b
}

// importBody is the import section with tick as the last function. Imports of
// other kinds may follow: each kind has its own indices.
func (mt *meter) importBody() []byte {
	m := mt.m
	var b []byte
	for _, e := range m.imports {
		b = append(appendName(appendName(b, e.module), e.name), byte(e.kind))
		switch e.kind {
		case KindFunc:
			b = appendU32(b, m.funcTypes[e.index])
		case KindTable:
			t := m.tables[e.index]
			b = appendLimits(append(b, byte(t.elem)), t.limits)
		case KindMemory:
			b = appendLimits(b, m.memories[e.index])
		case KindGlobal:
			b = appendGlobalType(b, m.globals[e.index])
		}
	}
	b = append(appendName(appendName(b, TickModule), TickName), byte(KindFunc))
	return appendU32(b, uint32(len(m.types)))
}

func (m *module) appendTables(b []byte) []byte {
	own := m.tables[m.importedTables:]
	var body []byte
	for _, t := range own {
		if !t.hasMax || t.max > maxTable {
			t.hasMax, t.max = true, maxTable
		}
		body = appendLimits(append(body, byte(t.elem)), t.limits)
	}
	return appendSection(b, sectionTable, len(own), body)
}

func (m *module) appendMemory(b []byte) []byte {
	own := m.memories[m.importedMemories:]
	var body []byte
	for _, l := range own {
		body = appendLimits(body, l)
	}
	return appendSection(b, sectionMemory, len(own), body)
}

func appendGlobalType(b []byte, g global) []byte {
	if g.mutable {
		return append(b, byte(g.typ), 1)
	}
	return append(b, byte(g.typ), 0)
}

func (m *module) globalBody(shift func(uint32) uint32) []byte {
	var body []byte
	for _, g := range m.globals[m.importedGlobals:] {
		body = appendConstExpr(appendGlobalType(body, g), g.init, shift)
	}
	return body
}

func (mt *meter) appendGlobals(b []byte) []byte {
	m := mt.m
	body := append(m.globalBody(mt.shift), byte(I64), 1, opI64Const, 0, opEnd)
	return appendSection(b, sectionGlobal, len(m.globals)-m.importedGlobals+1, body)
}

func (mt *meter) appendExports(b []byte) []byte {
	var body []byte
	for _, e := range append(mt.m.exports, export{FuelGlobal, KindGlobal, mt.fuel}) {
		i := e.index
		if e.kind == KindFunc {
			i = mt.shift(i)
		}
		body = appendU32(append(appendName(body, e.name), byte(e.kind)), i)
	}
	return appendSection(b, sectionExport, len(mt.m.exports)+1, body)
}

func (m *module) appendElements(b []byte, shift func(uint32) uint32) []byte {
	var body []byte
	for _, e := range m.elements {
		body = appendU32(body, e.flags)
		if e.flags&elementPassive == 0 {
			if e.flags&elementExplicit != 0 {
				body = appendU32(body, e.table)
			}
			body = appendConstExpr(body, e.offset, shift)
		}
		switch {
		case e.flags&(elementPassive|elementExplicit) == 0:
		case e.flags&elementExprs != 0:
			body = append(body, byte(e.elem))
		default:
			body = append(body, 0)
		}
		body = appendU32(body, uint32(e.len()))
		for _, fn := range e.funcs {
			body = appendU32(body, shift(fn))
		}
		for _, x := range e.exprs {
			body = appendConstExpr(body, x, shift)
		}
	}
	return appendSection(b, sectionElement, len(m.elements), body)
}

func (m *module) appendDataCount(b []byte) []byte {
	if m.dataCount < 0 {
		return b
	}
	n := appendU32(nil, uint32(len(m.data)))
	return append(appendU32(append(b, sectionDataCount), uint32(len(n))), n...)
}

func (mt *meter) appendCode(b []byte) []byte {
	size, n := 0, len(mt.bodies)+len(mt.helpers.list)
	for _, c := range mt.bodies {
		size += len(c) + 5
	}
	body := make([]byte, 0, size)
	for _, c := range mt.bodies {
		body = appendBytes(body, c)
	}
	for _, h := range mt.helpers.list {
		body = appendBytes(body, h.body)
	}
	return appendSection(b, sectionCode, n, body)
}

func (m *module) appendData(b []byte) []byte {
	size := 0
	for _, d := range m.data {
		size += len(d.bytes) + 16
	}
	body := make([]byte, 0, size)
	for _, d := range m.data {
		if d.passive {
			body = append(body, 1)
		} else {
			body = append(append(body, 0), d.offset...)
		}
		body = appendBytes(body, d.bytes)
	}
	return appendSection(b, sectionData, len(m.data), body)
}
