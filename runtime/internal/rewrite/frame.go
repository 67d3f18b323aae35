package rewrite

import "slices"

// frame is an open block, loop or if, or the function itself.
type frame struct {
	id     int // no two frames of a function share it
	kind   opcode
	label  uint32 // its place among the constructs open in the output
	empty  bool   // branches to its end carry nothing
	ringed bool   // a loop that stands alone in a loop of ours
	used   bool   // something branches to it
	ring   int    // of a ringed loop: where in the output the ring begins,
	head   int    // and where the loop itself
	held   bool   // what function.held was before it
	debt   int    // of paths that jump to its end; -1: none
	since  int

	// of an if: debt and since when its condition was tested
	ifDebt, ifSince int
	jumps           *jumpTable
}

// entry is the place where all that is unpaid at exits is paid: the start, or
// right before the first loop when no call and no exit can come before that.
type entry struct {
	looped bool
	at     int // in out
	debt   int // owed there besides
	hold   bool
}

// trail remembers the last two instructions as far as they may tell where a
// branch leads or how long a range is.
type trail struct {
	step  int // 1: after i32.const number; 2: after local.set local, too
	value uint32
	local uint32
}

func (f *function) push(fr frame) *frame {
	fr.id, fr.debt, fr.label = f.ids, -1, f.depth
	f.ids++
	f.depth++
	f.frames = append(f.frames, fr)
	return &f.frames[len(f.frames)-1]
}

// leave notes that a path leads from here to the end of a frame.
func (f *function) leave(fr *frame) {
	if f.debt >= 0 {
		fr.debt = max(fr.debt, f.debt)
		fr.since = max(fr.since, f.since)
	}
}

// anyLoop reports whether one of the labels is a loop's.
func (f *function) anyLoop(labels []uint32) bool {
	return slices.ContainsFunc(labels, func(l uint32) bool { return f.frame(l).kind == opLoop })
}

func (f *function) frame(label uint32) *frame { return &f.frames[len(f.frames)-1-int(label)] }
