package rewrite

func (f *function) call() {
	in := &f.in
	tail := in.op == opReturnCall || in.op == opReturnCallIndirect
	p := price{class: checking}
	if in.op == opCall || in.op == opReturnCall {
		p = f.mt.priceOf(in.a)
	}
	if f.debt >= 0 {
		f.charge(p)
	}
	if tail {
		f.settle()
	}
	if in.op == opCall || in.op == opReturnCall {
		f.out = appendU32(append(f.out, byte(in.op)), f.mt.shift(in.a))
	} else {
		f.copy()
	}
	if tail {
		f.leave(&f.frames[0])
		f.debt = -1
	}
}

// charge accounts for a call of a function of this price.
func (f *function) charge(p price) {
	f.debt += p.cost
	switch p.class {
	case free:
		f.since += p.reach
	case paying:
		f.since += p.reach
		f.touched = true
	default:
		f.opaque, f.touched = true, true
		f.since = max(f.since, checkEvery-afterCall)
	}
	f.reach = max(f.reach, f.since)
}

// bulk handles instructions that work on a range. Those that are surely short
// stay; for others a helper is called, with the same operands.
func (f *function) bulk(last trail) {
	in := &f.in
	units := -1 // not known
	switch in.op {
	case opTableInit:
		units = f.m.elements[in.a].len()
	case opMemoryInit:
		units = len(f.m.data[in.a].bytes) / bytesPerUnit
	}
	if last.step == 1 && in.op != opTableInit && in.op != opTableGrow && in.op != opMemoryGrow {
		n := int(last.value)
		if in.op == opMemoryFill || in.op == opMemoryCopy || in.op == opMemoryInit {
			n /= bytesPerUnit
		}
		if units < 0 || n < units {
			units = n
		}
	}
	if in.op == opTableInit || units >= 0 && units <= smallRange/bytesPerUnit {
		f.spend(units)
		f.copy()
		return
	}
	if f.debt >= 0 {
		f.charge(price{class: paying, reach: smallRange/bytesPerUnit + costBulk})
	}
	f.out = appendU32(append(f.out, opCall), f.mt.helpers.find(helperKey{in.op, in.a, in.b}))
}
