package runtime

import (
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/pool"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/internal/wasm"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/meter"
	"github.com/postern-dev/postern/runtime/service"
)

// attempt is one run of a call: the instance it leased, what went in and what
// came out. Attempts are reused.
type attempt struct {
	call    *Call
	sched   sched.Attempt
	trace   string
	loaded  *loaded
	place   *pool.Place[instance]
	inst    instance // of the place
	near    pool.Near
	run     wasm.Run
	print   func(wasm.Level, []byte) // prints for this attempt; made once
	grow    func(uint64) bool        // asks for memory for this attempt; made once
	context []byte
	reply   []byte // in the instance's memory
}

func (e *Engine) newAttempt(c *Call, a sched.Attempt) *attempt {
	t, _ := e.attempts.Get().(*attempt)
	if t == nil {
		t = &attempt{}
		t.print, t.grow = t.printed, t.growing
	}
	t.call, t.sched, t.trace = c, a, e.opt.IDs.Next()
	return t
}

// do runs the function once. On success the attempt holds the instance until
// release; on an error it holds nothing.
func (t *attempt) do() error {
	f := t.call.fn
	e := f.engine
	near := t.call.near
	l, err := f.ready(e.ctx, near)
	if err != nil {
		return err
	}
	place, err := l.pool.Get(e.ctx, &t.near)
	if err != nil {
		l.release(near, e.shelf.now())
		return faultOf(err, t.call.Policy)
	}
	inst := place.Instance
	t.loaded, t.place, t.inst = l, place, inst
	t.fill()
	inst.seat.take(t)
	if e.ctx.Err() != nil {
		inst.Kill(fault.New(fault.Killed, "the server is closing"))
	}
	t.reply, err = inst.Call(&t.run)
	inst.seat.take(nil)
	if err != nil {
		t.sched.Ran = time.Since(t.sched.Started)
		t.ended(t.sched)
		l.pool.Drop(place)
		l.release(near, e.shelf.now())
		return err
	}
	return nil
}

// ended notes and counts the run that a tells of. The lane has taken its time.
func (t *attempt) ended(a sched.Attempt) {
	t.sched = a
	t.call.fn.stats.Attempt(t.call.near, meter.Attempt{Number: a.Number, Queued: a.Queued, Ran: a.Ran, CPU: t.run.Fuel})
}

// fill writes down what the run gets.
func (t *attempt) fill() {
	c := t.call
	spec := &c.fn.Spec
	context := abi.Context{
		RequestID: c.RequestID,
		TraceID:   t.trace,
		Attempt:   t.sched.Number,
		Deadline:  t.sched.Deadline,
		Caller:    c.Identity,
		Fixed:     c.fn.context,
	}
	t.context = context.AppendJSON(t.context[:0])
	t.run = wasm.Run{
		Event:    c.Event,
		Context:  t.context,
		Deadline: t.sched.Deadline,
		CPU:      int64(spec.CPU.Seconds() * UnitsPerSecond),
		Print:    t.print,
		Grow:     t.grow,
		Caller: service.Caller{
			App:       spec.App,
			Function:  spec.Function,
			Version:   spec.Version,
			RequestID: c.RequestID,
			TraceID:   t.trace,
			Attempt:   t.sched.Number,
			Identity:  c.Identity,
		},
	}
}

// growing asks for room for so many bytes by which the instance wants to grow.
func (t *attempt) growing(bytes uint64) bool { return t.loaded.pool.Grow(t.place, int64(bytes)) }

// printed takes a line that the function printed or logged.
func (t *attempt) printed(from wasm.Level, text []byte) {
	stream, level := origin(from)
	t.log(time.Now(), stream, level, string(text))
}

// origin is a wasm level in the journal's words.
func origin(l wasm.Level) (stream, level string) {
	switch l {
	case wasm.Debug:
		return journal.StreamLog, journal.LevelDebug
	case wasm.Info:
		return journal.StreamLog, journal.LevelInfo
	case wasm.Warn:
		return journal.StreamLog, journal.LevelWarn
	case wasm.Error:
		return journal.StreamLog, journal.LevelError
	case wasm.Stderr:
		return journal.StreamStderr, journal.LevelError
	}
	return journal.StreamStdout, journal.LevelInfo
}

func (t *attempt) log(at time.Time, stream, level, text string) {
	line := t.line(at, stream, level)
	line.Text = text
	t.call.fn.engine.opt.Journal.Append(line)
}

// line is a line of the journal without its text.
func (t *attempt) line(at time.Time, stream, level string) journal.Line {
	spec := &t.call.fn.Spec
	return journal.Line{
		Time:      at,
		App:       spec.App,
		Function:  spec.Function,
		Version:   spec.Version,
		RequestID: t.call.RequestID,
		TraceID:   t.trace,
		Attempt:   t.sched.Number,
		Level:     level,
		Stream:    stream,
		Near:      t.call.near,
	}
}

// completed and failed note in the journal how the run ended.
func (t *attempt) completed(delivered bool) {
	line := t.line(t.sched.Started.Add(t.sched.Ran), journal.StreamRun, journal.LevelInfo)
	line.Completion = journal.Completion{Completed: true, Delivered: delivered, Ran: t.sched.Ran, CPU: t.run.Fuel}
	t.call.fn.engine.opt.Journal.Append(line)
}

func (t *attempt) failed(err error) {
	f := fault.Of(err)
	t.log(time.Now(), journal.StreamRun, journal.LevelError, "FAILED code="+string(f.Code)+" "+f.Message)
}

// release makes the instance clean and gives it back, and frees the attempt. The
// answer is that of the attempt; nil: it is none.
func (t *attempt) release(answer *sched.Answer[*attempt]) {
	l, shelf := t.loaded, t.call.fn.engine.shelf
	begun := shelf.now()
	err := t.inst.Reset()
	now := shelf.now()
	t.call.fn.stats.Reset(t.call.near, now-begun)
	if err != nil {
		l.pool.Drop(t.place)
	} else {
		if answer != nil && l.restedFor(now) >= leaveAfter {
			t.leaveTrail(answer)
		}
		l.pool.Put(t.place, &t.near, now)
	}
	l.release(t.call.near, now)
	t.free()
}

// free gives the attempt back without its instance.
func (t *attempt) free() {
	e := t.call.fn.engine
	t.call, t.loaded, t.place, t.inst, t.reply, t.trace = nil, nil, nil, instance{}, nil, ""
	t.run = wasm.Run{}
	e.attempts.Put(t)
}
