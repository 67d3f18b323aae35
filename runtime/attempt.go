package runtime

import (
	"strconv"
	"time"

	"github.com/postern-dev/postern/abi"
	"github.com/postern-dev/postern/abi/fault"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/internal/wasm"
	"github.com/postern-dev/postern/runtime/journal"
	"github.com/postern-dev/postern/runtime/service"
)

// attempt is one run of a call: the instance it leased, what went in and what
// came out. Attempts are reused.
type attempt struct {
	call       *Call
	sched      sched.Attempt
	trace      string
	loaded     *loaded
	inst       instance
	run        wasm.Run
	print      func(wasm.Level, []byte) // prints for this attempt; made once
	context    []byte
	reply      []byte // in the instance's memory
	took       time.Duration
	next, prev *attempt // in the list of running attempts
}

func (e *Engine) newAttempt(c *Call, a sched.Attempt) *attempt {
	t, _ := e.attempts.Get().(*attempt)
	if t == nil {
		t = &attempt{}
		t.print = t.printed
	}
	t.call, t.sched, t.trace = c, a, e.opt.IDs.Next()
	return t
}

// do runs the function once. On success the attempt holds the instance until
// release; on an error it holds nothing.
func (t *attempt) do() error {
	f := t.call.fn
	e := f.engine
	l, err := f.ready(e.ctx)
	if err != nil {
		return err
	}
	inst, err := l.pool.Get(e.ctx)
	if err != nil {
		l.release(e.shelf.now())
		return faultOf(err, t.call.Policy)
	}
	t.loaded, t.inst = l, inst
	t.fill()
	e.running.add(t)
	if e.ctx.Err() != nil {
		inst.Kill(fault.New(fault.Killed, "the server is closing"))
	}
	begun := time.Now()
	t.reply, err = inst.Call(&t.run)
	t.took = time.Since(begun)
	e.running.remove(t)
	f.stats.Attempt(t.sched.Number)
	f.stats.Queue(t.sched.Queued)
	f.stats.Run(t.took, t.run.Fuel)
	if err != nil {
		l.pool.Drop(inst)
		l.release(e.shelf.now())
		return err
	}
	return nil
}

// fill writes down what the run gets.
func (t *attempt) fill() {
	c := t.call
	spec := &c.fn.Spec
	context := abi.Context{
		RequestID:   c.RequestID,
		TraceID:     t.trace,
		Attempt:     t.sched.Number,
		App:         spec.App,
		Function:    spec.Function,
		Version:     spec.Version,
		MemoryLimit: spec.Memory,
		RunLimit:    spec.RunLimit,
		Deadline:    t.sched.Deadline,
		Caller:      c.Identity,
	}
	t.context = context.AppendJSON(t.context[:0])
	t.run = wasm.Run{
		Event:    c.Event,
		Context:  t.context,
		Deadline: t.sched.Deadline,
		CPU:      int64(spec.CPU.Seconds() * UnitsPerSecond),
		Print:    t.print,
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

// printed takes a line that the function printed or logged.
func (t *attempt) printed(from wasm.Level, text []byte) {
	stream, level := origin(from)
	t.log(stream, level, string(text))
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

func (t *attempt) log(stream, level, text string) {
	spec := &t.call.fn.Spec
	t.call.fn.engine.opt.Journal.Append(journal.Line{
		Time:      time.Now(),
		App:       spec.App,
		Function:  spec.Function,
		Version:   spec.Version,
		RequestID: t.call.RequestID,
		TraceID:   t.trace,
		Attempt:   t.sched.Number,
		Level:     level,
		Stream:    stream,
		Text:      text,
	})
}

// completed and failed note in the journal how the run ended.
func (t *attempt) completed(delivered bool) {
	text := "COMPLETED delivered=true ms="
	if !delivered {
		text = "COMPLETED delivered=false ms="
	}
	t.log("run", "info", text+strconv.FormatInt(t.took.Milliseconds(), 10)+" cpu="+strconv.FormatInt(t.run.Fuel, 10))
}

func (t *attempt) failed(err error) {
	f := fault.Of(err)
	t.log("run", "error", "FAILED code="+string(f.Code)+" "+f.Message)
}

// release makes the instance clean and gives it back, and frees the attempt.
func (t *attempt) release() {
	inst, l, stats := t.inst, t.loaded, t.call.fn.stats
	shelf := t.call.fn.engine.shelf
	t.free()
	begun := shelf.now()
	err := inst.Reset()
	now := shelf.now()
	stats.Reset(now - begun)
	if err != nil {
		l.pool.Drop(inst)
	} else {
		l.pool.Put(inst)
	}
	l.release(now)
}

// free gives the attempt back without its instance.
func (t *attempt) free() {
	e := t.call.fn.engine
	t.call, t.loaded, t.inst, t.reply, t.trace = nil, nil, instance{}, nil, ""
	t.run = wasm.Run{}
	e.attempts.Put(t)
}
