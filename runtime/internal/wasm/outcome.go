package wasm

import (
	"errors"
	goruntime "runtime"
	"strings"

	"github.com/postern-dev/postern/abi/fault"
)

// errStopped unwinds a run that was ended by [Instance.stop].
var errStopped = errors.New("the run was ended")

// outcome turns what a call into wasm returned into a fault. The stack of the
// function is in the fault's cause. A fault that the host raised outside of
// wasm stays as it is. nil stays nil, unless the function said that it failed.
func (i *Instance) outcome(err error) error {
	_, known := errors.AsType[*fault.Error](err)
	switch {
	case i.ended != nil:
		ended := *i.ended
		ended.Cause = errors.Join(i.ended.Cause, err)
		return &ended
	case i.failed:
		return fault.Wrap(fault.Failed, err, "%s", i.failure)
	case err == nil, known:
		return err
	case isOurs(err):
		return fault.Wrap(fault.Internal, err, "internal error")
	case i.crowded:
		return fault.Wrap(fault.MemoryLimit, err, "the server had no memory left for the run to grow")
	case i.refused():
		return fault.Wrap(fault.MemoryLimit, err, "the run needed more than the %d bytes of memory that it may have", i.module.maxMemory)
	case i.exited:
		return fault.New(fault.Crashed, "the function exited with code %d", i.exitCode)
	}
	return fault.Wrap(fault.Crashed, err, "the function trapped: %s", trapOf(err))
}

// isOurs reports whether a host import, or a service, broke.
func isOurs(err error) bool {
	_, ok := errors.AsType[goruntime.Error](err)
	return ok
}

// trapOf returns the trap's own words without the engine's around them.
func trapOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = strings.TrimPrefix(text, "wasm error: ")
	return strings.TrimSuffix(text, " (recovered by wazero)")
}
