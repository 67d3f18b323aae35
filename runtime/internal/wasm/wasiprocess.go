package wasm

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
)

// programName is the only argument of every function.
const programName = "function"

func argsSizesGet(i *Instance, p []uint64) errno {
	return written(i.put32(uint32(p[0]), 1) && i.put32(uint32(p[1]), uint32(len(programName)+1)))
}

func argsGet(i *Instance, p []uint64) errno {
	w := textWriter{i: i, array: uint32(p[0]), text: uint32(p[1])}
	return written(w.put(programName, ""))
}

// environ calls put for every variable. A command finds its context among them.
func (i *Instance) environ(put func(name, value string) bool) bool {
	if i.module.kind == Command && len(i.run.Context) > 0 && !put(abi.EnvContext+"=", string(i.run.Context)) {
		return false
	}
	for _, v := range i.module.environment {
		if !put(v, "") {
			return false
		}
	}
	return true
}

func environSizesGet(i *Instance, p []uint64) errno {
	var count, size uint32
	i.environ(func(name, value string) bool {
		count++
		size += uint32(len(name) + len(value) + 1)
		return true
	})
	i.charge(costBytes(int(size)))
	return written(i.put32(uint32(p[0]), count) && i.put32(uint32(p[1]), size))
}

func environGet(i *Instance, p []uint64) errno {
	w := textWriter{i: i, array: uint32(p[0]), text: uint32(p[1])}
	return written(i.environ(w.put))
}

// textWriter fills an array of addresses and the texts that they point to, each
// ended by a zero byte.
type textWriter struct {
	i           *Instance
	array, text uint32
}

func (w *textWriter) put(a, b string) bool {
	size := uint32(len(a) + len(b) + 1)
	to, ok := w.i.slice(w.text, size)
	if !ok || !w.i.put32(w.array, w.text) {
		return false
	}
	copy(to, a)
	copy(to[len(a):], b)
	to[size-1] = 0
	w.array, w.text = w.array+4, w.text+size
	w.i.charge(costBytes(int(size)))
	return true
}

// procExit unwinds the run. The instance is not closed: that is its owner's.
func procExit(i *Instance, p []uint64) {
	i.exited, i.exitCode = true, uint32(p[0])
	panic(sys.NewExitError(i.exitCode))
}

// What poll_oneoff reads and writes.
//
//	subscription, 48 bytes
//	0          8      16        24         32          40     42
//	│user data │kind  │clock id │timeout   │precision  │flags │   kind 0
//	│user data │kind  │fd       │                                kinds 1 and 2
//	event, 32 bytes
//	0          8      10     16          24
//	│user data │errno │kind  │bytes      │flags
const (
	subscriptionSize = 48
	eventSize        = 32
	subscribedClock  = 0
	absoluteTime     = 1
)

// pollOneoff waits for clocks; the standard streams are always ready. It is how
// functions sleep, and ends early with the run.
func pollOneoff(i *Instance, p []uint64) errno {
	count := uint32(p[2])
	if count == 0 || count > maxVectors {
		return errInvalid
	}
	subscriptions, ok := i.slice(uint32(p[0]), count*subscriptionSize)
	if !ok {
		return errFault
	}
	events, ok := i.slice(uint32(p[1]), count*eventSize)
	if !ok {
		return errFault
	}
	i.charge(int64(count) * costImport)

	now := i.instant()
	wait := time.Duration(math.MaxInt64)
	for rest := subscriptions; len(rest) > 0; rest = rest[subscriptionSize:] {
		left, _ := subscription(rest).left(now)
		wait = min(wait, left)
	}
	i.sleep(wait)
	happened := uint32(0)
	for rest := subscriptions; len(rest) > 0; rest = rest[subscriptionSize:] {
		if left, e := subscription(rest).left(now); left <= wait {
			subscription(rest).writeEvent(events[happened*eventSize:][:eventSize], e)
			happened++
		}
	}
	return written(i.put32(uint32(p[3]), happened))
}

// instant is one reading of the clocks that functions can wait for, by number.
type instant [2]int64

func (i *Instance) instant() (now instant) {
	for id := range now {
		now[id], _ = i.clock(uint32(id))
	}
	return now
}

// subscription begins with what one entry of poll_oneoff waits for.
type subscription []byte

// left returns how long it is from now to the event; a subscription that makes
// no sense happens at once, with an error number.
func (s subscription) left(now instant) (time.Duration, errno) {
	id := binary.LittleEndian.Uint32(s[16:])
	if s[8] != subscribedClock {
		return 0, onStream(id, success)
	}
	if id > clockMonotonic {
		return 0, errInvalid
	}
	timeout := int64(min(binary.LittleEndian.Uint64(s[24:]), math.MaxInt64))
	if binary.LittleEndian.Uint16(s[40:])&absoluteTime != 0 {
		timeout -= now[id]
	}
	return time.Duration(max(timeout, 0)), success
}

func (s subscription) writeEvent(event []byte, e errno) {
	clear(event)
	copy(event, s[:8])
	binary.LittleEndian.PutUint16(event[8:], uint16(e))
	event[10] = s[8]
}

// sleep waits for d, or until the run is to end: then it does not return.
func (i *Instance) sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	if i.trial != nil && i.trial.strict {
		i.stop(fault.New(fault.Unavailable, "the function waits"))
	}
	if !i.run.Deadline.IsZero() {
		d = min(d, max(time.Until(i.run.Deadline), 0))
	}
	i.memory.InterruptUse()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-i.wake:
	}
	i.checkpoint()
}
