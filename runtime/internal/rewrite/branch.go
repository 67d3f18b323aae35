package rewrite

// jumpTable is the head of a loop that does nothing but branch by a local:
//
//	loop
//	  block block … block
//	    local.get $pc
//	    br_table …
//
// Go's compiler makes each function such a loop, and each jump in it sets $pc
// and goes back to the head. Where $pc is a constant and its target lies ahead,
// the jump can go there at once: nothing is paid, since it cannot repeat.
type jumpTable struct {
	local   uint32
	targets []jumpTarget // the last one for all larger numbers
}

type jumpTarget struct{ frame, id int }

// loop opens a loop. One without parameters is put into a loop of ours, whose
// head calls tick when the fuel is used up:
//
//	loop $ring
//	  check
//	  loop $label
//	    … pay; if enough is left branch to $label, else to $ring …
//
// That way the tight path holds no call, which would cost it registers.
func (f *function) loop(r *reader) {
	quiet := f.loops[0]
	f.loops = f.loops[1:]
	before, typ := f.held, f.in.block
	if f.debt < 0 {
		f.copy()
		f.push(frame{kind: opLoop, held: before})
		return
	}
	if typ.params > 0 {
		f.out = f.check(f.payAll())
		f.since = 0
		f.copy()
		f.push(frame{kind: opLoop, held: before})
		return
	}
	f.enter(quiet && !before)
	begin, ring := f.body[f.in.start:f.in.end], len(f.out)
	f.out = f.check(append(f.out, begin...))
	f.depth++
	head := len(f.out)
	f.out = append(f.out, begin...)
	f.since = 0
	fr := f.push(frame{kind: opLoop, held: before, ringed: true, ring: ring, head: head})
	fr.jumps = f.jumpTable(*r)
}

// enter pays what is owed before a loop and from then on holds the fuel in the
// local, if told so.
func (f *function) enter(hold bool) {
	f.touched = true
	switch {
	case len(f.frames) == 1 && f.frames[0].debt < 0 && !f.opaque && !f.entry.looped:
		f.entry = entry{looped: true, at: len(f.out), debt: f.debt, hold: hold}
		f.debt = 0
	case hold:
		f.out = f.gauge.hold(f.out, f.debt)
		f.debt = 0
	default:
		f.payAll()
	}
	if hold {
		f.held, f.holds = true, true
	}
}

// jumpTable looks ahead from the head of the loop that was just opened.
func (f *function) jumpTable(r reader) *jumpTable {
	var in instruction
	blocks := 0
	for {
		f.m.next(&r, &in)
		if r.err != nil || in.op != opBlock || !in.block.empty() {
			break
		}
		blocks++
	}
	if r.err != nil || in.op != opLocalGet {
		return nil
	}
	t := &jumpTable{local: in.a}
	f.m.next(&r, &in)
	if r.err != nil || in.op != opBrTable {
		return nil
	}
	loop := len(f.frames) - 1
	for _, label := range in.targets {
		at := loop + blocks - int(label)
		target := jumpTarget{frame: at, id: -1}
		switch {
		case at > loop:
			target.id = f.frames[loop].id + at - loop
		case at >= 0:
			target.id = f.frames[at].id
		}
		t.targets = append(t.targets, target)
	}
	return t
}

// short gives the frame to which a branch leads in the end, by its label in
// the source; ok is false when that is not known, or lies behind.
func (f *function) short(fr *frame, last trail) (target *frame, ok bool) {
	if fr.jumps == nil || last.step != 2 || last.local != fr.jumps.local {
		return nil, false
	}
	ts := fr.jumps.targets
	t := ts[min(uint64(last.value), uint64(len(ts)-1))]
	if t.frame < 0 || t.frame >= len(f.frames) {
		return nil, false
	}
	target = &f.frames[t.frame]
	return target, target.id == t.id && target.kind != opLoop && target.empty
}

func (f *function) br(last trail) {
	fr := f.frame(f.in.a)
	if f.debt < 0 {
		f.branch(opBr, fr)
		return
	}
	if target, ok := f.short(fr, last); ok {
		fr = target
	}
	switch {
	case fr.kind != opLoop:
		f.settle()
		f.branch(opBr, fr)
		f.leave(fr)
	case fr.ringed:
		f.back(fr)
	default:
		f.debt = max(f.debt, 1)
		f.out = f.check(f.payAll())
		f.branch(opBr, fr)
	}
	f.debt = -1
}

func (f *function) brIf() {
	fr := f.frame(f.in.a)
	switch {
	case f.debt < 0:
		f.branch(opBrIf, fr)
	case fr.kind != opLoop:
		f.settle()
		f.branch(opBrIf, fr)
		f.leave(fr)
	case fr.ringed:
		f.out = append(f.out, opIf, emptyBlock)
		f.depth++
		owed := f.debt
		f.back(fr)
		f.debt = owed
		f.out = append(f.out, opEnd)
		f.depth--
	default:
		f.debt = max(f.debt, 1)
		f.out = f.check(f.payAll())
		f.since = 0
		f.branch(opBrIf, fr)
	}
}

// back pays and goes back to a ringed loop: straight to its head while there
// is fuel, else by the ring.
func (f *function) back(fr *frame) {
	f.debt = max(f.debt, 1)
	f.payAll()
	f.out = f.enough(f.out)
	f.branch(opBrIf, fr)
	f.out = appendU32(append(f.out, opBr), f.depth-fr.label)
}

func (f *function) brTable() {
	targets := f.in.targets
	if f.debt >= 0 {
		if f.anyLoop(targets) {
			f.debt = max(f.debt, 1)
			f.out = f.check(f.payAll())
			f.since = 0
		} else {
			f.settle()
		}
	}
	f.out = appendU32(append(f.out, opBrTable), uint32(len(targets)-1))
	for _, l := range targets {
		fr := f.frame(l)
		f.out = appendU32(f.out, f.label(fr))
		if fr.kind != opLoop {
			f.leave(fr)
		}
	}
	f.debt = -1
}

func (f *function) branch(op byte, fr *frame) {
	f.out = appendU32(append(f.out, op), f.label(fr))
}

// label gives the number of a frame's label at this place of the output.
func (f *function) label(fr *frame) uint32 {
	fr.used = true
	return f.depth - 1 - fr.label
}

func (f *function) elseArm() {
	fr := &f.frames[len(f.frames)-1]
	f.settle()
	f.copy()
	f.leave(fr)
	fr.kind = opElse
	f.debt = fr.ifDebt
	f.since = fr.ifSince
}

func (f *function) end() {
	fr := f.frames[len(f.frames)-1]
	f.settle()
	f.copy()
	f.depth--
	if fr.ringed {
		f.out = append(f.out, opEnd)
		f.depth--
		if !fr.used { // all its jumps were shortened; compilers prefer to know
			f.out[fr.ring], f.out[fr.head] = opBlock, opBlock
		}
	}
	if fr.kind != opLoop {
		f.leave(&fr)
		if fr.kind == opIf && fr.ifDebt >= 0 { // the path on which it was false
			fr.debt, fr.since = max(fr.debt, fr.ifDebt), max(fr.since, fr.ifSince)
		}
		f.debt, f.since = fr.debt, fr.since
	}
	f.held = fr.held
	f.frames = f.frames[:len(f.frames)-1]
}
