package rewrite

// element is a segment of references for tables.
type element struct {
	flags  uint32 // as in the binary format; says which of the rest is there
	table  uint32
	offset []byte  // const expression of an active segment
	elem   ValType // FuncRef when the format leaves it out
	funcs  []uint32
	exprs  [][]byte
}

// The bits of an element's flags.
const (
	elementPassive  = 1 // or declarative, with elementExplicit
	elementExplicit = 2 // names its table, or its kind
	elementExprs    = 4
)

func (e *element) len() int { return len(e.funcs) + len(e.exprs) }

// dataSegment is a piece of memory's contents.
type dataSegment struct {
	passive bool
	offset  []byte // const expression of an active segment
	bytes   []byte
}

func (m *module) decodeElements(r *reader) {
	n := r.items(2)
	m.elements = make([]element, 0, n)
	for range n {
		e := element{flags: r.u32(), elem: FuncRef}
		if e.flags > 7 {
			r.bad("has an element segment with the unknown flags %#x", e.flags)
		}
		if e.flags != 0 {
			m.features |= bulkMemory
		}
		if e.flags&elementPassive == 0 {
			if e.flags&elementExplicit != 0 {
				e.table = r.u32()
			}
			if r.err == nil && int64(e.table) >= int64(len(m.tables)) {
				r.bad("fills table %d, which does not exist", e.table)
			}
			e.offset = m.constExpr(r)
		}
		if e.flags&(elementPassive|elementExplicit) != 0 {
			m.elementKind(r, &e)
		}
		m.elementItems(r, &e)
		if r.err != nil {
			return
		}
		m.elements = append(m.elements, e)
	}
}

func (m *module) elementKind(r *reader, e *element) {
	if e.flags&elementExprs != 0 {
		e.elem = r.refType()
		return
	}
	if kind := r.byte(); kind != 0 {
		r.bad("has an element segment of the unknown kind %d", kind)
	}
}

func (m *module) elementItems(r *reader, e *element) {
	if e.flags&elementExprs != 0 {
		n := r.items(2)
		e.exprs = make([][]byte, 0, n)
		for range n {
			e.exprs = append(e.exprs, m.constExpr(r))
		}
		return
	}
	n := r.items(1)
	e.funcs = make([]uint32, 0, n)
	for range n {
		fn := r.u32()
		if r.err == nil && int64(fn) >= int64(len(m.funcTypes)) {
			r.bad("puts function %d into a table, which does not exist", fn)
		}
		e.funcs = append(e.funcs, fn)
	}
}

func (m *module) decodeData(r *reader) {
	n := r.items(2)
	m.data = make([]dataSegment, 0, n)
	for range n {
		var d dataSegment
		flags := r.u32()
		switch flags {
		case 0:
		case 1:
			d.passive = true
			m.features |= bulkMemory
		case 2:
			if r.u32() != 0 && r.err == nil {
				r.fail(multiMemory.refusal())
			}
		default:
			r.bad("has a data segment with the unknown flags %#x", flags)
		}
		if !d.passive {
			if r.err == nil && len(m.memories) == 0 {
				r.bad("has data for a memory that does not exist")
			}
			d.offset = m.constExpr(r)
		}
		d.bytes = r.bytes(r.count(1))
		if r.err != nil {
			return
		}
		m.data = append(m.data, d)
	}
}
