// Package sched decides when a call runs: lanes with slots and bounded queues,
// attempts beside each other, patience and run limit. It is not what runs: it
// knows nothing of instances, of events or of HTTP.
//
// A call waits Patience for its first attempt. When that time ends without an
// answer the next attempt starts beside the running one, until all attempts
// have had their time; then the call ends with [ErrTimeout]. Only an attempt
// that ends within its own patience answers. All others go on to their run
// limit, keep their slot until they end, and are told to [Job.Late].
//
//	        0s         60s        120s       180s
//	attempt 1 |---------|- - - - - - - - - - - - - (late) - -> run limit
//	attempt 2           |---------|- - - - - - - - (late) - -> run limit
//	attempt 3                     |----------|- - -(late) - -> run limit
//	client    |------------ waits ----------| ErrTimeout
package sched

import (
	"errors"
	"fmt"
	"time"

	"github.com/postern-dev/postern/runtime/internal/trail"
)

// Errors of a call that got no answer. An error that a run returned is handed
// on as it is.
var (
	// ErrBusy says that the lane's queue is full. The error that Do returns is
	// a [*BusyError], which says when to try again.
	ErrBusy = errors.New("lane is busy")
	// ErrTimeout says that every attempt outlived its patience.
	ErrTimeout = errors.New("every attempt outlived its patience")
	// ErrRescued says that the client was told by [Rescuer.Rescue] while Do
	// was still inside a run. Only a job that is a Rescuer meets it.
	ErrRescued = errors.New("call was rescued")
	// ErrClosed says that the scheduler takes no more calls.
	ErrClosed = errors.New("scheduler is closed")
)

// BusyError is an [ErrBusy] with advice.
type BusyError struct {
	// RetryAfter is when a slot may be free, guessed from the length of the
	// queue and from how long runs took lately. At least a second.
	RetryAfter time.Duration
}

// Error says what happened and for how long.
func (e *BusyError) Error() string {
	return fmt.Sprintf("%v: try again in %v", ErrBusy, e.RetryAfter)
}

// Is makes errors.Is(err, ErrBusy) true.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// PanicError is what a panic in [Job.Run] becomes.
type PanicError struct {
	Value any
	Stack []byte // of the goroutine that panicked; for the log only
}

// Error gives the value of the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic in a run: %v", e.Value) }

// Unwrap returns the value of the panic if it was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Policy is what a client may expect of a call. Nothing in it is interpreted:
// zero means zero, but there is always one attempt.
type Policy struct {
	Attempts int           // in all; 1 makes patience a plain timeout
	Patience time.Duration // how long the client waits for one attempt, its time in the queue included
	RunLimit time.Duration // the life of a run, counted from its start
}

// Attempt is one run of a call.
type Attempt struct {
	Number   int           // 1 is the first
	Queued   time.Duration // how long this attempt waited for its slot
	Started  time.Time
	Deadline time.Time // Started and the run limit; the run itself must end by then

	// Ran is how long the run took, once it has ended: in what Late and an
	// Answer are given, but not in Run.
	Ran time.Duration
}

// Job makes the attempts of one call. Its methods may run concurrently, since
// several attempts may run beside each other.
type Job[R any] interface {
	// Run is one attempt. It holds a slot and runs on a goroutine of the
	// scheduler, or on that of Do if the job is a [Rescuer]; it must return
	// by a.Deadline and may not call runtime.Goexit. A run that returns an error must have let go of its
	// value.
	Run(a Attempt) (R, error)
	// Late is told of every attempt that ended though nobody waits for it
	// any more. It must let go of r if err is nil. The attempt's slot is
	// free after Late returned.
	Late(a Attempt, r R, err error)
	// Done is called exactly once per Do, when neither Do, nor any run, nor
	// an answer that is not released needs the job any more: it may be used
	// again. If Do returns an error that can be before Do returns.
	Done()
}

// Rescuer is a job whose first attempt may run on the goroutine of Do, which
// saves two switches between goroutines. Do then can't tell the client how the
// call ended if that is decided while it is still inside Run: because a later
// attempt answered, every attempt outlived its patience, or the ctx ended.
// Rescue does.
type Rescuer[R any] interface {
	Job[R]
	// Rescue tells the client how the call ended, in place of Do: with what
	// Do would have returned. It is called at most once per Do, on a
	// goroutine of the scheduler, while Do's is inside Run or on its way out
	// of it, and may block. If err is nil it must release a; it may do so
	// later. Do returns ErrRescued once the run has ended and Rescue has
	// returned.
	Rescue(a Answer[R], err error)
}

// Answer is what the winning attempt returned.
type Answer[R any] struct {
	// Value is the caller's until Release.
	Value R
	// Attempt is the one that answered. Its Number is 0 if none did, and set
	// beside an error if that error came from a run.
	Attempt Attempt
	// Took is how long the client waited, also beside an error: from Do to
	// the answer, all attempts and the queue included. It is 0 for a call
	// that was refused at once.
	Took time.Duration

	call *call[R]
	sits bool // call took its seat with the answer in it
}

// Release gives the slot back and lets go of the job. It must be called once
// after Do returned without an error; after that Value may not be used. On
// any other answer, and when called again, it does nothing.
func (a *Answer[R]) Release() {
	c := a.call
	if c == nil {
		return
	}
	a.call = nil
	if a.sits {
		c.leaveSeat()
		c.recycle()
		return
	}
	c.lane.release(c)
}

// Trace adds what a call of the lane touches that sits in the same seat. A call
// that did not keep its seat may be about to lose it, and adds nothing.
func (a *Answer[R]) Trace(t *trail.Trail) {
	if a.call == nil || !a.sits {
		return
	}
	l := a.call.lane
	trail.Of(t, l)
	trail.Of(t, l.seats.Load())
	trail.Of(t, a.call.seat)
}
