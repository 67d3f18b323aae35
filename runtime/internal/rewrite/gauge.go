package rewrite

// gauge writes the code that pays and checks. Where fuel is held, a local has
// the same value as the global: the global is written with it and never read,
// which saves tight loops a load that waits for the store before it.
type gauge struct {
	tick, fuel uint32
	local      uint32
	held       bool
}

// pay subtracts n from the fuel.
func (g gauge) pay(b []byte, n int) []byte {
	if n <= 0 {
		return b
	}
	return g.store(g.subtract(g.load(b), n))
}

// hold pays n and brings the local up to date with the global.
func (g gauge) hold(b []byte, n int) []byte {
	b = appendU32(append(b, opGlobalGet), g.fuel)
	if n <= 0 {
		return appendU32(append(b, opLocalSet), g.local)
	}
	g.held = true
	return g.store(g.subtract(b, n))
}

// check calls tick when the fuel is below zero. The branch stands before the
// call so that a compiler lays registers out for the path without it.
func (g gauge) check(b []byte) []byte {
	b = append(b, opBlock, emptyBlock)
	b = append(g.enough(b), opBrIf, 0)
	b = appendU32(append(b, opCall), g.tick)
	if g.held {
		b = g.hold(b, 0)
	}
	return append(b, opEnd)
}

// enough leaves 1 on the stack when the fuel is not below zero, else 0.
func (g gauge) enough(b []byte) []byte {
	return append(g.load(b), opI64Const, 0, opI64GeS)
}

func (g gauge) load(b []byte) []byte {
	if g.held {
		return appendU32(append(b, opLocalGet), g.local)
	}
	return appendU32(append(b, opGlobalGet), g.fuel)
}

func (g gauge) store(b []byte) []byte {
	if g.held {
		b = appendU32(append(b, opLocalTee), g.local)
	}
	return appendU32(append(b, opGlobalSet), g.fuel)
}

func (g gauge) subtract(b []byte, n int) []byte {
	return append(appendS64(append(b, opI64Const), int64(n)), opI64Sub)
}
