package rewrite

// maxLocals bounds the locals of a function. Toolchains and engines stay below
// it; a few bytes could else ask for four billion.
const maxLocals = 50_000

// maxPages is the most a 32-bit memory may have.
const maxPages = 1 << 16

func (m *module) decodeTypes(r *reader) {
	n := r.items(3)
	m.types = make([]FuncType, 0, n)
	for range n {
		switch form := r.byte(); form {
		case 0x60:
			t := FuncType{r.valTypes(), r.valTypes()}
			if len(t.Results) > 1 {
				m.features |= multiValue
			}
			m.types = append(m.types, t)
		case 0x5f, 0x5e, 0x50, 0x4f, 0x4e:
			r.fail(gc.refusal())
		default:
			r.bad("declares a type of the unknown form %#x", form)
		}
		if r.err != nil {
			return
		}
	}
}

func (m *module) decodeImports(r *reader) {
	n := r.items(4)
	m.imports = make([]importEntry, 0, n)
	for range n {
		e := importEntry{module: r.name(), name: r.name(), kind: Kind(r.byte())}
		switch e.kind {
		case KindFunc:
			e.index = uint32(len(m.funcTypes))
			m.funcTypes = append(m.funcTypes, m.typeIndex(r))
			m.importedFuncs++
		case KindTable:
			e.index = uint32(len(m.tables))
			m.tables = append(m.tables, m.table(r))
			m.importedTables++
		case KindMemory:
			e.index = uint32(len(m.memories))
			m.memories = append(m.memories, r.memory())
			m.importedMemories++
		case KindGlobal:
			e.index = uint32(len(m.globals))
			m.globals = append(m.globals, m.globalType(r))
			m.importedGlobals++
			if m.globals[e.index].mutable {
				m.features |= mutableGlobals
			}
		case 4:
			r.fail(exceptions.refusal())
		default:
			r.bad("imports %q.%q of the unknown kind %d", e.module, e.name, byte(e.kind))
		}
		if r.err != nil {
			return
		}
		m.imports = append(m.imports, e)
	}
}

func (m *module) typeIndex(r *reader) uint32 {
	i := r.u32()
	if int64(i) >= int64(len(m.types)) {
		r.bad("refers to type %d, which does not exist", i)
		return 0
	}
	return i
}

func (m *module) decodeFunctions(r *reader) {
	n := r.items(1)
	m.funcs = make([]uint32, 0, n)
	for range n {
		m.funcs = append(m.funcs, m.typeIndex(r))
	}
	if r.err == nil {
		m.funcTypes = append(m.funcTypes, m.funcs...)
	}
}

func (m *module) decodeTables(r *reader) {
	for range r.items(3) {
		m.tables = append(m.tables, m.table(r))
	}
	if len(m.tables) > 1 {
		m.features |= referenceTypes
	}
}

func (m *module) table(r *reader) table {
	if r.more() && r.b[r.p] == 0x40 { // a table with an initial value
		r.fail(typedRefs.refusal())
		return table{}
	}
	t := table{elem: r.refType()}
	if t.elem == ExternRef {
		m.features |= referenceTypes
	}
	switch flags := r.byte(); flags {
	case 0, 1:
		t.limits = r.limits(flags)
	case 2, 3:
		r.fail(threads.refusal())
	case 4, 5:
		r.fail(memory64.refusal())
	default:
		r.bad("has a table with the unknown limits %#x", flags)
	}
	return t
}

func (m *module) decodeMemories(r *reader) {
	for range r.items(2) {
		m.memories = append(m.memories, r.memory())
	}
}

func (r *reader) memory() limits {
	switch flags := r.byte(); {
	case flags <= 1:
		l := r.limits(flags)
		if r.err == nil && (l.min > maxPages || l.max > maxPages) {
			r.bad("has a memory larger than 4 GiB")
		}
		return l
	case flags >= 8:
		r.fail(pageSizes.refusal())
	case flags >= 4:
		r.fail(memory64.refusal())
	default:
		r.fail(threads.refusal())
	}
	return limits{}
}

func (r *reader) limits(flags byte) limits {
	l := limits{min: r.u32(), hasMax: flags&1 != 0}
	if l.hasMax {
		l.max = r.u32()
		if l.max < l.min {
			r.bad("has a limit that is below its start")
		}
	}
	return l
}

func (m *module) globalType(r *reader) global {
	g := global{typ: r.valType()}
	switch r.byte() {
	case 0:
	case 1:
		g.mutable = true
	default:
		r.bad("has a global that is neither constant nor mutable")
	}
	return g
}

func (m *module) decodeGlobals(r *reader) {
	n := r.items(3)
	for range n {
		g := m.globalType(r)
		g.init = m.constExpr(r)
		m.globals = append(m.globals, g)
	}
}

func (m *module) decodeExports(r *reader) {
	n := r.items(3)
	m.exports = make([]export, 0, n)
	for range n {
		e := export{name: r.name(), kind: Kind(r.byte())}
		if r.err == nil && e.kind == 4 {
			r.fail(exceptions.refusal())
		}
		if r.err == nil && e.kind > KindGlobal {
			r.bad("exports %q of the unknown kind %d", e.name, e.kind)
		}
		e.index = r.u32()
		if r.err != nil {
			return
		}
		if e.kind == KindGlobal && int64(e.index) < int64(len(m.globals)) && m.globals[e.index].mutable {
			m.features |= mutableGlobals
		}
		m.exports = append(m.exports, e)
	}
}

func (m *module) decodeCodes(r *reader) {
	m.codeBytes = r.left()
	n := r.items(3)
	m.codes = make([]code, 0, n)
	for range n {
		b := &reader{b: r.bytes(r.count(1))}
		c := code{groups: uint32(b.count(2))}
		start, locals := b.p, uint64(0)
		for range c.groups {
			locals += uint64(b.u32())
			b.valType()
		}
		if locals > maxLocals {
			b.bad("has a function with %d locals, at most %d are taken", locals, maxLocals)
		}
		if b.err != nil {
			r.fail(b.err)
		}
		if r.err != nil {
			return
		}
		c.locals, c.count, c.body = b.b[start:b.p], uint32(locals), b.b[b.p:]
		m.codes = append(m.codes, c)
	}
}
