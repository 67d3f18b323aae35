package rewrite

import "strconv"

// The names that a metered module and its host agree on.
const (
	TickModule = "postern"
	TickName   = "tick"
	FuelGlobal = "postern:fuel"
	ProbeName  = "postern:probe" // see the package comment

	// reserved begins every name that a rewrite exports.
	reserved = "postern:"
)

// SliceFuel is what a host should set the fuel to at a tick. Code spends it in
// some 30 to 100 µs; code that waits for memory at each step, in a few
// milliseconds at worst. What was spent is what was set before less what is
// found: that may be far below zero, as a payment is made at once.
const SliceFuel = 100_000

// Metered is a module that pays for what it runs.
type Metered struct {
	Wasm []byte
	// Globals are the module's own mutable globals, in the order of their
	// index: with memory they are all that changes. The fuel is not among
	// them. Each is exported under its name.
	Globals []Global
	Info    *Info // of the module before the rewrite
}

// Global is a mutable global of a metered module.
type Global struct {
	Name string // of its export
	Type ValType
}

// Meter rewrites a module so that it pays for what it runs; the package
// comment says how. The fuel starts at 0: the first check ticks, unless the
// host sets it before. The module's memory is left alone. Errors are those of
// [Inspect].
func Meter(wasm []byte) (*Metered, error) {
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
	out := &Metered{Info: m.info(s)}
	if !s.usesData {
		m.dataCount = -1 // nothing needs it, and a frozen module then needs no data
	}
	mt := newMeter(m, s)
	if err := mt.functions(); err != nil {
		return nil, err
	}
	if m.start < 0 {
		mt.exportProbe()
	}
	out.Globals = m.exportGlobals()
	out.Wasm = mt.encode()
	return out, nil
}

// exportProbe adds a function that does nothing but come back, under its name.
func (mt *meter) exportProbe() {
	probe := mt.helpers.first + uint32(len(mt.helpers.list))
	mt.helpers.list = append(mt.helpers.list, helper{ProbeName, FuncType{}, []byte{0, opEnd}})
	mt.m.exports = append(mt.m.exports, export{ProbeName, KindFunc, probe - 1}) // tick moves it up again
}

// exportGlobals gives every mutable global of the module's own a name.
func (m *module) exportGlobals() []Global {
	var gs []Global
	for i := m.importedGlobals; i < len(m.globals); i++ {
		if g := m.globals[i]; g.mutable {
			name := reserved + "global." + strconv.Itoa(i)
			gs = append(gs, Global{name, g.typ})
			m.exports = append(m.exports, export{name, KindGlobal, uint32(i)})
		}
	}
	return gs
}

// meter is one rewrite under way.
type meter struct {
	m       *module
	s       *summary
	tick    uint32 // index of the imported function
	fuel    uint32 // index of the global
	prices  []price
	bodies  [][]byte // of the defined functions, rewritten, with their locals
	helpers helpers

	exported map[uint32]bool // the functions that are, by their old index
}

// price is what a caller must know about a function.
type price struct {
	class class
	cost  int // what the caller pays for a free function
	reach int // the most units that may pass in it without a check
}

// class says who pays for a function and whether it checks.
type class byte

const (
	// unknown: not rewritten yet, so the call closes a circle.
	unknown class = iota
	// free: short, without loops, not exported, calling only its like; it holds
	// no code of ours and its callers pay for it.
	free
	// paying: pays for itself at its entry and needs no check there, as little
	// can happen in it without one.
	paying
	// checking: checks at its entry. Callers of it do so too.
	checking
)

func newMeter(m *module, s *summary) *meter {
	exported := map[uint32]bool{}
	for _, e := range m.exports {
		if e.kind == KindFunc {
			exported[e.index] = true
		}
	}
	return &meter{
		m: m, s: s, exported: exported,
		tick:   uint32(m.importedFuncs),
		fuel:   uint32(len(m.globals)),
		prices: make([]price, len(m.codes)),
		bodies: make([][]byte, len(m.codes)),
		helpers: helpers{
			m: m, gauge: gauge{tick: uint32(m.importedFuncs), fuel: uint32(len(m.globals))},
			first: uint32(len(m.funcTypes)) + 1, index: map[helperKey]uint32{},
		},
	}
}

// shift gives the place of a function once tick stands before the defined ones.
func (mt *meter) shift(fn uint32) uint32 {
	if fn >= mt.tick {
		return fn + 1
	}
	return fn
}

// functions rewrites all functions, those that are called before their
// callers, as far as there are no circles.
func (mt *meter) functions() error {
	const (
		open = 1 + iota
		done
	)
	type visit struct{ fn, event int }
	state := make([]byte, len(mt.m.codes))
	var path []visit
	for root := range state {
		if state[root] != 0 {
			continue
		}
		path = append(path[:0], visit{fn: root})
		state[root] = open
	walk:
		for len(path) > 0 {
			v := &path[len(path)-1]
			for events := mt.s.events[v.fn]; v.event < len(events); {
				callee := int(events[v.event]) - mt.m.importedFuncs
				v.event++
				if callee >= 0 && callee < len(state) && state[callee] == 0 {
					state[callee] = open
					path = append(path, visit{fn: callee})
					continue walk
				}
			}
			state[v.fn] = done
			if err := mt.function(v.fn); err != nil {
				return err
			}
			path = path[:len(path)-1]
		}
	}
	return nil
}
