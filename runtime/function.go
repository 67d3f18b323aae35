package runtime

import (
	"errors"
	"sync/atomic"

	"github.com/postern-dev/postern/runtime/internal/door"
	"github.com/postern-dev/postern/runtime/internal/sched"
	"github.com/postern-dev/postern/runtime/internal/wasm"
	"github.com/postern-dev/postern/runtime/meter"
)

// ErrRetired is the answer of a function that was taken out of service: the
// newer version is to be asked.
var ErrRetired = errors.New("the function was taken out of service")

// Function is one function of one version. It is safe for concurrent use.
type Function struct {
	Spec    Spec
	context []byte // the part of a run's context that is always the same
	engine  *Engine
	lane    *sched.Lane[*attempt]
	stats   *meter.Function
	users   *door.Door // calls in flight are inside; shut when it is retired

	trails    trails
	loaded    atomic.Pointer[loaded]    // nil: not loaded, or taken down
	loading   atomic.Pointer[loading]   // set while somebody loads it, so that it is once
	diagnosis atomic.Pointer[Diagnosis] // of when it was loaded last
}

// Diagnosis says what a function's module is and how its memory is made clean.
type Diagnosis struct {
	Report        // of the module; empty until it was loaded
	Loaded bool   // false until the first call of a function that was only noted
	Reset  string // how memory is made clean
	Reason string // why it is not made clean in the fastest way; "" when it is

	Primed  bool   // calls start from memory that has answered requests before
	Priming string // which, or why not; "" when there were none to answer
}

func diagnosisOf(m *wasm.Module, bytes int64) *Diagnosis {
	d := &Diagnosis{
		Report: reportOf(m.Info(), m.Kind(), bytes),
		Loaded: true,
		Reset:  m.Reset(),
		Reason: m.Reason(),
	}
	d.Primed, d.Priming = m.Priming()
	return d
}

// Diagnose returns what is known of the function's module.
func (f *Function) Diagnose() Diagnosis {
	if d := f.diagnosis.Load(); d != nil {
		return *d
	}
	return Diagnosis{}
}

// Load returns how many runs go on and how many calls wait.
func (f *Function) Load() (running, queued int) { return f.lane.Stats() }

// instances returns how many instances the function has, idle ones included.
func (f *Function) instances() int {
	l := f.loaded.Load()
	if l == nil {
		return 0
	}
	idle, used := l.pool.Stats()
	return idle + used
}

// Retire takes the function out of service. Calls in flight finish; the last
// of them frees what the function held. It may be called once.
func (f *Function) Retire() {
	if l := f.loaded.Load(); l != nil {
		l.pool.Retire()
	}
	f.users.Shut()
}

// free lets go of what the function held, when nobody can call it any more.
func (f *Function) free() {
	f.stats.Close()
	if l := f.loaded.Load(); l != nil {
		f.engine.shelf.takeDown(l)
	}
}
