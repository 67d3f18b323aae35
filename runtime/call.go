package runtime

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/journal"
)

// Call is one request for a function. Its owner fills the exported fields,
// invokes it once at most and releases it once; it is not safe for concurrent
// use. The engine reuses calls.
type Call struct {
	Event     []byte // appended to by the owner; read-only after Invoke
	RequestID string
	Identity  string // who was admitted; "" for anybody
	Policy    Policy

	fn     *Function
	begun  time.Time
	answer sched.Answer[*attempt]
	owners atomic.Int32 // its owner, and the lane while runs of it may go on
}

// keepEvent is the largest event buffer that is kept for the next call.
const keepEvent = 256 << 10

// NewCall returns an empty call of the function, or ErrRetired.
func (f *Function) NewCall() (*Call, error) {
	if !f.acquire() {
		return nil, ErrRetired
	}
	c, _ := f.engine.calls.Get().(*Call)
	if c == nil {
		c = &Call{}
	}
	c.fn = f
	c.owners.Store(1)
	return c, nil
}

// Invoke makes the call and returns the reply, which is valid until Release. An
// error is a fault. When ctx ends first, the runs go on and nobody waits for
// them.
func (c *Call) Invoke(ctx context.Context) ([]byte, error) {
	c.begun = time.Now()
	c.owners.Add(1)
	policy := sched.Policy{Attempts: c.Policy.Attempts, Patience: c.Policy.Patience, RunLimit: c.fn.Spec.RunLimit}
	answer, err := c.fn.lane.Do(ctx, policy, c)
	if err != nil {
		err = faultOf(err, c.Policy)
		c.fn.stats.Call(fault.CodeOf(err), time.Since(c.begun))
		return nil, err
	}
	c.answer = answer
	c.fn.stats.Call("", time.Since(c.begun))
	answer.Value.completed(true)
	return answer.Value.reply, nil
}

// Misreplied tells the engine that the reply of the call was no reply.
func (c *Call) Misreplied() {
	c.answer.Value.log(journal.StreamRun, journal.LevelError, "the reply is not what the dialect asks for")
}

// Spent returns what the answering run spent, in units of the meter, and the
// bytes of linear memory it had.
func (c *Call) Spent() (cpu int64, memory uint64) {
	a := c.answer.Value
	if a == nil {
		return 0, 0
	}
	return a.run.Fuel, uint64(a.inst.Bytes())
}

// Release gives the reply's instance and slot back. The call must not be used
// afterwards.
func (c *Call) Release() {
	if a := c.answer.Value; a != nil {
		a.release()
		c.answer.Release()
		c.answer = sched.Answer[*attempt]{}
	}
	c.leave()
}

// Run makes one attempt, for the lane.
func (c *Call) Run(a sched.Attempt) (*attempt, error) {
	t := c.fn.engine.newAttempt(c, a)
	if err := t.do(); err != nil {
		t.failed(err)
		t.free()
		return nil, err
	}
	return t, nil
}

// Late is told by the lane of an attempt that nobody waited for.
func (c *Call) Late(_ sched.Attempt, t *attempt, _ error) {
	if t == nil {
		return
	}
	c.fn.stats.LateRun()
	t.completed(false)
	t.release()
}

// Done is told by the lane that no run of the call goes on any more.
func (c *Call) Done() { c.leave() }

// leave gives the call back when its last owner is gone.
func (c *Call) leave() {
	if c.owners.Add(-1) > 0 {
		return
	}
	f := c.fn
	c.fn, c.RequestID, c.Identity = nil, "", ""
	c.Event = c.Event[:0]
	if cap(c.Event) > keepEvent {
		c.Event = nil
	}
	f.engine.calls.Put(c)
	f.release()
}
