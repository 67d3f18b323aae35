package rewrite

// constExpr reads the expression that gives a global, an offset or an element
// its first value, and returns it with its closing end.
func (m *module) constExpr(r *reader) []byte {
	start := r.p
	for r.err == nil {
		switch op := r.byte(); op {
		case opEnd:
			return r.b[start:r.p:r.p]
		case opI32Const:
			r.sleb(32)
		case opI64Const:
			r.sleb(64)
		case opF32Const:
			r.bytes(4)
		case opF64Const:
			r.bytes(8)
		case opGlobalGet:
			if i := r.u32(); r.err == nil && int64(i) >= int64(len(m.globals)) {
				r.bad("starts a value from global %d, which does not exist before it", i)
			}
		case opRefNull:
			m.features |= referenceTypes
			r.refType()
		case opRefFunc:
			m.features |= referenceTypes
			if i := r.u32(); r.err == nil && int64(i) >= int64(len(m.funcTypes)) {
				r.bad("refers to function %d, which does not exist", i)
			}
		case opI32Add, opI32Sub, opI32Mul, opI64Add, opI64Sub, opI64Mul:
			m.features |= extendedConst
		case prefixVector:
			m.features |= simd
			if sub := r.u32(); r.err == nil && sub != subV128Const {
				r.bad("has a value that is not constant")
			}
			r.bytes(16)
		case prefixGC:
			r.fail(gc.refusal())
		default:
			r.bad("has a value that is not constant (instruction %#x)", op)
		}
	}
	return nil
}

// appendConstExpr copies a const expression; the functions it refers to are
// found at their new places. Expr was read by constExpr.
func appendConstExpr(b, expr []byte, shift func(uint32) uint32) []byte {
	r := &reader{b: expr}
	for r.more() {
		start := r.p
		switch r.byte() {
		case opI32Const:
			r.sleb(32)
		case opI64Const:
			r.sleb(64)
		case opF32Const:
			r.bytes(4)
		case opF64Const:
			r.bytes(8)
		case opGlobalGet:
			r.u32()
		case opRefNull:
			r.byte()
		case opRefFunc:
			b = appendU32(append(b, opRefFunc), shift(r.u32()))
			continue
		case prefixVector:
			r.u32()
			r.bytes(16)
		}
		b = append(b, expr[start:r.p]...)
	}
	return b
}
