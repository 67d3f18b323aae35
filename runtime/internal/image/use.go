package image

import "runtime"

// A use of a memory is what one goroutine does with it between two resets. A page
// that was not written since the image was laid can't be written without a page
// fault, which is what makes it private. So after a use whose thread took no fault
// the private pages are those of the reset before, and the system need not be
// asked which they are: that costs more than to put a few pages back, the more
// so when other processors change the address space.
//
//	     Reset        BeginUse          EndUse        Reset
//	───────┼─────────────┼────────────────┼─────────────┼───
//	       └ what may be │   faults are   │  nobody     └ puts that back, and asks
//	         written is  │   counted      │  writes       again after a fault
//	         known
type use struct {
	known   bool   // the spans are all that can be written without a fault
	spans   []span // what the last reset put back, unless it was much
	watched bool   // the goroutine keeps its thread, and the thread's faults are counted
	faults  int64  // of the thread when the use began
	quiet   bool   // the use has ended without a fault
}

// span is some neighbouring pages of a memory: from the first byte to the one
// behind the last.
type span struct{ from, to uint64 }

// maxSpans is how many spans a memory keeps in mind. The calls of most functions
// write to fewer.
const maxSpans = 64

// BeginUse says that the calling goroutine is the only one to write to the memory
// until it calls [Memory.EndUse]. Between two resets either all writes are in such
// uses, or none: then the reset after them is dearer.
func (m *Memory) BeginUse() {
	if m.use.known && countsFaults() {
		m.use.watch()
	}
}

// EndUse ends the use that the calling goroutine has begun, if it has.
func (m *Memory) EndUse() { m.use.end() }

// InterruptUse says that the goroutine is about to wait, or to let others run. It
// does so on any thread from here on.
func (m *Memory) InterruptUse() { m.use.interrupt() }

func (u *use) watch() {
	runtime.LockOSThread()
	if u.faults, u.watched = faults(); !u.watched {
		runtime.UnlockOSThread()
	}
}

func (u *use) end() {
	u.quiet = false
	if u.watched {
		now, known := faults()
		u.quiet = known && now == u.faults
		u.interrupt()
	}
	u.known = u.quiet
}

func (u *use) interrupt() {
	if u.watched {
		u.watched = false
		runtime.UnlockOSThread()
	}
}

// putBack puts back what the reset before put back, after a quiet use.
func (u *use) putBack(from store, memory []byte) {
	for _, s := range u.spans {
		from.putBack(memory, s.from, s.to)
	}
	u.quiet = false
}

// begin forgets what was known, before a reset finds it out again.
func (u *use) begin() {
	u.known, u.quiet, u.spans = false, false, u.spans[:0]
}

// found notes that a reset put pages back.
func (u *use) found(from, to uint64) {
	if len(u.spans) <= maxSpans {
		u.spans = append(u.spans, span{from, to})
	}
}

// learn says that the reset is over, and whether its spans are all that is
// private, and will be at the next one.
func (u *use) learn(all bool) { u.known = all && len(u.spans) <= maxSpans }

// forget is for a memory whose private pages are given back.
func (u *use) forget() { *u = use{} }
