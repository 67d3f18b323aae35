package rewrite

// function rewrites one function. It follows the code once, in order. Since
// every branch but those to loops goes forward, what is unpaid at a label is
// known when the label is reached: the most of what is unpaid at the branches
// to it. Branches to loops pay all, so nothing is unpaid at a loop's head.
type function struct {
	mt *meter
	m  *module
	gauge

	in     instruction
	body   []byte // as it was
	out    []byte
	frames []frame
	depth  uint32 // of constructs open in the output
	ids    int

	debt  int // unpaid units on the dearest path to here; -1: no path leads here
	since int // units since the last check, at most
	reach int // the most that since ever was

	touched bool // it pays, or calls what may
	opaque  bool // calls what may be long
	loops   []bool
	entry   entry
	last    trail
	holds   bool // the local that holds the fuel is used
}

func (mt *meter) function(i int) error {
	m := mt.m
	c := &m.codes[i]
	f := &function{
		mt: mt, m: m, body: c.body,
		gauge: gauge{tick: mt.tick, fuel: mt.fuel, local: uint32(len(m.types[m.funcs[i]].Params)) + c.count},
		out:   make([]byte, 0, len(c.body)+len(c.body)/8+32),
		loops: mt.quietLoops(mt.s.events[i]),

		touched: mt.exported[mt.tick+uint32(i)], // its caller, the host, pays nothing
	}
	f.push(frame{kind: opBlock})
	r := &reader{b: c.body}
	for len(f.frames) > 0 && r.err == nil {
		m.next(r, &f.in)
		f.instruction(r)
	}
	if r.err != nil {
		return r.err
	}
	mt.prices[i] = f.price()
	mt.bodies[i] = f.finish(c)
	return nil
}

// quietLoops says of each loop, in order, whether nothing that it calls
// touches the fuel.
func (mt *meter) quietLoops(events []uint32) []bool {
	var quiet []bool
	var open []int
	for _, e := range events {
		switch {
		case e == markLoop:
			open = append(open, len(quiet))
			quiet = append(quiet, true)
		case e == markLoopEnd:
			last := len(open) - 1
			if last > 0 && !quiet[open[last]] {
				quiet[open[last-1]] = false
			}
			open = open[:last]
		case len(open) == 0:
		case e == markIndirect, e == markBulk, mt.priceOf(e).class != free:
			quiet[open[len(open)-1]] = false
		}
	}
	return quiet
}

// priceOf gives the price of a function that is called; an import pays
// nothing, but may call back.
func (mt *meter) priceOf(fn uint32) price {
	if fn < mt.tick {
		return price{class: paying, cost: costImport, reach: costImport}
	}
	return mt.prices[fn-mt.tick]
}

func (f *function) price() price {
	debt := max(f.debt, 0)
	switch {
	case f.opaque || f.reach > longestPaying:
		return price{class: checking}
	case f.touched || debt > dearestFree:
		return price{class: paying, reach: f.reach}
	}
	return price{class: free, cost: debt, reach: f.reach}
}

// finish puts the payment of the entry at its place and gives the whole
// function as the binary format wants it.
func (f *function) finish(c *code) []byte {
	b := make([]byte, 0, len(f.out)+len(c.locals)+32)
	groups := c.groups
	if f.holds {
		groups++
	}
	b = append(appendU32(b, groups), c.locals...)
	if f.holds {
		b = append(b, 1, byte(I64))
	}
	b = append(b, f.out[:f.entry.at]...)
	due := max(f.debt, 0) + f.entry.debt
	p := f.price()
	if p.class == checking {
		due = max(due, 1) // also in a function that never returns
	}
	switch {
	case f.entry.hold:
		b = f.gauge.hold(b, due)
	case p.class != free:
		b = f.pay(b, due)
	}
	if p.class == checking && !f.entry.looped {
		b = f.check(b)
	}
	return append(b, f.out[f.entry.at:]...)
}

// instruction accounts for the decoded instruction and writes its new form.
func (f *function) instruction(r *reader) {
	f.spend(costOf(f.in.op))
	if f.since > checkEvery && f.debt >= 0 {
		f.out = f.check(f.payAll())
		f.since = 0
	}
	last := f.last
	f.last = trail{}
	switch op := f.in.op; op {
	case opBlock:
		f.copy()
		f.push(frame{kind: op, held: f.held, empty: f.in.block.empty()})
	case opIf:
		f.copy()
		f.push(frame{kind: op, held: f.held, empty: f.in.block.empty(), ifDebt: f.debt, ifSince: f.since})
	case opLoop:
		f.loop(r)
	case opElse:
		f.elseArm()
	case opEnd:
		f.end()
	case opUnreachable:
		f.settle()
		f.copy()
		f.debt = -1
	case opReturn:
		f.settle()
		f.copy()
		f.leave(&f.frames[0])
		f.debt = -1
	case opBr:
		f.br(last)
	case opBrIf:
		f.brIf()
	case opBrTable:
		f.brTable()
	case opCall, opCallIndirect, opReturnCall, opReturnCallIndirect:
		f.call()
	case opRefFunc:
		f.out = appendU32(append(f.out, byte(op)), f.mt.shift(f.in.a))
	case opMemoryFill, opMemoryCopy, opMemoryInit, opMemoryGrow,
		opTableInit, opTableCopy, opTableFill, opTableGrow:
		f.bulk(last)
	case opI32Const:
		f.copy()
		f.last = trail{step: 1, value: f.in.a}
	case opLocalSet:
		f.copy()
		if last.step == 1 {
			f.last = trail{step: 2, value: last.value, local: f.in.a}
		}
	default:
		f.copy()
	}
}

func (f *function) copy() { f.out = append(f.out, f.body[f.in.start:f.in.end]...) }

// spend accounts for n units, if the code can be reached.
func (f *function) spend(n int) {
	if f.debt < 0 {
		return
	}
	f.debt += n
	f.since += n
	f.reach = max(f.reach, f.since)
}

// payAll writes the payment of what is owed.
func (f *function) payAll() []byte {
	f.touched = true
	f.out = f.pay(f.out, f.debt)
	f.debt = 0
	return f.out
}

// settle pays before paths meet, when much is owed.
func (f *function) settle() {
	if f.debt >= dearestDebt {
		f.payAll()
	}
}
